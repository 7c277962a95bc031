package format

import "testing"

func TestForm(t *testing.T) {
	tests := []struct {
		name  string
		doc   string
		rules []rule
		want  string
	}{
		{"nothing", "", nil, ""},
		{"nothing is found", "a=1&b=%c3%A9+x&&c&=d&e=%zz%", nil, "a=1&b=%c3%A9+x&&c&=d&e=%zz%"},
		{"the first field is dropped", "a=1&b=2&c=3", []rule{{"a", Drop, ""}}, "b=2&c=3"},
		{"a field in the middle is dropped", "a=1&b=2&c=3", []rule{{"b", Drop, ""}}, "a=1&c=3"},
		{"the last field is dropped", "a=1&b=2&c=3", []rule{{"c", Drop, ""}}, "a=1&b=2"},
		{"all fields are dropped", "a=1&b=2", []rule{{"*", Drop, ""}}, ""},
		{"an encoded name is a path", "c%61rd=1&b=2", []rule{{"card", Replace, "x y"}}, "c%61rd=x+y&b=2"},
		{"spaces are encoded as before", "a=x%20y", []rule{{"a", Replace, "p q/é"}}, "a=p%20q%2F%C3%A9"},
		{"digits in the case that was used", "a=%c3%a9", []rule{{"a", Replace, "é&"}}, "a=%c3%a9%26"},
		{"what stands unescaped stays so", "a=x@y:1", []rule{{"a", Replace, "@:/"}}, "a=@:%2F"},
		{"a value becomes empty", "a=1&b=2", []rule{{"a", Nullify, ""}}, "a=&b=2"},
		{"a word in a value", "a=one+WORD+%57%4f%52%44&b=xWORDx", nil, "a=one+**+**&b=x**x"},
		{"a word in a name", "WORD=1&b", nil, "**=1&b"},
		{"a word in a name without a value", "a=1&xWORD", nil, "a=1&x**"},
		{"a skipped value", "a=WORD&b=WORD", []rule{{"a", Skip, ""}}, "a=WORD&b=**"},
		{"an equals sign in a value", "a=b=WORD", nil, "a=b=**"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: tt.rules, word: "WORD", with: "**", names: true}
			got, err := allWays(t, tt.doc, func() Rewriter { return NewForm(v, v.paths(t), Limits{}) })
			if got != tt.want || err != nil {
				t.Errorf("%q became %q, %v, want %q", tt.doc, got, err, tt.want)
			}
		})
	}
}
