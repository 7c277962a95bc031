package introspect

import "time"

// key is the SHA-256 of a token. Tokens themselves are not kept: a table of keys has
// a bound, and tells nothing.
type key [32]byte

// cache remembers values by key in two generations. New ones go into the young one;
// when it is full it becomes the old one, whose values are forgotten unless they
// were used meanwhile. So it never holds more than twice what one generation may, and
// what is used often stays.
type cache[V any] struct {
	young, old map[key]remembered[V]
	// most is how many values a generation holds, and mostBytes how many bytes they
	// may have in all.
	most, mostBytes, bytes int
}

type remembered[V any] struct {
	value V
	bytes int
	until time.Time
}

// get returns a value that is still good at a time.
func (c *cache[V]) get(k key, now time.Time) (value V, ok bool) {
	r, ok := c.young[k]
	if !ok {
		if r, ok = c.old[k]; ok && now.Before(r.until) {
			c.put(k, r.value, r.bytes, r.until)
		}
	}
	if !ok || !now.Before(r.until) {
		return value, false
	}
	return r.value, true
}

// put remembers a value until a time. The bytes are those that it refers to.
func (c *cache[V]) put(k key, value V, bytes int, until time.Time) {
	if len(c.young) >= c.most || c.bytes+bytes > c.mostBytes {
		c.old, c.young, c.bytes = c.young, nil, 0
	}
	if c.young == nil {
		c.young = make(map[key]remembered[V])
	}
	c.bytes += bytes - c.young[k].bytes
	c.young[k] = remembered[V]{value, bytes, until}
}
