package identity

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"gatehouse/plugins/internal/jose"
)

// FuzzPath holds paths to gjson, for documents that package jose takes.
func FuzzPath(f *testing.F) {
	const document = `{"a":"x y","b":["1","2"],"c":{"d":["e"],"f.g":{"h":"i"}},"l":[{"n":"1"},{"n":"2"},{"m":"3"}],"é":["ü"],"q":"\u0041\n"}`
	for _, path := range []string{"a", "b", "b.1", "c.d", `c.f\.g.h`, "l.#.n", "l.0.n", "é", "q", "c.@keys", "x.y"} {
		f.Add(path, document)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		o, err := jose.ParseObject(document)
		if err != nil {
			return
		}
		i := Identity{document: o}
		r := i.Strings(p, nil)
		// gjson reads a list of lists, members called by numbers and escapes in
		// names, each in its own way; what it means by the rest is meant here.
		if r.Malformed || strings.ContainsAny(path, `\@`) || strings.Count(path, "#") > 1 || strings.Contains(document, `\`) {
			return
		}
		for _, s := range p.steps {
			if s.kind == member && strings.Trim(s.name, "0123456789") == "" {
				return
			}
		}
		var want []string
		value := gjson.Get(document, path)
		if value.IsArray() {
			for _, entry := range value.Array() {
				// "#" before a list makes a list of lists.
				if entry.IsArray() {
					for _, inner := range entry.Array() {
						want = append(want, inner.String())
					}
					continue
				}
				want = append(want, entry.String())
			}
		} else if value.Exists() {
			want = append(want, value.String())
		}
		if !slices.Equal(r.Texts, want) {
			t.Fatalf("%s of %s = %q, want %q", path, document, r.Texts, want)
		}
	})
}

// FuzzPairs checks that what Envoy makes of a list is read back, and that nothing
// else is taken for it.
func FuzzPairs(f *testing.F) {
	f.Add("a", "", "b", "c")
	f.Add("\x00", "\x01\x00\x00\x00", "", "")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		var got []string
		collect := func(name, value []byte) bool {
			got = append(got, string(name), string(value))
			return true
		}
		whole := packed(a, b, c, d)
		if !pairs([]byte(whole), collect) || !slices.Equal(got, []string{a, b, c, d}) {
			t.Fatalf("%q of %q", got, whole)
		}
		for i := range len(whole) {
			if pairs([]byte(whole[:i]), collect) {
				t.Fatalf("%q: cut off and taken", whole[:i])
			}
		}
		if pairs([]byte(whole+"x"), collect) {
			t.Fatalf("%q: taken with more behind it", whole)
		}
		pairs([]byte(a), collect)
	})
}
