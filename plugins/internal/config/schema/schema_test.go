//go:build !wasip1

package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/config/schema/schematest"
)

// root is the directory of go.mod.
const root = "../../../.."

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func accepts(t *testing.T, s *jsonschema.Schema, data string) bool {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return s.Validate(doc) == nil
}

// TestSchemaAndDecoderAgree gives every constraint documents on both sides of it.
func TestSchemaAndDecoderAgree(t *testing.T) {
	text, err := Generate(root, Module+"/plugins/internal/config/schema/schematest", "Config")
	if err != nil {
		t.Fatal(err)
	}
	s := compile(t, text)
	server := func(fields string) string { return `{"servers":[{"name":"ab","address":"x"` + fields + `}]}` }
	top := func(fields string) string { return `{"servers":[{"name":"ab","address":"x"}]` + fields + `}` }
	route := func(fields string) string { return top(`,"routes":[{"match":{` + fields + `}}]`) }
	good := []string{
		server(""), server(`,"tags":["a","c"]`), server(`,"tags":[]`), server(`,"timeout":"1h30m"`), server(`,"timeout":"250ms"`),
		server(`,"share":0`), server(`,"share":1.0`), server(`,"small":255`), server(`,"small":1e2`), server(`,"signed":-32768`), server(`,"on":false`),
		`{"servers":[{"name":"ab","socket":"x"}]}`, `{"servers":[{"name":"üöäß","socket":"x"},{"name":"ab","socket":"x"}]}`,
		top(`,"mode":"shadow"`), top(`,"level":3`), top(`,"version":1`), top(`,"version":1.0`), top(`,"labels":{"a":"xyz","b c":""}`), top(`,"keep":null`), top(`,"keep":[1,{"x":2}]`),
		top(`,"short":"all"`), top(`,"short":{"what":"none"}`), top(`,"paths":{"allow":["encoded_slash","nul"]}`), top(`,"routes":[]`),
		route(``), route(`"hosts":["api.example.com","*.example.com","[::1]"]`), route(`"path":{"exact":"/a"}`), route(`"path":{"prefix":"/a"}`),
		route(`"path":{"template":"/a/{b}"}`), route(`"path":{"template":"/{b}/{c}/"}`), route(`"path":{"exact":"*"}`), route(`"path":{"exact":"/"}`), route(`"path":{"prefix":"/a/b/"}`), route(`"methods":["GET","M-SEARCH"]`), route(`"headers":[{"name":"x-a","exact":""}]`),
		route(`"headers":[{"name":"X-A","present":false,"repeated":"any"}]`), route(`"route_name":"r"`), route(`"route_metadata":[{"namespace":"n","key":["k"],"value":""}]`),
	}
	bad := []string{
		`{}`, `[]`, `null`, `"x"`, `{"servers":{}}`, `{"servers":[]}`, `{"servers":[{"name":"ab","socket":"x"},{"name":"ab","socket":"x"},{"name":"ab","socket":"x"}]}`,
		top(`,"server":1`), top(`,"notes":"x"`), top(`,"Base":{}`), top(`,"Mode":"shadow"`), top(`,"mode":"off"`), top(`,"mode":null`), top(`,"mode":1`),
		top(`,"level":0`), top(`,"level":4`), top(`,"level":1.5`), top(`,"level":"1"`),
		top(`,"version":0`), top(`,"version":2`), top(`,"version":-1`), top(`,"version":1.5`), top(`,"version":"1"`), top(`,"version":null`), server(`,"version":1`),
		`{"servers":[{"name":"a","address":"x"}]}`, `{"servers":[{"name":"abcde","address":"x"}]}`, `{"servers":[{"address":"x"}]}`, `{"servers":[{"name":"ab"}]}`,
		server(`,"socket":"x"`), server(`,"socket":""`), server(`,"tags":["a","a"]`), server(`,"tags":["d"]`), server(`,"tags":"a"`), server(`,"tags":[null]`),
		server(`,"timeout":"60"`), server(`,"timeout":""`), server(`,"timeout":60`), server(`,"timeout":"1s1h"`), server(`,"timeout":"-1s"`), server(`,"timeout":"1.5s"`), server(`,"timeout":"1 s"`),
		server(`,"share":1.01`), server(`,"share":-0.1`), server(`,"share":"1"`), server(`,"small":256`), server(`,"small":-1`), server(`,"small":0.5`), server(`,"signed":32768`),
		server(`,"on":"true"`), server(`,"on":1`), server(`,"unknown":1`),
		top(`,"labels":{"a":"wxyz"}`), top(`,"labels":{"a":"1","b":"2","c":"3"}`), top(`,"labels":{"a":1}`), top(`,"labels":[]`),
		top(`,"short":"none"`), top(`,"short":{}`), top(`,"short":{"what":"some"}`), top(`,"short":{"what":"all","x":1}`), top(`,"short":1`),
		top(`,"paths":{"allow":["slash"]}`), top(`,"paths":{"allow":["nul","nul"]}`), top(`,"paths":{"allow":["not_absolute"]}`), top(`,"routes":[{}]`), top(`,"routes":[{"match":[]}]`),
		route(`"hosts":[]`), route(`"hosts":["a:80"]`), route(`"hosts":["*"]`), route(`"hosts":["https://a"]`), route(`"hosts":[""]`), route(`"hosts":["a..b"]`), route(`"hosts":["a.*"]`),
		route(`"path":{}`), route(`"path":{"exact":"/a","prefix":"/b"}`), route(`"path":{"regex":"/a"}`), route(`"path":{"exact":""}`), route(`"path":"/a"`),
		route(`"path":{"exact":"a"}`), route(`"path":{"prefix":"/a?b"}`), route(`"path":{"prefix":"/a//b"}`), route(`"path":{"template":"/a#"}`), route(`"path":{"prefix":"*"}`),
		route(`"path":{"template":"/{a"}`), route(`"path":{"template":"/a{b}"}`), route(`"path":{"template":"/{b*}/c"}`), route(`"path":{"template":"/{}"}`), route(`"path":{"exact":"/a//"}`),
		route(`"methods":[]`), route(`"methods":["get"]`), route(`"methods":["GET","GET"]`), route(`"methods":[""]`),
		route(`"headers":[]`), route(`"headers":[{"name":"x"}]`), route(`"headers":[{"exact":"x"}]`), route(`"headers":[{"name":"x","exact":"a","prefix":"b"}]`),
		route(`"headers":[{"name":":path","exact":"a"}]`), route(`"headers":[{"name":"Host","exact":"a"}]`), route(`"headers":[{"name":"x y","exact":"a"}]`), route(`"headers":[{"name":"x","exact":"a","repeated":"first"}]`), route(`"headers":[{"name":"x","prefix":""}]`),
		route(`"route_name":""`), route(`"route_metadata":[{"namespace":"n","key":[],"value":""}]`), route(`"route_metadata":[{"namespace":"n","key":["k"]}]`), route(`"unknown":1`),
	}
	if len(good) < 30 || len(bad) < 80 {
		t.Fatalf("%d good and %d bad documents", len(good), len(bad))
	}
	for want, documents := range map[bool][]string{true: good, false: bad} {
		for _, data := range documents {
			err := config.Decode([]byte(data), &schematest.Config{})
			if (err == nil) != want {
				t.Errorf("Decode(%s) = %v, want it accepted: %v", data, err, want)
			}
			if got := accepts(t, s, data); got != want {
				t.Errorf("the schema accepts %s: %v, want %v", data, got, want)
			}
		}
	}
}

