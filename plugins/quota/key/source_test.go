package key

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		text                                          string
		identity, address, template, body, unverified bool
	}{
		{text: "address", address: true}, {text: "claim:realm_access.roles", identity: true}, {text: "scope", identity: true}, {text: "issuer", identity: true}, {text: "subject", identity: true},
		{text: "client_id", identity: true}, {text: "certificate:uri_san"}, {text: "certificate:dns_san"}, {text: "certificate:subject"}, {text: "certificate:fingerprint"},
		{text: "header:X-API-Key", unverified: true}, {text: "cookie:sid", unverified: true}, {text: "query:api:key", unverified: true}, {text: "body:account.id", body: true, unverified: true},
		{text: `body:items.#(type=="a").id`, body: true, unverified: true}, {text: "path", unverified: true}, {text: "path_template", template: true}, {text: "method", unverified: true},
		{text: "host", unverified: true}, {text: "route"}, {text: "virtual_host"},
	} {
		s, err := Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if s.String() != test.text || s.NeedsIdentity() != test.identity || s.NeedsAddress() != test.address || s.NeedsTemplate() != test.template || s.NeedsBody() != test.body || s.Verified() == test.unverified {
			t.Errorf("%s: %q, identity %t, address %t, template %t, body %t, verified %t", test.text, s, s.NeedsIdentity(), s.NeedsAddress(), s.NeedsTemplate(), s.NeedsBody(), s.Verified())
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, test := range []struct{ name, document, want string }{
		{"another type", `1`, `want a source such as "address", got number`},
		{"nothing", `""`, `want a source: address, claim:<path>, scope`},
		{"a misspelt word", `"adress"`, `did you mean "address"?`},
		{"a plural", `"headers:x"`, `did you mean "header:<name>"?`},
		{"another word", `"ip"`, `did you mean "address"?`},
		{"a claim by its name", `"sub"`, `did you mean "subject"?`},
		{"an attribute of a certificate", `"uri_san"`, `did you mean "certificate:uri_san"?`},
		{"a colon too many", `"address:24"`, `want "address" without a colon`},
		{"no name", `"header"`, `want "header:<name>"`},
		{"an empty name", `"header:"`, `want "header:<name>"`},
		{"no path", `"claim"`, `want "claim:<path>"`},
		{"no part of a certificate", `"certificate"`, `want "certificate:uri_san"`},
		{"another part of a certificate", `"certificate:serial"`, `want "certificate:uri_san", "certificate:dns_san"`},
		{"no token", `"header:a b"`, "want the name of a header"},
		{"a cookie with a semicolon", `"cookie:a;b"`, "want the name of a cookie"},
		{"a long parameter", `"query:` + strings.Repeat("a", 257) + `"`, "want the name of a query parameter"},
		{"the host by a header", `"header:Host"`, `want "host"`},
		{"the path by a header", `"header::path"`, `want "path"`},
		{"the method by a header", `"header::method"`, `want "method"`},
		{"all cookies", `"header:Cookie"`, `want "cookie:<name>"`},
		{"a wildcard", `"claim:a.*"`, "want names, numbers"},
		{"a wildcard in a body", `"body:a.*"`, "wildcards are not supported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c struct {
				Key Source `json:"key"`
			}
			err := config.Decode([]byte(`{"key":`+test.document+`}`), &c)
			if err == nil || !strings.HasPrefix(err.Error(), "config: key: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
