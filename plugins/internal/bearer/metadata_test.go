package bearer

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

func resourceOf(t testing.TB, document string) *Resource {
	t.Helper()
	var c Metadata
	if err := config.Decode([]byte(document), &c); err != nil {
		t.Fatal(err)
	}
	return NewResource(&c)
}

func request(method, authority, path string) policy.Headers {
	return policy.Headers{{Name: ":method", Value: method}, {Name: ":authority", Value: authority}, {Name: ":path", Value: path}}
}

// TestDocument renders the example of RFC 9728, Section 3.2, and everything else.
func TestDocument(t *testing.T) {
	tests := []struct{ name, config, path, want string }{
		{"RFC 9728, Section 3.2",
			`{"resource":"https://resource.example.com","authorization_servers":["https://as1.example.com","https://as2.example.net"],
			  "bearer_methods_supported":["header","body"],"scopes_supported":["profile","email","phone"],
			  "resource_documentation":"https://resource.example.com/resource_documentation.html"}`,
			"/.well-known/oauth-protected-resource",
			`{"resource":"https://resource.example.com","authorization_servers":["https://as1.example.com","https://as2.example.net"],
			  "bearer_methods_supported":["header","body"],"scopes_supported":["profile","email","phone"],
			  "resource_documentation":"https://resource.example.com/resource_documentation.html"}`},
		{"the least", `{"resource":"https://r.example/"}`, "/.well-known/oauth-protected-resource",
			`{"resource":"https://r.example/","bearer_methods_supported":["header"]}`},
		{"RFC 9728, Section 3.1, a path", `{"resource":"https://resource.example.com/resource1"}`, "/.well-known/oauth-protected-resource/resource1",
			`{"resource":"https://resource.example.com/resource1","bearer_methods_supported":["header"]}`},
		{"the host of the request", `{"resource":"https://{host}/v1/"}`, "/.well-known/oauth-protected-resource/v1/",
			`{"resource":"https://api.example:8443/v1/","bearer_methods_supported":["header"]}`},
		{"everything",
			`{"resource":"http://127.0.0.1:8080/a","authorization_servers":["http://localhost:1/b"],"jwks_uri":"https://r.example/jwks?x=y","scopes_supported":["a"],
			  "bearer_methods_supported":["query"],"resource_signing_alg_values_supported":["ES256"],"resource_name":"Orders \"é\"\n","resource_documentation":"https://d.example/",
			  "resource_policy_uri":"https://p.example/","resource_tos_uri":"https://t.example/","tls_client_certificate_bound_access_tokens":true,
			  "authorization_details_types_supported":["pay"],"dpop_signing_alg_values_supported":["ES256","EdDSA"],"dpop_bound_access_tokens_required":true,"max_age":"1m"}`,
			"/.well-known/oauth-protected-resource/a",
			`{"resource":"http://127.0.0.1:8080/a","authorization_servers":["http://localhost:1/b"],"jwks_uri":"https://r.example/jwks?x=y","scopes_supported":["a"],
			  "bearer_methods_supported":["query"],"resource_signing_alg_values_supported":["ES256"],"resource_name":"Orders \"é\"\n","resource_documentation":"https://d.example/",
			  "resource_policy_uri":"https://p.example/","resource_tos_uri":"https://t.example/","tls_client_certificate_bound_access_tokens":true,
			  "authorization_details_types_supported":["pay"],"dpop_signing_alg_values_supported":["ES256","EdDSA"],"dpop_bound_access_tokens_required":true}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, ok := resourceOf(t, tt.config).Answer(request("GET", "API.example:8443", tt.path))
			if !ok || response.Status != 200 {
				t.Fatalf("%v, %+v", ok, response)
			}
			var got, want any
			if err := json.Unmarshal(response.Body, &got); err != nil {
				t.Fatalf("%s: %v", response.Body, err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, want %s", response.Body, tt.want)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	const well = "/.well-known/oauth-protected-resource"
	tests := []struct {
		name, resource string
		headers        policy.Headers
		answered       bool
		status         int
		names          string // of the headers
		empty          bool
	}{
		{"GET", "https://r.example", request("GET", "r.example", well), true, 200, "content-type cache-control access-control-allow-origin", false},
		{"GET with a query", "https://r.example", request("GET", "r.example", well+"?a"), true, 200, "content-type cache-control access-control-allow-origin", false},
		{"HEAD", "https://r.example", request("HEAD", "r.example", well), true, 200, "content-type cache-control access-control-allow-origin", true},
		{"a preflight", "https://r.example", request("OPTIONS", "r.example", well), true, 204, "access-control-allow-origin access-control-allow-methods access-control-allow-headers access-control-max-age allow", true},
		{"POST", "https://r.example", request("POST", "r.example", well), true, 405, "content-type cache-control allow", false},
		{"a host that is none", "https://{host}", request("GET", `a"b`, well), true, 400, "content-type cache-control", false},
		{"no host", "https://{host}", request("GET", ``, well), true, 400, "content-type cache-control", false},
		{"another path", "https://r.example", request("GET", "r.example", well+"/a"), false, 0, "", true},
		{"a path that is longer", "https://r.example/a", request("GET", "r.example", well+"/a/b"), false, 0, "", true},
		{"a path without its end", "https://r.example/a", request("GET", "r.example", well), false, 0, "", true},
		{"a path spelled otherwise", "https://r.example", request("GET", "r.example", "/.well-known/%6fauth-protected-resource"), false, 0, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, ok := resourceOf(t, `{"resource":"`+tt.resource+`"}`).Answer(tt.headers)
			var names []string
			for _, h := range response.Headers {
				names = append(names, h.Name)
			}
			if ok != tt.answered || response.Status != tt.status || strings.Join(names, " ") != tt.names || (len(response.Body) == 0) != tt.empty {
				t.Errorf("%v, %+v, want %v, %d, %s", ok, response, tt.answered, tt.status, tt.names)
			}
		})
	}
}

