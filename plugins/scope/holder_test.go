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
