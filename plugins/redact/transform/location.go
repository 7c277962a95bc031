package transform

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// PostcodeConfig is how much of a postcode is told.
type PostcodeConfig struct {
	// Keep is how many letters and digits at the beginning stay, 1 to 8. Required.
	Keep int
	// Pad is written for each letter or digit after them, "*" or "0". Default '*'.
	Pad byte
	// Rare are beginnings of Keep letters and digits in which few people live, in
	// capitals: zeros are written for them. Default: none. See [RareZIP].
	Rare []string
}

// RareZIP returns the first three digits of the United States' ZIP codes where
// 20,000 people live or fewer, by the census of 2000, as the Department of Health and
// Human Services lists them in its guidance on 45 CFR 164.514(b)(2)(i)(B) of 26
// November 2012.
func RareZIP() []string {
	return []string{"036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893"}
}

// postcode is [NewPostcode].
type postcode struct {
	opaque
	PostcodeConfig
}

// NewPostcode returns the transform of a postcode to its beginning: "12345-6789" to
// "123**-****", "SW1A 1AA" to "SW1A ***". Spaces and hyphens stay. A postcode with no
// more letters and digits than are kept is hidden whole.
func NewPostcode(c PostcodeConfig) (Transform, error) {
	if c.Pad == 0 {
		c.Pad = '*'
	}
	switch {
	case c.Keep < 1 || c.Keep > 8:
		return nil, errors.New("keep: " + strconv.Itoa(c.Keep) + ", want 1 to 8")
	case c.Pad != '*' && c.Pad != '0':
		return nil, errors.New(`pad: want "*" or "0"`)
	}
	for i, rare := range c.Rare {
		if len(rare) != c.Keep || strings.ContainsFunc(rare, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
			return nil, fmt.Errorf("rare[%d]: %q, want %d capitals and digits", i, rare, c.Keep)
		}
	}
	c.Rare = slices.Clone(c.Rare)
	return &postcode{"postcode", c}, nil
}

// Apply appends the beginning of the postcode.
func (p *postcode) Apply(dst, value []byte, _ string) ([]byte, error) {
	var first [8]byte
	count := 0
	for _, c := range value {
		switch {
		case alphanumeric(c) || c == p.Pad:
			if count < p.Keep {
				if c >= 'a' && c <= 'z' {
					c -= 'a' - 'A'
				}
				first[count] = c
			}
			count++
		case c != ' ' && c != '-':
			return dst, FaultAlphabet
		}
	}
	keep := p.Keep
	if count <= keep {
		keep = 0
	}
	rare := slices.ContainsFunc(p.Rare, func(rare string) bool { return rare == string(first[:keep]) })
	n := 0
	for _, c := range value {
		if c == ' ' || c == '-' {
			dst = append(dst, c)
			continue
		}
		switch {
		case n >= keep:
			c = p.Pad
		case rare:
			c = '0'
		}
		dst = append(dst, c)
		n++
	}
	return dst, nil
}

// AddressConfig is how much of an IP address is told.
type AddressConfig struct {
	// IPv4 is how many bits of an IPv4 address stay, 1 to 31. Default 24.
	IPv4 int
	// IPv6 is how many bits of an IPv6 address stay, 1 to 127. Default 48.
	IPv6 int
}

// address is [NewAddress].
type address struct {
	opaque
	AddressConfig
}

// NewAddress returns the transform of an IP address to the first of its network:
// "192.0.2.129" to "192.0.2.0". The bits of an IPv4 address that is written as an IPv6
// one ("::ffff:192.0.2.129") are those for IPv4. A zone is left out.
func NewAddress(c AddressConfig) (Transform, error) {
	if c.IPv4 == 0 {
		c.IPv4 = 24
	}
	if c.IPv6 == 0 {
		c.IPv6 = 48
	}
	switch {
	case c.IPv4 < 1 || c.IPv4 > 31:
		return nil, errors.New("ipv4: " + strconv.Itoa(c.IPv4) + ", want 1 to 31 bits")
	case c.IPv6 < 1 || c.IPv6 > 127:
		return nil, errors.New("ipv6: " + strconv.Itoa(c.IPv6) + ", want 1 to 127 bits")
	}
	return &address{"address", c}, nil
}

