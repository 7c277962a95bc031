package bearer

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/problem"
)

// Metadata describes a protected resource, as RFC 9728, Section 2 has it. Members
// that are not configured are not in the document.
type Metadata struct {
	// Identifier of the resource, a URL that begins with "https://" and has neither
	// query nor fragment. "{host}" in place of its host stands for the host that a
	// request is for. Clients compare it with the URL that they use. Required.
	Resource ResourceURL `json:"resource" config:"required"`
	// Issuers of tokens for the resource, each the identifier of an authorization
	// server (RFC 8414, Section 2). Default: none. Optional.
	AuthorizationServers []URL `json:"authorization_servers" config:"minitems=1,maxitems=64"`
	// Where the resource's own keys are, those that it signs with. Optional.
	JWKSURI URL `json:"jwks_uri"`
	// Scopes that clients may ask for. Default: none. Optional.
	ScopesSupported []string `json:"scopes_supported" config:"minitems=1,maxitems=1024,minlen=1,maxlen=256,unique"`
	// How clients may send a token: "header", "body", "query". Default "header".
	// Optional.
	BearerMethodsSupported []string `json:"bearer_methods_supported" config:"default=header,enum=header|body|query,unique"`
	// Algorithms that the resource signs its answers with. Optional.
	ResourceSigningAlgorithms []string `json:"resource_signing_alg_values_supported" config:"minitems=1,maxitems=64,minlen=1,maxlen=64,unique"`
	// Name of the resource for people. Optional.
	ResourceName string `json:"resource_name" config:"minlen=1,maxlen=256"`
	// Where developers read about the resource. Optional.
	ResourceDocumentation URL `json:"resource_documentation"`
	// Where people read what clients may do with the resource's data. Optional.
	ResourcePolicyURI URL `json:"resource_policy_uri"`
	// Where people read the terms of service. Optional.
	ResourceTOSURI URL `json:"resource_tos_uri"`
	// Whether tokens are bound to the client's certificate (RFC 8705, Section 3).
	// Default false, which is left out of the document. Optional.
	TLSClientCertificateBoundAccessTokens bool `json:"tls_client_certificate_bound_access_tokens"`
	// Types of authorization details that clients may ask for (RFC 9396). Optional.
	AuthorizationDetailsTypesSupported []string `json:"authorization_details_types_supported" config:"minitems=1,maxitems=64,minlen=1,maxlen=256,unique"`
	// Signature algorithms of DPoP proofs that are accepted (RFC 9449). Optional.
	DPoPSigningAlgorithms []string `json:"dpop_signing_alg_values_supported" config:"minitems=1,maxitems=64,minlen=1,maxlen=64,unique"`
	// Whether tokens must be bound to a DPoP key (RFC 9449). Default false, which is
	// left out of the document. Optional.
	DPoPBoundAccessTokensRequired bool `json:"dpop_bound_access_tokens_required"`
	// How long clients and caches may keep the document. Default "1h". Optional.
	MaxAge config.Duration `json:"max_age" config:"default=1h,maximum=7d"`
}

// URL is a URL that begins with "https://". "http://" is accepted for the client's
// own machine: "localhost", "127.0.0.1" and "[::1]".
//
//schema:is {"type":"string","maxLength":2048,"pattern":"^(https://[A-Za-z0-9._:\\[\\]-]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)([/?][!#-;=?-\\[\\]_a-z~]*)?$"}
type URL string

// UnmarshalConfig reads the URL.
func (u *URL) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if _, _, _, ok := cutURL(text, false); v.Kind() != config.String || !ok || len(text) > 2048 {
		return v.Errorf(`want a URL that begins with "https://"`)
	}
	*u = URL(text)
	return nil
}

// ResourceURL is the identifier of a resource (RFC 9728, Section 1.2): a [URL]
// without query and fragment, whose host may be "{host}".
//
//schema:is {"type":"string","maxLength":2048,"pattern":"^(https://([A-Za-z0-9._:\\[\\]-]+|\\{host\\})|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)(/[!$-;=@-\\[\\]_a-z~]*)?$"}
type ResourceURL string

// UnmarshalConfig reads the URL.
func (u *ResourceURL) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if _, _, path, ok := cutURL(text, true); v.Kind() != config.String || !ok || len(text) > 2048 || strings.ContainsAny(path, "?#") {
		return v.Errorf(`want a URL that begins with "https://", without query and fragment`)
	}
	*u = ResourceURL(text)
	return nil
}

// anyHost stands for the host of a request.
const anyHost = "{host}"

// cutURL takes a URL apart, and tells whether it is one that can stand in a header
// and in a document as it is.
func cutURL(text string, any bool) (scheme, host, path string, ok bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, path = rest[:end], rest[end:]
	switch {
	case !ok || strings.HasPrefix(path, "#"):
		return "", "", "", false
	case scheme == "https" && (isHost(host) || any && host == anyHost):
	case scheme == "http" && isLoopback(host):
	default:
		return "", "", "", false
	}
	for i := 0; i < len(path); i++ {
		// RFC 3986, Appendix A: pchar, "/", "?" and "#"
		if c := path[i]; c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return "", "", "", false
		}
	}
	return scheme, host, path, true
}

