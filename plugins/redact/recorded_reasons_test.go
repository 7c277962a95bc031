//go:build !wasip1

package redact_test

var recordedReasons = []recording{
	{"untouched", "No rule is for the request, or nothing has to be changed.", `"responses":[{"match":{"path":{"prefix":"/customers"}},` + customersMembers + `}]`, []exchange{
		getsJSON("no rule", `{"card":"4111111111111111"}`).at("/orders").seen(),
		getsJSON("nothing of it", `{"a":1}`),
		gets("no rule for what cannot be read", "image/png", "4111111111111111").at("/photo").seen(),
	}},
	{"unread-types", "A body of a type that nobody reads does not pass.", customers, []exchange{
		gets("a picture", "image/png", "4111111111111111"),
		gets("bytes", "application/octet-stream", "4111111111111111"),
		gets("rich text", "text/rtf", "4111111111111111"),
		{name: "no type", answer: `{"card":"4111111111111111"}`},
		gets("two types", "application/json", `{"card":"4111111111111111"}`).with("Content-Type: text/plain"),
		gets("a type twice", "application/json", `{"card":"4111111111111111"}`).with("Content-Type: application/json"),
		gets("no type at all", "json", `{"card":"4111111111111111"}`),
		gets("a parameter twice", "application/json; charset=utf-8; charset=utf-16", `{"card":"4111111111111111"}`),
		posts("a request", "application/octet-stream", "4111111111111111"),
		{name: "a request without a type", body: `{"card":"4111111111111111"}`, status: 204},
		{name: "for who wants a page", fields: []string{"Accept: text/html"}, headers: []string{"Content-Type: image/png"}, answer: "x"},
	}},
	{"unread-codings", "A body in a coding that nobody reads does not pass.", customers, []exchange{
		getsJSON("br", "x").with("Content-Encoding: br"),
		getsJSON("zstd", "x").with("Content-Encoding: zstd"),
		getsJSON("two", "x").with("Content-Encoding: gzip, gzip"),
		getsJSON("two fields", "x").with("Content-Encoding: gzip", "Content-Encoding: br"),
		getsJSON("none by name", `{"cvv":1}`).with("Content-Encoding: identity"),
		{name: "a request", fields: []string{"Content-Type: application/json", "Content-Encoding: br"}, body: "x", status: 204},
	}},
	{"unread-parts", "A part of a whole does not pass, and is not asked for.", customers, []exchange{
		{name: "206", fields: []string{"Range: bytes=0-9", `If-Range: "v1"`}, status: 206, headers: []string{"Content-Type: application/json", "Content-Range: bytes 0-9/99"}, answer: `{"card":"4`},
		{name: "206 in parts", fields: []string{"Range: bytes=0-9,20-29"}, status: 206, headers: []string{"Content-Type: multipart/byteranges; boundary=x"}, answer: "--x--"},
		{name: "all of it", fields: []string{"Range: bytes=0-9"}, headers: []string{"Content-Type: application/json", "Accept-Ranges: bytes"}, answer: `{"card":"4111111111111111"}`},
		{name: "a part that is sent", method: "PUT", fields: []string{"Content-Type: application/json", "Content-Range: bytes 0-9/99"}, body: `{"card":"4`, status: 204},
	}},
	{"passed-unread", "What is announced as something that nobody reads passes where the rule lets it.", answers(`"unread":"pass",`+customersMembers) + `,` + asks(`"unread":"pass",`+customersMembers), []exchange{
		gets("a picture", "image/png", "4111111111111111").seen(),
		getsJSON("another coding", "x").with("Content-Encoding: br"),
		getsJSON("JSON", `{"card":"4111111111111111"}`),
		posts("a request", "application/octet-stream", "4111111111111111").seen(),
	}},
	{"unread-types-that-pass", "Types that pass by name.", answers(`"unread_types":["image/*","application/pdf"],` + customersMembers), []exchange{
		gets("a picture", "image/png", "4111111111111111").seen(),
		gets("a picture with parameters", "Image/SVG; x=y", "4111111111111111").seen(),
		gets("a document", "application/pdf", "4111111111111111").seen(),
		gets("another one", "application/pdfs", "4111111111111111"),
		gets("two types", "image/png", "4111111111111111").with("Content-Type: application/json"),
		getsJSON("JSON", `{"card":"4111111111111111"}`),
		getsJSON("JSON in a coding that nobody reads", "x").with("Content-Encoding: br"),
	}},
	{"path-ambiguous", "A path that can be read in two ways has no rule, and is refused.", `"responses":[{"match":{"path":{"prefix":"/customers"}},` + customersMembers + `}]`, []exchange{
		getsJSON("an encoded slash", `{"card":"4111111111111111"}`).at("/public%2f..%2fcustomers"),
		getsJSON("a parameter in a step up", `{"card":"4111111111111111"}`).at("/public/..;/customers"),
		getsJSON("steps up", `{"card":"4111111111111111"}`).at("/public/../customers"),
		getsJSON("two slashes", `{"card":"4111111111111111"}`).at("//customers"),
	}},
	{"host-ambiguous", "A host that can be read in two ways has no rule, and is refused.", `"responses":[{"match":{"hosts":["api.example.com"]},` + customersMembers + `}]`, []exchange{
		{name: "a dot at the end", host: "api.example.com.", headers: []string{"Content-Type: application/json"}, answer: `{"card":"4111111111111111"}`},
		{name: "a port", host: "api.example.com:8080", headers: []string{"Content-Type: application/json"}, answer: `{"card":"4111111111111111"}`},
		{name: "something in front", host: "user@api.example.com", headers: []string{"Content-Type: application/json"}, answer: `{"card":"4111111111111111"}`},
	}},
	{"header-ambiguous", "A header field that a rule asks for and that comes twice.", `"responses":[{"match":{"headers":[{"name":"x-partner","exact":"7"}]},` + customersMembers + `}]`, []exchange{
		{name: "twice", fields: []string{"X-Partner: 6", "X-Partner: 7"}, headers: []string{"Content-Type: application/json"}, answer: `{"card":"4111111111111111"}`},
		{name: "once", fields: []string{"X-Partner: 7"}, headers: []string{"Content-Type: application/json"}, answer: `{"card":"4111111111111111"}`},
	}},
}
