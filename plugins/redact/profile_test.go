package redact

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/profile"
)

var updateProfiles = flag.Bool("update-profiles", false, "write what profiles make of profile/testdata there")

// sample is a document of profile/testdata: what it is of, with what must not leave
// between « and », and what a profile makes of it.
type sample struct {
	name, profile, contentType string
	body, want                 string
	canaries                   []string
	archive                    *txtar.Archive
}

// canary is something that must not leave.
var canary = regexp.MustCompile(`«([^«»]*)»`)

// samples reads the documents.
func samples(t *testing.T) []sample {
	t.Helper()
	const least = 22
	files, err := filepath.Glob("profile/testdata/*.txtar")
	if err != nil || len(files) < least {
		t.Fatalf("%d documents, %v, want at least %d", len(files), err, least)
	}
	var list []sample
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files) != 3 || archive.Files[0].Name != "type" || archive.Files[1].Name != "body" || archive.Files[2].Name != "want" {
			t.Fatalf("%s: want the files type, body and want", file)
		}
		s := sample{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), archive: archive}
		s.profile, _, _ = strings.Cut(s.name, "-")
		s.contentType = strings.TrimSpace(string(archive.Files[0].Data))
		marked := strings.TrimSuffix(string(archive.Files[1].Data), "\n")
		for _, found := range canary.FindAllStringSubmatch(marked, -1) {
			s.canaries = append(s.canaries, found[1])
		}
		s.body = canary.ReplaceAllString(marked, "$1")
		s.want = strings.TrimSuffix(string(archive.Files[2].Data), "\n")
		list = append(list, s)
	}
	return list
}

// profiled is an inspector with a profile and nothing else.
func profiled(t *testing.T, name string) *Inspector {
	t.Helper()
	return inspector(t, `{"profile":"`+name+`"}`)
}

func (s *sample) exchange() exchange {
	return exchange{fields: []string{"content-type: " + s.contentType}, body: s.body}
}

// TestProfileDocuments holds what profiles make of documents to what is written beside
// them: nothing that is marked leaves, and all else is as it was.
func TestProfileDocuments(t *testing.T) {
	for _, s := range samples(t) {
		names := []string{s.profile}
		if s.profile == "harmless" {
			names = profile.Names()
		}
		for _, name := range names {
			t.Run(s.name+" "+name, func(t *testing.T) {
				i := profiled(t, name)
				x := s.exchange()
				o := run(i, x)
				if o.refusal != nil || o.response.Outcome != policy.Allow {
					t.Fatalf("refused: %s %v", o.response.Reason, o.refusal)
				}
				if *updateProfiles {
					s.archive.Files[2].Data = []byte(o.body + "\n")
					if err := os.WriteFile("profile/testdata/"+s.name+".txtar", txtar.Format(s.archive), 0o600); err != nil {
						t.Fatal(err)
					}
				} else if o.body != s.want {
					t.Errorf("%s\nwant %s", o.body, s.want)
				}
				for _, c := range s.canaries {
					// Shorter ones stand elsewhere too: it is what is written that tells.
					if len(c) > 3 && strings.Contains(o.body, c) {
						t.Errorf("%q leaves", c)
					}
				}
				if s.profile == "harmless" && o.body != s.body {
					t.Errorf("changed: %s", o.body)
				}
				for x.cut = 1; x.cut < len(x.body); x.cut += 7 {
					if again := run(i, x); again.body != o.body {
						t.Fatalf("cut at %d: %s", x.cut, again.body)
					}
				}
			})
		}
	}
}

