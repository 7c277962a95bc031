package bearer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

func TestChallenges(t *testing.T) {
	both := []Scheme{Bearer, DPoP}
	tests := []struct {
		name    string
		refusal Refusal
		want    []string
	}{
		{"RFC 6750, Section 3, without a token", Refusal{Realm: "example"}, []string{`Bearer realm="example"`}},
		{"RFC 6750, Section 3, expired", Refusal{Realm: "example", Code: InvalidToken, Description: "The access token expired"},
			[]string{`Bearer realm="example", error="invalid_token", error_description="The access token expired"`}},
		{"RFC 9728, Section 5.1", Refusal{Realm: "api", ResourceMetadata: "https://resource.example.com/.well-known/oauth-protected-resource"},
			[]string{`Bearer realm="api", resource_metadata="https://resource.example.com/.well-known/oauth-protected-resource"`}},
		{"RFC 9470, Section 3, level", Refusal{Realm: "api", Code: InsufficientUserAuthentication, Description: "A different authentication level is required", ACRValues: "myACR"},
			[]string{`Bearer realm="api", error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR"`}},
		{"RFC 9470, Section 3, age", Refusal{Realm: "api", Code: InsufficientUserAuthentication, Description: "More recent authentication is required", MaxAge: 5 * time.Second},
			[]string{`Bearer realm="api", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age="5"`}},
		{"RFC 9470 with scopes", Refusal{Realm: "api", Code: InsufficientUserAuthentication, Scope: "pay", ACRValues: "gold silver", MaxAge: time.Hour},
			[]string{`Bearer realm="api", error="insufficient_user_authentication", scope="pay", acr_values="gold silver", max_age="3600"`}},
		{"RFC 9449, Section 7.1", Refusal{Realm: "api", Code: InvalidToken, Description: "Invalid DPoP key binding", Schemes: []Scheme{DPoP}, Presented: DPoP, ProofAlgorithms: "ES256"},
			[]string{`DPoP realm="api", error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"`}},
		{"RFC 9449, Section 7.2, without a token", Refusal{Realm: "api", Schemes: both, ProofAlgorithms: "ES256 PS256"},
			[]string{`Bearer realm="api"`, `DPoP realm="api", algs="ES256 PS256"`}},
		{"RFC 9449, Section 7.2, a bearer token", Refusal{Realm: "api", Code: InvalidToken, Schemes: both, Presented: Bearer, ProofAlgorithms: "ES256", Scope: "a"},
			[]string{`Bearer realm="api", error="invalid_token", scope="a"`, `DPoP realm="api", scope="a", algs="ES256"`}},
		{"a token of DPoP where both would do", Refusal{Realm: "api", Code: InvalidToken, Schemes: both, Presented: DPoP},
			[]string{`Bearer realm="api"`, `DPoP realm="api", error="invalid_token"`}},
		{"a proof where both would do", Refusal{Realm: "api", Code: InvalidDPoPProof, Schemes: both, Presented: Bearer},
			[]string{`Bearer realm="api"`, `DPoP realm="api", error="invalid_dpop_proof"`}},
		{"a bearer token where it would not do", Refusal{Realm: "api", Code: InvalidToken, Schemes: []Scheme{DPoP}, Presented: Bearer},
			[]string{`DPoP realm="api", error="invalid_token"`}},
		{"without a token, no word of the error", Refusal{Realm: "api", Description: "x", ACRValues: "y", MaxAge: time.Minute, Scope: "z"},
			[]string{`Bearer realm="api", scope="z"`}},
		{"text that would end a string or the field", Refusal{Realm: "api", Code: InvalidToken, ACRValues: "a\"b\r\n", ResourceMetadata: `\`},
			[]string{`Bearer realm="api", error="invalid_token", acr_values="a?b??", resource_metadata="?"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.refusal.Challenges(); !slices.Equal(got, tt.want) {
				t.Errorf("Challenges = %q, want %q", got, tt.want)
			}
			if got := tt.refusal.Response().Headers.Values("www-authenticate"); !slices.Equal(got, tt.want) {
				t.Errorf("www-authenticate = %q, want %q", got, tt.want)
			}
			if got := tt.refusal.Challenge(); got != tt.want[0] {
				t.Errorf("Challenge = %q, want %q", got, tt.want[0])
			}
		})
	}
}

