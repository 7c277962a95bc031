package claim

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/jose"
)

// sample has a claim of every kind, and names that need escapes.
const sample = `{
  "sub": "user-1", "scope": "openid orders:read orders:write", "email_verified": true, "locked": false, "level": 3, "score": 1.50,
  "big": 9007199254740993, "none": null, "empty": "", "list": [], "aud": ["a", "b"], "mixed": ["1", 1, true, null, ["x"], {"y": 1}],
  "escaped": "caf\u00e9 \"x\" \\ \/", "\u0072ole": "admin", "spaced":  " a  b ",
  "realm_access": {"roles": ["user", "admin"]}, "https://example.com/roles": ["editor"], "cnf": {"x5t#S256": "abc"}, "a*b": 1, "0": "zero",
  "details": [{"type": "account", "actions": ["list"]}, {"type": "payment", "actions": ["pay", "read"], "max": 10}, {"type": "payment", "max": 20}, "payment"]
}`

func matcher(t testing.TB, text string) *Matcher {
	t.Helper()
	m := &Matcher{}
	if err := config.Decode([]byte(text), m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name, matcher string
		want          bool
	}{
		{"equal string", `{"claim":"sub","equals":"user-1"}`, true},
		{"another string", `{"claim":"sub","equals":"user-2"}`, false},
		{"string in another case", `{"claim":"sub","equals":"User-1"}`, false},
		{"empty string", `{"claim":"empty","equals":""}`, true},
		{"string with escapes", `{"claim":"escaped","equals":"caf\u00e9 \"x\" \\ /"}`, true},
		{"string with escapes as they are written", `{"claim":"escaped","equals":"caf\\u00e9 \\\"x\\\" \\\\ \\/"}`, false},
		{"claim whose name has escapes", `{"claim":"role","equals":"admin"}`, true},
		{"equal number", `{"claim":"level","equals":3}`, true},
		{"number spelt otherwise", `{"claim":"level","equals":3.0e0}`, true},
		{"fraction spelt otherwise", `{"claim":"score","equals":1.5}`, true},
		{"number next to it", `{"claim":"level","equals":3.0000001}`, false},
		{"number that a double rounds", `{"claim":"big","equals":9007199254740991}`, false},
		{"number for a string", `{"claim":"0","equals":0}`, false},
		{"string for a number", `{"claim":"level","equals":"3"}`, false},
		{"string for a boolean", `{"claim":"email_verified","equals":"true"}`, false},
		{"equal boolean", `{"claim":"email_verified","equals":true}`, true},
		{"other boolean", `{"claim":"locked","equals":true}`, false},
		{"number for a boolean", `{"claim":"email_verified","equals":1}`, false},
		{"false is there", `{"claim":"locked","equals":false}`, true},
		{"false is not nothing", `{"claim":"nothing","equals":false}`, false},
		{"null is not false", `{"claim":"none","equals":false}`, false},
		{"null is not the word", `{"claim":"none","equals":"null"}`, false},
		{"a list of one is not its entry", `{"claim":"https://example\\.com/roles","equals":"editor"}`, false},
		{"one of several", `{"claim":"sub","one_of":["user-0","user-1"]}`, true},
		{"none of several", `{"claim":"sub","one_of":["user-0",1,true]}`, false},
		{"one of several types", `{"claim":"level","one_of":["3",3]}`, true},
		{"entry of an array", `{"claim":"aud","contains":"b"}`, true},
		{"no entry of an array", `{"claim":"aud","contains":"c"}`, false},
		{"part of an entry", `{"claim":"realm_access.roles","contains":"adm"}`, false},
		{"entry of another type", `{"claim":"aud","contains":1}`, false},
		{"entries of two types", `{"claim":"mixed","contains_all":["1",1,true]}`, true},
		{"entry of an entry", `{"claim":"mixed","contains":"x"}`, false},
		{"word of a string", `{"claim":"scope","contains":"orders:read"}`, true},
		{"part of a word", `{"claim":"scope","contains":"orders"}`, false},
		{"two words at once", `{"claim":"scope","contains":"orders:read orders:write"}`, false},
		{"empty word", `{"claim":"spaced","contains":""}`, false},
		{"word among spaces", `{"claim":"spaced","contains":"b"}`, true},
		{"the only word", `{"claim":"sub","contains":"user-1"}`, true},
		{"number in a string", `{"claim":"0","contains":0}`, false},
		{"entry of nothing", `{"claim":"nothing","contains":"a"}`, false},
		{"entry of an empty array", `{"claim":"list","contains":"a"}`, false},
		{"entry of a number", `{"claim":"level","contains":3}`, false},
		{"member of an object is no entry", `{"claim":"realm_access","contains":"roles"}`, false},
		{"any of the entries", `{"claim":"aud","contains_any":["c","b"]}`, true},
		{"none of the entries", `{"claim":"aud","contains_any":["c","d"]}`, false},
		{"all of the words", `{"claim":"scope","contains_all":["orders:write","openid"]}`, true},
		{"not all of the words", `{"claim":"scope","contains_all":["orders:write","admin"]}`, false},
		{"beginning", `{"claim":"sub","prefix":"user-"}`, true},
		{"no beginning", `{"claim":"sub","prefix":"ser"}`, false},
		{"beginning of an entry", `{"claim":"aud","prefix":"a"}`, false},
		{"end", `{"claim":"sub","suffix":"-1"}`, true},
		{"end with an escape", `{"claim":"escaped","suffix":"\\ /"}`, true},
		{"no end", `{"claim":"sub","suffix":"user"}`, false},
		{"end of a number", `{"claim":"level","suffix":"3"}`, false},
		{"in a range", `{"claim":"level","range":{"minimum":3,"maximum":3}}`, true},
		{"below a range", `{"claim":"level","range":{"minimum":3.1}}`, false},
		{"above a range", `{"claim":"level","range":{"maximum":2.99}}`, false},
		{"large number in a range", `{"claim":"big","range":{"minimum":9007199254740991}}`, true},
		{"string in a range", `{"claim":"sub","range":{"minimum":0}}`, false},
		{"there", `{"claim":"sub","present":true}`, true},
		{"there and empty", `{"claim":"list","present":true}`, true},
		{"there and false", `{"claim":"locked","present":true}`, true},
		{"not there", `{"claim":"nothing","present":true}`, false},
		{"not there, as asked", `{"claim":"nothing","present":false}`, true},
		{"there against what was asked", `{"claim":"sub","present":false}`, false},
		{"null is not there", `{"claim":"none","present":true}`, false},
		{"null is not nothing", `{"claim":"none","present":false}`, false},
		{"nested", `{"claim":"realm_access.roles","contains":"admin"}`, true},
		{"nested in a string", `{"claim":"sub.x","present":false}`, true},
		{"entry by its place", `{"claim":"aud.1","equals":"b"}`, true},
		{"place beyond the end", `{"claim":"aud.2","present":true}`, false},
		{"place spelt otherwise", `{"claim":"aud.01","present":true}`, false},
		{"member whose name is a number", `{"claim":"0","equals":"zero"}`, true},
		{"name with dots", `{"claim":"https://example\\.com/roles","contains":"editor"}`, true},
		{"name with dots that are not escaped", `{"claim":"https://example.com/roles","present":true}`, false},
		{"name with a hash", `{"claim":"cnf.x5t#S256","equals":"abc"}`, true},
		{"name with a star", `{"claim":"a\\*b","equals":1}`, true},
		{"number of entries", `{"claim":"aud.#","equals":2}`, true},
		{"number of entries of nothing", `{"claim":"nothing.#","equals":0}`, false},
		{"number of entries in a range", `{"claim":"details.#","range":{"minimum":4}}`, true},
		{"member of each entry", `{"claim":"details.#.type","contains":"payment"}`, true},
		{"member of each entry that no entry has", `{"claim":"details.#.x","present":true}`, false},
		{"member of the first entry that answers", `{"claim":"details.#(type==\"payment\").max","equals":10}`, true},
		{"array of the first entry that answers", `{"claim":"details.#(type==\"payment\").actions","contains":"pay"}`, true},
		{"members of all entries that answer", `{"claim":"details.#(type==\"payment\")#.max","contains_all":[10,20]}`, true},
		{"no entry answers", `{"claim":"details.#(type==\"other\").max","present":true}`, false},
		{"query of another type", `{"claim":"details.#(max==\"10\").max","present":true}`, false},
		{"query by number", `{"claim":"details.#(max==20).type","equals":"payment"}`, true},
		{"query for an entry itself", `{"claim":"details.#(==\"payment\")","equals":"payment"}`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := jose.ParseObject(sample); err != nil {
				t.Fatal(err)
			}
			if got := matcher(t, test.matcher).Match(sample); got != test.want {
				t.Errorf("%s: %v, want %v", test.matcher, got, test.want)
			}
		})
	}
}

