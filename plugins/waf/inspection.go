package waf

import (
	"net/netip"
	"slices"
	"strings"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/ruleset"
)

// inspection is one stream before the rules.
type inspection struct {
	inspector *Inspector
	route     *route
	tx        *engine.Transaction
	id        string
	method    string
	// body tells that phase 2 waits for the request's body.
	body     bool
	reported int // how many matches the findings were made of
	logged   int // how many of them are logged
	phase    int // in which a rule would have denied, in shadow mode
	findings []policy.Finding
	count    []int
}

// RequestHeaders implements policy.Inspection.
func (i *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	i.route = i.inspector.route(r)
	i.id = r.IncidentID
	i.method, _ = r.Headers.First(":method")
	if i.route.off {
		return policy.Decision{Outcome: policy.Allow, Reason: ReasonRouteOff, Route: i.route.name}
	}
	tx := i.inspector.engine.Begin(r.Now, r.IncidentID)
	i.tx = tx
	if i.route.mode == policy.Shadow {
		tx.DetectionOnly()
	}
	client, port := address(r.Source())
	server, serverPort := "", 0
	if i.inspector.server {
		if value, ok := r.Attribute("destination", "address"); ok {
			server, serverPort = address(string(value))
		}
	}
	tx.Connection(client, port, server, serverPort)
	head(tx, r, end)
	if stop := tx.RequestHeaders(); stop != nil {
		return i.deny(stop, 1)
	}
	limit, wanted := tx.WantsRequestBody()
	var d policy.Decision
	if i.body = wanted && !end; i.body {
		d = i.decide(1)
		d.Body, d.BodyLimit, d.HoldHeaders = policy.BodyWhole, int(limit), i.inspector.hold
	} else {
		if stop := tx.RequestBody("", true); stop != nil {
			return i.deny(stop, 2)
		}
		d = i.decide(2)
	}
	if i.inspector.plain {
		d.RemoveHeaders = plainResponses
	}
	return d
}

// head tells the rules the request line and the header fields as the client wrote
// them, as far as the proxy lets it be known.
func head(tx *engine.Transaction, r *policy.Request, end bool) {
	method, _ := r.Headers.First(":method")
	target, hasPath := r.Headers.First(":path")
	authority, hasHost := r.Headers.First(":authority")
	if method == "CONNECT" && !hasPath {
		target = authority // RFC 9112, Section 3.2.3
	}
	protocol := r.Protocol()
	tx.Request(method, target, protocol)
	tx.ServerName(authority)
	if hasHost {
		tx.RequestHeader("host", authority)
	}
	chunked := !end && strings.HasPrefix(protocol, "HTTP/1") && method != "CONNECT"
	for _, h := range r.Headers {
		switch h.Name {
		case "host":
			if hasHost {
				continue
			}
		case "content-length", "transfer-encoding", "upgrade":
			chunked = false
		}
		if h.Name != "" && h.Name[0] != ':' {
			tx.RequestHeader(h.Name, h.Value)
		}
	}
	// RFC 9112, Section 6.3: a request with a body that has no length has a transfer
	// coding. Envoy takes the field away, and codings other than chunked it refuses.
	if chunked {
		tx.RequestHeader("transfer-encoding", "chunked")
	}
}

// plainResponses are the headers without which an upstream does not compress.
var plainResponses = []string{"accept-encoding"}

// address splits "ip:port" and "[ip]:port".
func address(text string) (ip string, port int) {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().String(), int(a.Port())
	}
	return text, 0
}

// RequestBody implements policy.Inspection.
func (i *inspection) RequestBody(body []byte, complete bool) policy.Decision {
	if i.tx == nil || !i.body {
		return policy.Decision{Outcome: policy.Allow, Reason: ReasonRouteOff}
	}
	i.body = false
	// The engine keeps values of the body for the phases of the response.
	if stop := i.tx.RequestBody(string(body), complete); stop != nil {
		return i.deny(stop, 2)
	}
	return i.decide(2)
}

// ResponseHeaders implements policy.Inspection.
func (i *inspection) ResponseHeaders(r *policy.ResponseHead, end bool) policy.Decision {
	tx := i.tx
	if tx == nil {
		return policy.Decision{Outcome: policy.Allow, Reason: ReasonRouteOff, Route: i.route.name}
	}
	encoded := false
	for _, h := range r.Headers {
		if h.Name == "" || h.Name[0] == ':' {
			continue
		}
		tx.ResponseHeader(h.Name, h.Value)
		encoded = encoded || h.Name == "content-encoding" && !strings.EqualFold(h.Value, "identity")
	}
	if stop := tx.ResponseHeaders(r.Status, "HTTP/1.1"); stop != nil {
		return i.deny(stop, 3)
	}
	limit, wanted := tx.WantsResponseBody()
	if !wanted || end || encoded {
		if stop := tx.ResponseBody("", true); stop != nil {
			return i.deny(stop, 4)
		}
		return i.decide(4)
	}
	d := i.decide(3)
	d.Body, d.BodyLimit, d.HoldHeaders = policy.BodyWhole, int(limit), i.inspector.hold
	return d
}

