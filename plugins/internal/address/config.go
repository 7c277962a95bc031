package address

import (
	"net/netip"

	"gatehouse/plugins/internal/config"
)

// Config says what is taken for the address of a client. Without trusted_hops and
// trusted_proxies it is what Envoy takes for it (the attribute source.address), and
// header fields are not looked at.
type Config struct {
	// How many proxies have added an entry to the header by the time that the plugin
	// reads it: the address is that many entries from the right. An Envoy with
	// use_remote_address: true adds one itself, before the plugin, and counts. Too
	// small a number gives the address of a proxy, too large a number what the client
	// wrote. Default 0: the header is not looked at. Optional.
	TrustedHops int `json:"trusted_hops" config:"minimum=0,maximum=32"`
	// Address ranges of proxies that are trusted. If the connection comes from one,
	// the address is the first from the right in the header that is in none of the
	// ranges, or the leftmost. Envoy needs use_remote_address: true and no
	// xff_num_trusted_hops, so that source.address is where the connection comes
	// from. Default: the header is not looked at. Optional.
	TrustedProxies []Range `json:"trusted_proxies" config:"minitems=1,maxitems=256"`
	// Header with the addresses: "x-forwarded-for", or "forwarded" (RFC 7239).
	// Default "x-forwarded-for". Optional.
	Header string `json:"header" config:"default=x-forwarded-for,enum=x-forwarded-for|forwarded"`
	// How many bits of an IPv4 address tell clients apart. Default 32. Optional.
	IPv4Prefix int `json:"ipv4_prefix" config:"default=32,minimum=8,maximum=32"`
	// How many bits of an IPv6 address tell clients apart. Who has one IPv6 address
	// usually has all of a /64. Default 64. Optional.
	IPv6Prefix int `json:"ipv6_prefix" config:"default=64,minimum=16,maximum=128"`
}

// ValidateConfig refuses two ways to read a header, and a header that is not read.
func (c *Config) ValidateConfig(v config.Value) error {
	header := v.Field("header")
	switch {
	case c.TrustedHops > 0 && c.TrustedProxies != nil:
		return v.Field("trusted_proxies").Errorf("want trusted_hops or trusted_proxies, not both")
	case c.TrustedHops == 0 && c.TrustedProxies == nil && header.Present():
		return header.Errorf("no header is looked at without trusted_hops or trusted_proxies")
	}
	return nil
}

// Range is a range of addresses, "192.0.2.0/24" or "2001:db8::/32", or a single
// address. Bits behind the prefix are zero.
//
//schema:is {"type":"string","pattern":"^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"}
type Range struct{ prefix netip.Prefix }

// UnmarshalConfig reads the range.
func (r *Range) UnmarshalConfig(v config.Value) error {
	const want = `want a range of addresses such as "192.0.2.0/24" or "2001:db8::/32"`
	if v.Kind() != config.String {
		return v.Errorf("%s, got %s", want, v.Kind())
	}
	p, err := netip.ParsePrefix(v.Text())
	if a, single := netip.ParseAddr(v.Text()); single == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil:
		return v.Errorf("%s", want)
	case p.Addr().Is4In6():
		return v.Errorf("want an IPv4 address as one, without ::ffff:")
	case p != p.Masked():
		return v.Errorf("want zero bits behind the prefix, such as %s", p.Masked())
	}
	*r = Range{p}
	return nil
}

// Contains tells whether an address, as [Reader.Client] returns it, is in the range.
func (r *Range) Contains(a netip.Addr) bool { return r.prefix.Contains(a) }

// String returns the range.
func (r *Range) String() string { return r.prefix.String() }
