package policy

import "time"

// Inspector is an engine that sees more of a stream than the request's headers.
// It is made once from a configuration. Its inspections run side by side, but
// never two calls at a time, so that memory needed only during a call belongs
// here.
type Inspector interface {
	// Reasons is the closed set of reasons that decisions give for an outcome.
	// Metrics are defined from it.
	Reasons(Outcome) []Reason
	// Inspect returns a new inspection. It is called when there is none to use
	// again: as often as streams are open at a time, not for each stream.
	Inspect() Inspection
}

// Inspection is what an Inspector knows of one stream. The calls come in this
// order, each at most once, and any of them may be left out but RequestHeaders
// and Done:
//
//	RequestHeaders  always, and first
//	RequestBody     if RequestHeaders wanted the body
//	ResponseHeaders once a response begins: the upstream's, or one of the proxy
//	                itself or of another filter
//	ResponseBody    if ResponseHeaders wanted the body
//	Done            always, and last
//
// Two things break the order. A response may begin before RequestBody, and while a
// request waits, which is resumed all the same: an
// upstream may answer without waiting for the body, and the proxy answers a body
// over its own limit. And after a denial that took effect nothing follows but
// Done: the adapter's own answer is not inspected.
//
// A decision of Outcome Deny and Mode Enforce is answered with its Response in
// place of what would have passed. While nothing of a response has been sent the
// client gets that answer; once its headers are out the stream is broken off.
// Of an Allow, Properties, RemoveHeaders and SetHeaders are carried out if it
// is of RequestHeaders or ResponseHeaders, the latter two on the headers it is
// about.
//
// No call panics, whatever the stream holds. If one does all the same the stream
// is refused, and this inspection is never used again, nor is its Done called.
type Inspection interface {
	// RequestHeaders begins the inspection. End says that no body follows; then
	// RequestBody is called with nil right after, if it is wanted, before anything
	// of the request is passed on. The request and all it holds stay as they are
	// until Done has returned, and may be kept as long.
	RequestHeaders(r *Request, end bool) Decision
	// RequestBody is given the body, nil if there is none. It holds its memory for
	// this call only. Complete is false if the body is longer than BodyLimit: then
	// it is given the first BodyLimit bytes, nobody has seen the rest, and if they
	// are allowed the rest passes unseen.
	RequestBody(body []byte, complete bool) Decision
	// ResponseHeaders is RequestHeaders for a response. End is true for answers to
	// HEAD, for 204 and for 304 too.
	ResponseHeaders(r *ResponseHead, end bool) Decision
	// ResponseBody is RequestBody for a response. The body is as it was sent: a
	// content-encoding is the engine's business.
	ResponseBody(body []byte, complete bool) Decision
	// Done ends the inspection: the stream is over, also if it broke off at any
	// point. What it returns says what the stream came to: an Allow is recorded if
	// nothing was denied, a Deny is recorded as one in Shadow mode, because there
	// is nothing left to deny. After Done the inspection knows nothing of its
	// stream, and the next RequestHeaders is for another one.
	Done() Decision
}

// Watcher is an Inspection that watches bodies pass, which it asks for by BodySizes
// or BodyPieces. It can change and refuse nothing of them.
type Watcher interface {
	Inspection
	// RequestPiece is told of a piece of the request's body as it passes: its size
	// in bytes, and with BodyPieces the bytes themselves, whose memory is the
	// adapter's. End says that it was the last one, which may be empty; a stream that
	// breaks off has no end.
	RequestPiece(piece []byte, size int, end bool)
	// ResponsePiece is RequestPiece for the response.
	ResponsePiece(piece []byte, size int, end bool)
}

// Trailed is an Inspection that sees trailers (RFC 9110, Section 6.5), as gRPC's status
// message is one. Of its decisions RemoveHeaders and SetHeaders are carried out on the
// trailers, and a denial breaks the stream off. Trailers of a tunnel do not come here,
// nor those of a response that the inspection wants nothing of.
type Trailed interface {
	Inspection
	// RequestTrailers is called when the body of the request is complete, whether or
	// not it was wanted. The trailers are for this call only.
	RequestTrailers(trailers Headers) Decision
	// ResponseTrailers is RequestTrailers for the response.
	ResponseTrailers(trailers Headers) Decision
}

