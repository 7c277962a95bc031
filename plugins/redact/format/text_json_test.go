package format

import (
	"errors"
	"strings"
	"testing"
)

func TestTextThatIsJSON(t *testing.T) {
	tests := []struct {
		name, doc, want string
		err             error
	}{
		{"a document", ` {"cvv":1,"x":2}`, ` {"x":2}`, nil},
		{"lines", "{\"cvv\":1,\"x\":2}\n{\"x\":[{\"cvv\":3}]}\n", "{\"x\":2}\n{\"x\":[{}]}\n", nil},
		{"a list", `[{"cvv":1}, {"x":2}]`, `[{}, {"x":2}]`, nil},
		{"a text in braces", "{name}, \"cvv\":1", "{name}, \"cvv\":1", nil},
		{"a log", "[2026-11-26] \"cvv\":1", "[2026-11-26] \"cvv\":1", nil},
		{"empty ones", "{}", "{}", nil},
		{"nothing", "", "", nil},
		{"white space", " \n ", " \n ", nil},
		{"a beginning", "[", "[", nil},
		{"what only begins so", `{"cvv" is short`, "{", ErrSyntax},
		{"much white space", strings.Repeat(" ", 2000) + `{"cvv":1}`, strings.Repeat(" ", 2000) + `{"cvv":1}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: []rule{{"**.cvv", Drop, ""}}}
			paths := v.paths(t)
			for _, cuts := range [][]int{nil, everyByte([]byte(tt.doc))} {
				r, err := New(Choose("text/plain", ""), v, Options{Paths: paths})
				if err != nil {
					t.Fatal(err)
				}
				got, err := rewritten(r, []byte(tt.doc), cuts...)
				if !errors.Is(err, tt.err) || err == nil && got != tt.want {
					t.Errorf("%q, %v, want %q", got, err, tt.want)
				}
			}
		})
	}
}

func TestNamesThatArePaths(t *testing.T) {
	tests := []struct {
		contentType, doc, want string
	}{
		{"application/x-www-form-urlencoded", "card[cvv]=123&card%5Bcvv%5D=1&cvv[]=2&a[cvv][x]=3&xcvv=4&[cvv=5", "a[cvv][x]=3&xcvv=4"},
		{"application/json", `{"card.cvv":1,"card[cvv]":2,"cvv.card":3}`, `{"cvv.card":3}`},
		{"application/xml", `<r><card cvv="1" x="2"/></r>`, `<r><card x="2"/></r>`},
		{"text/csv", "id,card.cvv\n1,123\n", "id,card.cvv\n1,\n"},
	}
	for _, tt := range tests {
		v := &ruled{rules: []rule{{"**.cvv", Drop, ""}}}
		r, err := New(Choose(tt.contentType, ""), v, Options{Paths: v.paths(t)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rewritten(r, []byte(tt.doc)); got != tt.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", tt.contentType, got, err, tt.want)
		}
	}
}
