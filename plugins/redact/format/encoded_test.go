package format

import "testing"

// TestDocumentsInValues wants JSON in values of other formats visited.
func TestDocumentsInValues(t *testing.T) {
	v := &ruled{rules: []rule{{"a.card", Replace, "<*>"}, {"**.cvv", Drop, ""}}, word: "WORD", with: "*"}
	tests := []struct {
		name, doc, want string
		start           func() Rewriter
	}{
		{"form", "a=%7B%22card%22:+%224111%22,%22cvv%22:1}&b={WORD}&c=[\"WORD\"]", "a=%7B%22card%22:+%22%3C*%3E%22}&b={*}&c=[\"*\"]", func() Rewriter { return NewForm(v, v.paths(t), Limits{}) }},
		{"CSV", "a,b\n\"{\"\"card\"\": 4111,\"\"cvv\"\":1}\",[1 WORD]\n", "a,b\n\"{\"\"card\"\": \"\"<*>\"\"}\",[1 *]\n", func() Rewriter { return NewCSV(Choice{}, v, v.paths(t), Limits{}) }},
		{"XML", "<a>{&quot;card&quot;:4111,\"cvv\":1}</a>", "<a>{&quot;card&quot;:\"&lt;*&gt;\"}</a>", func() Rewriter { return NewXML(false, v, v.paths(t), Limits{}) }},
		{"multipart", crlf("--b\nContent-Disposition: form-data; name=a\n\n{\"card\":1}\n--b--"), crlf("--b\nContent-Disposition: form-data; name=a\n\n{\"card\":\"<*>\"}\n--b--"),
			func() Rewriter { return multipartOf(t, "b", v, Options{Paths: v.paths(t)}) }},
		{"a dropped document", "x=1&q={\"cvv\":[{\"cvv\":1}]}", "x=1&q={}", func() Rewriter { return NewForm(v, v.paths(t), Limits{}) }},
	}
	for _, tt := range tests {
		got, err := allWays(t, tt.doc, tt.start)
		if got != tt.want || err != nil {
			t.Errorf("%s: %q became\n %q, %v, want\n %q", tt.name, tt.doc, got, err, tt.want)
		}
	}
	whole := &ruled{rules: []rule{{"a", Drop, ""}}}
	if got, err := rewritten(NewForm(whole, whole.paths(t), Limits{}), []byte("a={\"x\":1}&b=2")); got != "b=2" || err != nil {
		t.Errorf("a field that holds a document is dropped: %q, %v", got, err)
	}
}
