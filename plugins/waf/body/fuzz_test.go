//go:build !wasip1

package body

import (
	"strings"
	"testing"
)

// sound checks what holds of every result: the text of an error is one of ours,
// and nothing but the input and bounded memory is held.
func sound(tb testing.TB, b string, lim Limits, r *Result) {
	tb.Helper()
	switch r.Err {
	case "", ErrJSON, ErrJSONDepth, ErrJSONSize, ErrMultipartType, ErrMultipart, ErrPartHeader, ErrPartEncoding, ErrXML, ErrXMLDeclaration:
	default:
		tb.Fatalf("error %q", r.Err)
	}
	if len(r.Args) > 2*lim.arguments() || len(r.Files) > lim.arguments() {
		tb.Fatalf("%d arguments, %d files", len(r.Args), len(r.Files))
	}
	size := 0
	for _, p := range r.Args {
		size += len(p.Name) + len(p.Value)
	}
	if limit := 8*len(b) + 4096 + 2*20*lim.arguments(); size > limit {
		tb.Fatalf("%d bytes of arguments for a body of %d", size, len(b))
	}
}

// again checks that a used and reset result reads the same.
func again(tb testing.TB, r *Result, read func(*Result)) {
	tb.Helper()
	first := r.view()
	var fresh Result
	read(&fresh)
	r.Reset()
	if d := differ(r.view(), (&Result{}).view()); d != "" {
		tb.Fatalf("after Reset: %s", d)
	}
	read(r)
	if d := differ(r.view(), fresh.view()); d != "" {
		tb.Fatalf("second time: %s", d)
	}
	if d := differ(first, fresh.view()); d != "" {
		tb.Fatalf("first time: %s", d)
	}
}

func FuzzForm(f *testing.F) {
	g := newGenerator(11)
	for range 20 {
		f.Add(g.form())
	}
	o := newOracle(f, "URLENCODED", "application/x-www-form-urlencoded", Limits{})
	f.Fuzz(func(t *testing.T, b string) {
		var r Result
		URLEncoded(b, Limits{}, &r)
		sound(t, b, Limits{}, &r)
		if b != "" {
			compare("form").body(t, b, r.view(), o.read(t, b))
		}
		again(t, &r, func(r *Result) { URLEncoded(b, Limits{}, r) })
	})
}

func FuzzCookies(f *testing.F) {
	g := newGenerator(12)
	for range 20 {
		f.Add(g.cookie())
	}
	o := newOracle(f, "", "text/plain", Limits{})
	f.Fuzz(func(t *testing.T, header string) {
		if d := differ(view{"REQUEST_COOKIES": sorted(Cookies(header, nil))}, o.cookies(header)); d != "" {
			t.Fatalf("Cookies(%q): %s", header, d)
		}
	})
}

func FuzzJSON(f *testing.F) {
	g := newGenerator(13)
	for range 20 {
		g.json(5)
		f.Add(g.done())
	}
	f.Add(`{"a":[1,2,{"b":null}],"c":"\u00e4"}`)
	for range 60 {
		g.json(5)
		if b := g.done(); b != "" {
			f.Add(g.mutate(b))
		}
		g.brokenJSON()
		f.Add(g.done())
	}
	lim := Limits{Depth: 20, Arguments: 30}
	o := newOracle(f, "JSON", "application/json", lim)
	f.Fuzz(func(t *testing.T, b string) {
		var r Result
		JSON(b, lim, &r)
		sound(t, b, lim, &r)
		if b != "" {
			compare("json").body(t, b, r.view(), o.read(t, b))
		}
		again(t, &r, func(r *Result) { JSON(b, lim, r) })
	})
}

func FuzzMultipart(f *testing.F) {
	g := newGenerator(14)
	for range 40 {
		contentType, b := g.multipart()
		f.Add(contentType, b)
	}
	f.Fuzz(func(t *testing.T, contentType, b string) {
		var r Result
		Multipart(contentType, b, Limits{}, &r)
		sound(t, b, Limits{}, &r)
		if b != "" && strings.TrimSpace(contentType) != "" {
			o := newOracle(t, "MULTIPART", contentType, Limits{})
			compare("multipart").body(t, contentType+"\n"+b, r.view(), o.read(t, b))
		}
		again(t, &r, func(r *Result) { Multipart(contentType, b, Limits{}, r) })
	})
}

func FuzzXML(f *testing.F) {
	g := newGenerator(15)
	for range 40 {
		f.Add(g.xml())
	}
	o := newOracle(f, "XML", "text/xml", Limits{})
	f.Fuzz(func(t *testing.T, b string) {
		var r Result
		XML(b, Limits{}, &r)
		sound(t, b, Limits{}, &r)
		if b != "" {
			compare("xml").body(t, b, r.view(), o.read(t, b))
		}
		again(t, &r, func(r *Result) { XML(b, Limits{}, r) })
	})
}

// TestStringsStayBeforeReset reads a body whose strings are decoded into several
// chunks of the arena, and looks at the first when the last is there.
func TestStringsStayBeforeReset(t *testing.T) {
	var b strings.Builder
	for i := range 900 {
		b.WriteString(strings.Repeat("a+", i) + "x=%41&")
	}
	var r Result
	for range 3 {
		r.Reset()
		URLEncoded(b.String(), Limits{}, &r)
		if len(r.Args) != 900 {
			t.Fatalf("%d arguments, want 900", len(r.Args))
		}
		for i, p := range r.Args {
			if p.Name != strings.Repeat("a ", i)+"x" || p.Value != "A" {
				t.Fatalf("argument %d is %.20q = %q", i, p.Name, p.Value)
			}
		}
	}
	if held := cap(r.text.chunk); held > maxChunk {
		t.Errorf("the arena holds %d bytes, want %d at most", held, maxChunk)
	}
}
