package scope

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// audited returns what an audit by testConfig finds in requests: method, path and
// the claims of each.
func audited(t *testing.T, requests ...[3]string) (Counts, []Client) {
	t.Helper()
	a, err := NewAudit([]byte(testConfig()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		var claims []byte
		if r[2] != "" {
			claims = []byte(r[2])
		}
		a.Add([][2]string{{":method", r[0]}, {":path", r[1]}, {":authority", "api.example.com"}}, claims)
	}
	return a.Counts(), a.Clients()
}

func TestAuditOfScopes(t *testing.T) {
	read, write, remove := [2]string{"GET", "/orders/1"}, [2]string{"POST", "/orders"}, [2]string{"DELETE", "/orders/1"}
	tests := []struct {
		name     string
		requests [][2]string
		scopes   string
		// want are the members of a Client, without those that are empty.
		want string
	}{
		{"just what is needed", [][2]string{read}, "orders:read", "needed [orders:read]"},
		{"one that means nothing", [][2]string{read}, "openid orders:read", "needed [orders:read] unused [openid]"},
		{"one that another covers", [][2]string{read}, "orders:read orders:write", "needed [orders:read] unused [orders:write]"},
		{"both of a pair where the broad one is needed", [][2]string{read, write}, "orders:read orders:write", "needed [orders:write] unused [orders:read]"},
		{"a broad one alone", [][2]string{read}, "orders:admin", "needed [orders:admin] broader [{orders:admin [orders:read]}]"},
		{"a broad one for two", [][2]string{read, write}, "orders:admin", "needed [orders:admin] broader [{orders:admin [orders:write]}]"},
		{"a wildcard", [][2]string{write}, "all:*", "needed [all:*] broader [{all:* [orders:import]}]"},
		{"alternatives, either of which would do", [][2]string{write}, "orders:import orders:write", "needed [orders:import] unused [orders:write]"},
		{"a nested list", [][2]string{remove}, "orders:write night", "refused 1 lacking [role:manager] unused [night orders:write]"},
		{"too little", [][2]string{write}, "orders:read", "refused 1 lacking [orders:write] unused [orders:read]"},
		{"nothing", [][2]string{read}, "", "refused 1 lacking [orders:read]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var requests [][3]string
			for _, r := range test.requests {
				requests = append(requests, [3]string{r[0], r[1], who(`"scope":"` + test.scopes + `"`)})
			}
			_, clients := audited(t, requests...)
			if len(clients) != 1 || clients[0].ID != "shop" || clients[0].Issuer != "https://idp.example.com" || clients[0].Requests != len(requests) {
				t.Fatalf("clients %+v", clients)
			}
			c := clients[0]
			var parts []string
			if c.Refused > 0 {
				parts = append(parts, fmt.Sprint("refused ", c.Refused))
			}
			for _, p := range []struct {
				name string
				list []string
			}{{"lacking", c.Lacking}, {"needed", c.Needed}, {"unused", c.Unused}} {
				if len(p.list) > 0 {
					parts = append(parts, fmt.Sprint(p.name, " ", p.list))
				}
			}
			if len(c.Broader) > 0 {
				parts = append(parts, fmt.Sprint("broader ", c.Broader))
			}
			if got := strings.Join(parts, " "); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
			held := strings.Fields(test.scopes)
			slices.Sort(held)
			if !slices.Equal(c.Held, held) || len(c.Needed)+len(c.Unused) != len(held) {
				t.Errorf("held %q, needed %q, unused %q", c.Held, c.Needed, c.Unused)
			}
		})
	}
}

