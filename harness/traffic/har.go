package traffic

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/harness"
)

// ReadHAR reads an HTTP Archive 1.2 document. name is only for errors, which are
// of type *Error and carry line and column.
//
// See http://www.softwareishard.com/blog/har-12-spec/
func ReadHAR(name string, data []byte) (*Recording, error) {
	if len(data) > MaxFile {
		return nil, &Error{File: name, Problem: fmt.Sprintf("%d bytes, want at most %d", len(data), MaxFile)}
	}
	text := bytes.TrimPrefix(data, utf8BOM)
	r := &harReader{file: name, data: text}
	root, err := parseJSON(text)
	if err != nil {
		offset, problem := asSyntaxError(err)
		return nil, r.errorAt(offset, "", "not JSON: %s", problem)
	}
	recording := &Recording{File: name, Format: HAR}
	if err := r.read(root, recording); err != nil {
		return nil, err
	}
	return recording, nil
}

type harReader struct {
	file string
	data []byte
}

func (r *harReader) errorAt(offset int, where, format string, args ...any) *Error {
	line, column := position(r.data, offset)
	return &Error{File: r.file, Line: line, Column: column, Where: where, Problem: fmt.Sprintf(format, args...)}
}

// want returns the member of n, or an error where it is missing or of another
// type.
func (r *harReader) want(n *node, where, name string, k kind) (*node, *Error) {
	m := n.get(name)
	if m == nil {
		return nil, r.errorAt(n.offset, where, "no member %q, want %s", name, k)
	}
	if m.kind != k {
		return nil, r.errorAt(m.offset, where+"."+name, "%s, want %s", m.kind, k)
	}
	return m, nil
}

// may is want for a member that may be missing.
func (r *harReader) may(n *node, where, name string, k kind) (*node, *Error) {
	if n.get(name) == nil {
		return nil, nil
	}
	return r.want(n, where, name, k)
}

// text is the string a member holds, empty where there is none.
func (r *harReader) text(n *node, where, name string) (string, *Error) {
	m, err := r.may(n, where, name, jsonString)
	if m == nil || err != nil {
		return "", err
	}
	return m.text, nil
}

func (r *harReader) read(root *node, recording *Recording) error {
	if root.kind != jsonObject {
		return r.errorAt(root.offset, "", "not a HAR document: %s, want an object with a member \"log\"", root.kind)
	}
	log, err := r.want(root, "", "log", jsonObject)
	if err != nil {
		err.Where, err.Problem = "", "not a HAR document: "+err.Problem
		return err
	}
	if version := log.get("version"); version != nil && !strings.HasPrefix(version.text, "1.") {
		return r.errorAt(version.offset, "log.version", "HAR version %s, want 1.2", quote(version.text))
	}
	entries, err := r.want(log, "log", "entries", jsonArray)
	if err != nil {
		return err
	}
	if len(entries.items) == 0 {
		return r.errorAt(entries.offset, "log.entries", "empty, want at least one exchange")
	}
	if len(entries.items) > MaxExchanges {
		return r.errorAt(entries.offset, "log.entries", "%d entries, want at most %d", len(entries.items), MaxExchanges)
	}
	lines := lineCounter{data: r.data}
	for i, entry := range entries.items {
		where := "log.entries[" + strconv.Itoa(i) + "]"
		if entry.kind != jsonObject {
			return r.errorAt(entry.offset, where, "%s, want an object", entry.kind)
		}
		x, skip, err := r.entry(entry, where)
		if err != nil {
			return err
		}
		line := lines.at(entry.offset)
		if skip != "" {
			recording.Skipped = append(recording.Skipped, Skipped{Line: line, Reason: skip})
			continue
		}
		recording.Exchanges = append(recording.Exchanges, Exchange{Exchange: *x, Line: line})
	}
	if len(recording.Exchanges) == 0 {
		return r.errorAt(entries.offset, "log.entries", "none of %d entries is HTTP", len(entries.items))
	}
	return nil
}

// lineCounter counts lines up to growing offsets in one pass.
type lineCounter struct {
	data   []byte
	offset int
	lines  int
}

func (c *lineCounter) at(offset int) int {
	c.lines += bytes.Count(c.data[c.offset:offset], []byte("\n"))
	c.offset = offset
	return c.lines + 1
}

func (r *harReader) entry(entry *node, where string) (x *harness.Exchange, skip string, err *Error) {
	x = &harness.Exchange{}
	if x.Name, err = r.text(entry, where, "comment"); err != nil {
		return nil, "", err
	}
	started, err := r.may(entry, where, "startedDateTime", jsonString)
	if err != nil {
		return nil, "", err
	}
	if started != nil {
		if x.At, err = r.time(started, where+".startedDateTime"); err != nil {
			return nil, "", err
		}
	}
	request, err := r.want(entry, where, "request", jsonObject)
	if err != nil {
		return nil, "", err
	}
	method, skip, err := r.request(request, where+".request", x)
	if err != nil || skip != "" {
		return nil, skip, err
	}
	response, err := r.want(entry, where, "response", jsonObject)
	if err != nil {
		return nil, "", err
	}
	return x, "", r.response(response, where+".response", method, x)
}

