//go:build !wasip1

package body

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestFormAsCoraza compares URL-encoded bodies and queries with the oracle.
func TestFormAsCoraza(t *testing.T) {
	lim := Limits{Arguments: 5}
	o := newOracle(t, "URLENCODED", "application/x-www-form-urlencoded", lim)
	g := newGenerator(1)
	c := compare("form")
	var r Result
	for range 30_000 {
		b := g.form()
		r.Reset()
		Query(b, lim, &r)
		got := r.view()
		if d := differ(view{"ARGS": got["ARGS"], "ARGUMENTS_LIMIT_REACHED": got["ARGUMENTS_LIMIT_REACHED"]}, o.query(b)); d != "" {
			t.Fatalf("Query(%q): %s", b, d)
		}
		if b != "" {
			r.Reset()
			URLEncoded(b, lim, &r)
			c.body(t, b, r.view(), o.read(t, b))
		}
	}
	c.done(t, 20_000)
}

// foldsCase tells whether a name appears in two spellings that differ in case.
func foldsCase(args []Pair) bool {
	seen := map[string]string{}
	for _, p := range args {
		lower := strings.ToLower(p.Name)
		if other, ok := seen[lower]; ok && other != p.Name {
			return true
		}
		seen[lower] = p.Name
	}
	return false
}

// TestCookiesAsCoraza compares Cookie headers with the oracle.
func TestCookiesAsCoraza(t *testing.T) {
	o := newOracle(t, "", "text/plain", Limits{})
	g := newGenerator(2)
	c := compare("cookies")
	var list []Pair
	for range 25_000 {
		header := g.cookie()
		list = Cookies(header, list[:0])
		c.body(t, header, view{"REQUEST_COOKIES": sorted(list)}, o.cookies(header))
	}
	c.done(t, 20_000)
}

// TestJSONAsCoraza compares documents with the oracle, well-formed and mutated.
func TestJSONAsCoraza(t *testing.T) {
	lim := Limits{Arguments: 8, Depth: 5}
	o := newOracle(t, "JSON", "application/json", lim)
	g := newGenerator(3)
	c := compare("json")
	var r Result
	full, deep, broken, filled := 0, 0, 0, 0
	for range 25_000 {
		g.json(6)
		b := g.done()
		r.Reset()
		JSON(b, lim, &r)
		c.body(t, b, r.view(), o.read(t, b))
		if r.ArgumentsTruncated {
			full++
		}
		if r.Err == ErrJSONDepth {
			deep++
		}
		if r.Err == ErrJSON {
			t.Fatalf("JSON(%q) is an error", b)
		}

		b = g.mutate(b)
		if b == "" {
			continue
		}
		r.Reset()
		JSON(b, lim, &r)
		c.body(t, b, r.view(), o.read(t, b))
		if r.Err == ErrJSON {
			broken++
			if len(r.Args) > 3 {
				filled++
			}
		}
	}
	c.done(t, 40_000)
	if full < 500 || deep < 500 || broken < 10_000 || filled < 2_000 {
		t.Errorf("%d documents over the argument limit, %d over the depth limit, want 500 each; %d broken, %d with more than 3 arguments, want 10000 and 2000", full, deep, broken, filled)
	}
	t.Logf("%d broken documents, %d with more than 3 arguments", broken, filled)
}

// TestBrokenJSONAsCoraza compares bodies put together of what broken documents
// are read by: brackets, quotes, backslashes, beginnings of values.
func TestBrokenJSONAsCoraza(t *testing.T) {
	lim := Limits{Arguments: 12, Depth: 7}
	o := newOracle(t, "JSON", "application/json", lim)
	g := newGenerator(6)
	c := compare("broken json") // alike without exception
	var r Result
	for range 25_000 {
		g.brokenJSON()
		b := g.done()
		r.Reset()
		JSON(b, lim, &r)
		c.body(t, b, r.view(), o.read(t, b))
	}
	c.done(t, 25_000)
}

