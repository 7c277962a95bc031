package waftest

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
)

// outgoing is a request that go-ftw puts on the wire. It may be no HTTP at all.
type outgoing struct {
	method, uri, version string
	headers              [][2]string
	data                 []byte
	autocomplete         bool
}

// bytes is the message. Autocompletion adds what a client would: a Content-Type
// for data, percent-encoding for form data that has none, Connection and
// Content-Length. The line ends of multipart bodies become CRLF in any case.
func (m *outgoing) bytes() []byte {
	if len(m.data) > 0 && m.autocomplete {
		if !m.has("Content-Type") {
			m.headers = append(m.headers, [2]string{"Content-Type", "application/x-www-form-urlencoded"})
		}
		if m.any("Content-Type", func(v string) bool { return strings.EqualFold(v, "application/x-www-form-urlencoded") }) {
			m.data = encodeForm(m.data)
		}
	}
	if m.any("Content-Type", func(v string) bool { return strings.Contains(strings.ToLower(v), "multipart/form-data;") }) {
		m.data = bytes.ReplaceAll(m.data, []byte("\n"), []byte("\r\n"))
	}
	if m.autocomplete {
		if !m.has("Connection") {
			m.headers = append(m.headers, [2]string{"Connection", "close"})
		}
		if !m.has("Content-Length") && (len(m.data) > 0 || mayHaveBody(m.method)) {
			m.headers = append(m.headers, [2]string{"Content-Length", strconv.Itoa(len(m.data))})
		}
	}
	var b bytes.Buffer
	b.WriteString(m.method + " " + m.uri + " " + m.version + "\r\n")
	for _, h := range m.headers {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(m.data)
	return b.Bytes()
}

func (m *outgoing) has(name string) bool {
	return m.any(name, func(string) bool { return true })
}

func (m *outgoing) any(name string, holds func(value string) bool) bool {
	for _, h := range m.headers {
		if strings.EqualFold(h[0], name) && holds(h[1]) {
			return true
		}
	}
	return false
}

// mayHaveBody tells for which methods go-ftw sends Content-Length: 0. Its
// expression is ^POST|PUT|PATCH|DELETE$, so parts of longer words count.
func mayHaveBody(method string) bool {
	return strings.HasPrefix(method, "POST") || strings.Contains(method, "PUT") ||
		strings.Contains(method, "PATCH") || strings.HasSuffix(method, "DELETE")
}

// encodeForm percent-encodes the names and values of form data, unless decoding
// would change them or fail: then they are taken to be encoded already.
func encodeForm(data []byte) []byte {
	if decoded, err := url.QueryUnescape(string(data)); err != nil || decoded != string(data) {
		return data
	}
	var fields []string
	// go-ftw loses a "&" at the end.
	for field := range strings.SplitSeq(strings.TrimSuffix(string(data), "&"), "&") {
		name, value, found := strings.Cut(field, "=")
		field = url.QueryEscape(name)
		if found {
			field += "=" + url.QueryEscape(value)
		}
		fields = append(fields, field)
	}
	return []byte(strings.Join(fields, "&"))
}
