package traffic

import (
	"bytes"
	"strconv"
	"strings"

	"gatehouse/harness"
)

// text is an HTTP message as its section writes it.
type text struct {
	start  string // the request line or status line
	fields []harness.Header
	body   []byte // everything behind the empty line
}

// message takes an HTTP message apart (RFC 9112, Section 2.1); its lines end in
// LF or CRLF.
func (r *txtarReader) message(s section) (m text, err *Error) {
	rest := s.data
	for line := s.line + 1; ; line++ {
		if len(rest) == 0 {
			break
		}
		var raw []byte
		var found bool
		raw, rest, found = bytes.Cut(rest, []byte("\n"))
		raw = bytes.TrimSuffix(raw, []byte("\r"))
		if len(raw) == 0 && (found || m.start != "") {
			break
		}
		if m.start == "" {
			m.start = string(raw)
			continue
		}
		if raw[0] == ' ' || raw[0] == '\t' {
			return m, r.errorAt(s, line, "header line that begins with white space (RFC 9112, Section 5.2 has done away with folding)")
		}
		name, value, colon := strings.Cut(string(raw), ":")
		if strings.HasPrefix(string(raw), ":") {
			// A pseudo-header field of HTTP/2: its own colon comes first.
			name, value, colon = strings.Cut(string(raw[1:]), ":")
			name = ":" + name
		}
		if !colon {
			return m, r.errorAt(s, line, "header line without a colon, want \"Name: value\", or an empty line before the body")
		}
		f, fault := field(name, value, true)
		if fault != nil {
			return m, r.errorAt(s, line, "%s", fault)
		}
		m.fields = append(m.fields, f)
	}
	if m.start == "" {
		return m, r.errorAt(s, s.line+1, "empty, want an HTTP message")
	}
	m.body = rest
	return m, nil
}

// body returns the body of a message: the text behind the empty line, or the
// base64 section. declared is the Content-Length, -1 for none.
func (r *txtarReader) body(h half, m text, declared int) ([]byte, *Error) {
	if h.base64 != nil {
		if len(bytes.TrimSpace(m.body)) > 0 {
			return nil, r.errorAt(*h.base64, h.base64.line, "a second body, want the one of %s or this", h.text.name)
		}
		body, err := decodeBase64(string(h.base64.data))
		if err != nil {
			return nil, r.errorAt(*h.base64, h.base64.line+1, "%s", err)
		}
		return body, r.checkLength(h, declared, len(body), len(body))
	}
	// The newline before the next section line is the archive's.
	trimmed := bytes.TrimSuffix(m.body, []byte("\n"))
	if declared == len(m.body) {
		return m.body, nil
	}
	return trimmed, r.checkLength(h, declared, len(trimmed), len(m.body))
}

func (r *txtarReader) checkLength(h half, declared, short, long int) *Error {
	if declared < 0 || declared == short || declared == long {
		return nil
	}
	return r.errorAt(*h.text, h.text.line, "content-length %d, but the body has %d bytes", declared, short)
}

// contentLength reads a message's Content-Length, -1 for none.
func (r *txtarReader) contentLength(s section, fields []harness.Header) (int, *Error) {
	length := -1
	for _, f := range fields {
		if f.Name != "content-length" {
			continue
		}
		n, err := strconv.Atoi(f.Value)
		if err != nil || n < 0 || length >= 0 {
			return 0, r.errorAt(s, s.line, "content-length %s, want one number", quote(f.Value))
		}
		length = n
	}
	return length, nil
}

func (r *txtarReader) trailers(s *section) ([]harness.Header, *Error) {
	if s == nil {
		return nil, nil
	}
	var trailers []harness.Header
	for i, line := range lines(s.data) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return nil, r.errorAt(*s, s.line+1+i, "line without a colon, want \"Name: value\"")
		}
		f, err := field(name, value, false)
		if err != nil {
			return nil, r.errorAt(*s, s.line+1+i, "%s", err)
		}
		trailers = append(trailers, f)
	}
	if len(trailers) == 0 {
		return nil, r.errorAt(*s, s.line, "empty, want trailer fields")
	}
	return trailers, nil
}

