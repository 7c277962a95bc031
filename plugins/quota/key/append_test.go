package key

import (
	"net/netip"
	"strings"
	"testing"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/policy"
)

// attributes are those of a request, by paths joined with dots.
type attributes map[string]string

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, ".")]
	return []byte(value), ok
}

// request makes a request of header fields, names and values in turn.
func request(fields ...string) *policy.Request {
	r := &policy.Request{}
	for i := 0; i < len(fields); i += 2 {
		r.Headers = append(r.Headers, policy.Header{Name: fields[i], Value: fields[i+1]})
	}
	return r
}

func source(t testing.TB, text string) *Source {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func who(t testing.TB, document string) *identity.Identity {
	t.Helper()
	i, problem := identity.New(&identity.Config{JWTAudience: true}).Document([]byte(document))
	if problem != "" {
		t.Fatal(problem)
	}
	return i
}

// Results that are no value.
const (
	missing   = "(missing)"
	malformed = "(malformed)"
)

// read returns the value of a source as people read it.
func read(t testing.TB, s *Source, in *Input) string {
	t.Helper()
	b, presence := s.Append(nil, in)
	if len(b) == 0 || len(b) > MaxLen {
		t.Fatalf("%s: appended %d bytes", s, len(b))
	}
	switch {
	case presence == Missing && b[0] == missingTag && len(b) == 1:
		return missing
	case presence == Malformed && b[0] == malformedTag && len(b) == 1:
		return malformed
	case presence != Present || b[0] == missingTag || b[0] == malformedTag:
		t.Fatalf("%s: appended %q, presence %d", s, b, presence)
	}
	return s.Plain(b)
}

func TestAppend(t *testing.T) {
	shop := `{"iss":"https://idp.example.com","sub":"u17","client_id":"shop","scope":"b a b","scp":["c","a"],"claims":{"tenant":"t\u00e9","level":1.0,"groups":["y","x","y"],"one":["x"],"text":"","none":null,"object":{},"realm":{"id":7}}}`
	mtls := func(more ...string) attributes {
		a := attributes{"connection.mtls": "\x01"}
		for i := 0; i < len(more); i += 2 {
			a["connection."+more[i]] = more[i+1]
		}
		return a
	}
	tests := []struct {
		name, source string
		in           Input
		want         string
	}{
		{"an address", "address", Input{Address: netip.MustParsePrefix("192.0.2.1/32")}, "192.0.2.1"},
		{"a prefix", "address", Input{Address: netip.MustParsePrefix("2001:db8::1:2/64")}, "2001:db8::/64"},
		{"no address", "address", Input{}, missing},

		{"issuer", "issuer", Input{Identity: who(t, shop)}, "https://idp.example.com"},
		{"subject", "subject", Input{Identity: who(t, shop)}, "u17"},
		{"client", "client_id", Input{Identity: who(t, shop)}, "shop"},
		{"no subject", "subject", Input{Identity: who(t, `{"iss":"a"}`)}, missing},
		{"no identity", "client_id", Input{}, missing},
		{"a claim", "claim:tenant", Input{Identity: who(t, shop)}, "té"},
		{"a number", "claim:level", Input{Identity: who(t, shop)}, "1"},
		{"a nested number", "claim:realm.id", Input{Identity: who(t, shop)}, "7"},
		{"a list as a set", "claim:groups", Input{Identity: who(t, shop)}, `["x","y"]`},
		{"a list of one", "claim:one", Input{Identity: who(t, shop)}, "x"},
		{"an empty claim", "claim:text", Input{Identity: who(t, shop)}, missing},
		{"null", "claim:none", Input{Identity: who(t, shop)}, missing},
		{"an object", "claim:object", Input{Identity: who(t, shop)}, malformed},
		{"no such claim", "claim:absent", Input{Identity: who(t, shop)}, missing},
		{"a claim of nobody", "claim:tenant", Input{}, missing},
		{"scopes of two claims", "scope", Input{Identity: who(t, shop)}, `["a","b","c"]`},
		{"one scope", "scope", Input{Identity: who(t, `{"iss":"a","scope":" a  a "}`)}, "a"},
		{"no scope", "scope", Input{Identity: who(t, `{"iss":"a","scope":""}`)}, missing},
		{"a scope in a list with a space", "scope", Input{Identity: who(t, `{"iss":"a","scp":["b a"]}`)}, "b a"},
		{"a scope of another type", "scope", Input{Identity: who(t, `{"iss":"a","scope":7}`)}, malformed},

		{"URI of a certificate", "certificate:uri_san", Input{Request: &policy.Request{Attributes: mtls("uri_san_peer_certificate", "spiffe://a/b")}}, "spiffe://a/b"},
		{"name of a certificate", "certificate:dns_san", Input{Request: &policy.Request{Attributes: mtls("dns_san_peer_certificate", "a.example")}}, "a.example"},
		{"subject of a certificate", "certificate:subject", Input{Request: &policy.Request{Attributes: mtls("subject_peer_certificate", "CN=a")}}, "CN=a"},
		{"digest of a certificate", "certificate:fingerprint", Input{Request: &policy.Request{Attributes: mtls("sha256_peer_certificate_digest", "00ff")}}, "00ff"},
		{"no such name in the certificate", "certificate:uri_san", Input{Request: &policy.Request{Attributes: mtls("dns_san_peer_certificate", "a.example")}}, missing},
		{"an empty name in the certificate", "certificate:uri_san", Input{Request: &policy.Request{Attributes: mtls("uri_san_peer_certificate", "")}}, missing},
		{"no mutual TLS", "certificate:uri_san", Input{Request: &policy.Request{Attributes: attributes{"connection.mtls": "\x00", "connection.uri_san_peer_certificate": "spiffe://a/b"}}}, missing},
		{"no TLS", "certificate:uri_san", Input{Request: &policy.Request{Attributes: attributes{"connection.uri_san_peer_certificate": "spiffe://a/b"}}}, missing},
		{"no attributes", "certificate:uri_san", Input{Request: &policy.Request{}}, missing},

		{"a header", "header:X-API-Key", Input{Request: request("x-api-key", "k1")}, "k1"},
		{"an empty header", "header:x-api-key", Input{Request: request("x-api-key", "")}, missing},
		{"no header", "header:x-api-key", Input{Request: request("x-api-ke", "k1")}, missing},
		{"a header twice", "header:x-api-key", Input{Request: request("x-api-key", "k1", "x-api-key", "k2")}, malformed},
		{"a header twice, one of them empty", "header:x-api-key", Input{Request: request("x-api-key", "", "x-api-key", "k2")}, malformed},
		{"a header twice with one value", "header:x-api-key", Input{Request: request("x-api-key", "k1", "x-api-key", "k1")}, "k1"},
		{"a header three times", "header:x-api-key", Input{Request: request("x-api-key", "k1", "x-api-key", "k2", "x-api-key", "k1")}, malformed},
		{"a header with a list", "header:x-api-key", Input{Request: request("x-api-key", "k1, k2")}, "k1, k2"},
		{"credentials", "header:authorization", Input{Request: request("authorization", "BeaRer   eyJ0")}, "bearer eyJ0"},
		{"credentials in their one spelling", "header:Authorization", Input{Request: request("authorization", "bearer eyJ0")}, "bearer eyJ0"},
		{"a scheme alone", "header:authorization", Input{Request: request("authorization", "Negotiate")}, "negotiate "},
		{"a header that is no UTF-8", "header:x-api-key", Input{Request: request("x-api-key", "\xff")}, "sha256:a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"},

		{"a cookie", "cookie:sid", Input{Request: request("cookie", "a=b; sid=s1; c")}, "s1"},
		{"a cookie in a field of its own", "cookie:sid", Input{Request: request("cookie", "a=b", "cookie", "sid=s1")}, "s1"},
		{"a cookie twice", "cookie:sid", Input{Request: request("cookie", "sid=s1; sid=s2")}, malformed},
		{"a cookie twice in two fields", "cookie:sid", Input{Request: request("cookie", "sid=s1", "cookie", "sid=s2")}, malformed},
		{"a cookie twice with one value", "cookie:sid", Input{Request: request("cookie", `sid=s1;sid="s1"`)}, "s1"},
		{"a cookie in quotation marks", "cookie:sid", Input{Request: request("cookie", `sid="s1"`)}, "s1"},
		{"an encoded cookie", "cookie:sid", Input{Request: request("cookie", "sid=%731")}, "s1"},
		{"a cookie with an encoded name", "cookie:sid", Input{Request: request("cookie", "%73id=s1")}, "s1"},
		{"a cookie and one with an encoded name", "cookie:sid", Input{Request: request("cookie", "sid=s1;%73id=s2")}, malformed},
		{"white space around a cookie", "cookie:sid", Input{Request: request("cookie", "a=b;\tsid = s1 ;c=d")}, "s1"},
		{"an equals sign in a cookie", "cookie:sid", Input{Request: request("cookie", "sid=s1==")}, "s1=="},
		{"an empty cookie", "cookie:sid", Input{Request: request("cookie", "sid=")}, missing},
		{"a cookie without a value", "cookie:sid", Input{Request: request("cookie", "sid")}, missing},
		{"a cookie of another case", "cookie:sid", Input{Request: request("cookie", "SID=s1")}, missing},
		{"no cookie", "cookie:sid", Input{Request: request("cookie", "xsid=s1; sidx=s1; a=sid=s1")}, missing},

		{"a parameter", "query:key", Input{Request: request(":path", "/a?x=y&key=k1&z")}, "k1"},
		{"an encoded parameter", "query:key", Input{Request: request(":path", "/a?%6bey=%6B1+%20%2b")}, "k1  +"},
		{"a parameter twice", "query:key", Input{Request: request(":path", "/a?key=k1&key=k2")}, malformed},
		{"a parameter twice, once encoded", "query:key", Input{Request: request(":path", "/a?key=k1&k%65y=k2")}, malformed},
		{"a parameter twice with one value", "query:key", Input{Request: request(":path", "/a?key=k1&k%65y=k%31")}, "k1"},
		{"a semicolon behind a parameter", "query:key", Input{Request: request(":path", "/a?key=k1;x=1")}, malformed},
		{"a parameter behind a semicolon", "query:key", Input{Request: request(":path", "/a?x=1;key=k1")}, malformed},
		{"an encoded semicolon", "query:key", Input{Request: request(":path", "/a?key=k1%3Bx")}, "k1;x"},
		{"a semicolon elsewhere", "query:key", Input{Request: request(":path", "/a?x;y=1&key=k1")}, "k1"},
		{"a parameter without a value", "query:key", Input{Request: request(":path", "/a?key")}, missing},
		{"a half encoding", "query:key", Input{Request: request(":path", "/a?key=%4&x=%")}, "%4"},
		{"an encoding at the end", "query:key", Input{Request: request(":path", "/a?key=%41")}, "A"},
		{"a fragment", "query:key", Input{Request: request(":path", "/a?key=k1#&key=k2")}, "k1"},
		{"a question mark in a query", "query:key", Input{Request: request(":path", "/a?x?key=k2&key=?")}, "?"},
		{"no query", "query:key", Input{Request: request(":path", "/key=k1")}, missing},
		{"no target", "query:key", Input{Request: request()}, missing},
		{"two targets", "query:key", Input{Request: request(":path", "/a?key=k1", ":path", "/a?key=k2")}, malformed},
		{"a parameter of an empty value and one of none", "query:key", Input{Request: request(":path", "/a?key=&key")}, missing},

		{"a path", "path", Input{Request: request(":path", "/a/b?c")}, "/a/b"},
		{"an encoded path", "path", Input{Request: request(":path", "//x/../%61/./b")}, "/a/b"},
		{"a path that was read before", "path", Input{Path: "/a", Request: request(":path", "/a;b")}, "/a"},
		{"an ambiguous path", "path", Input{Request: request(":path", "/a%2fb")}, malformed},
		{"no path", "path", Input{Request: request(":method", "CONNECT")}, missing},
		{"the whole server", "path", Input{Request: request(":path", "*")}, "*"},
		{"a template", "path_template", Input{Template: "/a/{id}"}, "/a/{id}"},
		{"no template", "path_template", Input{}, missing},
		{"a method", "method", Input{Request: request(":method", "GET")}, "GET"},
		{"a method in lower case", "method", Input{Request: request(":method", "get")}, "GET"},
		{"no method", "method", Input{Request: request()}, missing},

		{"a host", "host", Input{Request: request(":authority", "api.example.com")}, "api.example.com"},
		{"a host with case, port and dot", "host", Input{Request: request(":authority", "API.example.COM.:8443")}, "api.example.com"},
		{"an IPv6 host", "host", Input{Request: request(":authority", "[2001:DB8:0:0::1]:80")}, "2001:db8::1"},
		{"no IPv6 host", "host", Input{Request: request(":authority", "[1]")}, malformed},
		{"user information", "host", Input{Request: request(":authority", "a@b")}, malformed},
		{"two hosts", "host", Input{Request: request(":authority", "a", ":authority", "b")}, malformed},
		{"a port alone", "host", Input{Request: request(":authority", ":80")}, malformed},
		{"no host", "host", Input{Request: request()}, missing},
		{"a route", "route", Input{Request: &policy.Request{Attributes: attributes{"xds.route_name": "orders"}}}, "orders"},
		{"no route", "route", Input{Request: &policy.Request{Attributes: attributes{"xds.route_name": ""}}}, missing},
		{"a virtual host", "virtual_host", Input{Request: &policy.Request{Attributes: attributes{"xds.virtual_host_name": "api"}}}, "api"},

		{"a member", "body:a.b", Input{Body: []byte(`{"a":{"b":"\u0078"}}`), BodyComplete: true}, "x"},
		{"a number in a body", "body:n", Input{Body: []byte(`{"n":10e-1}`), BodyComplete: true}, "1"},
		{"a boolean in a body", "body:n", Input{Body: []byte(`{"n":false}`), BodyComplete: true}, "false"},
		{"a list in a body", "body:n", Input{Body: []byte(`{"n":[2,"1",2.0]}`), BodyComplete: true}, `["1","2"]`},
		{"an entry of a list", "body:n.1", Input{Body: []byte(`{"n":[2,"1"]}`), BodyComplete: true}, "1"},
		{"an object in a body", "body:n", Input{Body: []byte(`{"n":{}}`), BodyComplete: true}, malformed},
		{"null in a body", "body:n", Input{Body: []byte(`{"n":null}`), BodyComplete: true}, missing},
		{"no member", "body:n", Input{Body: []byte(`{"m":1}`), BodyComplete: true}, missing},
		{"a member twice", "body:n", Input{Body: []byte(`{"n":1,"n":2}`), BodyComplete: true}, malformed},
		{"a member twice elsewhere", "body:n", Input{Body: []byte(`{"n":1,"m":{"x":1,"\u0078":2}}`), BodyComplete: true}, malformed},
		{"a body that is a list", "body:n", Input{Body: []byte(`[{"n":1}]`), BodyComplete: true}, malformed},
		{"no JSON", "body:n", Input{Body: []byte(`n=1`), BodyComplete: true}, malformed},
		{"no body", "body:n", Input{BodyComplete: true}, missing},
		{"an empty body", "body:n", Input{Body: []byte{}, BodyComplete: true}, missing},
		{"half a body", "body:n", Input{Body: []byte(`{"n":1}`)}, missing},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			s := source(t, test.source)
			for range 2 {
				if got := read(t, s, &test.in); got != test.want {
					t.Errorf("%s = %q, want %q", s, got, test.want)
				}
			}
		})
	}
}