// Rewriter is an Inspection that rewrites bodies as they pass, which it asks for by
// BodyStream. The body goes on without its content-length, which the adapter
// removes; what else speaks of the bytes of a body (content-range, etag, digests) is
// the engine's to refuse or remove when it sees the headers.
type Rewriter interface {
	Inspection
	// RewriteRequest appends to dst what is passed on in place of a piece of the
	// request's body, and returns it. What it keeps back comes out of a later call,
	// at the latest of the one that says end, whose piece may be empty. Nothing of
	// the body comes after it. Both slices are the adapter's, for this call only, and
	// what dst holds already is not to be changed.
	//
	// A body that breaks off has no end: what was kept back is dropped, never passed
	// on as it came. A denial with Mode Enforce drops the piece and what is returned
	// for it, and breaks the stream off, or is answered if nothing of the message has
	// been passed on yet. Of any other decision its counts, its work and, if it is a
	// denial, its event are carried out; nil is none. While the headers of the message
	// are held, changes of headers are carried out, too.
	//
	// A piece of a request may decide Wait, if the inspection is a Waiting. Then what is
	// returned for it is dropped, and after Resume the same piece is given once more,
	// which is to be allowed; it may come with more behind it in a call of its own.
	RewriteRequest(dst, piece []byte, end bool) ([]byte, *Decision)
	// RewriteResponse is RewriteRequest for the response.
	RewriteResponse(dst, piece []byte, end bool) ([]byte, *Decision)
}

// Waiting is an Inspection that lets requests wait: its RequestHeaders and its
// RequestBody may decide Wait, in either mode.
type Waiting interface {
	Inspection
	// Resume continues what was told to wait, and its decision stands for that of the
	// call before. The request is the one that RequestHeaders was given, but for its
	// Now, and Overdue if it has waited as long as it may. A request that ends
	// meanwhile is not resumed, its Done comes.
	Resume(r *Request) Decision
}

// ResponseHead is what an Inspection sees when the headers of a response are
// complete.
type ResponseHead struct {
	// Now is the time of the decision.
	Now time.Time
	// Status is the HTTP status code, 0 if there is none that can be read.
	Status int
	// Headers are the response's headers, ":status" included.
	Headers Headers
	// Attributes looks up what the proxy knows of the stream, as in Request. The
	// attributes below "request" are gone by now.
	Attributes Attributes
}

// BodyNeed says what of a body an Inspection wants to see.
type BodyNeed uint8

const (
	// BodyNone lets the body pass unseen. The zero value.
	BodyNone BodyNeed = iota
	// BodySizes lets the body pass at once and tells a Watcher how long its pieces
	// are.
	BodySizes
	// BodyPieces lets the body pass at once and gives a Watcher its pieces.
	BodyPieces
	// BodyStream has a Rewriter rewrite the body as it passes. An Inspection that is
	// none has its streams refused.
	//
	// Without HoldHeaders the headers are passed on at once, so that a denial breaks
	// the stream off. With HoldHeaders, which needs what BodyWhole says, they wait for
	// the first bytes that the Rewriter lets pass, or for the end.
	//
	// What has no body is not rewritten, and the Rewriter is not called: an answer to
	// HEAD, 204, 304, a message that ends with its headers, and a tunnel. The
	// content-length of an answer to HEAD and of a 304, which is that of another body,
	// is removed too.
	//
	// In Shadow mode, that is if the decision on the headers says so, nothing is
	// changed: the Rewriter is given copies of the pieces, and what it returns is
	// thrown away.
	//
	// Trailers come after the end of the body, and behind them nothing can be passed
	// on. What is kept back until then goes first if the body had a content-length, or
	// if the headers have announced trailers ("trailer", RFC 9110, Section 6.6.2);
	// else the stream is broken off.
	BodyStream
	// BodyWhole holds the body until it is complete or longer than BodyLimit, and
	// then gives it to the inspection, once.
	//
	// Without HoldHeaders the headers are passed on at once. An upstream then sees
	// the headers of a request whose body is denied, and a broken-off body that has
	// no byte in it; a client sees the headers of a response whose body is denied,
	// and the stream broken off.
	//
	// With HoldHeaders nothing is passed on. It needs
	// allow_on_headers_stop_iteration in Envoy's plugin configuration: without it
	// the body never comes, and the stream waits until its idle timeout.
	//
	// In Shadow mode, that is if the decision on the headers says so, nothing is
	// held: the inspection is given a copy of what has passed, of at most 1 MiB
	// where there is no BodyLimit.
	//
	// What is no message but a tunnel (WebSocket and other upgrades, CONNECT) has
	// no body: the inspection is given nil, and the bytes of the tunnel pass unseen
	// once the upstream has agreed to it.
	BodyWhole
)
