package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// node is a value of a document that encoding/json has read.
type node struct {
	kind    Kind
	text    string
	names   []string
	members []*node
}

// parseNode reads one JSON text by encoding/json; nil if it is none.
func parseNode(doc []byte) *node {
	if !json.Valid(doc) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) *node {
	t, err := d.Token()
	if err != nil {
		return nil
	}
	switch t := t.(type) {
	case string:
		return &node{kind: String, text: t}
	case json.Number:
		return &node{kind: Number, text: t.String()}
	case bool:
		if t {
			return &node{kind: True, text: "true"}
		}
		return &node{kind: False, text: "false"}
	case nil:
		return &node{kind: Null, text: "null"}
	}
	n := &node{kind: Object}
	if t == json.Delim('[') {
		n.kind = Array
	}
	for d.More() {
		if n.kind == Object {
			name, err := d.Token()
			if err != nil {
				return nil
			}
			n.names = append(n.names, name.(string))
		}
		member := readNode(d)
		if member == nil {
			return nil
		}
		n.members = append(n.members, member)
	}
	if _, err := d.Token(); err != nil {
		return nil
	}
	return n
}

// write appends a node as JSON without white space.
func (n *node) write(dst []byte) []byte {
	switch n.kind {
	case String:
		return append(appendEscaped(append(dst, '"'), []byte(n.text)), '"')
	case Object:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendEscaped(append(dst, '"'), []byte(n.names[i])), '"', ':')
			dst = m.write(dst)
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.write(dst)
		}
		return append(dst, ']')
	}
	return append(dst, n.text...)
}

// decider decides by a hash of what it is asked, so that a stream and a tree get the
// same answers.
type decider struct{ seed uint32 }

func (d decider) choose(path []byte, question string, text []byte) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, d.seed, question, "\x00")
	h.Write(path)
	h.Write([]byte{0})
	h.Write(text)
	return h.Sum32() >> 7 % 24
}

var replacement = []byte("r\"\\\n\x01é\xff*")

// digitCuts cuts all digits but 0.
func digitCuts(text []byte, e *Edit) {
	for i, c := range text {
		if c > '0' && c <= '9' {
			from := len(e.Out)
			e.Out = append(e.Out, "<\">"...)
			e.Cut(i, i+1, from)
		}
	}
}

func (d decider) answer(c uint32, text []byte, e *Edit, splice bool) Verdict {
	switch c {
	case 0:
		return Skip
	case 1:
		if splice {
			digitCuts(text, e)
			return Splice
		}
	case 2:
		e.Out = append(e.Out, replacement...)
		return Replace
	case 3:
		return Nullify
	case 4, 5:
		return Drop
	}
	return Keep
}

func (d decider) Container(p *Path, k Kind, e *Edit) Verdict {
	return d.answer(d.choose(p.Append(nil), "container"+strconv.Itoa(int(k)), nil), nil, e, false)
}

func (d decider) Name(p *Path, text []byte, e *Edit) Verdict {
	return d.answer(d.choose(p.Append(nil), "name", text), text, e, true)
}

func (d decider) Value(p *Path, k Kind, text []byte, e *Edit) Verdict {
	return d.answer(d.choose(p.Append(nil), "value"+strconv.Itoa(int(k)), text), text, e, true)
}

// reference applies a visitor to a tree; nil says that the node is dropped.
func reference(v Visitor, p *Path, n *node, nested int) *node {
	e := &Edit{}
	e.reset(len(n.text))
	if n.kind == String && nested > 0 && looksEncoded([]byte(n.text)) {
		if inner := parseNode([]byte(n.text)); inner != nil {
			verdict := v.Container(p, Encoded, e)
			if verdict != Keep {
				return applied(verdict, n, e)
			}
			inner = reference(v, p, inner, nested-1)
			if inner == nil {
				inner = &node{kind: Null, text: "null"}
			}
			return &node{kind: Encoded, members: []*node{inner}}
		}
	}
	if n.kind != Object && n.kind != Array {
		return applied(v.Value(p, n.kind, []byte(n.text), e), n, e)
	}
	if verdict := v.Container(p, n.kind, e); verdict != Keep {
		return applied(verdict, n, e)
	}
	out := &node{kind: n.kind}
	p.push()
	for i, m := range n.members {
		if n.kind == Array {
			p.setIndex(i)
			if m = reference(v, p, m, nested); m != nil {
				out.members = append(out.members, m)
			}
			continue
		}
		name := n.names[i]
		p.setName([]byte(name))
		e.reset(len(name))
		verdict := v.Name(p, []byte(name), e)
		switch verdict {
		case Drop, Nullify:
			continue
		case Replace:
			name = valid(e.Out)
		case Splice:
			name = cutText(name, e)
		}
		if verdict != Skip {
			m = reference(v, p, m, nested)
		}
		if m != nil {
			out.names = append(out.names, name)
			out.members = append(out.members, m)
		}
	}
	p.pop()
	return out
}

func applied(v Verdict, n *node, e *Edit) *node {
	switch v {
	case Keep, Skip:
		return n
	case Splice:
		if len(e.cuts) == 0 {
			return n
		}
		return &node{kind: String, text: cutText(n.text, e)}
	case Replace:
		return &node{kind: String, text: valid(e.Out)}
	case Nullify:
		return &node{kind: Null, text: "null"}
	}
	return nil
}

func valid(text []byte) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		b.WriteRune(r)
		text = text[n:]
	}
	return b.String()
}

func cutText(text string, e *Edit) string {
	out, at := "", 0
	for _, c := range e.cuts {
		out += text[at:c.start] + valid(e.Out[c.from:c.to])
		at = c.end
	}
	return out + text[at:]
}

