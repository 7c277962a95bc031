package address

import (
	"net/netip"
	"slices"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// sourcePath leads to what Envoy takes for the client's address.
var sourcePath = []string{"source", "address"}

// Reader finds addresses. It is not changed by use.
type Reader struct {
	hops     int
	proxies  []Range
	header   string
	read     func(entry string) (netip.Addr, bool)
	ipv4Bits int
	ipv6Bits int
}

// New returns a reader by a configuration.
func New(c *Config) *Reader {
	r := &Reader{hops: c.TrustedHops, proxies: c.TrustedProxies, header: c.Header, read: parse, ipv4Bits: c.IPv4Prefix, ipv6Bits: c.IPv6Prefix}
	if c.Header == "forwarded" {
		r.read = forwarded
	}
	return r
}

// Client returns the address of a request's client, an IPv4 address always as one
// and without a zone, and false where it is unknown: the connection is none of IP.
// What a proxy that is trusted should have written and cannot be read makes the
// connection's address the client's.
func (r *Reader) Client(q *policy.Request) (netip.Addr, bool) {
	value, _ := q.Attribute(sourcePath...)
	source, ok := parse(string(value))
	if !ok {
		return netip.Addr{}, false
	}
	switch {
	case r.hops > 0:
		return r.counted(q.Headers, source), true
	case r.proxies != nil && r.trusts(source):
		return r.untrusted(q.Headers, source), true
	}
	return source, true
}

// Prefix returns what of an address tells clients apart.
func (r *Reader) Prefix(a netip.Addr) netip.Prefix {
	bits := r.ipv6Bits
	if a.Is4() {
		bits = r.ipv4Bits
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func (r *Reader) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(r.proxies, func(p Range) bool { return p.Contains(a) })
}

// counted returns the entry that is as many from the right as there are hops.
func (r *Reader) counted(headers policy.Headers, source netip.Addr) netip.Addr {
	n := 0
	found := source
	r.fromTheRight(headers, func(entry string) bool {
		if n++; n < r.hops {
			return true
		}
		if a, ok := r.read(entry); ok {
			found = a
		}
		return false
	})
	return found
}

// untrusted returns the first entry from the right that is no trusted proxy's, or
// the leftmost.
func (r *Reader) untrusted(headers policy.Headers, source netip.Addr) netip.Addr {
	found := source
	r.fromTheRight(headers, func(entry string) bool {
		a, ok := r.read(entry)
		if !ok {
			found = source
			return false
		}
		found = a
		return r.trusts(a)
	})
	return found
}

// fromTheRight visits the entries of the header until visit returns false: those of
// the last field first, and of each the last first. Empty entries are entries:
// nobody who is trusted writes one, and who counts from the right must not skip
// what others count.
func (r *Reader) fromTheRight(headers policy.Headers, visit func(entry string) bool) {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Name != r.header {
			continue
		}
		rest := headers[i].Value
		for more := true; more; {
			entry := rest
			if at := strings.LastIndexByte(rest, ','); at >= 0 {
				rest, entry = rest[:at], rest[at+1:]
			} else {
				more = false
			}
			if !visit(strings.Trim(entry, " \t")) {
				return
			}
		}
	}
}