// TestProfileEntriesAreUsed asserts that each entry of each profile changes something
// in one of its documents.
func TestProfileEntriesAreUsed(t *testing.T) {
	documents := samples(t)
	for _, name := range profile.Names() {
		i := profiled(t, name)
		// The clauses in sightings become the numbers of the targets.
		targets := i.responses.rules[0].targets
		clauses := make([]string, len(targets))
		for n := range targets {
			if len(targets[n].clauses) != 1 {
				t.Errorf("%s: target %d has the clauses %v, want one", name, n, targets[n].clauses)
			}
			clauses[n] = strings.Join(targets[n].clauses, "")
			targets[n].clauses = []string{strconv.Itoa(n)}
		}
		used := make([]bool, len(targets))
		for _, s := range documents {
			if s.profile != name {
				continue
			}
			seen := run(i, s.exchange()).done.Sightings
			if len(seen) >= maxSightings {
				t.Errorf("%s has too many finds to tell all of them apart, want two documents", s.name)
			}
			for _, sighting := range seen {
				n, err := strconv.Atoi(sighting.Clauses[0])
				if err != nil {
					t.Fatal(err)
				}
				used[n] = true
			}
		}
		for n, ok := range used {
			if !ok {
				t.Errorf("%s: no document has something for target %d, %s %s %s", name, n, targets[n].kind, targets[n].word, clauses[n])
			}
		}
	}
}

