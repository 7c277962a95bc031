package config

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// gate is a configuration with every kind of field and constraint.
type gate struct {
	Mode    Mode              `json:"mode" config:"default=enforce"`
	Issuers []issuer          `json:"issuers" config:"required,minitems=1,maxitems=3"`
	Limits  limits            `json:"limits"`
	Extra   *limits           `json:"extra"`
	Labels  map[string]string `json:"labels" config:"maxitems=2,maxlen=3"`
	Keep    Raw               `json:"keep"`
	Even    even              `json:"even" config:"default=2"`
	hidden  int               //lint:ignore U1000 the decoder leaves it alone
	Ignored int               `json:"-"`
}

type issuer struct {
	_         struct{} `config:"exactlyone=keys|keys_uri"`
	Issuer    string   `json:"issuer" config:"required,minlen=1,maxlen=8"`
	Audiences []string `json:"audiences" config:"minitems=1,minlen=1,unique"`
	Skew      Duration `json:"clock_skew" config:"default=60s,maximum=5m"`
	Types     []string `json:"token_types" config:"default=at+jwt|jwt"`
	Algorithm string   `json:"algorithm" config:"enum=RS256|ES256|EdDSA"`
	Keys      Raw      `json:"keys"`
	KeysURI   string   `json:"keys_uri"`
}

type limits struct {
	Size  int     `json:"size" config:"default=1024,minimum=1,maximum=4096"`
	Share float64 `json:"share" config:"default=0.5,maximum=1"`
	Small uint8   `json:"small"`
	On    bool    `json:"on" config:"default=true"`
}

// even reads a number and refuses the odd ones.
type even int

func (e *even) UnmarshalConfig(v Value) error {
	n := len(v.Text())
	if n == 0 || strings.IndexByte("02468", v.Text()[n-1]) < 0 {
		return v.Errorf("want an even number")
	}
	*e = even(v.Text()[n-1] - '0')
	return nil
}

func (l *limits) ValidateConfig(v Value) error {
	if l.Size == 13 {
		return v.Field("size").Errorf("13 is no size")
	}
	if l.Size == 14 {
		return v.Field("ghost").Errorf("want a ghost")
	}
	return nil
}

const smallest = `{"issuers":[{"issuer":"a","keys":[]}]}`

func TestDecodeFillsDefaults(t *testing.T) {
	var g gate
	if err := Decode([]byte(smallest), &g); err != nil {
		t.Fatal(err)
	}
	i := g.Issuers[0]
	if g.Mode.Policy() != policy.Enforce || i.Skew.Std() != time.Minute || strings.Join(i.Types, " ") != "at+jwt jwt" ||
		g.Limits != (limits{Size: 1024, Share: 0.5, On: true}) || g.Extra != nil || g.Labels != nil || g.Even != 2 {
		t.Errorf("decoded %+v", g)
	}
}

func TestDecodeReadsEveryKind(t *testing.T) {
	var g gate
	err := Decode([]byte(` {"mode":"shadow","issuers":[{"issuer":"\u00fc\ud83d\ude00","keys_uri":"x","audiences":["a","b"],
		"clock_skew":"1m30s","token_types":[],"algorithm":"EdDSA"}], "limits":{"size":1e+03,"share":1,"small":255,"on":false},
		"extra":{}, "labels":{"a b":"c"}, "keep": {"x": [1, 2]} , "even":4} `), &g)
	if err != nil {
		t.Fatal(err)
	}
	i := g.Issuers[0]
	if g.Mode.Policy() != policy.Shadow || i.Issuer != "ü😀" || i.Skew.Std() != 90*time.Second || len(i.Types) != 0 || i.Types == nil ||
		g.Limits != (limits{1000, 1, 255, false}) || g.Extra == nil || g.Extra.Size != 1024 || g.Labels["a b"] != "c" ||
		string(g.Keep) != `{"x": [1, 2]}` || g.Even != 4 || len(i.Audiences) != 2 {
		t.Errorf("decoded %+v", g)
	}
}

