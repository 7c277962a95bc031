package accuracy

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/redact/detect"
)

// least is the confidence that the plugin's configuration asks for unless it says
// otherwise.
const least = 60

// find is what a tool takes for data. Score is 0 to 1.
type find struct {
	label
	score float64
}

// row is a kind of data, what each side calls it, and what we want to reach.
type row struct {
	name string
	// labels are its names in the sets.
	labels []string
	// kinds are our detectors, presidio is Presidio's entity, empty if it has none.
	kinds    []detect.Kind
	presidio string
	// national says that it is a number of a state for its people. One can be valid in two
	// countries: what is labelled as such a number of another kind counts neither way.
	national bool
	// precision and recall are goals, lead one for how much more of the values ours
	// find than Presidio does.
	precision, recall, lead float64
}

var rows = []row{
	{name: "card", labels: []string{"card", "CREDIT_CARD"}, kinds: []detect.Kind{"card"}, presidio: "CREDIT_CARD", precision: 0.99, recall: 0.99, lead: 0.2},
	{name: "IBAN", labels: []string{"iban", "IBAN_CODE"}, kinds: []detect.Kind{"iban"}, presidio: "IBAN_CODE", precision: 0.99, recall: 0.99},
	{name: "e-mail", labels: []string{"email", "EMAIL_ADDRESS"}, kinds: []detect.Kind{"email"}, presidio: "EMAIL_ADDRESS", precision: 0.99, recall: 0.99},
	{name: "SSN", labels: []string{"us_ssn", "US_SSN"}, kinds: []detect.Kind{"us_ssn"}, presidio: "US_SSN", precision: 0.99, recall: 0.99},
	{name: "IP", labels: []string{"ip", "IP_ADDRESS"}, kinds: []detect.Kind{"ipv4", "ipv6"}, presidio: "IP_ADDRESS", precision: 0.99, recall: 0.99},
	{name: "phone", labels: []string{"phone", "PHONE_NUMBER"}, kinds: []detect.Kind{"phone"}, presidio: "PHONE_NUMBER", precision: 0.95, recall: 0.9},
	{name: "MAC", labels: []string{"mac"}, kinds: []detect.Kind{"mac"}, precision: 0.99, recall: 0.99},
	{name: "JWT", labels: []string{"jwt"}, kinds: []detect.Kind{"jwt"}, precision: 0.99, recall: 0.99},
	{name: "API key", labels: []string{"api_key"}, kinds: []detect.Kind{"api_key"}, precision: 0.99, recall: 0.99},
	nationalID("us_itin", "US_ITIN"), nationalID("uk_nhs", "UK_NHS"), nationalID("uk_nino", "UK_NINO"), nationalID("es_dni", "ES_NIF"), nationalID("es_nie", "ES_NIE"),
	nationalID("it_codice_fiscale", "IT_FISCAL_CODE"), nationalID("it_partita_iva", "IT_VAT_CODE"), nationalID("pl_pesel", "PL_PESEL"),
	nationalID("fi_hetu", "FI_PERSONAL_IDENTITY_CODE"), nationalID("in_aadhaar", "IN_AADHAAR"), nationalID("in_pan", "IN_PAN"), nationalID("kr_rrn", "KR_RRN"),
	nationalID("au_tfn", "AU_TFN"),
	{name: "all national ids", labels: append(kindNames(nationalIDs()), "US_SSN"), kinds: nationalIDs(), precision: 0.99, recall: 0.99},
}

// nationalIDs are all detectors of numbers of states for their people.
func nationalIDs() (kinds []detect.Kind) {
	for _, info := range detect.Kinds() {
		if info.Group == "national id" {
			kinds = append(kinds, info.Kind)
		}
	}
	return kinds
}

func kindNames(kinds []detect.Kind) (names []string) {
	for _, kind := range kinds {
		names = append(names, string(kind))
	}
	return names
}

func nationalID(kind detect.Kind, entity string) row {
	return row{name: string(kind), labels: []string{string(kind)}, kinds: []detect.Kind{kind}, presidio: entity, national: true, precision: 0.9, recall: 0.9}
}

// figures are how often finds are right.
type figures struct{ right, found, all int }

