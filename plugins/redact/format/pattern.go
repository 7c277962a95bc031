package format

import (
	"slices"
	"strconv"
	"strings"
)

// Pattern is a pattern of paths: names joined by dots, "*" for any name or index,
// "**" for any number of them, none too, "[2]" for an index, "[*]" or "#" for
// any. A name of digits is an index too. A "*" in a name stands for any
// characters of it. A backslash takes its meaning from the character behind it.
// JSONPath's spelling (RFC 9535, Sections 2.3.1, 2.3.2, 2.3.3 and 2.5) works as
// well: "$" for the root, ".." for "**", "['name']" for a name in which nothing
// has a meaning. The root alone is "$".
type Pattern struct {
	Text string
	// Fold takes names as equal that differ in case (ASCII) and in "_", "-", "." and
	// spaces, as cardNumber, card_number and CARD-NUMBER do.
	Fold bool
}

// Paths are compiled patterns. They remember names, so that goroutines do not
// share them; the paths of one goroutine do.
type Paths struct {
	words   int
	start   []uint64 // where patterns begin
	accept  []uint64 // where patterns end
	loop    []uint64 // the places of "**"
	any     []uint64 // the places that every name and index leads on from
	owner   []int32  // of each place, the pattern
	steps   []step   // those with a name or an index
	globs   []int32  // the steps with "*" in the name
	buckets [buckets][]int32
	indexed bool // there are steps with an index
	rooted  bool // firsts has been worked out, see roots
	firsts  []string
	slots   []slot
	turn    int // counts slots that were taken from another name
	masks   []uint64
	scratch []uint64
	spared  *Spared
	marks   [sparedMarks]uint64 // of Spared.Bytes, eight times each
}

// buckets divide steps by a hash of their folded names.
const buckets = 128

// step leads from a place in a pattern to the next.
type step struct {
	bit   int32
	fold  bool
	kind  stepKind
	name  string   // folded if fold
	parts []string // of a glob, between the stars
	index int64    // -1 if it is none
}

type stepKind uint8

const (
	nameStep stepKind = iota
	globStep
	indexStep
	anyStep
	loopStep
)

// maxSteps is how many steps a pattern may have: its places share one word.
const maxSteps = 62

// Compile compiles patterns. Errors are of type *PatternError.
func Compile(patterns []Pattern) (*Paths, error) {
	s := &Paths{}
	used := 64
	for i, p := range patterns {
		steps, fault := p.parse()
		if fault == "" && len(steps) > maxSteps {
			fault = "too long, want at most " + strconv.Itoa(maxSteps) + " steps"
		}
		if fault != "" {
			return nil, &PatternError{Index: i, Text: p.Text, Fault: fault}
		}
		if used+len(steps)+1 > 64 {
			s.words++
			s.start = append(s.start, 0)
			s.accept = append(s.accept, 0)
			s.loop = append(s.loop, 0)
			s.any = append(s.any, 0)
			s.owner = append(s.owner, make([]int32, 64)...)
			used = 0
		}
		s.add(int32(i), steps, used)
		used += len(steps) + 1
	}
	for w := range s.start {
		s.start[w] |= s.start[w] & s.loop[w] << 1
	}
	s.scratch = make([]uint64, s.words)
	return s, nil
}

// roots are names of which a document has one at its root if any pattern matches in it;
// nil if the patterns do not say so.
func (s *Paths) roots() []string {
	if s.rooted {
		return s.firsts
	}
	s.rooted = true
	for w := range s.start {
		if s.start[w]&(s.loop[w]|s.any[w]|s.accept[w]) != 0 {
			return nil
		}
	}
	for i := range s.steps {
		if st := &s.steps[i]; s.start[st.bit>>6]>>(st.bit&63)&1 == 0 {
			continue
		} else if st.kind != nameStep || st.fold || st.name == "" {
			s.firsts = nil
			return nil
		} else if !slices.Contains(s.firsts, st.name) {
			s.firsts = append(s.firsts, st.name)
		}
	}
	return s.firsts
}

// add lays the places of a pattern from bit used of the last word on.
func (s *Paths) add(pattern int32, steps []step, used int) {
	w := s.words - 1
	s.start[w] |= 1 << used
	s.accept[w] |= 1 << (used + len(steps))
	s.owner[w<<6+used+len(steps)] = pattern
	for i, st := range steps {
		bit := used + i
		st.bit = int32(w<<6 + bit)
		switch st.kind {
		case loopStep:
			s.loop[w] |= 1 << bit
			continue
		case anyStep:
			s.any[w] |= 1 << bit
			continue
		case globStep:
			s.globs = append(s.globs, int32(len(s.steps)))
		case nameStep:
			h := foldHash([]byte(st.name)) & (buckets - 1)
			s.buckets[h] = append(s.buckets[h], int32(len(s.steps)))
		}
		s.indexed = s.indexed || st.index >= 0
		s.steps = append(s.steps, st)
	}
}

// PatternError is why a pattern is not compiled.
type PatternError struct {
	// Index is the pattern's place in the list.
	Index int
	// Text is the pattern.
	Text string
	// Fault says what is wrong with it and what is wanted.
	Fault string
}