// TestUnreadableClaimsMeetNothing: not even that something is absent.
func TestUnreadableClaimsMeetNothing(t *testing.T) {
	conditions := []string{`{"claim":"a","present":false}`, `{"claim":"a","present":true}`, `{"claim":"a","equals":1}`, `{"claim":"a","contains":1}`,
		`{"claim":"a.b","present":false}`, `{"claim":"a","range":{"minimum":0}}`, `{"claim":"a","prefix":"x"}`}
	for _, claims := range []string{"", " ", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{a:1}`, `{"b":1} {`, `{"b":[}`, `{"b" 1}`, `["x",`, `{"x":"`, `{"x":"\`, "]", "}{"} {
		for _, condition := range conditions {
			if matcher(t, condition).Match(claims) {
				t.Errorf("%q meets %s", claims, condition)
			}
		}
	}
}

func TestConfigFaults(t *testing.T) {
	tests := []struct{ name, matcher, want string }{
		{"no condition", `{"claim":"a"}`, "want exactly one of"},
		{"two conditions", `{"claim":"a","equals":1,"present":true}`, "want exactly one of"},
		{"no claim", `{"equals":1}`, "claim: required"},
		{"null", `{"claim":"a","equals":null}`, "null"},
		{"list to equal", `{"claim":"a","equals":["x"]}`, "equals: want a string, number or boolean, got array"},
		{"no values", `{"claim":"a","one_of":[]}`, "want at least 1 entry"},
		{"empty range", `{"claim":"a","range":{}}`, `range: want "minimum", "maximum" or both`},
		{"range without anything in it", `{"claim":"a","range":{"minimum":2,"maximum":1.5}}`, "range.maximum: less than the minimum"},
		{"range of strings", `{"claim":"a","range":{"minimum":"1"}}`, "range.minimum: want a number, got string"},
		{"whole number that a double rounds", `{"claim":"a","equals":9007199254740993}`, "equals: want a number of at most 15 digits, or a whole one up to 9007199254740991"},
		{"fraction that a double rounds", `{"claim":"a","equals":0.1234567890123456}`, "at most 15 digits"},
		{"number beyond a double", `{"claim":"a","equals":1e999}`, "between 1e-300 and 1e300"},
		{"empty path", `{"claim":"","equals":1}`, "claim: empty, want the path of a claim"},
		{"path with an empty part", `{"claim":"a..b","equals":1}`, "empty part, want a name"},
		{"path that ends with a dot", `{"claim":"a.","equals":1}`, "empty part, want a name"},
		{"wildcard", `{"claim":"a.*","equals":1}`, `wildcards are not supported, want "*" escaped`},
		{"pipe", `{"claim":"a|b","equals":1}`, `want ".", or "|" escaped`},
		{"modifier", `{"claim":"a.@reverse","equals":1}`, `want "@" escaped`},
		{"multipath", `{"claim":"{a,b}","equals":1}`, `want "{" escaped`},
		{"literal", `{"claim":"!true","equals":true}`, `want "!" escaped`},
		{"backslash at the end", `{"claim":"a\\","equals":1}`, "nothing after the last backslash"},
		{"hash before a name", `{"claim":"a.#b","equals":1}`, "escaped"},
		{"each entry twice", `{"claim":"a.#.b.#.c","contains":1}`, "once in a path"},
		{"too many parts", `{"claim":"` + strings.Repeat("a.", 16) + `a","equals":1}`, "more than 16 parts"},
		{"too long", `{"claim":"` + strings.Repeat("a", 513) + `","equals":1}`, "513 bytes, want at most 512"},
		{"query with another comparison", `{"claim":"a.#(b>1).c","equals":1}`, "want a query such as"},
		{"query without an end", `{"claim":"a.#(b==1","equals":1}`, "want a query such as"},
		{"query without a value", `{"claim":"a.#(b==).c","equals":1}`, "want a query such as"},
		{"query with a word", `{"claim":"a.#(b==x).c","equals":1}`, "want a query such as"},
		{"text after a query", `{"claim":"a.#(b==1)c","equals":1}`, `want "." after a query`},
		{"query in a query", `{"claim":"a.#(b.#(c==1)==1)","equals":1}`, `want no "#" within a query`},
		{"one value for many", `{"claim":"a.#.b","equals":1}`, "equals: the path gives an array"},
		{"bounds for many", `{"claim":"a.#(b==1)#","range":{"minimum":1}}`, "range: the path gives an array"},
	}
	for _, test := range tests {
		err := config.Decode([]byte(test.matcher), &Matcher{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.want)
		}
	}
	if _, err := ParsePath("a..b"); err == nil || err.Error() != "claim: path: empty part, want a name" {
		t.Errorf("ParsePath: %v", err)
	}
	if path, err := ParsePath(`a\.b.#`); err != nil || path.String() != `a\.b.#` {
		t.Errorf("ParsePath: %v, %v", path, err)
	}
}

// TestAllocations: a condition on a claim without escapes costs no memory that
// grows with the claims.
func TestAllocations(t *testing.T) {
	for _, text := range []string{`{"claim":"realm_access.roles","contains_all":["user","admin"]}`, `{"claim":"sub","equals":"user-1"}`,
		`{"claim":"scope","contains":"openid"}`, `{"claim":"details.#(type==\"payment\").max","equals":10}`} {
		m := matcher(t, text)
		met := true
		if allocs := testing.AllocsPerRun(20, func() { met = met && m.Match(sample) }); allocs > 20 || !met {
			t.Errorf("%s: %.0f allocations, met %v", text, allocs, met)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for name, text := range map[string]string{
		"equals": `{"claim":"sub","equals":"user-1"}`, "nested list": `{"claim":"realm_access.roles","contains":"admin"}`,
		"scope": `{"claim":"scope","contains_all":["orders:read","orders:write"]}`, "query": `{"claim":"details.#(type==\"payment\").actions","contains":"pay"}`,
	} {
		b.Run(name, func(b *testing.B) {
			m := matcher(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if !m.Match(sample) {
					b.Fatal("not met")
				}
			}
		})
	}
}