// TestTheSameKey: spellings that an upstream takes for one value are one key.
func TestTheSameKey(t *testing.T) {
	for _, test := range []struct {
		source string
		inputs []Input
	}{
		{"path", []Input{{Request: request(":path", "/a/b")}, {Request: request(":path", "/%61/b?x")}, {Request: request(":path", "/x/..//a//b")}}},
		{"host", []Input{{Request: request(":authority", "a.b")}, {Request: request(":authority", "A.B.:1")}, {Request: request(":authority", "a.b:80")}}},
		{"query:a", []Input{{Request: request(":path", "/?a=b+c")}, {Request: request(":path", "/?%61=%62%20c&x")}}},
		{"cookie:a", []Input{{Request: request("cookie", "a=b")}, {Request: request("cookie", `x=y; a="%62"`)}}},
		{"body:a", []Input{
			{BodyComplete: true, Body: []byte(`{"a":1}`)}, {BodyComplete: true, Body: []byte(`{"\u0061":1.0}`)}, {BodyComplete: true, Body: []byte(` {"b":2,"a":1e0}`)},
			{BodyComplete: true, Body: []byte(`{"a":"1"}`)}, {BodyComplete: true, Body: []byte(`{"a":["\u0031",1]}`)},
		}},
		{"claim:a", []Input{{Identity: who(t, `{"iss":"i","claims":{"a":["x","y"]}}`)}, {Identity: who(t, `{"iss":"i","claims":{"a":["y","\u0078","y"]}}`)}}},
		{"scope", []Input{{Identity: who(t, `{"iss":"i","scope":"x y"}`)}, {Identity: who(t, `{"iss":"i","scp":["y","x"]}`)}}},
	} {
		s := source(t, test.source)
		first, _ := s.Append(nil, &test.inputs[0])
		for i := range test.inputs {
			if got, presence := s.Append(nil, &test.inputs[i]); string(got) != string(first) || presence != Present {
				t.Errorf("%s: input %d is %q, the first %q", s, i, got, first)
			}
		}
	}
}

