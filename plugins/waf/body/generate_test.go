//go:build !wasip1

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

func (g *generator) brokenJSON() {
	g.pick("{", "[", `{"a":`, `[[`, `{"a":{`, "", " ", "\x01[")
	for range 1 + g.IntN(24) {
		g.pick("{", "{", "[", "[", "(", "}", "}", "]", "]", ")", `"`, `"`, `"`, `\`, `\"`, `\\`, `\u0`, `\u00`, `\uzzzz`, `\u0041`, `\x`, ",", ",", ":", " ", "\n", "\x00",
			"1", "-", "+2", "0x1F", `1"`, "1[", "2(3)", "1e", "true", "tru", "f", "false]", "null", "n", "nu", "nan", "NaN", "i", "Infinity", "u", "a", "_", "'x'", "/*", "\xff", "ä",
			`"a":`, `"b":`, `"a"`, `"k\n":`, `"v",`, `,"k":"v"`, `[1,2]`, `{"x":1}`)
	}
	g.pick("", "", "}", "]", `"}]`, ")")
}

// multipart returns a content type and a body.
func (g *generator) multipart() (contentType, body string) {
	g.pick("multipart/form-data", "multipart/form-data", "multipart/form-data", "multipart/form-data", "multipart/form-data", "Multipart/Form-Data", "multipart/mixed", "multipart/form-data ", "text/plain")
	g.pick("; boundary=b", "; boundary=b", "; boundary=b", "; boundary=b", "; boundary=b", "; boundary=b", "; boundary=b", "; boundary=b", `;boundary="b"`, "; charset=utf-8; boundary=b", ` ; Boundary = "b"`, "; boundary=b; boundary=b", "; boundary*0=b", "; boundary*=utf-8''%62", "; boundary*=x''b; boundary=b", "; boundary=b;", "; boundary=", "; boundary=b c", `; boundary="\b"`)
	contentType = g.done()
	nl := "\r\n"
	if g.oneIn(6) {
		nl = "\n"
	}
	if g.oneIn(8) {
		g.pick("preamble"+nl, nl, "--bx"+nl, "--b--"+nl, "--", strings.Repeat("x", 4095), strings.Repeat("x", 4096)+nl)
	}
	for range g.IntN(4) {
		if g.oneIn(8) {
			g.pick("--b", "--b\n", "--b\r\n")
		} else {
			g.pick("--b"+nl, "--b"+nl, "--b \t"+nl)
		}
		for range 1 + g.IntN(5)/3 {
			g.partHeader(nl)
		}
		if !g.oneIn(20) {
			g.b.WriteString(nl)
		}
		for range g.IntN(5) {
			g.pick("content", "content", "ö", "x", "<script>", "=3D", "=", "=="+nl, "="+nl, "=zz", "=4", "\t ", nl, "\r", "\n", "--b", nl+"--bx", nl+"--b-", "--", nl+"-", "\x00", "\x7f", "ä", "\xff", "=\r")
		}
		if g.oneIn(60) {
			g.b.WriteString(strings.Repeat("x", 3000+g.IntN(3000)))
		}
		if !g.oneIn(15) {
			g.b.WriteString(nl)
		}
	}
	g.pick("--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--"+nl, "--b--", "--b--  "+nl, "--b--epilogue", "--b-", "--b", "", "--b--"+nl+"epilogue"+nl)
	body = g.done()
	if g.oneIn(8) {
		body = g.mutate(body)
	}
	return contentType, body
}

func (g *generator) partHeader(nl string) {
	switch g.IntN(10) {
	case 0:
		g.pick("Content-Type: text/plain", "content-type:application/octet-stream", "CONTENT-TYPE:   a; b=c  ", "Content-Type : x", "X y: z")
	case 1:
		g.pick("Content-Transfer-Encoding: quoted-printable", "content-transfer-encoding: QUOTED-PRINTABLE", "Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: base64")
	case 2:
		if g.oneIn(3) {
			g.pick("no colon", ": no name", " leading: space", "X-{}: y", "X: \x01", "X: ä", "X:", "é: x")
		} else {
			g.pick("X-Other: y", "x-other: a"+nl+" b", "X-Other: a"+nl+"\t"+nl+" c ", "X-Other:"+nl+" a")
		}
	case 3, 4, 5, 6:
		g.b.WriteString("Content-Disposition: form-data")
		g.pick("", `; name="a"`, `; name="b"`, `; name=c`, `; name="a[]"`)
		g.pick("", "", `; filename="x.txt"`, `; filename="a.php"; filename*=utf-8''b.php`, `; filename*=iso-8859-1'de'%e4.jsp`, `; filename=""`, `; filename="A.txt"`)
	default:
		g.pick("Content-Disposition: ", "Content-Disposition: ", "content-disposition:", "Content-Disposition:  ")
		g.pick("form-data", "form-data", "form-data", "form-data", "Form-Data", "attachment", "form-data/x", "form data", "")
		for range g.IntN(4) {
			g.pick(";", "; ", "; ", " ; ", ";\t", ";"+nl+" ", ",", "")
			g.pick("name", "name", "name", "Name", "filename", "filename", "FileName", "filename*", "filename*", "filename*0", "filename*1", "filename*0*", "filename*1*", "name*", "x")
			g.pick("=", "=", "=", "=", " = ", "", "==")
			g.pick(`"a"`, `"a"`, `"b.php"`, "b.php", `"a;b"`, `"a\"b"`, `"a\\b"`, `"C:\dir\f.txt"`, "utf-8''a%20b", "utf-8'en'b.php", "iso-8859-1''%e4.jsp", "x'y", "utf-8''%zz", "utf-8''", `"utf-8''q%41"`, `"open`, "a b", `""`, "'", `"`+"ä\"", "a%41")
		}
		g.pick("", "", "", ";", " ")
	}
	g.b.WriteString(nl)
}

