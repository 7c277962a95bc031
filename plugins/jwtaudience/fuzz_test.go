package jwtaudience

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// FuzzDecide checks that no request makes the engine panic or answer outside
// its reasons, and that none gets through but with a token that is good: those
// it is seeded with, or on the route that needs none.
func FuzzDecide(f *testing.F) {
	good := map[string]bool{}
	for _, test := range decisionTests {
		path := test.path
		if path == "" {
			path = "/orders"
		}
		if test.want == ReasonTokenAccepted {
			good[test.token] = true
		}
		f.Add(path, "Bearer "+test.token, "")
	}
	f.Add("/orders", "Bearer a", "Bearer b")
	f.Add("/healthz", "", "")
	f.Add("/%2e%2e/healthz", "Basic abc", "")
	engine := newEngine(f, testConfig())
	reasons := map[policy.Reason]bool{}
	for _, reason := range allReasons() {
		reasons[reason] = true
	}
	f.Fuzz(func(t *testing.T, path, first, second string) {
		fields := []string{first}
		if second != "" {
			fields = append(fields, second)
		}
		decision := engine.Decide(request("GET", path, fields...))
		if !reasons[decision.Reason] {
			t.Fatalf("reason %q", decision.Reason)
		}
		if decision.Outcome == policy.Deny {
			if decision.Response.Status < 400 || len(decision.Properties) > 0 {
				t.Fatalf("denial %+v", decision)
			}
			return
		}
		if decision.Reason == ReasonAnonymousAllowed {
			if decision.Route != "routes[1]" || len(decision.Properties) > 0 || decision.Identity != (policy.Identity{}) {
				t.Fatalf("anonymous %+v", decision)
			}
			return
		}
		_, token, _ := strings.Cut(strings.Trim(first, " \t"), " ")
		if second != "" || !good[strings.TrimLeft(token, " ")] {
			t.Fatalf("accepted %q", fields)
		}
	})
}

// FuzzNew checks that a configuration is refused or makes an engine that denies
// a request without a token, unless it says by name that it does not.
func FuzzNew(f *testing.F) {
	f.Add(testConfig())
	f.Add(withIssuer(`,"algorithms":["RS256"],"max_lifetime":"1h"`))
	f.Fuzz(func(t *testing.T, document string) {
		engine, err := New([]byte(document))
		if err != nil {
			return
		}
		decision := engine.Decide(request("GET", "/orders"))
		if decision.Outcome == policy.Allow && !strings.Contains(document, "allow_anonymous") && !strings.Contains(document, `\u`) {
			t.Fatalf("%s: %+v", document, decision)
		}
	})
}
