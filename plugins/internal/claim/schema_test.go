//go:build !wasip1

package claim

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/config/schema"
)

// compile returns the schema of a type of this package.
func compile(t *testing.T, typ string) *jsonschema.Schema {
	t.Helper()
	text, err := schema.Generate("../../..", "gatehouse/plugins/internal/claim", typ)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// agree holds the schema and the decoder of a type against what documents are.
func agree(t *testing.T, typ string, decode func([]byte) error, documents map[string]bool) {
	t.Helper()
	s := compile(t, typ)
	for document, want := range documents {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		satisfied, decoded := s.Validate(v) == nil, decode([]byte(document)) == nil
		if satisfied != want || decoded != want {
			t.Errorf("%s: schema %v, decoder %v, want %v", document, satisfied, decoded, want)
		}
	}
}

// TestSchema: the schemas and the decoder agree on the shape of a configuration.
func TestSchema(t *testing.T) {
	agree(t, "Matcher", func(b []byte) error { return config.Decode(b, &Matcher{}) }, map[string]bool{
		`{"claim":"a","equals":"x"}`: true, `{"claim":"a","equals":1.5}`: true, `{"claim":"a","equals":false}`: true, `{"claim":"a","one_of":["x",1]}`: true,
		`{"claim":"a","range":{"minimum":1}}`: true, `{"claim":"a","present":false}`: true, `{"claim":"a","contains_all":["x"]}`: true,
		`{"claim":"a"}`: false, `{"equals":1}`: false, `{"claim":"a","equals":[1]}`: false, `{"claim":"a","one_of":[]}`: false, `{"claim":"a","equals":1,"prefix":"x"}`: false,
		`{"claim":"","equals":1}`: false, `{"claim":1,"equals":1}`: false, `{"claim":"a","range":{"minimum":"1"}}`: false, `{"claim":"a","prefix":""}`: false, `{"claim":"a","equal":1}`: false,
	})
	agree(t, "Header", func(b []byte) error { return config.Decode(b, &Header{}) }, map[string]bool{
		`{"name":"x-user","claim":"sub"}`: true, `{"name":"x-user","claim":"sub","encoding":"base64url"}`: true,
		`{"name":"x-user"}`: false, `{"claim":"sub"}`: false, `{"name":":path","claim":"sub"}`: false, `{"name":"","claim":"sub"}`: false, `{"name":"x","claim":"sub","encoding":"hex"}`: false,
	})
}
