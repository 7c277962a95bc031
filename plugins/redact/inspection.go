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

// inspection is what is known of one stream. It is a policy.Rewriter.
type inspection struct {
	inspector *Inspector
	request   *policy.Request
	who       *identity.Identity
	// upload and download are the rules for the two bodies, nil for none.
	upload, download *direction
	// reason is that of an Allow, rule the name of the rule it is about.
	reason policy.Reason
	rule   string
	count  []int
}

// direction is one body and its rule.
type direction struct {
	rule     *rule
	visitor  visitor
	rewriter format.Rewriter
}

// RequestHeaders implements policy.Inspection.
func (s *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	i := s.inspector
	s.request, s.reason = r, ReasonUntouched
	var refused policy.Reason
	if s.upload, refused = s.find(&i.requests); refused == "" {
		s.download, refused = s.find(&i.responses)
	}
	if refused != "" {
		return s.decide(policy.Decision{Outcome: policy.Deny, Mode: i.config.Mode.Policy(), Reason: refused,
			Response: problem.Answer(problem.FormOf(r.Headers), 400, "Bad Request", "", r.IncidentID)})
	}
	if s.upload == nil && s.download == nil {
		return s.decide(policy.Decision{Outcome: policy.Allow, NoResponse: true})
	}
	// Whoever it is that cannot be read may see nothing.
	s.who, _ = i.reader.Read(r)
	d := policy.Decision{Outcome: policy.Allow, NoResponse: s.download == nil}
	if s.download != nil {
		s.askPlainly(&d, r.Headers)
	}
	if s.upload == nil || end {
		return s.decide(d)
	}
	refusal := s.begin(s.upload, r.Headers, 415, "Unsupported Media Type", &d)
	if refusal != nil {
		return *refusal
	}
	if d.Body == policy.BodyStream {
		d.RemoveHeaders = append(d.RemoveHeaders, "digest", "content-digest", "repr-digest", "content-md5")
	}
	return s.decide(d)
}

// find returns the rule that the request meets.
func (s *inspection) find(side *side) (*direction, policy.Reason) {
	if side.table == nil {
		return nil, ""
	}
	found := side.table.Find(s.request)
	if found.Refused != "" || found.Route == match.None {
		return nil, found.Refused
	}
	return &direction{rule: side.rules[found.Route]}, ""
}

// askPlainly asks the upstream for a body that can be read: in a coding that is read
// here, and whole.
func (s *inspection) askPlainly(d *policy.Decision, headers policy.Headers) {
	coding := "identity"
	for i := range headers {
		switch h := &headers[i]; h.Name {
		case "accept-encoding":
			if strings.Contains(strings.ToLower(h.Value), "gzip") {
				coding = "gzip"
			}
		case "range", "if-range":
			d.RemoveHeaders = append(d.RemoveHeaders, h.Name)
		}
	}
	d.SetHeaders = append(d.SetHeaders, policy.Header{Name: "accept-encoding", Value: coding})
}

// begin has a body rewritten, or passed, or returns the refusal of it.
func (s *inspection) begin(b *direction, headers policy.Headers, status int, title string, d *policy.Decision) *policy.Decision {
	contentType, types := only(headers, "content-type")
	encoding, encodings := only(headers, "content-encoding")
	choice := format.Choose(contentType, encoding)
	_, partial := headers.First("content-range")
	if !types || !encodings || partial {
		choice = format.Choice{}
	}
	b.visitor = newVisitor(b.rule, s.who, choice.Media == format.MediaEvents)
	s.rule = b.rule.name
	options := format.Options{Paths: b.rule.paths, Compressor: s.inspector.compressor}
	if message, ok := only(headers, "grpc-encoding"); ok {
		options.Message = format.ChooseCoding(message)
	}
	var err error
	b.rewriter, err = format.New(choice, &b.visitor, options)
	if err == nil {
		d.Body = policy.BodyStream
		if b.rule.shadow {
			d.Mode = policy.Shadow
		}
		return nil
	}
	if b.rule.pass {
		s.reason = ReasonPassedUnread
		return nil
	}
	refusal := s.refuse(ReasonUnread, status, title)
	return &refusal
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
	if s.download == nil || end {
		return s.decide(d)
	}
	if refusal := s.begin(s.download, r.Headers, 502, "Bad Gateway", &d); refusal != nil {
		return *refusal
	}
	if d.Body == policy.BodyStream {
		// They speak of the bytes as they were.
		d.RemoveHeaders = append(d.RemoveHeaders, "etag", "digest", "content-digest", "repr-digest", "content-md5", "accept-ranges")
	}
	return s.decide(d)
}

// ResponseBody implements policy.Inspection.
func (s *inspection) ResponseBody([]byte, bool) policy.Decision {
	return s.decide(policy.Decision{Outcome: policy.Allow})
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
	out, err := b.rewriter.Write(dst, piece)
	if err == nil && end {
		out, err = b.rewriter.Close(out)
	}
	if err == nil {
		return out, nil
	}
	reason, status, title := ReasonMalformed, 400, "Bad Request"
	if errors.Is(err, format.ErrBlocked) {
		reason, status, title = ReasonBlocked, 403, "Forbidden"
	}
	if b == s.download {
		status, title = 502, "Bad Gateway"
	}
	s.rule = b.rule.name
	refusal := s.refuse(reason, status, title)
	if b.rule.shadow {
		refusal.Mode = policy.Shadow
	}
	return dst, &refusal
}

// refuse denies the stream.
func (s *inspection) refuse(reason policy.Reason, status int, title string) policy.Decision {
	return s.decide(policy.Decision{
		Outcome: policy.Deny, Mode: s.inspector.config.Mode.Policy(), Reason: reason,
		Response: problem.Answer(problem.FormOf(s.request.Headers), status, title, "", s.request.IncidentID),
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
	d := s.decide(policy.Decision{Outcome: policy.Allow})
	d.Count = s.count
	*s = inspection{inspector: s.inspector}
	return d
}
