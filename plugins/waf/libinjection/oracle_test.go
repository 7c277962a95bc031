package libinjection

import (
	"math/rand/v2"
	"testing"

	libinjectiongo "github.com/corazawaf/libinjection-go"
)

// compare compares with libinjection-go what is said about a value.
func compare(t testing.TB, value string) (sqli, xss bool) {
	wantSQLi, wantFingerprint := libinjectiongo.IsSQLi(value)
	fingerprint, sqli := SQLi(value)
	if sqli != wantSQLi || fingerprint.String() != wantFingerprint {
		t.Errorf("SQLi(%q) = %q, %v, want %q, %v", value, fingerprint, sqli, wantFingerprint, wantSQLi)
	}
	xss = XSS(value)
	if want := libinjectiongo.IsXSS(value); xss != want {
		t.Errorf("XSS(%q) = %v, want %v", value, xss, want)
	}
	return sqli, xss
}

// TestValues compares what is said about made values with libinjection-go.
func TestValues(t *testing.T) {
	n := *trials
	rng := rand.New(rand.NewPCG(*seed, 2))
	var sqli, xss int
	for i := range n {
		foundSQLi, foundXSS := compare(t, value(rng, attacks))
		if foundSQLi {
			sqli++
		}
		if foundXSS {
			xss++
		}
		if t.Failed() && i > 20 {
			t.FailNow()
		}
	}
	t.Logf("%d SQL injections and %d of cross-site scripting in %d values", sqli, xss, n)
	if sqli < n/20 || xss < n/20 {
		t.Errorf("%d SQL injections and %d of cross-site scripting in %d values: too few to tell", sqli, xss, n)
	}
}
