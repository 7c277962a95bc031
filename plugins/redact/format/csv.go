package format

import "bytes"

// NewCSV returns a Rewriter of delimiter-separated values (RFC 4180): each cell is
// shown with the name of its column as its path, or with its number from 0 if it
// has no name. The names are those of the first row, which are shown as names: one
// that is dropped takes the text of its column with it, cells and name, and leaves
// the commas. Replacements are quoted if they have to be.
//
// Choice.Delimiter and Choice.NoHeader say how to read it. A delimiter of 0 is that
// of ",", ";", tab and "|" which the first line has most of outside quotes, or the
// one it names as "sep=;". Rows end in a line feed, with or without a carriage
// return before it. Quotes within a cell that has none at its beginning stand for
// themselves; something other than a delimiter behind a closing quote is an error.
// A long cell without quotes cannot be quoted any more: in what is replaced in it
// spaces stand for delimiters and line breaks, and apostrophes for quotes.
func NewCSV(c Choice, v Visitor, paths *Paths, l Limits) Rewriter {
	return newCSV(c, v, NewPath(paths), l)
}

func newCSV(c Choice, v Visitor, p *Path, l Limits) Rewriter {
	l = l.withDefaults()
	return &csv{values: newValues(p, v, l), names: l.Encoded, notation: csvNotation{delimiter: c.Delimiter}, body: c.NoHeader}
}

type csv struct {
	values
	opening  opening
	err      error
	notation csvNotation

	place  csvPlace
	body   bool // behind the row of names
	cr     bool // a carriage return that may belong to the end of the row
	column int
	head   []byte // the first line
	quotes bool   // within quotes of the first line
	cell   []byte // a name as written
	filled bool   // the cell has text
	some   bool   // something of it has left

	names   int // bytes that names may have
	columns []csvColumn
	named   []byte
}

// csvColumn is a column: its name is named[start:end].
type csvColumn struct {
	start, end int32
	verdict    Verdict
}

type csvPlace uint8

const (
	csvHead csvPlace = iota
	csvStart
	csvPlain
	csvQuoted
	csvQuote // behind a quote in a quoted cell
)

// Write implements Rewriter.
func (c *csv) Write(dst, piece []byte) ([]byte, error) {
	piece, late := c.opening.check(piece)
	if c.err == nil && c.place == csvHead {
		dst, piece = c.first(dst, piece)
	}
	if c.err == nil {
		dst = c.read(dst, piece)
	}
	if c.err == nil {
		c.err = late
	}
	return dst, c.err
}

// Close implements Rewriter.
func (c *csv) Close(dst []byte) ([]byte, error) {
	if c.err == nil && c.place == csvHead {
		dst = c.begun(dst)
	}
	if c.err == nil {
		switch {
		case c.place == csvQuoted:
			c.err = ErrTruncated
		case c.place != csvStart:
			dst = c.done(dst, nil, 0)
		case c.column > 0:
			c.open(csvPlain)
			dst = c.done(dst, nil, 0)
		}
	}
	return dst, c.err
}

// first collects the first line.
func (c *csv) first(dst, piece []byte) (_, rest []byte) {
	for i, b := range piece {
		if b == '"' {
			c.quotes = !c.quotes
		}
		full := len(c.head)+i+1 >= c.size
		if b == '\n' && !c.quotes || full {
			c.head = append(c.head, piece[:i+1]...)
			return c.begun(dst), piece[i+1:]
		}
	}
	c.head = append(c.head, piece...)
	return dst, nil
}

// begun reads the first line, or as much of it as a window holds.
func (c *csv) begun(dst []byte) []byte {
	line := c.head
	if bytes.HasPrefix(line, []byte("\ufeff")) {
		dst = append(dst, line[:3]...)
		line = line[3:]
	}
	c.place = csvStart
	if text := bytes.TrimRight(line, "\r\n"); len(text) == 5 && string(text[:4]) == "sep=" && text[4] != '"' && len(text) < len(line) {
		c.notation.delimiter = text[4]
		return append(dst, line...)
	}
	if c.notation.delimiter == 0 {
		c.notation.delimiter = mostOf(line)
	}
	c.head = nil
	return c.read(dst, line)
}

