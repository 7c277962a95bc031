//go:build !wasip1

package redact_test

var recordedHeaders = []recording{
	{"headers", "Header fields by name, and by how names begin.", `"responses":[{"match":{},"headers":[
		{"name":"X-Customer-Email","action":{"mask":{"fixed":3}}},{"name":"x-customer-*","action":{"drop":true}},{"name":"x-account","action":{"pseudonym":{"key":"k1"}}},{"name":"x-debug","action":{"null":true}},{"name":"x-born","action":{"date":"year"}},
		{"name":"x-salary","action":{"replace":"[salary]"},"unless":{"scope":"salaries:read"}}]}],` + keys, []exchange{
		getsJSON("all", `{}`).with("X-Customer-Email: ada@example.com", "X-Customer-Name: Ada", "x-customer-Id: 17", "X-Account: 0001234567", "X-Debug: sql", "X-Born: 1970-05-17", "X-Salary: 52000", "X-Custom: stays"),
		getsJSON("twice", `{}`).with("X-Account: 1", "X-Account: 2", "X-Born: 1970-05-17", "X-Born: soon"),
		getsJSON("who may see it", `{}`).with("X-Salary: 52000").as("hr", `"scope":"salaries:read"`),
		{name: "without a body", status: 204, headers: []string{"X-Customer-Email: ada@example.com", "X-Debug: sql"}},
		{name: "an answer to HEAD", method: "HEAD", headers: []string{"Content-Type: application/json", "X-Customer-Email: ada@example.com"}},
		gets("of a body that cannot be read", "image/png", "x").with("X-Customer-Email: ada@example.com"),
	}},
	{"headers-found", "Data in header fields, behind percent-encoding too; what HTTP works with stays, and credentials stay where they belong.",
		answers(`"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}},{"type":"api_key","action":{"replace":"[key]"}},{"type":"jwt","action":{"drop":true}}]`), []exchange{
			getsJSON("texts", `{}`).with("X-Note: ada@example.com paid by 4111 1111 1111 1111", "X-Token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU", "X-Key: AKIAQYLPMN5HFIQR7XYA"),
			{name: "a place to go", status: 302, headers: []string{"Location: /customers/ada%40example.com?card=4111111111111111&x=%41"}},
			getsJSON("a link", `{}`).with("Link: </customers?mail=ada%40example.com>; rel=next; title=\"ada@example.com\""),
			getsJSON("a name of a file", `{}`).with("Content-Disposition: attachment; filename*=UTF-8''ada%40example.com.pdf"),
			getsJSON("elsewhere", `{}`).with("Warning: 199 - \"ada@example.com\"", "Refresh: 5; url=/?mail=ada@example.com", "Content-Location: /customers/ada%40example.com", "Server-Timing: db;desc=\"ada@example.com\""),
			getsJSON("a cookie", `{}`).with("Set-Cookie: session=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU; Path=/", "Set-Cookie: mail=ada@example.com"),
			getsJSON("what HTTP works with", `{}`).with("ETag: \"4111111111111112\"", "Last-Modified: Fri, 20 Nov 2026 09:00:00 GMT", "Cache-Control: max-age=60"),
		}},
	{"headers-of-requests", "What goes to the upstream besides the body.", asks(`"headers":[{"name":"x-user","action":{"drop":true}}],"detectors":[{"type":"email","action":{"replace":"[e-mail]"}},{"type":"jwt","action":{"replace":"[token]"}}]`), []exchange{
		{name: "without a body", fields: []string{"X-User: ada", "X-Note: ada@example.com", "Referer: https://shop.example.com/?mail=ada%40example.com"}, status: 204},
		{name: "credentials", fields: []string{"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU", "X-Token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU"}, status: 204},
		{name: "with a body", fields: []string{"Content-Type: application/json", "X-User: ada"}, body: `{"mail":"ada@example.com"}`, status: 204},
	}},
	{"headers-blocked", "A header field that may not pass.", answers(`"headers":[{"name":"x-internal","action":{"block":true}}],"detectors":[{"type":"card","action":{"block":true}}]`) + "," + asks(`"detectors":[{"type":"card","action":{"block":true}}]`), []exchange{
		getsJSON("by name", `{}`).with("X-Internal: 1"),
		getsJSON("by what is in it", `{}`).with("X-Note: 4111111111111111"),
		{name: "of a request", fields: []string{"X-Note: 4111111111111111"}, status: 204},
		getsJSON("nothing of it", `{}`).with("X-Note: 1"),
	}},
	{"trailers", "Fields behind the body.", answers(`"headers":[{"name":"x-customer","action":{"drop":true}}],` + customersMembers), []exchange{
		{name: "announced", headers: []string{"Content-Type: application/json", "Transfer-Encoding: chunked", "Trailer: X-Customer, X-Note"}, answer: `{"cvv":1,"card":"4111111111111111"}`, answerTrailers: "X-Customer: ada\nX-Note: ada@example.com\nX-Checksum: 1"},
		{name: "not announced", headers: []string{"Content-Type: application/json", "Transfer-Encoding: chunked"}, answer: `{"cvv":1,"card":"4111111111111111"}`, answerTrailers: "X-Customer: ada\nX-Note: ada@example.com"},
		{name: "announced behind a text", headers: []string{"Content-Type: text/plain", "Transfer-Encoding: chunked", "Trailer: X-Note"}, answer: "Write to ada@example.com", answerTrailers: "X-Note: ada@example.com"},
		{name: "announced behind a table", headers: []string{"Content-Type: text/csv", "Transfer-Encoding: chunked", "Trailer: X-Note"}, answer: "name,cvv\nAda,1", answerTrailers: "X-Note: ada@example.com"},
	}},
	{"what-speaks-of-bytes", "Header fields that speak of the bytes as they were are removed.", customers, []exchange{
		getsJSON("a response", `{"cvv":1,"a":2}`).with(`ETag: "v1"`, "Accept-Ranges: bytes", "Digest: sha-256=x", "Content-Digest: sha-256=:x:", "Repr-Digest: sha-256=:x:", "Content-MD5: x"),
		getsJSON("nothing of it", `{"a":2}`).with(`ETag: "v1"`),
		{name: "a request", fields: []string{"Content-Type: application/json", "Content-Digest: sha-256=:x:", "Content-MD5: x"}, body: `{"cvv":1,"a":2}`, status: 204},
		gets("what cannot be read", "image/png", "x").with(`ETag: "v1"`),
	}},
	{"what-is-asked-for", "The upstream is asked for what can be read.", customers, []exchange{
		{name: "gzip", fields: []string{"Accept-Encoding: br;q=1.0, GZip;q=0.8"}, status: 204},
		{name: "no gzip", fields: []string{"Accept-Encoding: br, zstd"}, status: 204},
		{name: "nothing", status: 204},
		{name: "a part", fields: []string{"Range: bytes=0-9", `If-Range: "v1"`}, status: 204},
	}},
	{"no-body", "What has no body has nothing to be read.", customers, []exchange{
		{name: "HEAD", method: "HEAD", headers: []string{"Content-Type: application/json", `ETag: "v1"`}},
		{name: "HEAD of a picture", method: "HEAD", headers: []string{"Content-Type: image/png"}},
		{name: "204", status: 204},
		{name: "304", status: 304, headers: []string{`ETag: "v1"`}},
		{name: "200 of no bytes", headers: []string{"Content-Type: application/json", "Content-Length: 0"}},
		{name: "a picture of no bytes", headers: []string{"Content-Type: image/png", "Content-Length: 0"}},
	}},
	{"statuses", "Errors carry data too.", customers, []exchange{
		{name: "400", status: 400, headers: []string{"Content-Type: application/problem+json"}, answer: `{"detail":"4111111111111111"}`},
		{name: "404", status: 404, headers: []string{"Content-Type: text/plain"}, answer: "no ada@example.com here"},
		{name: "500", status: 500, headers: []string{"Content-Type: application/json"}, answer: `{"sql":"select 'ada@example.com'"}`},
		{name: "301", status: 301, headers: []string{"Location: /", "Content-Type: text/html"}, answer: "<a>moved</a>"},
	}},
}
