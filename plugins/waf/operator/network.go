package operator

import (
	"net/netip"
	"strings"

	"gatehouse/plugins/waf/transform"
)

// networks is ipMatch, ipMatchFromFile and ipMatchFromDataset: a value matches if
// it is an address in one of the networks.
type networks []netip.Prefix

// newNetworks reads lists of addresses and networks separated by commas. What is
// neither is skipped.
func newNetworks(lists ...string) networks {
	var all networks
	for _, list := range lists {
		for entry := range strings.SplitSeq(list, ",") {
			if p, ok := network(strings.TrimSpace(entry)); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// network reads "address" or "address/bits".
func network(entry string) (netip.Prefix, bool) {
	text, mask, ok := strings.Cut(entry, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if ok {
		if bits = maskBits(mask, bits); bits < 0 {
			return netip.Prefix{}, false
		}
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}, false
	}
	// An IPv4-mapped network is one of IPv4 addresses.
	if p.Addr().Is4In6() && bits >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), bits-96)
	}
	return p, true
}

// maskBits reads the number of bits of a network, which may begin with zeros, or
// returns -1.
func maskBits(s string, max int) int {
	if s == "" {
		return -1
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		if n = 10*n + int(s[i]-'0'); n > max {
			return -1
		}
	}
	return n
}

func (n networks) Match(value, _ string) bool {
	addr, err := netip.ParseAddr(value)
	if err != nil || addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	for _, p := range n {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// requires: every address has a dot or a colon.
func (n networks) requires() (*transform.ByteSet, int) {
	return &transform.ByteSet{1<<'.' | 1<<':'}, len("::")
}
