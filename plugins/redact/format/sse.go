package format

import (
	"bytes"
	"slices"
)

// SSE is a [Rewriter] of event streams (WHATWG HTML, Section 9.2). The data lines
// of an event are joined as a client joins them; if they are a JSON object, array
// or string, its values are visited, else the data is one value of kind Text. All
// other lines, comments among them, are shown as values of kind Text. The ends of lines
// leave as they came, be they CR, LF or both. An event leaves when the empty line that ends it has
// come, what is before its data earlier. What is left at the end of the stream is
// an event that was cut off: it is visited like others, though clients ignore it.
//
// Data that is longer than Limits.Encoded is an error, and so are lines, or an
// event from its data on, that are longer than twice that.
type SSE struct {
	visitor Visitor
	path    *Path
	limits  Limits
	json    *JSON
	err     error
	closed  bool

	carry []byte
	from  int  // in carry: what is before has left
	i     int  // in carry: where the line that is being read begins
	scan  int  // in carry: up to where there is no end of it
	held  bool // the event has data
	begin int  // in carry: where its first line of data begins
	begun bool // a line has been read: no byte order mark comes any more
	// lf is set behind a CR: an LF that follows is of the same end of line.
	lf bool

	lines []dataLine
	data  []byte // of the event, joined
	edit  Edit
	// name and changed are those of a line that is no data.
	name, changed []byte

	deltas *joiner // nil if no texts come in pieces
}

// dataLine is a line of an event's data: where its value begins in the data, and in
// the lines of the event.
type dataLine struct {
	data, raw int
	bare      bool // it is "data" alone, without a colon
}

// NewSSE returns a rewriter of an event stream. Paths may be nil; the path of each
// event's document begins at the root. Data that is text is shown whole.
func NewSSE(v Visitor, paths *Paths, l Limits) *SSE {
	j := NewJSON(v, paths, l)
	return &SSE{visitor: v, path: j.path, limits: j.limits, json: j}
}

// Write appends the events that are complete to dst.
func (s *SSE) Write(dst, piece []byte) ([]byte, error) {
	if s.err == nil && s.closed && len(piece) > 0 {
		s.err = ErrSyntax
	}
	for s.err == nil && len(piece) > 0 {
		// A large piece does not have to be held at once.
		n := min(len(piece), 16<<10)
		s.carry = append(s.carry, piece[:n]...)
		piece = piece[n:]
		dst = s.run(dst)
		n = s.from
		s.carry = s.carry[:copy(s.carry, s.carry[n:])]
		s.from = 0
		s.i -= n
		s.begin -= n
		s.scan -= n
		for i := range s.lines {
			s.lines[i].raw -= n
		}
		if cap(s.carry) > 2*keptBuffer && len(s.carry) < keptBuffer {
			s.carry = append([]byte(nil), s.carry...)
		}
	}
	return dst, s.err
}

// Close ends the stream and appends the rest of it to dst.
func (s *SSE) Close(dst []byte) ([]byte, error) {
	if s.err != nil || s.closed {
		return dst, s.err
	}
	s.closed = true
	if s.i < len(s.carry) {
		s.line(s.i, len(s.carry))
	}
	s.i = len(s.carry)
	dst = s.pass(dst)
	s.carry = s.carry[:0]
	if s.deltas != nil && s.err == nil {
		dst, s.err = s.deltas.finish(dst)
	}
	return dst, s.err
}

// run reads the lines that are complete.
func (s *SSE) run(dst []byte) []byte {
	if !s.begun {
		const mark = "\xef\xbb\xbf"
		if n := min(len(s.carry), len(mark)); string(s.carry[:n]) == mark[:n] {
			if n < len(mark) {
				return dst
			}
			s.i, s.scan = n, n
		}
		s.begun = true
	}
	for s.err == nil {
		if s.lf && s.i < len(s.carry) {
			s.lf = false
			if s.carry[s.i] == '\n' {
				s.i++
				s.scan = s.i
			}
		}
		n := lineEnd(s.carry[s.scan:])
		start, end := s.i, s.scan+n
		if n < 0 {
			end = len(s.carry)
		}
		if end-s.settled() > 2*s.limits.Encoded {
			s.err = ErrSize
			break
		}
		if n < 0 {
			s.scan = end
			break
		}
		s.lf = s.carry[end] == '\r'
		s.i = end + 1
		s.scan = s.i
		if start == end {
			dst = s.pass(dst)
		} else {
			s.line(start, end)
		}
		if len(s.data) > s.limits.Encoded {
			s.err = ErrSize
		}
	}
	if end := s.settled(); end > s.from {
		dst = s.leave(dst, end)
	}
	return dst
}

// leave passes on what is before end.
func (s *SSE) leave(dst []byte, end int) []byte {
	b := s.carry[s.from:end]
	s.from = end
	if s.deltas == nil {
		return append(dst, b...)
	}
	dst = s.deltas.leave(dst, b)
	if s.err == nil {
		s.err = s.deltas.err
	}
	return dst
}

// settled returns up to where lines may leave.
func (s *SSE) settled() int {
	if s.held {
		return s.begin
	}
	return s.i
}

// lineEnd returns where the first CR or LF is, -1 if there is none.
func lineEnd(b []byte) int {
	n := bytes.IndexByte(b, '\n')
	if n >= 0 {
		b = b[:n]
	}
	if m := bytes.IndexByte(b, '\r'); m >= 0 {
		return m
	}
	return n
}

// pass passes on what has been read, the data of the event in it as the visitor
// has it.
func (s *SSE) pass(dst []byte) []byte {
	if s.held {
		if dst = s.event(dst); s.err != nil {
			return dst
		}
		s.held = false
		s.data, s.lines = s.data[:0], s.lines[:0]
	}
	return s.leave(dst, s.i)
}