// TestDifferentKeys: no two of these composites are one key.
func TestDifferentKeys(t *testing.T) {
	long := strings.Repeat("x", maxText)
	list := func(n int) string {
		var texts []string
		for i := range n {
			texts = append(texts, strings.Repeat("x", i+1))
		}
		return `["` + strings.Join(texts, `","`) + `"]`
	}
	sources := []*Source{source(t, "header:a"), source(t, "header:b"), source(t, "claim:c")}
	in := func(claim string, fields ...string) Input {
		return Input{Request: request(fields...), Identity: who(t, `{"iss":"i","claims":{"c":`+claim+`}}`)}
	}
	inputs := []Input{
		in(`""`), in(`""`, "a", "a", "b", "bc"), in(`""`, "a", "ab", "b", "c"), in(`""`, "a", "abc"), in(`""`, "b", "abc"),
		in(`""`, "a", "\xf0"), in(`""`, "a", "\xf1"), in(`""`, "a", "x", "a", "y"), in(`""`, "a", long), in(`""`, "a", long+"x"), in(`""`, "a", long+"y"), in(`""`, "a", long, "b", "x"),
		in(`"x"`), in(`"x,y"`), in(`["x","y"]`), in(`["x","y","z"]`), in(`["x,y","z"]`), in(`["xy","z"]`), in(`["x","yz"]`), in(`{}`), in(list(20)), in(list(30)), in(`["` + long + `","` + long + `x"]`),
		in(`["` + long + `","` + long + `y"]`), in(`["`+long+`","z`+long+`"]`, "a", "x"),
	}
	seen := map[string]int{}
	for i := range inputs {
		var composite []byte
		for _, s := range sources {
			before := len(composite)
			if composite, _ = s.Append(composite, &inputs[i]); len(composite)-before > MaxLen {
				t.Errorf("%s of input %d: %d bytes", s, i, len(composite)-before)
			}
		}
		if other, ok := seen[string(composite)]; ok && i != other {
			t.Errorf("inputs %d and %d are one key %q", other, i, composite)
		}
		seen[string(composite)] = i
	}
}

