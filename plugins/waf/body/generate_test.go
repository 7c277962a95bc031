package body

import (
	"math/rand/v2"
	"strings"
)

// generator makes bodies that are mostly well-formed. Equal seeds make equal
// bodies.
type generator struct {
	*rand.Rand
	b strings.Builder
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

// pick writes one of the strings.
func (g *generator) pick(list ...string) { g.b.WriteString(list[g.IntN(len(list))]) }

func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func (g *generator) done() string {
	s := g.b.String()
	g.b.Reset()
	return s
}

// mutate changes a few bytes of a body, by what stands elsewhere in it or what
// formats have for syntax.
func (g *generator) mutate(s string) string {
	const syntax = "\"'\\{}[]()<>&;=:,%+-/!?# \t\r\n\x00\x7f\x80\xff0aunX"
	b := []byte(s)
	for range 1 + g.IntN(3) {
		i := g.IntN(len(b) + 1)
		switch g.IntN(4) {
		case 0:
			b = append(b[:i:i], append([]byte{syntax[g.IntN(len(syntax))]}, b[i:]...)...)
		case 1:
			if i < len(b) {
				b = append(b[:i:i], b[i+1:]...)
			}
		case 2:
			if i < len(b) {
				b[i] = syntax[g.IntN(len(syntax))]
			}
		case 3:
			if j := i + g.IntN(12); j < len(b) {
				b = append(b[:j:j], b[i:]...)
			} else if g.oneIn(3) {
				b = b[:i]
			}
		}
	}
	return string(b)
}

func (g *generator) form() string {
	for range g.IntN(8) {
		for range g.IntN(6) {
			g.pick("a", "B", "id", "name", "x[]", "%41", "%4", "%", "%zz", "%%41", "+", "%2B", ";", "=", "%00", "\x00", "ä", "\xff", " ", "1", "/", "%c3%a4", "%F", "%1g", "'", "<")
		}
		g.pick("=", "=", "=", "", "==")
		for range g.IntN(5) {
			g.pick("value", "%3Cscript%3E", "a+b", "%20", "%2", "%", "=", ";", "\r\n", "%u0041", "x", "&amp;", "%26")
		}
		g.pick("&", "&", "&", "&&", ";", "")
	}
	return g.done()
}

func (g *generator) cookie() string {
	for range g.IntN(6) {
		for range 1 + g.IntN(4) {
			g.pick("a", "sid", "=", " ", "\t", "\v", "\x01", "\x7f", "\x80", "\"", ",", "$Version", "%20", "x=y", "A", "\u00a0")
		}
		g.pick("=", "=", "")
		g.pick("", "v", "\"q\"", " 1 ", "\x1f2", "a=b")
		g.pick(";", "; ", ";;", " ; ")
	}
	return g.done()
}

func (g *generator) json(depth int) {
	space := func() {
		if g.oneIn(8) {
			g.pick(" ", "\n", "\t", "\r\n", "  ")
		}
	}
	space()
	kind := g.IntN(10)
	if depth == 0 {
		kind = 4 + g.IntN(6)
	}
	switch {
	case kind < 2:
		g.b.WriteByte('{')
		for i := range g.IntN(5) {
			if i > 0 {
				g.b.WriteByte(',')
			}
			space()
			g.jsonString()
			space()
			g.b.WriteByte(':')
			g.json(depth - 1)
		}
		space()
		g.b.WriteByte('}')
	case kind < 4:
		g.b.WriteByte('[')
		for i := range g.IntN(5) {
			if i > 0 {
				g.b.WriteByte(',')
			}
			g.json(depth - 1)
		}
		space()
		g.b.WriteByte(']')
	case kind < 6:
		g.pick("0", "-0", "1", "42", "-17", "3.14", "1e9", "1E-7", "-0.5e+10", "123456789012345678901234567890", "1e400")
	case kind < 7:
		g.pick("true", "false", "null")
	default:
		g.jsonString()
	}
	space()
}

func (g *generator) jsonString() {
	g.b.WriteByte('"')
	for range g.IntN(5) {
		g.pick("a", "id", "name", ".", "0", "b.c", "\\n", "\\\"", "\\\\", "\\/", "\\b\\f\\r\\t", "\\u0041", "\\u00e4", "\\u20AC", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83d\\u0041", "ä", "\xff", "\x7f", " ", "<script>", "{", "}", "[", "]", ",", ":", "A")
	}
	g.b.WriteByte('"')
}