// same compares a tree of the reference with one that was read from what was written.
func same(want, got *node) bool {
	if want.kind == Encoded {
		if got.kind != String {
			return false
		}
		inner := parseNode([]byte(got.text))
		return inner != nil && same(want.members[0], inner)
	}
	if want.kind != got.kind || want.text != got.text || len(want.members) != len(got.members) {
		return false
	}
	for i := range want.members {
		if want.kind == Object && want.names[i] != got.names[i] || !same(want.members[i], got.members[i]) {
			return false
		}
	}
	return true
}

// generator makes random documents in all spellings.
type generator struct{ *rand.Rand }

func (g generator) space(dst []byte) []byte {
	for g.IntN(4) == 0 {
		dst = append(dst, " \n\t\r"[g.IntN(4)])
	}
	return dst
}

var generatorTexts = []string{
	"", "a", "4111111111111111", "x@example.com", "cardNumber", "äöü€😀", "\"quoted\\\"", "line\nline", "\x01\x1f", "[1] is no document", "{}", "{\"a\":1}",
	"[\"4111\",{\"b\":[2,\"3\"]}]", "\"{\\\"a\\\":[1]}\"", "a.b", "12", "0", "é4é", "long long long long text of 60 bytes, more than one window 1",
}

func (g generator) text() string {
	s := generatorTexts[g.IntN(len(generatorTexts))]
	if g.IntN(8) == 0 {
		s = string(g.value(nil, 3))
	}
	return s
}

func (g generator) quoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case g.IntN(6) == 0 || r < ' ':
			if r > 0xffff {
				dst = fmt.Appendf(dst, `\u%04x\u%04X`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
			} else {
				dst = fmt.Appendf(dst, `\u%04x`, r)
			}
		case r == '"' || r == '\\' || r == '/' && g.IntN(2) == 0:
			dst = append(dst, '\\', byte(r))
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

func (g generator) value(dst []byte, depth int) []byte {
	n := 9
	if depth == 0 {
		n = 5
	}
	switch g.IntN(n) {
	case 0, 1:
		return g.quoted(dst, g.text())
	case 2:
		return append(dst, []string{"0", "-1.5e+3", "4111111111111111", "123456789012345678901234567890", "1E400", "12"}[g.IntN(6)]...)
	case 3:
		return append(dst, []string{"true", "false", "null"}[g.IntN(3)]...)
	case 4:
		return append(dst, []string{"{}", "[]", "[ ]", "{\n}"}[g.IntN(4)]...)
	case 5, 6:
		dst = append(dst, '[')
		for i := range g.IntN(5) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = g.space(g.value(g.space(dst), depth-1))
		}
		return append(g.space(dst), ']')
	}
	dst = append(dst, '{')
	for i := range g.IntN(5) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = g.space(g.quoted(g.space(dst), g.text()))
		dst = g.space(g.value(g.space(append(dst, ':')), depth-1))
	}
	return append(g.space(dst), '}')
}

// rewritten passes a document through a rewriter in pieces that end at the cuts.
func rewritten(r Rewriter, doc []byte, cuts ...int) (string, error) {
	var out []byte
	var err error
	at := 0
	for _, c := range append(cuts, len(doc)) {
		if out, err = r.Write(out, doc[at:c:c]); err != nil {
			break
		}
		at = c
	}
	closed, closeErr := r.Close(out)
	if err == nil {
		return string(closed), closeErr
	}
	if len(closed) != len(out) || closeErr != err {
		return "", fmt.Errorf("after %v Close appended %q, %v", err, closed[len(out):], closeErr)
	}
	return string(out), err
}

// everyByte cuts a document between all bytes.
func everyByte(doc []byte) (cuts []int) {
	for i := 1; i < len(doc); i++ {
		cuts = append(cuts, i)
	}
	return cuts
}

func TestRandomDocumentsAsTheReference(t *testing.T) {
	rounds := 30000
	if testing.Short() {
		rounds = 3000
	}
	g := generator{rand.New(rand.NewPCG(8, 1))}
	limits := Limits{Nested: 8}
	changed := 0
	for round := range rounds {
		doc := g.space(g.value(g.space(nil), 5))
		d := decider{uint32(round)}
		got, err := rewritten(NewJSON(d, nil, limits), doc)
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		want := reference(d, NewPath(nil), parseNode(doc), limits.Nested)
		if want == nil {
			want = &node{kind: Null, text: "null"}
		}
		tree := parseNode([]byte(got))
		if tree == nil || !same(want, tree) {
			t.Fatalf("round %d: %q\n became %q,\n want    %q", round, doc, got, want.write(nil))
		}
		if got != string(doc) {
			changed++
		}
		for _, cuts := range [][]int{everyByte(doc), {g.IntN(len(doc) + 1)}} {
			if again, err := rewritten(NewJSON(d, nil, limits), doc, cuts...); again != got || err != nil {
				t.Fatalf("round %d: %q cut at %v\n became %q, %v\n want   %q", round, doc, cuts, again, err, got)
			}
		}
		if kept, err := rewritten(NewJSON(keeper{}, nil, limits), doc, everyByte(doc)...); kept != string(doc) || err != nil {
			t.Fatalf("%q became %q, %v, want it as it was", doc, kept, err)
		}
	}
	if changed < rounds/4 {
		t.Errorf("%d of %d documents changed, want more", changed, rounds)
	}
}

// keeper keeps everything, but looks into it.
type keeper struct{}

func (keeper) Container(*Path, Kind, *Edit) Verdict     { return Keep }
func (keeper) Name(*Path, []byte, *Edit) Verdict        { return Keep }
func (keeper) Value(*Path, Kind, []byte, *Edit) Verdict { return Keep }
