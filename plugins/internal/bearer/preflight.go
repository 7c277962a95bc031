package bearer

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// IsPreflight reports whether a request is a CORS-preflight request (Fetch
// standard, Sections 3.2.2 and 4.8): OPTIONS with one Origin and one
// Access-Control-Request-Method. Browsers send it without a token before they send
// the request with one, and have neither credentials nor a body in it: what has is
// no preflight.
//
// See https://fetch.spec.whatwg.org/#cors-preflight-request
func IsPreflight(headers policy.Headers) bool {
	options, origins, methods := false, 0, 0
	for i := range headers {
		value := headers[i].Value
		switch headers[i].Name {
		case ":method":
			options = value == "OPTIONS"
		case "origin":
			origins++
			if value == "" || strings.ContainsAny(value, " \t,") {
				return false
			}
		case "access-control-request-method":
			methods++
			if !policy.IsToken(value) {
				return false
			}
		case "authorization", "proxy-authorization", "cookie", "transfer-encoding":
			return false
		case "content-length":
			if value != "0" {
				return false
			}
		}
	}
	return options && origins == 1 && methods == 1
}
