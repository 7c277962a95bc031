//go:build !wasip1

package operator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
)

// trial is an operator with its argument.
type trial struct{ name, argument, data string }

// made numbers files and datasets: Coraza remembers what it made of a name for
// the whole process.
var made int

// corazaMatches returns for each trial which of the values Coraza's operator
// matches.
func corazaMatches(t *testing.T, trials []trial, values []string) []map[string]bool {
	t.Helper()
	var rules strings.Builder
	files := fstest.MapFS{}
	for i := range trials {
		tr := trials[i]
		made++
		switch {
		case strings.HasSuffix(tr.name, "FromFile"):
			tr.argument = fmt.Sprintf("file%d", made)
			files[tr.argument] = &fstest.MapFile{Data: []byte(tr.data)}
		case strings.HasSuffix(tr.name, "FromDataset"):
			tr.argument = fmt.Sprintf("dataset%d", made)
			fmt.Fprintf(&rules, "SecDataset %s `\n%s\n`\n", tr.argument, tr.data)
		}
		argument := strings.ReplaceAll(tr.argument, `"`, `\"`)
		fmt.Fprintf(&rules, "SecRule REQUEST_HEADERS:x \"@%s %s\" \"id:%d,phase:1,pass,log,t:none\"\n", tr.name, argument, i+1)
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(files).WithDirectives("SecRuleEngine On\n" + rules.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, rules.String())
	}
	tx := waf.NewTransaction()
	defer tx.Close()
	for _, v := range values {
		tx.AddRequestHeader("x", v)
	}
	tx.ProcessRequestHeaders()
	matches := make([]map[string]bool, len(trials))
	for i := range matches {
		matches[i] = make(map[string]bool)
	}
	for _, m := range tx.MatchedRules() {
		for _, d := range m.MatchedDatas() {
			matches[m.Rule().ID()-1][d.Value()] = true
		}
	}
	return matches
}

