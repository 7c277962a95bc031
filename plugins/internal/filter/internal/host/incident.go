package host

import (
	"encoding/hex"
	"math/rand/v2"

	"gatehouse/plugins/internal/policy"
)

// maxIncidentID is longer than any request id that proxies make (a UUID has 36
// characters).
const maxIncidentID = 64

// IncidentID returns the request's x-request-id, which Envoy makes for a request
// that has none and writes to its access log, so that event, answer and access
// log name the request alike. Where it is missing or holds anything but letters,
// digits, "-" and "_", the answer is 16 random hexadecimal digits.
func IncidentID(headers policy.Headers) string {
	if id, ok := headers.First("x-request-id"); ok && len(id) > 0 && len(id) <= maxIncidentID && plain(id) {
		return id
	}
	var id [8]byte
	n := rand.Uint64()
	for i := range id {
		id[i] = byte(n >> (8 * i))
	}
	return hex.EncodeToString(id[:])
}

func plain(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