// TestProfilePaths shows each path of each profile a value at it.
func TestProfilePaths(t *testing.T) {
	ran := 0
	for _, name := range profile.Names() {
		i := profiled(t, name)
		read, err := readProfiles(map[string]*profileRules{}, Profiles{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range read[0].Fields {
			value, gone := "qzx-marker", "qzx-marker"
			switch {
			case f.Action.Date != "":
				value, gone = "2021-03-04", "03-04"
			case f.Action.Age > 0:
				value, gone = "97", "97"
			case f.Action.Range > 0:
				value, gone = "54321", "54321"
			case f.Action.Coordinate > 0:
				value, gone = "52.520008", "0008"
			}
			for _, path := range f.Path {
				names := strings.Split(strings.NewReplacer(`\`, "", "**.", "").Replace(path), ".")
				document := strconv.Quote(value)
				for _, step := range slices.Backward(names) {
					document = fmt.Sprintf(`{%q:%s}`, strings.ReplaceAll(step, "*", "x_"), document)
				}
				// A path that begins at the root has no more above it.
				if strings.HasPrefix(path, "**.") {
					document = `{"data":[` + document + `]}`
				}
				o := run(i, exchange{fields: []string{"content-type: application/json"}, body: document})
				if strings.Contains(o.body, gone) || o.done.Reason != ReasonRedacted {
					t.Errorf("%s: %s: %s becomes %s", name, path, document, o.body)
				}
				ran++
			}
		}
	}
	if ran < 750 {
		t.Errorf("%d paths, want at least 750", ran)
	}
}

// TestProfileDetectors shows each kind of data in a profile its example.
func TestProfileDetectors(t *testing.T) {
	known := map[string]detect.Info{}
	for _, info := range detect.Kinds() {
		known[string(info.Kind)] = info
	}
	for _, name := range profile.Names() {
		i := profiled(t, name)
		read, err := readProfiles(map[string]*profileRules{}, Profiles{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range read[0].Detectors {
			if d.Pattern != "" {
				continue
			}
			info := known[d.Type]
			field := info.ExampleField
			if field == "" {
				field = "text"
			}
			body := fmt.Sprintf(`{%q:%q}`, field, info.Example)
			if o := run(i, exchange{fields: []string{"content-type: application/json"}, body: body}); strings.Contains(o.body, info.Example) {
				t.Errorf("%s: %s leaves as %s", name, d.Type, o.body)
			}
		}
	}
}

// notPersonal are national identifiers that are not in the GDPR's profile.
var notPersonal = map[string]string{
	"us_npi":         "of providers of health care, and public",
	"br_cnpj":        "of companies",
	"it_partita_iva": "of companies and trades, on each invoice",
	"pl_nip":         "of companies and trades, on each invoice",
}

// TestNationalIdentifiers asserts that all of them are in the GDPR's profile (Article
// 87), or named as what is not a person's.
func TestNationalIdentifiers(t *testing.T) {
	read, err := readProfiles(map[string]*profileRules{}, Profiles{"gdpr"})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, info := range detect.Kinds() {
		if info.Group != "national id" {
			continue
		}
		count++
		in := slices.ContainsFunc(read[0].Detectors, func(d Detector) bool { return d.Type == string(info.Kind) })
		if _, out := notPersonal[string(info.Kind)]; in == out {
			t.Errorf("%s: in the profile %t, named as not personal %t", info.Kind, in, out)
		}
	}
	if count < 60 {
		t.Errorf("%d kinds, want at least 60", count)
	}
}

// TestProfilePatterns holds the patterns of profiles to what they find and what they
// leave.
func TestProfilePatterns(t *testing.T) {
	tests := []struct {
		profile, name string
		find, leave   []string
	}{
		{"pci", "pci_track1", []string{"%B4111111111111111^DOE/JANE^29122010000000000000?", "B4111111111111111^DOE/JANE A.^2912201"},
			[]string{"B^C", "2^31", "x^y^1234"}},
		{"pci", "pci_track2", []string{";4111111111111111=29122010000012345678?", "4111111111111111=2912201", "4111111111111111D29122010000012345678F"},
			[]string{"ref 123456789012=42", "100200300400", "1234=5678901", "9c56cc51b374c3ba189210d5b6d4bf57"}},
		{"pci", "pci_verification_code", []string{"CVV: 123", "cvc2=1234", "card security code 321"}, []string{"CVV: pass", "cvc_check 1", "code 123"}},
		{"hipaa", "hipaa_age", []string{"94-year-old", "101 years old", "aged 97", "Age: 92", "95 y/o"}, []string{"34-year-old", "aged 41", "100 years of warranty", "page 97", "90 day supply"}},
		{"hipaa", "hipaa_date", []string{"admitted on 03/02/2026", "Discharge date: 2026-03-09", "DOS 3/2/26", "died 2026-01-02"}, []string{"updated 2026-03-09", "version 3/2/26", "admitted in 2026"}},
		{"hipaa", "hipaa_mrn", []string{"MRN: 00123456", "medical record number A-123456"}, []string{"mrn pending", "record 12"}},
		{"hipaa", "hipaa_vin", []string{"VIN 1HGCM82633A004352", "vin: 1HGCM82633A004352"}, []string{"VIN 123", "sha 1HGCM82633A004352"}},
		{"hipaa", "hipaa_udi", []string{"(01)00844588003288", "(01)00844588003288(17)141120(10)7654321D(21)10987654d321"}, []string{"(01) 555", "f(01)"}},
		{"hipaa", "hipaa_url", []string{"https://portal.example.com/patients/117", "http://example.org/~jane", "https://www.linkedin.com/in/jane-doe"},
			[]string{"http://loinc.org", "http://hl7.org/fhir/StructureDefinition/Patient", "https://example.com/help", "http://terminology.hl7.org/CodeSystem/v2-0203"}},
	}
	count := 0
	for _, name := range profile.Names() {
		read, err := readProfiles(map[string]*profileRules{}, Profiles{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range read[0].Detectors {
			if d.Pattern == "" {
				continue
			}
			count++
			set, err := detect.New(nil, []detect.Custom{{Kind: "x", Pattern: d.Pattern}})
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range tests {
				if tt.profile != name || tt.name != d.Name {
					continue
				}
				count--
				for _, text := range tt.find {
					spans, _ := set.Find(nil, []byte("so "+text+", so"), detect.Context{}, true)
					if len(spans) != 1 || spans[0].Start != 3 || spans[0].End != 3+len(text) {
						t.Errorf("%s: %q: %v, want it whole", d.Name, text, spans)
					}
				}
				for _, text := range tt.leave {
					if spans, _ := set.Find(nil, []byte("so "+text+", so"), detect.Context{}, true); len(spans) > 0 {
						t.Errorf("%s: %q: %v, want nothing", d.Name, text, spans)
					}
				}
			}
		}
	}
	if count != 0 {
		t.Errorf("%d patterns have no test", count)
	}
}

// TestEighteenIdentifiers asserts for each of the identifiers of 45 CFR
// 164.514(b)(2)(i) that an entry names it, and that nothing of it that is planted in
// documents leaves.
func TestEighteenIdentifiers(t *testing.T) {
	tests := []struct {
		letter   byte
		title    string
		canaries []string
	}{
		{'A', "names", []string{"Chalmers", "Peter", "Everly", "Bénédicte", "Quimby", "Ramona", "Whopper", "Nurse Abbott", "Huggins"}},
		{'B', "places smaller than a state", []string{"Erewhon", "PleasantVille", "Rainbow", "05901", "Klickitat", "Portland", "Multnomah", "97212", "45.5346", "122.6330", "03601"}},
		{'C', "dates but for the year, ages over 89", []string{"1931-12-25", "02-10", "02-02", "05-06", "1930-06-08", "06/08/1930", "03-02", "03/02/2026", "94-year-old", "aged 97"}},
		{'D', "telephone numbers", []string{"5555 6473", "70 18 99 00", "503-555-0142", "503-555-0188", "(503) 555-0142"}},
		{'E', "fax numbers", []string{"415 555 2671", "503 555 0199", "(503) 555-0199"}},
		{'F', "e-mail addresses", []string{"peter@chalmers.example", "ramona@quimby.example"}},
		{'G', "social security numbers", []string{"536-90-4399"}},
		{'H', "medical record numbers", []string{"MRN-0012345", "A7734521", "E-99120", "00123456", "P-11777"}},
		{'I', "health plan beneficiary numbers", []string{"SUB-8877665", "GRP-5512", "XJH123456789", "M-556677", "1EG4-TE5-MK73"}},
		{'J', "account numbers", []string{"0001234567", "BA-77123", "4111 1111 1111 1111", "GB33BUKB20201555555555"}},
		{'K', "certificate and license numbers", []string{"OR-8812345", "533701234"}},
		{'L', "vehicles and their plates", []string{"QMB 117", "VS-332211", "1HGCM82633A004352"}},
		{'M', "devices", []string{"00844588003288", "10987654d321", "AMID-342135-8464", "PM-77-88123", "IMP-55512", "3c:22:fb:9a:41:07"}},
		{'N', "URLs", []string{"chalmers.example", "quimby.example", "portal.example.com/patients/117"}},
		{'O', "IP addresses", []string{"93.184.215.14", "2607:f8b0:4004:800::200e"}},
		{'P', "biometric identifiers", []string{"dm9pY2VwcmludA", "Zmlu", "Z2Vy"}},
		{'Q', "full face photographs", []string{"iVBORw0KGgo", "/9j/4AAQSkZJRg", "aW1hZ2U", "cdn.example.com"}},
		{'R', "anything else unique", []string{"ramona8", "NCT-88-0117", "RX-4455667", "912-78-1234", "130 692 544", "BOXW310820HNERXN09"}},
	}
	read, err := readProfiles(map[string]*profileRules{}, Profiles{"hipaa"})
	if err != nil {
		t.Fatal(err)
	}
	named := map[byte]bool{}
	note := func(clause string) {
		// "(D)" is one identifier, "(D)-(F)" are three.
		letters := regexp.MustCompile(`\(([A-R])\)`).FindAllStringSubmatch(clause, -1)
		for c := letters[0][1][0]; c <= letters[len(letters)-1][1][0]; c++ {
			named[c] = true
		}
	}
	for _, f := range read[0].Fields {
		note(f.Clause)
	}
	for _, d := range read[0].Detectors {
		note(d.Clause)
	}
	var before, after strings.Builder
	i := profiled(t, "hipaa")
	for _, s := range samples(t) {
		if s.profile == "hipaa" {
			before.WriteString(s.body)
			after.WriteString(run(i, s.exchange()).body)
		}
	}
	for _, tt := range tests {
		if !named[tt.letter] {
			t.Errorf("(%c), %s: no entry names it", tt.letter, tt.title)
		}
		for _, c := range tt.canaries {
			if !strings.Contains(before.String(), c) {
				t.Errorf("(%c), %s: %q is in no document", tt.letter, tt.title, c)
			}
			if strings.Contains(after.String(), c) {
				t.Errorf("(%c), %s: %q leaves", tt.letter, tt.title, c)
			}
		}
	}
	if len(tests) != 18 {
		t.Errorf("%d identifiers, want 18", len(tests))
	}
}

// TestProfileReadme asserts that the configurations in the profiles' README are some.
func TestProfileReadme(t *testing.T) {
	data, err := os.ReadFile("profile/README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(data), "```json\n")[1:]
	for _, block := range blocks {
		document, _, _ := strings.Cut(block, "```")
		inspector(t, document)
	}
	if len(blocks) != 2 {
		t.Errorf("%d configurations, want 2", len(blocks))
	}
}
