package identity

import (
	"encoding/binary"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// attributes are those of a request, by paths joined with "|".
type attributes map[string]string

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, "|")]
	return []byte(value), ok
}

// packed is what Envoy makes of a list or an object.
func packed(namesAndValues ...string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(namesAndValues)/2))
	for _, s := range namesAndValues {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	}
	for _, s := range namesAndValues {
		b = append(append(b, s...), 0)
	}
	return string(b)
}

// metadata puts the members of a payload where jwt_authn does.
func metadata(members ...string) attributes {
	a := attributes{"metadata|filter_metadata|envoy.filters.http.jwt_authn|payload": "\x01\x00\x00\x00"}
	for i := 0; i < len(members); i += 2 {
		a["metadata|filter_metadata|envoy.filters.http.jwt_authn|payload|"+members[i]] = members[i+1]
	}
	return a
}

// read reads the identity of a request whose payload is in metadata.
func read(t *testing.T, members attributes) *Identity {
	t.Helper()
	who, problem := New(&Config{PayloadInMetadata: []string{"payload"}}).Read(&policy.Request{Attributes: members})
	if problem != "" {
		t.Fatal(problem)
	}
	return who
}

func TestPayloadPaths(t *testing.T) {
	members := metadata("sub", "u", "azp", "shop",
		"realm_access", packed("roles", "x"), "realm_access|roles", packed("manager", ""), "realm_access|roles|0", "manager",
		"groups", packed("x", "", "x", ""), "groups|0", packed("name", "a"), "groups|0|name", "a", "groups|1", packed("name", "b"), "groups|1|name", "b", "groups|2|name", "c",
		"https://example.com/projects", packed("p1", "x", "p2", "y"))
	for _, test := range []struct{ path, want string }{
		{"realm_access.roles", "manager"}, {"realm_access.roles.0", "manager"}, {"groups.#.name", "a b"}, {"groups.1.name", "b"},
		{`https://example\\.com/projects.@keys`, "p1 p2"}, {"absent.@keys", ""}, {"sub.@keys", "bad"}, {"realm_access", "bad"}, {"groups.#", "fault"},
	} {
		got := "fault"
		if p, err := ParsePath(strings.ReplaceAll(test.path, `\\`, `\`)); err == nil {
			found := read(t, members).Strings(p, nil)
			got = strings.Join(found.Texts, " ")
			if found.Malformed {
				got = "bad"
			}
		}
		if got != test.want {
			t.Errorf("%s = %q, want %q", test.path, got, test.want)
		}
	}
}

func TestClaimPaths(t *testing.T) {
	const document = `{"iss":"x","scope":"a b","roles":["r1","r2"],"realm_access":{"roles":["m","n"]},"a.b":{"c":["dotted"]},
 "groups":[{"name":"g1"},{"name":"g2","x":[{"y":["deep"]}]},{"other":1}, "text", ["l"]],"deep":{"e\"scaped":["q\"uote",", ]}","é"]},"keys":{"k1":1,"k2":{}},"#":["hash"],"n":{"0":"zero"},
 "claims":{"extra":["more"],"scope":"not this"}}`
	for _, test := range []struct{ path, want string }{
		{"scope", "1 a b"}, {"roles", "2 r1,r2"}, {"roles.1", "1 r2"}, {"roles.2", "0 "}, {"roles.x", "0 "}, {"roles.-1", "0 "}, {"realm_access.roles", "2 m,n"},
		{`a\.b.c`, "1 dotted"}, {"a.b.c", "0 "}, {"groups.#.name", "2 g1,g2"}, {"groups.#.x.#.y", "1 deep"}, {"groups.1.x.0.y", "1 deep"}, {"groups.#.other", "bad"},
		{`deep.e"scaped`, "3 q\"uote,, ]},é"}, {"keys.@keys", "2 k1,k2"}, {"roles.@keys", "bad"}, {`\#`, "1 hash"}, {"n.0", "1 zero"},
		{"extra", "1 more"}, {"claims.extra", "1 more"}, {"absent", "0 "}, {"keys", "bad"}, {"keys.k1", "bad"}, {"groups", "bad"},
	} {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Error(err)
			continue
		}
		i, problem := New(&Config{JWTAudience: true}).Document([]byte(document))
		if problem != "" {
			t.Fatal(problem)
		}
		r := i.Strings(p, nil)
		got := string(rune('0'+len(r.Texts))) + " " + strings.Join(r.Texts, ",")
		if r.Malformed {
			got = "bad"
		}
		if got != test.want {
			t.Errorf("%s = %q, want %q", test.path, got, test.want)
		}
		if single := test.path == "scope" || test.path == "roles.1" || test.path == "n.0"; !r.Malformed && len(r.Texts) > 0 && r.Single != single {
			t.Errorf("%s: single = %t", test.path, r.Single)
		}
	}
	for _, path := range []string{"", ".", "a.", ".a", "a..b", "*", "a.*", "a?", "#", "#.a", "a.#", "@keys", "a.@keys.b", "@this", "a.@reverse", "a.#(x==1)", "a|b", "{a,b}", "[a]", "!x", `a\`, "a.##.b",
		strings.Repeat("a.", 16) + "a"} {
		if p, err := ParsePath(path); err == nil {
			t.Errorf("%q = %v, want a fault", path, p.steps)
		}
	}
}
