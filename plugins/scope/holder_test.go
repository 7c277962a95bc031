package scope

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

func TestHoldersAreBounded(t *testing.T) {
	engine := newEngine(t, testConfig())
	most := 0
	for i := range 1000 {
		want, name := ReasonAccessGranted, "orders:read"
		if i%3 == 0 {
			want, name = ReasonInsufficientScope, "orders:rea"
		}
		document := who(fmt.Sprintf(`"jti":"%d","scope":"%s"`, i, name))
		for range 2 {
			if got := engine.Decide(request("GET", "/orders/17", document)).Reason; got != want {
				t.Fatalf("%s: reason = %s, want %s", document, got, want)
			}
		}
		sum := 0
		for document := range engine.holders.known {
			sum += len(document)
		}
		if most = max(most, sum); sum != engine.holders.bytes || sum > maxDocuments || len(engine.holders.known) > maxHolders {
			t.Fatalf("%d documents of %d bytes, %d counted", len(engine.holders.known), sum, engine.holders.bytes)
		}
	}
	if most == 0 {
		t.Error("nothing is remembered")
	}
	large := who(`"scope":"orders:read","x":"` + strings.Repeat("x", maxDocument) + `"`)
	if got := engine.Decide(request("GET", "/orders/17", large)).Reason; got != ReasonAccessGranted || engine.holders.known[large] != nil {
		t.Errorf("a large document: %s, kept: %t", got, engine.holders.known[large] != nil)
	}
	for _, bad := range []string{"x", `{}`, who(`"scope":"a","scope":"b"`)} {
		engine.Decide(request("GET", "/orders/17", bad))
		if engine.holders.known[bad] != nil {
			t.Errorf("%s is remembered", bad)
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

func (s shared) Attribute(path ...string) ([]byte, bool) { return s, path[0] == identityProperty }

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
