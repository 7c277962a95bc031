package scope

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// FuzzDecide holds the engine to a reading of its own of one rule: GET /orders/x
// needs orders:read, or one of three scopes that cover it, in scope or scp.
func FuzzDecide(f *testing.F) {
	for _, test := range decisionTests {
		f.Add(test.method, test.path, test.document)
	}
	engine := newEngine(f, testConfig())
	reasons := slices.Concat(allowReasons, denyReasons)
	covering := []string{"orders:read", "orders:write", "orders:admin", "all:*"}
	f.Fuzz(func(t *testing.T, method, path, document string) {
		decision := engine.Decide(request(method, path, document))
		if !slices.Contains(reasons, decision.Reason) {
			t.Fatalf("reason %q", decision.Reason)
		}
		if decision.Outcome == policy.Deny {
			if decision.Response.Status < 400 {
				t.Fatalf("denial %+v", decision)
			}
			return
		}
		if decision.Route != "routes[0]" {
			return
		}
		if _, err := jose.ParseObject(document); err != nil {
			t.Fatalf("granted to what is no object: %q", document)
		}
		var claims struct {
			Scope, Scp any
			Claims     map[string]any
		}
		if err := json.Unmarshal([]byte(document), &claims); err != nil {
			t.Fatalf("granted to what no other reader takes: %q: %v", document, err)
		}
		var held []string
		for _, name := range []string{"scope", "scp"} {
			value := gjson.Get(document, name)
			if !value.Exists() {
				value = gjson.Get(document, "claims."+name)
			}
			if value.IsArray() {
				for _, entry := range value.Array() {
					held = append(held, entry.String())
				}
			} else {
				held = append(held, strings.Split(value.String(), " ")...)
			}
		}
		if !slices.ContainsFunc(held, func(name string) bool { return slices.Contains(covering, name) }) {
			t.Fatalf("granted to %q of %q", held, document)
		}
	})
}

// FuzzClaimPath holds paths to gjson, for documents that package jose takes.
func FuzzClaimPath(f *testing.F) {
	const document = `{"a":"x y","b":["1","2"],"c":{"d":["e"],"f.g":{"h":"i"}},"l":[{"n":"1"},{"n":"2"},{"m":"3"}],"é":["ü"],"q":"\u0041\n"}`
	for _, path := range []string{"a", "b", "b.1", "c.d", `c.f\.g.h`, "l.#.n", "l.0.n", "é", "q", "c.@keys", "x.y"} {
		f.Add(path, document)
	}
	f.Fuzz(func(t *testing.T, path, document string) {
		steps, fault := parsePath(path)
		if fault != "" {
			return
		}
		o, err := jose.ParseObject(document)
		if err != nil {
			return
		}
		i := identity{document: o}
		r := i.claim(&ClaimPath{steps: steps}, nil)
		// gjson reads a list of lists, members called by numbers and escapes in
		// names, each in its own way; what it means by the rest is meant here.
		if r.bad || strings.ContainsAny(path, `\@`) || strings.Count(path, "#") > 1 || strings.Contains(document, `\`) {
			return
		}
		for _, s := range steps {
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
		if !slices.Equal(r.texts, want) {
			t.Fatalf("%s of %s = %q, want %q", path, document, r.texts, want)
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

// FuzzNew checks that a configuration is refused or makes an engine that grants
// nothing to nobody, unless it says by name that it does.
func FuzzNew(f *testing.F) {
	f.Add(testConfig())
	f.Add(withRoute(`"all_of":["a"]`, `"hierarchy":{"b":["a*"],"c":["b"]}`))
	f.Fuzz(func(t *testing.T, document string) {
		engine, err := New([]byte(document))
		if err != nil {
			return
		}
		decision := engine.Decide(request("GET", "/orders/17", ""))
		named := strings.Contains(document, "public") || strings.Contains(document, "allow") || strings.Contains(document, `\u`)
		if decision.Outcome == policy.Allow && !named {
			t.Fatalf("%s: %+v", document, decision)
		}
		for _, name := range engine.needed {
			if !slices.Contains(engine.grants[name], int32(slices.Index(engine.needed, name))) {
				t.Fatalf("%s does not cover itself: %s", name, fmt.Sprint(engine.grants))
			}
		}
	})
}
