package match

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// attributes is what a test's proxy knows of a stream.
type attributes map[string]string

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, "|")]
	return []byte(value), ok
}

// request builds a request from "METHOD host target" and header lines.
func request(line string, headers ...string) *policy.Request {
	part := strings.SplitN(line, " ", 3)
	r := &policy.Request{Headers: policy.Headers{{Name: ":method", Value: part[0]}, {Name: ":authority", Value: part[1]}, {Name: ":scheme", Value: "https"}}}
	if len(part) > 2 {
		r.Headers = append(r.Headers, policy.Header{Name: ":path", Value: part[2]})
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Headers = append(r.Headers, policy.Header{Name: name, Value: value})
	}
	return r
}

// document is a plugin configuration as far as this package is concerned.
type document struct {
	Paths  Paths `json:"paths"`
	Routes []struct {
		Match Match `json:"match" config:"required"`
	} `json:"routes"`
}

func load(data string) (*Table, error) {
	var d document
	if err := config.Decode([]byte(data), &d); err != nil {
		return nil, err
	}
	routes := make([]Match, len(d.Routes))
	for i := range d.Routes {
		routes[i] = d.Routes[i].Match
	}
	return New(d.Paths, routes)
}

// one wraps a single route's match in a document.
func one(match string) string { return `{"routes":[{"match":` + match + `}]}` }

func TestConditions(t *testing.T) {
	tests := []struct {
		name, match string
		hits        []string
		misses      []string
	}{
		{"no condition", `{}`, []string{"GET h /", "POST h /x?y", "OPTIONS h *", "CONNECT h:443"}, nil},
		{"an exact path", `{"path":{"exact":"/healthz"}}`,
			[]string{"GET h /healthz", "GET h /healthz?full=1", "GET h //healthz", "GET h /x/../healthz", "GET h /%68ealthz"},
			[]string{"GET h /healthz/", "GET h /Healthz", "GET h /healthzz", "GET h /", "OPTIONS h *", "CONNECT h:443"}},
		{"a prefix", `{"path":{"prefix":"/admin"}}`,
			[]string{"GET h /admin", "GET h /admin/", "GET h /admin/users", "GET h /%61dmin", "GET h //admin", "GET h /x/../admin/y"},
			[]string{"GET h /administrator", "GET h /Admin", "GET h /x/admin", "GET h /", "OPTIONS h *", "CONNECT h:443"}},
		{"a prefix with a slash", `{"path":{"prefix":"/admin/"}}`, []string{"GET h /admin/", "GET h /admin/users"}, []string{"GET h /admin", "GET h /administrator/"}},
		{"the prefix of all", `{"path":{"prefix":"/"}}`, []string{"GET h /", "GET h /x"}, []string{"OPTIONS h *", "CONNECT h:443"}},
		{"a prefix spelt with encodings", `{"path":{"prefix":"/caf%c3%a9/%7e"}}`, []string{"GET h /café/~", "GET h /caf%C3%A9/~/x"}, []string{"GET h /cafe/~"}},
		{"a template", `{"path":{"template":"/orders/{id}/items"}}`,
			[]string{"GET h /orders/17/items", "GET h /orders/a%20b/items", "GET h //orders/./17/items?x"},
			[]string{"GET h /orders//items", "GET h /orders/17/items/", "GET h /orders/17/items/1", "GET h /orders/17", "GET h /orders/1/2/items", "OPTIONS h *", "CONNECT h:443"}},
		{"a template that ends in a variable", `{"path":{"template":"/orders/{id}"}}`, []string{"GET h /orders/17"}, []string{"GET h /orders/", "GET h /orders", "GET h /orders/17/"}},
		{"a template that ends in a slash", `{"path":{"template":"/orders/{id}/"}}`, []string{"GET h /orders/17/"}, []string{"GET h /orders/17", "GET h /orders//"}},
		{"a template of one variable", `{"path":{"template":"/{any}"}}`, []string{"GET h /x"}, []string{"GET h /", "GET h /x/", "OPTIONS h *"}},
		{"a template without variables", `{"path":{"template":"/a/%62"}}`, []string{"GET h /a/b"}, []string{"GET h /a"}},
		{"the target of OPTIONS", `{"path":{"exact":"*"}}`, []string{"OPTIONS h *"}, []string{"GET h /", "GET h /*"}},
		{"methods", `{"methods":["GET","POST"]}`, []string{"GET h /", "POST h /"}, []string{"HEAD h /", "get h /", "GETX h /"}},
		{"a host", `{"hosts":["API.example.com"]}`,
			[]string{"GET api.example.com /", "GET Api.Example.COM:8443 /", "GET api.example.com. /", "GET api.example.com: /"},
			[]string{"GET example.com /", "GET xapi.example.com /", "GET api.example.com.evil.net /", "GET  /"}},
		{"a wildcard host", `{"hosts":["*.example.com"]}`,
			[]string{"GET a.example.com /", "GET a.b.Example.com:80 /"},
			[]string{"GET example.com /", "GET a.example.com.net /", "GET aexample.com /"}},
		{"several hosts", `{"hosts":["a.test","[2001:db8::1]"]}`, []string{"GET a.test /", "GET [2001:DB8::1]:80 /"}, []string{"GET b.test /", "GET [2001:db8::2] /"}},
		{"all conditions at once", `{"hosts":["a.test"],"path":{"prefix":"/x"},"methods":["PUT"],"headers":[{"name":"X-Tenant","exact":"blue"}]}`,
			[]string{"PUT a.test /x/y"}, []string{"GET a.test /x/y", "PUT b.test /x/y", "PUT a.test /y"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table, err := load(one(tt.match))
			if err != nil {
				t.Fatal(err)
			}
			for want, lines := range map[int][]string{0: tt.hits, None: tt.misses} {
				for _, line := range lines {
					if got := table.Find(request(line, "x-tenant: blue")); got.Route != want || got.Refused != "" {
						t.Errorf("Find(%q) = route %d, refused %q, want route %d", line, got.Route, got.Refused, want)
					}
				}
			}
		})
	}
}

