package seclang_test

import (
	"io/fs"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"

	"gatehouse/plugins/waf/seclang"
)

// fromModule includes files of the Core Rule Set's module.
func fromModule(pattern string) ([]seclang.Source, error) {
	names := []string{pattern}
	if strings.Contains(pattern, "*") {
		var err error
		if names, err = fs.Glob(coreruleset.FS, pattern); err != nil {
			return nil, err
		}
	}
	var sources []seclang.Source
	for _, name := range names {
		text, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, seclang.Source{Name: name, Text: string(text)})
	}
	return sources, nil
}

// TestCorazaAgrees gives snippets to the reader and to Coraza 3.8.1: both accept
// or both refuse, but where a snippet says why they differ.
func TestCorazaAgrees(t *testing.T) {
	agree, differ := 0, 0
	names := map[string]bool{}
	for _, tt := range snippets {
		if names[tt.name] {
			t.Errorf("%s: a name for two snippets", tt.name)
		}
		names[tt.name] = true
		_, err := seclang.Parse("snippet", tt.text, fromModule)
		if (err != nil) != tt.refused {
			t.Errorf("%s: refused %v, want %v: %v\n%s", tt.name, err != nil, tt.refused, err, tt.text)
			continue
		}
		_, corazaErr := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(tt.text))
		same := (err != nil) == (corazaErr != nil)
		switch {
		case same != (tt.differs == ""):
			t.Errorf("%s: agreement %v, want %v (%q)\nwe:     %v\nCoraza: %v\n%s", tt.name, same, tt.differs == "", tt.differs, err, corazaErr, tt.text)
		case same:
			agree++
		default:
			differ++
		}
	}
	if agree != 271 || differ != 82 {
		t.Errorf("%d agree and %d differ, want 271 and 82", agree, differ)
	}
}
