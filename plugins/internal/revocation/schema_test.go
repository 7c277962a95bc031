//go:build !wasip1

package revocation

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemaAgrees: the published schema and ParseList accept the same documents,
// and the schema of a configuration is the same.
func TestSchemaAgrees(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("list.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]bool{
		example: true, `{}`: true, `{"issuers":{}}`: true, `{"issuers":{"a":{}}}`: true, `{"jti":[]}`: true, `{"issued_before":1.5}`: true, `{"issued_before":-1}`: true,
		`[]`: false, `{"jtis":[]}`: false, `{"sub":["a"]}`: false, `{"jti":"a"}`: false, `{"jti":[1]}`: false, `{"jti":[""]}`: false, `{"jti":null}`: false,
		`{"issued_before":"1"}`: false, `{"issuers":[]}`: false, `{"issuers":{"":{}}}`: false, `{"issuers":{"a":[]}}`: false, `{"issuers":{"a":{"issuers":{}}}}`: false,
		`{"issuers":{"a":{"sub_issued_before":["b"]}}}`: false, `{"issuers":{"a":{"sub_issued_before":{"b":"1"}}}}`: false, `{"issuers":{"a":{"sub_issued_before":{"":1}}}}`: false,
	}
	for document, good := range documents {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); (err == nil) != good {
			t.Errorf("%s: the schema says %v", document, err)
		}
		if _, err := ParseList(document); (err == nil) != good {
			t.Errorf("%s: ParseList says %v", document, err)
		}
	}
	source, err := os.ReadFile("list.go")
	if err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile("list.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	_, directive, _ := bytes.Cut(source, []byte("//schema:is "))
	directive, _, _ = bytes.Cut(directive, []byte("\n"))
	var of, is map[string]any
	if err := json.Unmarshal(directive, &of); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(published, &is); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"$schema", "title", "description"} {
		delete(is, name)
	}
	if !reflect.DeepEqual(of, is) {
		t.Error("list.schema.json differs from the directive of List")
	}
}
