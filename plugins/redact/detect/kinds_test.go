package detect

import (
	"slices"
	"testing"
)

func TestExamples(t *testing.T) {
	groups := []string{"financial", "national id", "contact", "network", "secret", "person"}
	seen := map[Kind]bool{}
	for _, info := range Kinds() {
		if info.Title == "" || info.Source == "" || !slices.Contains(groups, info.Group) || seen[info.Kind] {
			t.Errorf("%+v: want a title, a source, a known group and a name of its own", info)
		}
		seen[info.Kind] = true
		spans := everyCut(t, newSet(t, info.Kind), info.Example, info.ExampleField)
		if len(spans) == 0 || spans[0].Kind != info.Kind || spans[0].Confidence == 0 || spans[0].Confidence > 100 {
			t.Errorf("%s: found %v in its example %q", info.Kind, spans, info.Example)
		} else if info.Group == "national id" && (spans[0].Start != 0 || spans[0].End != len(info.Example)) {
			t.Errorf("%s: found %v in its example %q, want all of it", info.Kind, spans, info.Example)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	var all []Kind
	for _, info := range Kinds() {
		all = append(all, info.Kind)
	}
	s := newSet(t, all...)
	spans := make([]Span, 0, 64)
	for _, tt := range []struct{ text, field string }{{customerText, ""}, {orderText, ""}, {"536904399", "national_id"}, {"11222333000181", "cnpj"}, {"RSSMRA85T10A562S", "cf"}} {
		text := []byte(tt.text)
		if n := testing.AllocsPerRun(100, func() { spans, _ = s.Find(spans[:0], text, Context{Field: tt.field}, true) }); n > 0 {
			t.Errorf("%g allocations for %q, found %v", n, tt.text, spans)
		}
	}
}
