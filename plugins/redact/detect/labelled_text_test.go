package detect

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// labelledTexts are the texts with which package accuracy measures the detectors: of
// all kinds, and of what looks like them.
func labelledTexts(t testing.TB) (texts []string) {
	t.Helper()
	b, err := os.ReadFile("../accuracy/testdata/faker/texts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var x struct{ Text string }
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, x.Text)
	}
	if len(texts) < 8000 {
		t.Fatalf("%d labelled texts, want 8000", len(texts))
	}
	return texts
}

// TestLabelledTextsHoweverTheyAreCut cuts some of the labelled texts, in front of all
// detectors, at each position.
func TestLabelledTextsHoweverTheyAreCut(t *testing.T) {
	var kinds []Kind
	for _, info := range Kinds() {
		kinds = append(kinds, info.Kind)
	}
	s := newSet(t, kinds...)
	found, step := 0, 32
	if testing.Short() {
		step = 320
	}
	texts := labelledTexts(t)
	for i := 0; i+1 < len(texts); i += step {
		found += len(everyCut(t, s, strings.Join(texts[i:i+2], "\n"), ""))
	}
	if want := len(texts) / step; found < want {
		t.Errorf("found %d, want at least %d", found, want)
	}
	s = newSet(t, textKinds()...)
	for i, e := range gitleaksExamples(t) {
		if i%16 == 0 && len(e.text) < 400 {
			everyCut(t, s, e.text, "")
		}
	}
}

// textKinds are the kinds of all detectors of text.
func textKinds() []Kind {
	var kinds []Kind
	for i := range texts {
		kinds = append(kinds, texts[i].Kind)
	}
	return kinds
}

// TestExamplesAreFound keeps what the descriptions of detectors promise.
func TestExamplesAreFound(t *testing.T) {
	for i := range texts {
		info := texts[i].Info
		spans := everyCut(t, newSet(t, info.Kind), info.Example, info.ExampleField)
		if len(spans) != 1 || spans[0] != (Span{0, len(info.Example), info.Kind, spans[0].Confidence}) {
			t.Errorf("%s: %v in its example %q, want all of it", info.Kind, spans, info.Example)
		}
		if info.Title == "" || info.Group == "" || info.Source == "" {
			t.Errorf("%s: %+v, want title, group and source", info.Kind, info)
		}
	}
}
