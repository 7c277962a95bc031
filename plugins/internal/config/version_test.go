package config

import (
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	const unread = `config: version: another version of the format than this module reads, want 1 (line 1, column 12)`
	tests := []struct{ name, data, want string }{
		{"none", `{"size":2}`, ""},
		{"the only one", `{"version":1,"size":2}`, ""},
		{"the only one, last", `{"size":2,"version":1}`, ""},
		{"the only one, as Envoy's Struct prints it", `{"version":1e+00,"size":2}`, ""},
		{"the next", `{"version":2,"size":2}`, unread},
		{"the next, with keys that are not known yet", `{"version":2,"sizes":[]}`, unread},
		{"none before the first", `{"version":0,"size":2}`, unread},
		{"between two", `{"version":1.5,"size":2}`, unread},
		{"beyond all numbers", `{"version":1e999,"size":2}`, unread},
		{"a string", `{"version":"1","size":2}`, `config: version: want a number, got string (line 1, column 12)`},
		{"null", `{"version":null,"size":2}`, `config: version: want a number, got null (line 1, column 12)`},
		{"twice", `{"version":1,"version":1,"size":2}`, `config: duplicate key "version" (line 1, column 14)`},
		{"misspelt", `{"versions":1,"size":2}`, `config: unknown field "versions", did you mean "version"? (line 1, column 2)`},
		{"not at the top", `{"size":2,"inner":{"version":1}}`, `config: inner: unknown field "version", want "size" (line 1, column 20)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var into struct {
				Size  int `json:"size"`
				Inner struct {
					Size int `json:"size"`
				} `json:"inner"`
			}
			got := ""
			if err := Decode([]byte(tt.data), &into); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got == "" && into.Size != 2 {
				t.Errorf("size %d, want 2", into.Size)
			}
		})
	}
	if got := versions(1, 3); got != "1 to 3" {
		t.Errorf("versions(1, 3) = %q", got)
	}
}

func TestNoFieldHasTheKeyOfTheVersion(t *testing.T) {
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "key of the format's version") {
			t.Errorf("recovered %q", r)
		}
	}()
	var into struct {
		Version int `json:"version"`
	}
	_ = Decode([]byte(`{"version":1}`), &into)
}
