package jwtaudience

import (
	"strings"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// cache remembers tokens whose signature was good, and compares them whole: they are
// found by the last characters of the signature, which takes less than to hash all of
// it. What depends on time, route or lists is judged on every use.
//
// Only tokens that an issuer signed come in, so that nobody without such tokens
// can push others out. What was not used since the hand passed last goes first
// (the clock algorithm).
type cache struct {
	at      map[string]int
	entries []entry
	hand    int
}

// entry is a token and what was read of it.
type entry struct {
	token  string
	signed *verified
	used   bool
}

// verified is what is known of a token whose signature was good.
type verified struct {
	issuer *issuer
	// keys is the set that it was verified with: with another one it has to be
	// verified again, since its key may be gone.
	keys     *jose.KeySet
	header   jose.Header
	claims   *jose.Claims
	payload  string // of which claims are a view
	identity policy.Identity
	property policy.Property
	headers  policy.Headers // that the upstream is given
	// introspected says that the issuer was asked, and has judged type and end.
	introspected bool
	confirmation
}

// maxCachedBytes bounds the tokens of a cache, by entry: four times what common
// ones take.
const maxCachedBytes = 4 << 10

func newCache(entries int) *cache {
	return &cache{at: make(map[string]int, entries), entries: make([]entry, 0, entries)}
}

// tail is what a token is found by. Whoever guesses at a signature has to have all of
// it right before anything is compared.
func tail(token string) string { return token[max(len(token)-tailSize, 0):] }

const tailSize = 16

// find returns what is known of a token, nil if nothing is.
func (c *cache) find(token string) *verified {
	if i, ok := c.at[tail(token)]; ok && c.entries[i].token == token {
		c.entries[i].used = true
		return c.entries[i].signed
	}
	return nil
}

// add remembers a token. It shares no memory with the request.
func (c *cache) add(token string, v *verified) {
	if cap(c.entries) == 0 || len(token) > maxCachedBytes {
		return
	}
	token = strings.Clone(token)
	if i, ok := c.at[tail(token)]; ok {
		c.replace(i, token, v)
		return
	}
	if len(c.entries) < cap(c.entries) {
		c.entries = append(c.entries, entry{})
		c.replace(len(c.entries)-1, token, v)
		return
	}
	for c.entries[c.hand].used {
		c.entries[c.hand].used = false
		c.hand = (c.hand + 1) % len(c.entries)
	}
	delete(c.at, tail(c.entries[c.hand].token))
	c.replace(c.hand, token, v)
	c.hand = (c.hand + 1) % len(c.entries)
}

// replace puts a token in the place of another, whose tail is its own or gone.
func (c *cache) replace(i int, token string, v *verified) {
	// The key must not keep the token before alive.
	delete(c.at, tail(token))
	c.entries[i] = entry{token: token, signed: v}
	c.at[tail(token)] = i
}
