package seclang_test

import (
	"io/fs"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"gatehouse/plugins/waf/seclang"
)

// crs returns the configuration, the set-up and all rules of OWASP CRS 4.25.0.
func crs(t testing.TB) []seclang.Source {
	t.Helper()
	names, err := fs.Glob(coreruleset.FS, "@owasp_crs/*.conf")
	if err != nil {
		t.Fatal(err)
	}
	var sources []seclang.Source
	for _, name := range append([]string{"@coraza.conf-recommended", "@crs-setup.conf.example"}, names...) {
		text, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, seclang.Source{Name: name, Text: string(text)})
	}
	return sources
}

// crsSize is the length of all texts that crs returns.
func crsSize(sources []seclang.Source) (bytes int64) {
	for _, source := range sources {
		bytes += int64(len(source.Text))
	}
	return bytes
}

func TestCoreRuleSet(t *testing.T) {
	sources := crs(t)
	rules, set := map[string]int{}, map[string]int{}
	for _, source := range sources {
		list, err := seclang.Parse(source.Name, source.Text, nil)
		if err != nil {
			t.Fatal(err)
		}
		sameAgain(t, list)
		count := set
		if strings.HasPrefix(source.Name, "@owasp_crs/") {
			count = rules
			count["files"]++
		}
		for _, d := range list {
			count[d.Name]++
			if d.Ignored {
				count["ignored"]++
			}
			if d.Rule == nil {
				continue
			}
			count["targets"] += len(d.Rule.Targets)
			count["actions"] += len(d.Rule.Actions)
			if d.Rule.Chained {
				count["chained"]++
			}
		}
	}
	for _, tt := range []struct {
		what  string
		count map[string]int
		want  map[string]int
	}{
		{"the rules", rules, map[string]int{
			"files": 27, "SecRule": 690, "SecAction": 7, "SecMarker": 30, "SecRuleUpdateTargetById": 55, "SecComponentSignature": 1,
			"chained": 72, "ignored": 1,
		}},
		{"the configuration", set, map[string]int{
			"SecRule": 5, "SecAction": 1, "SecDefaultAction": 2, "SecAuditEngine": 1, "ignored": 7,
		}},
	} {
		for name, want := range tt.want {
			if got := tt.count[name]; got != want {
				t.Errorf("%s: %d of %s, want %d", tt.what, got, name, want)
			}
		}
		if tt.count["actions"] == 0 || tt.count["targets"] == 0 {
			t.Errorf("%s: no actions or targets", tt.what)
		}
	}
}

func TestCoreRuleSetIncluded(t *testing.T) {
	asked := ""
	list, err := seclang.Parse("main", "Include @owasp_crs/*.conf\n", func(pattern string) ([]seclang.Source, error) {
		asked = pattern
		return crs(t), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked != "@owasp_crs/*.conf" {
		t.Errorf("asked for %q", asked)
	}
	rules := 0
	for _, d := range list {
		if d.Name == "SecRule" {
			rules++
		}
	}
	if rules != 695 {
		t.Errorf("%d rules, want 695", rules)
	}
}

func BenchmarkCoreRuleSet(b *testing.B) {
	sources := crs(b)
	b.SetBytes(crsSize(sources))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, source := range sources {
			list, err := seclang.Parse(source.Name, source.Text, nil)
			if err != nil {
				b.Fatal(err)
			}
			n += len(list)
		}
		if n != 807 {
			b.Fatalf("%d directives, want 807", n)
		}
	}
}
