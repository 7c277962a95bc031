package traffic

import (
	"fmt"
	"strconv"
	"strings"

	"gatehouse/harness"
)

// The protocols a message is recorded over, as far as they change what a filter
// sees: Envoy hands HTTP/3 to filters as it does HTTP/2.
const (
	http10 = "HTTP/1.0"
	http11 = "HTTP/1.1"
	http2  = "HTTP/2"
)

// parseProtocol reads an HTTP version as browsers, proxies and people write it:
// "HTTP/1.1", "http/2.0", "h2", "h3-29".
func parseProtocol(version string) (protocol string, ok bool) {
	v := strings.ToLower(version)
	switch {
	case v == "", v == "unknown", v == "http/1.1":
		return http11, true
	case v == "http/1.0":
		return http10, true
	case v == "http/2", v == "http/2.0", v == "h2", v == "h2c", v == "http/3", v == "http/3.0", v == "h3", strings.HasPrefix(v, "h3-"), v == "quic":
		return http2, true
	}
	return "", false
}

// target is what a request line or the url of a HAR entry says.
type target struct {
	method    string
	scheme    string
	authority string
	path      string // as it is written, with its query
	// absolute says that the request line itself held scheme and authority, which
	// then win over the Host header (RFC 9112, Section 3.2.2).
	absolute bool
}

// requestHeaders makes the header map that Envoy's codec and connection manager
// make of a request, in their order:
//
//   - pseudo-header fields first, for HTTP/1 ":authority", ":path", ":method",
//     ":scheme" (an absolute request target puts ":scheme" second), for HTTP/2 as
//     recorded, or ":method", ":path", ":scheme", ":authority";
//   - names in lower case, values without the white space around them;
//   - Host becomes ":authority", several joined by commas;
//   - Connection and what it names, Upgrade, Keep-Alive, Proxy-Connection and
//     Transfer-Encoding are gone, unless the request asks for an upgrade, which
//     keeps the first two; of TE only "trailers" stays; "Expect: 100-continue" is
//     answered and gone;
//   - in HTTP/2, several Cookie fields are one, at the end.
//
// Tried with Envoy 1.40. What the connection manager adds (x-request-id and
// others) is the harness's to add.
func requestHeaders(protocol string, t target, fields []harness.Header) []harness.Header {
	pseudo := map[string]string{":method": t.method, ":path": t.path, ":scheme": t.scheme, ":authority": t.authority}
	order := []string{":authority", ":path", ":method", ":scheme"}
	if t.absolute && t.path != "" {
		order = []string{":authority", ":scheme", ":path", ":method"}
	}
	if protocol == http2 {
		order = []string{":method", ":path", ":scheme", ":authority"}
	}
	var recorded, hosts []string
	recordedSet := map[string]bool{}
	for _, f := range fields {
		if strings.HasPrefix(f.Name, ":") && !recordedSet[f.Name] {
			recorded = append(recorded, f.Name)
			recordedSet[f.Name] = true
			pseudo[f.Name] = f.Value
		}
		if f.Name == "host" {
			hosts = append(hosts, f.Value)
		}
	}
	if len(hosts) > 0 && !recordedSet[":authority"] && !t.absolute {
		pseudo[":authority"] = strings.Join(hosts, ",")
	}
	if len(recorded) > 0 {
		for _, name := range order {
			if !recordedSet[name] {
				recorded = append(recorded, name)
			}
		}
		order = recorded
	}

	headers := make([]harness.Header, 0, len(fields)+4)
	for _, name := range order {
		if value := pseudo[name]; value != "" {
			headers = append(headers, harness.Header{Name: name, Value: value})
		}
	}
	upgrade := isUpgrade(fields)
	named := nominated(fields)
	var cookies []string
	for _, f := range fields {
		switch f.Name {
		case "host", "keep-alive", "proxy-connection", "transfer-encoding":
			continue
		case "connection", "upgrade":
			if !upgrade {
				continue
			}
		case "te":
			if !hasToken(f.Value, "trailers") {
				continue
			}
			f.Value = "trailers"
		case "expect":
			if strings.EqualFold(f.Value, "100-continue") {
				continue
			}
		case "cookie":
			cookies = append(cookies, f.Value)
		default:
			if strings.HasPrefix(f.Name, ":") || !upgrade && named[f.Name] {
				continue
			}
		}
		headers = append(headers, f)
	}
	if protocol == http2 && len(cookies) > 1 {
		kept := headers[:0]
		for _, h := range headers {
			if h.Name != "cookie" {
				kept = append(kept, h)
			}
		}
		headers = append(kept, harness.Header{Name: "cookie", Value: strings.Join(cookies, "; ")})
	}
	return headers
}

