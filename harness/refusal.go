package harness

import (
	"slices"
	"strings"
)

// What Envoy's codecs and its connection manager refuse before any plugin sees
// the request. The words are those of Envoy 1.40, tried byte by byte; package
// probe compares them.

// refusal is Envoy's answer to a request that it does not let into the chain.
type refusal struct {
	status  int
	body    string
	details string
	flags   string
	// reset says that the codec resets the stream: there is neither an answer nor
	// a context of any plugin.
	reset bool
	// unread says that plugins find no request headers in proxy_on_log.
	unread bool
	// keeps says that the connection stays open after a request that has ended.
	keeps bool
	// early says that the manager has not yet given the request the scheme of its
	// connection.
	early bool
}

// refused returns why a request does not come to the plugins, nil for one that
// does.
func (s *stream) refused() *refusal {
	if s.x.Protocol == "HTTP/2" {
		if details := s.refusedHTTP2(); details != "" {
			r := &refusal{reset: true, flags: "DPE", details: details}
			if details == s.headersTooLarge() {
				r.flags = "DR"
			}
			return r
		}
	} else if details := s.refusedHTTP1(); details != "" {
		r := &refusal{status: 400, body: "Bad Request", flags: "DPE", details: details, unread: true}
		switch details {
		case "http1.headers_too_large", "http1.too_many_headers":
			r.status, r.body = 431, "Request Header Fields Too Large"
		case "http1.invalid_transfer_encoding":
			r.status, r.body = 501, "Not Implemented"
		case "low_version":
			r.status, r.body = 426, "Upgrade Required"
		}
		return r
	}
	return s.refusedByManager()
}

// refusedByManager is what the connection manager refuses of requests that the
// codec lets pass.
func (s *stream) refusedByManager() *refusal {
	m := s.requestHeaders
	method, _ := m.get(":method")
	path, hasPath := m.get(":path")
	_, hasType := m.get("content-type")
	switch {
	case !m.has(":authority"):
		return &refusal{status: 400, details: "missing_host_header", early: true}
	case method == "QUERY" && !hasType:
		return &refusal{status: 400, details: "query_missing_content_type", early: true}
	case hasPath && !strings.HasPrefix(path, "/"):
		return &refusal{status: 404, details: "absolute_path_rejected", early: true, keeps: true}
	case strings.Contains(path, "#"):
		return &refusal{status: 400, details: "path_normalization_failed", early: true}
	}
	if protocol, asks := s.upgrade(); asks && !slices.ContainsFunc(s.proxy.opts.Upgrades, func(known string) bool {
		return strings.EqualFold(known, protocol)
	}) {
		return &refusal{status: 403, details: "upgrade_failed"}
	}
	return nil
}

// upgrade returns the protocol that the request asks to change to. The upgrade
// to HTTP/2 is ignored.
func (s *stream) upgrade() (protocol string, asks bool) {
	if s.x.Protocol == "HTTP/2" {
		return "", false
	}
	connection, _ := s.requestHeaders.get("connection")
	protocol, _ = s.requestHeaders.get("upgrade")
	for token := range strings.SplitSeq(connection, ",") {
		asks = asks || strings.EqualFold(strings.TrimSpace(token), "upgrade")
	}
	return protocol, asks && protocol != "" && !strings.EqualFold(protocol, "h2c")
}

// refusedHTTP1 returns the response code details of what the HTTP/1 codec
// refuses, "" for nothing.
func (s *stream) refusedHTTP1() string {
	method, path, authority := s.pseudo()
	connect := method == "CONNECT"
	if details := s.headersTooLarge(); details != "" {
		return details
	}
	for _, f := range s.x.Request.Headers {
		if strings.ContainsFunc(f.Name+f.Value, func(r rune) bool { return isControl(r) && r != '\r' }) {
			return "http1.invalid_characters"
		}
	}
	switch {
	case !slices.Contains(http1Methods, method):
		return "http1.codec_error"
	case connect && (path != "" || !strings.Contains(authority, ":")):
		// Only the authority form (RFC 9112, Section 3.2.3), with its port.
		return "http1.invalid_url"
	case connect:
	case path == "" || strings.IndexByte("/*?", path[0]) < 0 || strings.ContainsFunc(path, outsideURL):
		return "http1.codec_error"
	case path[0] == '*' && (method != "OPTIONS" || path != "*"):
		return "http1.invalid_url"
	}
	lengths, coding := 0, ""
	for _, f := range s.x.Request.Headers {
		switch {
		case strings.HasPrefix(f.Name, ":"):
		case !isToken(f.Name):
			return "http1.codec_error"
		case f.Name == "content-length":
			if lengths++; !isDigits(f.Value) || lengths > 1 {
				return "http1.codec_error"
			}
		case f.Name == "transfer-encoding":
			coding = f.Value
		}
	}
	switch {
	case coding != "" && !strings.EqualFold(coding, "chunked"):
		return "http1.invalid_transfer_encoding"
	case coding != "" && lengths > 0:
		return "http1.content_length_and_chunked_not_allowed"
	case connect && (coding != "" || lengths > 0):
		return "http1.body_disallowed"
	case s.x.Protocol == "HTTP/1.0" && !s.proxy.opts.AcceptHTTP10:
		return "low_version"
	case strings.ContainsFunc(authority, func(r rune) bool { return !inAuthority(r) && r != '@' }):
		return "http.invalid_authority"
	}
	return ""
}