func TestSchemaTellsWhatTheSourceTells(t *testing.T) {
	text, err := Generate(root, Module+"/plugins/internal/config/schema/schematest", "Config")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"description": "Config is the sample: <every> kind of field & constraint."`,
		`"$schema": "https://json-schema.org/draft/2020-12/schema"`,
		`"default": "enforce"`, `"default": 0.5`, `"default": true`, `"default": "1s"`, "\"default\": 1\n",
		"\"default\": [\n            \"a\",\n            \"b\"\n          ]",
		`"description": "Servers in order. Required."`,
		`"additionalProperties": false`,
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if again, err := Generate(root, Module+"/plugins/internal/config/schema/schematest", "Config"); err != nil || !bytes.Equal(text, again) {
		t.Errorf("another schema the second time, %v", err)
	}
	var decoded struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(text, &decoded); err != nil || bytes.Index(decoded.Properties, []byte(`"level"`)) > bytes.Index(decoded.Properties, []byte(`"servers"`)) {
		t.Errorf("properties are not in the order of the source, %v", err)
	}
}

// TestGenerateRefuses writes packages with one fault each.
func TestGenerateRefuses(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"a field without a comment", "type Config struct {\n\tA string `json:\"a\"`\n}", `schema: Config.a: no doc comment`},
		{"a comment without a last word", "type Config struct {\n\t// A is a.\n\tA string `json:\"a\"`\n}", `schema: Config.a: comment ends with "A is a.", want "Required." or "Optional."`},
		{"a comment that asks for too much", "type Config struct {\n\t// A. Required.\n\tA string `json:\"a\"`\n}", `schema: Config.a: the comment says "Required.", the tag does not`},
		{"a comment that asks for too little", "type Config struct {\n\t// A. Optional.\n\tA string `json:\"a\" config:\"required\"`\n}", `schema: Config.a: the tag says required, the comment "Optional."`},
		{"a type that is not there", "type Config struct {\n\t// A. Optional.\n\tA B `json:\"a\"`\n}", `schema: gatehouse/x: no type B, for Config.a`},
		{"a type of the standard library", "import \"time\"\ntype Config struct {\n\t// A. Optional.\n\tA time.Duration `json:\"a\"`\n}", `schema: time: not a package of gatehouse, for Config.a`},
		{"a function", "type Config struct {\n\t// A. Optional.\n\tA func() `json:\"a\"`\n}", `schema: *ast.FuncType is no type of a configuration, for Config.a`},
		{"a custom type without a directive", "type B string\nfunc (b *B) UnmarshalConfig(v any) error { return nil }\ntype Config struct {\n\t// A. Optional.\n\tA B `json:\"a\"`\n}", `schema: x.B reads its own JSON, want a schema:is directive, for Config.a`},
		{"a directive that is no object", "// B is.\n//\n//schema:is []\ntype B string\ntype Config struct {\n\t// A. Optional.\n\tA B `json:\"a\"`\n}", `schema: directive of x.B: want a JSON object, for Config.a`},
		{"a Config that is no struct", "type Config string", `schema: gatehouse/x.Config: want a struct`},
		{"a key that is taken", "type Config struct {\n\t// A. Optional.\n\tA int `json:\"version\"`\n}", `schema: Config.version: the key of the format's version`},
		{"no Config", "type Other struct{}", `schema: gatehouse/x: no type Config`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "x"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "x", "x.go"), []byte("package x\n"+tt.source), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Generate(dir, "gatehouse/x", "Config")
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestPublishedSchemasAreCurrent holds plugins/*/schema.json against the source.
func TestPublishedSchemasAreCurrent(t *testing.T) {
	plugins, err := Plugins(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(plugins) < 1 {
		t.Fatalf("found %d plugins with a type Config, want at least 1", len(plugins))
	}
	for _, pkg := range plugins {
		want, err := Generate(root, pkg, "Config")
		if err != nil {
			t.Error(err)
			continue
		}
		compile(t, want)
		got, err := os.ReadFile(File(root, pkg))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the source says (%v): run go generate ./plugins/internal/config/schema", File(root, pkg), err)
		}
	}
}
