package redact

import "testing"

// TestNamesDoNotHide asserts that data is found in a field whose name alone is a find
// that is not changed: one that is not sure enough, or that who asks may see.
func TestNamesDoNotHide(t *testing.T) {
	const agent = `{"iss":"https://idp.example.com","sub":"agent-1","client_id":"desk","scope":"names:read"}`
	i := inspector(t, `{"responses":[{"match":{},"detectors":[{"type":"person_name","confidence":75,"unless":{"scope":"names:read"},"action":{"replace":"[name]"}},
		{"type":"email","unless":{"scope":"names:read"},"action":{"replace":"[e-mail]"}},
		{"type":"street_address","action":{"replace":"[address]"}},{"type":"card","action":{"mask":{"keep_last":4}}}]}]}`)
	for _, tt := range []struct{ name, identity, body, want string }{
		{"not sure enough", "", `{"nombre":"4111111111111111"}`, `{"nombre":"************1111"}`},
		{"open to who asks", agent, `{"first_name":"4111111111111111"}`, `{"first_name":"************1111"}`},
		{"in an address that is open", agent, `{"x":"4111111111111111@example.com"}`, `{"x":"************1111@example.com"}`},
		{"in an address that is not", "", `{"x":"4111111111111111@example.com"}`, `{"x":"[e-mail]"}`},
		{"a name", "", `{"first_name":"4111111111111111"}`, `{"first_name":"[name]"}`},
	} {
		o := run(i, exchange{identity: tt.identity, fields: []string{"content-type: application/json", "via: 1.1 example"}, body: tt.body})
		if o.body != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, o.body, tt.want)
		}
		if value, _ := o.response.SetHeaders.First("via"); value != "" {
			t.Errorf("%s: via becomes %q", tt.name, value)
		}
	}
}

// TestAttributes asserts that a field that is an element of XML stands for its
// attributes, and that what is empty stays.
func TestAttributes(t *testing.T) {
	i := inspector(t, `{"responses":[{"match":{},"fields":[{"path":"**.a","action":{"replace":"[x]"}},{"path":"**.b","action":{"drop":true}}],"detectors":[{"type":"city","action":{"replace":"[city]"}}]}]}`)
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"of an empty element", "application/xml", `<r><a value="s"/></r>`, `<r><a value="[x]"/></r>`},
		{"of one with a text", "application/xml", `<r><a value="s">t</a></r>`, `<r><a value="[x]">[x]</a></r>`},
		{"of one with elements", "application/xml", `<r><a value="s"><c/></a></r>`, `<r><a value="[x]"><c/></a></r>`},
		{"of one that is dropped", "application/xml", `<r><b value="s"/></r>`, `<r></r>`},
		{"a value by the name of its element", "application/xml", `<r><city value="s"/></r>`, `<r><city value="[city]"/></r>`},
		{"a value of JSON-LD", "application/ld+json", `{"city":{"@value":"s"}}`, `{"city":{"@value":"[city]"}}`},
		{"an empty text", "application/json", `{"a":"","b":""}`, `{"a":""}`},
	} {
		if o := run(i, exchange{fields: []string{"content-type: " + tt.contentType}, body: tt.body}); o.body != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, o.body, tt.want)
		}
	}
}