// generated returns trials and values that are close to each other.
func generated(rng *rand.Rand) (trials []trial, values []string) {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	numbers := []string{"0", "1", "-1", "+1", "01", "10", "9", "x", "1x", " 1", "1 ", "1_0", "0x10", "9223372036854775807", "9223372036854775808", "-99999999999999999999", "1.0", "１", "2147483648", "4294967297"}
	for _, op := range []string{"eq", "ge", "gt", "le", "lt"} {
		for _, n := range numbers {
			if strings.TrimSpace(n) == n {
				trials = append(trials, trial{name: op, argument: n})
			}
		}
	}
	values = append(values, numbers...)
	word := func(letters string, max int) string {
		var b strings.Builder
		runes := []rune(letters)
		for range rng.IntN(max + 1) {
			b.WriteRune(runes[rng.IntN(len(runes))])
		}
		return b.String()
	}
	text := func() string {
		return pick("", "a", "GET", "get", "foo bar", "é", "É", word("aAbB é", 8), word("ab", 4), word("GET,POST |", 12), "\xff\xfe", word("ab\x00\n\t", 5))
	}
	for range 40 {
		values = append(values, text())
	}
	clean := func(s string) string { // what SecLang can say
		return strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' || r == '`' || r == '\\' || r == '"' || r == 0xfffd {
				return -1
			}
			return r
		}, s))
	}
	for _, op := range []string{"beginsWith", "contains", "endsWith", "streq", "strmatch", "within"} {
		for range 12 {
			if a := clean(text()); a != "" {
				trials = append(trials, trial{name: op, argument: a})
			}
		}
	}
	lines := func(entry func() string) string {
		var b strings.Builder
		for range rng.IntN(6) {
			b.WriteString(pick("", " ", "\t", "# ", "#") + entry() + pick("\n", "\r\n", " \n", "\n\n"))
		}
		return b.String()
	}
	for range 20 {
		trials = append(trials,
			// TestEmptyPhrase has two spaces in a row
			trial{name: "pm", argument: strings.Join(strings.Fields(clean(text()+" "+text())), " ")},
			trial{name: "pmFromFile", data: lines(text)},
			trial{name: "pmFromDataset", data: clean(text()) + "\n" + clean(text()) + "\n#" + clean(text())})
	}
	address := func() string {
		return pick("10.0.0.1", "10.0.0.255", "10.1.2.3", "010.0.0.1", "::1", "fe80::1", "fe80::1%eth0", "::ffff:10.0.0.1", "::ffff:a00:1", "2001:db8::1", "2001:DB8:0:0::1", "10.0.0", "", "::", "0.0.0.0", "255.255.255.255", "10.0.0.1:80", "[::1]", " ::1", "a")
	}
	for range 30 {
		values = append(values, address())
	}
	values = append(values, "10.0.0.1", "::ffff:10.0.0.1", "::1", "fe80::1", "2001:db8::1")
	network := func() string {
		return strings.TrimSpace(address()) + pick("", "", "/8", "/08", "/24", "/32", "/33", "/64", "/96", "/104", "/128", "/129", "/0", "/", "/-1", "/+8", "/8 ", "/255.0.0.0", "/90")
	}
	for range 20 {
		trials = append(trials,
			trial{name: "ipMatch", argument: clean(network() + pick(",", " , ", ",,") + network() + ",1.2.3.4")},
			trial{name: "ipMatchFromFile", data: lines(network)},
			trial{name: "ipMatchFromDataset", data: network() + "\n" + clean(network()+pick(",", "\n")+network()) + "\nx"})
	}
	for range 20 {
		low, high := rng.IntN(256), rng.IntN(256)
		trials = append(trials, trial{name: "validateByteRange", argument: fmt.Sprintf("%d-%d%s%d,%02d", low, high, pick(",", ", "), high, low)})
	}
	trials = append(trials, trial{name: "validateByteRange", argument: "32-126"}, trial{name: "validateByteRange", argument: "1-255"},
		trial{name: "validateUrlEncoding"}, trial{name: "validateUtf8Encoding"}, trial{name: "unconditionalMatch"}, trial{name: "noMatch"}, trial{name: "geoLookup"},
		trial{name: "detectSQLi"}, trial{name: "detectXSS"})
	for range 30 {
		values = append(values, word("%aF09gG", 7), word("é☃\U0001F600a", 3)+pick("", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe2\x98"))
		values = append(values, word("'\"1=<>-/*(); orunion", 14), pick("1' or '1'='1", "<a href=javascript:x>", "' union select 1--", "x onerror=1", "1 or 1=1", "<!--`-->")+word("'<=`", 2))
		values = append(values, word("0123456789", 9), word("0123456789-k", 12), pick("16100407-3", "8492655-8", "84926550", "12.345.670-K", "1-9", "078-05-1120", "234-56-7891 x 111111111", "987654320"))
	}
	trials = append(trials, trial{name: "validateNid", argument: `cl ^[0-9]{7,8}-[0-9Kk]$`}, trial{name: "validateNid", argument: `cl \d{1,2}\.?\d{3}\.?\d{3}-?[\dkK]`},
		trial{name: "validateNid", argument: `us \b\d{3}-?\d{2}-?\d{4}\b`}, trial{name: "validateNid", argument: `us \d*`}, trial{name: "validateNid", argument: `cl .*[0-9].*`})
	for _, path := range []string{"/a/{id}", "/users/{user}/posts/{post}", "{x}", "/{a}{b}/c", "/a/{}{id}", "/v[0-9]+/{id}$", "/{a", "^/a"} {
		trials = append(trials, trial{name: "restpath", argument: path})
	}
	for range 20 {
		values = append(values, "/"+word("a/12?", 4)+pick("/users/1/posts/2", "/a/b", "/v1/x", "/{a", "/a/{}z", "/a/{}"))
	}
	slices.Sort(values)
	return trials, slices.Compact(values)
}

// TestAgainstCoraza compares every operator with Coraza's through rules.
func TestAgainstCoraza(t *testing.T) {
	seeds := 8
	if testing.Short() {
		seeds = 1
	}
	ran, matched := 0, make(map[string]int)
	for seed := range seeds {
		trials, values := generated(rand.New(rand.NewPCG(uint64(seed), 1)))
		want := corazaMatches(t, trials, values)
		for i, tr := range trials {
			op, err := New(tr.name, tr.argument, tr.data)
			if err != nil {
				t.Errorf("New(%q, %q, %q): %v", tr.name, tr.argument, tr.data, err)
				continue
			}
			for _, v := range values {
				ran++
				got := op.Match(v, tr.argument)
				if got != want[i][v] {
					t.Errorf("%s %q (%q) on %q: %v, Coraza says %v", tr.name, tr.argument, tr.data, v, got, want[i][v])
				}
				if got {
					matched[tr.name]++
					if set, n := Requires(op); len(v) < n || set != nil && !meets(v, set, 0) {
						t.Errorf("%s %q matches %q without what it requires", tr.name, tr.argument, v)
					}
				}
			}
		}
	}
	t.Logf("%d comparisons, matches %v", ran, matched)
	if ran < seeds*60000 {
		t.Errorf("%d comparisons", ran)
	}
	for name := range maps.Keys(matched) {
		if matched[name] < 3 {
			t.Errorf("%s matched %d times", name, matched[name])
		}
	}
	if len(matched) < 25 {
		t.Errorf("%d operators matched something, want 25", len(matched))
	}
}