func TestAuditOfRequests(t *testing.T) {
	manager := strings.Replace(who(`"scope":"orders:write","realm_access":{"roles":["manager","manager"]}`), "shop", "office", 1)
	counts, clients := audited(t,
		[3]string{"GET", "/healthz", ""}, [3]string{"GET", "/healthz", who(``)}, [3]string{"GET", "/nowhere", who(``)}, [3]string{"GET", "/orders%2f", who(``)},
		[3]string{"GET", "/orders/1", ""}, [3]string{"GET", "/orders/1", "opaque"}, [3]string{"GET", "/orders/1", who(`"scope":7`)},
		[3]string{"DELETE", "/orders/1", manager}, [3]string{"DELETE", "/orders/2", manager},
		[3]string{"GET", "/reports", who(`"scope":"reports:read"`)}, [3]string{"GET", "/me", who(`"scope":"openid"`)}, [3]string{"GET", "/trial", who(`"scope":"trial"`)},
		[3]string{"GET", "/me", `{"sub":"user-17"}`})
	if want := (Counts{Requests: 13, Public: 2, Unknown: 2, Anonymous: 1, Unusable: 2}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	text, err := json.Marshal(clients)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"issuer":"","client":"","requests":1,"refused":0,"held":[],"needed":[],"unused":[],"broader":[],"lacking":[]},` +
		`{"issuer":"https://idp.example.com","client":"office","requests":2,"refused":0,"held":["orders:write","role:manager"],"needed":["orders:write","role:manager"],"unused":[],"broader":[],"lacking":[]},` +
		`{"issuer":"https://idp.example.com","client":"shop","requests":3,"refused":1,"held":["openid","reports:read","trial"],"needed":["trial"],"unused":["openid","reports:read"],"broader":[],"lacking":[]}]`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}

func TestCover(t *testing.T) {
	c, err := Parse([]byte(`{"routes":[
  {"name":"exact","match":{"path":{"exact":"/orders"},"methods":["GET"]},"public":true},
  {"name":"template","match":{"path":{"template":"/orders/{id}/items"}},"public":true},
  {"name":"prefix","match":{"path":{"prefix":"/v1/"}},"public":true},
  {"name":"special","match":{"path":{"exact":"/orders/special/items"}},"public":true},
  {"name":"mixed","match":{"path":{"template":"/{any}/7/items"}},"public":true},
  {"name":"host","match":{"hosts":["b.example"],"path":{"prefix":"/host"}},"public":true},
  {"name":"header","match":{"headers":[{"name":"x","exact":"y"}],"path":{"exact":"/header"},"route_name":"r","route_metadata":[{"namespace":"n","key":["k"],"value":"v"}]},"public":true},
  {"match":{"path":{"exact":"/idle"}},"public":true},
  {"name":"options","match":{"path":{"exact":"*"}},"public":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	operations := []Operation{
		{"GET", "/orders", nil}, {"POST", "/orders", nil}, {"GET", "/orders/{o}/items", nil}, {"GET", "/v1/x/{y}", nil}, {"GET", "/v2", nil},
		{"GET", "/host/x", []string{"b.example"}}, {"GET", "/host/y", []string{"a.example", "b.example"}}, {"GET", "/host/z", nil}, {"GET", "/header", nil}, {"GET", "/{x}", nil},
	}
	coverage, err := c.Cover(operations)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 4, 6, 9}; !slices.Equal(coverage.Uncovered, want) {
		t.Errorf("not covered %v, want %v", coverage.Uncovered, want)
	}
	// GET /{x} has the path of the route that is called idle.
	if want := []string{"options"}; !slices.Equal(coverage.Idle, want) {
		t.Errorf("idle %q, want %q", coverage.Idle, want)
	}
	if coverage, err = c.Cover(operations[:9]); err != nil || !slices.Equal(coverage.Idle, []string{"routes[7]", "options"}) {
		t.Errorf("idle %q (%v), want routes[7] and options", coverage.Idle, err)
	}
	if _, err := c.Cover([]Operation{{"GET", "/a/../b", nil}}); err == nil || !strings.HasPrefix(err.Error(), "GET /a/../b: no path that a route can have") {
		t.Errorf("error %v of a path with dot segments", err)
	}
}
