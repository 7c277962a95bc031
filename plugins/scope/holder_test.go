package scope

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/policy"
)

// TestHoldersAreTheirIdentities: what is remembered of one document is never
// another's, however many there are, and large ones are read each time.
func TestHoldersAreTheirIdentities(t *testing.T) {
	engine := newEngine(t, testConfig())
	long := strings.Repeat("x", 8<<10)
	for i := range 1000 {
		want, name := ReasonAccessGranted, "orders:read"
		if i%3 == 0 {
			want, name = ReasonInsufficientScope, "orders:rea"
		}
		document := who(fmt.Sprintf(`"jti":"%d","scope":"%s"`, i, name))
		if i%10 == 0 {
			document = who(fmt.Sprintf(`"jti":"%d","scope":"%s","x":"%s"`, i, name, long))
		}
		for range 2 {
			if got := engine.Decide(request("GET", "/orders/17", document)).Reason; got != want {
				t.Fatalf("%.80s: reason = %s, want %s", document, got, want)
			}
		}
	}
}

// TestDocumentsAreCopied changes the bytes of an identity after the decision, as
// the host does.
func TestDocumentsAreCopied(t *testing.T) {
	engine := newEngine(t, testConfig())
	buffer := []byte(who(`"scope":"orders:read"`))
	r := &policy.Request{Now: time.Unix(2000000000, 0), Headers: request("GET", "/orders/17", "").Headers, Attributes: shared(buffer)}
	first := engine.Decide(r)
	copy(buffer, who(`"scope":"orders:xxxx"`))
	if second := engine.Decide(r); first.Reason != ReasonAccessGranted || second.Reason != ReasonInsufficientScope || first.Identity.Subject != "user-17" {
		t.Errorf("first %s of %+v, then %s", first.Reason, first.Identity, second.Reason)
	}
	copy(buffer, who(`"scope":"orders:read"`))
	if third := engine.Decide(r); third.Reason != ReasonAccessGranted {
		t.Errorf("then %s", third.Reason)
	}
}

// shared gives out one buffer as the identity.
type shared []byte

func (s shared) Attribute(path ...string) ([]byte, bool) { return s, path[0] == identity.Property }

// TestDecideAllocatesNothing for a document that came before, on the routes of
// most requests.
func TestDecideAllocatesNothing(t *testing.T) {
	engine := newEngine(t, strings.Replace(testConfig(), `"identity":{"payload_in_metadata":["payload"]},`, ``, 1))
	for _, test := range []struct{ method, path, document string }{
		{"GET", "/orders/17", who(`"scope":"openid orders:admin"`)},
		{"DELETE", "/orders/17", who(`"scope":"orders:write","claims":{"realm_access":{"roles":["manager"]}}`)},
		{"GET", "/reports/x", strings.Replace(who(`"scope":"reports:read"`), "shop", "auditor", 1)},
		{"GET", "/healthz", who(``)},
	} {
		r := request(test.method, test.path, "")
		r.Attributes = shared(test.document)
		if n := testing.AllocsPerRun(100, func() {
			if engine.Decide(r).Outcome != policy.Allow {
				t.Errorf("%s %s: denied", test.method, test.path)
			}
		}); n != 0 {
			t.Errorf("%s %s: %v allocations, want none", test.method, test.path, n)
		}
	}
}