// TestNewErrsAsCoraza compares which arguments are refused.
func TestNewErrsAsCoraza(t *testing.T) {
	tests := []trial{
		{name: "validateByteRange", argument: "1-256"}, {name: "validateByteRange", argument: "-1"}, {name: "validateByteRange", argument: "1,"},
		{name: "validateByteRange", argument: "1 - 2"}, {name: "validateByteRange", argument: "a"}, {name: "validateByteRange", argument: "5-1"},
		{name: "validateByteRange", argument: "1-2-3"}, {name: "validateByteRange", argument: "+1"},
		{name: "validateNid", argument: "cl"}, {name: "validateNid", argument: "de x"}, {name: "validateNid", argument: "cl ("}, {name: "validateNid", argument: "us a)(b"},
		{name: "restpath", argument: "/{a-b}"}, {name: "restpath", argument: "/{a}/{a}"}, {name: "restpath", argument: "("}, {name: "restpath", argument: "/{a/b}"}, {name: "restpath", argument: "/{a}"},
		{name: "eq"}, {name: "within"}, {name: "streq"}, {name: "pm"}, {name: "ipMatch"}, {name: "ipMatch", argument: "x"},
		{name: "nosuch", argument: "x"}, {name: "containsWord", argument: "x"}, {name: "verifyCC", argument: "x"},
	}
	for _, tr := range tests {
		rule := fmt.Sprintf("SecRule REQUEST_HEADERS:x \"@%s %s\" \"id:1,phase:1,pass\"", tr.name, tr.argument)
		_, want := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rule))
		_, got := New(tr.name, tr.argument, "")
		if (got == nil) != (want == nil) {
			t.Errorf("New(%q, %q): %v, Coraza says %v", tr.name, tr.argument, got, want)
		}
	}
}

// TestCapturesAsCoraza compares TX:0 to TX:9 and ARGS_PATH.
func TestCapturesAsCoraza(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	word := func(letters string, max int) string {
		b := make([]byte, 1+rng.IntN(max))
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b)
	}
	trials := []trial{
		{name: "validateNid", argument: `us \b\d{9}\b`}, {name: "validateNid", argument: `cl [0-9]{7,8}-[0-9k]`}, {name: "validateNid", argument: `us ^\d{9}`},
		{name: "detectSQLi"}, {name: "detectXSS"}, {name: "streq", argument: "aa"},
		{name: "restpath", argument: "/{a}/{b}"}, {name: "restpath", argument: "/([a-z])(?P<mid>/)?{b}"}, {name: "restpath", argument: `/[(](\()?{b}`},
		{name: "pm", argument: "a  b"},
	}
	for range 40 {
		phrases := make([]string, 1+rng.IntN(6))
		for i := range phrases {
			phrases[i] = word("aAbB1", 5)
		}
		trials = append(trials, trial{name: "pm", argument: strings.Join(phrases, " ")}, trial{name: "pmFromFile", argument: "f", data: strings.Join(phrases, "\n")})
	}
	ran := 0
	for _, tr := range trials {
		if tr.name == "pmFromFile" {
			made++
			tr.argument = fmt.Sprintf("file%d", made)
		}
		rule := fmt.Sprintf("SecRuleEngine On\nSecRule REQUEST_HEADERS:x \"@%s %s\" \"id:1,phase:1,pass,log,capture,t:none\"", tr.name, tr.argument)
		waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(fstest.MapFS{tr.argument: {Data: []byte(tr.data)}}).WithDirectives(rule))
		if err != nil {
			t.Fatal(err)
		}
		op, err := New(tr.name, tr.argument, tr.data)
		if err != nil {
			t.Fatal(err)
		}
		values := []string{"1' or '1'='1", "aa", "x/a/b", "/a/b", "/(b", "078051120 234567891 234567892 111111111", "234567891234567891", "16100407-3 8492655-8 16100407-4 16100407-3",
			strings.Repeat("234567891 ", 12), "é/é/é"}
		for range 30 {
			values = append(values, word("aAbB1x", 14))
		}
		for _, v := range values {
			tx := waf.NewTransaction()
			tx.AddRequestHeader("x", v)
			tx.ProcessRequestHeaders()
			want, wantPath := make(map[string]string), make(map[string]string)
			state := tx.(plugintypes.TransactionState).Variables()
			for _, m := range state.TX().FindAll() {
				if len(m.Key()) == 1 && m.Key() >= "0" && m.Key() <= "9" && m.Value() != "" {
					want[m.Key()] = m.Value()
				}
			}
			for _, m := range state.ArgsPath().FindAll() {
				wantPath[m.Key()] = m.Value()
			}
			tx.Close()
			got, gotPath := make(map[string]string), make(map[string]string)
			for i, text := range Captures(op, v) {
				if text != "" {
					got[fmt.Sprint(i)] = text
				}
			}
			for name, text := range PathArguments(op, v) {
				gotPath[name] = text
			}
			ran++
			if !maps.Equal(got, want) || !maps.Equal(gotPath, wantPath) {
				t.Errorf("%s %q (%q) on %q captures %q %q, Coraza %q %q", tr.name, tr.argument, tr.data, v, got, gotPath, want, wantPath)
			}
		}
	}
	if ran < 3000 {
		t.Errorf("compared %d captures", ran)
	}
}