func TestDecodeRefuses(t *testing.T) {
	in := func(fields string) string { return `{"issuers":[{"issuer":"a","keys":[]}],` + fields + `}` }
	first := func(fields string) string { return `{"issuers":[{"issuer":"a","keys":[],` + fields + `}]}` }
	tests := []struct{ name, data, want string }{
		{"nothing", "", `config: empty, want a JSON object`},
		{"only space", " \n", `config: empty, want a JSON object`},
		{"another root", `[]`, `config: want an object, got array (line 1, column 1)`},
		{"null root", `null`, `config: want an object, got null (line 1, column 1)`},
		{"trailing data", smallest + " x", `config: data after the end of the document, want one JSON value (line 1, column 40)`},
		{"a comment", `{ // c`, `config: want a quoted key, got a comment (line 1, column 3)`},
		{"a trailing comma", `{"mode":"shadow",}`, `config: want a quoted key, got "}" (line 1, column 18)`},
		{"single quotes", `{'a':1}`, `config: want a quoted key, got "'" (line 1, column 2)`},
		{"a byte order mark", "\ufeff{}", `config: want a JSON value, got a byte order mark or another character outside ASCII (line 1, column 1)`},
		{"a leading zero", in(`"limits":{"size":01}`), `config: limits.size: want a JSON number: digits without leading zeros (line 1, column 56)`},
		{"a cut string", `{"mode":"enf`, `config: mode: string without an end (line 1, column 9)`},
		{"a lone surrogate", `{"mode":"\ud800x"}`, `config: mode: want four hexadecimal digits after \u, surrogates in pairs (line 1, column 10)`},
		{"invalid UTF-8", "{\"mode\":\"\xc0\xaf\"}", `config: mode: invalid UTF-8 in a string (line 1, column 10)`},
		{"a raw newline in a string", "{\"mode\":\"a\nb\"}", `config: mode: control character in a string, want it escaped as \u000a (line 1, column 11)`},
		{"a misspelt key", in(`"issuer":[]`), `config: unknown field "issuer", did you mean "issuers"? (line 1, column 39)`},
		{"a key in another case", in(`"Mode":"shadow"`), `config: unknown field "Mode", did you mean "mode"? (line 1, column 39)`},
		{"a misspelt nested key", first(`"audience":["a"]`), `config: issuers[0]: unknown field "audience", did you mean "audiences"? (line 1, column 37)`},
		{"swapped letters", first(`"audiecnes":["a"]`), `config: issuers[0]: unknown field "audiecnes", did you mean "audiences"? (line 1, column 37)`},
		{"a key like no other", in(`"limits":{"xyzzy":1}`), `config: limits: unknown field "xyzzy", want "size", "share", "small" or "on" (line 1, column 49)`},
		{"an unexported field", in(`"hidden":1`), `config: unknown field "hidden", want "mode", "issuers", "limits", "extra", "labels", "keep", "even" or "version" (line 1, column 39)`},
		{"a duplicate key", in(`"mode":"shadow","mode":"enforce"`), `config: duplicate key "mode" (line 1, column 55)`},
		{"a duplicate key spelt with an escape", in(`"mode":"shadow","m\u006fde":"enforce"`), `config: duplicate key "mode" (line 1, column 55)`},
		{"a duplicate key inside a kept value", in(`"keep":{"a":[{"b":1,"b":2}]}`), `config: keep.a[0]: duplicate key "b" (line 1, column 59)`},
		{"a missing key", `{}`, `config: issuers: required (line 1, column 1)`},
		{"a missing nested key", `{"issuers":[{"keys":[]}]}`, `config: issuers[0].issuer: required (line 1, column 13)`},
		{"an empty list", `{"issuers":[]}`, `config: issuers: want at least 1 entry (line 1, column 12)`},
		{"too many entries", `{"issuers":[{},{},{},{}]}`, `config: issuers: 4 entries, want at most 3`},
		{"an empty string", `{"issuers":[{"issuer":"","keys":[]}]}`, `config: issuers[0].issuer: empty, want at least 1 character (line 1, column 23)`},
		{"a long string", `{"issuers":[{"issuer":"123456789","keys":[]}]}`, `config: issuers[0].issuer: 9 characters, want at most 8 (line 1, column 23)`},
		{"an empty entry", first(`"audiences":[""]`), `config: issuers[0].audiences[0]: empty, want at least 1 character (line 1, column 50)`},
		{"an entry twice", first(`"audiences":["a","b","a"]`), `config: issuers[0].audiences[2]: the same as entry 0, want each once (line 1, column 58)`},
		{"a string for a list", first(`"audiences":"s3cr3t"`), `config: issuers[0].audiences: want a list, got string (line 1, column 49)`},
		{"a number for a string", `{"issuers":[{"issuer":7,"keys":[]}]}`, `config: issuers[0].issuer: want a string, got number (line 1, column 23)`},
		{"null for a string", `{"issuers":[{"issuer":null,"keys":[]}]}`, `config: issuers[0].issuer: want a string, got null (line 1, column 23)`},
		{"a string for a boolean", in(`"limits":{"on":"true"}`), `config: limits.on: want a boolean, got string (line 1, column 54)`},
		{"a word outside its list", first(`"algorithm":"RS265"`), `config: issuers[0].algorithm: want "RS256", "ES256" or "EdDSA", did you mean "RS256"? (line 1, column 49)`},
		{"another mode", in(`"mode":"off"`), `config: mode: want "enforce" or "shadow" (line 1, column 46)`},
		{"a mode that is no string", in(`"mode":true`), `config: mode: want "enforce" or "shadow", got boolean (line 1, column 46)`},
		{"a number too small", in(`"limits":{"size":0}`), `config: limits.size: want at least 1 (line 1, column 56)`},
		{"a number too large", in(`"limits":{"size":4097}`), `config: limits.size: want at most 4096 (line 1, column 56)`},
		{"a fraction", in(`"limits":{"size":1.5}`), `config: limits.size: want a whole number of at most 9007199254740991 (line 1, column 56)`},
		{"a number beyond its type", in(`"limits":{"small":256}`), `config: limits.small: want a whole number from 0 to 255 (line 1, column 57)`},
		{"a negative unsigned number", in(`"limits":{"small":-1}`), `config: limits.small: want a whole number from 0 to 255 (line 1, column 57)`},
		{"a number that is infinite", in(`"limits":{"share":1e999}`), `config: limits.share: want a number that fits 64 bits (line 1, column 57)`},
		{"a duration that is a number", first(`"clock_skew":60`), `config: issuers[0].clock_skew: want a duration such as "60s", "1h30m" or "7d", got number (line 1, column 50)`},
		{"a duration without a unit", first(`"clock_skew":"60"`), `config: issuers[0].clock_skew: want a duration such as "60s", "1h30m" or "7d" (line 1, column 50)`},
		{"a duration too long", first(`"clock_skew":"6m"`), `config: issuers[0].clock_skew: want at most 5m (line 1, column 50)`},
		{"two of a choice", first(`"keys_uri":"x"`), `config: issuers[0]: want exactly one of "keys" or "keys_uri" (line 1, column 13)`},
		{"none of a choice", `{"issuers":[{"issuer":"a"}]}`, `config: issuers[0]: want exactly one of "keys" or "keys_uri" (line 1, column 13)`},
		{"too many members", in(`"labels":{"a":"1","b":"2","c":"3"}`), `config: labels: 3 entries, want at most 2 (line 1, column 48)`},
		{"a long value of an odd key", in(`"labels":{"a b":"1234"}`), `config: labels["a b"]: 4 characters, want at most 3 (line 1, column 55)`},
		{"a custom type that refuses", in(`"even":3`), `config: even: want an even number (line 1, column 46)`},
		{"a validator that names a field", in(`"extra":{"size":13}`), `config: extra.size: 13 is no size (line 1, column 55)`},
		{"a validator that names an absent field", in(`"limits":{"size":14}`), `config: limits.ghost: want a ghost (line 1, column 48)`},
		{"a position on a later line", "{\n  \"mode\": 1,\n  \"issuers\": [{\"issuer\":\"a\",\"keys\":[]}]}", `config: mode: want "enforce" or "shadow", got number (line 2, column 11)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Decode([]byte(tt.data), &gate{})
			if err == nil {
				t.Fatalf("Decode accepted %s", tt.data)
			}
			if got, _, _ := strings.Cut(err.Error(), "\n"); !strings.HasPrefix(got, tt.want) {
				t.Errorf("Decode(%s)\n got %s\nwant %s", tt.data, got, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows a value: %s", err)
			}
		})
	}
}

func TestDecodeReportsEveryFaultInOrder(t *testing.T) {
	err := Decode([]byte("{\"modes\":1,\n\"limits\":{\"size\":\"x\",\n\"on\":1},\n\"issuers\":[{\"issuer\":\"a\",\"keys\":[],\"clock_skew\":5}]}"), &gate{})
	want := `config: unknown field "modes", did you mean "mode"? (line 1, column 2)
config: limits.size: want a number, got string (line 2, column 18)
config: limits.on: want a boolean, got number (line 3, column 6)
config: issuers[0].clock_skew: want a duration such as "60s", "1h30m" or "7d", got number (line 4, column 49)`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	data := `{"issuers":[{"issuer":"a","keys":[]}]` + strings.Repeat(`,"z`+strings.Repeat("y", 90)+`":1,"mode":"shadow"`, 40) + `}`
	err := Decode([]byte(data), &gate{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxErrors+1 || !strings.HasSuffix(lines[maxErrors], " more") {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if len(lines[0]) > 250 {
		t.Errorf("a line of %d bytes", len(lines[0]))
	}
}

func TestDecodeBoundsSizeAndDepth(t *testing.T) {
	deep := `{"keep":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`
	if err := Decode([]byte(deep), &gate{}); err == nil || !strings.Contains(err.Error(), "nested deeper than 64 levels") {
		t.Errorf("got %v", err)
	}
	if err := Decode(make([]byte, MaxSize+1), &gate{}); err == nil || err.Error() != "config: 8388609 bytes, want at most 8388608" {
		t.Errorf("got %v", err)
	}
}

func TestDuration(t *testing.T) {
	good := map[string]time.Duration{
		"0s": 0, "60s": time.Minute, "1h30m": 90 * time.Minute, "7d": 168 * time.Hour, "250ms": 250 * time.Millisecond,
		"1d2h3m4s5ms": 26*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Millisecond, "106751d": 106751 * 24 * time.Hour,
	}
	for s, want := range good {
		if got, ok := parseDuration(s); !ok || got != want {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "0", "60", "s", "-1s", "+1s", "1.5s", ".5s", "1s1h", "1s1s", "1 s", "1S", "1y", "1ns", "106752d", "999999999h", "1000000000s", "1s ", "١s"} {
		if got, ok := parseDuration(s); ok {
			t.Errorf("parseDuration(%q) = %v, want a refusal", s, got)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", time.Minute: "1m", 90 * time.Minute: "1h30m", 1500 * time.Millisecond: "1s500ms", time.Microsecond: "0s"} {
		if got := Duration(d).String(); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestValueReachesIntoTheDocument(t *testing.T) {
	var seen Value
	var w struct {
		Keys capture `json:"keys"`
	}
	w.Keys.into = &seen
	if err := Decode([]byte(`{"keys": {"keys":[{"kty":"RSA"}, 7]}}`), &w); err != nil {
		t.Fatal(err)
	}
	keys := seen.Field("keys")
	if keys.Kind() != Array || keys.Len() != 2 || string(keys.Index(0).Raw()) != `{"kty":"RSA"}` || keys.Index(0).Index(0).Key() != "kty" || keys.Index(1).Text() != "7" {
		t.Errorf("unexpected value at %s", keys.Path())
	}
	if err := keys.Index(0).Field("n").Errorf("required").Error(); err != `config: keys.keys[0].n: required (line 1, column 19)` {
		t.Error(err)
	}
	if absent := keys.Index(2).Field("x"); absent.Present() || absent.Raw() != nil || absent.Path() != "keys.keys[2].x" {
		t.Errorf("absent value at %s", absent.Path())
	}
	var inner struct {
		Type string `json:"kty" config:"enum=EC|OKP"`
	}
	if err := keys.Index(0).Decode(&inner); err == nil || err.Error() != `config: keys.keys[0].kty: want "EC" or "OKP" (line 1, column 26)` {
		t.Error(err)
	}
}

type capture struct{ into *Value }

func (c *capture) UnmarshalConfig(v Value) error { *c.into = v; return nil }
