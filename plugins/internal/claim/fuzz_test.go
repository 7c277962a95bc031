package claim

import (
	"encoding/json"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"gatehouse/plugins/internal/jose"
)

// paths are tried on every document. gjson reads those before the first query
// as this package does; its comparisons convert types.
var paths = []string{
	"a", "b", "a.b", "a.b.c", "a.0", "a.1.b", "0", "a.#", "#", "a.#.b", "a.b.#.c", "#.a", `a\.b`, `\#`, "x#y", `a\*`, "é", `a.\0`,
	`a.#(b=="c").d`, `a.#(b==1)#`, `#(=="a")`, `a.#(b.c==true)#.d`,
}

// FuzzPath holds every path against gjson on documents that package jose
// accepts, and against nothing but a bound on memory on others.
func FuzzPath(f *testing.F) {
	f.Add(sample)
	f.Add(`{"a":[{"b":"c","d":1},{"b":1,"d":[1,2]}],"b":{"c":[]},"0":1,"a.b":2,"#":3,"x#y":4,"a*":5,"é":6}`)
	f.Add(`{"\u0061":{"b":{"c":1e5}},"a\"b":[[],[[]]]}`)
	f.Add(`{"a":{"b":[1,{"c":"\u00e9"},{"c":null}]}}`)
	var compiled []*Path
	for _, text := range paths {
		p, err := ParsePath(text)
		if err != nil {
			f.Fatalf("%s: %v", text, err)
		}
		compiled = append(compiled, p)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		_, err := jose.ParseObject(doc)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, p := range compiled {
			n := 0
			p.each(doc, func(string) bool { n++; return true })
			if n > len(doc) {
				t.Fatalf("%s of %d bytes: %d values", p, len(doc), n)
			}
		}
		runtime.ReadMemStats(&after)
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(len(compiled)*32*len(doc)+64<<10); got > limit {
			t.Fatalf("%d bytes: %d bytes allocated, want at most %d", len(doc), got, limit)
		}
		if err != nil {
			return
		}
		for _, p := range compiled {
			if !p.each(doc, func(string) bool { return true }) {
				t.Fatalf("%s of %q: not readable", p, doc)
			}
			if strings.Contains(p.text, "==") {
				continue
			}
			compare(t, p, doc)
		}
	})
}

// compare holds the values of a path against those of gjson.
func compare(t *testing.T, p *Path, doc string) {
	t.Helper()
	if array := p.many || p.steps[len(p.steps)-1].kind == countStep; array && (strings.Contains(doc, `"#"`) || strings.Contains(doc, `\u0023`)) {
		return // a member of that name to gjson
	}
	for _, s := range p.steps {
		if s.kind == memberStep && s.index < 0 && strings.Trim(s.name, "0123456789") == "" {
			return // 00, or escaped: a place in an array to gjson
		}
	}
	var got []string
	p.each(doc, func(raw string) bool { got = append(got, raw); return true })
	var want []string
	theirs := gjson.Get(doc, p.text)
	switch {
	case p.many:
		for _, v := range theirs.Array() {
			want = append(want, v.Raw)
		}
	case theirs.Exists():
		want = append(want, theirs.Raw)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("%s of %q = %q, gjson: %q", p, doc, got, want)
	}
}

// FuzzParsePath: a path that is accepted reads the same in gjson, but for
// queries.
func FuzzParsePath(f *testing.F) {
	for _, text := range paths {
		f.Add(text)
	}
	f.Add(`a\\.b`)
	f.Add(`a.#(b=="\")").c`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		for _, doc := range []string{sample, `{"a":[{"b":"c"}],"b":{"c":[]}}`} {
			p.each(doc, func(string) bool { return true })
			if !strings.Contains(text, "(") {
				compare(t, p, doc)
			}
		}
	})
}

// FuzzNumbers compares numbers as math/big does.
func FuzzNumbers(f *testing.F) {
	for _, pair := range [][2]string{{"1", "1.0"}, {"-0", "0e5"}, {"9007199254740993", "9007199254740992"}, {"1e2", "100"}, {"0.001", "1e-3"}, {"-1.5", "-15e-1"}, {"12.5", "125"}, {"120", "12"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		number := func(s string) (*big.Rat, bool) {
			valid := json.Valid([]byte(s)) && kindOf(s) == numberKind && strings.TrimSpace(s) == s
			if valid != isNumber(s) {
				t.Fatalf("isNumber(%q) = %v", s, !valid)
			}
			if i := strings.IndexAny(s, "eE"); !valid || i >= 0 && len(s)-i > 5 {
				return nil, false // too large for the oracle
			}
			return new(big.Rat).SetString(s)
		}
		x, ok := number(a)
		y, alsoOK := number(b)
		got := compareNumbers(a, b)
		if reverse := compareNumbers(b, a); reverse != -got {
			t.Fatalf("compareNumbers(%q, %q) = %d, the other way %d", a, b, got, reverse)
		}
		if ok && alsoOK && got != x.Cmp(y) {
			t.Fatalf("compareNumbers(%q, %q) = %d, want %d", a, b, got, x.Cmp(y))
		}
	})
}

// FuzzRender checks that what is rendered can be the value of a header field and
// means what the claim means.
func FuzzRender(f *testing.F) {
	f.Add(`"b\r\n"`)
	f.Add(`["a", "b,c", 1]`)
	f.Add(`{"a": ["é", {"\n":null}]}`)
	path, err := ParsePath("a")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		doc := `{"a":` + value + `}`
		_, err := jose.ParseObject(doc)
		for _, encoding := range []Encoding{Plain, Base64URL} {
			got, rendering := Render(doc, path, encoding)
			if !fits(got) || len(got) > MaxRendered || rendering != Rendered && got != "" {
				t.Fatalf("Render(%q) = %q, %d", doc, got, rendering)
			}
			if err != nil || rendering != Rendered || encoding != Plain {
				continue
			}
			var whole struct {
				A any `json:"a"`
			}
			if err := json.Unmarshal([]byte(doc), &whole); err != nil {
				return // a number beyond a double
			}
			switch v := whole.A.(type) {
			case string:
				if got != v {
					t.Fatalf("Render(%q) = %q, want %q", doc, got, v)
				}
			case []any:
				if strings.HasPrefix(got, "[") && json.Valid([]byte(got)) {
					break
				}
				if len(v) > 0 && strings.Count(got, ",") != len(v)-1 {
					t.Fatalf("Render(%q) = %q for %d entries", doc, got, len(v))
				}
			case map[string]any:
				var again any
				if err := json.Unmarshal([]byte(got), &again); err != nil {
					t.Fatalf("Render(%q) = %q: %v", doc, got, err)
				}
				one, _ := json.Marshal(v)
				two, _ := json.Marshal(again)
				if string(one) != string(two) {
					t.Fatalf("Render(%q) = %q", doc, got)
				}
			}
		}
	})
}
