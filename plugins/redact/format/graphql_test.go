package format

import "testing"

// TestGraphQL wants requests and answers of GraphQL read: literals in the text of a
// query, variables by name, data and errors.
func TestGraphQL(t *testing.T) {
	tests := []struct{ name, contentType, doc, want string }{
		{"a request", "application/json",
			`{"query":"mutation($c: Card!) { pay(card: $c, holder: \"WORD\", note: \"\"\"a WORD\"\"\") { id } }","variables":{"c":{"number":"4111","cvv":123},"x":["WORD"]},"operationName":"pay"}`,
			`{"query":"mutation($c: Card!) { pay(card: $c, holder: \"**\", note: \"\"\"a **\"\"\") { id } }","variables":{"c":{"number":"<*>"},"x":["**"]},"operationName":"pay"}`},
		{"requests in an array", "application/json", `[{"query":"{a(b:\"WORD\")}"},{"variables":{"c":{"cvv":1}}}]`, `[{"query":"{a(b:\"**\")}"},{"variables":{"c":{}}}]`},
		{"a query by itself", "application/graphql", "{ user(email: \"WORD\") { id } }", "{ user(email: \"**\") { id } }"},
		{"an answer", "application/graphql-response+json; charset=utf-8", `{"data":{"c":{"number":4111}},"errors":[{"message":"no WORD","extensions":{"cvv":1}}]}`,
			`{"data":{"c":{"number":"<*>"}},"errors":[{"message":"no **","extensions":{}}]}`},
		{"variables in a form", "application/x-www-form-urlencoded", `query={a}&variables={"cvv":1,"number":"4%3111"}`, `query={a}&variables={"number":"%3C*%3E"}`},
		{"parts of an answer that comes bit by bit", "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
			crlf("---\nContent-Type: application/json; charset=utf-8\n\n{\"data\":{\"number\":1},\"hasNext\":true}\n---\nContent-Type: application/json; charset=utf-8\n\n{\"incremental\":[{\"data\":{\"cvv\":1,\"a\":\"WORD\"}}]}\n-----\n"),
			crlf("---\nContent-Type: application/json; charset=utf-8\n\n{\"data\":{\"number\":\"<*>\"},\"hasNext\":true}\n---\nContent-Type: application/json; charset=utf-8\n\n{\"incremental\":[{\"data\":{\"a\":\"**\"}}]}\n-----\n")},
		{"a file with its operations", "multipart/form-data; boundary=b",
			crlf("--b\nContent-Disposition: form-data; name=\"operations\"\n\n{\"query\":\"{a}\",\"variables\":{\"cvv\":1,\"f\":null}}\n--b\nContent-Disposition: form-data; name=\"0\"; filename=\"WORD.txt\"\nContent-Type: text/plain\n\nWORD\n--b--"),
			crlf("--b\nContent-Disposition: form-data; name=\"operations\"\n\n{\"query\":\"{a}\",\"variables\":{\"f\":null}}\n--b\nContent-Disposition: form-data; name=\"0\"; filename=\"**.txt\"\nContent-Type: text/plain\n\n**\n--b--")},
	}
	v := &ruled{rules: []rule{{"**.number", Replace, "<*>"}, {"**.cvv", Drop, ""}}, word: "WORD", with: "**"}
	for _, tt := range tests {
		got, err := allWays(t, tt.doc, func() Rewriter {
			r, err := New(Choose(tt.contentType, ""), v, Options{Paths: v.paths(t)})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			return r
		})
		if got != tt.want || err != nil {
			t.Errorf("%s: %q became\n %q, %v, want\n %q", tt.name, tt.doc, got, err, tt.want)
		}
	}
}
