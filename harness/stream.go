package harness

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// stream is one exchange on its way: what Envoy's connection manager knows of
// it.
type stream struct {
	proxy  *Proxy
	worker int
	x      Exchange
	result Result
	number uint64

	// plugins are the contexts of the chain, in its order.
	plugins  []*wasmContext
	decoders []*chainFilter
	encoders []*chainFilter
	router   *router

	requestHeaders, requestTrailers   *headerMap
	responseHeaders, responseTrailers *headerMap
	requestBuffer, responseBuffer     *buffer
	decodersStreaming                 bool
	encodersStreaming                 bool
	calls                             callState
	decodeAborted, encodeAborted      bool
	prepared                          *preparedReply

	// requestComplete: the client's end of stream has come in.
	requestComplete bool
	// localComplete: the end of the response has entered the chain.
	localComplete bool
	// headersEncoded: response headers went out to the client.
	headersEncoded bool
	// encodeComplete: the end of the response went out to the client.
	encodeComplete bool
	// replying: a local reply is on its way through the chain. finishLater: it
	// was overtaken by another, and the stream ends once it is through.
	replying, finishLater bool
	done                  bool

	head, grpc bool
	// tunnel says that the request wants the connection for something else than
	// HTTP, CONNECT or an upgrade: it has no end of its own.
	tunnel bool
	// hasDetails says that there are response code details, though they may be
	// empty.
	hasDetails   bool
	code         int
	received     int
	sent         int
	finished     time.Time
	state        map[string]*filterState
	arriving     []func()
	readDisabled bool
	lastActivity time.Time
	idle         *event
	patience     *event
}

// begin schedules the exchange's arrival.
func (p *Proxy) begin(worker int, x Exchange) *stream {
	p.streamCount++
	s := &stream{proxy: p, worker: worker, x: x, number: p.streamCount, state: map[string]*filterState{}}
	if s.x.Protocol == "" {
		s.x.Protocol = "HTTP/1.1"
	}
	if s.x.UpstreamProtocol == "" {
		s.x.UpstreamProtocol = "HTTP/1.1"
	}
	if s.x.Protocol != "HTTP/2" {
		withoutCR(&s.x.Request)
	}
	if s.x.UpstreamProtocol != "HTTP/2" {
		withoutCR(&s.x.Response)
	}
	p.clock.after(x.Request.Delay, s.arrive)
	return s
}

// arrive is the request's first byte.
func (s *stream) arrive() {
	s.result.Started = s.proxy.clock.now
	s.requestHeaders = newHeaderMap(requestMap, s.x.Request.Headers)
	if s.x.Protocol == "HTTP/2" {
		if _, _, authority := s.pseudo(); authority != "" {
			// A host field beside it does not count.
			s.requestHeaders.overwrite(":authority", authority)
		}
		s.joinCookies()
	}
	method, _ := s.requestHeaders.get(":method")
	contentType, _ := s.requestHeaders.get("content-type")
	s.head = method == "HEAD"
	s.grpc = isGRPC(contentType)
	_, upgrade := s.upgrade()
	s.tunnel = s.x.Protocol != "HTTP/2" && (upgrade || method == "CONNECT")
	s.touch()
	s.watchIdle()
	s.router = &router{s: s}
	refusal := s.refused()
	if refusal != nil && refusal.reset {
		s.result.Flags, s.result.Details = refusal.flags, refusal.details
		s.reset()
		return
	}
	s.makeChain()
	if refusal != nil {
		s.refuse(refusal)
		return
	}
	if !s.requestHeaders.has(":scheme") {
		// CONNECT over HTTP/2 has none of its own.
		s.requestHeaders.add(":scheme", "http")
	}
	if expect, _ := s.requestHeaders.get("expect"); strings.EqualFold(expect, "100-continue") {
		// Envoy answers 100 itself.
		s.requestHeaders.remove("expect")
	}
	if s.x.Patience > 0 {
		s.patience = s.proxy.clock.after(s.x.Patience, s.clientGone)
	}
	s.arriving = s.requestEvents()
	s.deliverRequest()
}

// refuse answers a request that no plugin sees before the log.
func (s *stream) refuse(r *refusal) {
	switch {
	case r.unread:
		s.requestHeaders = nil
	case r.early && s.x.Protocol != "HTTP/2" && s.schemeIsLate():
		s.requestHeaders.remove(":scheme")
	}
	s.requestComplete = r.keeps && s.bodiless()
	s.result.Flags = r.flags
	s.sendLocalReply(localReply{status: r.status, body: r.body, grpcStatus: noGRPCStatus, details: r.details})
}

// schemeIsLate says that the scheme of an HTTP/1 request is that of the
// connection. The absolute form of a request target has one, and then it stands
// before the path.
func (s *stream) schemeIsLate() bool {
	index := func(name string) int {
		return slices.IndexFunc(s.requestHeaders.fields, func(f Header) bool { return f.Name == name })
	}
	return index(":scheme") > index(":path")
}

