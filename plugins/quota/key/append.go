package key

import (
	"net/netip"
	"strings"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Input is what sources read. What a source needs and is not there is missing. An
// Input is for one request.
type Input struct {
	// Request is the request. Required.
	Request *policy.Request
	// Identity is who it is from, nil if nobody verified that.
	Identity *identity.Identity
	// Address is what tells the client's address apart from others; not valid if it
	// is unknown.
	Address netip.Prefix
	// Path is the path as package match reads it, "" to read it here.
	Path string
	// Template is the template that the path was matched by, "" if by none.
	Template string
	// Body is the body, nil if there is none. A source that reads it copies it, for
	// others that do.
	Body []byte
	// BodyComplete says that Body is all of it. Of one that is not, whatever it holds,
	// every member is missing.
	BodyComplete bool

	// body is the Body once it was read.
	body      string
	bodyState bodyState
	// texts is memory for the texts of claims.
	texts [8]string
}

type bodyState uint8

const (
	bodyUnread bodyState = iota
	bodyRead
	bodyMalformed
)

// Paths of attributes.
var mtlsPath = []string{"connection", "mtls"}

// Append appends the source's value, at most MaxLen bytes. Whatever it appends for
// two requests, in any place of a key, is equal only if presence and value are.
func (s *Source) Append(dst []byte, in *Input) ([]byte, Presence) {
	switch s.kind {
	case addressKind:
		return appendAddress(dst, in.Address)
	case claimKind, scopeKind, issuerKind, subjectKind, clientKind:
		return s.identity(dst, in)
	case certificateKind:
		if mtls, ok := in.Request.Attribute(mtlsPath...); !ok || len(mtls) != 1 || mtls[0] != 1 {
			return append(dst, missingTag), Missing
		}
		return s.proxys(dst, in)
	case attributeKind:
		return s.proxys(dst, in)
	case templateKind:
		return present(dst, in.Template)
	case bodyKind:
		return s.member(dst, in)
	}
	value, presence := s.read(in)
	if presence == Malformed {
		return append(dst, malformedTag), Malformed
	}
	return present(dst, value)
}

// present appends a text, of which an empty one is missing.
func present(dst []byte, text string) ([]byte, Presence) {
	if text == "" {
		return append(dst, missingTag), Missing
	}
	return appendText(dst, text), Present
}

// proxys appends what the proxy knows.
func (s *Source) proxys(dst []byte, in *Input) ([]byte, Presence) {
	value, _ := in.Request.Attribute(s.attribute...)
	if len(value) == 0 || len(value) > maxText {
		return present(dst, string(value))
	}
	return append(append(dst, byte(len(value))), value...), Present
}

func appendAddress(dst []byte, p netip.Prefix) ([]byte, Presence) {
	if !p.IsValid() {
		return append(dst, missingTag), Missing
	}
	start := len(dst)
	dst = append(dst, 0)
	if p.IsSingleIP() {
		dst = p.Addr().AppendTo(dst)
	} else {
		dst = p.Masked().AppendTo(dst)
	}
	dst[start] = byte(len(dst) - start - 1)
	return dst, Present
}

// identity appends what the verified identity says.
func (s *Source) identity(dst []byte, in *Input) ([]byte, Presence) {
	who := in.Identity
	if who == nil {
		return append(dst, missingTag), Missing
	}
	switch s.kind {
	case issuerKind:
		return present(dst, who.Issuer)
	case subjectKind:
		return present(dst, who.Subject)
	case clientKind:
		return present(dst, who.ClientID)
	case claimKind:
		found := who.Scalars(s.claim, in.texts[:0])
		if found.Malformed {
			return append(dst, malformedTag), Malformed
		}
		return appendSet(dst, found.Texts)
	}
	scopes, ok := who.Scopes(in.texts[:0])
	if !ok {
		return append(dst, malformedTag), Malformed
	}
	return appendSet(dst, scopes)
}

// member appends a member of the body.
func (s *Source) member(dst []byte, in *Input) ([]byte, Presence) {
	if in.bodyState == bodyUnread && in.BodyComplete && len(in.Body) > 0 {
		in.body, in.bodyState = string(in.Body), bodyRead
		if _, err := jose.ParseObject(in.body); err != nil {
			in.bodyState = bodyMalformed
		}
	}
	switch in.bodyState {
	case bodyUnread:
		return append(dst, missingTag), Missing
	case bodyRead:
		if texts, ok := s.body.Texts(in.body, in.texts[:0]); ok {
			return appendSet(dst, texts)
		}
	}
	return append(dst, malformedTag), Malformed
}

// read returns what the head of the request says.
func (s *Source) read(in *Input) (string, Presence) {
	headers := in.Request.Headers
	switch s.kind {
	case headerKind:
		value, presence := single(headers, s.name)
		if presence == Present && (s.name == "authorization" || s.name == "proxy-authorization") {
			value = credentials(value)
		}
		return value, presence
	case cookieKind:
		return cookie(headers, s.name)
	case queryKind:
		target, presence := single(headers, ":path")
		if presence != Present {
			return "", presence
		}
		return parameter(target, s.name)
	case pathKind:
		return path(in)
	case methodKind:
		method, presence := single(headers, ":method")
		return strings.ToUpper(method), presence
	}
	return host(headers)
}

// single returns the value of a header that is there once, or more than once with
// equal values.
func single(headers policy.Headers, name string) (value string, presence Presence) {
	for i := range headers {
		switch {
		case headers[i].Name != name:
		case presence == Missing:
			value, presence = headers[i].Value, Present
		case headers[i].Value != value:
			return "", Malformed
		}
	}
	return value, presence
}

// credentials spells the scheme of credentials in one way: it has no case, and may
// have several spaces behind it (RFC 9110, Sections 11.1 and 11.4).
func credentials(value string) string {
	scheme, rest, ok := strings.Cut(strings.Trim(value, " \t"), " ")
	rest = strings.TrimLeft(rest, " \t")
	if lower := strings.ToLower(scheme); lower != scheme || !ok || len(lower)+1+len(rest) != len(value) {
		return lower + " " + rest
	}
	return value
}

func path(in *Input) (string, Presence) {
	if in.Path != "" {
		return in.Path, Present
	}
	target, presence := single(in.Request.Headers, ":path")
	if presence != Present || target == "*" {
		return target, presence
	}
	normal, form := match.Normalize(target, 0)
	if form != match.Unambiguous {
		return "", Malformed
	}
	return normal, Present
}

// host returns the host in its one spelling.
func host(headers policy.Headers) (string, Presence) {
	authority, presence := single(headers, ":authority")
	if presence != Present || authority == "" {
		return "", presence
	}
	name, ok := match.Hostname(authority)
	if !ok || name == "" {
		return "", Malformed
	}
	if name[0] == '[' {
		a, err := netip.ParseAddr(name[1 : len(name)-1])
		if err != nil {
			return "", Malformed
		}
		return a.String(), Present
	}
	return strings.ToLower(name), Present
}
