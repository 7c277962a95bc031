package format

import "bytes"

// deltaLines rewrites JSON lines whose texts come in pieces. A line of a document is an
// event. From the first line on that is something else (half a document, two of them,
// one longer than Limits.Encoded) it reads the rest as newJSON does, and nothing is
// joined any more.
type deltaLines struct {
	deltas *joiner
	json   *JSON // of lines
	rest   *JSON // of what is not lines
	begun  bool  // it has begun
	first  bool  // a line has been read
	last   bool  // no further line comes
	err    error
	carry  []byte
	edit   Edit
}

func newDeltaLines(v Visitor, p *Path, o Options) *deltaLines {
	l := o.Limits.withDefaults()
	return &deltaLines{deltas: newJoiner(v, p, o.Deltas, l), json: newJSON(false, nil, p, l), rest: newJSON(true, v, p, l)}
}

// Write implements Rewriter.
func (d *deltaLines) Write(dst, piece []byte) ([]byte, error) {
	for d.err == nil && len(piece) > 0 {
		if d.begun {
			dst, d.err = d.rest.Write(dst, piece)
			break
		}
		n := bytes.IndexByte(piece, '\n') + 1
		whole := n > 0
		if !whole {
			n = len(piece)
		}
		d.carry = append(d.carry, piece[:n]...)
		piece = piece[n:]
		switch {
		case len(d.carry) > d.deltas.limits.Encoded:
			dst = d.unlined(dst)
		case whole:
			dst = d.line(dst)
		}
	}
	return dst, d.err
}

// Close implements Rewriter.
func (d *deltaLines) Close(dst []byte) ([]byte, error) {
	if d.err == nil && !d.begun && len(d.carry) > 0 {
		d.last = true
		dst = d.line(dst)
	}
	if d.err == nil && d.begun {
		dst, d.err = d.rest.Close(dst)
	}
	if d.err == nil {
		dst, d.err = d.deltas.finish(dst)
	}
	return dst, d.err
}

// line takes the line that is there.
func (d *deltaLines) line(dst []byte) []byte {
	if !d.first {
		d.first = true
		if bytes.HasPrefix(d.carry, []byte("\ufeff")) {
			dst = append(dst, d.carry[:3]...)
			d.carry = d.carry[:copy(d.carry, d.carry[3:])]
		}
	}
	data := bytes.TrimRight(d.carry, "\r\n")
	if space(data, 0) == len(data) {
		dst = d.deltas.leave(dst, d.carry)
		d.err = d.deltas.err
		d.carry = d.carry[:0]
		return dst
	}
	e := &d.edit
	var pieces *streamEvent
	switch err := d.json.whole(data, nil, nil); {
	case err == ErrTruncated && d.last:
		d.err = err // what waits for more is not decided
		return dst
	case err != nil:
		return d.unlined(dst)
	}
	if pieces, d.err = d.deltas.visit(d.json, data, e); d.err == nil {
		dst, d.err = d.deltas.release(dst)
	}
	if d.err != nil {
		return dst
	}
	lines := []dataLine{{}}
	if d.deltas.holds(pieces) {
		d.deltas.hold(pieces, d.carry, 0, lines, data, e)
		d.err = d.deltas.err
	} else {
		var at int
		dst, at = appendEvent(dst, d.carry, 0, lines, len(data), e.cuts, e.Out)
		dst = append(dst, d.carry[at:]...)
	}
	d.carry = d.carry[:0]
	return dst
}

// unlined reads on from the line that is there.
func (d *deltaLines) unlined(dst []byte) []byte {
	d.begun = true
	if dst, d.err = d.deltas.finish(dst); d.err == nil {
		dst, d.err = d.rest.Write(dst, d.carry)
	}
	d.carry = nil
	return dst
}
