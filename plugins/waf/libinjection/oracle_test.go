package libinjection

import (
	"flag"
	"math/rand/v2"
	"testing"
	"unicode"

	libinjectiongo "github.com/corazawaf/libinjection-go"
)

var (
	trials = flag.Int("trials", 100_000, "how many made values are compared with libinjection-go")
	seed   = flag.Uint64("seed", 1, "of the made values")
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

// compareMade compares made values, and wants some of them to be injections.
func compareMade(t *testing.T, n int, corpus []string) {
	rng := rand.New(rand.NewPCG(*seed, 2))
	var sqli, xss int
	for range n {
		foundSQLi, foundXSS := compare(t, value(rng, corpus))
		if foundSQLi {
			sqli++
		}
		if foundXSS {
			xss++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d SQL injections and %d of cross-site scripting in %d values", sqli, xss, n)
	if sqli < n/25 || xss < n/25 {
		t.Errorf("%d SQL injections and %d of cross-site scripting in %d values: too few to tell", sqli, xss, n)
	}
}

func TestMadeValues(t *testing.T) {
	n := *trials
	if testing.Short() {
		n = min(n, 20_000)
	}
	compareMade(t, n, attacks)
}

// TestShortValues compares all values of up to two bytes, and those of up to five
// that matter most.
func TestShortValues(t *testing.T) {
	compare(t, "")
	for a := range 256 {
		compare(t, string([]byte{byte(a)}))
		for b := range 256 {
			compare(t, string([]byte{byte(a), byte(b)}))
		}
	}
	for _, alphabet := range []string{"'\"`\\1-/*#a ", "<>!-/=a%?\x00'`]", "1an.,(){}:;@$&|"} {
		var walk func(prefix string, more int)
		walk = func(prefix string, more int) {
			compare(t, prefix)
			if more > 0 {
				for i := range len(alphabet) {
					walk(prefix+alphabet[i:i+1], more-1)
				}
			}
		}
		walk("", 4)
		if t.Failed() {
			return
		}
	}
}

// TestWordPairs compares the words that begin phrases or have a role before all
// words, and others before some.
func TestWordPairs(t *testing.T) {
	for i := range sqlWords.entries {
		for j := range sqlWords.entries {
			if sqlWords.entries[i].phrases != 0 || sqlWords.entries[i].roles != 0 || (i+j)%64 == 0 {
				compare(t, "1 "+sqlWords.word(i)+" "+sqlWords.word(j)+" union select 1")
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestCapitals tries that findFolded knows all characters with a capital in ASCII.
func TestCapitals(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if c := unicode.ToUpper(r); c < 0x80 && r != 'ı' && r != 'ſ' {
			t.Errorf("the capital of %q is %q", r, c)
		}
	}
}

// TestAllocations tries that nothing is allocated, found or not.
func TestAllocations(t *testing.T) {
	for _, v := range append(attacks, prose...) {
		if n := testing.AllocsPerRun(10, func() { SQLi(v); XSS(v) }); n != 0 {
			t.Errorf("%v allocations for %q, want none", n, v)
		}
	}
}

func FuzzInjection(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Add("Please leave it with the neighbour, or at the \"back\" door")
	f.Fuzz(func(t *testing.T, value string) { compare(t, value) })
}
