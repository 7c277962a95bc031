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

// TestSchema: the schema and the decoder agree on the shape of a matcher.
func TestSchema(t *testing.T) {
	text, err := schema.Generate("../../..", "gatehouse/plugins/internal/claim", "Matcher")
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
	for matcher, want := range map[string]bool{
		`{"claim":"a","equals":"x"}`: true, `{"claim":"a","equals":1.5}`: true, `{"claim":"a","equals":false}`: true, `{"claim":"a","one_of":["x",1]}`: true,
		`{"claim":"a","range":{"minimum":1}}`: true, `{"claim":"a","present":false}`: true, `{"claim":"a","contains_all":["x"]}`: true,
		`{"claim":"a"}`: false, `{"equals":1}`: false, `{"claim":"a","equals":[1]}`: false, `{"claim":"a","one_of":[]}`: false, `{"claim":"a","equals":1,"prefix":"x"}`: false,
		`{"claim":"","equals":1}`: false, `{"claim":1,"equals":1}`: false, `{"claim":"a","range":{"minimum":"1"}}`: false, `{"claim":"a","prefix":""}`: false, `{"claim":"a","equal":1}`: false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(matcher))
		if err != nil {
			t.Fatal(err)
		}
		satisfied := s.Validate(v) == nil
		decoded := config.Decode([]byte(matcher), &Matcher{}) == nil
		if satisfied != want || decoded != want {
			t.Errorf("%s: schema %v, decoder %v, want %v", matcher, satisfied, decoded, want)
		}
	}
}
