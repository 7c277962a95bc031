package redact

import (
	"errors"
	"strings"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
	"gatehouse/plugins/redact/format"
)

// inspection is what is known of one stream. It is a policy.Rewriter and a
// policy.Trailed.
type inspection struct {
	inspector *Inspector
	request   *policy.Request
	who       *identity.Identity
	// upload and download are the rules for the two messages, nil for none: they are in
	// messages.
	upload, download *direction
	messages         [2]direction
	sightings        sightings
	// reason is that of an Allow, rule the name of the rule it is about.
	reason policy.Reason
	rule   string
	count  []int
}

// direction is one message and its rule.
type direction struct {
	rule     *rule
	visitor  visitor
	rewriter format.Rewriter
	// refusal is how the message is refused.
	refusal map[policy.Reason]refusal
}

// refusal is the answer to a message that does not pass.
type refusal struct {
	status int
	title  string
}

var (
	refusedRequest = map[policy.Reason]refusal{
		ReasonUnread: {415, "Unsupported Media Type"}, ReasonMalformed: {400, "Bad Request"}, ReasonBlocked: {403, "Forbidden"},
	}
	badGateway      = refusal{502, "Bad Gateway"}
	refusedResponse = map[policy.Reason]refusal{ReasonUnread: badGateway, ReasonMalformed: badGateway, ReasonBlocked: badGateway}
)

// digests are the header fields that speak of the bytes of a body (RFC 9530, RFC 3230,
// RFC 1864).
var digests = []string{"digest", "content-digest", "repr-digest", "content-md5"}

// RequestHeaders implements policy.Inspection.
func (s *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	i := s.inspector
	s.request, s.reason = r, ReasonUntouched
	var refused policy.Reason
	if s.upload, refused = s.find(&i.requests, &s.messages[0]); refused == "" {
		s.download, refused = s.find(&i.responses, &s.messages[1])
	}
	if refused != "" {
		return s.decide(policy.Decision{Outcome: policy.Deny, Mode: i.config.Mode.Policy(), Reason: refused,
			Response: problem.Answer(problem.FormOf(r.Headers), 400, "Bad Request", "", r.IncidentID)})
	}
	if s.upload == nil && s.download == nil {
		return s.decide(policy.Decision{Outcome: policy.Allow, NoResponse: true})
	}
	if i.config.Events.Write == "all" || s.upload != nil && s.upload.rule.asks || s.download != nil && s.download.rule.asks {
		s.identify()
	}
	d := policy.Decision{Outcome: policy.Allow, NoResponse: s.download == nil}
	if s.download != nil {
		s.askPlainly(&d, r.Headers)
	}
	if s.upload == nil {
		return s.decide(d)
	}
	s.upload.refusal = refusedRequest
	s.upload.visitor = newVisitor(s.upload.rule, "request", s.who, &s.sightings, &s.inspector.scratch)
	method, _ := r.Headers.First(":method")
	_, upgrade := r.Headers.First("upgrade")
	return s.begin(s.upload, r.Headers, end, method == "CONNECT" || method == "GET" && upgrade, &d)
}

// identify reads who the request is from, where that matters: two questions to the proxy.
// Whoever it is that cannot be read may see nothing.
func (s *inspection) identify() {
	if s.who == nil {
		s.who, _ = s.inspector.reader.Read(s.request)
	}
}

// find returns the rule that the request meets.
func (s *inspection) find(side *side, message *direction) (*direction, policy.Reason) {
	if side.table == nil {
		return nil, ""
	}
	found := side.table.Find(s.request)
	if found.Refused != "" || found.Route == match.None {
		return nil, found.Refused
	}
	message.rule = side.rules[found.Route]
	return message, ""
}

// askPlainly asks the upstream for a body that can be read: in a coding that is read
// here, and whole.
func (s *inspection) askPlainly(d *policy.Decision, headers policy.Headers) {
	coding := "identity"
	for i := range headers {
		switch h := &headers[i]; h.Name {
		case "accept-encoding":
			if acceptsGzip(h.Value) {
				coding = "gzip"
			}
		case "range", "if-range":
			d.RemoveHeaders = append(d.RemoveHeaders, h.Name)
		}
	}
	d.SetHeaders = append(d.SetHeaders, policy.Header{Name: "accept-encoding", Value: coding})
}

// acceptsGzip tells whether a value of Accept-Encoding has gzip, and not with the weight 0
// (RFC 9110, Sections 12.4.2 and 12.5.3).
func acceptsGzip(value string) bool {
	for item := range strings.SplitSeq(strings.ToLower(value), ",") {
		coding, parameter, _ := strings.Cut(item, ";")
		if coding = strings.Trim(coding, " \t"); coding == "gzip" || coding == "x-gzip" {
			weight, weighted := strings.CutPrefix(strings.Trim(parameter, " \t"), "q=")
			return !weighted || strings.Trim(weight, "0.") != ""
		}
	}
	return false
}

