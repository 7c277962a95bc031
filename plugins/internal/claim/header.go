package claim

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// Header writes a claim into a header of the request. Whatever the client sent
// under that name must be removed from every request, those without a token
// included.
type Header struct {
	// Name of the request header, in any case. Required.
	Name HeaderName `json:"name" config:"required"`
	// Path of the claim in the syntax of gjson: "sub", "realm_access.roles". A dot
	// that is part of a name is escaped: "https://example\\.com/roles". Required.
	Claim Path `json:"claim" config:"required"`
	// How the claim is written. "plain": strings as they are, arrays as a list with
	// commas, objects and nested arrays as JSON; a value that could be taken for
	// another one as a header is left out. "base64url": strings as they are, others
	// as JSON, then encoded without padding. Default "plain". Optional.
	Encoding Encoding `json:"encoding" config:"default=plain"`
}

// Render returns the value of the header for the claims, see [Render].
func (h *Header) Render(claims string) (string, Rendering) {
	return Render(claims, &h.Claim, h.Encoding)
}

// UnmarshalConfig reads the word.
func (e *Encoding) UnmarshalConfig(v config.Value) error {
	word, err := config.Word(v, "plain", "base64url")
	*e = Plain
	if word == "base64url" {
		*e = Base64URL
	}
	return err
}

// HeaderName is the name of a header that a claim may be written into, kept in
// lower case.
//
//schema:is {"type":"string","minLength":1,"maxLength":128,"pattern":"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}
type HeaderName string

// reserved are headers that say how a message is read and where it goes (RFC
// 9110, Sections 7.2, 7.6.1 and 8.6, RFC 9113, Section 8.2.2).
var reserved = [...]string{"connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

// UnmarshalConfig reads the name.
func (h *HeaderName) UnmarshalConfig(v config.Value) error {
	text := strings.ToLower(v.Text())
	if v.Kind() != config.String || len(text) > 128 || !policy.IsToken(text) {
		return v.Errorf("want the name of a header")
	}
	for _, name := range reserved {
		if text == name {
			return v.Errorf("want a header that does not say how the message is read")
		}
	}
	*h = HeaderName(text)
	return nil
}