func (f figures) precision() float64 { return ratio(f.right, f.found) }
func (f figures) recall() float64    { return ratio(f.right, f.all) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// f1 is the harmonic mean of precision and recall.
func (f figures) f1() float64 { return 2 * float64(f.right) / float64(f.found+f.all) }

// mistake is a value that was not found, or a find that is none.
type mistake struct {
	set, row, what, value, text string
}

// wanted are the labels of a row in a text.
func (r row) wanted(x text) []label {
	var all []label
	for _, l := range x.Spans {
		if slices.Contains(r.labels, l.kind) {
			all = append(all, l)
		}
	}
	return all
}

// count compares finds with labels. A find is right if it has the bytes of a label,
// without what is neither a letter nor a digit at the ends of either.
func (r row) count(s set, finds func(n int) []label, mistakes *[]mistake) (f figures) {
	for n, x := range s.texts {
		labels := r.wanted(x)
		f.all += len(labels)
		missed := slices.Clone(labels)
		for _, got := range finds(n) {
			if r.national && r.otherID(x, got) {
				continue
			}
			f.found++
			if i := slices.IndexFunc(missed, func(l label) bool { return trim(x.Text, l) == trim(x.Text, got) }); i >= 0 {
				f.right++
				missed = slices.Delete(missed, i, i+1)
			} else if mistakes != nil {
				*mistakes = append(*mistakes, mistake{s.name, r.name, "extra " + got.kind, x.Text[got.start:got.end], x.Text})
			}
		}
		if mistakes != nil {
			for _, l := range missed {
				*mistakes = append(*mistakes, mistake{s.name, r.name, "miss", x.Text[l.start:l.end], x.Text})
			}
		}
	}
	return f
}

// otherID tells whether the bytes of a find are labelled as a number of a state.
func (r row) otherID(x text, got label) bool {
	return slices.ContainsFunc(x.Spans, func(l label) bool {
		return trim(x.Text, l) == trim(x.Text, got) && !slices.Contains(r.labels, l.kind) && slices.Contains(nationalIDs(), detect.Kind(l.kind))
	})
}

// trim returns the bytes of a label from its first to its last letter or digit.
func trim(text string, l label) [2]int {
	value := text[l.start:l.end]
	none := func(c rune) bool { return c < 0x80 && !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') }
	return [2]int{l.end - len(strings.TrimLeftFunc(value, none)), l.start + len(strings.TrimRightFunc(value, none))}
}

// ours returns the finds of our detectors in each text.
func (r row) ours(t *testing.T, s set) func(n int) []label {
	t.Helper()
	detectors, err := detect.New(r.kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) (finds []label) {
		spans, _ := detectors.Find(nil, []byte(s.texts[n].Text), detect.Context{}, true)
		for _, span := range spans {
			if span.Confidence >= least {
				finds = append(finds, label{span.Start, span.End, string(span.Kind)})
			}
		}
		return finds
	}
}

// theirs returns Presidio's finds of at least a score in each text.
func (r row) theirs(recorded [][]find, score float64) func(n int) []label {
	return func(n int) (finds []label) {
		for _, f := range recorded[n] {
			if f.kind == r.presidio && f.score >= score {
				finds = append(finds, f.label)
			}
		}
		return finds
	}
}

// touched returns how many of the values Presidio finds at least a part of.
func (r row) touched(s set, recorded [][]find) float64 {
	found, all := 0, 0
	for n, x := range s.texts {
		finds := r.theirs(recorded, 0)(n)
		for _, l := range r.wanted(x) {
			all++
			if slices.ContainsFunc(finds, func(f label) bool { return f.start < l.end && l.start < f.end }) {
				found++
			}
		}
	}
	return ratio(found, all)
}

// best returns the figures with the score for which they are best, which nobody
// could know before.
func (r row) best(s set, recorded [][]find) (best figures) {
	for _, score := range []float64{0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1} {
		if f := r.count(s, r.theirs(recorded, score), nil); best.found == 0 || f.f1() > best.f1() {
			best = f
		}
	}
	return best
}

// TestCompare measures all sets, and keeps the goals, the table in README.md and the
// list of what is known to be wrong.
func TestCompare(t *testing.T) {
	var table strings.Builder
	var mistakes []mistake
	for _, s := range sets(t) {
		fmt.Fprintf(&table, "\n**%s**, %d texts\n\n", s.name, len(s.texts))
		table.WriteString("| data | values | ours: precision | recall | Presidio: precision | recall | at its best score: precision | recall |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
		finds := recorded(t, s)
		for _, r := range rows {
			// The mistakes of single countries are among those of all of them.
			list := &mistakes
			if r.national {
				list = nil
			}
			ours := r.count(s, r.ours(t, s), list)
			if ours.all == 0 {
				continue
			}
			fmt.Fprintf(&table, "| %s | %d | %.3f | %.3f |", r.name, ours.all, ours.precision(), ours.recall())
			if ours.precision() < r.precision || ours.recall() < r.recall {
				t.Errorf("%s: %s: precision %.4f and recall %.4f of %d, want %.2f and %.2f", s.name, r.name, ours.precision(), ours.recall(), ours.all, r.precision, r.recall)
			}
			if r.presidio == "" {
				table.WriteString(" | | | |\n")
				continue
			}
			theirs, best := r.count(s, r.theirs(finds, 0), nil), r.best(s, finds)
			fmt.Fprintf(&table, " %.3f | %.3f | %.3f | %.3f |\n", theirs.precision(), theirs.recall(), best.precision(), best.recall())
			if r.lead > 0 {
				touched := r.touched(s, finds)
				t.Logf("%s: %s: %.3f of the values have a find of Presidio's in them", s.name, r.name, touched)
				if lead := ours.recall() - touched; lead < r.lead {
					t.Errorf("%s: %s: recall %.3f ahead of what Presidio finds a part of, want %.1f", s.name, r.name, lead, r.lead)
				}
			}
			if lead := ours.recall() - theirs.recall(); lead < r.lead {
				t.Errorf("%s: %s: recall %.3f ahead of Presidio's, want %.1f", s.name, r.name, lead, r.lead)
			}
		}
	}
	t.Log(table.String())
	checkTable(t, table.String())
	checkMistakes(t, mistakes)
}

var update = flag.Bool("update", false, "write the table in README.md anew")

// checkTable compares the table with the one in README.md.
func checkTable(t *testing.T, table string) {
	t.Helper()
	const begin, end = "<!-- table: go test -update writes it -->\n", "\n<!-- end of the table -->"
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(b), begin)
	old, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatal("README.md: no marks around the table")
	}
	switch {
	case old == table:
	case *update:
		if err := os.WriteFile("README.md", []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("README.md: the table is not what was measured: go test -update writes it")
	}
}

// checkMistakes compares mistakes with those that are known.
func checkMistakes(t *testing.T, mistakes []mistake) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "mistakes.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]int{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 5 || len(fields[4]) < 20 {
			t.Fatalf("mistakes.tsv: %q, want a set, data, what is wrong, the value and a reason", line)
		}
		known[strings.Join(fields[:4], "\t")]++
	}
	for _, m := range mistakes {
		key := strings.Join([]string{m.set, m.row, m.what, m.value}, "\t")
		if known[key]--; known[key] < 0 {
			t.Errorf("not in mistakes.tsv:\n%s\tREASON\nin %q", key, m.text)
		}
	}
	for key, n := range known {
		if n > 0 {
			t.Errorf("in mistakes.tsv and no mistake any more: %s", key)
		}
	}
}