// begin changes the headers of a message and has its body rewritten, or passed, or
// refuses it. What follows the headers of a tunnel is no body, whatever they say of it.
// It completes d and returns it.
func (s *inspection) begin(b *direction, headers policy.Headers, end, tunnel bool, d *policy.Decision) policy.Decision {
	s.rule = b.rule.name
	place := b.visitor.place
	b.visitor.place = place + ".headers"
	if !b.visitor.headers(headers, d) {
		return s.refuse(b, ReasonBlocked)
	}
	b.visitor.place = place + ".body"
	if b.rule.shadow {
		d.Mode = policy.Shadow
	}
	if end {
		return s.decide(*d)
	}
	contentType, types := only(headers, "content-type")
	encoding, encodings := only(headers, "content-encoding")
	choice := format.Choose(contentType, encoding)
	_, partial := headers.First("content-range")
	types = types && !tunnel
	if !types || !encodings || partial {
		choice = format.Choice{}
	}
	if choice.Media == format.MediaUnknown {
		return s.unread(b, types, contentType, d)
	}
	b.visitor.events = choice.Media == format.MediaEvents
	options := format.Options{Paths: b.rule.paths, Part: s.part(b.rule), Deltas: b.rule.deltas, Compressor: s.inspector.compressor}
	if message, ok := only(headers, "grpc-encoding"); ok {
		options.Message = format.ChooseCoding(message)
	}
	var err error
	b.rewriter, err = format.New(choice, &b.visitor, options)
	if err != nil {
		return s.unread(b, types, contentType, d)
	}
	d.Body, d.HoldHeaders = policy.BodyStream, s.inspector.config.HoldHeaders
	// Once trailers have come nothing more of the body can leave. Where they are announced
	// (RFC 9110, Section 6.6.2) it is held, so that what is kept back at its end can.
	if !choice.Settles() {
		_, trailers := headers.First("trailer")
		d.Gather = trailers && headers.ContentLength() < 0
	}
	d.RemoveHeaders = append(d.RemoveHeaders, digests...)
	if b == s.download {
		d.RemoveHeaders = append(d.RemoveHeaders, "etag", "accept-ranges")
	}
	return s.decide(*d)
}

// unread lets a body that cannot be read pass, or refuses it. Named says that its type is
// known.
func (s *inspection) unread(b *direction, named bool, contentType string, d *policy.Decision) policy.Decision {
	if !b.rule.unread && !(named && b.rule.lets(contentType)) {
		return s.refuse(b, ReasonUnread)
	}
	s.reason = ReasonPassedUnread
	return s.decide(*d)
}

// part lets parts of multipart bodies pass unread as the rule lets whole bodies.
func (s *inspection) part(r *rule) format.PartFunc {
	return func(_ *format.Path, p *format.Part) {
		if (p.Choice.Media == format.MediaUnknown || p.Choice.Coding == format.CodingUnknown) && (r.unread || r.lets(p.ContentType)) {
			p.Pass, s.reason = true, ReasonPassedUnread
		}
	}
}

// lets tells whether bodies of a media type pass unread.
func (r *rule) lets(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	for _, m := range r.unreadTypes {
		if m.has(mediaType) {
			return true
		}
	}
	return false
}

// only returns the value of a header, and false if there are several that differ.
func only(headers policy.Headers, name string) (string, bool) {
	value, found := "", false
	for i := range headers {
		if headers[i].Name != name {
			continue
		}
		if found && headers[i].Value != value {
			return "", false
		}
		value, found = headers[i].Value, true
	}
	return value, true
}

// RequestBody implements policy.Inspection. Nothing asks for the whole of one.
func (s *inspection) RequestBody([]byte, bool) policy.Decision {
	return s.decide(policy.Decision{Outcome: policy.Allow, NoResponse: s.download == nil})
}

// ResponseHeaders implements policy.Inspection.
func (s *inspection) ResponseHeaders(r *policy.ResponseHead, end bool) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow}
	if s.download == nil {
		return s.decide(d)
	}
	s.download.refusal = refusedResponse
	s.download.visitor = newVisitor(s.download.rule, "response", s.who, &s.sightings, &s.inspector.scratch)
	// An upgrade that the upstream agrees to, or CONNECT (RFC 9110, Sections 7.8 and 9.3.6).
	method, _ := s.request.Headers.First(":method")
	d = s.begin(s.download, r.Headers, end, r.Status == 101 || method == "CONNECT" && r.Status/100 == 2, &d)
	if end && (method == "HEAD" || r.Status == 304) {
		s.forget(&d, r.Headers)
	}
	return d
}

