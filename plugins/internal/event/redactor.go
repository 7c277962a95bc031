package event

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"gatehouse/plugins/redact/detect"
)

// Redactor hides personal and secret data in texts that a request, a token or an
// identity provider chose, before they are written anywhere. What it finds is replaced
// by the name of what it was, in brackets: "/customers/[email]/orders". It is for one
// call at a time, and its zero value is ready: the detectors are made when they are
// first needed.
type Redactor struct {
	set    *detect.Set
	groups map[detect.Kind]string
	// text is a text as it is read: as it was given, or decoded. Its byte i stands for
	// those from at[i] to at[i+1] of the text as it was given.
	text, spaced []byte
	at           []int
	spans        []detect.Span
	found        []find
}

// find is what is hidden: bytes of the text as it was given.
type find struct {
	start, end int
	kind       detect.Kind
}

// place is where a text stands, which says what may be expected there.
type place uint8

const (
	// inValue is a place where anything may stand, and all that is found is hidden.
	inValue place = iota
	// inPath is a path: numbers end at a slash.
	inPath
	// inAddress is the name of a host or a URI: network addresses stay.
	inAddress
	// inLog is a line of the log, a text of ours: network addresses stay, and what
	// stands behind the name of a field and a colon is what is wrong with it.
	inLog
)

const (
	// sure is how sure a find must be: less are forms that other things have too.
	sure = 60
	// sureInLog is more than "password: want a text" is a password.
	sureInLog = 66
	// least is how short a find can be, leastKey a key of a service.
	least    = 6
	leastKey = 16
	// maxRounds is how often percent-encoding is taken away, however often it was put
	// on the percent sign itself.
	maxRounds = 4
	// maxTries bounds how often a path is read again because numbers end at a slash.
	maxTries = 4
)

// Text returns a line for the log with what was found in it hidden.
func (r *Redactor) Text(s string) string { return r.hide(s, inLog) }

// Clean tells whether there is nothing to hide in a text.
func (r *Redactor) Clean(s string) bool {
	r.look(s, inValue)
	return len(r.found) == 0
}

// hide returns a text with what was found in it hidden.
func (r *Redactor) hide(s string, p place) string {
	r.look(s, p)
	if len(r.found) == 0 {
		return s
	}
	var b strings.Builder
	i := 0
	for _, f := range r.found {
		b.WriteString(s[i:f.start])
		b.WriteByte('[')
		b.WriteString(string(f.kind))
		b.WriteByte(']')
		i = f.end
	}
	b.WriteString(s[i:])
	return b.String()
}

// look finds what is to be hidden in a text, in order and apart: in the text as it
// stands, and as it reads each time that percent-encoding is taken away.
func (r *Redactor) look(s string, p place) {
	r.found = r.found[:0]
	if len(s) < least {
		return
	}
	r.prepare()
	r.text, r.at = append(r.text[:0], s...), r.at[:0]
	for round := 0; ; round++ {
		r.read(p)
		if round == maxRounds || !r.decode() {
			break
		}
	}
	slices.SortStableFunc(r.found, func(a, b find) int { return cmp.Compare(a.start, b.start) })
	kept := 0
	for _, f := range r.found {
		if kept > 0 && f.start < r.found[kept-1].end {
			// One reading makes more of the same bytes than another.
			r.found[kept-1].end = max(r.found[kept-1].end, f.end)
			continue
		}
		r.found[kept] = f
		kept++
	}
	r.found = r.found[:kept]
}

// prepare makes the detectors, all there are.
func (r *Redactor) prepare() {
	if r.set != nil {
		return
	}
	infos := detect.Kinds()
	kinds := make([]detect.Kind, len(infos))
	r.groups = make(map[detect.Kind]string, len(infos))
	for i := range infos {
		kinds[i] = infos[i].Kind
		r.groups[infos[i].Kind] = infos[i].Group
	}
	set, err := detect.New(kinds, nil)
	if err != nil {
		panic("event: " + err.Error()) // a defect: these are the detectors there are
	}
	r.set = set
}

// group returns which group a kind is of, "" for one that is no detector's.
func (r *Redactor) group(kind string) string {
	r.prepare()
	return r.groups[detect.Kind(kind)]
}

