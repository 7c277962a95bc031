//go:build !wasip1

package redact_test

import (
	"strings"
	"testing"

	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/redact"
)

// customersConfig is what redact does in `make demo`, tokensConfig what jwt-audience
// does in front of it.
const customersConfig = `{
  "profile": "pci",
  "responses": [
    {
      "name": "customers",
      "match": {"path": {"prefix": "/customers"}},
      "headers": [{"name": "x-customer-*", "action": {"drop": true}}],
      "fields": [
        {"path": "**.email", "action": {"pseudonym": {"key": "k1"}}, "unless": {"scope": "customers:read"}},
        {"path": "**.birth_date", "action": {"date": "year"}, "unless": {"scope": "customers:read"}},
        {"path": "**.salary", "action": {"range": 10000}, "unless": {"clients": ["payroll"]}}
      ],
      "detectors": [
        {"type": "card", "action": {"mask": {"keep_last": 4}}, "unless": {"scope": "cards:read"}},
        {"type": "email", "action": {"replace": "[e-mail]"}, "unless": {"scope": "customers:read"}},
        {"type": "iban", "action": {"mask": {"keep_first": 2, "keep_last": 2}}},
        {"type": "us_ssn", "action": {"replace": "[ssn]"}}
      ],
      "unread_types": ["image/*"]
    }
  ],
  "requests": [
    {
      "name": "partners",
      "match": {"path": {"prefix": "/partners"}},
      "fields": [{"path": "**.password", "action": {"drop": true}}],
      "detectors": [{"type": "card", "action": {"block": true}}, {"type": "email", "action": {"replace": "[e-mail]"}}]
    }
  ],
  "keys": {"k1": {"secret": "an example, which protects nothing"}}
}
`

var tokensConfig = `{
  "issuers": [
    {
      "issuer": "https://idp.example.com",
      "audiences": ["shop-api"],
      "jwks": {"keys": [
        ` + tokenKey.JWK() + `
      ]},
      "algorithms": ["EdDSA"],
      "max_lifetime": "14610d"
    }
  ],
  "routes": [{"match": {}, "allow_anonymous": true}]
}
`

const ada = `{"id":17,"name":"Ada","email":"ada@example.com","birth_date":"1970-05-17","salary":52000,"card":{"number":4111111111111111,"cvv":"123"},"note":"pays from DE89 3704 0044 0532 0130 00, SSN 536-90-4399, ask bob@example.org"}`

// bearing is the exchange with a token.
func (x exchange) bearing(client, scope string) exchange {
	x.fields = append([]string{"Authorization: Bearer " + token(client, scope)}, x.fields...)
	return x
}

// forged is the exchange with the signature of somebody else.
func forged(x exchange) exchange {
	token := strings.Split(x.fields[0], ".")
	token[2] = strings.Split(josetest.New("EdDSA", "forger").Token("{}"), ".")[2]
	x.fields[0] = strings.Join(token, ".")
	return x
}

// demo is a morning of the customer API, seen by several.
var demo = recording{why: "The customer API, and what who asks may see of it.", exchanges: []exchange{
	getsJSON("nobody asks for a customer", ada).at("/customers/17"),
	getsJSON("the support desk does", ada).at("/customers/17").bearing("desk", "orders:read"),
	getsJSON("the auditor does", ada).at("/customers/17").bearing("audit", "customers:read cards:read"),
	getsJSON("payroll does", ada).at("/customers/17").bearing("payroll", "orders:read"),
	forged(getsJSON("somebody with a token that nobody signed", ada).at("/customers/17").with("X-Customer-Tier: gold").bearing("audit", "customers:read cards:read")),
	getsJSON("an order, which only the profile is for", `{"id":5,"email":"ada@example.com","paid":{"card":"4111 1111 1111 1111","cvc":"123"}}`).at("/orders/5"),
	getsJSON("behind escapes and in a string", `{"\u0065mail":"ada\u0040example.com","payload":"{\"card\":{\"cvv\":1,\"number\":4111111111111111}}"}`).at("/customers/17/raw"),
	gets("lines", "application/x-ndjson", `{"id":17,"email":"ada@example.com"}`+"\n"+`{"id":18,"email":"bob@example.org"}`+"\n").at("/customers/export"),
	gets("a table", "text/csv", "id,email,card\n17,ada@example.com,4111111111111111\n18,bob@example.org,\n").at("/customers/export.csv"),
	gets("a document in XML", "application/xml", "<customer><email>ada@example.com</email><card>4111 1111 1111 1111</card></customer>").at("/customers/17.xml"),
	gets("what a language model says, in pieces", "text/event-stream", chat("Her card is 41", "11 1111 1111", " 1111.")).at("/customers/17/ask"),
	gets("a picture, which passes by name", "image/png", "x").at("/customers/17/photo"),
	gets("an archive, which nobody reads", "application/zip", "x").at("/customers/all.zip"),
	getsJSON("what is broken", `{"id":17,"card":4111111111111111`).at("/customers/17/broken"),
	{name: "a part of it, which is asked for whole", path: "/customers/17", fields: []string{"Range: bytes=0-99"}, headers: []string{"Content-Type: application/json", `ETag: "v1"`}, answer: ada},
	{name: "HEAD", method: "HEAD", path: "/customers/17", headers: []string{"Content-Type: application/json"}},
	posts("to a partner", "application/json", `{"user":"ada@example.com","password":"hunter2","item":"teapot"}`).at("/partners/orders"),
	posts("a card in a form", "application/x-www-form-urlencoded", "item=teapot&note=card+4111+1111+1111+1111").at("/partners/orders"),
	getsJSON("a path that can be read in two ways", ada).at("/public%2f..%2fcustomers/17"),
}}

// TestDemoIsGenerated holds the files that `make demo` runs to the text above, and wants
// the configuration to start. "go test -run TestDemo -regenerate" writes them.
func TestDemoIsGenerated(t *testing.T) {
	text := demo.generated()
	comment, rest, _ := strings.Cut(string(text), "-- config.json --\n")
	_, rest, _ = strings.Cut(rest, "\n")
	for path, want := range map[string]string{
		"testdata/customers.txtar": comment + rest, "testdata/customers.config.json": customersConfig, "testdata/tokens.config.json": tokensConfig,
	} {
		replaytest.Generated(t, path, []byte(want), 0)
	}
	if recorded, err := traffic.ReadTxtar("customers.txtar", []byte(comment+rest)); err != nil || len(recorded.Exchanges) < 18 {
		t.Errorf("%v", err)
	}
	inspector, err := redact.New([]byte(customersConfig))
	if err == nil {
		err = inspector.UseEnvironment(func(string) (string, bool) { return "", false })
	}
	if err != nil {
		t.Error(err)
	}
}
