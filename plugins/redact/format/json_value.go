package format

// string reads the string at i; it returns what is behind it, or the rest of it is
// read by window or rest, -1 if there is no more to read.
func (j *JSON) string(i int) int {
	if j.pass != passNot {
		return j.leave(i+1, j.pass, j.pass)
	}
	if j.named == Drop || j.named == Skip {
		verdict := j.named
		j.decide(verdict, i, i+1)
		if verdict == Skip {
			return j.leave(i+1, passOn, passOn)
		}
		return j.leave(i+1, passNone, passNone)
	}
	end := len(j.b)
	if j.scan == 0 {
		j.limit = j.limits.Value
		end = special(j.b, i+1)
	}
	if end < len(j.b) && j.b[end] == '"' && end-i <= j.limit {
		j.escaped = false // and all there, as most are
	} else {
		end = j.closing(i, j.limit)
	}
	if end < 0 && j.err == nil && j.limit < j.limits.Encoded && len(j.b) > i+1+j.limit {
		if j.nested > 0 && begins(j.b[i+1:i+1+j.limit]) {
			j.limit = j.limits.Encoded
			end = j.closing(i, j.limit)
		} else {
			return j.long(i)
		}
	}
	if end < 0 {
		if j.err == nil && len(j.b) > i+1+j.limit {
			return j.long(i)
		}
		return -1
	}
	text := j.b[i+1 : end]
	if j.escaped {
		j.text = appendUnescaped(j.text[:0], text)
		text = j.text
	}
	if j.nested >= 0 && len(text) > 1 && mayBegin(text[0]) && looksEncoded(text) {
		if verdict, ok := j.encoded(text); !ok {
			if j.err != nil {
				j.fail(i, j.err)
				return -1
			}
		} else {
			return j.settle(verdict, i, end+1, true)
		}
	}
	j.edit.reset(len(text))
	verdict := j.visitor.Value(j.path, String, text, &j.edit)
	if verdict == Keep && j.named == Keep {
		return j.kept(end + 1)
	}
	return j.settle(verdict, i, end+1, true)
}

// kept keeps the scalar before end, and its name, as they are.
func (j *JSON) kept(end int) int {
	if n := len(j.levels); n > 0 {
		j.levels[n-1].kept = true
	}
	j.safe = end
	j.state = jsonAfter
	return end
}

// settle does what was decided about the scalar from start to end.
func (j *JSON) settle(v Verdict, start, end int, quoted bool) int {
	switch {
	case v == Splice && len(j.edit.cuts) == 0:
		j.keep()
	case v == Splice && quoted:
		j.keep()
		j.splice(start+1, end-1, j.escaped, &j.edit)
	case v == Splice:
		j.keep()
		j.put(start, start, []byte{'"'})
		j.splice(start, end, false, &j.edit)
		j.put(end, end, []byte{'"'})
	case !j.decide(v, start, end):
		return -1
	}
	j.done(end)
	return end
}

// leave goes on with a string at i that is not shown.
func (j *JSON) leave(i int, rest, quote pass) int {
	j.state = jsonRest
	j.restPass, j.quotePass = rest, quote
	j.scan = 0
	return i
}

// rest reads on in a string that is not shown.
func (j *JSON) rest() int {
	end, _, s := scanString(j.b, j.i)
	j.i = end
	switch s {
	case scanFault:
		j.fail(end, ErrSyntax)
		return -1
	case scanOpen:
		return -1
	}
	if j.restPass == passNone {
		j.put(j.out, end, nil)
	}
	if j.quotePass == passNone {
		j.put(j.out, end+1, nil)
	}
	j.done(end + 1)
	return end + 1
}

// long begins to show the string at i in windows.
func (j *JSON) long(i int) int {
	j.state = jsonWindow
	j.part = 0
	j.tok = i + 1
	if j.limit > j.limits.Value {
		j.scan = 0 // it is beyond the window
	}
	return i
}