// joinCookies makes one field at the end of all cookie fields, as Envoy's HTTP/2
// codec does (RFC 9113, Section 8.2.3).
func (s *stream) joinCookies() {
	var crumbs []string
	for _, f := range s.requestHeaders.fields {
		if f.Name == "cookie" {
			crumbs = append(crumbs, f.Value)
		}
	}
	if crumbs != nil {
		s.requestHeaders.remove("cookie")
		s.requestHeaders.add("cookie", strings.Join(crumbs, "; "))
	}
}

// headersTooLarge checks the limits of the connection manager, which come
// before any plugin, and returns Envoy's response code details.
func (s *stream) headersTooLarge() string {
	size, count := 0, 0
	over2 := s.x.Protocol == "HTTP/2"
	for _, h := range s.x.Request.Headers {
		switch {
		case over2:
			size += len(h.Name) + len(h.Value)
			count++
		case h.Name == ":path":
			size += len(h.Value)
		case h.Name == ":authority":
			size += len("host") + len(h.Value)
			count++
		case strings.HasPrefix(h.Name, ":"):
		default:
			size += len(h.Name) + len(h.Value)
			count++
		}
	}
	switch {
	case size > s.proxy.opts.HeaderLimit && over2:
		return "http2.header_list_size_too_large"
	case size > s.proxy.opts.HeaderLimit:
		return "http1.headers_too_large"
	case count > s.proxy.opts.HeaderCountLimit && over2:
		return "http2.too_many_headers"
	case count > s.proxy.opts.HeaderCountLimit:
		return "http1.too_many_headers"
	}
	return ""
}

func isGRPC(contentType string) bool {
	rest, ok := strings.CutPrefix(contentType, "application/grpc")
	return ok && (rest == "" || rest[0] == '+')
}

// bodiless says that the request ends with its headers.
func (s *stream) bodiless() bool {
	m := &s.x.Request
	return m.Body == nil && m.Trailers == nil && !m.Reset && !s.tunnel
}

// requestEvents are the request as Envoy's codec hands it to the chain.
func (s *stream) requestEvents() []func() {
	m := &s.x.Request
	bodiless := s.bodiless()
	events := []func(){func() {
		s.requestComplete = bodiless
		s.decodeHeaders(nil, s.requestHeaders, bodiless)
	}}
	if bodiless {
		return events
	}
	endsWithChunk := m.Trailers == nil && !m.Reset
	for i, chunk := range m.Body {
		end := endsWithChunk && i == len(m.Body)-1 && s.x.Protocol == "HTTP/2"
		if len(chunk) == 0 && !end {
			continue
		}
		events = append(events, func() {
			s.requestComplete = end
			s.received += len(chunk)
			s.decodeData(nil, &buffer{data: slices.Clone(chunk)}, end, true)
		})
	}
	switch {
	case m.Reset:
		events = append(events, s.clientGone)
	case s.tunnel:
	case m.Trailers != nil:
		events = append(events, func() {
			s.requestComplete = true
			s.requestTrailers = newHeaderMap(requestTrailerMap, m.Trailers)
			s.decodeTrailers(nil, s.requestTrailers)
		})
	case s.x.Protocol != "HTTP/2" || len(m.Body) == 0:
		events = append(events, func() {
			s.requestComplete = true
			s.decodeData(nil, &buffer{}, true, true)
		})
	}
	return events
}

// deliverRequest hands over what has arrived until it is all there, the stream
// is over, or Envoy would stop reading because a buffer is full.
func (s *stream) deliverRequest() {
	for len(s.arriving) > 0 && !s.done && !s.readDisabled {
		deliver := s.arriving[0]
		s.arriving = s.arriving[1:]
		deliver()
		s.proxy.clock.runPosted()
	}
}

// clientGone is the client closing the connection or resetting the stream.
func (s *stream) clientGone() {
	if s.done {
		return
	}
	s.result.Flags, s.result.Details = "DC", "downstream_remote_disconnect"
	if s.x.Protocol == "HTTP/2" && s.x.Request.Reset {
		s.result.Flags, s.result.Details = "DR", "http2.remote_reset"
	}
	s.reset()
}

// makeChain makes the contexts and the chain of a stream.
func (s *stream) makeChain() {
	for _, handle := range s.proxy.handles[s.worker] {
		c := handle.newStream(s)
		if c == nil {
			continue
		}
		s.plugins = append(s.plugins, c)
		c.decode = &chainFilter{s: s, filter: c, position: len(s.decoders)}
		s.decoders = append(s.decoders, c.decode)
	}
	s.decoders = append(s.decoders, &chainFilter{s: s, filter: s.router, position: len(s.decoders)})
	for _, c := range slices.Backward(s.plugins) {
		c.encode = &chainFilter{s: s, filter: c, position: len(s.encoders), encoding: true}
		s.encoders = append(s.encoders, c.encode)
	}
}

