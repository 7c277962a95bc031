//go:build !wasip1

package body

import (
	"slices"
	"strings"
	"testing"
)

// TestJSONNames shows how values are named.
func TestJSONNames(t *testing.T) {
	tests := []struct {
		name, body string
		want       []Pair
		err        string
	}{
		{"members", `{"a":"x","b":{"c":1.50}}`, []Pair{{"json.a", "x"}, {"json.b.c", "1.50"}}, ""},
		{"elements and how many", `{"items":["x",true,null]}`, []Pair{{"json.items.0", "x"}, {"json.items.1", "true"}, {"json.items.2", ""}, {"json.items", "3"}}, ""},
		{"nothing in empty values", `{"a":{},"b":[],"c":[[]]}`, []Pair{{"json.c", "1"}}, ""},
		{"a key twice", `{"a":1,"a":2}`, []Pair{{"json.a", "1"}, {"json.a", "2"}}, ""},
		{"a dot in a key", `{"a.b":1,"a":{"b":2}}`, []Pair{{"json.a.b", "1"}, {"json.a.b", "2"}}, ""},
		{"an empty key", `{"":1}`, []Pair{{"json.", "1"}}, ""},
		{"a value alone", ` "x" `, []Pair{{"json.0", "x"}, {"json", "1"}}, ""},
		{"escapes", `["\u003cscript\u003e\ud83d\ude00"]`, []Pair{{"json.0", "<script>😀"}, {"json", "1"}}, ""},
		{"a surrogate before another escape", `["\ud800\u003cscript>"]`, []Pair{{"json.0", "\uFFFD<script>"}, {"json", "1"}}, ""},
		{"behind an error", `{"a":1,,"b":"<script>"`, []Pair{{"json.a", "1"}, {"json.b", "<script>"}}, ErrJSON},
		{"an escape that is none", `{"a":"1\x3c"}`, []Pair{{"json.a", "1"}}, ErrJSON},
		{"no quotes", `{a: 'x y', b: 2}`, nil, ErrJSON},
		{"no colon", `{"a" "b"; "c" 1}`, []Pair{{"json.a", "b"}, {"json.c", "1"}}, ErrJSON},
		{"no comma", `["a""b" "c"]`, []Pair{{"json.0", "a"}, {"json.1", " "}, {"json", "2"}}, ErrJSON},
		{"two documents", `{"a":1}{"b":2}`, []Pair{{"json.a", "1"}, {"json.b", "2"}}, ErrJSON},
		{"no end", `{"a":[{"b":[1`, []Pair{{"json.a.0.b.0", "1"}, {"json.a.0.b", "1"}, {"json.a", "1"}}, ErrJSON},
		{"no end of a string", `["a","b`, []Pair{{"json.0", "a"}, {"json", "1"}}, ErrJSON},
		{"only a string without an end", `"<script>`, []Pair{{"json.0", "<script>"}, {"json", "1"}}, ErrJSON},
		{"brackets of two kinds", `{"a":[1},"b":2}`, []Pair{{"json.a.0", "1"}, {"json.a", "1"}, {"json.b", "2"}}, ErrJSON},
		{"a round bracket", `{"a":[(1],"b":2}`, []Pair{{"json.a.0", "1"}, {"json.a.1", "b"}, {"json.a.2", "2"}, {"json.a", "3"}}, ErrJSON},
		{"words", `[trueish,NaN,nullity,-Infinity{,None]`, []Pair{{"json.0", "trueish"}, {"json.1", "NaN"}, {"json.2", ""}, {"json.3", "-Infinity{"}, {"json.4", "None"}, {"json", "5"}}, ErrJSON},
		{"a quote in a number", `[[1","],"a"]`, []Pair{{"json.0.0", `1"`}, {"json.0", "1"}, {"json.1", "a"}, {"json", "2"}}, ErrJSON},
		{"a byte order mark", "\ufeff[1]", nil, ErrJSON},
		{"too deep", `{"a":1,"b":[[[[2]]]]}`, []Pair{{"json.a", "1"}}, ErrJSONDepth},
	}
	o := newOracle(t, "JSON", "application/json", Limits{Depth: 4})
	for _, tt := range tests {
		var r Result
		JSON(tt.body, Limits{Depth: 4}, &r)
		if !slices.Equal(r.Args, tt.want) || r.Err != tt.err {
			t.Errorf("%s: JSON(%s) = %q, %q, want %q, %q", tt.name, tt.body, r.Args, r.Err, tt.want, tt.err)
		}
		if d := differ(r.view(), o.read(t, tt.body)); d != "" && tt.name != "a surrogate before another escape" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

// TestJSONBounds compares with the oracle where arguments reach their limits in
// number and in bytes.
func TestJSONBounds(t *testing.T) {
	lim := Limits{Arguments: 20}
	o := newOracle(t, "JSON", "application/json", lim)
	long := strings.Repeat("k", 400)
	tests := []struct {
		name, body string
		err        string
		truncated  bool
	}{
		{"as many values as the limit", "[" + strings.Repeat("1,", 19) + "1]", "", false},
		{"one value more", "[" + strings.Repeat("1,", 20) + "1]", "", true},
		{"an empty object more", "[" + strings.Repeat("1,", 20) + "{}]", "", true},
		{"as many lengths as the limit", `{"a":[` + strings.Repeat("[{}],", 18) + "[{}]]}", "", false},
		{"one length more", `{"a":[` + strings.Repeat("[{}],", 19) + `[{}]],"b":[1]}`, "", true},
		{"an error behind the limit", "[" + strings.Repeat("1,", 22) + "]", ErrJSON, true},
		{"as many values as the limit, broken", "[" + strings.Repeat("1,", 20) + ",", ErrJSON, false},
		{"one value more, broken", "[" + strings.Repeat("1,", 20) + ",{", ErrJSON, true},
		{"one length more, broken", `{"a":[` + strings.Repeat("[{}],", 19) + `[{}]],"b":[1`, ErrJSON, true},
		{"too deep, broken", ",[+" + strings.Repeat("[", 1025), ErrJSON, false},
		{"too deep behind an error", "[+" + strings.Repeat(",[", 1025), ErrJSONDepth, false},
		{"a long path for many values, broken", `{"` + long + `":[` + strings.Repeat("1,", 12), ErrJSONSize, false},
		{"a long path for its length, broken", `{"` + strings.Repeat("k", 2040) + `":[[{}],[{}],[{}],[{}],[{}],[{}],[{}],[{}],[{}]`, ErrJSONSize, false},
		{"too deep behind the limit", "[" + strings.Repeat("1,", 22) + strings.Repeat("[", 1025) + strings.Repeat("]", 1025) + "]", ErrJSONDepth, true},
		{"a long path for many values", `{"` + long + `":[` + strings.Repeat("1,", 12) + "1]}", ErrJSONSize, false},
		{"a long path for few values", `{"` + long + `":[1,2,3]}`, "", false},
		{"a long path for its length", `{"` + strings.Repeat("k", 1360) + `":[1,2,{}]}`, "", false},
		{"a long path twice for lengths", `{"` + strings.Repeat("k", 2040) + `":[[{}],[{}],[{}],[{}],[{}],[{}],[{}],[{}],[{}]]}`, ErrJSONSize, false},
	}
	for _, tt := range tests {
		var r Result
		JSON(tt.body, lim, &r)
		if r.Err != tt.err || r.ArgumentsTruncated != tt.truncated {
			t.Errorf("%s: error %q, truncated %v, want %q, %v", tt.name, r.Err, r.ArgumentsTruncated, tt.err, tt.truncated)
		}
		if d := differ(r.view(), o.read(t, tt.body)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

// TestMultipartCut compares bodies that the caller cut at each length with an
// oracle that cut them itself.
func TestMultipartCut(t *testing.T) {
	const contentType = "multipart/form-data; boundary=b"
	const whole = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=b; filename=f\r\n\r\ncontent\r\n--b--\r\nepilogue"
	for n := 1; n < len(whole); n++ {
		b := whole[:n]
		o := newCuttingOracle(t, n)
		var r Result
		Multipart(contentType, b, Limits{Cut: true}, &r)
		if d := differ(r.view(), o.read(t, whole)); d != "" {
			t.Errorf("cut to %q: %s", b, d)
		}
	}
}
