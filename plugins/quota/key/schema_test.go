//go:build !wasip1

package key

import (
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchema: the schema takes what the decoder takes, and refuses what is no source
// by its shape.
func TestSchema(t *testing.T) {
	file, err := os.ReadFile("source.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(file), "//schema:is ")
	text, _, _ = strings.Cut(text, "\n")
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
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
	for source, want := range map[string]bool{
		"address": true, "claim:a.b": true, "scope": true, "issuer": true, "subject": true, "client_id": true, "certificate:uri_san": true, "certificate:fingerprint": true, "header:x": true,
		"cookie:x": true, "query:x:y": true, "body:a": true, "path": true, "path_template": true, "method": true, "host": true, "route": true, "virtual_host": true,
		"": false, "addresses": false, "claim": false, "claim:": false, "path:x": false, "certificate:x": false, "header:": false, "body:" + strings.Repeat("a", 600): false,
	} {
		_, err := Parse(source)
		if satisfied := s.Validate(source) == nil; satisfied != want || (err == nil) != want {
			t.Errorf("%s: schema %t, decoder %v, want %t", source, satisfied, err, want)
		}
	}
}