// skipped are operators that have vectors but do not belong here.
var skipped = map[string]string{
	"containsWord":   "Coraza 3.8.1 does not have it",
	"verifyCC":       "Coraza 3.8.1 does not have it",
	"verifycpf":      "Coraza 3.8.1 does not have it",
	"verifyssn":      "Coraza 3.8.1 does not have it",
	"verifysvnr":     "Coraza 3.8.1 does not have it",
	"validateSchema": "needs files; seclang refuses it",
	"rx":             "package regex",
}

// TestVectors runs the vectors that Coraza's module ships, of which its own test
// runs none.
func TestVectors(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/corazawaf/coraza/v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(dir)), "internal", "operators", "testdata")
	files, err := filepath.Glob(filepath.Join(root, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	ran, skips := 0, make(map[string]int)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []struct {
			Name, Input, Param string
			Ret                int
		}
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		for i, v := range vectors {
			if skipped[v.Name] != "" {
				skips[v.Name]++
				continue
			}
			where := fmt.Sprintf("%s[%d]", filepath.Base(file), i)
			text := ""
			if v.Name == "pmFromFile" {
				content, err := os.ReadFile(filepath.Join(root, "op", v.Param))
				if err != nil {
					t.Fatal(err)
				}
				text = string(content)
			}
			param, input := bytesOf(v.Param), bytesOf(v.Input)
			if param == "" && TakesMacros(v.Name) {
				skips["empty argument, which Coraza and we refuse"]++
				continue
			}
			op, err := New(v.Name, param, text)
			if err != nil {
				t.Errorf("%s: New(%q, %q): %v", where, v.Name, v.Param, err)
				continue
			}
			ran++
			if got := op.Match(input, param); got != (v.Ret == 1) {
				t.Errorf("%s: %s %q on %q: %v, want %v", where, v.Name, param, input, got, v.Ret == 1)
			}
		}
	}
	t.Logf("ran %d vectors, skipped %v", ran, skips)
	if total := ran + sum(skips); ran < 3800 || total != 3934 {
		t.Errorf("ran %d vectors of %d, want 3800 of 3934 at least", ran, total)
	}
}

func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// bytesOf returns the bytes that a string of a vector stands for.
func bytesOf(s string) string {
	s = strings.ReplaceAll(s, `\u0000`, "\x00")
	for {
		i := strings.Index(s, `\x`)
		if i < 0 || i+4 > len(s) {
			return s
		}
		var b byte
		if _, err := fmt.Sscanf(s[i+2:i+4], "%02x", &b); err != nil {
			return s
		}
		s = s[:i] + string([]byte{b}) + s[i+4:]
	}
}