func TestMetadataURL(t *testing.T) {
	for _, tt := range []struct{ resource, authority, want string }{
		{"https://r.example", "other.example", "https://r.example/.well-known/oauth-protected-resource"},
		{"https://r.example/a/", "", "https://r.example/.well-known/oauth-protected-resource/a/"},
		{"https://{host}/a", "R.example:8443", "https://r.example:8443/.well-known/oauth-protected-resource/a"},
		{"https://{host}/a", "[::1]:80", "https://[::1]:80/.well-known/oauth-protected-resource/a"},
		{"https://{host}/a", `r" x="`, ""},
	} {
		if got := resourceOf(t, `{"resource":"`+tt.resource+`"}`).MetadataURL(request("GET", tt.authority, "/")); got != tt.want {
			t.Errorf("%s for %s: %q, want %q", tt.resource, tt.authority, got, tt.want)
		}
	}
}

func TestURLsThatAreRefused(t *testing.T) {
	for _, resource := range []string{"", "r.example", "http://r.example", "https://", "https:///a", "https://r.example?a", "https://r.example/?a", "https://r.example/#a", "https://r.example#a",
		"https://u@r.example/", "https://r.example/a b", `https://r.example/"`, "https://r.example/é", "https://{host}.example", "https://{hosts}", "http://{host}", "http://localhost.example",
		"http://localhost:", "http://localhost:123456", "http://127.0.0.1:80a", "ftp://r.example", "https://" + strings.Repeat("a", 256), "https://r.example/" + strings.Repeat("a", 2048)} {
		var c Metadata
		document, _ := json.Marshal(map[string]string{"resource": resource})
		if err := config.Decode(document, &c); err == nil || !strings.Contains(err.Error(), "resource: want a URL") {
			t.Errorf("%s: %v", resource, err)
		}
	}
	var c Metadata
	if err := config.Decode([]byte(`{"resource":"https://r.example","authorization_servers":["https://{host}"]}`), &c); err == nil {
		t.Error("a template where there is none is accepted")
	}
}
