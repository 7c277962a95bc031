package scope

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// BenchmarkDecide measures whole decisions on one identity that comes again, and
// "payload of jwt_authn", which is read each time. The attributes are a map's: of
// the allocations one is its.
func BenchmarkDecide(b *testing.B) {
	asking := newEngine(b, testConfig())
	engine := newEngine(b, strings.Replace(testConfig(), `"identity":{"payload_in_metadata":["payload"]},`, ``, 1))
	inMetadata := request("GET", "/orders/17", "")
	inMetadata.Attributes = metadata("iss", "https://idp.example.com", "sub", "user-17", "client_id", "shop", "scope", "openid orders:read")
	for _, test := range []struct {
		name    string
		engine  *Engine
		request *policy.Request
		want    policy.Reason
	}{
		{"public", engine, request("GET", "/healthz", ""), ReasonRoutePublic},
		{"scope", engine, request("GET", "/orders/17", who(`"exp":2740176000,"iat":1793491200,"jti":"7b1c","scope":"openid orders:read"`)), ReasonAccessGranted},
		{"scope by hierarchy", engine, request("GET", "/orders/17", who(`"scope":"orders:admin"`)), ReasonAccessGranted},
		{"roles", engine, request("DELETE", "/orders/17", who(`"scope":"orders:write","claims":{"realm_access":{"roles":["manager"]}}`)), ReasonAccessGranted},
		{"payload of jwt_authn", asking, inMetadata, ReasonAccessGranted},
		{"insufficient", engine, request("GET", "/orders/17", who(``)), ReasonInsufficientScope},
		{"no identity", engine, request("GET", "/orders/17", ""), ReasonIdentityMissing},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if decision := test.engine.Decide(test.request); decision.Reason != test.want {
					b.Fatalf("reason = %s, want %s", decision.Reason, test.want)
				}
			}
		})
	}
}
