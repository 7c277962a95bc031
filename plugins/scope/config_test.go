package scope

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// withRoute returns a configuration of one route, and members beside it.
func withRoute(route string, members ...string) string {
	return `{` + strings.Join(append(members, `"routes":[{"match":{},`+route+`}]`), ",") + `}`
}

func TestConfigDefaults(t *testing.T) {
	engine := newEngine(t, withRoute(`"all_of":["a"]`))
	switch {
	case engine.rest.mode != policy.Enforce || engine.openRest || engine.preflight:
		t.Errorf("engine = %+v", engine)
	case len(engine.sources) != 2 || engine.sources[0].claim.String() != "scope" || engine.sources[1].claim.String() != "scp" || engine.grantType.String() != "gty":
		t.Errorf("sources = %+v", engine.sources)
	case engine.challenge != challenge{realm: "api"}:
		t.Errorf("challenge = %+v", engine.challenge)
	case engine.Events().Write != "denied" || engine.Events().Identity != "plain":
		t.Errorf("events = %+v", engine.events)
	}
}

func TestConfigRefuses(t *testing.T) {
	name := strings.Repeat("x", 257)
	deep := `"a"`
	for range maxNesting + 1 {
		deep = `{"all_of":[` + deep + `]}`
	}
	tests := []struct {
		name     string
		document string
		// want are the path and the message of an error.
		path, want string
	}{
		{"nothing", ``, "", "empty, want a JSON object"},
		{"no routes", `{}`, "routes", "required"},
		{"an empty list of routes", `{"routes":[]}`, "routes", "want at least 1 entry"},
		{"a misspelt field", withRoute(`"allof":["a"]`), "routes[0]", `unknown field "allof", did you mean "all_of"?`},
		{"a route without conditions", `{"routes":[{"public":true}]}`, "routes[0].match", "required"},
		{"a route that needs nothing", `{"routes":[{"match":{}}]}`, "routes[0]", "want all_of, any_of, clients, grant_types, authenticated or public"},
		{"a route that is not public", withRoute(`"public":false`), "routes[0]", "want all_of"},
		{"a public route with a scope", withRoute(`"public":true,"all_of":["a"]`), "routes[0].public", "a public route needs nothing"},
		{"a public route with a client", withRoute(`"public":true,"clients":["a"]`), "routes[0].public", "a public route needs nothing"},
		{"a public route for identities", withRoute(`"public":true,"authenticated":true`), "routes[0].public", "a public route needs nothing"},
		{"a scope beside authenticated", withRoute(`"authenticated":true,"any_of":["a"]`), "routes[0].authenticated", "all_of and any_of need an identity anyway"},
		{"an empty list", withRoute(`"all_of":[]`), "routes[0].all_of", "want at least 1 entry"},
		{"null for a list", withRoute(`"all_of":null`), "routes[0].all_of", "want a list, got null"},
		{"no alternatives", withRoute(`"any_of":[]`), "routes[0].any_of", "want at least 1 entry"},
		{"a scope that is no list", withRoute(`"all_of":"a"`), "routes[0].all_of", "want a list, got string"},
		{"two scopes in one", withRoute(`"all_of":["a b"]`), "routes[0].all_of[0]", "want the name of a scope"},
		{"an empty scope", withRoute(`"all_of":[""]`), "routes[0].all_of[0]", "want the name of a scope"},
		{"a scope that is too long", withRoute(`"all_of":["` + name + `"]`), "routes[0].all_of[0]", "want the name of a scope"},
		{"a scope with a quotation mark", withRoute(`"all_of":["a\"b"]`), "routes[0].all_of[0]", "want the name of a scope"},
		{"a scope beyond ASCII", withRoute(`"all_of":["é"]`), "routes[0].all_of[0]", "want the name of a scope"},
		{"a wildcard that is needed", withRoute(`"all_of":["orders:*"]`), "routes[0].all_of[0]", "want the name of one scope: what a wildcard covers is said in hierarchy"},
		{"a number that is needed", withRoute(`"all_of":[1]`), "routes[0].all_of[0]", `want a scope, {"all_of": […]} or {"any_of": […]}`},
		{"an empty requirement", withRoute(`"all_of":[{}]`), "routes[0].all_of[0]", "want a scope, {"},
		{"a misspelt requirement", withRoute(`"all_of":[{"anyof":["a"]}]`), "routes[0].all_of[0]", "want a scope, {"},
		{"two lists in one requirement", withRoute(`"all_of":[{"any_of":["a"],"all_of":["b"]}]`), "routes[0].all_of[0]", "want a scope, {"},
		{"an empty list inside", withRoute(`"all_of":["a",{"any_of":[]}]`), "routes[0].all_of[1].any_of", "want a list of 1 to 64"},
		{"a list inside that is none", withRoute(`"all_of":["a",{"any_of":"b"}]`), "routes[0].all_of[1].any_of", "want a list of 1 to 64"},
		{"a bad scope deep inside", withRoute(`"all_of":["a",{"any_of":["b",{"all_of":["c d"]}]}]`), "routes[0].all_of[1].any_of[1].all_of[0]", "want the name of a scope"},
		{"lists that are nested too deep", withRoute(`"all_of":[` + deep + `]`), "routes[0].all_of[0]" + strings.Repeat(".all_of[0]", maxNesting), "want lists nested at most 8 deep"},
		{"no client", withRoute(`"clients":[]`), "routes[0].clients", "want at least 1 entry"},
		{"one client twice", withRoute(`"clients":["a","a"]`), "routes[0].clients[1]", "the same as entry 0"},
		{"no grant", withRoute(`"grant_types":[]`), "routes[0].grant_types", "want at least 1 entry"},
		{"an unknown mode", withRoute(`"public":true`, `"mode":"off"`), "mode", `want "enforce" or "shadow"`},
		{"an unknown mode of a route", withRoute(`"public":true,"mode":"off"`), "routes[0].mode", `want "enforce" or "shadow"`},
		{"an unknown default", withRoute(`"public":true`, `"default":"permit"`), "default", `want "deny" or "allow"`},
		{"a word for preflights", withRoute(`"public":true`, `"allow_cors_preflight":"yes"`), "allow_cors_preflight", "want a boolean"},
		{"a path that no request has", `{"routes":[{"match":{"path":{"exact":"/a/../b"}},"public":true}]}`, "routes[0].match.path.exact", "want"},

		{"a hierarchy that is a list", withRoute(`"all_of":["a"]`, `"hierarchy":[]`), "hierarchy", `want an object such as {"orders:write": ["orders:read"]}, got array`},
		{"a hierarchy of a string", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":"a"}`), "hierarchy.b", "want a list of 1 to 1024 scopes"},
		{"a scope that covers nothing", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":[]}`), "hierarchy.b", "want a list of 1 to 1024 scopes"},
		{"an entry that is no scope", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":["a",7]}`), "hierarchy.b[1]", "want the name of a scope, or"},
		{"a star inside an entry", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":["a*b"]}`), "hierarchy.b[0]", "want the name of a scope, or"},
		{"two stars", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":["a**"]}`), "hierarchy.b[0]", "want the name of a scope, or"},
		{"an entry twice", withRoute(`"all_of":["a"]`, `"hierarchy":{"b":["a","a"]}`), "hierarchy.b[1]", "the same as another entry"},
		{"a key that is no scope", withRoute(`"all_of":["a"]`, `"hierarchy":{"b c":["a"]}`), `hierarchy["b c"]`, "want the name of a scope as the key"},
		{"a scope that covers itself", withRoute(`"all_of":["a"]`, `"hierarchy":{"a":["a"]}`), "hierarchy.a[0]", "a scope covers itself: a > a, want no cycle"},
		{"two that cover each other", withRoute(`"all_of":["a"]`, `"hierarchy":{"orders:admin":["orders:write"],"orders:write":["orders:read","orders:admin"]}`), `hierarchy["orders:admin"][0]`, "a scope covers itself: orders:admin > orders:write > orders:admin, want no cycle"},
		{"a long way round", withRoute(`"all_of":["a"]`, `"hierarchy":{"x":["a"],"a":["b"],"b":["c"],"c":["d","a"]}`), "hierarchy.a[0]", "a scope covers itself: a > b > c > a, want no cycle"},
		{"a way back by a wildcard", withRoute(`"all_of":["a"]`, `"hierarchy":{"o:write":["o:admin"],"o:admin":["o:*"]}`), `hierarchy["o:write"][0]`, "a scope covers itself: o:write > o:admin > o:write, want no cycle"},

		{"no sources", withRoute(`"all_of":["a"]`, `"sources":[]`), "sources", "want at least 1 entry"},
		{"a source without a claim", withRoute(`"all_of":["a"]`, `"sources":[{"prefix":"x:"}]`), "sources[0].claim", "required"},
		{"a source with an empty claim", withRoute(`"all_of":["a"]`, `"sources":[{"claim":""}]`), "sources[0].claim", "want the path of a claim"},
		{"a query of GJSON", withRoute(`"all_of":["a"]`, `"sources":[{"claim":"roles.#(x==1)"}]`), "sources[0].claim", `want names, numbers, "#" and "@keys" only`},
		{"a modifier of GJSON", withRoute(`"all_of":["a"]`, `"sources":[{"claim":"roles.@reverse"}]`), "sources[0].claim", `want "@keys" or "#" alone`},
		{"a number of entries", withRoute(`"all_of":["a"]`, `"sources":[{"claim":"roles.#"}]`), "sources[0].claim", `want the name of a member after "#"`},
		{"a prefix with a space", withRoute(`"all_of":["a"]`, `"sources":[{"claim":"roles","prefix":"a b"}]`), "sources[0].prefix", "want 1 to 64 visible ASCII characters"},
		{"a claim for grants that is none", withRoute(`"all_of":["a"]`, `"grant_type_claim":"a."`), "grant_type_claim", "want no empty name"},
		{"nobody who could say who it is", withRoute(`"all_of":["a"]`, `"identity":{"jwt_audience":false}`), "identity", "want jwt_audience to be true or payload_in_metadata"},
		{"no key of metadata", withRoute(`"all_of":["a"]`, `"identity":{"payload_in_metadata":[]}`), "identity.payload_in_metadata", "want at least 1 entry"},
		{"a realm with a quotation mark", withRoute(`"all_of":["a"]`, `"realm":"a\"b"`), "realm", "want 1 to 64 printable ASCII characters"},
		{"metadata without TLS", withRoute(`"all_of":["a"]`, `"resource_metadata_uri":"http://api.example.com/x"`), "resource_metadata_uri", "want a URL with the scheme https"},
		{"metadata with a fragment", withRoute(`"all_of":["a"]`, `"resource_metadata_uri":"https://api.example.com/#x"`), "resource_metadata_uri", "want a URL with the scheme https"},
		{"metadata that ends the string", withRoute(`"all_of":["a"]`, `"resource_metadata_uri":"https://api.example.com/\", x=\""`), "resource_metadata_uri", "want a URL with the scheme https"},
		{"pseudonyms without a key", withRoute(`"all_of":["a"]`, `"events":{"identity":"pseudonym"}`), "events.pseudonym_key", "required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			engine, err := New([]byte(test.document))
			if engine != nil || err == nil {
				t.Fatal("accepted")
			}
			var faults []*config.Error
			switch e := err.(type) {
			case *config.Error:
				faults = append(faults, e)
			case config.Errors:
				faults = e
			}
			if !slices.ContainsFunc(faults, func(fault *config.Error) bool {
				return fault.Path == test.path && strings.HasPrefix(fault.Message, test.want)
			}) {
				t.Errorf("error = %v, want %s: %s", err, test.path, test.want)
			}
		})
	}
}

func TestHierarchyCovers(t *testing.T) {
	const document = `{"admin":["write","audit"],"write":["read"],"audit":["read"],"o:*":["o:*"],"o:admin":["o:*"],"owner":["o:admin","p"],"p":["p:*"],"everything":["*"],"role:x":["o:admin"]}`
	needed := []string{"read", "write", "admin", "o:read", "o:admin", "p:1", "q"}
	tests := map[string]string{
		"read": "read", "write": "read write", "audit": "read", "admin": "read write admin", "o:*": "o:read o:admin", "o:admin": "o:read o:admin",
		"owner": "o:read o:admin p:1", "p": "p:1", "p:1": "p:1", "q": "q", "everything": "read write admin o:read o:admin p:1 q", "role:x": "o:read o:admin", "*": "", "o:": "", "nothing": "",
	}
	var c Config
	if err := config.Decode([]byte(withRoute(`"all_of":["read"]`, `"hierarchy":`+document)), &c); err != nil {
		t.Fatal(err)
	}
	grants := c.Hierarchy.grants(needed)
	for held, want := range tests {
		var got []string
		for _, i := range grants[held] {
			got = append(got, needed[i])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s covers %q, want %q", held, got, want)
		}
	}
}

// TestRequirementsAgreeWithLogic holds nested lists to their meaning, written out,
// for every set of scopes.
func TestRequirementsAgreeWithLogic(t *testing.T) {
	engine := newEngine(t, withRoute(`"all_of":["a",{"any_of":["b",{"all_of":["c","d"]}]}],"any_of":["e",{"all_of":["a",{"any_of":["f","b"]}]}]`))
	for i := range 64 {
		has := func(c byte) bool { return i>>(c-'a')&1 == 1 }
		var held []string
		for c := byte('a'); c <= 'f'; c++ {
			if has(c) {
				held = append(held, string(c))
			}
		}
		want := has('a') && (has('b') || has('c') && has('d')) && (has('e') || has('a') && (has('f') || has('b')))
		decision := engine.Decide(request("GET", "/", who(`"scope":"`+strings.Join(held, " ")+`"`)))
		if (decision.Outcome == policy.Allow) != want {
			t.Errorf("%v: %s, want allowed: %t", held, decision.Reason, want)
		}
	}
}
