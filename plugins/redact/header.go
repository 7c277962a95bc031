package redact

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
)

// isMechanical tells whether a header field is one that HTTP and the proxy work with: no
// detector looks at it, since a find there would be a mistake that breaks the message.
func isMechanical(name string) bool {
	switch name {
	case "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "age", "allow", "alt-svc", "cache-control",
		"connection", "content-digest", "content-encoding", "content-length", "content-md5", "content-range", "content-type", "date", "digest",
		"etag", "expect", "expires", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive",
		"last-modified", "range", "repr-digest", "server", "strict-transport-security", "te", "traceparent", "tracestate", "trailer",
		"transfer-encoding", "upgrade", "vary", "via", "x-request-id":
		return true
	}
	return false
}

// credentials are header fields whose purpose is to carry a credential to whom it is
// for. Detectors of credentials leave them alone, others do not.
var credentials = []string{
	"authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info", "www-authenticate", "proxy-authenticate",
	"cookie", "set-cookie", "dpop", "x-forwarded-client-cert", "client-cert", "client-cert-chain",
}

// references are header fields that hold URIs, in which what stands in place of a find
// has to be percent-encoded.
var references = []string{"content-location", "link", "location", "referer", "refresh"}

// appendPercent appends a text percent-encoded (RFC 3986, Section 2.1), but for characters
// that may stand anywhere in a URI and asterisks.
func appendPercent(dst, text []byte) []byte {
	for _, c := range text {
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~*:", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = fmt.Appendf(dst, "%%%02X", c)
		}
	}
	return dst
}

// headers has the header fields of a message changed by the decision on them. It
// returns false if the message may not pass.
func (v *visitor) headers(headers policy.Headers, d *policy.Decision) bool {
	if len(v.rule.headers) == 0 && v.rule.set == nil {
		return true
	}
	for i := range headers {
		name := headers[i].Name
		if name == "" || name[0] == ':' || slices.ContainsFunc(headers[:i], func(h policy.Header) bool { return h.Name == name }) {
			continue
		}
		if !v.changes(headers[i:], d) {
			return false
		}
	}
	return true
}

// changes has the fields of the first header's name changed by the decision. A field may
// come several times: all of them are replaced if one is changed. It returns false if the
// message may not pass.
func (v *visitor) changes(headers policy.Headers, d *policy.Decision) bool {
	name, changed := headers[0].Name, false
	for i, h := range headers {
		if h.Name != name {
			continue
		}
		value, verdict := v.header(name, h.Value)
		if verdict == format.Block {
			return false
		}
		if verdict != format.Keep && !changed {
			changed = true
			d.RemoveHeaders = append(d.RemoveHeaders, name)
			for _, before := range headers[:i] {
				if before.Name == name {
					d.SetHeaders = append(d.SetHeaders, before)
				}
			}
		}
		if changed && verdict != format.Drop {
			d.SetHeaders = append(d.SetHeaders, policy.Header{Name: name, Value: value})
		}
	}
	return true
}

// header returns what becomes of a value: Keep, Replace, Drop or Block.
func (v *visitor) header(name, value string) (string, format.Verdict) {
	for _, h := range v.rule.headers {
		if name != h.name && !(h.prefix && strings.HasPrefix(name, h.name)) {
			continue
		}
		if v.open[h.target] {
			break
		}
		t := &v.rule.targets[h.target]
		v.touchHeader(t, name)
		switch t.verdict {
		case format.Splice:
			return fieldValue(v.transform(nil, t, []byte(value))), format.Replace
		case format.Block:
			return "", format.Block
		}
		return "", format.Drop
	}
	if v.rule.set == nil || isMechanical(name) {
		return value, format.Keep
	}
	return v.searchHeader(name, value)
}

func (v *visitor) searchHeader(name, value string) (string, format.Verdict) {
	v.text = append(v.text[:0], value...)
	v.spans = v.rule.set.FindPercent(v.spans[:0], v.text, detect.Context{Field: name, Pass: v.pass})
	if len(v.spans) == 0 {
		return value, format.Keep
	}
	credential := slices.Contains(credentials, name)
	var out []byte
	last := 0
	for _, span := range v.spans {
		at := v.rule.found[span.Kind]
		t := &v.rule.targets[at]
		if span.Confidence < t.least || v.open[at] || credential && t.secret || v.sealed(v.text, span) {
			continue
		}
		v.touchHeader(t, name)
		whole := span.Start == 0 && span.End == len(value)
		switch {
		case t.verdict == format.Block:
			return "", format.Block
		case whole && t.verdict != format.Splice:
			return "", format.Drop
		}
		out = append(out, value[last:span.Start]...)
		if t.verdict == format.Splice {
			found := []byte(value[span.Start:span.End])
			if slices.Contains(references, name) {
				out = appendPercent(out, v.transform(nil, t, found))
			} else {
				out = v.transform(out, t, found)
			}
		}
		last = span.End
	}
	if last == 0 {
		return value, format.Keep
	}
	return fieldValue(append(out, value[last:]...)), format.Replace
}

// touchHeader notes that a header field was changed.
func (v *visitor) touchHeader(t *target, name string) {
	v.count(t)
	v.path = v.path[:0]
	if isName([]byte(name)) {
		v.path = append(v.path, name...)
	} else {
		v.path = append(v.path, '*')
	}
	v.sightings.note(t, v.place, v.path)
}

// fieldValue makes a text one that a header field can have (RFC 9110, Section 5.5):
// control characters become spaces.
func fieldValue(text []byte) string {
	for i, c := range text {
		if c < ' ' && c != '\t' || c == 0x7f {
			text[i] = ' '
		}
	}
	return string(text)
}
