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
