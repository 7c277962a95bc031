//go:build !wasip1

package redact_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
)

// customers drops card codes, empties PINs, and hides cards and addresses, in both
// directions.
const customers = `"responses":[{"name":"customers","match":{},` + customersMembers + `}],"requests":[{"name":"customers","match":{},` + customersMembers + `}]`

const customersMembers = `"fields":[{"path":"**.cvv","action":{"drop":true}},{"path":"**.pin","action":{"null":true}}],
	"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}}]`

// both are a response and a request with a document.
func inBoth(name, contentType, document string) []exchange {
	return []exchange{gets(name, contentType, document), posts(name+", sent", contentType, document)}
}

func all(parts ...[]exchange) []exchange {
	var joined []exchange
	for _, part := range parts {
		joined = append(joined, part...)
	}
	return joined
}

// in16 is a text in UTF-16.
func in16(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// frames are messages of gRPC.
func frames(messages ...string) string {
	var b []byte
	for _, m := range messages {
		b = append(binary.BigEndian.AppendUint32(append(b, 0), uint32(len(m))), m...)
	}
	return string(b)
}

const xmlDocument = `<?xml version="1.0" encoding="UTF-8"?>
<customer id="7">
  <mail kind="ada@example.com">ada@example.com</mail>
  <card>4111 1111 1111 1111</card><cvv>123</cvv>
  <pin>0000</pin>
  <note><![CDATA[pays by 4111-1111-1111-1111 & more]]></note>
  <!-- a comment with ada@example.com -->
  <also>&#52;111111111111111 &lt;ada@example.com&gt;</also>
</customer>`

const formData = "--part\r\nContent-Disposition: form-data; name=\"cvv\"\r\n\r\n123\r\n" +
	"--part\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\npaid by 4111111111111111\r\n" +
	"--part\r\nContent-Disposition: form-data; name=\"document\"; filename=\"ada.json\"\r\nContent-Type: application/json\r\n\r\n{\"cvv\":123,\"mail\":\"ada@example.com\"}\r\n" +
	"--part--\r\n"

var recordedFormats = []recording{
	{"json", "Values wherever they stand in a document, whatever it looks like.", customers, all(
		inBoth("an object", "application/json", `{"customer": {"mail": "ada@example.com", "cvv": 123, "pin": "0000"}, "cards": [4111111111111111, "4111 1111 1111 1111"], "ok": true}`),
		inBoth("nothing of it", "application/json", "{\"a\" : [1,2.50, -0, 1e3,true,false,null,\"\"],\n\t\"b\":{} }"),
		[]exchange{
			getsJSON("deep", strings.Repeat(`{"a":[`, 40)+`{"cvv":1,"x":"ada@example.com"}`+strings.Repeat(`]}`, 40)),
			getsJSON("names", `{"ada@example.com":1,"a":{"4111111111111111":{"CVV":5,"c_v_v":6,"cvv2":7}}}`),
			getsJSON("numbers that are none", `{"a":4111111111111112,"b":55000055555555590,"c":5500.005555555559,"d":-4111111111111111}`),
			getsJSON("names that occur twice", `{"cvv":1,"a":2,"cvv":3,"mail":"ada@example.com","mail":"ada@example.com"}`),
			getsJSON("white space around all", " \r\n\t{ \"cvv\" : 1 , \"a\" : \"ada@example.com\" }\n\n"),
			getsJSON("no bytes", ""),
			gets("a long text", "application/json", `{"note":"`+strings.Repeat("of several teapots, in the usual colours, ", 60)+`ada@example.com"}`),
		})},
	{"json-escapes", "What is behind escapes is what it says, and stays escaped where it is not changed.", customers, all(
		inBoth("digits", "application/json", `{"a":"\u0034111111111111111","b":"4111\u00201111\t1111\/1111","c":"4111\u002d1111\u002d1111\u002d1111"}`),
		inBoth("names", "application/json", `{"\u0063vv":123,"p\u0069n":1,"x":"\u00e9\n\ud83d\ude00"}`),
		inBoth("an address", "application/json", `{"mail":"ada\u0040example.com, \"ada\"@example.com"}`),
		[]exchange{
			getsJSON("a lone surrogate", `{"a":"\ud83d","cvv":1}`),
		})},
	{"json-in-strings", "JSON that stands in a string is read, and stays a string.", customers, all(
		inBoth("an object", "application/json", `{"payload":"{\"cvv\":1,\"mail\":\"ada@example.com\",\"x\":2}"}`),
		inBoth("deeper", "application/json", `{"payload":"{\"inner\":\"{\\\"cvv\\\":1,\\\"n\\\":4111111111111111}\"}"}`),
		[]exchange{
			getsJSON("nothing of it", `{"payload":"{\"a\": 1,  \"b\":\"x\"}"}`),
			getsJSON("what only looks like it", `{"payload":"{ada@example.com}"}`),
		})},
	{"json-beginnings", "A byte order mark, UTF-16 and UTF-32 hide nothing.", customers, []exchange{
		getsJSON("a byte order mark", "\ufeff"+`{"cvv":1,"mail":"ada@example.com"}`),
		getsJSON("UTF-16, little end first", in16(binary.LittleEndian, "\ufeff"+`{"cvv":1,"mail":"ada@example.com","x":"é😀"}`)),
		getsJSON("UTF-16, big end first", in16(binary.BigEndian, "\ufeff"+`{"cvv":1,"mail":"ada@example.com","x":"é😀"}`)),
		getsJSON("UTF-16 without a mark", in16(binary.LittleEndian, `{"cvv":1,"mail":"ada@example.com"}`)),
		posts("a request in UTF-16", "application/json", in16(binary.BigEndian, `{"cvv":1,"mail":"ada@example.com"}`)),
		gets("another encoding in the header", "application/json; charset=utf-16", in16(binary.BigEndian, `{"cvv":1}`)),
	}},
	{"json-types", "Types that are JSON by their suffix.", customers, all(
		inBoth("problem+json", "application/problem+json", `{"title":"no such card","detail":"4111111111111111"}`),
		inBoth("a vendor's", "Application/VND.example.v2+JSON; Charset=\"UTF-8\"", `{"cvv":1}`),
		inBoth("HAL", "application/hal+json", `{"_links":{"self":{"href":"/customers/ada@example.com"}},"cvv":1}`),
		inBoth("text/json", "text/json", `{"cvv":1}`),
	)},
	{"graphql", "Responses of GraphQL, whose data stands where the client has asked for it.", answers(`"fields":[{"path":"data.**.email","action":{"mask":{"keep_last":4}}},{"path":"errors[*].extensions","action":{"drop":true}}],"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}}]`), []exchange{
		gets("data", "application/graphql-response+json", `{"data":{"me":{"email":"ada@example.com"},"friends":{"nodes":[{"email":"ada@example.com"},{"email":null}]}}}`),
		gets("errors", "application/graphql-response+json", `{"errors":[{"message":"card 4111111111111111 is refused","path":["pay"],"extensions":{"sql":"select 4111111111111111"}}],"data":null}`),
		getsJSON("an alias", `{"data":{"renamed":{"x":"4111111111111111"}}}`),
	}},
	{"json-lines", "A document a line, and documents behind one another.", customers, all(
		inBoth("lines", "application/x-ndjson", "{\"cvv\":1,\"a\":1}\n{\"cvv\":2,\"mail\":\"ada@example.com\"}\n"),
		inBoth("lines without an end", "application/jsonl", "{\"a\":1}\r\n\r\n[4111111111111111]"),
		inBoth("record separators", "application/json-seq", "\x1e{\"cvv\":1}\n\x1e\"ada@example.com\"\n"),
		inBoth("behind one another", "application/stream+json", `{"cvv":1}{"cvv":2}[] "ada@example.com" 4111111111111111 `),
	)},
	{"events", "Server-sent events, with JSON in them or text.", customers, []exchange{
		gets("JSON", "text/event-stream", "event: paid\nid: 7\ndata: {\"cvv\":123,\"card\":\"4111111111111111\"}\n\n: a comment\n\ndata: [DONE]\n\n"),
		gets("text", "text/event-stream", "data: mail to ada@example.com\ndata: and pay by 4111111111111111\n\n"),
		gets("a document in lines", "text/event-stream", "data: {\"a\":1,\ndata: \"cvv\": 123,\ndata: \"mail\": \"ada@example.com\"}\n\n"),
		gets("ends of all kinds", "text/event-stream; charset=utf-8", "data: {\"cvv\":1}\r\n\r\ndata: {\"cvv\":2}\r\rretry: 10\n\n"),
		gets("an event without its end", "text/event-stream", "data: {\"a\":1}\n\ndata: {\"card\":\"4111111111111111\"}\n"),
		gets("an event that only begins as JSON", "text/event-stream", "data: {\"cvv\":123,\n\n"),
	}},
	{"events-of-a-language-model", "What a language model sends comes in pieces: a card may begin in one event and end in another.", customers, []exchange{
		gets("a chat", "text/event-stream", chat("Pay with 41", "11 1111 1111", " 1111, or write ", "to ada@exam", "ple.com", ".")),
		gets("nothing of it", "text/event-stream", chat("Good", " morning", ", 41", " teapots", " are ready.")),
		gets("a message", "text/event-stream",
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"my card is 4111-1111-\"}}\n\n"+
				"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"1111-1111\"}}\n\n"+
				"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
	}},
	{"forms", "Forms, where names and values are coded.", customers, all(
		inBoth("fields", "application/x-www-form-urlencoded", "cvv=123&mail=ada%40example.com&pin=0000&x=1"),
		inBoth("a card in a text", "application/x-www-form-urlencoded", "note=my+card+4111+1111+1111+1111&empty=&bare"),
		inBoth("coded names", "application/x-www-form-urlencoded", "%63vv=123&a%5Bpin%5D=1&ada%40example.com=x"),
		inBoth("coding that is broken", "application/x-www-form-urlencoded", "a=%4&b=%zz&mail=ada@example.com"),
		inBoth("brackets", "application/x-www-form-urlencoded", "customer[cvv]=123&customer[cards][]=4111111111111111"),
	)},
	{"text", "Plain text, of any length and any lines.", customers, all(
		inBoth("a line", "text/plain", "card 4111-1111-1111-1111, mail ada@example.com"),
		inBoth("lines", "text/plain; charset=utf-8", "one\r\n4111 1111 1111 1111\r\n\r\nada@example.com\n"),
		inBoth("Latin", "text/plain; charset=iso-8859-1", "Zo\xeb zahlt mit 4111111111111111"),
		inBoth("at the edges", "text/plain", "4111111111111111"),
		[]exchange{gets("an encoding that hides ASCII", "text/plain; charset=utf-7", "ada+AEA-example.com")},
	)},
	{"csv", "Tables with a row of names, or without.", customers, all(
		inBoth("names", "text/csv", "name,cvv,mail\nAda,123,ada@example.com\nBob,456,x\n"),
		inBoth("quotes", "text/csv; charset=utf-8", "\"note\",\"pin\"\r\n\"card \"\"4111111111111111\"\", and\r\nmore\",\"0000\"\r\n"),
		inBoth("semicolons", "text/csv", "cvv;note\n123;ada@example.com\n"),
		inBoth("tabs", "text/tab-separated-values", "cvv\tnote\n123\tada@example.com\n"),
		inBoth("no names", "text/csv; header=absent", "cvv,4111111111111111\n1,2\n"),
	)},
	{"xml", "Elements, attributes and entities.", customers, all(
		inBoth("a document", "application/xml", xmlDocument),
		inBoth("a message", "application/soap+xml; charset=utf-8", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><p:pay xmlns:p="urn:p"><p:cvv>123</p:cvv><p:card>4111111111111111</p:card></p:pay></s:Body></s:Envelope>`),
		inBoth("nothing of it", "text/xml", `<a b='1'>x<c/>y</a>`),
		[]exchange{
			gets("UTF-16", "application/xml", in16(binary.LittleEndian, "\ufeff"+`<a><cvv>1</cvv><b>ada@example.com</b></a>`)),
		})},
	{"multipart", "Parts, each by its own type.", customers, []exchange{
		posts("a form", `multipart/form-data; boundary="part"`, formData),
		gets("a form that is sent back", "multipart/form-data; boundary=part", formData),
		gets("parts of a response", "multipart/mixed; boundary=x", "preamble\r\n--x\r\nContent-Type: application/json\r\n\r\n{\"cvv\":1}\r\n--x\r\nContent-Type: text/plain\r\n\r\nada@example.com\r\n--x--\r\n"),
		posts("a part that cannot be read", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--x--\r\n"),
		posts("no end", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n4111111111111111\r\n"),
		posts("no boundary", "multipart/form-data", "--x--\r\n"),
	}},
	{"html", "Pages: references, tags within words, attributes, scripts and comments.", customers, all(
		inBoth("a page", "text/html; charset=utf-8", "<!doctype html><p class=\"a\">mail <a href='mailto:ada@example.com'>ada&#64;example&period;com</a>, card 4111 <b>1111</b> 1111 1111<!-- ada@example.com --><script>var c = \"4111111111111111\";</script>"),
		inBoth("fields of a form", "text/html", `<form><input name="cvv" value="123"><input name=mail value=ada@example.com></form>`),
		inBoth("not closed", "text/html", "<div><p>ada@example.com<span a='"),
		inBoth("nothing of it", "text/html", "<p>a &amp; b</p>\n"),
	)},
	{"other-texts", "Scripts, style sheets, Markdown, YAML and whatever else is text.", customers, all(
		inBoth("YAML", "application/yaml", "mail: ada@example.com\ncards:\n- 4111111111111111\n"),
		inBoth("Markdown", "text/markdown", "# Ada\n\nask [her](mailto:ada@example.com), paid by *4111 1111 1111 1111*\n"),
		inBoth("a script", "application/javascript", `callback({"mail":"ada@example.com"})`),
		inBoth("a style sheet", "text/css", "/* ada@example.com */ a { color: red }"),
		inBoth("some text", "text/x-log", "user=ada@example.com pan=4111111111111111\n"),
		[]exchange{gets("rich text, whose letters hide behind escapes", "text/rtf", `{\rtf1 \'34111111111111111}`)},
	)},
	{"encodings-of-text", "UTF-16 hides nothing in texts either, with a mark or without.", customers, []exchange{
		gets("text", "text/plain", in16(binary.LittleEndian, "\ufeffcard 4111111111111111, mail ada@example.com")),
		gets("text without a mark", "text/plain", in16(binary.BigEndian, "card 4111111111111111, mail ada@example.com")),
		gets("a table", "text/csv", in16(binary.LittleEndian, "\ufeffname,cvv\nada@example.com,123\n4111111111111111,1\n")),
		gets("a table with a mark of UTF-8", "text/csv", "\ufeffcvv,name\n123,ada@example.com\n"),
		gets("tabs", "text/tab-separated-values", in16(binary.LittleEndian, "cvv\tname\n123\tada@example.com\n")),
		gets("events", "text/event-stream", in16(binary.LittleEndian, "\ufeffdata: ada@example.com\n\n")),
		gets("a page", "text/html", in16(binary.LittleEndian, "\ufeff<p>ada@example.com</p>")),
		posts("text that is sent", "text/plain", in16(binary.LittleEndian, "\ufeffada@example.com")),
	}},
	{"multipart-encodings", "Parts in base64 and quoted-printable, and data in their names.", customers, []exchange{
		posts("base64", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nY2FyZCA0MTExMTExMTExMTExMTEx\r\n--x--\r\n"),
		posts("quoted-printable", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncard =34111111=\r\n111111111\r\n--x--\r\n"),
		posts("another encoding", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nx\r\n--x--\r\n"),
		posts("a name of a file", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"mail of ada@example.com\"\r\n\r\nx\r\n--x--\r\n"),
		posts("before and behind the parts", "multipart/form-data; boundary=x", "ada@example.com\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--x--\r\nada@example.com"),
	}},
	{"pieces-of-its-own", "Texts that come in pieces at a place that the rule names.", answers(`"deltas":["**.piece"],` + customersMembers), []exchange{
		gets("events", "text/event-stream", "data: {\"out\":{\"piece\":\"a card: 4111 11\"}}\n\ndata: {\"out\":{\"piece\":\"11 1111 1111, and\"}}\n\ndata: {\"out\":{\"piece\":\" more\"}}\n\n"),
		gets("lines", "application/x-ndjson", "{\"piece\":\"ada@exam\"}\n{\"piece\":\"ple.com is it\"}\n"),
		gets("elsewhere they are texts of their own", "text/event-stream", "data: {\"other\":\"4111 11\"}\n\ndata: {\"other\":\"11 1111 1111\"}\n\n"),
	}},
	{"frames", "JSON in frames, as gRPC and Connect send it.", customers, all(
		inBoth("messages", "application/grpc+json", frames(`{"cvv":1,"mail":"ada@example.com"}`, `{"a":1}`, ``)),
		inBoth("Connect", "application/connect+json", frames(`{"card":4111111111111111}`)+"\x02\x00\x00\x00\x02{}"),
		[]exchange{
			gets("protobuf", "application/grpc+proto", frames("\x0a\x104111111111111111")),
			gets("compressed, nobody says how", "application/grpc+json", "\x01\x00\x00\x00\x02{}"),
		})},
}

// chat are the events of a chat completion whose text comes in pieces.
func chat(pieces ...string) string {
	var b strings.Builder
	for _, piece := range pieces {
		b.WriteString(`data: {"id":"c1","choices":[{"index":0,"delta":{"content":"` + piece + `"},"finish_reason":null}]}` + "\n\n")
	}
	b.WriteString(`data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n")
	return b.String()
}

// packed is {"cvv":123,"note":"pays by 4111 1111 1111 1111, pays by 4111 1111 1111 1111, writes to ada@example.com"}
// as gzip makes it shorter: what Go's compressor makes is Go's to change.
var packed = func() string {
	b, err := base64.StdEncoding.DecodeString("H4sIAAAAAAAAA6tWSi4rU7IyNDLWUcrLL0lVslIqSKwsVkiqVDAxNDRUMEQhdBTwSpYXZZakFiuU5CskpiQ6pFYk5hbkpOol5+cq1QIAA7ITjGgAAAA=")
	if err != nil {
		panic(err)
	}
	return string(b)
}()

const unpacked = `{"cvv":123,"note":"pays by 4111 1111 1111 1111, pays by 4111 1111 1111 1111, writes to ada@example.com"}`

// stored is a text in a coding that stores it as it is, the same with each release of
// Go.
func stored(coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w, _ = gzip.NewWriterLevel(&b, gzip.NoCompression)
	case "zlib":
		w, _ = zlib.NewWriterLevel(&b, zlib.NoCompression)
	default:
		w, _ = flate.NewWriter(&b, flate.NoCompression)
	}
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// coded is an exchange whose bodies have a coding.
func (x exchange) coded(coding string) exchange {
	if x.body != "" {
		x.fields = append(x.fields, "Content-Encoding: "+coding)
	} else {
		x.fields = append(x.fields, "Accept-Encoding: gzip, deflate, br")
		x.headers = append(x.headers, "Content-Encoding: "+coding)
	}
	return x
}

var recordedCompressed = []recording{
	{"gzip", "Compressed bodies are read, and are compressed again.", customers, []exchange{
		getsJSON("a response", packed).coded("gzip"),
		posts("a request", "application/json", packed).coded("gzip"),
		getsJSON("an old name", packed).coded("X-GZIP"),
		getsJSON("stored", stored("gzip", unpacked)).coded("gzip"),
		gets("text", "text/plain", stored("gzip", "ada@example.com")).coded("gzip"),
		gets("events", "text/event-stream", stored("gzip", "data: {\"cvv\":1}\n\ndata: ada@example.com\n\n")).coded("gzip"),
		getsJSON("nothing of it", stored("gzip", `{"a":1}`)).coded("gzip"),
		getsJSON("nothing in it", stored("gzip", "")).coded("gzip"),
	}},
	{"deflate", "DEFLATE in the format of zlib, or bare.", customers, []exchange{
		getsJSON("of zlib", stored("zlib", unpacked)).coded("deflate"),
		getsJSON("bare", stored("", unpacked)).coded("deflate"),
		posts("a request", "application/json", stored("zlib", unpacked)).coded("deflate"),
	}},
	{"gzip-in-frames", "Messages of gRPC that are compressed one by one.", customers, []exchange{
		gets("a message", "application/grpc+json", "\x01"+frames(packed)[1:]+frames(`{"cvv":2}`)).with("Grpc-Encoding: gzip"),
	}},
}