// Apply appends the first address of the network that the address is in.
func (a *address) Apply(dst, value []byte, _ string) ([]byte, error) {
	ip, ok := readIPv4(value)
	if !ok {
		const most = 64 // longer than any address
		if len(value) > most {
			return dst, FaultAddress
		}
		var err error
		if ip, err = netip.ParseAddr(string(value)); err != nil {
			return dst, FaultAddress
		}
		ip = ip.WithZone("")
	}
	bits := a.IPv6
	if ip.Unmap().Is4() {
		bits = a.IPv4
	}
	network, err := ip.Unmap().Prefix(bits)
	if err != nil {
		return dst, FaultAddress
	}
	first := network.Addr()
	if ip.Is4In6() {
		first = netip.AddrFrom16(first.As16())
	}
	return first.AppendTo(dst), nil
}

// readIPv4 reads what netip.ParseAddr takes for an IPv4 address, without its copy of
// the text.
func readIPv4(text []byte) (netip.Addr, bool) {
	var octets [4]byte
	for i := range octets {
		n := 0
		for n < len(text) && text[n] != '.' {
			n++
		}
		octet := digits(text[:n])
		if n == 0 || n > 3 || octet < 0 || octet > 255 || n > 1 && text[0] == '0' || (n < len(text)) != (i < 3) {
			return netip.Addr{}, false
		}
		octets[i] = byte(octet)
		text = text[min(n+1, len(text)):]
	}
	return netip.AddrFrom4(octets), true
}

// CoordinateConfig is how exactly a coordinate is told.
type CoordinateConfig struct {
	// Decimals is how many digits after the point stay, 0 to 6. In degrees of
	// latitude 0 are cells of 111 km, 1 of 11 km, 2 of 1.1 km, 3 of 111 m. Default 0.
	Decimals int
}

// coordinate is [NewCoordinate].
type coordinate struct {
	opaque
	CoordinateConfig
}

// NewCoordinate returns the transform of a coordinate in decimal degrees to one with
// fewer digits after the point: "52.520008" to "52.52". They are cut off, not
// rounded. A latitude and a longitude with spaces, a comma or a semicolon between
// them are one value: "52.520008,13.404954". A number beyond 180 is no coordinate.
func NewCoordinate(c CoordinateConfig) (Transform, error) {
	if c.Decimals < 0 || c.Decimals > 6 {
		return nil, errors.New("decimals: " + strconv.Itoa(c.Decimals) + ", want 0 to 6")
	}
	return &coordinate{"coordinate", c}, nil
}

// Apply appends the coordinates with fewer digits.
func (c *coordinate) Apply(dst, value []byte, _ string) ([]byte, error) {
	start := len(dst)
	numbers := 0
	for i := 0; i < len(value); {
		if value[i] == ' ' || value[i] == ',' || value[i] == ';' {
			dst = append(dst, value[i])
			i++
			continue
		}
		n, keep := decimal(value[i:], c.Decimals)
		if n == 0 {
			return dst[:start], FaultNumber
		}
		dst = append(dst, value[i:i+keep]...)
		i += n
		numbers++
	}
	if numbers == 0 || numbers > 2 {
		return dst[:start], FaultNumber
	}
	return dst, nil
}

// decimal is the length of the decimal number that text begins with, up to a
// separator or the end, and how much of it has no more than some decimals. The length
// is 0 if there is none.
func decimal(text []byte, decimals int) (n, keep int) {
	if text[0] == '-' || text[0] == '+' {
		n++
	}
	first := n
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	if n == first || n-first > 3 || digits(text[first:n]) > 180 {
		return 0, 0
	}
	keep = n
	if n < len(text) && text[n] == '.' {
		n++
		point := n
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		if n == point {
			return 0, 0
		}
		if decimals > 0 {
			keep = min(n, point+decimals)
		}
	}
	if n < len(text) && text[n] != ' ' && text[n] != ',' && text[n] != ';' {
		return 0, 0
	}
	return n, keep
}