// responseHeaders makes the header map that Envoy's codec makes of an upstream's
// response: ":status" first, names in lower case, Keep-Alive gone. The other
// fields of the connection still pass the filters; the connection manager takes
// them off behind them. Tried with Envoy 1.40.
func responseHeaders(status int, fields []harness.Header) []harness.Header {
	headers := make([]harness.Header, 0, len(fields)+1)
	headers = append(headers, harness.Header{Name: ":status", Value: strconv.Itoa(status)})
	for _, f := range fields {
		if f.Name == "keep-alive" || strings.HasPrefix(f.Name, ":") {
			continue
		}
		headers = append(headers, f)
	}
	return headers
}

// field checks one header field and returns it as Envoy holds it. Pseudo-header
// fields are let through only where the caller says so.
func field(name, value string, pseudo bool) (harness.Header, error) {
	token := name
	if pseudo {
		token = strings.TrimPrefix(name, ":")
	}
	if !isToken(token) {
		return harness.Header{}, fmt.Errorf("header name %s, want a token (RFC 9110, Section 5.6.2)", quote(name))
	}
	value = strings.Trim(value, " \t")
	if i := strings.IndexAny(value, "\x00\r\n"); i >= 0 {
		return harness.Header{}, fmt.Errorf("value of header %s: byte 0x%02x, which no header value can hold", quote(name), value[i])
	}
	return harness.Header{Name: strings.ToLower(name), Value: value}, nil
}

// quote quotes a bounded piece of input for an error.
func quote(s string) string {
	if len(s) > 60 {
		return strconv.Quote(s[:57]) + "…"
	}
	return strconv.Quote(s)
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// hasToken reports whether a comma-separated list has the token, whatever its
// case, with or without a weight.
func hasToken(list, token string) bool {
	for _, item := range strings.Split(list, ",") {
		item, _, _ = strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(item), token) {
			return true
		}
	}
	return false
}

// isUpgrade reports whether a request asks to change the protocol, in Envoy's
// way of telling: both fields, and not the upgrade to HTTP/2 alone, which Envoy
// ignores.
func isUpgrade(fields []harness.Header) bool {
	var asks, names bool
	for _, f := range fields {
		switch f.Name {
		case "connection":
			asks = asks || hasToken(f.Value, "upgrade")
		case "upgrade":
			names = names || !strings.EqualFold(f.Value, "h2c")
		}
	}
	return asks && names
}

// nominated are the fields that Connection declares to end at this hop
// (RFC 9110, Section 7.6.1).
func nominated(fields []harness.Header) map[string]bool {
	named := map[string]bool{}
	for _, f := range fields {
		if f.Name != "connection" {
			continue
		}
		for _, item := range strings.Split(f.Value, ",") {
			named[strings.ToLower(strings.TrimSpace(item))] = true
		}
	}
	return named
}

// first returns the first value of name.
func first(headers []harness.Header, name string) (string, bool) {
	for i := range headers {
		if headers[i].Name == name {
			return headers[i].Value, true
		}
	}
	return "", false
}

// setContentLength makes a header map and the size of its body agree. A recorded
// length that says otherwise was that of another coding of the body, or of a
// body that was not recorded. With add, a length is appended where none is.
func setContentLength(headers []harness.Header, size int, add bool) []harness.Header {
	length := strconv.Itoa(size)
	found := false
	kept := headers[:0]
	for _, h := range headers {
		if h.Name == "content-length" {
			if found {
				continue
			}
			found = true
			h.Value = length
		}
		kept = append(kept, h)
	}
	if !found && add {
		kept = append(kept, harness.Header{Name: "content-length", Value: length})
	}
	return kept
}

// remove drops all fields of a name.
func remove(headers []harness.Header, name string) []harness.Header {
	kept := headers[:0]
	for _, h := range headers {
		if h.Name != name {
			kept = append(kept, h)
		}
	}
	return kept
}
