package introspect

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

const clientSecret, ownToken = "gX1fBat3bV", "23410913-abewfq.123483"

// configOf decodes a configuration with more members.
func configOf(t testing.TB, members string) *Config {
	t.Helper()
	var c Config
	if err := config.Decode([]byte(`{"endpoint":"https://server.example.com/introspect","cluster":"server"`+members+`}`), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

const basic = `,"client_id":"s6BhdRkqt3","client_secret":"` + clientSecret + `"`

func TestConfigsThatAreRefused(t *testing.T) {
	tests := []struct{ name, members, want string }{
		{"no client id", `,"client_secret":"` + clientSecret + `"`, "config: client_id: required with client_secret_basic"},
		{"no client secret", `,"client_id":"a","authentication":"client_secret_post"`, "config: client_secret: required with client_secret_post"},
		{"an empty client secret", `,"client_id":"a","client_secret":""`, "config: client_secret: want a string"},
		{"a client secret that is no string", `,"client_id":"a","client_secret":["` + clientSecret + `"]`, "config: client_secret: want a string"},
		{"no token", `,"authentication":"bearer"`, "config: token: required with bearer"},
		{"a token that ends the header", `,"authentication":"bearer","token":"` + ownToken + `\r\nx: y"`, "config: token: want printable ASCII"},
		{"a secret of no use", `,"authentication":"none","client_secret":"` + clientSecret + `"`, "config: client_secret: has no use with none"},
		{"a token of no use", basic + `,"token":"` + ownToken + `"`, "config: token: has no use with client_secret_basic"},
		{"another way", basic + `,"authentication":"private_key_jwt"`, "config: authentication: "},
		{"a secret under another name", basic + `,"client_secrets":"` + clientSecret + `"`, `config: unknown field "client_secrets"`},
		{"no entries", basic + `,"max_entries":0`, "config: max_entries: want at least 16"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			err := config.Decode([]byte(`{"endpoint":"https://a/","cluster":"a"`+tt.members+`}`), &c)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), clientSecret) || strings.Contains(err.Error(), ownToken) {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	var c Config
	if err := config.Decode([]byte(`{"endpoint":"https://u:p@a/","cluster":"a"`+basic+`}`), &c); err == nil || !strings.HasPrefix(err.Error(), "config: endpoint: want a host") {
		t.Errorf("a user in the endpoint: %v", err)
	}
}

// TestSecretsAreNotPrinted: with no verb, wherever they are.
func TestSecretsAreNotPrinted(t *testing.T) {
	for _, members := range []string{basic, basic + `,"authentication":"client_secret_post"`, `,"authentication":"bearer","token":"` + ownToken + `"`} {
		c := configOf(t, members)
		i := New(c, 1)
		r := newRequest(c)
		now := start
		i.Lookup(now, "opaque-token")
		i.Answer(now, answer(1, "200", `{"active":true,"sub":"someone"}`))
		result, _, _ := i.Lookup(now, "opaque-token")
		values := []any{c, *c, c.ClientSecret, []*Secret{c.Token}, struct{ s *Secret }{c.ClientSecret}, struct{ s Secret }{*r.after}, map[string]Secret{"a": *r.after}, *r.after, i, struct{ I *Introspector }{i},
			i.request, &i.request, result, *i, struct{ R *Result }{result}, *result}
		var printed strings.Builder
		for _, v := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
				fmt.Fprintf(&printed, verb+"\n", v)
			}
		}
		text := printed.String()
		encoded := base64.StdEncoding.EncodeToString([]byte("s6BhdRkqt3:" + clientSecret))
		for _, secret := range []string{clientSecret, ownToken, encoded, "opaque-token"} {
			for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
				if strings.Contains(text, form) {
					t.Errorf("with %s a secret is printed", members)
				}
			}
		}
	}
}

