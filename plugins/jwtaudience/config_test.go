package jwtaudience

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// withIssuer returns a configuration of one issuer with members added to the
// least that it needs.
func withIssuer(members string) string {
	return `{"issuers":[{"issuer":"https://a","audiences":["x"],"jwks":` + josetest.Set(edKey) + members + `}]}`
}

func TestConfigDefaults(t *testing.T) {
	engine := newEngine(t, withIssuer(""))
	i := engine.issuers["https://a"]
	switch {
	case i.skew != time.Minute:
		t.Errorf("skew = %v", i.skew)
	case i.maxLifetime != 0:
		t.Errorf("longest lifetime = %v", i.maxLifetime)
	case i.algorithms != jose.AllAlgorithms():
		t.Errorf("algorithms = %v", i.algorithms)
	case len(i.types) != 2 || i.types[0] != "at+jwt" || i.types[1] != "jwt":
		t.Errorf("types = %v", i.types)
	case engine.rest.mode != policy.Enforce || engine.rest.anonymous || !engine.forward || engine.realm != "api":
		t.Errorf("engine = %+v", engine)
	case engine.Events().Write != "denied" || engine.Events().Identity != "plain":
		t.Errorf("events = %+v", engine.events)
	}
}

func TestConfigEvents(t *testing.T) {
	for _, want := range []string{"denied", "all", "none"} {
		engine := newEngine(t, `{"events":{"write":"`+want+`"},`+withIssuer("")[1:])
		if got := engine.Events().Write; got != want {
			t.Errorf("events.write = %v, want %v", got, want)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	route := func(members string) string {
		return withIssuer("")[:len(withIssuer(""))-1] + `,"routes":[{` + members + `}]}`
	}
	keys := func(jwks string) string {
		return `{"issuers":[{"issuer":"https://a","audiences":["x"],"jwks":` + jwks + `}]}`
	}
	tests := []struct {
		name     string
		document string
		// want are the path and the message of an error.
		path, want string
	}{
		{"nothing", ``, "", "empty, want a JSON object"},
		{"no issuers", `{}`, "issuers", "required"},
		{"empty list of issuers", `{"issuers":[]}`, "issuers", "want at least 1 entry"},
		{"no audiences", `{"issuers":[{"issuer":"https://a","jwks":` + josetest.Set(edKey) + `}]}`, "issuers[0].audiences", "required"},
		{"empty list of audiences", strings.Replace(withIssuer(""), `["x"]`, `[]`, 1), "issuers[0].audiences", "want at least 1 entry"},
		{"empty audience", strings.Replace(withIssuer(""), `["x"]`, `[""]`, 1), "issuers[0].audiences[0]", "empty, want at least 1 character"},
		{"audience that is no list", strings.Replace(withIssuer(""), `["x"]`, `"x"`, 1), "issuers[0].audiences", "want a list, got string"},
		{"misspelt audiences", strings.Replace(withIssuer(""), `"audiences"`, `"audience"`, 1), "issuers[0]", `unknown field "audience", did you mean "audiences"?`},
		{"empty list of audiences on a route", route(`"match":{},"audiences":[]`), "routes[0].audiences", "want at least 1 entry"},
		{"audiences switched off by null", route(`"match":{},"audiences":null`), "routes[0].audiences", "want a list, got null"},
		{"no issuer", strings.Replace(withIssuer(""), `"issuer":"https://a",`, ``, 1), "issuers[0].issuer", "required"},
		{"one issuer twice", `{"issuers":[` + withIssuer("")[12:len(withIssuer(""))-2] + `,` + withIssuer("")[12:len(withIssuer(""))-2] + `]}`,
			"issuers[1].issuer", "already used by issuers[0]"},
		{"unknown mode", `{"mode":"off",` + withIssuer("")[1:], "mode", `want "enforce" or "shadow"`},
		{"unknown mode of a route", route(`"match":{},"mode":"off"`), "routes[0].mode", `want "enforce" or "shadow"`},

		{"algorithm none", withIssuer(`,"algorithms":["none"]`), "issuers[0].algorithms[0]", "want "},
		{"symmetric algorithm", withIssuer(`,"algorithms":["EdDSA","HS256"]`), "issuers[0].algorithms[1]", "want "},
		{"algorithm in another case", withIssuer(`,"algorithms":["eddsa"]`), "issuers[0].algorithms[0]", "want "},
		{"no algorithm", withIssuer(`,"algorithms":[]`), "issuers[0].algorithms", "want at least 1 entry"},
		{"algorithm no key is for", withIssuer(`,"algorithms":["RS256"]`), "issuers[0].algorithms", "no key of jwks can be used with one of them"},
		{"skew that is a number", withIssuer(`,"clock_skew":60`), "issuers[0].clock_skew", "want a duration"},
		{"negative skew", withIssuer(`,"clock_skew":"-1s"`), "issuers[0].clock_skew", "want a duration"},
		{"skew of an hour", withIssuer(`,"clock_skew":"1h"`), "issuers[0].clock_skew", "want at most 5m"},
		{"longest lifetime of nothing", withIssuer(`,"max_lifetime":"0s"`), "issuers[0].max_lifetime", "want at least 1s"},
		{"no token type", withIssuer(`,"token_types":[]`), "issuers[0].token_types", "want at least 1 entry"},
		{"empty token type", withIssuer(`,"token_types":[""]`), "issuers[0].token_types[0]", "want a media type"},
		{"token type with a parameter", withIssuer(`,"token_types":["at+jwt;v=1"]`), "issuers[0].token_types[0]", "want a media type"},

		{"no keys", `{"issuers":[{"issuer":"https://a","audiences":["x"]}]}`, "issuers[0]", "want jwks, jwks_uri, discovery or introspection"},
		{"keys that are a list", keys(`[]`), "issuers[0].jwks", `want a JWK Set, an object with an array "keys", got array`},
		{"keys that are text", keys(`"{}"`), "issuers[0].jwks", `want a JWK Set`},
		{"empty key set", keys(`{"keys":[]}`), "issuers[0].jwks.keys", "want at least 1 key that verifies signatures"},
		{"a single key", keys(edKey.JWK()), "issuers[0].jwks", "a single key"},
		{"symmetric key", keys(`{"keys":[` + edKey.JWK() + `,{"kty":"oct","k":"c2VjcmV0c2VjcmV0"}]}`), "issuers[0].jwks.keys[1].k", "private or symmetric key material"},
		{"private key", keys(`{"keys":[` + edKey.BareJWK(`"d":"c2VjcmV0c2VjcmV0"`) + `]}`), "issuers[0].jwks.keys[0].d", "private or symmetric key material"},
		{"key of an unknown type", keys(`{"keys":[{"kty":"AKP"}]}`), "issuers[0].jwks.keys[0].kty", "want RSA, EC or OKP"},
		{"RSA key that is too small", keys(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + josetest.Encode(strings.Repeat("\xff", 128)) + `"}]}`),
			"issuers[0].jwks.keys[0].n", "1024 bits, want 2048 to 8192"},
		{"one kid for two keys", keys(`{"keys":[` + edKey.JWK() + `,` + ecKey.BareJWK(`"kid":"ed"`) + `]}`), "issuers[0].jwks.keys[1].kid", "already used by keys[0]"},

		{"route without conditions", route(`"allow_anonymous":true`), "routes[0].match", "required"},
		{"route with an unknown member", route(`"match":{},"audience_check":false`), "routes[0]", `unknown field "audience_check"`},
		{"route that no request takes", route(`"match":{"path":{"exact":"/a/../b"}}`), "routes[0].match.path.exact", "want"},
		{"ambiguous form that does not exist", `{"paths":{"allow":["all"]},` + withIssuer("")[1:], "paths.allow[0]", "want "},
		{"realm with a quotation mark", `{"realm":"a\"b",` + withIssuer("")[1:], "realm", "want 1 to 64 printable ASCII characters"},
		{"pseudonyms without a key", `{"events":{"identity":"pseudonym"},` + withIssuer("")[1:], "events.pseudonym_key", "required"},
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
			found := false
			for _, fault := range faults {
				found = found || fault.Path == test.path && strings.HasPrefix(fault.Message, test.want)
			}
			if !found {
				t.Errorf("error = %v, want %s: %s", err, test.path, test.want)
			}
			if strings.Contains(err.Error(), "c2VjcmV0") {
				t.Errorf("key material in %v", err)
			}
		})
	}
}

func TestConfigTakesTheKeysOfProviders(t *testing.T) {
	for _, test := range []struct{ name, jwks string }{
		{"encryption key beside the signature key", `{"keys":[` + rsaKey.BareJWK(`"use":"enc"`, `"alg":"RSA-OAEP"`, `"kid":"e"`) + `,` + edKey.JWK() + `]}`},
		{"keys of algorithms that are not allowed", josetest.Set(rsaKey, ecKey, edKey)},
		{"certificate beside the key", `{"keys":[` + edKey.BareJWK(`"x5c":["MIIC"]`, `"x5t":"AA"`) + `]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			newEngine(t, `{"issuers":[{"issuer":"https://a","audiences":["x"],"algorithms":["EdDSA"],"jwks":`+test.jwks+`}]}`)
		})
	}
}