// warn writes a line about a plugin's misuse of the stream.
func (s *stream) warn(message string) {
	name := ""
	if c := s.proxy.current; c != nil {
		name = c.pluginOf().label()
	}
	s.proxy.log(LogEntry{Level: LogWarn, Plugin: name, Worker: s.worker, Host: true, Message: message})
}

func (s *stream) touch() { s.lastActivity = s.proxy.clock.now }

// watchIdle ends a stream on which nothing has moved for too long.
func (s *stream) watchIdle() {
	idle := s.proxy.clock.now.Sub(s.lastActivity)
	s.idle = s.proxy.clock.after(s.proxy.opts.IdleTimeout-idle, func() {
		if s.done {
			return
		}
		if s.proxy.clock.now.Sub(s.lastActivity) >= s.proxy.opts.IdleTimeout {
			s.touch()
			s.result.Flags = "SI"
			status := 408
			if s.requestComplete {
				status = 504
			}
			s.sendLocalReply(localReply{status: status, body: "stream timeout", grpcStatus: noGRPCStatus,
				details: "stream_idle_timeout"})
		}
		if !s.done {
			s.watchIdle()
		}
	})
}

func (s *stream) bufferLimit() int {
	if s.x.Protocol == "HTTP/2" {
		return s.proxy.opts.HTTP2BufferLimit
	}
	return s.proxy.opts.BufferLimit
}

// requestTooLarge is the buffer of a paused request passing its limit: then no
// more is read, or, where the plugin holds the body back, the answer is 413.
func (s *stream) requestTooLarge() {
	if s.decodersStreaming {
		s.readDisabled = true
		return
	}
	s.sendLocalReply(localReply{status: 413, body: "Payload Too Large", grpcStatus: noGRPCStatus,
		details: "request_payload_too_large"})
}

func (s *stream) resumeDownstream() {
	if s.readDisabled {
		s.readDisabled = false
		s.proxy.clock.after(0, s.deliverRequest)
	}
}

// responseTooLarge is the same for a response, with 500.
func (s *stream) responseTooLarge() {
	if s.encodersStreaming {
		s.router.paused = true
		return
	}
	s.sendLocalReply(localReply{status: 500, body: "Internal Server Error", grpcStatus: noGRPCStatus,
		details: "response_payload_too_large"})
}

func (s *stream) resumeUpstream() {
	if s.router.paused {
		s.router.paused = false
		s.proxy.clock.after(0, s.router.deliverResponse)
	}
}

func (s *stream) addRequestTrailers() *headerMap {
	s.requestTrailers = newHeaderMap(requestTrailerMap, nil)
	return s.requestTrailers
}

func (s *stream) addResponseTrailers() *headerMap {
	s.responseTrailers = newHeaderMap(responseTrailerMap, nil)
	return s.responseTrailers
}

// hopByHop are fields of a connection, which Envoy takes out of responses.
var hopByHop = []string{"connection", "transfer-encoding", "keep-alive", "proxy-connection"}

// clientHeaders, clientData and clientTrailers are the response going out.
func (s *stream) clientHeaders(headers *headerMap, end bool) {
	for _, name := range hopByHop {
		headers.remove(name)
	}
	s.result.Response.Headers = headers.copyFields()
	status, _ := headers.get(":status")
	s.code, _ = strconv.Atoi(status)
	if s.x.Protocol != "HTTP/2" && !s.requestComplete {
		// The rest of the request will not be read. Plugins see this in the log.
		headers.add("connection", "close")
	}
}

func (s *stream) clientData(data *buffer, end bool) {
	if b := data.take(); len(b) > 0 {
		s.sent += len(b)
		s.result.Response.Body = append(s.result.Response.Body, b)
	}
}

func (s *stream) clientTrailers(trailers *headerMap) {
	s.result.Response.Trailers = trailers.copyFields()
}

func (s *stream) maybeEndEncode(end bool) {
	if end && !s.done {
		s.encodeComplete = true
		s.finish()
	}
}

// reset breaks the stream off.
func (s *stream) reset() {
	if s.done {
		return
	}
	if s.calls&decodingMask != 0 {
		s.decodeAborted = true
	} else if s.calls&encodingMask != 0 {
		s.encodeAborted = true
	}
	s.result.Response.Reset = true
	s.finish()
}

// finish is the end of the stream: the access log, then the end of the filters.
func (s *stream) finish() {
	if s.done {
		return
	}
	s.done = true
	s.finished = s.proxy.clock.now
	s.arriving = nil
	s.idle.cancel()
	s.patience.cancel()
	s.router.stop()
	for _, c := range s.plugins {
		c.onLog(s.requestHeaders, s.responseHeaders, s.responseTrailers)
	}
	// Envoy writes its access log after the filters' own, before they are done.
	s.result.FilterState = map[string][]byte{}
	for name, state := range s.state {
		s.result.FilterState[name] = state.value
	}
	for _, c := range s.plugins {
		c.onDestroy()
	}
	s.result.Ended = s.proxy.clock.now
	s.result.Code = s.code
}