// TestOtherSeeds has the same goals for texts that nobody has looked at.
func TestOtherSeeds(t *testing.T) {
	for seed := range uint64(3) {
		s := parse(t, "generated", lines(t, generate(seed)))
		for _, r := range rows {
			f := r.count(s, r.ours(t, s), nil)
			if f.all > 0 && (f.precision() < r.precision || f.recall() < r.recall) {
				t.Errorf("seed %d: %s: precision %.4f and recall %.4f of %d, want %.2f and %.2f", seed, r.name, f.precision(), f.recall(), f.all, r.precision, r.recall)
			}
		}
	}
}

// TestNegativesAreNoNationalIDs counts how often each detector of such numbers takes
// what is something else for one, with whatever confidence.
func TestNegativesAreNoNationalIDs(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(8, 6))}
	texts := make([]string, 5000)
	for i := range texts {
		texts[i] = m.negative()
	}
	for _, kind := range nationalIDs() {
		detectors, err := detect.New([]detect.Kind{kind}, nil)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, text := range texts {
			if spans, _ := detectors.Find(nil, []byte(text), detect.Context{}, true); len(spans) > 0 {
				if wrong++; wrong == 1 {
					t.Logf("%s: %v in %q", kind, spans, text)
				}
			}
		}
		if wrong > len(texts)/500 {
			t.Errorf("%s: found %d in %d texts that are something else", kind, wrong, len(texts))
		}
	}
}

// TestEveryNetworkIsFound has a card of each network, range and length.
func TestEveryNetworkIsFound(t *testing.T) {
	detectors, err := detect.New([]detect.Kind{"card"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		for _, prefix := range n.prefixes {
			for _, length := range n.lengths {
				number := prefix + strings.Repeat("0", length-1-len(prefix))
				for c := range digits {
					if luhnOf(number + digits[c:c+1]) {
						number += digits[c : c+1]
						break
					}
				}
				if spans, _ := detectors.Find(nil, []byte(number), detect.Context{}, true); len(spans) != 1 || spans[0].End != length {
					t.Errorf("%s: found %v in %s", n.name, spans, number)
				}
			}
		}
	}
}
