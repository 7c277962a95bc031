package format

import "encoding/binary"

// run reads until the bytes at hand end.
func (j *JSON) run() {
	b := j.b
	i := j.i
	if j.state == jsonStart {
		if j.sink == nil && len(b) > 0 && b[0] == 0xef {
			if len(b) < 3 {
				return
			}
			if b[1] != 0xbb || b[2] != 0xbf {
				j.fail(0, ErrSyntax)
				return
			}
			i = 3
		}
		if len(b) > 0 {
			j.state = jsonRoot
		}
	}
	var c byte
next:
	if j.state >= jsonWindow {
		j.i = i
		if j.state == jsonWindow {
			i = j.window()
		} else {
			i = j.rest()
		}
		if i < 0 {
			return
		}
		goto next
	}
	if i = space(b, i); i == len(b) {
		goto out
	}
	c = b[i]
	switch j.state {
	case jsonRoot:
		if c == recordSeparator && j.many {
			i++
			goto next
		}
		j.safe, j.item = i, i
		goto value
	case jsonFirst:
		if c == ']' || c == '}' {
			goto end
		}
		goto item
	case jsonItem:
		goto item
	case jsonName:
		goto name
	case jsonColon:
		goto colon
	case jsonValue:
		goto value
	default:
		goto after
	}
item:
	if j.spared != nil && c != '{' && j.spares() {
		i = j.spare(i)
		switch j.state {
		case jsonValue:
			c = b[i]
			goto value
		case jsonAfter:
			if i == len(b) {
				goto out
			}
			if c = b[i]; c <= ' ' {
				goto next
			}
			goto after
		}
		if i == len(b) {
			goto out
		}
		c = b[i]
	}
	if j.begin(i) {
		goto value
	}
name:
	if i = j.name(i); i < 0 {
		return
	}
	if i = space(b, i); i == len(b) {
		goto out
	}
	c = b[i]
colon:
	if c != ':' {
		j.fail(i, ErrSyntax)
		return
	}
	j.state = jsonValue
	if i = space(b, i+1); i == len(b) {
		goto out
	}
	c = b[i]
value:
	j.state = jsonValue
	if j.pass == passNot && i-j.safe > 2*j.limits.Value {
		j.fail(i, ErrSize)
		return
	}
	switch c {
	case '"':
		i = j.string(i)
	case '{', '[':
		i = j.open(i, c)
	default:
		i = j.word(i, c)
	}
	if i < 0 {
		return
	}
	if j.state != jsonAfter || i == len(b) {
		goto next
	}
	if c = b[i]; c <= ' ' {
		goto next
	}
after:
	switch {
	case len(j.levels) == 0:
		j.safe = i
		if !j.many {
			j.fail(i, ErrSyntax)
			return
		}
		j.state = jsonRoot
		goto next
	case c == ',':
		j.state = jsonItem
		if i = space(b, i+1); i == len(b) {
			goto out
		}
		c = b[i]
		goto item
	}
end:
	if i = j.end(i); i < 0 {
		return
	}
	goto next
out:
	j.i = i
	if len(j.levels) > 0 {
		if j.pass == passNot && i-j.safe > 2*j.limits.Value {
			j.err = ErrSize
		}
	} else if j.state == jsonRoot || j.state == jsonAfter {
		j.safe = i
	}
}

// recordSeparator stands before each text of a sequence (RFC 7464, Section 2.2).
const recordSeparator = 0x1e

// space returns where white space ends.
func space(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return longSpace(b, i)
}

const spaces = ones * ' '

func longSpace(b []byte, i int) int {
	for i < len(b) {
		c := b[i]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			break
		}
		i++
		if c == '\n' {
			for i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:i+8]) == spaces {
				i += 8
			}
		}
	}
	return i
}

// spares tells whether items may be spared: nothing before them was dropped.
func (j *JSON) spares() bool {
	top := &j.levels[len(j.levels)-1]
	return j.pass == passNot && (top.index < 0 || top.kept) && !top.covered
}

// begin begins a member or an element at i, and tells whether it is an element.
func (j *JSON) begin(i int) bool {
	top := &j.levels[len(j.levels)-1]
	top.index++
	j.item = i
	if j.pass == passNot {
		if top.index > 0 && !top.kept {
			// all before was dropped, the comma goes too
			j.put(j.safe, i, nil)
			j.safe = i
		}
		if top.array {
			j.path.setIndex(int(top.index))
		}
	}
	j.state = jsonName
	return top.array
}

// end reads the closing bracket at i; it returns what is behind it, -1 if there
// is none.
func (j *JSON) end(i int) int {
	last := len(j.levels) - 1
	if c := j.b[i]; c != ']' && c != '}' || j.levels[last].array != (c == ']') {
		j.fail(i, ErrSyntax)
		return -1
	}
	if j.pass == passNot && i-j.safe > 2*j.limits.Value {
		j.fail(i, ErrSize)
		return -1
	}
	j.levels = j.levels[:last]
	i++
	switch {
	case j.pass == passNot:
		j.path.pop()
	case last == j.passDepth:
		if j.pass == passNone {
			j.put(j.out, i, nil)
		}
		j.pass = passNot
	}
	j.done(i)
	return i
}

// done ends a value before i.
func (j *JSON) done(i int) {
	if j.pass == passNot {
		j.safe = i
	}
	j.state = jsonAfter
}

// keep keeps the item: its name leaves, changed if the visitor said so.
func (j *JSON) keep() {
	if n := len(j.levels); n > 0 {
		j.levels[n-1].kept = true
	}
	switch j.named {
	case Splice:
		j.splice(j.item+1, j.nameEnd-1, j.nameEscaped, &j.nameEdit)
	case Replace:
		j.put(j.item, j.nameEnd, j.quote(j.nameEdit.Out))
	}
	j.named = Keep
}