func TestResponseInOtherForms(t *testing.T) {
	refusal := Refusal{Realm: "api", Code: UseDPoPNonce, Description: "a nonce is needed", Schemes: []Scheme{DPoP}, Nonce: "n-1"}
	tests := []struct {
		name   string
		form   problem.Form
		method string
		status int
		body   string
	}{
		{"a document", problem.Document, "", 401, `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"a nonce is needed"}` + "\n"},
		{"HEAD", problem.Bodiless, "", 401, ""},
		{"HEAD by its method", problem.Document, "HEAD", 401, ""},
		{"gRPC", problem.GRPC, "", 200, ""},
		{"gRPC-Web", problem.GRPCWeb, "", 200, "\x80\x00\x00\x00\x30grpc-status:16\r\ngrpc-message:a nonce is needed\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusal := refusal
			refusal.Form, refusal.Method = tt.form, tt.method
			r := refusal.Response()
			if r.Status != tt.status || string(r.Body) != tt.body {
				t.Errorf("%d %q, want %d %q", r.Status, r.Body, tt.status, tt.body)
			}
			challenge, _ := r.Headers.First("www-authenticate")
			nonce, _ := r.Headers.First("dpop-nonce")
			if challenge != `DPoP realm="api", error="use_dpop_nonce", error_description="a nonce is needed"` || nonce != "n-1" {
				t.Errorf("www-authenticate %q, dpop-nonce %q", challenge, nonce)
			}
		})
	}
}

func TestIsPreflight(t *testing.T) {
	tests := []struct {
		name   string
		fields string // "name: value" lines; ":method" is OPTIONS unless it is among them
		want   bool
	}{
		{"the Fetch standard's", "origin: https://app.example\naccess-control-request-method: PUT\naccess-control-request-headers: authorization", true},
		{"an opaque origin", "origin: null\naccess-control-request-method: DELETE", true},
		{"without a length", "origin: https://app.example\naccess-control-request-method: PUT\ncontent-length: 0", true},
		{"another method", ":method: GET\norigin: https://app.example\naccess-control-request-method: PUT", false},
		{"a method in lower case", ":method: options\norigin: https://app.example\naccess-control-request-method: PUT", false},
		{"without an origin", "access-control-request-method: PUT", false},
		{"without a method to come", "origin: https://app.example", false},
		{"an empty origin", "origin: \naccess-control-request-method: PUT", false},
		{"two origins", "origin: https://a.example\norigin: https://b.example\naccess-control-request-method: PUT", false},
		{"two origins joined", "origin: https://a.example, https://b.example\naccess-control-request-method: PUT", false},
		{"two methods", "origin: https://app.example\naccess-control-request-method: PUT\naccess-control-request-method: GET", false},
		{"a method that is none", "origin: https://app.example\naccess-control-request-method: P UT", false},
		{"credentials", "origin: https://app.example\naccess-control-request-method: PUT\nauthorization: Basic abc", false},
		{"cookies", "origin: https://app.example\naccess-control-request-method: PUT\ncookie: a=b", false},
		{"a body", "origin: https://app.example\naccess-control-request-method: PUT\ncontent-length: 2", false},
		{"a body in chunks", "origin: https://app.example\naccess-control-request-method: PUT\ntransfer-encoding: chunked", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var headers policy.Headers
			if !strings.Contains(tt.fields, ":method:") {
				headers = append(headers, policy.Header{Name: ":method", Value: "OPTIONS"})
			}
			for line := range strings.Lines(tt.fields) {
				line = strings.TrimSuffix(line, "\n")
				at := strings.Index(line, ": ")
				headers = append(headers, policy.Header{Name: line[:at], Value: line[at+2:]})
			}
			if got := IsPreflight(headers); got != tt.want {
				t.Errorf("IsPreflight = %v, want %v", got, tt.want)
			}
		})
	}
}