// time reads an ISO 8601 date with its offset. Some writers leave the colon out
// of the offset.
func (r *harReader) time(n *node, where string) (time.Time, *Error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, n.text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, r.errorAt(n.offset, where, "time %s, want one like \"2026-03-01T12:00:00.250Z\"", quote(n.text))
}

func (r *harReader) request(n *node, where string, x *harness.Exchange) (method, skip string, err *Error) {
	name, err := r.want(n, where, "method", jsonString)
	if err != nil {
		return "", "", err
	}
	if !isToken(name.text) {
		return "", "", r.errorAt(name.offset, where+".method", "%s, want a method such as \"GET\"", quote(name.text))
	}
	url, err := r.want(n, where, "url", jsonString)
	if err != nil {
		return "", "", err
	}
	t, skip, problem := splitURL(url.text)
	if problem != "" {
		return "", "", r.errorAt(url.offset, where+".url", "%s", problem)
	}
	if skip != "" {
		return "", skip, nil
	}
	t.method = name.text
	if x.Protocol, err = r.protocol(n, where); err != nil {
		return "", "", err
	}
	fields, err := r.headers(n, where, true)
	if err != nil {
		return "", "", err
	}
	if _, recorded := first(fields, "cookie"); !recorded {
		cookie, err := r.cookies(n, where)
		if err != nil {
			return "", "", err
		}
		if cookie != "" {
			fields = append(fields, harness.Header{Name: "cookie", Value: cookie})
		}
	}
	body, boundary, err := r.postData(n, where, fields)
	if err != nil {
		return "", "", err
	}
	if boundary != "" {
		for i := range fields {
			if fields[i].Name == "content-type" {
				fields[i].Value += "; boundary=" + boundary
			}
		}
	}
	_, coded := first(fields, "transfer-encoding")
	m := &x.Request
	m.Headers = requestHeaders(x.Protocol, t, fields)
	if value, recorded := first(m.Headers, ":method"); recorded {
		t.method = value
	}
	if coded && x.Protocol != http2 {
		m.Headers = remove(m.Headers, "content-length")
	} else {
		m.Headers = setContentLength(m.Headers, len(body), len(body) > 0 && x.Protocol != http2)
	}
	if len(body) > 0 {
		m.Body = [][]byte{body}
	}
	return t.method, "", nil
}

func (r *harReader) protocol(n *node, where string) (string, *Error) {
	version, err := r.text(n, where, "httpVersion")
	if err != nil {
		return "", err
	}
	protocol, ok := parseProtocol(version)
	if !ok {
		return "", r.errorAt(n.get("httpVersion").offset, where+".httpVersion", "%s, want HTTP/1.1, HTTP/2 or HTTP/3", quote(version))
	}
	return protocol, nil
}

// splitURL takes a url apart without changing a byte of it. HAR leaves fragments
// out, so that a "#" is one that was sent; it stays. skip is the reason to pass
// over what is no HTTP.
func splitURL(url string) (t target, skip, problem string) {
	scheme, rest, _ := strings.Cut(url, ":")
	scheme = strings.ToLower(scheme)
	slashes := strings.HasPrefix(rest, "//")
	// A name and a port ("localhost:8080/x") look like a scheme, too.
	isScheme := isToken(scheme) && (slashes || rest != "" && (rest[0] < '0' || rest[0] > '9'))
	switch {
	case slashes && (scheme == "http" || scheme == "ws"):
		t.scheme = "http"
	case slashes && (scheme == "https" || scheme == "wss"):
		t.scheme = "https"
	case isScheme && scheme != "http" && scheme != "https":
		return t, "url of scheme " + quote(scheme), ""
	default:
		return t, "", fmt.Sprintf("%s, want an absolute url", quote(url))
	}
	rest = rest[len("//"):]
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	t.authority, t.path = rest[:end], rest[end:]
	// User and password are for the client, which does not send them.
	if at := strings.LastIndexByte(t.authority, '@'); at >= 0 {
		t.authority = t.authority[at+1:]
	}
	if t.authority == "" {
		return t, "", fmt.Sprintf("%s, want a host in the url", quote(url))
	}
	if !strings.HasPrefix(t.path, "/") {
		t.path = "/" + t.path
	}
	if i := strings.IndexAny(t.path+t.authority, "\x00\r\n"); i >= 0 {
		return t, "", "line break or NUL in the url, which no request can hold"
	}
	return t, "", ""
}