func TestPlain(t *testing.T) {
	s := source(t, "header:a")
	long := strings.Repeat("x", maxText+1)
	for _, test := range []struct {
		appended []byte
		want     string
	}{
		{nil, ""}, {[]byte{missingTag}, ""}, {[]byte{malformedTag}, ""}, {[]byte{0}, ""}, {[]byte{1, 'a'}, "a"}, {[]byte{2, 'a'}, ""}, {[]byte{1, 'a', 'b'}, ""}, {[]byte{setTag, 2, 1, 'a'}, `["a"]`},
		{[]byte{setTag, 2, 9, 'a'}, ""}, {[]byte{digestTag, 1}, ""}, {[]byte{0xff, 0}, ""},
	} {
		if got := s.Plain(test.appended); got != test.want {
			t.Errorf("Plain(%q) = %q, want %q", test.appended, got, test.want)
		}
	}
	if got := s.Plain(appendText(nil, long)); len(got) != len("sha256:")+64 || !strings.HasPrefix(got, "sha256:") {
		t.Errorf("a long text: %q", got)
	}
	set, _ := appendSet(nil, []string{strings.Repeat("a", 100), strings.Repeat("b", 100), strings.Repeat("c", 100)})
	if got := s.Plain(set); len(got) != len("sha256:")+64 {
		t.Errorf("a long set: %q", got)
	}
}