// ResponseBody implements policy.Inspection.
func (i *inspection) ResponseBody(body []byte, complete bool) policy.Decision {
	if i.tx == nil {
		return policy.Decision{Outcome: policy.Allow, Reason: ReasonRouteOff}
	}
	if stop := i.tx.ResponseBody(string(body), complete); stop != nil {
		return i.deny(stop, 4)
	}
	return i.decide(4)
}

// Done implements policy.Inspection.
func (i *inspection) Done() policy.Decision {
	d := policy.Decision{Outcome: policy.Allow, Reason: ReasonRouteOff, Route: i.route.name}
	if i.tx != nil {
		i.tx.Logging()
		d = i.decide(5)
		// What would have been denied is said once, when all that was found is known.
		if would := i.tx.Would(); would != nil {
			d = i.deny(would, i.phase)
			d.Mode = policy.Shadow
		}
		i.tx.Close()
	}
	*i = inspection{inspector: i.inspector, findings: i.findings[:0], count: i.count[:0]}
	return d
}

// decide is the decision after a phase in which nothing was interrupted.
func (i *inspection) decide(phase int) policy.Decision {
	if i.phase == 0 && i.tx.Would() != nil {
		i.phase = phase
	}
	i.report()
	d := policy.Decision{Outcome: policy.Allow, Mode: i.route.mode, Reason: ReasonClean, Route: i.route.name, Findings: i.findings, Count: i.count}
	if len(i.findings) > 0 {
		d.Reason = ReasonBelowThreshold
		d.Score = i.score(phase)
	}
	return d
}

// deny is the decision that a rule made.
func (i *inspection) deny(stop *engine.Interruption, phase int) policy.Decision {
	i.report()
	status := stop.Status
	if status < 200 || status > 599 {
		status = 403
	}
	response := problem.Response(status, title(status), "", i.id, i.method)
	if stop.Action == ruleset.Redirect {
		response.Headers = append(response.Headers, policy.Header{Name: "location", Value: stop.Location})
	}
	return policy.Decision{
		Outcome:  policy.Deny,
		Mode:     i.route.mode,
		Reason:   reasonOf(stop.Rule, phase),
		Response: response,
		Route:    i.route.name,
		Findings: i.findings,
		Score:    i.score(phase),
		Count:    i.count,
	}
}

// score is the anomaly score of the request, and of the response once there is one.
func (i *inspection) score(phase int) int {
	score := i.tx.Number("blocking_inbound_anomaly_score")
	if phase >= 3 {
		score = max(score, i.tx.Number("blocking_outbound_anomaly_score"))
	}
	return score
}

// maxFindings is how many rules are kept for the event of a stream: all that it
// names, the most of them by their ids alone.
const maxFindings = 128

// report makes findings of the rules that matched since it was last called. They
// hold the text of rules only, nothing of the message.
func (i *inspection) report() {
	i.count = i.count[:0]
	if i.logged == i.tx.Logged() {
		return
	}
	matches := i.tx.Matches()
	for _, m := range matches[i.reported:] {
		if !m.Log {
			continue
		}
		for _, tag := range m.Tags {
			if family, ok := strings.CutPrefix(tag, "attack-"); ok {
				if at, ok := slices.BinarySearch(i.inspector.families, family); ok && !slices.Contains(i.count, at) {
					i.count = append(i.count, at)
				}
			}
		}
		if len(i.findings) < maxFindings {
			i.findings = append(i.findings, policy.Finding{
				ID:       m.ID,
				Severity: severity(m.Severity),
				Message:  withoutMacros(m.SecRule.Message),
				Tags:     m.Tags,
				Target:   m.Variable.String(),
			})
		}
	}
	i.reported, i.logged = len(matches), i.tx.Logged()
}

func severity(n int) string {
	names := [...]string{"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// withoutMacros is a message up to its first macro, which could stand for data of
// the request.
func withoutMacros(message string) string {
	text, _, found := strings.Cut(message, "%{")
	if found {
		text = strings.TrimRight(text, " :(")
	}
	return text
}

// title is the reason phrase of a status (RFC 9110, Section 15), for redirects in
// one word for all.
func title(status int) string {
	switch status {
	case 301, 302, 303, 307:
		return "Elsewhere"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 406:
		return "Not Acceptable"
	case 413:
		return "Content Too Large"
	case 415:
		return "Unsupported Media Type"
	case 429:
		return "Too Many Requests"
	case 500:
		return "Internal Server Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	}
	return "Refused"
}
