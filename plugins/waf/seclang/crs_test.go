package seclang_test

import (
	"io/fs"
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

func TestCoreRuleSet(t *testing.T) {
	sources := crs(t)
	count := map[string]int{}
	count["files"] = len(sources)
	for _, source := range sources {
		list, err := seclang.Parse(source.Name, source.Text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			count[d.Name]++
			if d.Ignored {
				count["ignored"]++
			}
			if d.Rule != nil {
				count["actions"] += len(d.Rule.Actions)
				count["targets"] += len(d.Rule.Targets)
				if d.Rule.Chained {
					count["chained"]++
				}
			}
		}
	}
	t.Log(count)
}
