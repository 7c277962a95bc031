package quota

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// documents are JSON and what is nearly that.
var documents = []string{
	`{"usage":{"total_tokens":42,"cost":1.5e3}}`, ` { "usage" : { "total_tokens" : 7 } } `, `{"usage":{"total_tokens":"42"}}`, `{"usage":[{"total_tokens":1},2]}`,
	`{"usage.total_tokens":1}`, `{"a":{"usage":{"total_tokens":1}}}`, `{"usage":{},"x":{"total_tokens":3}}`, `[]`, `[1,{"usage":{"total_tokens":4}},-0.5E-7]`, `5`, ``, ` `,
	`{"usage":{"total_tokens":1}`, `{"usage":{"total_tokens":1}}}`, `{"usage":{"total_tokens":1},}`, `{"usage":{"total_tokens":01}}`, `{"usage":{"total_tokens":1.}}`,
	`{"usage":{"total_tokens":+1}}`, `{"usage":{"total_tokens":1e}}`, `{"usage":{"total_tokens":-}}`, `{"text":"\u00e9\n\"","usage":{"total_tokens":5}}`, `{"text":"\u00g9","usage":{"total_tokens":5}}`,
	"{\"text\":\"\x01\",\"usage\":{\"total_tokens\":5}}", `{"text":"\x"}`, `{"t":true,"f":false,"n":null,"usage":{"total_tokens":6}}`, `{"t":tru}`, `[1 2]`, `[1,]`, `[,1]`, `{1:2}`, `{"a" 1}`, `"`, `"\`, `"\u12`,
	`{"0":{"x":9},"1":8}`, `[{"x":9},8]`, `{"usage":{"total_tokens":1},"usage":{"total_tokens":2}}`,
}

var numberPaths = []string{"usage.total_tokens", "usage.cost", "usage.0.total_tokens", "usage.1", "0.x", "1", "1.usage.total_tokens", "2"}

// agrees holds what is read against gjson, whose syntax the paths have.
func agrees(t *testing.T, document string) {
	t.Helper()
	got, ok := numbersAt([]byte(document), numberPaths)
	if want := gjson.Valid(document); ok != want {
		t.Errorf("%q is a document: %v, want %v", document, ok, want)
		return
	}
	for i, path := range numberPaths {
		want := ""
		if v := gjson.Get(document, path); v.Type == gjson.Number {
			want = v.Raw
		}
		if ok && string(got[i]) != want {
			t.Errorf("%q at %s: %q, want %q", document, path, got[i], want)
		}
	}
}

func TestNumbersAt(t *testing.T) {
	for _, document := range documents {
		agrees(t, document)
	}
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, ok := numbersAt(deep(maxNesting), nil); !ok {
		t.Errorf("%d arrays in each other are no document, want one", maxNesting)
	}
	if _, ok := numbersAt(deep(maxNesting+1), nil); ok {
		t.Errorf("%d arrays in each other are a document, want none: the stack has an end", maxNesting+1)
	}
}

// FuzzNumbersAt holds it against gjson, where both speak of the same: names without
// escapes, each once, and no deeper than is read.
func FuzzNumbersAt(f *testing.F) {
	for _, document := range documents {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) {
		_, ok := numbersAt([]byte(document), numberPaths)
		if valid := gjson.Valid(document); ok != valid && strings.Count(document, "[")+strings.Count(document, "{") <= maxNesting {
			t.Errorf("%q is a document: %v, want %v", document, ok, valid)
		}
		for _, name := range []string{"usage", "total_tokens", "cost", "x", "0", "1", "2"} {
			if strings.Count(document, `"`+name+`"`) > 1 {
				return
			}
		}
		if ok && !strings.Contains(document, `\`) {
			agrees(t, document)
		}
	})
}