// refusedHTTP2 is the same for HTTP/2.
func (s *stream) refusedHTTP2() string {
	const invalidField, violation = "http2.invalid.header.field", "http2.violation.of.messaging.rule"
	if details := s.headersTooLarge(); details != "" {
		return details
	}
	lengths := 0
	has := map[string]bool{}
	for _, f := range s.x.Request.Headers {
		bad := strings.ContainsFunc(f.Value, isControl)
		switch f.Name {
		case ":path":
			bad = bad || f.Value == "" || strings.ContainsAny(f.Value, " \t")
		case ":method":
			bad = !isToken(f.Value)
		case ":authority":
			bad = f.Value == "" || strings.ContainsFunc(f.Value, func(r rune) bool { return !inAuthority(r) })
		case ":scheme":
		case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
			// RFC 9113, Section 8.2.2.
			bad = true
		case "te":
			bad = bad || !strings.EqualFold(f.Value, "trailers")
		case "content-length":
			lengths++
			bad = !isDigits(f.Value) || lengths > 1
		default:
			// The fields of RFC 8441 are among them: they have to be allowed.
			bad = bad || !isToken(f.Name)
		}
		if bad {
			return invalidField
		}
		has[f.Name] = true
	}
	method, path, _ := s.pseudo()
	switch {
	case method == "CONNECT" && (has[":path"] || has[":scheme"] || !has[":authority"]):
		return violation
	case method == "CONNECT":
	case method == "" || !has[":scheme"] || !has[":authority"] && !has["host"]:
		return violation
	case !strings.HasPrefix(path, "/") && (path != "*" || method != "OPTIONS"):
		return violation
	}
	return ""
}

// withoutCR makes a message that of Envoy's HTTP/1 codec, which drops a carriage
// return that is not followed by a line feed from the value of a field. RFC 9112,
// Section 2.2, would have it refused or replaced by a space.
func withoutCR(m *Message) {
	drop := func(fields []Header) []Header {
		if !slices.ContainsFunc(fields, func(f Header) bool { return strings.Contains(f.Value, "\r") }) {
			return fields
		}
		fields = slices.Clone(fields)
		for i := range fields {
			f := &fields[i]
			switch {
			case strings.HasPrefix(f.Name, ":") && f.Name != ":authority":
				// From the start line, where it is refused.
				continue
			case strings.Contains(f.Value, "\r"):
				f.Value = strings.Trim(f.Value, " \t\r")
			}
			if f.Name != "content-length" { // which is read before
				f.Value = strings.ReplaceAll(f.Value, "\r", "")
			}
		}
		return fields
	}
	m.Headers, m.Trailers = drop(m.Headers), drop(m.Trailers)
}

func (s *stream) pseudo() (method, path, authority string) {
	for _, f := range s.x.Request.Headers {
		switch f.Name {
		case ":method":
			method = f.Value
		case ":path":
			path = f.Value
		case ":authority":
			authority = f.Value
		}
	}
	return method, path, authority
}

// http1Methods are the only ones that Envoy's HTTP/1 codec knows.
var http1Methods = []string{
	"ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "MERGE", "MKACTIVITY",
	"MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE",
	"PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK", "UNLOCK",
	"UNSUBSCRIBE",
}

// isControl reports what no field may hold; a tab it may.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// outsideURL reports what no request target of HTTP/1 may hold.
func outsideURL(r rune) bool { return r <= ' ' || r >= 0x7f }

// inAuthority reports what a host with its port may hold.
func inAuthority(r rune) bool {
	return isAlphanumeric(r) || r < 0x7f && strings.ContainsRune("!$%&'()*+,-.:;=[]_~", r)
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && (r >= 0x7f || !strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
