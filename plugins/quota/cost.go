package quota

import (
	"strconv"

	"gatehouse/plugins/internal/policy"
)

// costOf is what a request costs a limit, as far as its headers say.
func (s *inspection) costOf(r *rule) int64 {
	if !r.routeCost {
		return 1 // one failure, one at a time, and of bytes at least one
	}
	c := &r.cost
	n := c.Fixed
	if c.Header != "" {
		n = s.costInHeader(c)
	}
	// Both are at most a million million: the bound comes before the product.
	n = min(n, c.Most) * s.route.cost
	if c.BytesPerUnit > 0 && s.settles.announced > 0 {
		n += units(s.settles.announced, c.BytesPerUnit)
	}
	return min(n, c.Most)
}

// costInHeader is what a header of the request says it costs. One that says it in
// another form, or twice, costs as much as there may be.
func (s *inspection) costInHeader(c *Cost) int64 {
	values := 0
	n := c.Fixed
	for i := range s.request.Headers {
		if h := &s.request.Headers[i]; h.Name == string(c.Header) {
			values++
			var ok bool
			if n, ok = number(h.Value); !ok || values > 1 {
				n = c.Most
			}
		}
	}
	return n
}

// number reads a whole number of up to 15 digits.
func number(text string) (int64, bool) {
	if text == "" || len(text) > 15 {
		return 0, false
	}
	n := int64(0)
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(text[i]-'0')
	}
	return n, true
}

// units is how many units so many bytes are, rounded up.
func units(bytes, perUnit int64) int64 { return (bytes + perUnit - 1) / perUnit }

// contentLength is what the headers say of the length of a body, -1 if they do not.
func contentLength(headers policy.Headers) int64 {
	text, ok := headers.First("content-length")
	if !ok {
		return -1
	}
	n, err := strconv.ParseInt(text, 10, 62)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