// Error returns the pattern and what is wrong with it.
func (e *PatternError) Error() string {
	return "format: path " + strconv.Quote(e.Text) + ": " + e.Fault
}

// parse returns the steps of a pattern, or what is wrong with it.
func (p Pattern) parse() (steps []step, fault string) {
	text := p.Text
	if text == "" {
		return nil, "empty, want $ for the root"
	}
	rooted := text == "$" || strings.HasPrefix(text, "$.") || strings.HasPrefix(text, "$[")
	if rooted {
		text = text[1:]
	}
	loop := func() {
		if n := len(steps); n == 0 || steps[n-1].kind != loopStep {
			steps = append(steps, step{kind: loopStep, index: -1})
		}
	}
	for first := !rooted; text != ""; first = false {
		if text[0] == '[' {
			st, rest, fault := p.bracket(text[1:])
			if fault != "" {
				return nil, fault
			}
			steps, text = append(steps, st), rest
			continue
		}
		if rest, ok := strings.CutPrefix(text, ".."); ok {
			loop()
			text = rest
			if text == "" {
				return nil, "ends in dots, want a name behind them"
			}
			if text[0] == '[' {
				continue
			}
		} else if text[0] == '.' {
			text = text[1:]
		} else if !first {
			return nil, `want "." or "[" behind "]"`
		}
		end := nameEnd(text)
		name := text[:end]
		text = text[end:]
		switch name {
		case "":
			return nil, `empty name, want [""] for a name that is empty`
		case "**":
			loop()
		case "*", "#":
			steps = append(steps, step{kind: anyStep, index: -1})
		default:
			st, fault := p.named(name)
			if fault != "" {
				return nil, fault
			}
			steps = append(steps, st)
		}
	}
	return steps, ""
}

// nameEnd returns where a name without quotes ends.
func nameEnd(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '.', '[':
			return i
		}
	}
	return len(text)
}

// named returns the step of a name without quotes.
func (p Pattern) named(name string) (step, string) {
	st := step{kind: nameStep, fold: p.Fold, index: -1}
	part := ""
	for i := 0; i < len(name); i++ {
		switch c := name[i]; c {
		case '*':
			st.parts = append(st.parts, part)
			part = ""
			st.kind = globStep
			continue
		case ']':
			return step{}, `"]" without "[", want a backslash before it`
		case '\\':
			if i++; i == len(name) {
				return step{}, "ends in a backslash, want a character behind it"
			}
		}
		part += name[i : i+1]
	}
	if st.kind == globStep {
		st.parts = append(st.parts, part)
		if p.Fold {
			for i := range st.parts {
				st.parts[i] = folded(st.parts[i])
			}
		}
		return st, ""
	}
	st.name = part
	if n, err := strconv.ParseUint(part, 10, 31); err == nil && strconv.FormatUint(n, 10) == part {
		st.index = int64(n)
	}
	if p.Fold {
		st.name = folded(part)
	}
	return st, ""
}

// bracket reads what is behind "[" and returns what is behind "]".
func (p Pattern) bracket(text string) (st step, rest, fault string) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		quote := text[0]
		name := ""
		for i := 1; i < len(text); i++ {
			switch c := text[i]; {
			case c == quote:
				rest, ok := strings.CutPrefix(text[i+1:], "]")
				if !ok {
					return step{}, "", `want "]" behind the name`
				}
				st = step{kind: nameStep, fold: p.Fold, name: name, index: -1}
				if p.Fold {
					st.name = folded(name)
				}
				return st, rest, ""
			case c == '\\' && escapeLen([]byte(text[i:])) > 0:
				r, n := unit([]byte(text[i:]))
				name += string(r)
				i += n - 1
				continue
			case c == '\\' && i+1 < len(text):
				i++
			}
			name += text[i : i+1]
		}
		return step{}, "", `"[" without the end of the name`
	}
	inner, rest, ok := strings.Cut(text, "]")
	if !ok {
		return step{}, "", `"[" without "]"`
	}
	if inner == "*" || inner == "#" {
		return step{kind: anyStep, index: -1}, rest, ""
	}
	n, err := strconv.ParseUint(inner, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != inner {
		return step{}, "", "[" + inner + "], want an index, * or a name in quotes"
	}
	return step{kind: indexStep, index: int64(n)}, rest, ""
}

// joins tells whether a character only joins the words of a name.
func joins(c byte) bool { return c == '_' || c == '-' || c == '.' || c == ' ' }

// folded returns a name without case and joints.
func folded(name string) string {
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if c := name[i]; !joins(c) {
			b = append(b, toLower(c))
		}
	}
	return string(b)
}

// foldHash is the same for names that fold to one.
func foldHash(name []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range name {
		if !joins(c) {
			h = (h ^ uint32(toLower(c))) * 16777619
		}
	}
	return h ^ h>>15
}

// foldEqual tells whether name folds to f.
func foldEqual(f string, name []byte) bool {
	i := 0
	for _, c := range name {
		if joins(c) {
			continue
		}
		if i == len(f) || f[i] != toLower(c) {
			return false
		}
		i++
	}
	return i == len(f)
}

// glob tells whether a name is the parts with anything between them.
func glob(parts []string, name []byte, fold bool) bool {
	text := string(name)
	if fold {
		text = folded(text)
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}
