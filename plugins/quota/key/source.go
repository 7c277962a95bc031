package key

import (
	"slices"
	"strings"

	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/policy"
)

// Source is one part of a key. Of the client: "address"; "certificate:uri_san",
// "certificate:dns_san", "certificate:subject" or "certificate:fingerprint" of its
// certificate. Of the verified identity: "issuer", "subject", "client_id", "scope"
// (the set of its scopes) or "claim:PATH", as in "claim:tenant". Of the request:
// "header:NAME", "cookie:NAME", "query:NAME" (a parameter), "body:PATH" (a member of
// a JSON body, as in "body:account.id"), "path", "path_template" (that of the route
// that matched), "method" or "host". Of the proxy's own configuration: "route" or
// "virtual_host", their names.
//
//schema:is {"type":"string","maxLength":600,"pattern":"^(address|scope|issuer|subject|client_id|certificate:(uri_san|dns_san|subject|fingerprint)|(claim|header|cookie|query|body):.+|path|path_template|method|host|route|virtual_host)$"}
type Source struct {
	text string
	kind kind
	// name is that of a header, a cookie or a parameter.
	name string
	// claim and body are paths.
	claim *identity.Path
	body  *claim.Path
	// attribute leads to what the proxy knows.
	attribute []string
}

type kind uint8

const (
	addressKind kind = iota
	claimKind
	scopeKind
	issuerKind
	subjectKind
	clientKind
	certificateKind
	headerKind
	cookieKind
	queryKind
	bodyKind
	pathKind
	templateKind
	methodKind
	hostKind
	attributeKind
)

// form is how a source is written.
type form struct {
	word string
	kind kind
	// of is what follows the word and a colon, "" for nothing.
	of string
}

var forms = [...]form{
	{"address", addressKind, ""}, {"claim", claimKind, "<path>"}, {"scope", scopeKind, ""}, {"issuer", issuerKind, ""}, {"subject", subjectKind, ""},
	{"client_id", clientKind, ""}, {"certificate", certificateKind, "uri_san"}, {"header", headerKind, "<name>"}, {"cookie", cookieKind, "<name>"},
	{"query", queryKind, "<name>"}, {"body", bodyKind, "<path>"}, {"path", pathKind, ""}, {"path_template", templateKind, ""}, {"method", methodKind, ""},
	{"host", hostKind, ""}, {"route", attributeKind, ""}, {"virtual_host", attributeKind, ""},
}

func (f *form) String() string {
	if f.of != "" {
		return f.word + ":" + f.of
	}
	return f.word
}

// alias are words for sources that have another.
var aliases = [...][2]string{
	{"ip", "address"}, {"client_ip", "address"}, {"remote_address", "address"}, {"source_address", "address"}, {"iss", "issuer"}, {"sub", "subject"}, {"azp", "client_id"},
	{"jwt", "claim"}, {"san", "certificate"}, {"uri_san", "certificate"}, {"dns_san", "certificate"}, {"authority", "host"}, {"param", "query"}, {"template", "path_template"},
	{"route_name", "route"}, {"vhost", "virtual_host"},
}

// certificateParts are the attributes of a client's certificate.
var certificateParts = [...][2]string{
	{"uri_san", "uri_san_peer_certificate"}, {"dns_san", "dns_san_peer_certificate"}, {"subject", "subject_peer_certificate"}, {"fingerprint", "sha256_peer_certificate_digest"},
}

// maxName is the length of the longest name of a header, cookie or parameter.
const maxName = 256

// UnmarshalConfig reads the source.
func (s *Source) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.String {
		return v.Errorf(`want a source such as "address", got %s`, v.Kind())
	}
	parsed, fault := parse(v.Text())
	if fault != "" {
		return v.Errorf("%s", fault)
	}
	*s = parsed
	return nil
}

// Parse reads a source, or says what is wrong with it.
func Parse(text string) (*Source, error) {
	s, fault := parse(text)
	if fault != "" {
		return nil, config.Errorf("", "%s", fault)
	}
	return &s, nil
}

// parse reads a source, or says what is wrong with it.
func parse(text string) (s Source, fault string) {
	word, of, given := strings.Cut(text, ":")
	i := slices.IndexFunc(forms[:], func(f form) bool { return f.word == word })
	if i < 0 {
		return s, unknown(word)
	}
	f := &forms[i]
	switch {
	case f.of == "" && given:
		return s, `want "` + f.word + `" without a colon`
	case f.of != "" && of == "":
		return s, `want "` + f.String() + `"`
	}
	s = Source{text: text, kind: f.kind, name: of}
	return s, s.complete(f.word, of)
}

func unknown(word string) string {
	words := make([]string, len(forms))
	fault := "want a source: "
	for i := range forms {
		words[i] = forms[i].word
		if i > 0 {
			fault += ", "
		}
		fault += forms[i].String()
	}
	near := config.Suggest(word, words)
	for _, a := range aliases {
		if a[0] == word {
			near = a[1]
		}
	}
	if i := slices.Index(words, near); i >= 0 {
		fault += `; did you mean "` + forms[i].String() + `"?`
	}
	return fault
}

// complete reads what follows the word.
func (s *Source) complete(word, of string) (fault string) {
	var err error
	switch s.kind {
	case claimKind:
		if s.claim, err = identity.ParsePath(of); err != nil {
			return string(err.(identity.PathError))
		}
	case bodyKind:
		if s.body, err = claim.ParsePath(of); err != nil {
			return string(err.(claim.PathError))
		}
	case certificateKind:
		for _, part := range certificateParts {
			if part[0] == of {
				s.attribute = []string{"connection", part[1]}
				return ""
			}
		}
		return `want "certificate:uri_san", "certificate:dns_san", "certificate:subject" or "certificate:fingerprint"`
	case headerKind:
		s.name = strings.ToLower(of)
		switch s.name {
		case "host", ":authority":
			return `want "host" for the host`
		case ":path":
			return `want "path" for the path`
		case ":method":
			return `want "method" for the method`
		case "cookie":
			return `want "cookie:<name>" for a cookie`
		}
		if !isName(of) {
			return "want the name of a header after the colon"
		}
	case cookieKind:
		if !isName(of) {
			return "want the name of a cookie after the colon"
		}
	case queryKind:
		if len(of) > maxName {
			return "want the name of a query parameter after the colon"
		}
	case attributeKind:
		s.attribute = []string{"xds", "route_name"}
		if word == "virtual_host" {
			s.attribute[1] = "virtual_host_name"
		}
	}
	return ""
}

// isName tells whether a text can be the name of a header or a cookie (RFC 9110,
// Section 5.6.2; RFC 6265, Section 4.1.1).
func isName(s string) bool { return len(s) <= maxName && policy.IsToken(s) }

// String returns the source as it was written.
func (s *Source) String() string { return s.text }

// NeedsIdentity tells whether the source reads Input.Identity.
func (s *Source) NeedsIdentity() bool { return s.kind >= claimKind && s.kind <= clientKind }

// NeedsAddress tells whether the source reads Input.Address.
func (s *Source) NeedsAddress() bool { return s.kind == addressKind }

// NeedsTemplate tells whether the source reads Input.Template.
func (s *Source) NeedsTemplate() bool { return s.kind == templateKind }

// NeedsBody tells whether the source reads Input.Body.
func (s *Source) NeedsBody() bool { return s.kind == bodyKind }

// Verified tells whether no client can make up values: the address, the verified
// identity and certificate, and names from the configurations of proxy and plugin.
func (s *Source) Verified() bool {
	return s.kind <= certificateKind || s.kind == templateKind || s.kind == attributeKind
}
