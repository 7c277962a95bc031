package key

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzInjective: what is appended for lists of texts and sets is equal exactly if
// they are, whatever stands beside it.
func FuzzInjective(f *testing.F) {
	f.Add("a\x00bc", "ab\x00c", "x", false)
	f.Add("a\x01b", "a\x00b", "", true)
	f.Add(strings.Repeat("x", 129), strings.Repeat("x", 128)+"\x00x", "x", true)
	f.Fuzz(func(t *testing.T, a, b, tail string, set bool) {
		// NUL separates the parts of a key, and 1 the texts of a set.
		encode := func(s string) (encoded []byte, canonical [][]string) {
			for part := range strings.SplitSeq(s, "\x00") {
				texts := []string{part}
				if set {
					texts = strings.Split(part, "\x01")
				}
				if !set {
					encoded = appendText(encoded, part)
				} else {
					encoded, _ = appendSet(encoded, slices.Clone(texts))
					slices.Sort(texts)
					texts = slices.DeleteFunc(slices.Compact(texts), func(s string) bool { return s == "" })
				}
				canonical = append(canonical, texts)
			}
			return appendText(encoded, tail), canonical
		}
		x, want := encode(a)
		y, other := encode(b)
		if equal := slices.EqualFunc(want, other, slices.Equal[[]string]); equal != bytes.Equal(x, y) {
			t.Fatalf("%q is %q, %q is %q", a, x, b, y)
		}
		if len(want) != len(other) || bytes.Equal(x, y) {
			return
		}
		if bytes.HasPrefix(x, y) || bytes.HasPrefix(y, x) {
			t.Fatalf("%q is %q, %q is %q: one begins the other", a, x, b, y)
		}
	})
}

// FuzzQuery holds a parameter against net/url, where that takes the query and there
// is one value.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{"key=a", "key=a&key=b", "k%65y=%41+b", "key", "a;key=b", "=&&key=%", "key=a#b"} {
		f.Add(query)
	}
	s, err := Parse("query:key")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := read(t, s, &Input{Request: request(":path", "/?"+query)})
		values, err := url.ParseQuery(query)
		if err != nil || strings.Contains(query, "#") {
			return
		}
		all := values["key"]
		slices.Sort(all)
		all = slices.Compact(all)
		want := malformed
		switch {
		case len(all) == 0, len(all) == 1 && all[0] == "":
			want = missing
		case len(all) == 1:
			want = s.Plain(appendText(nil, all[0]))
		}
		if got != want {
			t.Fatalf("%q = %q, want %q", query, got, want)
		}
	})
}

// FuzzAppend: no request makes Append panic or write more than it may, and what it
// writes is whole: another value behind it is found again.
func FuzzAppend(f *testing.F) {
	f.Add("x", "/a?k=v", "a=b", "example.com:80", `{"a":1}`)
	f.Add("", "*", "a=\"%41;", "[::1]", `{"a":[1,"1",null]}`)
	var sources []*Source
	for _, text := range []string{"header:x", "cookie:a", "query:k", "path", "host", "method", "body:a", `body:a.#(b=="c")#.d`, "address", "claim:a", "certificate:subject", "route"} {
		s, err := Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		sources = append(sources, s)
	}
	f.Fuzz(func(t *testing.T, header, target, cookies, authority, body string) {
		in := Input{Request: request("x", header, ":path", target, "cookie", cookies, ":authority", authority, ":method", header), Body: []byte(body), BodyComplete: true}
		in.Request.Attributes = attributes{"connection.mtls": "\x01", "connection.subject_peer_certificate": header, "xds.route_name": authority}
		for _, s := range sources {
			read(t, s, &in)
			prefix := []byte("prefix")
			whole, _ := s.Append(slices.Clone(prefix), &in)
			alone, _ := s.Append(nil, &in)
			if !bytes.Equal(whole, append(prefix, alone...)) {
				t.Fatalf("%s: %q behind a prefix, %q alone", s, whole, alone)
			}
		}
	})
}

// FuzzParse: a source that is accepted is written as it was.
func FuzzParse(f *testing.F) {
	for _, form := range forms {
		f.Add(form.String())
	}
	f.Add("body:a.#.b")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if s.String() != text {
			t.Fatalf("%q is %q", text, s)
		}
		in := Input{Request: request("a", "b", ":path", "/?a=b", ":authority", "a", "cookie", "a=b"), Body: []byte(`{"a":1}`), BodyComplete: true}
		read(t, s, &in)
	})
}
