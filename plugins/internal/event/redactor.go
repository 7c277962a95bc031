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
	text []byte
	at   []int
	// other is the text as it may be meant.
	other []byte
	// goesOn says that the text is longer than what is read of it, decided how far all
	// readings are sure of it.
	goesOn  bool
	decided int
	spans   []detect.Span
	found   []find
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
	// ahead is how much is read of a text behind what is written of it: what begins
	// there and has not ended by then is not written. Whoever sends more waits for no
	// reading of it.
	ahead = 1024
	// maxLine is how long a line of the log is.
	maxLine = 1 << 16
	// maxRounds is how often percent-encoding is taken away, however often it was put
	// on the percent sign itself.
	maxRounds = 4
)

// Text returns a line for the log with what was found in it hidden.
func (r *Redactor) Text(s string) string { return r.hide(s, inLog, maxLine) }

// Clean tells whether there is nothing to hide in a text.
func (r *Redactor) Clean(s string) bool {
	r.goesOn = false
	r.look(s, inValue)
	return len(r.found) == 0
}

// hide returns a text with what was found in it hidden. It is for writing most bytes of
// it: a longer text may be cut behind them, or before what nobody can tell yet, and ends
// in an ellipsis then.
func (r *Redactor) hide(s string, p place, most int) string {
	r.goesOn = len(s) > most+ahead
	if r.goesOn {
		s = s[:most+ahead]
	}
	r.look(s, p)
	if len(r.found) == 0 && !r.goesOn {
		return s
	}
	var b strings.Builder
	i := 0
	for _, f := range r.found {
		if f.start >= r.decided {
			break
		}
		b.WriteString(s[i:f.start])
		b.WriteByte('[')
		b.WriteString(string(f.kind))
		b.WriteByte(']')
		i = f.end
	}
	if i < r.decided {
		b.WriteString(s[i:r.decided])
	}
	if r.goesOn && b.Len() <= most {
		b.WriteString("\u2026")
	}
	return b.String()
}

// look finds what is to be hidden in a text, in order and apart: in the text as it
// stands, and as it reads each time that percent-encoding is taken away.
func (r *Redactor) look(s string, p place) {
	r.found, r.decided = r.found[:0], len(s)
	if len(s) < least {
		return
	}
	r.prepare()
	r.text, r.at = append(r.text[:0], s...), r.at[:0]
	for round := 0; ; round++ {
		if r.goesOn {
			r.trim()
		}
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

// trim takes away an encoding at the end of the text that may go on: what stands before
// it is at the end then, and undecided.
func (r *Redactor) trim() {
	for {
		i := bytes.LastIndexByte(r.text, '%')
		if i < 0 {
			return
		}
		rest := r.text[i+1:]
		for len(rest) >= 2 && rest[0] == '2' && rest[1] == '5' {
			rest = rest[2:]
		}
		if len(rest) > 1 || len(rest) == 1 && hexDigit(rest[0]) > 15 {
			return
		}
		r.text = r.text[:i]
		if len(r.at) > 0 {
			r.at = r.at[:i+1]
		}
	}
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

// read looks at the text as it is, and at what else it may stand for.
func (r *Redactor) read(p place) {
	if p == inPath {
		r.separate()
		r.find(r.other, p, false)
		if bytes.ContainsAny(r.text, ":=> ") || bytes.Contains(r.text, []byte("---")) {
			r.find(r.text, p, true) // a secret with slashes in it
		}
	} else {
		r.find(r.text, p, false)
	}
	if r.space(p) {
		r.find(r.other, p, false)
	}
}

// separate puts ends of lines at the slashes of a path into the other reading:
// "/orders/710319/2745" has no number with a slash in it. An encoded slash is part of a
// segment. Secrets have slashes of their own, and are looked for in the text as it is.
func (r *Redactor) separate() {
	r.other = append(r.other[:0], r.text...)
	for i, c := range r.other {
		if c != '/' {
			continue
		}
		if start, end := r.origin(i); end-start == 1 {
			r.other[i] = '\n'
		}
	}
}

// space makes a reading with spaces where a form has plus signs, and where a dot follows
// what is as long as a key: detectors take "key.word" for a name. It tells whether there
// were any.
func (r *Redactor) space(p place) (any bool) {
	run := 0
	for i, c := range r.text {
		switch {
		case c == '+', c == '.' && run >= leastKey:
			if !any {
				any = true
				r.separate()
				if p != inPath {
					copy(r.other, r.text)
				}
			}
			r.other[i] = ' '
			run = 0
		case c|0x20-'a' < 26, c-'0' < 10, c == '-', c == '_':
			run++
		default:
			run = 0
		}
	}
	return any
}

// find keeps what is found in a reading and is to be hidden, of all or of secrets, and
// notes how far it is decided.
func (r *Redactor) find(text []byte, p place, secrets bool) {
	var settled int
	r.spans, settled = r.set.Find(r.spans[:0], text, detect.Context{}, !r.goesOn)
	if r.goesOn {
		start, _ := r.origin(settled)
		r.decided = min(r.decided, start)
	}
	for _, span := range r.spans {
		switch {
		case span.Confidence < sure, p == inLog && span.Confidence < sureInLog:
			continue
		case (p == inAddress || p == inLog) && r.groups[span.Kind] == "network":
			continue
		case secrets && r.groups[span.Kind] != "secret":
			continue
		case span.Kind == "email" && bytes.HasSuffix(text[span.Start:span.End], []byte(".gserviceaccount.com")):
			continue // nobody's: the name of a program
		}
		start, _ := r.origin(span.Start)
		_, end := r.origin(span.End - 1)
		r.found = append(r.found, find{start, end, span.Kind})
	}
}

// origin returns which bytes of the text as it was given byte i stands for; none at its
// end.
func (r *Redactor) origin(i int) (start, end int) {
	if len(r.at) == 0 {
		return i, i + 1
	}
	return r.at[i], r.at[min(i+1, len(r.at)-1)]
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