func TestHeaderConditions(t *testing.T) {
	const refused = -2
	tests := []struct {
		name, header string
		lines        []string
		want         int
	}{
		{"an equal value", `"exact":"a"`, []string{"x: a"}, 0},
		{"another value", `"exact":"a"`, []string{"x: A"}, None},
		{"no value", `"exact":"a"`, nil, None},
		{"an empty value", `"exact":""`, []string{"x: "}, 0},
		{"a list in one line", `"exact":"a"`, []string{"x: a, b"}, None},
		{"a prefix", `"prefix":"ab"`, []string{"x: abc"}, 0},
		{"a suffix", `"suffix":"bc"`, []string{"x: abc"}, 0},
		{"a part", `"contains":"b"`, []string{"x: abc"}, 0},
		{"no such part", `"contains":"z"`, []string{"x: abc"}, None},
		{"there", `"present":true`, []string{"x: "}, 0},
		{"not there", `"present":true`, []string{"y: a"}, None},
		{"absent", `"present":false`, []string{"y: a"}, 0},
		{"not absent", `"present":false`, []string{"x: a"}, None},
		{"repeated and equal", `"exact":"a"`, []string{"x: a", "x: a"}, 0},
		{"repeated and all different", `"exact":"a"`, []string{"x: b", "x: c"}, None},
		{"repeated and not agreeing", `"exact":"a"`, []string{"x: a", "x: b"}, refused},
		{"not agreeing in the other order", `"exact":"a"`, []string{"x: b", "x: a"}, refused},
		{"any of the values", `"exact":"a","repeated":"any"`, []string{"x: b", "x: a"}, 0},
		{"all of the values", `"exact":"a","repeated":"all"`, []string{"x: a", "x: b"}, None},
		{"all of the values, and they do", `"prefix":"a","repeated":"all"`, []string{"x: a", "x: ab"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table, err := load(one(`{"headers":[{"name":"X",` + tt.header + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			got := table.Find(request("GET h /", tt.lines...))
			route := got.Route
			if got.Refused == ReasonHeaderAmbiguous {
				route = refused
			}
			if route != tt.want {
				t.Errorf("got route %d, refused %q, want %d", got.Route, got.Refused, tt.want)
			}
		})
	}
}

func TestAmbiguousHeaderOnlyMattersWhereTheRouteDependsOnIt(t *testing.T) {
	table, err := load(`{"routes":[
		{"match":{"path":{"exact":"/a"},"headers":[{"name":"x","exact":"1"},{"name":"y","exact":"1"}]}},
		{"match":{"path":{"exact":"/b"}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Find(request("GET h /b", "x: 1", "x: 2")); got.Route != 1 || got.Refused != "" {
		t.Errorf("another path: %+v", got)
	}
	if got := table.Find(request("GET h /a", "x: 1", "x: 2", "y: 2")); got.Route != None || got.Refused != "" {
		t.Errorf("another condition that does not hold: %+v", got)
	}
	if got := table.Find(request("GET h /a", "x: 1", "x: 2", "y: 1")); got.Route != None || got.Refused != ReasonHeaderAmbiguous {
		t.Errorf("the route depends on it: %+v", got)
	}
}

func TestAttributeConditions(t *testing.T) {
	table, err := load(`{"routes":[
		{"match":{"route_name":"admin"}},
		{"match":{"route_metadata":[{"namespace":"gate.house","key":["tier","name"],"value":"gold"}]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		have policy.Attributes
		want int
	}{
		{"the name", attributes{"xds|route_name": "admin"}, 0},
		{"another name", attributes{"xds|route_name": "adminx"}, None},
		{"no name", attributes{}, None},
		{"no attributes at all", nil, None},
		{"the metadata", attributes{"xds|route_name": "x", "xds|route_metadata|filter_metadata|gate.house|tier|name": "gold"}, 1},
		{"other metadata", attributes{"xds|route_metadata|filter_metadata|gate.house|tier|name": "silver"}, None},
		{"metadata of another namespace", attributes{"xds|route_metadata|filter_metadata|gate|house|tier|name": "gold"}, None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("GET h /")
			r.Attributes = tt.have
			if got := table.Find(r); got.Route != tt.want {
				t.Errorf("got route %d, want %d", got.Route, tt.want)
			}
		})
	}
}

func TestFirstRouteWins(t *testing.T) {
	table, err := load(`{"routes":[{"match":{"path":{"exact":"/a/b"}}},{"match":{"path":{"prefix":"/a"}}},{"match":{"path":{"prefix":"/a/c"}}},{"match":{}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/a/b": 0, "/a": 1, "/a/c": 1, "/a/b/": 1, "/b": 3} {
		if got := table.Find(request("GET h " + target)); got.Route != want || got.Path != target {
			t.Errorf("Find(%q) = %+v, want route %d", target, got, want)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	table, err := load(`{"routes":[{"match":{"hosts":["a.test"],"path":{"prefix":"/"}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		request *policy.Request
		reason  policy.Reason
		form    Form
	}{
		{"an ambiguous path", request("GET a.test /a%2fb"), ReasonPathAmbiguous, EncodedSlash},
		{"an asterisk of another method", request("GET a.test *"), ReasonPathAmbiguous, NotAbsolute},
		{"no path", request("GET a.test"), ReasonPathAmbiguous, NotAbsolute},
		{"an empty path", request("GET a.test "), ReasonPathAmbiguous, NotAbsolute},
		{"CONNECT with an empty path", request("CONNECT a.test "), ReasonPathAmbiguous, NotAbsolute},
		{"absolute-form", request("GET a.test http://a.test/"), ReasonPathAmbiguous, NotAbsolute},
		{"two paths", request("GET a.test /a", ":path: /b"), ReasonPathAmbiguous, NotAbsolute},
		{"two equal paths", request("GET a.test /a", ":path: /a"), ReasonPathAmbiguous, NotAbsolute},
		{"user information", request("GET u@a.test /"), ReasonHostAmbiguous, Unambiguous},
		{"an encoded host", request("GET %61.test /"), ReasonHostAmbiguous, Unambiguous},
		{"a port that is no number", request("GET a.test:80a /"), ReasonHostAmbiguous, Unambiguous},
		{"two dots at the end", request("GET a.test.. /"), ReasonHostAmbiguous, Unambiguous},
		{"an empty label", request("GET a..test /"), ReasonHostAmbiguous, Unambiguous},
		{"a dot in front", request("GET .a.test /"), ReasonHostAmbiguous, Unambiguous},
		{"a dot alone", request("GET . /"), ReasonHostAmbiguous, Unambiguous},
		{"two ports", request("GET a.test:80:80 /"), ReasonHostAmbiguous, Unambiguous},
		{"an address without an end", request("GET [::1 /"), ReasonHostAmbiguous, Unambiguous},
		{"text after an address", request("GET [::1]a.test /"), ReasonHostAmbiguous, Unambiguous},
		{"a path in the host", request("GET a.test/x /"), ReasonHostAmbiguous, Unambiguous},
		{"two hosts", request("GET a.test /", ":authority: a.test"), ReasonHostAmbiguous, Unambiguous},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := table.Find(tt.request); got.Route != None || got.Refused != tt.reason || got.Form != tt.form {
				t.Errorf("got %+v, want %s, %s", got, tt.reason, tt.form)
			}
		})
	}
	open, err := load(`{"routes":[{"match":{}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := open.Find(request("GET u@a.test /")); got.Route != 0 || got.Refused != "" {
		t.Errorf("no route looks at the host: %+v", got)
	}
}

func TestAllowedFormsByName(t *testing.T) {
	table, err := load(`{"paths":{"allow":["encoded_slash","path_parameter"]},"routes":[{"match":{"path":{"exact":"/files/a%2fb"}}},{"match":{"path":{"prefix":"/admin"}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/files/a%2Fb": 0, "/files/a/b": None, "/admin;x=1/y": 1, "/x/..;/admin": 1} {
		if got := table.Find(request("GET h " + target)); got.Route != want || got.Refused != "" {
			t.Errorf("Find(%q) = %+v, want route %d", target, got, want)
		}
	}
	if got := table.Find(request(`GET h /a\b`)); got.Refused != ReasonPathAmbiguous || got.Form != Backslash {
		t.Errorf("a form that is not allowed: %+v", got)
	}
}

func TestConfigurationRefuses(t *testing.T) {
	path := func(s string) string { return one(`{"path":{` + s + `}}`) }
	tests := []struct{ name, data, want string }{
		{"a path without a slash", path(`"prefix":"admin"`), `config: routes[0].match.path.prefix: want a path that begins with "/"`},
		{"a path with a query", path(`"exact":"/a?b"`), `config: routes[0].match.path.exact: want a path without a query or a fragment`},
		{"a path with dot segments", path(`"prefix":"/a/../b"`), `config: routes[0].match.path.prefix: want a path without dot segments`},
		{"a path with encoded dots", path(`"prefix":"/a/%2e%2e/b"`), `config: routes[0].match.path.prefix: want a path without dot segments`},
		{"a path with empty segments", path(`"exact":"//a"`), `config: routes[0].match.path.exact: want a path without empty segments`},
		{"a path that requests are refused for", path(`"exact":"/a%2fb"`), `config: routes[0].match.path.exact: a request with this path is refused as encoded_slash, want it named in paths.allow or spelt otherwise`},
		{"an empty path", path(`"exact":""`), `config: routes[0].match.path.exact: empty, want at least 1 character`},
		{"an empty condition", path(``), `config: routes[0].match.path: want exactly one of "exact", "prefix" or "template"`},
		{"two kinds of path", path(`"exact":"/a","prefix":"/b"`), `config: routes[0].match.path: want exactly one of "exact", "prefix" or "template"`},
		{"a regular expression", path(`"regex":"/a"`), `config: routes[0].match.path: unknown field "regex"`},
		{"a template without a slash", path(`"template":"{a}"`), `config: routes[0].match.path.template: want a template that begins with "/"`},
		{"a variable in part of a segment", path(`"template":"/a-{b}"`), `config: routes[0].match.path.template: want "{name}" as a whole segment`},
		{"two variables in a segment", path(`"template":"/{a}{b}"`), `config: routes[0].match.path.template: want "{name}" as a whole segment`},
		{"a brace without its pair", path(`"template":"/{a"`), `config: routes[0].match.path.template: want "{name}" as a whole segment`},
		{"a variable without a name", path(`"template":"/{}"`), `config: routes[0].match.path.template: want a name of letters, digits and "_" between "{" and "}"`},
		{"a wildcard variable", path(`"template":"/{a*}"`), `config: routes[0].match.path.template: want a name of letters, digits and "_" between "{" and "}"`},
		{"a name twice", path(`"template":"/{a}/{a}"`), `config: routes[0].match.path.template: the same name twice in a template, want each once`},
		{"a template with dots", path(`"template":"/{a}/.."`), `config: routes[0].match.path.template: want a path without dot segments`},
		{"a host with a port", one(`{"hosts":["a.test:80"]}`), `config: routes[0].match.hosts[0]: want a host name without a port: ports are not compared`},
		{"every host", one(`{"hosts":["*"]}`), `config: routes[0].match.hosts[0]: want a host name, "*" only as the first label before a domain`},
		{"a wildcard inside", one(`{"hosts":["a.*.test"]}`), `config: routes[0].match.hosts[0]: want a host name, "*" only as the first label before a domain`},
		{"a URL", one(`{"hosts":["https://a.test"]}`), `config: routes[0].match.hosts[0]: want a host name such as "api.example.com" or "*.example.com"`},
		{"an empty host", one(`{"hosts":[""]}`), `config: routes[0].match.hosts[0]: want a host name such as`},
		{"an empty label", one(`{"hosts":["a..test"]}`), `config: routes[0].match.hosts[0]: want a host name such as`},
		{"no hosts", one(`{"hosts":[]}`), `config: routes[0].match.hosts: want at least 1 entry`},
		{"a method in small letters", one(`{"methods":["get"]}`), `config: routes[0].match.methods[0]: want a method in capitals, such as "GET"`},
		{"a header without a test", one(`{"headers":[{"name":"x"}]}`), `config: routes[0].match.headers[0]: want exactly one of "exact", "prefix", "suffix", "contains" or "present"`},
		{"a header without a name", one(`{"headers":[{"exact":"x"}]}`), `config: routes[0].match.headers[0].name: required`},
		{"a header name with a space", one(`{"headers":[{"name":"x y","exact":"x"}]}`), `config: routes[0].match.headers[0].name: want a header name`},
		{"the path as a header", one(`{"headers":[{"name":":path","exact":"x"}]}`), `config: routes[0].match.headers[0].name: want the condition "path" for the path`},
		{"the host as a header", one(`{"headers":[{"name":"Host","exact":"x"}]}`), `config: routes[0].match.headers[0].name: want the condition "hosts" for the host`},
		{"an unknown form", `{"paths":{"allow":["encoded_slashes"]}}`, `config: paths.allow[0]: want "encoded_slash",`},
		{"the form that cannot be allowed", `{"paths":{"allow":["not_absolute"]}}`, `config: paths.allow[0]: want "encoded_slash",`},
		{"no match", `{"routes":[{}]}`, `config: routes[0].match: required`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(tt.data)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("load(%s)\n got %v\nwant %s", tt.data, err, tt.want)
			}
		})
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	table, r := bigTable(t)
	if n := testing.AllocsPerRun(100, func() { table.Find(r) }); n != 0 {
		t.Errorf("Find allocates %v times", n)
	}
}

// bigTable has 100 routes, the last of which the request matches.
func bigTable(tb testing.TB) (*Table, *policy.Request) {
	var b strings.Builder
	b.WriteString(`{"routes":[`)
	for i := range 99 {
		fmt.Fprintf(&b, `{"match":{"hosts":["*.example.com"],"path":{"template":"/api/v%d/{a}/{b}"},"methods":["GET"],"headers":[{"name":"x-a","present":true}]}},`, i)
	}
	b.WriteString(`{"match":{"hosts":["api.example.com"],"path":{"prefix":"/api"}}}]}`)
	table, err := load(b.String())
	if err != nil {
		tb.Fatal(err)
	}
	return table, request("GET api.example.com:443 /api/v98/orders/17?x=y", "user-agent: test", "accept: */*", "traceparent: 00-x")
}

func BenchmarkFind(b *testing.B) {
	b.Run("the last of 100 routes", func(b *testing.B) {
		table, r := bigTable(b)
		b.ReportAllocs()
		route := 0
		for b.Loop() {
			route = table.Find(r).Route
		}
		if route != 99 {
			b.Fatalf("route %d, want 99", route)
		}
	})
	b.Run("the second of two routes", func(b *testing.B) {
		table, err := load(`{"routes":[{"match":{"path":{"prefix":"/admin"}}},{"match":{"path":{"exact":"/healthz"}}}]}`)
		if err != nil {
			b.Fatal(err)
		}
		r := request("GET api.example.com:443 /healthz", "user-agent: test", "accept: */*")
		b.ReportAllocs()
		route := 0
		for b.Loop() {
			route = table.Find(r).Route
		}
		if route != 1 {
			b.Fatalf("route %d, want 1", route)
		}
	})
}
