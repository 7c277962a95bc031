package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"gatehouse/plugins/scope"
)

func TestTemplate(t *testing.T) {
	tests := []struct{ path, want string }{
		{"/", "/"}, {"/orders", "/orders"}, {"/orders/", "/orders/"}, {"/orders/{id}", "/orders/{id}"}, {"/orders/{order-id}/items/{item.id}", "/orders/{order_id}/items/{item_id}"},
		{"/{a-b}/{a_b}/{a.b}", "/{a_b}/{a_b_2}/{a_b_3}"}, {"/{1}", "/{_1}"}, {"/{é}", "/{_}"},
		{"orders", `want a path that begins with "/"`}, {"/orders/{id}.json", "want a parameter to be a whole segment"}, {"/{a}{b}", "want a parameter to be a whole segment"},
		{"/{}", "want a parameter to be a whole segment"}, {"/{a", "want a parameter to be a whole segment"}, {"/a}", "want a parameter to be a whole segment"},
	}
	for _, test := range tests {
		got, err := template(test.path)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != test.want || err != nil && !strings.Contains(got, test.want) {
			t.Errorf("template(%q) = %q, want %q", test.path, got, test.want)
		}
	}
}

// FuzzTemplate checks that a path of a document becomes one that a route can have
// or is refused, whatever is in it.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"/", "/orders/{id}", "/{a-b}/{a.b}", "/a/{b}.json", "//", "/a/../{b}", "/%2f{x}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := template(path)
		if err != nil || !strings.Contains(got, "{") {
			return
		}
		quoted, _ := json.Marshal(got)
		_, err = scope.Parse([]byte(`{"routes":[{"match":{"path":{"template":` + string(quoted) + `}},"public":true}]}`))
		// The parameters are good; the names between them are the document's own.
		if err != nil && strings.Contains(err.Error(), "{name}") {
			t.Errorf("template(%q) = %q: %v", path, got, err)
		}
	})
}

func TestPathsAreInTheOrderOfTheirMatching(t *testing.T) {
	want := []string{"/", "/a", "/a/b", "/a/b/c", "/a/{x}", "/a/{x}/b", "/b", "/{x}", "/{x}/b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, comparePaths)
	if !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestBasesOfServers(t *testing.T) {
	tests := []struct {
		name    string
		servers openapi3.Servers
		want    string
	}{
		{"none", nil, "[{ []}]"},
		{"a host", openapi3.Servers{{URL: "https://api.example.com"}}, "[{ [api.example.com]}]"},
		{"a host with a port and a path", openapi3.Servers{{URL: "https://api.example.com:8443/v1/"}}, "[{/v1 [api.example.com]}]"},
		{"a path", openapi3.Servers{{URL: "/v1"}}, "[{/v1 []}]"},
		{"two hosts with one path", openapi3.Servers{{URL: "https://a.example/v1"}, {URL: "https://b.example/v1"}}, "[{/v1 [a.example b.example]}]"},
		{"a host and none with one path", openapi3.Servers{{URL: "https://a.example/v1"}, {URL: "/v1"}}, "[{/v1 []}]"},
		{"two paths", openapi3.Servers{{URL: "/v1"}, {URL: "/v2"}}, "[{/v1 []} {/v2 []}]"},
		{"variables", openapi3.Servers{{URL: "https://{h}.example/{v}", Variables: map[string]*openapi3.ServerVariable{
			"h": {Default: "a"}, "v": {Default: "v1", Enum: []string{"v1", "v2"}}}}}, "[{/v1 [a.example]} {/v2 [a.example]}]"},
		{"a relative path", openapi3.Servers{{URL: "v1"}}, `servers: "v1", want a URL with a host, or a path that begins with "/"`},
		{"no URL", openapi3.Servers{{URL: "urn:x"}}, `servers: "urn:x", want a URL with a host, or a path that begins with "/"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bases, err := basesOf(test.servers)
			got := sprint(bases)
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func sprint(bases []base) string {
	var parts []string
	for _, b := range bases {
		parts = append(parts, "{"+b.path+" ["+strings.Join(b.hosts, " ")+"]}")
	}
	return "[" + strings.Join(parts, " ") + "]"
}
