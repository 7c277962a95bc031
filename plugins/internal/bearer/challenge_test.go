package bearer

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

func TestResponse(t *testing.T) {
	tests := []struct {
		name      string
		refusal   Refusal
		status    int
		challenge string
		body      string
	}{
		{"no credentials: a challenge without an error code",
			Refusal{Realm: "api", Method: "GET"}, 401,
			`Bearer realm="api"`,
			`{"type":"about:blank","title":"Unauthorized","status":401}` + "\n"},
		{"no credentials: a description does not reach the challenge",
			Refusal{Realm: "api", Description: "a bearer token is required", IncidentID: "0b3f-1"}, 401,
			`Bearer realm="api"`,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"a bearer token is required","incident_id":"0b3f-1"}` + "\n"},
		{"bad token",
			Refusal{Realm: "api", Code: InvalidToken, Description: "the token expired"}, 401,
			`Bearer realm="api", error="invalid_token", error_description="the token expired"`,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"the token expired"}` + "\n"},
		{"bad request",
			Refusal{Realm: "api", Code: InvalidRequest}, 400,
			`Bearer realm="api", error="invalid_request"`,
			`{"type":"about:blank","title":"Bad Request","status":400}` + "\n"},
		{"scope too small",
			Refusal{Realm: "api", Code: InsufficientScope, Scope: "orders:read orders:write"}, 403,
			`Bearer realm="api", error="insufficient_scope", scope="orders:read orders:write"`,
			`{"type":"about:blank","title":"Forbidden","status":403}` + "\n"},
		{"text that would end the string or the field",
			Refusal{Realm: "a\"b\r\nx: y", Code: InvalidToken, Description: "é\\\"\x00"}, 401,
			`Bearer realm="a?b??x: y", error="invalid_token", error_description="?????"`,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"??\\\"?"}` + "\n"},
		{"incident id that a client made up is left out",
			Refusal{Realm: "api", IncidentID: `"},{"`}, 401,
			`Bearer realm="api"`,
			`{"type":"about:blank","title":"Unauthorized","status":401}` + "\n"},
		{"incident id that is too long is left out",
			Refusal{Realm: "api", IncidentID: strings.Repeat("a", 129)}, 401,
			`Bearer realm="api"`,
			`{"type":"about:blank","title":"Unauthorized","status":401}` + "\n"},
		{"HEAD has no body", Refusal{Realm: "api", Method: "HEAD"}, 401, `Bearer realm="api"`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := test.refusal.Response()
			if response.Status != test.status {
				t.Errorf("status = %d, want %d", response.Status, test.status)
			}
			want := policy.Headers{
				{Name: "content-type", Value: "application/problem+json"},
				{Name: "cache-control", Value: "no-store"},
				{Name: "www-authenticate", Value: test.challenge},
			}
			if len(response.Headers) != len(want) {
				t.Fatalf("headers = %q, want %q", response.Headers, want)
			}
			for i := range want {
				if response.Headers[i] != want[i] {
					t.Errorf("header = %q, want %q", response.Headers[i], want[i])
				}
			}
			if string(response.Body) != test.body {
				t.Errorf("body = %s, want %s", response.Body, test.body)
			}
			if test.body != "" && !json.Valid(response.Body) {
				t.Errorf("body is not JSON: %s", response.Body)
			}
		})
	}
}
