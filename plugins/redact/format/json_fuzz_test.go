package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// jsonCanary stands in documents where it must not leave.
const jsonCanary = "c4n4ry"

// secretive drops, replaces or cuts out whatever has the canary in it, by the seed.
type secretive struct{ seed uint32 }

func (secretive) Container(*Path, Kind, *Edit) Verdict { return Keep }

func (s secretive) Name(_ *Path, text []byte, e *Edit) Verdict { return s.hide(text, e) }

func (s secretive) Value(_ *Path, _ Kind, text []byte, e *Edit) Verdict { return s.hide(text, e) }

func (s secretive) hide(text []byte, e *Edit) Verdict {
	r := ruled{word: jsonCanary, with: "#"}
	verdict := r.find(text, e)
	if verdict == Keep || e.More || e.Part > 0 {
		return verdict
	}
	switch s.seed % 4 {
	case 0:
		e.Out = append(e.Out[:0], "gone"...)
		return Replace
	case 1:
		return Drop
	case 2:
		return Nullify
	}
	return Splice
}

// shows tells whether the canary stands in a name or text of a tree, or of a
// document in a text of it.
func shows(n *node, nested int) bool {
	for i, m := range n.members {
		if n.kind == Object && strings.Contains(n.names[i], jsonCanary) || shows(m, nested) {
			return true
		}
	}
	if n.kind == String && nested > 0 && looksEncoded([]byte(n.text)) {
		if inner := parseNode([]byte(n.text)); inner != nil {
			return shows(inner, nested-1)
		}
	}
	return strings.Contains(n.text, jsonCanary)
}

func FuzzJSON(f *testing.F) {
	for _, tt := range jsonTests {
		f.Add([]byte(tt.doc), uint32(1), uint16(3))
		f.Add([]byte(strings.ReplaceAll(tt.doc, "WORD", jsonCanary)), uint32(2), uint16(7))
	}
	f.Add([]byte(`{"a":"\u00634n4ry","c4n4ry":["{\"c4n4r\\u0079\":1}",1]}`), uint32(0), uint16(5))
	f.Fuzz(func(t *testing.T, doc []byte, seed uint32, cut uint16) {
		limits := Limits{Value: 64, Encoded: 256, Depth: 64}
		cuts := []int{int(cut) % (len(doc) + 1)}

		kept, err := rewritten(NewJSON(keeper{}, nil, limits), doc, cuts...)
		if !strings.HasPrefix(string(doc), kept) || err == nil && kept != string(doc) {
			t.Fatalf("%q became %q, %v", doc, kept, err)
		}
		body := bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))
		isValid := json.Valid(body)
		if blank := len(bytes.Trim(body, " \t\r\n")) == 0; !blank && err == nil && !isValid {
			t.Fatalf("%q is read, and no JSON", doc)
		}
		if isValid && (err == ErrSyntax || err == ErrTruncated) {
			t.Fatalf("%q is JSON: %v", doc, err)
		}

		for _, v := range []Visitor{decider{seed}, secretive{seed}} {
			want, wantErr := rewritten(NewJSON(v, nil, limits), doc)
			for _, cuts := range [][]int{cuts, everyByte(doc)} {
				if got, err := rewritten(NewJSON(v, nil, limits), doc, cuts...); got != want || err != wantErr {
					t.Fatalf("%q cut at %v became %q, %v, want %q, %v", doc, cuts, got, err, want, wantErr)
				}
			}
			if wantErr != nil || !isValid {
				continue
			}
			tree := parseNode([]byte(strings.TrimPrefix(want, "\xef\xbb\xbf")))
			if tree == nil {
				t.Fatalf("%q became %q", doc, want)
			}
			// Strings longer than may be held are read as text, escapes and all.
			if _, ok := v.(secretive); ok && len(doc) < limits.Encoded && shows(tree, 4) {
				t.Fatalf("%q became %q", doc, want)
			}
		}
	})
}

func FuzzSSE(f *testing.F) {
	f.Add([]byte("data: {\"a\":\"c4n4ry\"}\n\ndata: c4n4ry\rid: 1\r\n\r\n"), uint32(1), uint16(9))
	f.Add([]byte("data: [1,\ndata\ndata:  2]\n\n"), uint32(4), uint16(12))
	f.Fuzz(func(t *testing.T, stream []byte, seed uint32, cut uint16) {
		limits := Limits{Value: 64, Encoded: 256, Depth: 64}
		cuts := []int{int(cut) % (len(stream) + 1)}
		kept, err := rewritten(NewSSE(keeper{}, nil, limits), stream, cuts...)
		if !strings.HasPrefix(string(stream), kept) || err == nil && kept != string(stream) {
			t.Fatalf("%q became %q, %v", stream, kept, err)
		}
		for _, v := range []Visitor{decider{seed}, secretive{seed}} {
			want, wantErr := rewritten(NewSSE(v, nil, limits), stream)
			for _, cuts := range [][]int{cuts, everyByte(stream)} {
				if got, err := rewritten(NewSSE(v, nil, limits), stream, cuts...); got != want || err != wantErr {
					t.Fatalf("%q cut at %v became %q, %v, want %q, %v", stream, cuts, got, err, want, wantErr)
				}
			}
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, p := range []string{"a.b", "$..a[0]['x y']", "**.*card*", `a\.b`, "[*].#"} {
		f.Add(p, `{"a":[{"b":"x"}],"x y":{"card_no":1}}`, true)
	}
	f.Fuzz(func(t *testing.T, pattern, doc string, fold bool) {
		set, err := Compile([]Pattern{{Text: pattern, Fold: fold}})
		if err != nil {
			return
		}
		rewritten(NewJSON(&finder{t: t}, set, Limits{}), []byte(doc))
	})
}

// finder compiles each path that it sees as a pattern, which has to match it.
type finder struct{ t *testing.T }

func (f *finder) Container(p *Path, _ Kind, _ *Edit) Verdict { f.check(p); return Keep }
func (f *finder) Name(*Path, []byte, *Edit) Verdict          { return Keep }
func (f *finder) Value(p *Path, _ Kind, _ []byte, _ *Edit) Verdict {
	f.check(p)
	return Keep
}

func (f *finder) check(p *Path) {
	p.Matched(0)
	// What is not UTF-8 cannot be written in a path.
	if p.Depth() > 20 || !utf8.Valid(p.names) {
		return
	}
	for _, text := range []string{string(p.Append(nil)), string(p.AppendPattern(nil))} {
		set, err := Compile([]Pattern{{Text: text}})
		if err != nil {
			f.t.Fatalf("%q: %v", text, err)
		}
		again := NewPath(set)
		for i := range p.Depth() {
			again.push()
			if name, index := p.Element(i); index >= 0 {
				again.setIndex(0)
				again.setIndex(index)
			} else {
				again.setName(name)
			}
		}
		if again.Matched(0) != 0 {
			f.t.Fatalf("%q does not match itself", text)
		}
	}
}
