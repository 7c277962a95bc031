//go:build !wasip1

package redact_test

// recordedBroken have bodies that do not pass, of which more or less has left when that
// shows, as it comes.
var recordedBroken = []recording{
	{"block", "A body with such a value does not pass.", acts(`{"block":true}`, "card"), append(places(card, card),
		getsJSON("a number", `{"id":1,"pan":4111111111111111}`),
		getsJSON("nothing of it", `{"id":1,"pan":4111111111111112}`))},
	{"malformed-responses", "What is not what its type says is broken off, or answered in its place.", customers, []exchange{
		getsJSON("no JSON", `card: 4111111111111111`),
		getsJSON("not closed", `{"a":1,"card":"4111111111111111"`),
		getsJSON("in a string", `{"a":1,"card":"4111111111111111`),
		getsJSON("in a number", `[1,4111111111111111`),
		getsJSON("in a literal", `{"cvv":1,"a":tru}`),
		getsJSON("more behind it", `{"cvv":1} {"card":"4111111111111111"}`),
		getsJSON("commas", `{"cvv":1,,"card":"4111111111111111"}`),
		getsJSON("a control character", "{\"a\":\"\x01\",\"card\":\"4111111111111111\"}"),
		gets("a form with a document in it", "application/json", "card=4111111111111111"),
	}},
	{"malformed-requests", "A request that is not what its type says does not get to the upstream.", customers, []exchange{
		posts("no JSON", "application/json", `card: 4111111111111111`),
		posts("not closed", "application/json", `{"a":1,"card":"4111111111111111"`),
		posts("XML", "application/xml", `<a><b></a>`),
	}},
	{"malformed-later", "A body that breaks when some of it has left is broken off.", customers, []exchange{
		{name: "a response", headers: []string{"Content-Type: application/json"}, answer: `{"a":"x","b":[1,2,3],"card":"4111111111111111",]`, answerChunks: "20 20"},
		{name: "its end is missing", headers: []string{"Content-Type: application/json"}, answer: `{"a":"x","b":[1,2,3],"card":"4111111111111111`, answerChunks: "20 20"},
	}},
	{"blocked", "A body with something that may not pass.", answers(`"fields":[{"path":"internal","action":{"block":true}}],"detectors":[{"type":"private_key","action":{"block":true}}]`) + "," + asks(`"detectors":[{"type":"card","action":{"block":true}}]`), []exchange{
		getsJSON("a field", `{"a":1,"internal":{"x":1}}`),
		getsJSON("null in it", `{"internal":null}`),
		gets("a key", "text/plain", "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ\n-----END PRIVATE KEY-----\n"),
		getsJSON("nothing of it", `{"a":1}`),
		posts("a request", "application/json", `{"note":"4111111111111111"}`),
	}},
	{"broken-off", "What is not decided when a message breaks off never leaves.", customers, []exchange{
		{name: "a response", headers: []string{"Content-Type: application/json", "Transfer-Encoding: chunked"}, answer: `{"a":"x","card":"4111111111111111`, reset: "upstream"},
		{name: "a text", headers: []string{"Content-Type: text/plain", "Transfer-Encoding: chunked"}, answer: `a card: 4111111111111111`, reset: "upstream"},
		{name: "no answer", reset: "upstream"},
	}},
	{"malformed-formats", "Each format has its own ways to be broken.", customers, []exchange{
		getsJSON("no such escape", `{"a":"\x41","cvv":1}`),
		gets("a line of several", "application/x-ndjson", "{\"cvv\":1}\n{\"cvv\"\n"),
		gets("a document type", "application/xml", `<!DOCTYPE a [<!ENTITY x "4111111111111111">]><a>&x;</a>`),
		gets("an element that is not closed", "application/xml", `<a><card>4111111111111111</card>`),
		gets("a frame that is cut off", "application/grpc+json", frames(`{"a":1}`)+"\x00\x00\x00\x00\x20"+`{"card":"4111111111111111"`),
		posts("parts without an end", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n4111111111111111\r\n"),
	}},
	{"malformed-where-unread-passes", "What is broken does not pass, whatever the rule lets pass unread.", answers(`"unread":"pass",` + customersMembers), []exchange{
		getsJSON("more behind the end", `{"a":1}]`),
	}},
	{"gzip-that-is-broken", "What is damaged does not pass.", customers, []exchange{
		getsJSON("cut short", packed[:len(packed)-9]).coded("gzip"),
		getsJSON("another checksum", packed[:len(packed)-6]+"x"+packed[len(packed)-5:]).coded("gzip"),
		getsJSON("more behind it", packed+"x").coded("gzip"),
		getsJSON("none at all", unpacked).coded("gzip"),
		posts("a request that is none", "application/json", unpacked).coded("gzip"),
	}},
}