// window shows the next window of a long string, that begins at tok. Where it ends
// does not depend on what is at hand.
func (j *JSON) window() int {
	size := j.limits.Value
	start := j.tok
	end, _, s := scanString(j.b[:min(len(j.b), start+size+1)], max(start, j.scan))
	if s == scanFault {
		j.fail(j.i, ErrSyntax)
		return -1
	}
	more := s == scanOpen
	if more {
		if len(j.b) <= start+size {
			j.scan = end
			return -1
		}
		end = start + size
		end = start + whole(j.b[start:end])
	}
	raw := j.b[start:end]
	escaped := special(raw, 0) < len(raw)
	text := raw
	if escaped {
		j.text = appendUnescaped(j.text[:0], raw)
		text = j.text
	}
	e := &j.edit
	e.reset(len(text))
	e.More, e.Part = more, j.part
	verdict := j.visitor.Value(j.path, String, text, e)
	if j.part == 0 {
		switch verdict {
		case Keep, Splice, Skip:
			j.keep()
		case Block:
			j.fail(j.i, ErrBlocked)
			return -1
		default:
			j.decide(verdict, start-1, end)
			j.safe = end
			return j.leave(end, passNone, passNone)
		}
	}
	j.part++
	switch verdict {
	case Keep, Splice:
	case Skip:
		j.safe = end
		return j.leave(end, passOn, passOn)
	case Block:
		j.fail(start, ErrBlocked)
		return -1
	default:
		j.quoted = j.quoted[:0]
		if verdict == Replace {
			j.quoted = appendEscaped(j.quoted, e.Out)
		}
		j.put(start, end, j.quoted)
		j.safe = end
		return j.leave(end, passNone, passOn)
	}
	settled := end
	if more {
		n := max(min(e.Settled, len(text)), 0)
		for k, c := range e.cuts {
			if c.start >= n {
				e.cuts = e.cuts[:k]
				break
			}
			n = max(n, min(c.end, len(text)))
		}
		at := cursor{raw: raw}
		settled = start + n
		if escaped {
			settled = start + at.seek(n, false)
		}
		if settled-start < size/4 {
			j.fail(start, ErrSettled)
			return -1
		}
	}
	if verdict == Splice {
		j.splice(start, end, escaped, e)
		settled = max(settled, j.out)
	}
	j.safe, j.tok, j.scan = settled, settled, 0
	if more {
		return settled
	}
	j.done(end + 1)
	return end + 1
}

// word reads a number or a literal at i.
func (j *JSON) word(i int, c byte) int {
	var kind Kind
	var end int
	switch c {
	case 't':
		kind = True
		end = j.literal(i, "true")
	case 'f':
		kind = False
		end = j.literal(i, "false")
	case 'n':
		kind = Null
		end = j.literal(i, "null")
	default:
		kind = Number
		end = j.number(i)
	}
	if end < 0 {
		return -1
	}
	if j.pass != passNot {
		j.done(end)
		return end
	}
	verdict := j.named
	if verdict != Drop && verdict != Skip {
		text := j.b[i:end:end]
		j.edit.reset(len(text))
		verdict = j.visitor.Value(j.path, kind, text, &j.edit)
	}
	if verdict == Keep && j.named == Keep {
		return j.kept(end)
	}
	return j.settle(verdict, i, end, false)
}

// literal reads true, false or null.
func (j *JSON) literal(i int, word string) int {
	n := min(len(word), len(j.b)-i)
	if string(j.b[i:i+n]) != word[:n] {
		j.fail(i, ErrSyntax)
		return -1
	}
	if n < len(word) {
		j.i = i
		return -1
	}
	return i + n
}

// number reads the number at i.
func (j *JSON) number(i int) int {
	b := j.b
	if j.scan == 0 {
		if end := numberEnd(b, i); end >= 0 && end < len(b) && !numeric(b[end]) && end-i <= j.limits.Value {
			return end
		}
	}
	end := max(i, j.scan)
	for end < len(b) && numeric(b[end]) {
		end++
	}
	if end-i > j.limits.Value {
		j.fail(i, ErrSize)
		return -1
	}
	if end == len(b) && !(j.final && len(j.levels) == 0) {
		j.i, j.scan = i, end
		return -1
	}
	j.scan = 0
	if numberEnd(b[:end], i) != end {
		j.fail(i, ErrSyntax)
		return -1
	}
	return end
}

func numeric(c byte) bool {
	return c-'0' < 10 || c == '.' || c == '-' || c == '+' || c|0x20 == 'e'
}

// numberEnd returns where the number at i ends (RFC 8259, Section 6: [ minus ] int
// [ frac ] [ exp ]), -1 if there is none.
func numberEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	end := digits(b, i)
	if end == i || b[i] == '0' && end > i+1 {
		return -1
	}
	if end < len(b) && b[end] == '.' {
		i = end + 1
		if end = digits(b, i); end == i {
			return -1
		}
	}
	if end < len(b) && b[end]|0x20 == 'e' {
		i = end + 1
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if end = digits(b, i); end == i {
			return -1
		}
	}
	return end
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}