func TestCall(t *testing.T) {
	const hint = "&token_type_hint=access_token"
	tests := []struct {
		name, members, token, authorization, body string
	}{
		{"RFC 7662, Section 2.1, with a token of its own", `,"authentication":"bearer","token":"` + ownToken + `"`, "2YotnFZFEjr1zCsicMWpAA", "Bearer 23410913-abewfq.123483", "token=2YotnFZFEjr1zCsicMWpAA" + hint},
		{"RFC 7662, Section 2.1, with client id and secret", basic, "mF_9.B5f-4.1JqM", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", "token=mF_9.B5f-4.1JqM" + hint},
		{"another hint", basic + `,"token_type_hint":"a&b"`, "a", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", "token=a&token_type_hint=a%26b"},
		{"a token of all characters", basic, "aZ09-._~+/==", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", "token=aZ09-._~%2B%2F%3D%3D" + hint},
		{"id and secret with characters that need encoding", `,"client_id":"a:b c","client_secret":"é+%:"`, "a", "Basic " + base64.StdEncoding.EncodeToString([]byte("a%3Ab+c:%C3%A9%2B%25%3A")), "token=a" + hint},
		{"in the form", `,"authentication":"client_secret_post","client_id":"a b","client_secret":"c&d=e"`, "a", "", "token=a" + hint + "&client_id=a+b&client_secret=c%26d%3De"},
		{"no authentication", `,"authentication":"none"`, "a", "", "token=a" + hint},
		{"the cluster's certificate", `,"authentication":"none","client_id":"a"`, "a", "", "token=a" + hint + "&client_id=a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := New(configOf(t, tt.members), 5)
			_, state, calls := i.Lookup(start, tt.token)
			if state != Wait || len(calls) != 1 {
				t.Fatalf("%v, %d calls", state, len(calls))
			}
			c := calls[0]
			want := "[{:method POST} {:scheme https} {:authority server.example.com} {:path /introspect} {content-type application/x-www-form-urlencoded} {accept application/json}"
			if tt.authorization != "" {
				want += " {authorization " + tt.authorization + "}"
			}
			if got := fmt.Sprint(c.Headers); got != want+"]" {
				t.Errorf("headers %s, want %s", got, want)
			}
			if string(c.Body) != tt.body || c.ID != 5 || c.Cluster != "server" || c.Timeout != 5*time.Second {
				t.Errorf("call %d to %s, %v, %s, want %s", c.ID, c.Cluster, c.Timeout, c.Body, tt.body)
			}
		})
	}
}

func answer(id uint64, status, body string) *policy.Answer {
	return &policy.Answer{ID: id, Body: []byte(body), Size: len(body),
		Headers: policy.Headers{{Name: ":status", Value: status}, {Name: "content-type", Value: "application/json"}}}
}

func typed(kind string) *policy.Answer {
	a := answer(0, "200", `{"active":true}`)
	a.Headers[1].Value = kind
	return a
}

func TestParse(t *testing.T) {
	tests := []struct {
		name   string
		answer *policy.Answer
		active bool
		want   string
	}{
		{"RFC 7662, Section 2.2, not active", answer(0, "200", `{"active": false}`), false, ""},
		{"the least", answer(0, "200", `{"active":true}`), true, ""},
		{"not active, and more", answer(0, "200", `{"active":false,"exp":"never"}`), false, ""},
		{"with a parameter", typed("application/json;charset=UTF-8"), true, ""},
		{"a type in another case", typed("Application/JSON"), true, ""},
		{"an array of audiences", answer(0, "200", `{"active":true,"aud":["a","b"]}`), true, ""},
		{"no answer", &policy.Answer{Failed: true}, false, "no answer from its cluster"},
		{"a wrong secret", answer(0, "401", `{"error":"invalid_client"}`), false, "the endpoint does not accept the gateway's authentication"},
		{"too little for the endpoint", answer(0, "403", ``), false, "the endpoint does not accept the gateway's authentication"},
		{"an error", answer(0, "500", `{"active":true}`), false, "an answer of another status than 200"},
		{"created", answer(0, "201", `{"active":true}`), false, "an answer of another status than 200"},
		{"no status", &policy.Answer{}, false, "an answer of another status than 200"},
		{"a page", typed("text/html"), false, "an answer of another type than application/json"},
		{"a signed answer (RFC 9701)", typed("application/token-introspection+jwt"), false, "an answer of another type than application/json"},
		{"no type", typed(""), false, "an answer of another type than application/json"},
		{"an answer that is too large", answer(0, "200", `{"active":true}`+strings.Repeat(" ", MaxResponse)), false, "an answer of more than 64 KiB"},
		{"an answer that was cut off", &policy.Answer{Headers: typed("application/json").Headers, Body: []byte(`{"active":true}`), Size: 16}, false, "an answer of more than 64 KiB"},
		{"an empty answer", answer(0, "200", ``), false, "an answer that is no JSON object, or one with duplicate members"},
		{"an array", answer(0, "200", `[true]`), false, "an answer that is no JSON object, or one with duplicate members"},
		{"active twice", answer(0, "200", `{"active":false,"active":true}`), false, "an answer that is no JSON object, or one with duplicate members"},
		{"active twice, once escaped", answer(0, "200", `{"active":false,"\u0061ctive":true}`), false, "an answer that is no JSON object, or one with duplicate members"},
		{"a subject twice", answer(0, "200", `{"active":true,"sub":"a","sub":"b"}`), false, "an answer that is no JSON object, or one with duplicate members"},
		{"something after it", answer(0, "200", `{"active":true}{}`), false, "an answer that is no JSON object, or one with duplicate members"},
		{"no word of active", answer(0, "200", `{}`), false, `an answer in which "active" is no boolean`},
		{"active as a string", answer(0, "200", `{"active":"true"}`), false, `an answer in which "active" is no boolean`},
		{"active as a number", answer(0, "200", `{"active":1}`), false, `an answer in which "active" is no boolean`},
		{"active as null", answer(0, "200", `{"active":null}`), false, `an answer in which "active" is no boolean`},
		{"active in another case", answer(0, "200", `{"Active":true}`), false, `an answer in which "active" is no boolean`},
		{"exp as a string", answer(0, "200", `{"active":true,"exp":"1419356238"}`), false, `an answer in which "exp" has the wrong type`},
		{"sub as a number", answer(0, "200", `{"active":true,"sub":1}`), false, `an answer in which "sub" has the wrong type`},
		{"aud with a number", answer(0, "200", `{"active":true,"aud":["a",1]}`), false, `an answer in which "aud" has the wrong type`},
		{"scope as an array", answer(0, "200", `{"active":true,"scope":["a"]}`), false, `an answer in which "scope" has the wrong type`},
		{"client_id as null", answer(0, "200", `{"active":true,"client_id":null}`), false, `an answer in which "client_id" has the wrong type`},
		{"username as an object", answer(0, "200", `{"active":true,"username":{}}`), false, `an answer in which "username" has the wrong type`},
		{"token_type as a boolean", answer(0, "200", `{"active":true,"token_type":true}`), false, `an answer in which "token_type" has the wrong type`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result, wrong := parse(tt.answer)
			if (result != nil) != tt.active || string(wrong) != tt.want {
				t.Errorf("%v, %q, want %v, %q", result != nil, wrong, tt.active, tt.want)
			}
		})
	}
}

// TestResult reads the example of RFC 7662, Section 2.2.
func TestResult(t *testing.T) {
	const example = `{
		"active": true,
		"client_id": "l238j323ds-23ij4",
		"username": "jdoe",
		"scope": "read write dolphin",
		"sub": "Z5O3upPC88QrAjx00dis",
		"aud": "https://protected.example.net/resource",
		"iss": "https://server.example.com/",
		"exp": 1419356238,
		"iat": 1419350238,
		"extension_field": "twenty-seven"
	}`
	r, wrong := parse(answer(0, "200", example))
	if wrong != "" {
		t.Fatal(wrong)
	}
	if r.Raw != example || r.ClientID != "l238j323ds-23ij4" || r.Username != "jdoe" || r.Scope != "read write dolphin" || r.TokenType != "" {
		t.Errorf("client %q, user %q, scope %q, type %q", r.ClientID, r.Username, r.Scope, r.TokenType)
	}
	c := r.Claims
	if c.Subject != "Z5O3upPC88QrAjx00dis" || len(c.Audience) != 1 || c.Audience[0] != "https://protected.example.net/resource" || c.Issuer != "https://server.example.com/" || c.Expires.Unix() != 1419356238 || c.IssuedAt.Unix() != 1419350238 {
		t.Errorf("claims %+v", c)
	}
	if text, _ := c.Object.Get("extension_field").Text(); text != "twenty-seven" {
		t.Errorf("extension_field %q", text)
	}
}

// FuzzEncode: what is written is a form of three members, whatever the token.
func FuzzEncode(f *testing.F) {
	f.Add("aZ09-._~+/==", "c&d=e")
	f.Add("\x00\xff é", " +%")
	f.Fuzz(func(t *testing.T, token, hint string) {
		c := configOf(t, basic)
		c.TokenTypeHint = hint
		r := newRequest(c)
		values, err := url.ParseQuery(string(r.call(token).Body))
		if err != nil || len(values) != 2 || values.Get("token") != token || values.Get("token_type_hint") != hint {
			t.Fatalf("%q, %q: %v, %v", token, hint, values, err)
		}
	})
}