func (g *generator) xml() string {
	if g.oneIn(4) {
		g.pick(`<?xml version="1.0"?>`, `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' encoding='utf-8' standalone="yes" ?>`, `<?xml version="1.0" ?>`, `<?xml?>`, "\ufeff")
		g.pick("", "\n")
	}
	if g.oneIn(30) {
		g.pick(`<?xml version="1.1"?>`, `<?xml encoding="latin1"?>`, `<?xml xversion="1.0"encoding='UTF-8'?>`)
	}
	if g.oneIn(6) {
		g.pick("<!DOCTYPE a>", `<!DOCTYPE a [<!ENTITY x "y"> <!-- ' --> ]>`, `<!DOCTYPE a SYSTEM "file:///etc/passwd">`, `<!ENTITY x SYSTEM ">">`, "<!>x>", "<!DOCTYPE <!-x>>")
	}
	g.element(2)
	if g.oneIn(4) {
		g.pick("\n", "text", "<!-- end -->", "<b>", "</a>", "<", "<a", "<a b", "<a b=", "<a b='c", "<!", "<!-", "<!--", "<![CDATA[x", "<?", "&", "&l", "&#", "&#x2", "</", "</a")
	}
	return g.done()
}

func (g *generator) xmlText() {
	for range g.IntN(4) {
		g.pick("text", " ", "\n", "\r\n", "\r", "\t", "&lt;", "&gt;&amp;&apos;&quot;", "&#65;", "&#x41;", "&#X41;", "&#xD800;", "&#1114112;", "&#99999999999999999999;", "&#;", "&#x;", "&nbsp;", "&eacute;", "&Alpha;", "&unknown;", "&x", "&", "&;", "ä", "€", "]]", "]]&gt;", "'", `"`, ">", "\u00a0", "\u2028", "<!-- c -->", "<![CDATA[<x>&amp;]]>", "<![CDATA[]]>", "<![CDATA[]]]]>", "<?pi x?>", "<!--->-->")
	}
	if g.oneIn(60) {
		g.pick("]]>", "&#0;", "\xff", "\x01", "\uFFFE", "<!-- a -- b -->", "<![CDAT[x]]>", "<![CDATA[\x02]]>")
	}
}

func (g *generator) element(depth int) {
	names := []string{"a", "b", "ns:c", "SOAP-ENV:Body", "br", "BR", "meta", "d.e", "_f", "é", "x1"}
	name := names[g.IntN(len(names))]
	if g.oneIn(100) {
		g.pick("1a", "a:b:c", ":a", "a:", "-a", "é\xff", "\u0300a")
	}
	g.b.WriteString("<" + name)
	for range g.IntN(3) {
		g.pick(" ", " ", "\n", "\t ", " ", " ")
		g.pick("id", "href", "xmlns", "xmlns:ns", "ns:at", "CHECKED", "é")
		if g.oneIn(10) {
			continue // without a value
		}
		g.pick("=", "=", "=", " = ", "=\n", "=")
		quote := []string{`"`, `"`, `'`}[g.IntN(3)]
		switch g.IntN(16) {
		case 0:
			g.pick("unquoted", "a-b_c:d", "", "a/b", "1")
		default:
			g.b.WriteString(quote)
			for range g.IntN(3) {
				g.pick("v", "javascript:", "&lt;", "&amp;x", "&", "ä", "\r\n", "]]>", ">", "/", " ", "&#10;", "'", "x=y")
			}
			g.b.WriteString(quote)
		}
	}
	if g.oneIn(5) {
		g.pick("/>", "/>", " />", "/>", "/>", "/>", "/>", "/>", "/>", "/ >")
		return
	}
	g.b.WriteString(">")
	if closesItself(name) && !g.oneIn(8) {
		return
	}
	g.xmlText()
	if depth > 0 {
		for range g.IntN(4) {
			g.element(depth - 1)
			g.xmlText()
		}
	}
	if g.oneIn(30) {
		return // without an end tag
	}
	if g.oneIn(40) {
		name = names[g.IntN(len(names))]
	}
	g.b.WriteString("</" + name)
	g.pick(">", ">", ">", " >", "\n>")
}
