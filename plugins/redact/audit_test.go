package redact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// recorded is an exchange of a GET of a path.
func recorded(path, contentType, body string) *Exchange {
	return &Exchange{
		Request:  Message{Headers: [][2]string{{":method", "GET"}, {":path", path}, {":authority", "api.example.com"}}},
		Response: Message{Headers: [][2]string{{":status", "200"}, {"content-type", contentType}}, Body: [][]byte{[]byte(body)}},
	}
}

func audit(t *testing.T, document string) *Audit {
	t.Helper()
	var config []byte
	if document != "" {
		config = []byte(document)
	}
	a, err := NewAudit(config, func(string) (string, bool) { return secret, true })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rows are the data of a map, a line each.
func rows(m DataMap) []string {
	var lines []string
	for _, d := range m.Data {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s %d/%d %s %s", d.Method, d.Path, d.Place, d.Field, d.Kind, d.Count, d.Streams, d.Action, d.Rule))
	}
	return lines
}

func wantRows(t *testing.T, m DataMap, want ...string) {
	t.Helper()
	got := rows(m)
	for i := range got {
		got[i] = strings.TrimRight(got[i], " ")
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAuditFindsDataWhereverItStands(t *testing.T) {
	a := audit(t, "")
	for i := range 3 {
		a.Add(recorded(fmt.Sprintf("/v1/customers/%d?mail=a@example.com", 17+i), "application/json",
			`{"contact":{"mail":"a@example.com"},"cards":[{"pan":"4111111111111111","cvv":"123"},{"pan":"5555555555554444"}],"note":"a@example.com or b@example.com"}`))
	}
	x := recorded("/v1/customers", "text/plain", "ok")
	x.Request.Headers[0][1] = "POST"
	x.Request.Headers = append(x.Request.Headers, [2]string{"content-type", "application/x-www-form-urlencoded"}, [2]string{"x-mail", "a@example.com"})
	x.Request.Body = [][]byte{[]byte("iban=DE893704"), []byte("00440532013000&x=1")}
	x.Response.Trailers = [][2]string{{"x-card", "4111111111111111"}}
	a.Add(x)
	a.Add(recorded("/mails/a%40example.com?4111111111111111&a@b.c=a@example.com", "application/json", `{}`))
	m := a.Map()
	wantRows(t, m,
		"GET /mails/{} request.path  email 1/1",
		"GET /mails/{} request.query * card 1/1",
		"GET /mails/{} request.query * email 1/1",
		"POST /v1/customers request.body iban iban 1/1",
		"POST /v1/customers request.headers x-mail email 1/1",
		"POST /v1/customers response.trailers x-card card 1/1",
		"GET /v1/customers/{} request.query mail email 3/3",
		"GET /v1/customers/{} response.body cards[*].cvv password 3/3",
		"GET /v1/customers/{} response.body cards[*].pan card 6/3",
		"GET /v1/customers/{} response.body contact.mail email 3/3",
		"GET /v1/customers/{} response.body note email 6/3",
	)
	for _, d := range m.Data {
		if len(d.Clauses) == 0 && d.Kind != "iban" {
			t.Errorf("%s %s: no clause", d.Field, d.Kind)
		}
	}
	if m.Streams != 5 || len(m.Unread)+len(m.Refused) > 0 {
		t.Errorf("%d streams, %d unread, %d refused", m.Streams, len(m.Unread), len(m.Refused))
	}
}

func TestAuditSaysWhatAConfigurationDoes(t *testing.T) {
	a := audit(t, `{"responses":[{"name":"customers","match":{"path":{"prefix":"/customers"}},
		"fields":[{"path":"contact","action":{"drop":true}},{"path":"note","action":{"mask":{}},"unless":{"scope":"notes:read"}},{"path":"rating","action":{"null":true}}],
		"detectors":[{"type":"email","action":{"pseudonym":{"key":"k1"}}},{"name":"case","pattern":"CASE-[0-9]{4}","action":{"drop":true}}]}],
		"keys":{"k1":{"env":"GATEHOUSE_KEY_K1"}}}`)
	x := recorded("/customers/17", "application/json",
		`{"contact":{"mail":"a@example.com","x":"CASE-1234"},"pan":"4111111111111111","note":"a@example.com or 4111111111111111","rating":3,"case":"CASE-1234","mail":["a@example.com","b@example.com"]}`)
	a.Add(x)
	x.Attributes = map[string][]byte{"gatehouse.identity": []byte(`{"iss":"https://idp.example.com","sub":"a","scope":"notes:read"}`)}
	a.Add(x)
	a.Add(recorded("/orders", "application/json", `{"mail":"a@example.com"}`))
	wantRows(t, a.Map(),
		"GET /customers/{} response.body case case 2/2 drop customers",
		"GET /customers/{} response.body contact.mail email 2/2 drop customers",
		"GET /customers/{} response.body mail[*] email 4/2 pseudonym customers",
		"GET /customers/{} response.body note card 1/1  customers",
		"GET /customers/{} response.body note card 1/1 mask customers",
		"GET /customers/{} response.body note email 1/1 mask customers",
		"GET /customers/{} response.body note email 1/1 pseudonym customers",
		"GET /customers/{} response.body pan card 2/2  customers",
		"GET /customers/{} response.body rating field 2/2 null customers",
		"GET /orders response.body mail email 1/1",
	)
}

func TestAuditSaysWhetherDataIsHidden(t *testing.T) {
	a := audit(t, `{"responses":[{"match":{"path":{"prefix":"/a"}},"fields":[{"path":"b","action":{"block":true}},{"path":"c","action":{"mask":{}},"unless":{"scope":"c"}}]}]}`)
	for body, want := range map[string]bool{`{"a":"x"}`: false, `{"b":"x"}`: true, `{"c":"x"}`: true, `{"d":{"c":"x"}}`: false} {
		if got := a.Hides(recorded("/a", "application/json", body)); got != want {
			t.Errorf("%s is hidden: %t, want %t", body, got, want)
		}
	}
	if a.Hides(recorded("/b", "application/json", `{"c":"x"}`)) || audit(t, "").Hides(recorded("/a", "application/json", `{"c":"x"}`)) {
		t.Error("hidden without a rule")
	}
}

func TestAuditSaysWhatIsRefusedAndUnread(t *testing.T) {
	a := audit(t, `{"responses":[{"match":{"path":{"prefix":"/a"}},"detectors":[{"type":"card","action":{"block":true}}]}]}`)
	a.Add(recorded("/a", "application/json", `{"pan":"4111111111111111","mail":"a@example.com"}`))
	a.Add(recorded("/a", "image/png", "\x89PNG"))
	a.Add(recorded("/b", "image/png", "\x89PNG"))
	a.Add(recorded("/b", "application/json", `{"mail":"a@example.com","x":`))
	a.Add(recorded("/b", "", "text"))
	a.Add(recorded("/%2e%2e/b", "application/json", `{"mail":"a@example.com"}`))
	a.Add(&Exchange{Request: Message{Headers: [][2]string{{":method", "OPTIONS"}, {":path", "*"}}}})
	m := a.Map()
	wantRows(t, m,
		"GET /a response.body mail email 1/1 refused responses[0]",
		"GET /a response.body pan card 1/1 refused responses[0]",
		"GET /b response.body mail email 1/1",
		"GET /b response.body mail email 1/1 refused",
	)
	if got, want := fmt.Sprint(m.Unread), "[{GET /a response.body image/png unread 1} {GET /b response.body - unread 1} {GET /b response.body application/json malformed 1} {GET /b response.body image/png unread 1}]"; got != want {
		t.Errorf("unread %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprint(m.Refused), "[{GET /a response responses[0] blocked 1} {GET /a response responses[0] unread 1} {GET /b request  path_ambiguous 1} {GET /b response  path_ambiguous 1}]"; got != want {
		t.Errorf("refused %s\nwant %s", got, want)
	}
}

// TestAuditTellsNoValue plants data wherever a client or an upstream could put it.
func TestAuditTellsNoValue(t *testing.T) {
	canaries := []string{
		"4111111111111111", "a.person@example.com", "DE89370400440532013000", "078-05-1120", "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl", "Anna Maria Beispiel", "+4915112345678", "9b74c9897bac770ffc029102a200c5de", "QXJhYmljYXNlY3JldA",
	}
	a := audit(t, `{"profile":["pci","hipaa","gdpr"],"requests":[{"match":{},"profile":["pci"]}]}`)
	a.Add(&Exchange{})
	for _, c := range canaries {
		escaped := strings.ReplaceAll(c, " ", "%20")
		for _, path := range []string{"/" + escaped, "/v1/customers/" + escaped + "/cards", "/a;" + escaped, "/search?q=" + escaped, "/%2f" + escaped, escaped, "/a/" + escaped + ".json", "/u/" + c} {
			x := recorded(path, "application/json", `{"`+c+`":{"email":"`+c+`","x":"`+c+`"},"list":["`+c+`"],"pan":4111111111111111}`)
			x.Request.Headers = append(x.Request.Headers, [2]string{"cookie", c}, [2]string{"x-" + strings.ToLower(c), c}, [2]string{"content-type", "text/" + c})
			x.Request.Body = [][]byte{[]byte(c)}
			x.Response.Trailers = [][2]string{{"x-" + c, c}}
			x.Attributes = map[string][]byte{"gatehouse.identity": []byte(`{"iss":"` + c + `","sub":"` + c + `"}`)}
			a.Add(x)
			x = recorded("/a", c, c)
			x.Request.Headers[0][1] = c
			a.Add(x)
			a.Add(recorded("/a", "x-"+c+"/y; boundary="+c, c))
			a.Add(recorded("/a", "application/"+c, c))
			a.Add(recorded("/broken", "application/json", `{"a":"`+c))
		}
	}
	text, err := json.Marshal(a.Map())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range canaries {
		for _, form := range []string{c, strings.ToLower(c), strings.ReplaceAll(c, " ", "%20"), strings.ReplaceAll(c, "-", "")} {
			if strings.Contains(string(text), form) {
				at := strings.Index(string(text), form)
				t.Errorf("%s is in the map: …%s", form, text[max(0, at-100):at+len(form)])
			}
		}
	}
	if len(a.Map().Data) == 0 {
		t.Error("nothing found")
	}
}

func TestPathsAreToldWithoutData(t *testing.T) {
	var many []string
	for i := range maxWords + 1 {
		many = append(many, "/shop/"+strings.Repeat(string(rune('a'+i)), 3)+"e")
	}
	tests := []struct {
		name  string
		paths []string
		want  []string
	}{
		{"words", []string{"/", "/healthz", "/v1/orders", "/v2beta1/orders/", "/.well-known/openid-configuration", "/oauth2/token", "/index.html"},
			[]string{"/", "/healthz", "/v1/orders", "/v2beta1/orders/", "/.well-known/openid-configuration", "/oauth2/token", "/index.html"}},
		{"numbers and ids", []string{"/orders/17", "/x/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/x/9b74c989", "/x/QWxhZGRpbg", "/x/AB12CD", "/x/17.json"},
			[]string{"/orders/{}", "/x/{}", "/x/{}", "/x/{}", "/x/{}", "/x/{}"}},
		{"people", []string{"/x/a@example.com", "/x/a%40example.com", "/x/john.smith", "/users/alice", "/user/alice", "/x/Anna%20Beispiel"},
			[]string{"/x/{}", "/x/{}", "/x/{}", "/users/{}", "/user/{}", "/x/{}"}},
		{"what APIs have in collections", []string{"/users/me", "/orders/search", "/orders/17/items/3"}, []string{"/users/me", "/orders/search", "/orders/{}/items/{}"}},
		{"many words in one place", many, slices.Repeat([]string{"/shop/{}"}, len(many))},
		{"a path that is none", []string{"*", "x", ""}, []string{"*", "*", "*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := audit(t, "")
			var keys []string
			for _, path := range tt.paths {
				x := recorded(path, "image/png", "x")
				a.Add(x)
				_, key := a.route(requestOf(x))
				keys = append(keys, key)
			}
			told := a.paths()
			for i, key := range keys {
				if told[key] != tt.want[i] {
					t.Errorf("%s is told as %s, want %s", tt.paths[i], told[key], tt.want[i])
				}
			}
		})
	}
	t.Run("templates", func(t *testing.T) {
		a := audit(t, "")
		if err := a.UseOperations([]Operation{{"GET", "/users/all"}, {"GET", "/users/{name}"}}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/users/alice", "/users/bob", "/users/all", "/orders/17"} {
			a.Add(recorded(path, "application/json", `"a@example.com"`))
		}
		wantRows(t, a.Map(), "GET /orders/{} response.body  email 1/1", "GET /users/all response.body  email 1/1", "GET /users/{name} response.body  email 2/2")
	})
}

func TestKeysOfMapsAreToldAsAny(t *testing.T) {
	a := audit(t, "")
	people, record := "{", "{"
	for i := range maxWords + 1 {
		name := strings.Repeat(string(rune('a'+i)), 3)
		people += `"` + name + `":{"mails":["a@example.com"]},`
		record += `"` + name + `":"a@example.com","x` + name + `":"x",`
	}
	for range 2 {
		a.Add(recorded("/people", "application/json", `{"by":`+people+`"x":1}}`))
		a.Add(recorded("/record", "application/json", record+`"cvv":"123"}`))
	}
	wantRows(t, a.Map(),
		"GET /people response.body by.*.mails[*] email 26/2",
		"GET /record response.body * email 26/2",
		"GET /record response.body cvv password 2/2",
	)
}

func TestFaultyConfigurationsHaveNoAudit(t *testing.T) {
	if _, err := NewAudit([]byte(`{"profile":"pcj"}`), nil); err == nil || !strings.Contains(err.Error(), "profile") {
		t.Errorf("%v", err)
	}
	if _, err := NewAudit([]byte(`{"profile":"pci","keys":{"k1":{"env":"NONE"}}}`), func(string) (string, bool) { return "", false }); err == nil || !strings.Contains(err.Error(), "keys.k1.env") {
		t.Errorf("%v", err)
	}
	a := audit(t, "")
	if err := a.UseOperations([]Operation{{"GET", "users"}}); err == nil {
		t.Error("a path that is none is taken")
	}
}
