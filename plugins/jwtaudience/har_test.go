//go:build !wasip1

package jwtaudience

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

// ordersConfig is the configuration of the recorded order API.
func ordersConfig() string {
	keys := strings.NewReplacer(`[{`, "[\n        {", `},{`, "},\n        {", "}]}", "}\n      ]}").Replace(josetest.Set(rsaKey, ecKey, edKey))
	return `{
  "mode": "enforce",
  "issuers": [
    {
      "issuer": "` + testIssuer + `",
      "audiences": ["orders-api"],
      "jwks": ` + keys + `,
      "algorithms": ["RS256", "ES256"],
      "clock_skew": "60s",
      "max_lifetime": "14610d",
      "token_types": ["at+jwt", "jwt"]
    }
  ],
  "routes": [
    {"match": {"path": {"prefix": "/admin"}}, "audiences": ["admin-api"]},
    {"match": {"path": {"exact": "/healthz"}}, "allow_anonymous": true}
  ]
}
`
}

// orders is a morning at the order API: its clients, and someone who tries the
// doors. status and body are what the upstream answered, or would have had the
// request reached it.
var orders = []struct {
	method, path string
	fields       []string
	body         string
	status       int
	answer       string
	want         policy.Reason
}{
	{"GET", "/healthz", nil, "", 200, `{"status":"ok"}`, ReasonAnonymousAllowed},
	{"GET", "/orders", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"orders":[{"id":17,"item":"teapot"},{"id":18,"item":"kettle"}]}`, ReasonTokenAccepted},
	{"GET", "/orders/17", []string{bearerField(ecKey.Token(recordedClaims()))}, "", 200, `{"id":17,"item":"teapot","quantity":1}`, ReasonTokenAccepted},
	{"POST", "/orders", []string{bearerField(rsaKey.Token(recordedClaims())), "Content-Type: application/json"}, `{"item":"saucer","quantity":6}`, 201, `{"id":19,"item":"saucer","quantity":6}`, ReasonTokenAccepted},
	{"GET", "/orders?status=open&page=2", []string{bearerField(ecKey.Token(recordedClaims("aud", `["billing-api","orders-api"]`)))}, "", 200, `{"orders":[]}`, ReasonTokenAccepted},
	{"PUT", "/orders/19", []string{bearerField(rsaKey.Sign(`{"alg":"RS256","kid":"rsa","typ":"application/at+jwt"}`, recordedClaims())), "Content-Type: application/json"}, `{"quantity":4}`, 200, `{"id":19,"item":"saucer","quantity":4}`, ReasonTokenAccepted},
	{"DELETE", "/orders/18", []string{bearerField(ecKey.Token(recordedClaims()))}, "", 204, ``, ReasonTokenAccepted},
	{"GET", "/orders/404", []string{bearerField(ecKey.Token(recordedClaims()))}, "", 404, `{"error":"no such order"}`, ReasonTokenAccepted},
	{"GET", "/admin/users", []string{bearerField(rsaKey.Token(recordedClaims("aud", `"admin-api"`, "sub", `"root"`)))}, "", 200, `{"users":["root","user-17"]}`, ReasonTokenAccepted},

	{"GET", "/orders", nil, "", 200, `{"orders":[]}`, ReasonTokenMissing},
	{"HEAD", "/orders", nil, "", 200, ``, ReasonTokenMissing},
	{"POST", "/orders", []string{"Content-Type: application/json"}, `{"item":"saucer","quantity":600}`, 201, `{"id":20}`, ReasonTokenMissing},
	{"GET", "/orders", []string{"Authorization: Basic dXNlcjpwYXNz"}, "", 200, `{"orders":[]}`, ReasonTokenMissing},
	{"GET", "/orders", []string{bearerField("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")}, "", 200, `{"orders":[]}`, ReasonTokenMalformed},
	{"GET", "/orders", []string{bearerField(ecKey.Sign(`{"alg":"none","typ":"at+jwt"}`, recordedClaims()))}, "", 200, `{"orders":[]}`, ReasonAlgorithmUnsupported},
	{"GET", "/orders", []string{bearerField(josetest.New("ES256", "stolen").Sign(`{"alg":"ES256","kid":"ec","typ":"at+jwt"}`, recordedClaims()))}, "", 200, `{"orders":[]}`, ReasonSignatureInvalid},
	{"GET", "/orders", []string{bearerField(swapped(ecKey.Token(recordedClaims()), ecKey.Token(recordedClaims("sub", `"root"`))))}, "", 200, `{"orders":[]}`, ReasonSignatureInvalid},
	{"GET", "/orders", []string{bearerField(rsaKey.Token(recordedClaims("exp", fmt.Sprint(recordedPast), "iat", fmt.Sprint(recordedPast-600))))}, "", 200, `{"orders":[]}`, ReasonTokenExpired},
	{"GET", "/orders", []string{bearerField(rsaKey.Token(recordedClaims("aud", `"billing-api"`)))}, "", 200, `{"orders":[]}`, ReasonAudienceMismatch},
	{"GET", "/orders", []string{bearerField(rsaKey.Token(recordedClaims("iss", `"https://attacker.example"`)))}, "", 200, `{"orders":[]}`, ReasonIssuerUnknown},
	{"GET", "/orders", []string{bearerField(edKey.Token(recordedClaims()))}, "", 200, `{"orders":[]}`, ReasonAlgorithmNotAllowed},
	{"GET", "/orders", []string{bearerField(rsaKey.Sign(`{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}`, recordedClaims()))}, "", 200, `{"orders":[]}`, ReasonTypeNotAccepted},
	{"GET", "/orders", []string{bearerField(ecKey.Token(`{"aud":"orders-api",` + recordedClaims("aud", `"billing-api"`)[1:]))}, "", 200, `{"orders":[]}`, ReasonTokenMalformed},
	{"GET", "/orders", []string{bearerField(ecKey.Token(recordedClaims())), bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"orders":[]}`, ReasonAuthorizationRepeated},

	{"GET", "/admin/users", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"users":["root","user-17"]}`, ReasonAudienceMismatch},
	{"GET", "/%61dmin/users", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"users":["root","user-17"]}`, ReasonAudienceMismatch},
	{"GET", "//admin/users", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"users":["root","user-17"]}`, ReasonAudienceMismatch},
	{"GET", "/x/../admin/users", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"users":["root","user-17"]}`, ReasonAudienceMismatch},
	{"GET", "/healthz/../admin/users", nil, "", 200, `{"users":["root","user-17"]}`, ReasonTokenMissing},
	{"GET", "/healthz%2f..%2fadmin%2fusers", nil, "", 200, `{"users":["root","user-17"]}`, "path_ambiguous"},
	{"GET", "/healthz/..;/admin/users", nil, "", 200, `{"users":["root","user-17"]}`, "path_ambiguous"},
	{"GET", "/orders/%2e%2e/admin/users", []string{bearerField(rsaKey.Token(recordedClaims()))}, "", 200, `{"users":["root","user-17"]}`, "path_ambiguous"},
}