// read looks at the text as it is, and with the spaces that it may stand for.
func (r *Redactor) read(p place) {
	for try := 1; ; try++ {
		r.spans, _ = r.set.Find(r.spans[:0], r.text, detect.Context{}, true)
		if p != inPath || try == maxTries || !r.separate() {
			break
		}
	}
	r.take(r.text, p)
	if r.space() {
		r.spans, _ = r.set.Find(r.spans[:0], r.spaced, detect.Context{}, true)
		r.take(r.spaced, p)
	}
}

// space puts spaces where a form has plus signs, and where a dot follows what is as long
// as a key: detectors take "key.word" for a name. It tells whether there were any.
func (r *Redactor) space() (any bool) {
	run := 0
	for i, c := range r.text {
		switch {
		case c == '+', c == '.' && run >= leastKey:
			if !any {
				r.spaced = append(r.spaced[:0], r.text...)
				any = true
			}
			r.spaced[i] = ' '
			run = 0
		case c|0x20-'a' < 26, c-'0' < 10, c == '-', c == '_':
			run++
		default:
			run = 0
		}
	}
	return any
}

// separate ends lines at the slashes of a path in what was found, and tells whether
// there were any: "/orders/710319/2745" has no number with a slash in it. An encoded
// slash is part of a segment, and secrets have slashes of their own.
func (r *Redactor) separate() (again bool) {
	for _, span := range r.spans {
		if r.groups[span.Kind] == "secret" {
			continue
		}
		for i := span.Start; i < span.End; i++ {
			if start, end := r.origin(i); r.text[i] == '/' && end-start == 1 {
				r.text[i] = '\n'
				again = true
			}
		}
	}
	return again
}

// take keeps the spans that are to be hidden.
func (r *Redactor) take(text []byte, p place) {
	for _, span := range r.spans {
		switch {
		case span.Confidence < sure, p == inLog && span.Confidence < sureInLog:
			continue
		case (p == inAddress || p == inLog) && r.groups[span.Kind] == "network":
			continue
		case span.Kind == "email" && bytes.HasSuffix(text[span.Start:span.End], []byte(".gserviceaccount.com")):
			continue // nobody's: the name of a program
		}
		start, _ := r.origin(span.Start)
		_, end := r.origin(span.End - 1)
		r.found = append(r.found, find{start, end, span.Kind})
	}
}

// origin returns which bytes of the text as it was given byte i stands for.
func (r *Redactor) origin(i int) (start, end int) {
	if len(r.at) == 0 {
		return i, i + 1
	}
	return r.at[i], r.at[i+1]
}

// decode takes percent-encoding away in place (RFC 3986, Section 2.1), and tells
// whether there was any.
func (r *Redactor) decode() bool {
	if bytes.IndexByte(r.text, '%') < 0 {
		return false
	}
	if len(r.at) == 0 {
		for i := range len(r.text) + 1 {
			r.at = append(r.at, i)
		}
	}
	n, changed := 0, false
	for i := 0; i < len(r.text); n++ {
		c, size := unescape(r.text[i:])
		// No byte is written before it was read: n is never greater than i.
		r.text[n], r.at[n] = c, r.at[i]
		changed = changed || size > 1
		i += size
	}
	r.at[n] = r.at[len(r.text)]
	r.text, r.at = r.text[:n], r.at[:n+1]
	return changed
}

// unescape returns the byte that a text begins with, and how long it is spelled. A
// percent sign may be encoded again and again: "%252541" is an A.
func unescape(text []byte) (c byte, size int) {
	if text[0] != '%' {
		return text[0], 1
	}
	i := 1
	for i+4 <= len(text) && text[i] == '2' && text[i+1] == '5' {
		i += 2
	}
	if i+2 <= len(text) {
		high, low := hexDigit(text[i]), hexDigit(text[i+1])
		if high|low < 16 {
			return high<<4 | low, i + 2
		}
	}
	if i > 1 {
		return '%', i // "%25" in front of what is no encoding
	}
	return '%', 1
}

// hexDigit returns the value of a hexadecimal digit, 16 for another byte.
func hexDigit(c byte) byte {
	switch {
	case c-'0' < 10:
		return c - '0'
	case c|0x20-'a' < 6:
		return c | 0x20 - 'a' + 10
	}
	return 16
}
