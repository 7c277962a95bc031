package scope

import (
	"testing"

	"gatehouse/plugins/internal/policy"
)

// BenchmarkDecide measures whole decisions, the identity's reading included.
func BenchmarkDecide(b *testing.B) {
	engine := newEngine(b, testConfig())
	inMetadata := request("GET", "/orders/17", "")
	inMetadata.Attributes = metadata("iss", "https://idp.example.com", "sub", "user-17", "client_id", "shop", "scope", "openid orders:read")
	for _, test := range []struct {
		name    string
		request *policy.Request
		want    policy.Reason
	}{
		{"public", request("GET", "/healthz", ""), ReasonRoutePublic},
		{"scope", request("GET", "/orders/17", who(`"exp":2740176000,"iat":1793491200,"jti":"7b1c","scope":"openid orders:read"`)), ReasonAccessGranted},
		{"scope by hierarchy", request("GET", "/orders/17", who(`"scope":"orders:admin"`)), ReasonAccessGranted},
		{"roles", request("DELETE", "/orders/17", who(`"scope":"orders:write","claims":{"realm_access":{"roles":["manager"]}}`)), ReasonAccessGranted},
		{"payload of jwt_authn", inMetadata, ReasonAccessGranted},
		{"insufficient", request("GET", "/orders/17", who(``)), ReasonInsufficientScope},
		{"no identity", request("GET", "/orders/17", ""), ReasonIdentityMissing},
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
