package host

import (
	"encoding/hex"
	"math/rand/v2"

	"gatehouse/plugins/internal/policy"
)

// maxIncidentID is longer than any request id that proxies make (a UUID has 36
// characters).
const maxIncidentID = 64

// incidentID returns the request's x-request-id, which Envoy makes for a request
// that has none and writes to its access log, so that event, answer and access
// log name the request alike. Where it is missing, holds anything but letters,
// digits, "-" and "_", or is data of a kind that events hide, the answer is 16 random
// hexadecimal digits.
func (p *Plugin) incidentID(headers policy.Headers) string {
	if id, ok := headers.First("x-request-id"); ok && len(id) > 0 && len(id) <= maxIncidentID && plain(id) && (isUUID(id) || p.redactor.Clean(id)) {
		return id
	}
	var id [8]byte
	n := rand.Uint64()
	for i := range id {
		id[i] = byte(n >> (8 * i))
	}
	return hex.EncodeToString(id[:])
}

// isUUID tells whether an id is a UUID as it is written (RFC 9562, Section 4), as most
// are: nothing else needs to be looked for in it.
func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if (c|0x20 < 'a' || c|0x20 > 'f') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
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
