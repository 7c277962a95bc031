//go:build !wasip1

package transform

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/corazawaf/coraza/v3"
)

// oracle is a Coraza whose rules apply each transformation to header x: the rule
// with id n+1 is that of ID(n), and with multiMatch, that of id n+1001.
var oracle coraza.WAF

func corazaOracle(t testing.TB) coraza.WAF {
	t.Helper()
	if oracle != nil {
		return oracle
	}
	var rules strings.Builder
	rules.WriteString("SecRuleEngine DetectionOnly\n")
	for id, name := range Names() {
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:x \"@unconditionalMatch\" \"id:%d,phase:1,pass,nolog,t:none,t:%s\"\n", id+1, name)
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:x \"@unconditionalMatch\" \"id:%d,phase:2,pass,nolog,multiMatch,t:none,t:%s\"\n", id+1001, name)
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules.String()))
	if err != nil {
		t.Fatal(err)
	}
	oracle = waf
	return waf
}

// corazaAll returns, for each transformation, what Coraza makes of the values,
// and what the operator of a rule with multiMatch sees.
func corazaAll(t testing.TB, values []string) (results, multi [count][]string) {
	t.Helper()
	tx := corazaOracle(t).NewTransaction()
	for _, v := range values {
		tx.AddRequestHeader("x", v)
	}
	tx.ProcessRequestHeaders()
	if _, err := tx.ProcessRequestBody(); err != nil {
		t.Fatal(err)
	}
	for _, m := range tx.MatchedRules() {
		id := m.Rule().ID()
		into := &results[id%1000-1]
		if id > 1000 {
			into = &multi[id%1000-1]
		}
		for _, data := range m.MatchedDatas() {
			*into = append(*into, data.Value())
		}
	}
	if err := tx.Close(); err != nil {
		t.Fatal(err)
	}
	for id, r := range results {
		if len(r) != len(values) {
			t.Fatalf("Coraza: %d results of %s, want %d", len(r), ID(id), len(values))
		}
	}
	return results, multi
}

func corazaValues(t testing.TB, id ID, values []string) []string {
	t.Helper()
	results, _ := corazaAll(t, values)
	return results[id]
}

// compare checks all transformations of the values against Coraza, and what they
// promise of themselves.
func compare(t testing.TB, values []string) {
	t.Helper()
	wants, multi := corazaAll(t, values)
	for id := range count {
		var seen []string
		for i, value := range values {
			got := check(t, id, value)
			if want := wants[id][i]; got != want {
				t.Errorf("%s(%q) = %q, want %q", id, value, got, want)
			}
			seen = append(seen, value)
			if id.MultiMatches(value, got) {
				seen = append(seen, got)
			}
		}
		if !slices.Equal(seen, multi[id]) {
			t.Errorf("%s with multiMatch of %q: the operator sees %q, want %q", id, values, seen, multi[id])
		}
	}
}

// fragments are what transformations act on, whole and broken off.
var fragments = []string{
	"%", "%u", "%U", "%u00", "%u0041", "%uff1c", "%uFF0", "%u2019", "%u00e9", "%41", "%4", "%zz", "%%", "%25", "%00", "%0a", "+",
	"&", "&#", "&#x", "&#X41", "&#x41;", "&#65", "&#0", "&#128;", "&#99999999999;", "&#xd800;", "&lt", "&lt;", "&LT;", "&amp;", "&amp", "&notit;", "&not", "&nGt;", "&nLt;", "&fjlig;", "&CounterClockwiseContourIntegral;", "&ctdot", ";", "=",
	"\\", "\\\\", "\\x", "\\x41", "\\X4g", "\\u", "\\u0041", "\\uff21", "\\u{", "\\u{ff01}", "\\u{0000041}", "\\u{1f600}", "}", "\\0", "\\101", "\\377", "\\400", "\\777", "\\8", "\\n", "\\a", "\\'", "\\\n", "\\ff1c ", "\\00003c", "\\0\t", "\\d800", "\\110000",
	"/", "//", "./", "../", "/..", "/.", ".", "..", "...", "/a/../", "a/", "C:", "c:\\", "..\\", ".\\", "file.txt", "::$DATA", ":", ". ", " .", ". /", " /", "/ ",
	"/*", "*/", "/**/", "<!--", "-->", "--", "->", "-", "#", "*", "<!-", "*/x",
	" ", "  ", "\t", "\n", "\v", "\f", "\r", "\x00", "\x85", "\xa0", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", "\u202f", "\u200b",
	"\"", "'", "^", ",", ";", "(", " (", ",/", "A", "Z", "[", "@", "`", "{", "a", "z",
	"é", "É", "à", "ß", "ſ", "K", "İ", "ı", "ÿ", "Ǆ", "Σ", "я", "Я", "你好", "שלום", "ꙁ", "Ꭰ", "ꭰ", "😀", "𐐀", "\ufffd",
	"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc2", "\xe2\x80", "\xe2\xa0", "\xf0\x9f\x98", "\x80",
	"QUJD", "QUI=", "QQ", "-_", "YWJj\n", ".", "616263", "4", "fF", "1", "10", "0",
	"select", "UNION", "<script>", "onload=", "alert(1)", "etc/passwd", "hello world", "0123456789abcdef", "the quick brown fox, ",
}

// fragmentInputs returns n values made of fragments, the same each time.
func fragmentInputs(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]string, 0, n)
	values = append(values, "")
	values = append(values, fragments...)
	for b := range 256 {
		values = append(values, string([]byte{byte(b)}), string([]byte{'a', byte(b), byte(b), 'b'}))
	}
	for len(values) < n {
		var b []byte
		for range 1 + random.IntN(8) {
			switch random.IntN(12) {
			case 0:
				b = append(b, byte(random.Uint32()))
			case 1:
				// A byte that a fragment begins or ends with is most likely to matter.
				f := fragments[random.IntN(len(fragments))]
				b = append(b, f[random.IntN(len(f))])
			case 2:
				f := fragments[random.IntN(len(fragments))]
				b = append(b, f[:random.IntN(len(f)+1)]...)
			default:
				b = append(b, fragments[random.IntN(len(fragments))]...)
			}
		}
		values = append(values, string(b))
	}
	return values
}

func TestFragmentsAgainstCoraza(t *testing.T) {
	values := fragmentInputs(60_000)
	for batch := range slices.Chunk(values, 100) {
		compare(t, batch)
		if t.Failed() {
			return
		}
	}
}

func FuzzAgainstCoraza(f *testing.F) {
	for _, s := range fragmentInputs(100 + len(fragments)) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { compare(t, []string{s}) })
}
