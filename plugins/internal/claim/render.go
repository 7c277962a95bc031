package claim

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxRendered is how long the value of a header field may get, in bytes.
const MaxRendered = 8 << 10

// Encoding is how a claim is written into a header field.
//
//schema:is {"type":"string","enum":["plain","base64url"]}
type Encoding uint8

const (
	// Plain writes a string as it is, and an array of strings, numbers and
	// booleans as a list with commas. Everything else is JSON in ASCII.
	Plain Encoding = iota
	// Base64URL writes the base64url encoding, without padding, of a string as it
	// is, and of everything else as JSON.
	Base64URL
)

// Rendering is what came of writing a claim.
type Rendering uint8

const (
	// Missing: there is no such claim, or it is null.
	Missing Rendering = iota
	// Rendered: the value is good for a header field.
	Rendered
	// Unfit: the claim is longer than MaxRendered, or its value would reach the
	// upstream as another one: with control characters or outside ASCII (RFC
	// 9110, Section 5.5), white space at an end, or an entry of a list that is
	// empty or holds a comma.
	Unfit
)

// Render returns the value of a header field for a claim, and an empty one
// unless it is Rendered.
func Render(claims string, path *Path, encoding Encoding) (string, Rendering) {
	var values []string
	size := 0
	ok := path.each(claims, func(raw string) bool {
		size += len(raw)
		values = append(values, raw)
		return path.many && size <= MaxRendered
	})
	switch {
	case !ok:
		return "", Unfit
	case !path.many && (len(values) == 0 || kindOf(values[0]) == nullKind):
		return "", Missing
	case path.many && len(values) == 0:
		return "", Missing
	case size > MaxRendered:
		return "", Unfit
	}
	raw := values[0]
	if path.many {
		raw = "[" + strings.Join(values, ",") + "]"
	}
	value, ok := render(raw, encoding)
	if !ok || len(value) > MaxRendered {
		return "", Unfit
	}
	return value, Rendered
}

func render(raw string, encoding Encoding) (string, bool) {
	if encoding == Base64URL {
		text, ok := raw, true
		if kindOf(raw) == stringKind {
			text, ok = unquote(raw)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(text)), ok
	}
	switch kindOf(raw) {
	case stringKind:
		text, ok := unquote(raw)
		return text, ok && fits(text)
	case numberKind, boolKind:
		return raw, fits(raw)
	case arrayKind:
		var list []string
		scalars, good := true, true
		ok := elements(raw, func(value string) bool {
			s, ok := scalarOf(value)
			if !ok {
				scalars = false
				return false
			}
			good = good && s.text != "" && fits(s.text) && strings.IndexByte(s.text, ',') < 0
			list = append(list, s.text)
			return true
		})
		if !ok {
			return "", false
		}
		if scalars {
			return strings.Join(list, ","), good
		}
	}
	text := ascii(raw)
	return text, fits(text)
}

// fits tells whether a text stays what it is as a header field.
func fits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return strings.Trim(text, " ") == text
}

// ascii writes JSON without the white space between its parts, and with every
// character outside ASCII as an escape.
func ascii(raw string) string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, len(raw)+len(raw)/2)
	quoted := false
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '"':
			quoted = !quoted
			b = append(b, c)
			i++
		case c == '\\' && i+1 < len(raw) && raw[i+1] < 0x7f && raw[i+1] >= ' ':
			b = append(b, c, raw[i+1])
			i += 2
		case c <= ' ' && !quoted:
			i++
		case c < ' ' || c >= 0x7f:
			r, n := utf8.DecodeRuneInString(raw[i:])
			i += n
			units := []rune{r}
			if r > 0xffff {
				high, low := utf16.EncodeRune(r)
				units = []rune{high, low}
			}
			for _, u := range units {
				b = append(b, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
			}
		default:
			b = append(b, c)
			i++
		}
	}
	return string(b)
}