// forget removes what the headers of a body that does not come say of its bytes. The
// answer to HEAD, and 304 (Not Modified), say it of the body that the upstream has: who
// knows all of it but a few digits could try which of them have that digest.
func (s *inspection) forget(d *policy.Decision, headers policy.Headers) {
	contentType, _ := only(headers, "content-type")
	encoding, _ := only(headers, "content-encoding")
	if contentType != "" && !format.Choose(contentType, encoding).Known() {
		return // it leaves as it is, or not at all
	}
	d.RemoveHeaders = append(append(d.RemoveHeaders, digests...), "content-length", "accept-ranges")
	tag, _ := headers.First("etag")
	if known, _ := s.request.Headers.First("if-none-match"); tag == "" || !strings.Contains(known, tag) {
		d.RemoveHeaders = append(d.RemoveHeaders, "etag")
	}
}

// ResponseBody implements policy.Inspection.
func (s *inspection) ResponseBody([]byte, bool) policy.Decision {
	return s.decide(policy.Decision{Outcome: policy.Allow})
}

// RequestTrailers implements policy.Trailed.
func (s *inspection) RequestTrailers(trailers policy.Headers) policy.Decision {
	return s.trailers(s.upload, "request.trailers", trailers)
}

// ResponseTrailers implements policy.Trailed.
func (s *inspection) ResponseTrailers(trailers policy.Headers) policy.Decision {
	return s.trailers(s.download, "response.trailers", trailers)
}

func (s *inspection) trailers(b *direction, place string, trailers policy.Headers) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow}
	if b == nil || b.visitor.rule == nil {
		return s.decide(d)
	}
	s.rule, b.visitor.place = b.rule.name, place
	if b.rule.shadow {
		d.Mode = policy.Shadow
	}
	if !b.visitor.headers(trailers, &d) {
		return s.refuse(b, ReasonBlocked)
	}
	if b.rewriter != nil {
		// RFC 9530, Section 2: a digest may come behind the bytes it speaks of.
		d.RemoveHeaders = append(append(d.RemoveHeaders, digests...), "etag")
	}
	return s.decide(d)
}

// RewriteRequest implements policy.Rewriter.
func (s *inspection) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return s.rewrite(s.upload, dst, piece, end)
}

// RewriteResponse implements policy.Rewriter.
func (s *inspection) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return s.rewrite(s.download, dst, piece, end)
}

func (s *inspection) rewrite(b *direction, dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	if b.rewriter == nil {
		// It has been refused, in shadow mode: once is enough.
		return dst, nil
	}
	out, err := b.rewriter.Write(dst, piece)
	if err == nil && end {
		out, err = b.rewriter.Close(out)
	}
	if err == nil {
		return out, nil
	}
	b.rewriter = nil
	reason := ReasonMalformed
	switch {
	case errors.Is(err, format.ErrBlocked):
		reason = ReasonBlocked
	case errors.Is(err, format.ErrUnread):
		reason = ReasonUnread
	}
	refused := s.refuse(b, reason)
	return dst, &refused
}

// refuse denies a message.
func (s *inspection) refuse(b *direction, reason policy.Reason) policy.Decision {
	s.rule = b.rule.name
	s.identify()
	answer := b.refusal[reason]
	return s.decide(policy.Decision{
		Outcome: policy.Deny, Mode: s.inspector.config.Mode.Policy(), Reason: reason, Sightings: s.sightings.list,
		Response: problem.Answer(problem.FormOf(s.request.Headers), answer.status, answer.title, "", s.request.IncidentID),
	})
}

// decide adds what all decisions have.
func (s *inspection) decide(d policy.Decision) policy.Decision {
	d.Route = s.rule
	if d.Reason == "" {
		d.Reason = s.reason
	}
	if s.who != nil {
		d.Identity = s.who.Identity
	}
	return d
}

// Done implements policy.Inspection.
func (s *inspection) Done() policy.Decision {
	for _, b := range [...]*direction{s.upload, s.download} {
		if b != nil && len(b.visitor.touched) > 0 {
			s.reason, s.rule = ReasonRedacted, b.rule.name
			s.count = append(s.count, b.visitor.touched...)
		}
	}
	d := s.decide(policy.Decision{Outcome: policy.Allow, Mode: s.inspector.config.Mode.Policy()})
	d.Count, d.Sightings = s.count, s.sightings.list
	if len(d.Sightings) > 0 {
		route, _ := s.request.Attribute("xds", "route_name")
		first := s.inspector.sights.first(s.inspector.host, s.rule, string(route), d.Sightings)
		if d.Notable = first || d.Mode == policy.Shadow; d.Notable {
			s.identify()
			d = s.decide(d)
		}
	}
	s.sightings.reset()
	*s = inspection{inspector: s.inspector, sightings: s.sightings}
	return d
}
