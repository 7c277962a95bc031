package jwtaudience

import (
	"testing"

	"gatehouse/plugins/internal/policy"
)

// BenchmarkDecide measures whole decisions; all but "no token" and "bad claims"
// include the verification of a signature.
func BenchmarkDecide(b *testing.B) {
	engine := newEngine(b, testConfig())
	for _, test := range []struct {
		name    string
		request *policy.Request
		want    policy.Reason
	}{
		{"RS256", request("GET", "/orders", "Bearer "+rsaKey.Token(claims())), ReasonTokenAccepted},
		{"ES256", request("GET", "/orders", "Bearer "+ecKey.Token(claims())), ReasonTokenAccepted},
		{"EdDSA", request("GET", "/orders", "Bearer "+partner.Token(claims("iss", `"https://partner.example.com/"`))), ReasonTokenAccepted},
		{"expired", request("GET", "/orders", "Bearer "+rsaKey.Token(claims("exp", at(-600)))), ReasonTokenExpired},
		{"bad claims", request("GET", "/orders", "Bearer "+rsaKey.Token(claims("exp", `"x"`))), ReasonClaimMalformed},
		{"no token", request("GET", "/orders"), ReasonTokenMissing},
		{"anonymous", request("GET", "/healthz"), ReasonAnonymousAllowed},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if decision := engine.Decide(test.request); decision.Reason != test.want {
					b.Fatalf("reason = %s, want %s", decision.Reason, test.want)
				}
			}
		})
	}
}
