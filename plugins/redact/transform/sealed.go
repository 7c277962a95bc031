package transform

import (
	"bytes"
	"encoding/base64"
)

// A sealed value says what it is and under which key it was made, so that keys can
// change and a value is not transformed twice:
//
//	kind ":" key id ":" base64url without padding
//
// Kinds are "psn" (pseudonym), "tok" (token) and "enc" (ciphertext).

// coding is base64url (RFC 4648, Section 5) without padding, of which there is one
// spelling for each value.
var coding = base64.RawURLEncoding.Strict()

// find returns which of the keys a value was made under and what follows its prefix.
func find[T any](keys []keyed[T], kind string, value []byte) (key *keyed[T], text []byte, fault Fault) {
	if !bytes.HasPrefix(value, []byte(kind)) {
		return nil, nil, FaultSealed
	}
	for i := range keys {
		if prefix := keys[i].prefix; len(value) > len(prefix) && string(value[:len(prefix)]) == prefix {
			return &keys[i], value[len(prefix):], ""
		}
	}
	return nil, nil, FaultKey
}

// decode appends what text is the coding of.
func decode(dst, text []byte) ([]byte, bool) {
	// The decoder skips line breaks.
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		return dst, false
	}
	decoded, err := coding.AppendDecode(dst, text)
	return decoded, err == nil
}

// reuse returns a buffer for the next call, unless it has become too big to keep.
func reuse(b []byte) []byte {
	const most = 16 << 10
	if cap(b) > most {
		return nil
	}
	return b[:0]
}
