package body

import "strings"

// URLEncoded reads a body of type application/x-www-form-urlencoded. Nothing in
// it is an error.
func URLEncoded(b string, lim Limits, r *Result) {
	r.form(b, lim.arguments())
	r.RequestBody = b
}

// Query reads the query string of a request target, without the "?", into Args.
func Query(raw string, lim Limits, r *Result) {
	r.form(raw, lim.arguments())
}

// Raw reads a body as it is.
func Raw(b string, r *Result) {
	r.RequestBody = b
}

// form reads name=value pairs between "&". A ";" separates nothing. Empty pairs
// are left out; a pair without "=" has an empty value.
func (r *Result) form(s string, limit int) {
	for s != "" {
		pair := s
		if i := strings.IndexByte(s, '&'); i >= 0 {
			pair, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		if pair == "" {
			continue
		}
		if len(r.Args) >= limit {
			r.ArgumentsTruncated = true
			return
		}
		name, value, _ := strings.Cut(pair, "=")
		r.Args = append(r.Args, Pair{r.unescape(name), r.unescape(value)})
	}
}

// unescape reads "+" as a space and "%" with two hexadecimal digits as a byte.
// Any other "%" stands for itself.
func (r *Result) unescape(s string) string {
	i := 0
	for i < len(s) && s[i] != '%' && s[i] != '+' {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(r.text.reserve(len(s)), s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 < len(s) {
				hi, lo := unhex(s[i+1]), unhex(s[i+2])
				if hi|lo < 16 {
					c = hi<<4 | lo
					i += 2
				}
			}
		}
		out = append(out, c)
	}
	return r.text.commit(out)
}

// unhex returns the value of a hexadecimal digit, 255 if it is none.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
