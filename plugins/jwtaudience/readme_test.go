//go:build !wasip1

package jwtaudience

import (
	"os"
	"strings"
	"testing"
)

// TestReadme holds the README to the plugin: its configuration is one, and its
// table has every reason and no other, in their order.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, rest, ok := strings.Cut(text, "```json\n")
	document, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("README.md has no configuration")
	}
	newEngine(t, document)
	_, err = New([]byte(strings.Replace(document, `"audiences": ["orders-api"]`, `"audience": ["orders-api"]`, 1)))
	if err == nil {
		t.Fatal("a misspelt field is accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(text, "\n"+last+"\n") {
		t.Errorf("README.md does not have the message %s", last)
	}

	_, table, ok := strings.Cut(text, "| reason | the request |\n|---|---|\n")
	if !ok {
		t.Fatal("README.md has no table of reasons")
	}
	var got []string
	for line := range strings.Lines(table) {
		name, isRow := strings.CutPrefix(line, "| `")
		if !isRow {
			break
		}
		name, _, _ = strings.Cut(name, "`")
		got = append(got, name)
	}
	var want []string
	for _, reason := range allReasons() {
		want = append(want, string(reason))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("reasons of README.md:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	example := `{"iss":"https://idp.example.com","sub":"user-17","client_id":"shop","aud":["orders-api"],"exp":2740176000,"iat":1793491200,"jti":"7b1c","scope":"orders:read orders:write"}`
	r := request("GET", "/orders", "Bearer "+rsaKey.Token(recordedClaims()))
	decision := newEngine(t, recordedConfig()).Decide(r)
	if len(decision.Properties) != 1 || string(decision.Properties[0].Value) != example || !strings.Contains(text, example) {
		t.Errorf("identity of README.md is not %s, that of a recorded token", decision.Properties)
	}
}