// TestDamagedJSONAsCoraza compares one document cut off at each byte, with each
// byte changed, with one more in front of it, and in other encodings.
func TestDamagedJSONAsCoraza(t *testing.T) {
	o := newOracle(t, "JSON", "application/json", Limits{})
	c := compare("broken json")
	var r Result
	check := func(b string) {
		r.Reset()
		JSON(b, Limits{}, &r)
		c.body(t, b, r.view(), o.read(t, b))
	}
	const whole = benchJSON
	for i := range len(whole) {
		check(whole[:i+1])
		check(whole[i:])
		for bit := range 8 {
			check(whole[:i] + string([]byte{whole[i] ^ 1<<bit}) + whole[i+1:])
		}
		for _, more := range []byte("\x00 \xff\"\\{}[](),:1n") {
			check(whole[:i] + string([]byte{more}) + whole[i:])
		}
	}
	check("\ufeff" + whole)
	var le, be []byte
	for _, unit := range utf16.Encode([]rune(whole)) {
		le = binary.LittleEndian.AppendUint16(le, unit)
		be = binary.BigEndian.AppendUint16(be, unit)
	}
	check(string(le))
	check(string(be))
	check("\xff\xfe" + string(le))
	check(base64.StdEncoding.EncodeToString([]byte(whole)))
	check(url.QueryEscape(whole))
	c.done(t, 25*len(whole))
}

// TestMultipartAsCoraza compares multipart bodies, most of them odd, with the
// oracle.
func TestMultipartAsCoraza(t *testing.T) {
	g := newGenerator(4)
	oracles := map[string]*oracle{}
	c := compare("multipart")
	var r Result
	fine := 0
	for range 24_000 { // the oracle writes each file to disk
		contentType, b := g.multipart()
		if b == "" {
			continue
		}
		o := oracles[contentType]
		if o == nil {
			o = newOracle(t, "MULTIPART", contentType, Limits{})
			oracles[contentType] = o
		}
		r.Reset()
		Multipart(contentType, b, Limits{}, &r)
		c.body(t, contentType+"\n"+b, r.view(), o.read(t, b))
		if r.Err == "" && !r.StrictError && r.HasParts {
			fine++
		}
	}
	const part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
	for _, b := range []string{
		strings.Repeat(part, 1001) + "--b--",
		strings.Repeat(strings.Replace(part, "=a", "=a; filename=f", 1), 1001) + "--b--",
		strings.Replace(part, "\r\nC", "\r\n"+strings.Join(numbered("A%d: b\r\n", 65), "")+"C", 1) + "--b--",
		strings.Replace(part, "=a", "=a"+strings.Join(numbered("; a%d=b", 65), ""), 1) + "--b--",
	} {
		r.Reset()
		Multipart("multipart/form-data; boundary=b", b, Limits{}, &r)
		c.body(t, b, r.view(), oracles["multipart/form-data; boundary=b"].read(t, b))
	}
	c.done(t, 20_000)
	if fine < 2_000 {
		t.Errorf("%d bodies without an error, want 2000", fine)
	}
}

// TestXMLAsCoraza compares documents, some of them not well-formed, with the
// oracle.
func TestXMLAsCoraza(t *testing.T) {
	o := newOracle(t, "XML", "text/xml", Limits{})
	g := newGenerator(5)
	c := compare("xml")
	var r Result
	fine := 0
	for range 40_000 {
		b := g.xml()
		if g.oneIn(6) {
			b = g.mutate(b)
		}
		if b == "" {
			continue
		}
		r.Reset()
		XML(b, Limits{}, &r)
		c.body(t, b, r.view(), o.read(t, b))
		if r.Err == "" && len(r.XMLValues) > 0 {
			fine++
		}
	}
	for _, b := range []string{"<\u1200>x</\u1200>", "<ꙁ>x</ꙁ>", "<a \U00010400='x'>x</a>"} {
		r.Reset()
		XML(b, Limits{}, &r)
		c.body(t, b, r.view(), o.read(t, b))
		if len(r.XMLValues) != 1 {
			t.Errorf("XML(%q) reads %q", b, r.XMLValues)
		}
	}
	c.done(t, 30_000)
	if fine < 10_000 {
		t.Errorf("%d documents without an error, want 10000", fine)
	}
}
