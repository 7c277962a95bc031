package detect

const (
	// maxToken is how long a token may be. A longer one is found up to there.
	maxToken = 16 << 10
	// maxHeader is how long its first part may be.
	maxHeader = 8 << 10
)

// jwt finds signed and encrypted tokens in their compact form: parts in base64url
// with dots between them, of which the first decodes to an object with "alg".
var jwt = detector{
	Info: Info{
		Kind: "jwt", Title: "JSON Web Token", Group: "secret",
		Example: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU",
		Source:  "RFC 7519; RFC 7515, Section 7.1; RFC 7516, Section 7.1",
	},
	triggers: []trigger{
		{at: "e", next: "y"}, // {" and what begins with a space
		{at: "e", next: "w"}, // { and a line end
	},
	longest: maxToken,
	find:    findJWT,
}

func findJWT(v *view, at int) (start, end int, confidence uint8) {
	// In base64 a "{" and a quote or space are ey and I to Z or A to H.
	if c := v.at(at + 2); c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
		return 0, 0, 0
	}
	// A token begins where base64url does: inside of a run of it there is none, which
	// also keeps the price of long runs down.
	if at > 0 && isBase64URL(v.text[at-1]) && !escapedSpace(v, at) && !percentBefore(v, at) {
		return 0, 0, 0
	}
	i := at
	for i-at < maxHeader && isBase64URL(v.at(i)) && i < v.stop {
		i++
	}
	if v.at(i) != '.' || !joseHeader(v, at, i) {
		return 0, 0, 0
	}
	parts := 1
	for v.at(i) == '.' && parts < 5 {
		j := i + 1
		for isBase64URL(v.at(j)) && j < v.stop {
			j++
		}
		if j == i+1 && parts == 1 && v.at(j) != '.' {
			// A payload may be detached, but not when nothing follows.
			return 0, 0, 0
		}
		i = j
		parts++
	}
	switch {
	case i-at >= maxToken:
		return at, i, 90 // the rest is beyond the bound
	case parts == 4:
		// A dot that ends a sentence, or something else behind a token.
		return at, i, 90
	case parts < 3:
		return 0, 0, 0
	}
	return at, trimDots(v, at, i), 99
}

// percentBefore tells whether a percent-encoded byte stands before i.
func percentBefore(v *view, i int) bool {
	return i > 2 && v.text[i-3] == '%' && isHex(v.text[i-2]) && isHex(v.text[i-1])
}

// trimDots leaves out dots at the end that do not end an empty signature.
func trimDots(v *view, start, end int) int {
	for end-1 > start && v.text[end-1] == '.' && v.text[end-2] == '.' {
		end--
	}
	return end
}

// joseHeader tells whether base64url decodes to what looks like an object with a
// member "alg": RFC 7515, Section 4.1.1.
func joseHeader(v *view, start, end int) bool {
	const key = `"alg"`
	var bits, n uint32
	matched, found := 0, false
	first, last := byte(0), byte(0)
	for i := start; i < end; i++ {
		bits = bits<<6 | uint32(base64Value(v.text[i]))
		if n += 6; n < 8 {
			continue
		}
		n -= 8
		c := byte(bits >> n)
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
		if first == 0 {
			first = c
		}
		if c > ' ' {
			last = c
		}
		switch {
		case found:
		case c == key[matched]:
			matched++
			found = matched == len(key)
		case c == key[0]:
			matched = 1
		default:
			matched = 0
		}
	}
	return found && first == '{' && last == '}'
}

func isBase64URL(c byte) bool { return isWord(c) || c == '-' }

func base64Value(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 26
	case c == '_':
		return 63
	case c >= 'A':
		return c - 'A'
	case c >= '0':
		return c - '0' + 52
	}
	return 62
}
