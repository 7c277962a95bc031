package dpop

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

func TestResponse(t *testing.T) {
	algorithms := jose.Algorithms(0).With(jose.ES256).With(jose.PS256)
	tests := []struct {
		name      string
		refusal   Refusal
		status    int
		challenge string
	}{
		{"RFC 9449, Section 7.1: no credentials", Refusal{Algorithms: algorithms, Description: "not to be shown"}, 401, `DPoP algs="PS256 ES256"`},
		{"RFC 9449, Section 7.1: token of another key",
			Refusal{Code: CodeOf(ReasonBinding), Description: "Invalid DPoP key binding", Algorithms: jose.Algorithms(0).With(jose.ES256)}, 401,
			`DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"`},
		{"RFC 9449, Section 9: nonce",
			Refusal{Code: CodeOf(ReasonNonce), Description: "Resource server requires nonce in DPoP proof", Nonce: "eyJ7S_zG.eyJH0-Z.HX4w-7v"}, 401,
			`DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"`},
		{"bad proof", Refusal{Realm: "api", Code: CodeOf(ReasonSignature), Description: Describe(ReasonSignature)}, 401,
			`DPoP realm="api", error="invalid_dpop_proof", error_description="the signature of the DPoP proof does not verify"`},
		{"scope too small", Refusal{Realm: "api", Code: InsufficientScope, Scope: "a b"}, 403, `DPoP realm="api", error="insufficient_scope", scope="a b"`},
		{"text that would end the string or the field", Refusal{Realm: "a\"b\r\nc", Code: InvalidProof, Description: "é\\"}, 401,
			`DPoP realm="a?b??c", error="invalid_dpop_proof", error_description="???"`},
		{"nothing to say", Refusal{}, 401, "DPoP"},
	}
	for _, test := range tests {
		response := test.refusal.Response()
		challenge, _ := response.Headers.First("www-authenticate")
		if response.Status != test.status || challenge != test.challenge {
			t.Errorf("%s: %d, %s, want %d, %s", test.name, response.Status, challenge, test.status, test.challenge)
		}
		if nonce, _ := response.Headers.First("dpop-nonce"); nonce != test.refusal.Nonce {
			t.Errorf("%s: nonce %q, want %q", test.name, nonce, test.refusal.Nonce)
		}
		if cache, _ := response.Headers.First("cache-control"); cache != "no-store" {
			t.Errorf("%s: may be stored", test.name)
		}
	}
	response := Unavailable("id-1", "GET")
	if retry, _ := response.Headers.First("retry-after"); response.Status != 503 || retry != "1" || !strings.Contains(string(response.Body), "id-1") {
		t.Errorf("unavailable: %d, %q, %s", response.Status, response.Headers, response.Body)
	}
}

// TestEveryReasonIsDescribed: a client is told something of each, in characters
// that a challenge may hold, and no two are the same.
func TestEveryReasonIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, reason := range Reasons {
		text := Describe(reason)
		if text == "" || strings.ContainsAny(text, "\"\\") || seen[text] || !strings.HasPrefix(string(reason), "dpop_") || CodeOf(reason) == "" {
			t.Errorf("%s: %q", reason, text)
		}
		seen[text] = true
	}
	if len(seen) != 18 {
		t.Errorf("%d reasons, want 18", len(seen))
	}
	if Describe("other") != "" {
		t.Error("a reason of another package is described")
	}
}

func TestFindToken(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		token  string
		want   bearer.Finding
	}{
		{"no field", nil, "", bearer.None},
		{"RFC 9449, Section 7.1", []string{"DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"}, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", bearer.Single},
		{"scheme in another case, spaces", []string{" dpop   abc= "}, "abc=", bearer.Single},
		{"another scheme", []string{"Bearer abc"}, "", bearer.None},
		{"scheme that begins like it", []string{"DPoP2 abc"}, "", bearer.None},
		{"scheme alone", []string{"DPoP"}, "", bearer.Malformed},
		{"no token", []string{"DPoP ="}, "", bearer.Malformed},
		{"tab", []string{"DPoP\tabc"}, "", bearer.Malformed},
		{"two tokens", []string{"DPoP abc def"}, "", bearer.Malformed},
		{"two fields", []string{"DPoP abc", "DPoP abc"}, "", bearer.Repeated},
		{"two fields of two schemes", []string{"Basic abc", "DPoP abc"}, "", bearer.Repeated},
		{"two fields joined", []string{"DPoP abc, Bearer def"}, "", bearer.Repeated},
	}
	for _, test := range tests {
		var headers policy.Headers
		for _, v := range test.values {
			headers = append(headers, policy.Header{Name: "authorization", Value: v})
		}
		if token, finding := FindToken(headers); token != test.token || finding != test.want {
			t.Errorf("%s: %q, %d, want %q, %d", test.name, token, finding, test.token, test.want)
		}
	}
}
