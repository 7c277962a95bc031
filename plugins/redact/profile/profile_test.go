package profile_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/redact/profile"
)

var update = flag.Bool("update", false, "write the tables of README.md")

// document is a profile as far as these tests look at it.
type document struct {
	Title, Source string
	Headers       []entry
	Fields        []entry
	Detectors     []entry
}

// entry is an entry of a profile.
type entry struct {
	Name, Type, Pattern string
	Path                []string
	Action              map[string]any
	Clause              string
}

func read(t *testing.T, name string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(profile.Document(name), &d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if d.Title == "" || d.Source == "" || len(d.Fields) == 0 || len(d.Detectors) == 0 {
		t.Fatalf("%s: want a title, a source, fields and detectors", name)
	}
	return d
}

// clauses are the forms of clauses, by profile.
var clauses = map[string]*regexp.Regexp{
	"pci":   regexp.MustCompile(`^PCI DSS v4\.0\.1, [3-4]\.\d\.\d(\.\d)?$`),
	"hipaa": regexp.MustCompile(`^45 CFR 164\.514\(b\)\(2\)\(i\)\([A-R]\)(-\([A-R]\))?$`),
	"gdpr":  regexp.MustCompile(`^GDPR, (Art\. \d+(\(\d+\)(\([a-z]\))?)?|Recital \d+)$`),
}

func TestNames(t *testing.T) {
	for _, name := range profile.Names() {
		if profile.Document(name) == nil || clauses[name] == nil {
			t.Errorf("%s: no document, or no form of its clauses", name)
		}
	}
	if profile.Document("none") != nil || len(profile.Names()) != len(clauses) {
		t.Error("a document without a name, or a name without a document")
	}
}

// TestEntries asserts that each entry names its clause in the form of its standard,
// and that none says again what another has said.
func TestEntries(t *testing.T) {
	fold := strings.NewReplacer("_", "", "-", "")
	for _, name := range profile.Names() {
		d := read(t, name)
		known := map[string]bool{}
		add := func(what string) {
			if known[what] {
				t.Errorf("%s: %s twice", name, what)
			}
			known[what] = true
		}
		for _, e := range slices.Concat(d.Headers, d.Fields, d.Detectors) {
			what := e.Type + e.Name + strings.Join(e.Path[:min(1, len(e.Path))], "")
			if !clauses[name].MatchString(e.Clause) {
				t.Errorf("%s: %s has the clause %q", name, what, e.Clause)
			}
			if len(e.Action) != 1 {
				t.Errorf("%s: %s has the actions %v, want one", name, what, e.Action)
			}
			for _, key := range []string{"hash", "pseudonym", "token", "encrypt", "ff1", "date_shift"} {
				if _, ok := e.Action[key]; ok {
					t.Errorf("%s: %s has an action that needs a secret, which a profile has not", name, what)
				}
			}
		}
		for _, e := range d.Fields {
			for _, path := range e.Path {
				add("path " + fold.Replace(strings.ToLower(path)))
			}
		}
		for _, e := range d.Detectors {
			if e.Pattern != "" && !strings.HasPrefix(e.Name, name+"_") {
				t.Errorf("%s: the pattern %s, want a name that begins with the profile's", name, e.Name)
			}
			add("detector " + e.Type + e.Name)
		}
	}
}

// TestReadme holds the tables of README.md to the profiles.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, name := range profile.Names() {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(text, begin)
		have, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("README.md: no %q with a %q behind it", begin, end)
		}
		want := table(read(t, name))
		if have != want && !*update {
			t.Errorf("README.md does not have the table of %s as it is; go test -update writes it", name)
		}
		text = before + begin + want + end + after
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// table is the table of a profile: a row for each clause and action.
func table(d document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s. Source: %s.\n\n| clause | becomes | data | fields |\n|---|---|---|---|\n", d.Title, d.Source)
	type row struct{ clause, action string }
	var rows []row
	fields, kinds := map[row][]string{}, map[row][]string{}
	add := func(e *entry) row {
		action, _ := json.Marshal(e.Action)
		r := row{e.Clause, "`" + strings.Trim(string(action), "{}") + "`"}
		if !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
		return r
	}
	for i := range d.Fields {
		r := add(&d.Fields[i])
		for _, path := range d.Fields[i].Path {
			fields[r] = append(fields[r], "`"+strings.TrimPrefix(path, "**.")+"`")
		}
	}
	for i := range d.Detectors {
		e := &d.Detectors[i]
		r := add(e)
		kinds[r] = append(kinds[r], "`"+e.Type+e.Name+"`")
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.clause, b.clause) })
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.clause, r.action, strings.Join(kinds[r], ", "), strings.Join(fields[r], ", "))
	}
	return b.String() + "\n"
}