// mostOf returns the delimiter that a line has most of outside quotes.
func mostOf(line []byte) byte {
	const delimiters = ",;\t|"
	var count [len(delimiters)]int
	quoted := false
	for _, b := range line {
		if b == '"' {
			quoted = !quoted
		} else if n := bytes.IndexByte([]byte(delimiters), b); n >= 0 && !quoted {
			count[n]++
		}
	}
	best := 0
	for i, n := range count {
		if n > count[best] {
			best = i
		}
	}
	return delimiters[best]
}

// read reads cells.
func (c *csv) read(dst, piece []byte) []byte {
	for c.err == nil && len(piece) > 0 {
		switch c.place {
		case csvStart:
			if piece[0] == '"' {
				c.open(csvQuoted)
				dst = append(dst, '"')
				piece = piece[1:]
			} else {
				c.open(csvPlain)
			}
		case csvPlain:
			dst, piece = c.plain(dst, piece)
		case csvQuoted:
			n := bytes.IndexByte(piece, '"')
			if n < 0 {
				return c.more(dst, piece)
			}
			if n+1 < len(piece) && piece[n+1] != '"' {
				// the cell ends: its text need not be copied
				c.place = csvQuote
				dst, piece = c.closing(dst, piece[:n], piece[n+1:])
				break
			}
			dst = c.more(dst, piece[:n])
			piece = piece[n+1:]
			c.place = csvQuote
		case csvQuote:
			if piece[0] == '"' && !c.cr {
				if dst = c.more(dst, piece[:1]); c.err == nil {
					dst = c.more(dst, piece[:1])
				}
				piece = piece[1:]
				c.place = csvQuoted
				break
			}
			dst, piece = c.closing(dst, nil, piece)
		}
	}
	return dst
}

// closing ends a quoted cell, whose last bytes are given, at what is behind its
// closing quote.
func (c *csv) closing(dst, last, piece []byte) (_, rest []byte) {
	b := piece[0]
	switch {
	case b == '\r' && !c.cr:
		dst = c.more(dst, last)
		c.cr = true
		return dst, piece[1:]
	case b != '\n' && (b != c.notation.delimiter || c.cr):
		if dst = c.more(dst, last); c.err == nil {
			c.err = ErrSyntax
		}
		return dst, nil
	}
	return c.done(dst, last, b), piece[1:]
}

// plain reads a cell without quotes.
func (c *csv) plain(dst, piece []byte) (_, rest []byte) {
	if c.cr && piece[0] != '\n' {
		c.cr = false
		if dst = c.more(dst, []byte{'\r'}); c.err != nil {
			return dst, nil
		}
	}
	n := 0
	for n < len(piece) && piece[n] != c.notation.delimiter && piece[n] != '\n' && (piece[n] != '\r' || n+1 < len(piece) && piece[n+1] != '\n') {
		n++
	}
	switch {
	case n == len(piece):
		return c.more(dst, piece), nil
	case piece[n] == '\r' && n+1 == len(piece):
		dst = c.more(dst, piece[:n])
		c.cr = true
		return dst, nil
	case piece[n] == '\r':
		c.cr = true
		return c.done(dst, piece[:n], '\n'), piece[n+2:]
	}
	return c.done(dst, piece[:n], piece[n]), piece[n+1:]
}

// open begins a cell.
func (c *csv) open(place csvPlace) {
	c.place = place
	c.cr, c.filled, c.some = false, false, false
	c.notation.quoted = place == csvQuoted
	c.begin(0)
	if !c.body {
		c.cell = c.cell[:0]
		return
	}
	verdict := Keep
	if c.column < len(c.columns) {
		column := c.columns[c.column]
		takeStep(c.path, c.named[column.start:column.end], -1)
		verdict = column.verdict
	} else {
		takeStep(c.path, nil, c.column)
	}
	switch verdict {
	case Skip:
		c.fate = passed
	case Drop:
		c.fate = omitted
	}
}

// more takes bytes of a cell.
func (c *csv) more(dst, b []byte) []byte {
	c.filled = c.filled || len(b) > 0
	if !c.body {
		if c.cell = append(c.cell, b...); len(c.cell) > c.size {
			c.err = ErrSize
		}
		return dst
	}
	n := len(dst)
	dst, c.err = c.add(dst, b, &c.notation)
	c.some = c.some || len(dst) > n
	return dst
}