// isHost reports whether s is made of what hosts and ports are.
func isHost(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte(".-_:[]", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 255
}

func isLoopback(host string) bool {
	for _, name := range [...]string{"localhost", "127.0.0.1", "[::1]"} {
		if port, ok := strings.CutPrefix(host, name); ok {
			return port == "" || len(port) > 1 && len(port) <= 6 && port[0] == ':' && strings.Trim(port[1:], "0123456789") == ""
		}
	}
	return false
}

// wellKnown is where the document is. RFC 9728, Section 3.
const wellKnown = "/.well-known/oauth-protected-resource"

// Resource is a protected resource that can tell about itself.
type Resource struct {
	scheme, host string
	// path is that of the resource, and well that of the document.
	path, well string
	// members are those behind the resource's identifier.
	members string
	cache   string
}

// NewResource makes a Resource of a decoded configuration.
func NewResource(c *Metadata) *Resource {
	scheme, host, path, _ := cutURL(string(c.Resource), true)
	// RFC 9728, Section 3.1: a slash that ends the identifier right behind the host
	// is removed before the path of the document is inserted.
	inserted := path
	if path == "/" {
		inserted = ""
	}
	return &Resource{
		scheme:  scheme,
		host:    host,
		path:    path,
		well:    wellKnown + inserted,
		members: c.members(),
		cache:   "public, max-age=" + strconv.FormatInt(int64(c.MaxAge.Std().Seconds()), 10),
	}
}

// MetadataURL is where the document is, for Refusal.ResourceMetadata. It is empty if
// it depends on the host of a request that has none that could be written.
func (r *Resource) MetadataURL(headers policy.Headers) string {
	if host, ok := r.hostOf(headers); ok {
		return r.scheme + "://" + host + r.well
	}
	return ""
}

func (r *Resource) hostOf(headers policy.Headers) (string, bool) {
	if r.host != anyHost {
		return r.host, true
	}
	host, _ := headers.First(":authority")
	return strings.ToLower(host), isHost(host)
}

// Answer returns the answer to a request for the document, and false to any other.
// Nobody needs a token for it, and scripts of any origin may read it.
func (r *Resource) Answer(headers policy.Headers) (policy.Response, bool) {
	path, _ := headers.First(":path")
	if path, _, _ = strings.Cut(path, "?"); path != r.well {
		return policy.Response{}, false
	}
	form := problem.FormOf(headers)
	host, ok := r.hostOf(headers)
	if !ok {
		return problem.Answer(form, 400, "Bad Request", "the request has no host", ""), true
	}
	shared := policy.Header{Name: "access-control-allow-origin", Value: "*"}
	switch method, _ := headers.First(":method"); method {
	case "GET", "HEAD":
		response := policy.Response{Status: 200, Headers: policy.Headers{
			{Name: "content-type", Value: "application/json"}, // RFC 9728, Section 3.2
			{Name: "cache-control", Value: r.cache},
			shared,
		}}
		if method == "GET" {
			body := append(make([]byte, 0, 64+len(host)+len(r.path)+len(r.members)), `{"resource":`...)
			body = appendText(body, r.scheme+"://"+host+r.path)
			response.Body = append(body, r.members...)
		}
		return response, true
	case "OPTIONS":
		return policy.Response{Status: 204, Headers: policy.Headers{
			shared,
			{Name: "access-control-allow-methods", Value: "GET, HEAD"},
			{Name: "access-control-allow-headers", Value: "*"},
			{Name: "access-control-max-age", Value: "3600"},
			{Name: "allow", Value: "GET, HEAD, OPTIONS"},
		}}, true
	}
	response := problem.Answer(form, 405, "Method Not Allowed", "", "")
	response.Headers = append(response.Headers, policy.Header{Name: "allow", Value: "GET, HEAD, OPTIONS"})
	return response, true
}

// members returns the document from behind the identifier to its end. RFC 9728,
// Section 3.2: a member without a value is left out.
func (c *Metadata) members() string {
	servers := make([]string, len(c.AuthorizationServers))
	for i := range servers {
		servers[i] = string(c.AuthorizationServers[i])
	}
	var d document
	d.texts("authorization_servers", servers)
	d.text("jwks_uri", string(c.JWKSURI))
	d.texts("scopes_supported", c.ScopesSupported)
	d.texts("bearer_methods_supported", c.BearerMethodsSupported)
	d.texts("resource_signing_alg_values_supported", c.ResourceSigningAlgorithms)
	d.text("resource_name", c.ResourceName)
	d.text("resource_documentation", string(c.ResourceDocumentation))
	d.text("resource_policy_uri", string(c.ResourcePolicyURI))
	d.text("resource_tos_uri", string(c.ResourceTOSURI))
	d.yes("tls_client_certificate_bound_access_tokens", c.TLSClientCertificateBoundAccessTokens)
	d.texts("authorization_details_types_supported", c.AuthorizationDetailsTypesSupported)
	d.texts("dpop_signing_alg_values_supported", c.DPoPSigningAlgorithms)
	d.yes("dpop_bound_access_tokens_required", c.DPoPBoundAccessTokensRequired)
	return string(d) + "}\n"
}

// document is JSON to which members are added. Its methods are no closures, because
// those are compiled into each of their calls: 30 KB, for what runs once.
type document []byte

func (d *document) name(name string) { *d = append(append(append(*d, `,"`...), name...), `":`...) }

func (d *document) text(name, value string) {
	if value != "" {
		d.name(name)
		*d = appendText(*d, value)
	}
}

func (d *document) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	d.name(name)
	for i, value := range values {
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		*d = appendText(append(*d, separator), value)
	}
	*d = append(*d, ']')
}

func (d *document) yes(name string, value bool) {
	if value {
		d.name(name)
		*d = append(*d, "true"...)
	}
}

// appendText appends a string of a configuration, which is UTF-8, as JSON.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
