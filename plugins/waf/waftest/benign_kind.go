package waftest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

func contentType(t string) [2]string { return [2]string{"Content-Type", t} }

func (a *author) list() content {
	uri := a.path()
	if q := a.query(a.IntN(4)); q != "" {
		uri += "?" + q
	}
	return content{method: "GET", uri: uri}
}

func (a *author) read() content {
	return content{method: pick(a.Rand, []string{"GET", "GET", "HEAD"}), uri: a.path()}
}

func (a *author) find() content {
	return content{method: "GET", uri: pick(a.Rand, []string{"/search?q=", "/api/v1/search?type=all&query=", "/suggest?term="}) + a.escape(pick(a.Rand, a.searches))}
}

func (a *author) json() content {
	return content{
		method: pick(a.Rand, []string{"POST", "POST", "PUT"}), uri: a.path(),
		headers: [][2]string{contentType(pick(a.Rand, []string{"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "application/vnd.api+json"}))},
		body:    []byte(a.tree(1 + a.IntN(4))),
	}
}

// batch is an import of up to 30 records of one shape, longer than most requests.
func (a *author) batch() content {
	columns := make([]string, 2+a.IntN(6))
	for i := range columns {
		columns[i] = quote(a.field() + strconv.Itoa(i))
	}
	rows := make([]string, 1+a.IntN(30))
	for i := range rows {
		cells := make([]string, len(columns))
		for j := range cells {
			cells[j] = columns[j] + ":" + a.tree(0)
		}
		rows[i] = "{" + strings.Join(cells, ",") + "}"
	}
	return content{
		method: "POST", uri: a.path() + "/batch", headers: [][2]string{contentType("application/json")},
		body: []byte(`{"dryRun":false,"records":[` + strings.Join(rows, ",") + `]}`),
	}
}

func (a *author) patch() content {
	if a.IntN(2) == 0 {
		body := fmt.Sprintf(`[{"op":"replace","path":"/%s","value":%s},{"op":"remove","path":"/%s/0"}]`, a.field(), a.tree(0), a.field())
		return content{method: "PATCH", uri: a.path(), headers: [][2]string{contentType("application/json-patch+json")}, body: []byte(body)}
	}
	return content{method: "PATCH", uri: a.path(), headers: [][2]string{contentType("application/merge-patch+json")}, body: []byte(a.tree(1))}
}

func (a *author) remove() content { return content{method: "DELETE", uri: a.path()} }

func (a *author) preflight() content {
	return content{method: "OPTIONS", uri: a.path(), headers: [][2]string{
		{"Access-Control-Request-Method", pick(a.Rand, []string{"PUT", "DELETE", "POST"})}, {"Access-Control-Request-Headers", "authorization,content-type,x-request-id"},
	}}
}

func (a *author) graphQL() content {
	q := pick(a.Rand, []string{
		"query GetUser($id: ID!) { user(id: $id) { id name email orders(first: 10) { edges { node { id total } } pageInfo { hasNextPage endCursor } } } }",
		"mutation Update($input: UserInput!) {\n  updateUser(input: $input) {\n    user { id ...Card }\n    errors { field message }\n  }\n}\nfragment Card on User { name avatar(size: 64) }",
		"{ products(filter: {price: {lt: 50, gte: 10}, tags: [\"new\", \"sale\"]}, orderBy: PRICE_ASC) { id title } }",
		"subscription OnEvent { event(topic: \"orders\") { id at payload } }",
		"query IntrospectionQuery { __schema { queryType { name } types { kind name } } }",
	})
	if a.IntN(4) == 0 {
		return content{method: "GET", uri: "/graphql?query=" + a.escape(q) + "&variables=" + a.escape(`{"id":"`+a.uuid()+`"}`)}
	}
	body := `{"operationName":null,"query":` + quote(q) + `,"variables":{"id":` + quote(a.uuid()) + `,"input":` + a.tree(1) + `}}`
	return content{method: "POST", uri: "/graphql", headers: [][2]string{contentType("application/json")}, body: []byte(body)}
}

func (a *author) form() content {
	var fields []string
	for range 1 + a.IntN(8) {
		fields = append(fields, url.QueryEscape(a.field())+"="+url.QueryEscape(a.text()))
	}
	return content{
		method: "POST", uri: a.path(),
		headers: [][2]string{contentType(pick(a.Rand, []string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"}))},
		body:    []byte(strings.Join(fields, "&")),
	}
}

func (a *author) login() content {
	password := pick(a.Rand, []string{"correct horse battery staple", "Tr0ub4dor&3", "pa$$w0rd!", "h'u\"n<t>e;r2", "ñandú-Ü-9", "--==##--", "x' y' z'", "${n0t}%{me}"}) + a.hex(4)
	body := "username=" + url.QueryEscape(a.email()) + "&password=" + url.QueryEscape(password) + "&remember=on&return_to=" + url.QueryEscape("/"+pick(a.Rand, a.words))
	return content{method: "POST", uri: "/login", headers: [][2]string{contentType("application/x-www-form-urlencoded")}, body: []byte(body)}
}

func (a *author) oauth() content {
	body := pick(a.Rand, []string{
		"grant_type=authorization_code&code=" + a.hex(40) + "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&code_verifier=" + a.hex(64),
		"grant_type=client_credentials&scope=orders.read+orders.write",
		"grant_type=refresh_token&refresh_token=" + a.hex(48) + "&client_id=spa",
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=" + a.jwt() + "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
		"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + a.jwt() + "&grant_type=client_credentials",
	})
	return content{method: "POST", uri: "/oauth2/token", headers: [][2]string{contentType("application/x-www-form-urlencoded")}, body: []byte(body)}
}

func (a *author) upload() content {
	boundary := pick(a.Rand, []string{"----WebKitFormBoundary", "----------------------------", "----geckoformboundary", "dart-http-boundary-"}) + a.hex(16)
	var b bytes.Buffer
	part := func(disposition, kind string, data []byte) {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; %s\r\n", boundary, disposition)
		if kind != "" {
			fmt.Fprintf(&b, "Content-Type: %s\r\n", kind)
		}
		fmt.Fprintf(&b, "\r\n%s\r\n", data)
	}
	for range a.IntN(4) {
		part(`name="`+a.field()+`"`, "", []byte(a.text()))
	}
	switch a.IntN(4) {
	case 0:
		part(`name="file"; filename="`+pick(a.Rand, []string{"photo 1.png", "Zoë's holiday.png", "scan(2).png"})+`"`, "image/png", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), a.bytes(200+a.IntN(2000))...))
	case 1:
		part(`name="document"; filename="report_2024-01.pdf"`, "application/pdf", append([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), a.bytes(200+a.IntN(2000))...))
	case 2:
		part(`name="data"; filename="export.csv"`, "text/csv", []byte("id,name,city\n1,"+pick(a.Rand, a.names)+","+strconv.Quote(pick(a.Rand, a.places))+"\n"))
	case 3:
		part(`name="notes"; filename="notes.md"`, "text/markdown", []byte(pick(a.Rand, a.markdown)))
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return content{method: "POST", uri: a.path(), headers: [][2]string{contentType("multipart/form-data; boundary=" + boundary)}, body: b.Bytes()}
}

func (a *author) plain() content {
	return content{method: "POST", uri: a.path(), headers: [][2]string{contentType(pick(a.Rand, []string{"text/plain", "text/plain; charset=utf-8", "text/plain;charset=UTF-8"}))}, body: []byte(a.text())}
}

func (a *author) ndjson() content {
	var lines []string
	for range 1 + a.IntN(5) {
		lines = append(lines, `{"index":{"_id":"`+a.hex(8)+`"}}`, a.tree(1))
	}
	return content{method: "POST", uri: "/_bulk", headers: [][2]string{contentType("application/x-ndjson")}, body: []byte(strings.Join(lines, "\n") + "\n")}
}

func (a *author) xml() content {
	body := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<order id=\"" + strconv.Itoa(a.IntN(1e6)) + "\"><customer>" +
		strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(pick(a.Rand, a.names)) + "</customer><note>" +
		strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(pick(a.Rand, a.sentences)) + "</note></order>"
	return content{method: "POST", uri: a.path(), headers: [][2]string{contentType(pick(a.Rand, []string{"application/xml", "text/xml; charset=utf-8", "application/soap+xml"}))}, body: []byte(body)}
}

// rpc is a call by JSON-RPC or gRPC-Web.
func (a *author) rpc() content {
	if a.IntN(3) == 0 {
		message := append([]byte{0x0a, 16}, a.bytes(16)...)
		frame := append([]byte{0, 0, 0, 0, byte(len(message))}, message...)
		return content{
			method: "POST", uri: "/example.orders.v1.Orders/Get",
			headers: [][2]string{contentType("application/grpc-web-text"), {"X-Grpc-Web", "1"}}, body: []byte(base64.StdEncoding.EncodeToString(frame)),
		}
	}
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"%s.%s","params":%s}`, a.IntN(1000), pick(a.Rand, a.words), pick(a.Rand, []string{"get", "list", "update", "exec"}), a.tree(2))
	return content{method: "POST", uri: "/rpc", headers: [][2]string{contentType("application/json")}, body: []byte(body)}
}

// events is what analytics sends from a page that is closed, as text/plain to avoid
// a preflight.
func (a *author) events() content {
	body := fmt.Sprintf(`{"v":1,"sid":"%s","events":[{"t":%d,"n":"page_view","u":%s},{"t":%d,"n":"click","p":%s}]}`,
		a.uuid(), a.time().UnixMilli(), quote(a.link()), a.time().UnixMilli(), a.tree(1))
	return content{method: "POST", uri: "/collect?v=1&tid=" + a.hex(8), headers: [][2]string{contentType("text/plain;charset=UTF-8")}, body: []byte(body)}
}