// done ends a cell whose last bytes are given, and appends what ends it: a
// delimiter, a line feed with the carriage return before it, or 0 for nothing.
func (c *csv) done(dst, last []byte, by byte) []byte {
	mark := len(dst)
	quoted := c.notation.quoted
	empty := !quoted && c.column == 0 && by != c.notation.delimiter && len(last) == 0 && !c.filled
	switch {
	case empty && c.body: // a line of nothing is no row
		c.path.pop()
	case empty:
	case !c.body:
		if dst = c.header(c.more(dst, last)); c.err != nil {
			return dst
		}
	default:
		if dst, c.err = c.end(dst, last, &c.notation); c.err != nil {
			return dst
		}
		c.path.pop()
	}
	switch {
	case empty:
	case quoted:
		dst = append(dst, '"')
	case c.encoded && (c.whole || !c.body):
		dst = c.quote(dst, mark)
	}
	if !empty && len(dst) == mark && !c.some && c.column == 0 && by != c.notation.delimiter && c.fate == omitted {
		dst = append(dst, `""`...) // an empty line would be no row
	}
	c.place = csvStart
	c.column++
	if c.cr {
		dst = append(dst, '\r')
		c.cr = false
	}
	if by == 0 {
		return dst
	}
	if by == '\n' {
		c.column = 0
		c.body = c.body || !empty
	}
	return append(dst, by)
}

// header takes the name of a column.
func (c *csv) header(dst []byte) []byte {
	if c.err != nil {
		return dst
	}
	text, _ := c.decode(c.cell, false, &c.notation)
	start := len(c.named)
	c.named = append(c.named, text...)
	if c.columns = append(c.columns, csvColumn{start: int32(start), end: int32(len(c.named))}); len(c.named)+len(c.columns) > c.names {
		c.err = ErrSize
		return dst
	}
	c.path.push()
	c.path.setName(text)
	var verdict Verdict
	dst, verdict, c.err = c.name(dst, c.cell, text, &c.notation)
	c.columns[len(c.columns)-1].verdict = verdict
	if verdict == Drop {
		c.fate = omitted
	}
	c.cell = c.cell[:0]
	c.path.pop()
	return dst
}

// quote puts what was appended since mark in quotes if it needs them.
func (c *csv) quote(dst []byte, mark int) []byte {
	cell := dst[mark:]
	if bytes.IndexByte(cell, c.notation.delimiter) < 0 && !bytes.ContainsAny(cell, "\"\r\n") {
		return dst
	}
	c.text = append(c.text[:0], cell...)
	dst = append(dst[:mark], '"')
	return append(appendDoubled(dst, c.text), '"')
}

// csvNotation is the text of a cell, without the quotes around it.
type csvNotation struct {
	delimiter     byte
	quoted, alone bool
}

func (n *csvNotation) step(raw []byte, _ uint8, more bool, u *[4]byte) (k, m int, plain bool, after uint8) {
	if !n.quoted {
		return len(raw), len(raw), true, 0
	}
	switch k = bytes.IndexByte(raw, '"'); {
	case k < 0:
		return len(raw), len(raw), true, 0
	case k > 0:
		return k, k, true, 0
	case len(raw) > 1:
		u[0] = '"'
		return 2, 1, false, 0
	}
	return 0, 0, false, 0
}

func (n *csvNotation) style(_ []byte, alone bool) { n.alone = alone }

func (n *csvNotation) encode(dst, text []byte, _ uint8) []byte {
	switch {
	case n.quoted:
		return appendDoubled(dst, text)
	case n.alone:
		return append(dst, text...)
	}
	for _, b := range text {
		switch b {
		case n.delimiter, '\r', '\n':
			b = ' '
		case '"':
			b = '\''
		}
		dst = append(dst, b)
	}
	return dst
}

func (*csvNotation) leave(dst []byte, _ uint8) []byte { return dst }

// appendDoubled appends text with its quotes doubled.
func appendDoubled(dst, text []byte) []byte {
	for {
		n := bytes.IndexByte(text, '"')
		if n < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:n+1]...), '"')
		text = text[n+1:]
	}
}
