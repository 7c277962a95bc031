package harness

import (
	"slices"
	"strconv"
)

// router is the end of the chain: it gives the request to the recorded upstream
// and lets its recorded response come back.
type router struct {
	s        *stream
	waiting  *event
	timeout  *event
	arriving []func()
	paused   bool
	stopped  bool
	// answered says that the response has begun.
	answered bool
}

func (r *router) decodeHeaders(headers *headerMap, end bool) headersStatus {
	s := r.s
	if reason := missingRequestHeader(headers); reason != "" {
		s.sendLocalReply(localReply{status: 503, body: reason, grpcStatus: noGRPCStatus,
			details: "filter_removed_required_request_headers{" + underscores(reason) + "}"})
		return headersStop
	}
	if method, _, _ := s.pseudo(); method == "CONNECT" {
		// A route by path does not match what has none.
		s.result.Flags = "NR"
		s.sendLocalReply(localReply{status: 404, grpcStatus: noGRPCStatus, details: "route_not_found"})
		return headersStop
	}
	if s.x.NoUpstream {
		s.result.Flags = "UH"
		s.sendLocalReply(localReply{status: 503, body: "no healthy upstream", grpcStatus: noGRPCStatus,
			details: "no_healthy_upstream"})
		return headersStop
	}
	s.result.Upstream.Reached = true
	s.result.Upstream.Requests++
	s.result.Upstream.Request.Headers = headers.copyFields()
	if end || s.tunnel {
		r.complete()
	}
	return headersStop
}

func (r *router) decodeData(data *buffer, end bool) dataStatus {
	if b := data.take(); len(b) > 0 {
		r.s.result.Upstream.Request.Body = append(r.s.result.Upstream.Request.Body, b)
	}
	if end {
		r.complete()
	}
	return dataStopNoBuffer
}

func (r *router) decodeTrailers(trailers *headerMap) trailersStatus {
	r.s.result.Upstream.Request.Trailers = trailers.copyFields()
	r.complete()
	return trailersStop
}

func (r *router) encodeHeaders(*headerMap, bool) headersStatus { return headersContinue }
func (r *router) encodeData(*buffer, bool) dataStatus          { return dataContinue }
func (r *router) encodeTrailers(*headerMap) trailersStatus     { return trailersContinue }

// complete is the end of the request at the upstream, which then answers.
func (r *router) complete() {
	s := r.s
	if r.stopped || s.result.Upstream.Complete {
		return
	}
	s.result.Upstream.Complete = true
	r.waiting = s.proxy.clock.after(s.x.Response.Delay, func() {
		r.arriving = r.responseEvents()
		r.deliverResponse()
	})
	if t := s.proxy.opts.RouteTimeout; t > 0 {
		r.timeout = s.proxy.clock.after(t, func() {
			if r.stopped || s.done {
				return
			}
			s.result.Flags = "UT"
			r.stop()
			s.sendLocalReply(localReply{status: 504, body: "upstream request timeout", grpcStatus: noGRPCStatus,
				details: "response_timeout"})
		})
	}
}

// responseEvents are the recorded response as Envoy's codec hands it over.
func (r *router) responseEvents() []func() {
	s := r.s
	m := &s.x.Response
	headers := slices.Clone(m.Headers)
	if len(headers) == 0 && m.Reset {
		return []func(){r.upstreamGone}
	}
	response := newHeaderMap(responseMap, headers)
	if _, ok := response.get(":status"); !ok {
		response = newHeaderMap(responseMap, append([]Header{{":status", "200"}}, headers...))
	}
	status, _ := response.get(":status")
	bodiless := s.head || status == "204" || status == "304" || m.Body == nil && m.Trailers == nil && !m.Reset
	events := []func(){func() {
		r.answered = true
		s.result.Details = "via_upstream"
		s.code, _ = strconv.Atoi(status)
		s.responseHeaders = response
		if bodiless {
			r.end()
		}
		s.encodeHeaders(nil, response, bodiless)
	}}
	if bodiless {
		return events
	}
	endsWithChunk := m.Trailers == nil && !m.Reset
	for i, chunk := range m.Body {
		end := endsWithChunk && i == len(m.Body)-1 && s.x.UpstreamProtocol == "HTTP/2"
		if len(chunk) == 0 && !end {
			continue
		}
		events = append(events, func() {
			if end {
				r.end()
			}
			s.encodeData(nil, &buffer{data: slices.Clone(chunk)}, end, true)
		})
	}
	switch {
	case m.Reset:
		events = append(events, r.upstreamGone)
	case m.Trailers != nil:
		events = append(events, func() {
			r.end()
			s.responseTrailers = newHeaderMap(responseTrailerMap, m.Trailers)
			s.encodeTrailers(nil, s.responseTrailers)
		})
	case s.x.UpstreamProtocol != "HTTP/2" || len(m.Body) == 0:
		events = append(events, func() {
			r.end()
			s.encodeData(nil, &buffer{}, true, true)
		})
	}
	return events
}

func (r *router) deliverResponse() {
	for len(r.arriving) > 0 && !r.s.done && !r.paused && !r.stopped {
		deliver := r.arriving[0]
		r.arriving = r.arriving[1:]
		deliver()
		r.s.proxy.clock.runPosted()
	}
}

// upstreamGone is the upstream breaking off. The client gets an answer unless it
// has the response's headers: also where the response has started and a plugin
// holds its headers back.
func (r *router) upstreamGone() {
	s := r.s
	reason, flag, status := "connection termination", "UC", 503
	switch {
	case s.x.UpstreamProtocol == "HTTP/2":
		reason, flag = "remote reset", "UR"
	case r.answered:
		// The body is shorter than its framing says.
		reason, flag, status = "protocol error", "UPE", 502
	}
	s.result.Flags = flag
	s.result.Upstream.Request.Reset = !s.result.Upstream.Complete
	when := "before"
	if r.answered {
		when = "after"
	}
	r.stop()
	s.sendLocalReply(localReply{status: status, grpcStatus: noGRPCStatus,
		body:    "upstream connect error or disconnect/reset before headers. reset reason: " + reason,
		details: "upstream_reset_" + when + "_response_started{" + underscores(reason) + "}"})
}

// end is the end of the upstream's response: nothing more comes from there, and
// no timeout can hit any more.
func (r *router) end() {
	r.timeout.cancel()
	r.timeout = nil
	r.stopped = true
}

// stop forgets the upstream. A request that was under way breaks off there.
func (r *router) stop() {
	if r.stopped {
		return
	}
	r.stopped = true
	r.waiting.cancel()
	r.timeout.cancel()
	r.arriving = nil
	if up := &r.s.result.Upstream; up.Reached && !up.Complete {
		up.Request.Reset = true
	}
}