// headers reads a list of header fields. Browsers write fields of one name as
// one entry, with line feeds between the values.
func (r *harReader) headers(n *node, where string, pseudo bool) ([]harness.Header, *Error) {
	list, err := r.may(n, where, "headers", jsonArray)
	if list == nil || err != nil {
		return nil, err
	}
	var fields []harness.Header
	for i, item := range list.items {
		at := where + ".headers[" + strconv.Itoa(i) + "]"
		if item.kind != jsonObject {
			return nil, r.errorAt(item.offset, at, "%s, want an object", item.kind)
		}
		name, err := r.want(item, at, "name", jsonString)
		if err != nil {
			return nil, err
		}
		value, err := r.text(item, at, "value")
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(value, "\n") {
			f, err := field(name.text, line, pseudo)
			if err != nil {
				return nil, r.errorAt(item.offset, at, "%s", err)
			}
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// cookies makes a Cookie header of a request's cookies, for writers that list
// them only there (RFC 6265, Section 4.2.1).
func (r *harReader) cookies(n *node, where string) (string, *Error) {
	list, err := r.may(n, where, "cookies", jsonArray)
	if list == nil || err != nil {
		return "", err
	}
	var pairs []string
	for i, item := range list.items {
		at := where + ".cookies[" + strconv.Itoa(i) + "]"
		if item.kind != jsonObject {
			return "", r.errorAt(item.offset, at, "%s, want an object", item.kind)
		}
		name, err := r.want(item, at, "name", jsonString)
		if err != nil {
			return "", err
		}
		value, err := r.text(item, at, "value")
		if err != nil {
			return "", err
		}
		pair, fault := field("cookie", name.text+"="+value, false)
		if fault != nil {
			return "", r.errorAt(item.offset, at, "%s", fault)
		}
		pairs = append(pairs, pair.Value)
	}
	return strings.Join(pairs, "; "), nil
}

func (r *harReader) response(n *node, where, method string, x *harness.Exchange) *Error {
	m := &x.Response
	status, err := r.want(n, where, "status", jsonNumber)
	if err != nil {
		return err
	}
	code, fault := strconv.Atoi(status.text)
	if fault != nil || code != 0 && (code < 100 || code > 599) {
		return r.errorAt(status.offset, where+".status", "%s, want 100 to 599, or 0 for none", quote(status.text))
	}
	if x.UpstreamProtocol, err = r.protocol(n, where); err != nil {
		return err
	}
	fields, err := r.headers(n, where, true)
	if err != nil {
		return err
	}
	body, decoded, err := r.content(n, where)
	if err != nil {
		return err
	}
	if code == 0 {
		// The answer never came: aborted, blocked or failed.
		m.Reset = true
		return nil
	}
	m.Headers = responseHeaders(code, fields)
	if bodiless(method, code) {
		// Browsers record the cached body with a 304. Content-Length, if there is
		// one, tells what GET would have answered (RFC 9110, Section 8.6).
		return nil
	}
	if decoded {
		m.Headers = remove(m.Headers, "content-encoding")
	}
	if x.UpstreamProtocol == http2 {
		m.Headers = remove(m.Headers, "transfer-encoding")
	}
	if _, coded := first(m.Headers, "transfer-encoding"); coded {
		m.Headers = remove(m.Headers, "content-length")
	} else {
		m.Headers = setContentLength(m.Headers, len(body), false)
	}
	if len(body) > 0 {
		m.Body = [][]byte{body}
	}
	return nil
}

// bodiless reports whether a response has no body whatever its headers say
// (RFC 9112, Section 6.3).
func bodiless(method string, status int) bool {
	return method == "HEAD" || status < 200 || status == 204 || status == 304
}

// content reads the body of a response. decoded says that it stands there
// without the coding its Content-Encoding names, which is what HAR asks for:
// always for text, and for base64 unless the length is that of the wire or the
// first bytes are those of gzip or zstd.
func (r *harReader) content(n *node, where string) (body []byte, decoded bool, err *Error) {
	content, err := r.may(n, where, "content", jsonObject)
	if content == nil || err != nil {
		return nil, false, err
	}
	where += ".content"
	text, err := r.may(content, where, "text", jsonString)
	if text == nil || err != nil {
		return nil, false, err
	}
	body, coded, err := r.body(content, where, text)
	if err != nil || !coded {
		return body, true, err
	}
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd"} {
		if bytes.HasPrefix(body, []byte(magic)) {
			return body, false, nil
		}
	}
	wire := n.get("bodySize")
	return body, wire == nil || wire.text != strconv.Itoa(len(body)), nil
}

// body reads a text member and its encoding.
func (r *harReader) body(n *node, where string, text *node) (body []byte, coded bool, err *Error) {
	encoding, err := r.text(n, where, "encoding")
	if err != nil {
		return nil, false, err
	}
	switch strings.ToLower(encoding) {
	case "", "utf-8", "utf8":
		return []byte(text.text), false, nil
	case "base64":
		body, fault := decodeBase64(text.text)
		if fault != nil {
			return nil, false, r.errorAt(text.offset, where+".text", "%s", fault)
		}
		return body, true, nil
	}
	return nil, false, r.errorAt(n.get("encoding").offset, where+".encoding", "%s, want \"base64\" or none", quote(encoding))
}

// decodeBase64 reads base64 (RFC 4648, Section 4), lines broken or not, padded
// or not.
func decodeBase64(s string) ([]byte, error) {
	s = strings.Join(strings.Fields(s), "")
	body, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil, fmt.Errorf("not base64: %w", err)
	}
	if !utf8.ValidString(s) || strings.Count(s, "=") > 2 {
		return nil, fmt.Errorf("not base64: too much padding")
	}
	return body, nil
}