// request reads the sections of a request and returns its method.
func (r *txtarReader) request(h half, x *harness.Exchange) (method string, err *Error) {
	s := *h.text
	m, err := r.message(s)
	if err != nil {
		return "", err
	}
	t, protocol, problem := requestLine(m.start)
	if problem != "" {
		return "", r.errorAt(s, s.line+1, "%s", problem)
	}
	x.Protocol = protocol
	declared, err := r.contentLength(s, m.fields)
	if err != nil {
		return "", err
	}
	_, coded := first(m.fields, "transfer-encoding")
	x.Request.Headers = requestHeaders(protocol, t, m.fields)
	body, err := r.body(h, m, declared)
	if err != nil {
		return "", err
	}
	if x.Request.Trailers, err = r.trailers(h.trailers); err != nil {
		return "", err
	}
	if coded {
		x.Request.Headers = remove(x.Request.Headers, "content-length")
	} else if len(body) > 0 && protocol != http2 && x.Request.Trailers == nil {
		x.Request.Headers = setContentLength(x.Request.Headers, len(body), true)
	}
	x.Request.Body, err = r.chunks(h.chunks, body)
	return t.method, err
}

// requestLine reads METHOD SP target SP version (RFC 9112, Section 3). The
// target is kept as it is written; only its form is looked at.
func requestLine(line string) (t target, protocol, problem string) {
	form := "request line " + quote(line) + ", want one like \"GET /orders HTTP/1.1\""
	method, rest, ok := strings.Cut(line, " ")
	i := strings.LastIndexByte(rest, ' ')
	if !ok || i < 0 || !isToken(method) {
		return t, "", form
	}
	path, version := rest[:i], rest[i+1:]
	protocol, ok = parseProtocol(version)
	if !ok || version == "" || strings.Trim(path, " \t") != path || path == "" || strings.ContainsAny(path, "\x00\r") {
		return t, "", form
	}
	t = target{method: method, scheme: "http", path: path}
	switch {
	case strings.HasPrefix(path, "/") || path == "*":
		// Origin form and asterisk form (RFC 9112, Sections 3.2.1 and 3.2.4).
		return t, protocol, ""
	case method == "CONNECT":
		// Authority form (Section 3.2.3); Envoy knows no path then.
		t.authority, t.path, t.absolute = path, "", true
		if protocol == http2 {
			// RFC 9113, Section 8.5.
			t.scheme = ""
		}
		return t, protocol, ""
	}
	absolute, skip, problem := splitURL(path)
	if skip != "" || problem != "" {
		return t, "", "request target " + quote(path) + ", want a path that begins with \"/\" or an http url"
	}
	absolute.method, absolute.absolute = method, true
	if strings.HasPrefix(absolute.path, "/?") && !strings.HasSuffix(path, absolute.path) {
		// Envoy does not put a slash before a query.
		absolute.path = absolute.path[1:]
	}
	return absolute, protocol, ""
}

// upstream reads the sections of what the upstream answers.
func (r *txtarReader) upstream(h half, method string, x *harness.Exchange) (err *Error) {
	x.UpstreamProtocol = http11
	s := section{name: "upstream", data: []byte("HTTP/1.1 200 OK\n")}
	if h.text == nil {
		for _, other := range []*section{h.base64, h.chunks, h.trailers} {
			if other != nil {
				return r.errorAt(*other, other.line, `want a section "upstream" before it`)
			}
		}
		h.text = &s
	}
	s = *h.text
	m, err := r.message(s)
	if err != nil {
		return err
	}
	status, protocol, ok := statusLine(m.start)
	if !ok {
		return r.errorAt(s, s.line+1, "status line %s, want one like \"HTTP/1.1 200 OK\"", quote(m.start))
	}
	x.UpstreamProtocol = protocol
	declared, err := r.contentLength(s, m.fields)
	if err != nil {
		return err
	}
	x.Response.Headers = responseHeaders(status, m.fields)
	if bodiless(method, status) {
		if len(bytes.TrimSpace(m.body)) > 0 || h.base64 != nil {
			return r.errorAt(s, s.line, "a body, but an answer %d to %s has none", status, method)
		}
		return nil
	}
	body, err := r.body(h, m, declared)
	if err != nil {
		return err
	}
	if x.Response.Trailers, err = r.trailers(h.trailers); err != nil {
		return err
	}
	if _, coded := first(m.fields, "transfer-encoding"); coded {
		x.Response.Headers = remove(x.Response.Headers, "content-length")
	} else if len(body) > 0 && protocol != http2 && x.Response.Trailers == nil {
		x.Response.Headers = setContentLength(x.Response.Headers, len(body), true)
	}
	x.Response.Body, err = r.chunks(h.chunks, body)
	return err
}

// statusLine reads version SP status SP reason (RFC 9112, Section 4).
func statusLine(line string) (status int, protocol string, ok bool) {
	words := strings.SplitN(line, " ", 3)
	if len(words) < 2 || words[0] == "" {
		return 0, "", false
	}
	protocol, ok = parseProtocol(words[0])
	status, err := strconv.Atoi(words[1])
	return status, protocol, ok && err == nil && len(words[1]) == 3 && 100 <= status && status <= 599
}