// drop leaves the item out, the value of which begins at start, up to end; the comma
// before it goes too, or else the one behind it. A document becomes null.
func (j *JSON) drop(start, end int) {
	j.named = Keep
	switch n := len(j.levels); {
	case n == 0:
		j.put(start, end, []byte("null"))
	case j.levels[n-1].kept:
		j.put(j.safe, end, nil)
	default:
		j.put(j.item, end, nil)
	}
}

// quote returns text as a string, until the next call.
func (j *JSON) quote(text []byte) []byte {
	j.quoted = append(appendEscaped(append(j.quoted[:0], '"'), text), '"')
	return j.quoted
}

// splice makes cuts in the text that stands as written from start to end.
func (j *JSON) splice(start, end int, escaped bool, e *Edit) {
	at := cursor{raw: j.b[start:end]}
	for _, c := range e.cuts {
		from, to := min(c.start, end-start), min(c.end, end-start)
		if escaped {
			from = at.seek(c.start, false)
			to = at.seek(c.end, true)
		}
		j.quoted = appendEscaped(j.quoted[:0], e.Out[c.from:c.to])
		j.put(start+from, start+to, j.quoted)
	}
}

// name reads the name at i; it returns what is behind it, -1 if there is no more to
// read.
func (j *JSON) name(i int) int {
	if j.b[i] != '"' {
		j.fail(i, ErrSyntax)
		return -1
	}
	b := j.b
	end := len(b)
	if j.scan == 0 {
		end = special(b, i+1)
	}
	if end < len(b) && b[end] == '"' && end-i <= j.limits.Value {
		j.escaped = false // and all there, as most are
	} else if end = j.closing(i, j.limits.Value); end < 0 {
		if j.err == nil && len(b) > i+1+j.limits.Value {
			j.fail(i, ErrSize)
		}
		return -1
	}
	j.state = jsonColon
	if j.pass != passNot {
		return end + 1
	}
	j.nameEnd = end + 1
	j.nameEscaped = j.escaped
	text := b[i+1 : end]
	if j.escaped {
		j.text = appendUnescaped(j.text[:0], text)
		text = j.text
	}
	if p := j.path; int(p.elems[len(p.elems)-1].start) > 4*j.limits.Value {
		j.fail(i, ErrSize)
		return -1
	}
	j.path.setName(text)
	if j.spared != nil {
		if j.spareable = j.path.set.spare(j.path.last, text); j.spareable&spareName != 0 {
			j.named = Keep
			return end + 1
		}
	}
	if len(j.nameEdit.Out)+len(j.nameEdit.cuts) > 0 {
		j.nameEdit.reset(0)
	}
	if j.named = j.visitor.Name(j.path, text, &j.nameEdit); j.named != Keep {
		switch j.named {
		case Skip, Splice, Replace:
		case Block:
			j.fail(i, ErrBlocked)
			return -1
		default:
			j.named = Drop
		}
	}
	return end + 1
}

// closing returns where the closing quote of the string at i is, if there is one
// within limit bytes as written; else -1. Escaped says whether there are escapes
// before it.
func (j *JSON) closing(i, limit int) int {
	at := i + 1
	if j.scan > 0 {
		at = j.scan
	} else {
		j.escaped = false
	}
	end, escaped, s := scanString(j.b[:min(len(j.b), i+1+limit+1)], at)
	j.escaped = j.escaped || escaped
	switch s {
	case scanEnd:
		j.scan = 0
		return end
	case scanFault:
		j.fail(i, ErrSyntax)
	default:
		j.i, j.scan = i, end
	}
	return -1
}

// open reads the opening bracket at i.
func (j *JSON) open(i int, c byte) int {
	if j.base+len(j.levels) >= j.limits.Depth {
		j.fail(i, ErrDepth)
		return -1
	}
	inner := level{index: -1, array: c == '['}
	if j.pass == passNot {
		matches := j.spared != nil && j.path.Matched(0) >= 0
		verdict := j.named
		if verdict != Drop && verdict != Skip {
			kind := Object
			if c == '[' {
				kind = Array
			}
			j.edit.reset(0)
			verdict = j.visitor.Container(j.path, kind, &j.edit)
		}
		if !j.decide(verdict, i, i+1) {
			return -1
		}
		if verdict == Keep {
			if j.spared != nil {
				j.inherit(&inner, matches)
			}
			j.path.push()
			j.safe = i + 1
		} else {
			j.passDepth = len(j.levels)
			j.pass = passNone
			if verdict == Skip {
				j.pass = passOn
			}
		}
	}
	j.levels = append(j.levels, inner)
	j.state = jsonFirst
	return i + 1
}

// inherit has a container know what Spared says of what is in it; matches tells whether
// a pattern matches it.
func (j *JSON) inherit(inner *level, matches bool) {
	inner.plain, inner.covered = true, j.covered || matches
	if last := len(j.levels) - 1; last >= 0 {
		outer := &j.levels[last]
		inner.plain, inner.covered, inner.field = outer.plain, outer.covered || matches, outer.field
		if inner.array && !outer.array {
			inner.plain = j.spareable&sparePlain != 0
			if inner.plain {
				inner.field = j.path.Field()
			}
		}
	}
}

// decide does what was decided about the value from start to end, but for cuts; false
// if the document ends.
func (j *JSON) decide(v Verdict, start, end int) bool {
	switch v {
	case Keep, Skip:
		j.keep()
	case Replace:
		j.keep()
		j.put(start, end, j.quote(j.edit.Out))
	case Nullify:
		j.keep()
		j.put(start, end, []byte("null"))
	case Block:
		j.fail(start, ErrBlocked)
		return false
	default:
		j.drop(start, end)
	}
	return true
}
