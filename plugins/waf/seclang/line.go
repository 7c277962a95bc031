package seclang

import (
	"sort"
	"strings"
	"unicode"
)

// mark says where a byte of a joined line stands in its text; the bytes up to
// the next mark follow it there.
type mark struct {
	offset, line, column int
}

// joined is one directive with its continued lines put together, and the way
// back to where each byte stood.
type joined struct {
	file  string
	text  string
	marks []mark
}

func (j *joined) position(offset int) Position {
	i := sort.Search(len(j.marks), func(i int) bool { return j.marks[i].offset > offset }) - 1
	if i < 0 {
		return Position{File: j.file, Line: 1, Column: 1}
	}
	m := j.marks[i]
	return Position{File: j.file, Line: m.line, Column: m.column + offset - m.offset}
}

// passage is a part of a joined line.
type passage struct {
	line *joined
	from int
	s    string
}

func passageAt(pos Position, text string) passage {
	return passage{line: &joined{file: pos.File, text: text, marks: []mark{{0, pos.Line, pos.Column}}}, s: text}
}

func (p passage) pos() Position         { return p.line.position(p.from) }
func (p passage) posAt(i int) Position  { return p.line.position(p.from + i) }
func (p passage) cut(i, j int) passage  { return passage{p.line, p.from + i, p.s[i:j]} }
func (p passage) after(i int) passage   { return p.cut(i, len(p.s)) }
func (p passage) argument() Argument    { return Argument{Pos: p.pos(), Text: p.s} }
func (p passage) has(prefix byte) bool  { return p.s != "" && p.s[0] == prefix }
func (p passage) ends(suffix byte) bool { return p.s != "" && p.s[len(p.s)-1] == suffix }

// trim takes the spaces, in Unicode's sense, off both ends.
func (p passage) trim() passage {
	right := strings.TrimSpace(p.s)
	left := len(p.s) - len(strings.TrimLeftFunc(p.s, unicode.IsSpace))
	return passage{p.line, p.from + min(left, len(p.s)-len(right)), right}
}

func (p passage) trimBlanks() passage {
	i := 0
	for i < len(p.s) && blank(p.s[i]) {
		i++
	}
	return p.after(i)
}

// word returns what stands before the first blank and what follows the blanks.
func (p passage) word() (word, rest passage) {
	i := 0
	for i < len(p.s) && !blank(p.s[i]) {
		i++
	}
	return p.cut(0, i), p.after(i).trimBlanks()
}

// blank tells what separates arguments.
func blank(c byte) bool { return c == ' ' || c == '\t' }

// lines puts continued lines together and calls visit with each directive. As in
// Coraza, empty lines and lines that begin with "#" are skipped even between
// continued lines, each line loses the spaces at its ends, and a line that ends
// with a backtick opens a block whose lines stay apart up to one that begins with
// a backtick.
func lines(file, text string, fault func(Position, string), visit func(*joined)) {
	var buf strings.Builder
	j := &joined{file: file}
	block := false
	var opened Position
	for number := 1; text != ""; number++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		s := strings.TrimSpace(line)
		if s == "" || s[0] == '#' {
			continue
		}
		column := 1 + strings.Index(line, s)
		if !block && s[len(s)-1] == '`' {
			block = true
			opened = Position{File: file, Line: number, Column: column + len(s) - 1}
		} else if block && s[0] == '`' {
			block = false
		}
		j.marks = append(j.marks, mark{buf.Len(), number, column})
		if block {
			buf.WriteString(s)
			buf.WriteByte('\n')
			continue
		}
		if part, more := strings.CutSuffix(s, `\`); more {
			buf.WriteString(part)
			opened = Position{File: file, Line: number, Column: column + len(part)}
			continue
		}
		buf.WriteString(s)
		j.text = buf.String()
		visit(j)
		buf.Reset()
		j = &joined{file: file}
	}
	switch {
	case block:
		fault(opened, "no line that begins with a backtick closes this block")
	case len(j.marks) > 0:
		fault(opened, "the text ends where this line is continued")
	}
}