// HAR 1.2, as far as it is written here.
type (
	harField struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harBody struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
	}
	harRequest struct {
		Method      string     `json:"method"`
		URL         string     `json:"url"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harField `json:"cookies"`
		Headers     []harField `json:"headers"`
		QueryString []harField `json:"queryString"`
		PostData    *harBody   `json:"postData,omitempty"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harField `json:"cookies"`
		Headers     []harField `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harEntry struct {
		Started  string         `json:"startedDateTime"`
		Time     float64        `json:"time"`
		Request  harRequest     `json:"request"`
		Response harResponse    `json:"response"`
		Cache    struct{}       `json:"cache"`
		Timings  map[string]int `json:"timings"`
	}
)

// query returns the parameters of a path, which has them plain.
func query(path string) []harField {
	fields := []harField{}
	if _, text, ok := strings.Cut(path, "?"); ok {
		for _, parameter := range strings.Split(text, "&") {
			name, value, _ := strings.Cut(parameter, "=")
			fields = append(fields, harField{name, value})
		}
	}
	return fields
}

var statusTexts = map[int]string{200: "OK", 201: "Created", 204: "No Content", 404: "Not Found"}

// ordersHAR returns the recording of orders.
func ordersHAR(t *testing.T) []byte {
	t.Helper()
	var entries []harEntry
	for i, o := range orders {
		headers := []harField{{"Host", "api.example.com"}, {"User-Agent", "orders-client/2.1"}, {"Accept", "application/json"},
			{"X-Request-Id", fmt.Sprintf("orders-%02d", i+1)}}
		for _, field := range o.fields {
			name, value, _ := strings.Cut(field, ": ")
			headers = append(headers, harField{name, value})
		}
		e := harEntry{
			Started: time.Unix(recordedNow, 0).Add(time.Duration(i) * 750 * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z07:00"),
			Time:    12,
			Request: harRequest{
				Method: o.method, URL: "http://api.example.com" + o.path, HTTPVersion: "HTTP/1.1",
				Cookies: []harField{}, QueryString: query(o.path), HeadersSize: -1, BodySize: len(o.body),
			},
			Response: harResponse{
				Status: o.status, StatusText: statusTexts[o.status], HTTPVersion: "HTTP/1.1", Cookies: []harField{},
				Headers: []harField{}, HeadersSize: -1, BodySize: len(o.answer),
				Content: harContent{Size: len(o.answer), MimeType: "application/json", Text: o.answer},
			},
			Timings: map[string]int{"send": 1, "wait": 10, "receive": 1},
		}
		if o.body != "" {
			headers = append(headers, harField{"Content-Length", fmt.Sprint(len(o.body))})
			e.Request.PostData = &harBody{"application/json", o.body}
		}
		e.Request.Headers = headers
		if o.answer != "" {
			e.Response.Headers = []harField{{"Content-Type", "application/json"}, {"Content-Length", fmt.Sprint(len(o.answer))}}
		}
		entries = append(entries, e)
	}
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"log": map[string]any{
		"version": "1.2",
		"creator": harField{"gatehouse", "1"},
		"entries": entries,
	}}); err != nil {
		t.Fatal(err)
	}
	// "creator" has the members name and version.
	return bytes.Replace(document.Bytes(), []byte(`"value": "1"`), []byte(`"version": "1"`), 1)
}

// TestOrdersHARIsGenerated holds testdata/orders.har and its configuration to
// the table above. "go test -run TestOrdersHAR -regenerate" writes them.
func TestOrdersHARIsGenerated(t *testing.T) {
	for path, want := range map[string][]byte{
		"testdata/orders.har":         ordersHAR(t),
		"testdata/orders.config.json": []byte(ordersConfig()),
	} {
		replaytest.Generated(t, path, want, 0)
	}
}

// TestOrders decides on the recorded requests without a host.
func TestOrders(t *testing.T) {
	engine := newEngine(t, ordersConfig())
	for i, o := range orders {
		r := request(o.method, o.path)
		r.Now = time.Unix(recordedNow, 0)
		for _, field := range o.fields {
			name, value, _ := strings.Cut(field, ": ")
			r.Headers = append(r.Headers, policy.Header{Name: strings.ToLower(name), Value: value})
		}
		if decision := engine.Decide(r); decision.Reason != o.want {
			t.Errorf("%d: %s %s: %s, want %s", i, o.method, o.path, decision.Reason, o.want)
		}
	}
	if len(orders) < 25 {
		t.Errorf("%d exchanges, want at least 25", len(orders))
	}
}
