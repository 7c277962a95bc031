// Package traffic reads recorded HTTP traffic: HAR 1.2 documents, as browsers
// and proxies save them, and txtar archives, as people write them by hand. It
// decides what arrives at the proxy for each recorded request and what the
// upstream answers to it; it does not run anything and judges no answer.
//
// What a reader gives is what Envoy's HTTP codec and connection manager would
// hand to the first filter had the recorded bytes come in over the wire, and
// nothing else is changed: paths are neither cleaned nor decoded nor encoded,
// headers keep their order and their duplicates. RATIONALE.md says where a
// recording and the wire differ, and what becomes of the difference.
//
// # HAR
//
// ReadHAR takes the entries of log.entries in file order. Of a request it uses
// method, url, httpVersion, headers, cookies (only where no Cookie header is
// recorded) and postData; of a response status, headers and content. Header
// fields that begin with a colon are HTTP/2 pseudo-header fields and win over
// the url. A response with status 0 is one that never came: the upstream resets
// the stream. Names that begin with an underscore are other programs' and are
// passed over, as are entries whose url is not HTTP (data:, blob:, …), which
// are listed in Recording.Skipped.
//
// # Txtar
//
// A txtar archive is a comment, which says why the recording exists, and
// sections, each begun by a line "-- NAME --":
//
//	A token for another audience is refused.
//
//	-- config.json --
//	{"issuers": []}
//	-- exchange --
//	name: wrong audience
//	at: 2026-03-01T12:00:00Z
//	property source.address: 203.0.113.7:4711
//	-- request --
//	POST /orders HTTP/1.1
//	Host: api.example.com
//	Content-Type: application/json
//
//	{"item": 1}
//	-- request.chunks --
//	4 3
//	-- upstream --
//	HTTP/1.1 201 Created
//	Content-Type: application/json
//
//	{"id": 7}
//	-- want --
//	response 401
//	upstream not reached
//
// The sections are
//
//	config.json        the plugin's configuration, once, before all others
//	callouts.yaml      answers to the plugin's own calls, see ReadCallouts, once,
//	                   before the first exchange
//	exchange           what is known of an exchange beside its bytes, one
//	                   "key: value" a line: name, at (RFC 3339), after (since the
//	                   previous exchange, "1.5s"), delay (of the answer),
//	                   property PATH (see Property), reset (request or upstream: broken off
//	                   after what is written of it, an upstream that is not
//	                   written before it answers)
//	request            an HTTP request as text, LF or CRLF
//	request.base64     its body, if it is not text
//	request.chunks     the sizes of its data frames; what is left is the last
//	request.trailers   its trailer fields, one "Name: value" a line
//	upstream           the answer of the upstream, 200 without a body if absent
//	upstream.base64, upstream.chunks, upstream.trailers
//	want               what comes of it, as package replay writes it
//
// An exchange begins with "exchange", or with "request" where the one before
// has its request. The newline that ends a body's section belongs to the
// archive and not to the body, unless the Content-Length counts it; to send one,
// leave an empty line. A body without Content-Length and Transfer-Encoding gets
// its Content-Length (not in HTTP/2, where none is needed); "Transfer-Encoding:
// chunked" stands before the body itself, not before its chunked coding.
package traffic
