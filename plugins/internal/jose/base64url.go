package jose

import (
	"encoding/base64"
	"strings"
)

// strict refuses non-zero unused bits in the last character.
var strict = base64.RawURLEncoding.Strict()

// decodeBase64URL decodes s as RFC 7515, Section 2 defines base64url: one
// octet string has one spelling. encoding/base64 skips CR and LF wherever they
// stand, so they are looked for first.
func decodeBase64URL(s string) ([]byte, error) {
	if strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 {
		return nil, ErrBase64
	}
	b, err := strict.DecodeString(s)
	if err != nil {
		return nil, ErrBase64
	}
	return b, nil
}