// line reads a line: data is joined to that of the event.
func (s *SSE) line(start, end int) {
	field := s.carry[start:end:end]
	value := end
	if n := bytes.IndexByte(field, ':'); n >= 0 {
		field = field[:n]
		value = start + n + 1
		if value < end && s.carry[value] == ' ' {
			value++
		}
	}
	if string(field) != "data" {
		s.aside(field, start, value, end)
		return
	}
	if s.held {
		s.data = append(s.data, '\n')
	} else {
		s.held, s.begin = true, start
	}
	s.lines = append(s.lines, dataLine{len(s.data), value, len(field) == end-start})
	s.data = append(s.data, s.carry[value:end]...)
}

// aside asks about a line that is no data: the value of event, id and retry at a step
// "@" and that name, that of a comment at a step "@", of other lines, which clients pass
// over, all of it.
func (s *SSE) aside(field []byte, start, value, end int) {
	switch string(field) {
	case "", "event", "id", "retry":
	default:
		field, value = nil, start
	}
	if value == end {
		return
	}
	s.path.push()
	s.name = append(append(s.name[:0], '@'), field...)
	s.path.setName(s.name)
	e := &s.edit
	text := s.carry[value:end:end]
	e.reset(len(text))
	verdict := s.visitor.Value(s.path, Text, text, e)
	s.path.pop()
	switch verdict {
	case Keep, Skip:
		return
	case Splice:
	case Block:
		s.err = ErrBlocked
		return
	default:
		if verdict != Replace {
			e.Out = e.Out[:0]
		}
		e.cuts = append(e.cuts[:0], cut{0, len(text), 0, len(e.Out)})
	}
	out, at := s.changed[:0], 0
	for _, c := range e.cuts {
		from, to := min(c.start, len(text)), min(c.end, len(text))
		out = append(out, text[at:from]...)
		for _, b := range e.Out[c.from:c.to] {
			if b == '\n' || b == '\r' {
				b = ' '
			}
			out = append(out, b)
		}
		at = to
	}
	s.changed = append(out, text[at:]...)
	s.carry = slices.Replace(s.carry, value, end, s.changed...)
	by := len(s.changed) - len(text)
	s.i += by
	s.scan += by
}

// event visits the data of an event and passes its lines on, up to the last change, or
// has all of it wait.
func (s *SSE) event(dst []byte) []byte {
	e := &s.edit
	verdict := Splice
	var pieces *streamEvent
	switch document := s.isJSON(); {
	case s.err != nil:
	case document && s.deltas != nil:
		pieces, s.err = s.deltas.visit(s.json, s.data, e)
	case document:
		e.reset(0)
		s.err = s.json.whole(s.data, s.visitor, e)
	case s.deltas != nil && string(s.data) == "[DONE]":
		verdict = Keep
		dst, s.err = s.deltas.finish(dst)
	case s.deltas != nil && s.deltas.takes():
		pieces, s.err = s.deltas.plain(s.data, e)
	default:
		e.reset(len(s.data))
		verdict = s.visitor.Value(s.path, Text, s.data, e)
	}
	switch verdict {
	case Keep, Skip:
		e.cuts = e.cuts[:0]
	case Splice:
	case Block:
		s.err = ErrBlocked
	default:
		if verdict != Replace {
			e.Out = e.Out[:0]
		}
		e.cuts = append(e.cuts[:0], cut{0, len(s.data), 0, len(e.Out)})
	}
	if s.err == nil && s.deltas != nil {
		dst, s.err = s.deltas.release(dst)
	}
	switch {
	case s.err != nil:
	case s.deltas != nil && s.deltas.holds(pieces):
		s.deltas.hold(pieces, s.carry[s.from:s.i], s.from, s.lines, s.data, e)
		s.from, s.err = s.i, s.deltas.err
	default:
		dst, s.from = appendEvent(dst, s.carry, s.from, s.lines, len(s.data), e.cuts, e.Out)
	}
	return dst
}

// appendEvent appends an event, from from on, up to its last change, and returns where
// what is behind that begins. Size is the length of its data.
func appendEvent(dst, raw []byte, from int, lines []dataLine, size int, cuts []cut, out []byte) ([]byte, int) {
	for _, c := range cuts {
		start, bare := placeIn(lines, min(c.start, size))
		end, _ := placeIn(lines, min(c.end, size))
		start = max(start, from)
		end = max(start, end)
		dst = append(dst, raw[from:start]...)
		if text := out[c.from:c.to]; len(text) > 0 {
			if bare {
				dst = append(dst, ": "...)
			}
			dst = appendData(dst, text)
		}
		from = end
	}
	return dst, from
}

// isJSON tells whether the data is a JSON object, array or string; err says why one
// cannot be visited.
func (s *SSE) isJSON() bool {
	first := space(s.data, 0)
	if first == len(s.data) || s.data[first] != '{' && s.data[first] != '[' && s.data[first] != '"' {
		return false
	}
	err := s.json.whole(s.data, nil, nil)
	if err != nil && err != ErrSyntax && err != ErrTruncated {
		s.err = err
	}
	return err == nil
}

// placeIn returns where byte n of the data stands in the lines of the event, and
// whether its line has no colon.
func placeIn(lines []dataLine, n int) (at int, bare bool) {
	lo, hi := 0, len(lines)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; lines[mid].data <= n {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lines[lo].raw + n - lines[lo].data, lines[lo].bare
}

// appendData appends text as the value of a data line; each line of it becomes one.
func appendData(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			fallthrough
		case '\n':
			dst = append(dst, "\ndata: "...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
