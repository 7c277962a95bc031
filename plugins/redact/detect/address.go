package detect

// ipv4 finds addresses in dotted decimal. Dotted numbers are versions and
// sections too: those with a version's words or marks around them are no finds.
// Addresses that are nobody's in particular (private, loopback, documentation and
// the like, RFC 6890) have less confidence than public ones.
var ipv4 = detector{
	Info: Info{
		Kind: "ipv4", Title: "IPv4 address", Group: "network", Example: "93.184.215.14",
		Source: "RFC 3986, Section 3.2.2 (IPv4address); RFC 6890",
	},
	triggers: []trigger{{prev: "0-9", at: ".", next: "0-9"}},
	back:     "0-9", before: 3,
	longest: len(".255.255.255") + 3,
	find:    findIPv4,
}

func findIPv4(v *view, at int) (start, end int, confidence uint8) {
	start = at - 1
	for start > 0 && at-start < 3 && isDigit(v.text[start-1]) {
		start--
	}
	var before byte = '\n'
	if start > 0 {
		before = v.text[start-1]
	}
	if isWord(before) && !escapedSpace(v, start) || before == '.' || before >= 0x80 && !spaceBefore(v, start) {
		return 0, 0, 0
	}
	end = octets(v, start)
	if end == 0 {
		return 0, 0, 0
	}
	switch after := v.at(end); {
	case isWord(after), after >= 0x80 && after < 0xc0,
		(after == '.' || after == '-' || after == '+') && isAlnum(v.at(end+1)) && !(after == '-' && isDigit(v.at(end+1))):
		return 0, 0, 0
	}
	if before == '-' && start > 1 && isAlnum(v.text[start-2]) && !isDigit(v.text[start-2]) {
		// "name-1.2.3.4", a file with its version
		return 0, 0, 0
	}
	if (before == '/' || before == ' ' || before == ':' || before == '=' || before == '"') && versionBefore(v, start-1, before) {
		return 0, 0, 0
	}
	confidence = ipv4Confidence(v, start, end)
	if confidence > 50 && versionNear(v, start) {
		confidence = 50
	}
	return start, end, confidence
}

// nearVersion is how far before a dotted number the word "version" is looked for.
const nearVersion = 32

// versionNear tells whether the word "version" stands before start, on the same line or
// before a colon at its end, and with neither a digit nor a word for an address between
// them: "the firmware version on the form reads 1.2.3.4".
func versionNear(v *view, start int) bool {
	const word = "version"
	for i := start; i > 0 && start-i < nearVersion; {
		i--
		switch c := v.text[i]; {
		case isDigit(c), c == '\n' && (i == 0 || v.text[i-1] != ':'):
			return false
		case !isLetter(c) || i > 0 && isLetter(v.text[i-1]):
		case hasPrefixFold(v, i, word):
			return true
		default:
			for _, address := range [...]string{"ip", "host", "addr", "server", "from", "client", "peer", "remote", "at "} {
				if hasPrefixFold(v, i, address) {
					return false
				}
			}
		}
	}
	return false
}

// octets returns where four numbers up to 255 with dots between them end, 0 if
// there are none at start.
func octets(v *view, start int) (end int) {
	i := start
	for n := 0; ; {
		first := v.at(i)
		if !isDigit(first) {
			return 0
		}
		number, digits := 0, 0
		for ; digits < 3 && isDigit(v.at(i)); digits++ {
			number = number*10 + int(v.at(i)-'0')
			i++
		}
		if number > 255 || digits > 1 && first == '0' || isDigit(v.at(i)) {
			return 0
		}
		if n++; n == 4 {
			return i
		}
		if v.at(i) != '.' {
			return 0
		}
		i++
	}
}

// escapedSpace tells whether the letter before i belongs to an escaped line end
// or tab, as in "\n10.0.0.1" written out.
func escapedSpace(v *view, i int) bool {
	return i > 1 && v.text[i-2] == '\\' && (v.text[i-1] == 'n' || v.text[i-1] == 't' || v.text[i-1] == 'r')
}

// spaceBefore tells whether a character beyond ASCII before i is no letter of
// Latin script: what may touch an address, such as punctuation and writing
// without spaces.
func spaceBefore(v *view, i int) bool {
	return i > 2 && v.text[i-1] < 0xc0 && v.text[i-3] >= 0xe2
}

// versionWords are what stands before a version number.
var versionWords = [...]string{"version", "ver", "v", "release", "build", "firmware", "revision", "rev", "rv", "section", "chapter", "clause", "assembly", "fileversion", "productversion", "assemblyversion", "versions", "upgrade", "driver"}

// versionBefore tells whether what stands before the delimiter at i says that a
// version follows: one of versionWords, or the name of a product and a slash.
func versionBefore(v *view, i int, delimiter byte) bool {
	end := i
	for end > 0 && i-end < 4 && (v.text[end-1] == ' ' || v.text[end-1] == ':' || v.text[end-1] == '=' || v.text[end-1] == '"' || v.text[end-1] == '.') {
		end--
	}
	start := wordBefore(v, end, 20)
	if start == end {
		return false
	}
	if delimiter == '/' {
		// "Chrome/120.0.0.0", but not a segment of a path
		return end == i && (start == 0 || v.text[start-1] != '/') && isLetter(v.text[start])
	}
	for _, w := range versionWords {
		if len(w) == end-start && hasPrefixFold(v, start, w) {
			// "v=" names a value.
			return len(w) > 1 || delimiter == ' '
		}
		// "app_version", "ro.build"
		if len(w) > 4 && len(w) < end-start && hasPrefixFold(v, end-len(w), w) {
			return true
		}
	}
	return false
}

func ipv4Confidence(v *view, start, end int) uint8 {
	var o [4]int
	n := 0
	for i := start; i < end; i++ {
		if c := v.text[i]; c == '.' {
			n++
		} else {
			o[n] = o[n]*10 + int(c-'0')
		}
	}
	switch {
	case o[0] == 0, o[0] == 127, o[0] >= 224: // this network, loopback, multicast and reserved
		return 40
	case o[0] < 10 && o[1] < 10 && o[2] < 10 && o[3] < 10: // as well a section of a text
		return 55
	case o[0] == 10, o[0] == 172 && o[1]&0xf0 == 16, o[0] == 192 && o[1] == 168, // private
		o[0] == 169 && o[1] == 254, o[0] == 100 && o[1]&0xc0 == 64, // link local, shared
		o[0] == 192 && o[1] == 0 && o[2] == 2, o[0] == 198 && o[1] == 51 && o[2] == 100, o[0] == 203 && o[1] == 0 && o[2] == 113: // documentation
		return 65
	}
	return 85
}

// ipv6 finds addresses in the forms of RFC 4291, Section 2.2, with an IPv4 address
// at the end too. A prefix length, a port and a zone are not part of a find.
var ipv6 = detector{
	Info: Info{
		Kind: "ipv6", Title: "IPv6 address", Group: "network", Example: "2001:db8::8a2e:370:7334",
		Source: "RFC 4291, Section 2.2; RFC 5952",
	},
	triggers: []trigger{
		{prev: "0-9A-Fa-f", at: ":", next: "0-9A-Fa-f:"},
		{prev: "^0-9A-Fa-f:", at: ":", next: ":"},
	},
	back: "0-9A-Fa-f", before: 4,
	longest: 48,
	find:    findIPv6,
}

func findIPv6(v *view, at int) (start, end int, confidence uint8) {
	start = at
	for start > 0 && at-start < 4 && isHex(v.text[start-1]) {
		start--
	}
	if start > 0 {
		switch before := v.text[start-1]; {
		case before == ':':
			// Behind a name and a colon an address may begin, behind a group not.
			if !nameBefore(v, start-1) {
				return 0, 0, 0
			}
		case isWord(before) && !escapedSpace(v, start), before == '.', before >= 0x80 && !spaceBefore(v, start):
			return 0, 0, 0
		}
	}
	end, count := ipv6Groups(v, start)
	if end == 0 {
		return 0, 0, 0
	}
	if after := v.at(end); isWord(after) || after >= 0x80 && after < 0xc0 || after == ':' && (isHex(v.at(end+1)) && count == 8 || v.at(end+1) == ':') || after == '.' && isDigit(v.at(end+1)) {
		return 0, 0, 0
	}
	digits := 0
	for i := start; i < end; i++ {
		if isDigit(v.text[i]) {
			digits++
		}
	}
	switch {
	case digits == 0 && count < 4:
		// "::" and names with a scope, "Abc::Def"
		return 0, 0, 0
	case count <= 2 && end-start <= 6:
		// loopback, slices, and names with a scope again
		return start, end, 40
	case hasPrefixFold(v, start, "fe8"), hasPrefixFold(v, start, "fc"), hasPrefixFold(v, start, "fd"), hasPrefixFold(v, start, "2001:db8:"):
		return start, end, 70
	}
	return start, end, 90
}

// nameBefore tells whether the word before i has a letter that is no hexadecimal
// digit.
func nameBefore(v *view, i int) bool {
	for n := 0; n < 16 && i > 0 && isWord(v.text[i-1]); n++ {
		i--
		if !isHex(v.text[i]) {
			return true
		}
	}
	return false
}

// ipv6Groups returns where an IPv6 address that begins at start ends, the longest that
// can be read, and how many groups it has written; end is 0 if there is none.
func ipv6Groups(v *view, start int) (end, count int) {
	i, n, gap := start, 0, false
	if v.at(i) == ':' {
		if v.at(i+1) != ':' {
			return 0, 0
		}
		gap = true
		i += 2
		end = i
	}
	for n < 8 {
		digits := 0
		for digits < 5 && isHex(v.at(i+digits)) {
			digits++
		}
		if digits == 0 || digits > 4 {
			break
		}
		if v.at(i+digits) == '.' && (n == 6 || gap && n < 6) {
			if e := octets(v, i); e > 0 {
				return e, n + 2
			}
		}
		i += digits
		if n++; n == 8 && !gap || gap && n < 8 {
			end, count = i, n
		}
		if v.at(i) != ':' {
			break
		}
		if v.at(i+1) == ':' {
			if gap || n > 7 {
				break
			}
			gap = true
			i += 2
			end, count = i, n
			continue
		}
		i++
	}
	return end, count
}

// mac finds addresses of network interfaces, 48 or 64 bits: pairs of digits with
// colons or hyphens, or groups of four with dots.
var mac = detector{
	Info: Info{
		Kind: "mac", Title: "MAC address", Group: "network", Example: "3c:22:fb:9a:41:07",
		Source: "IEEE 802, Section 8 (MAC addresses)",
	},
	triggers: []trigger{
		{prev: "0-9A-Fa-f", at: ":-", next: "0-9A-Fa-f"},
		{prev: "0-9A-Fa-f", at: ".", next: "0-9A-Fa-f"},
	},
	back: "0-9A-Fa-f", before: 4,
	longest: len(":00:00:00:00:00:00:00") + 3,
	find:    findMAC,
}

func findMAC(v *view, at int) (start, end int, confidence uint8) {
	separator := v.text[at]
	size := 2
	if separator == '.' {
		size = 4
	}
	start = at - size
	if start < 0 {
		return 0, 0, 0
	}
	if start > 0 {
		if before := v.text[start-1]; isWord(before) && !escapedSpace(v, start) || before == separator && !nameBefore(v, start-1) || before == '-' || before == '.' {
			return 0, 0, 0
		}
	}
	groups, digits, i := 0, 0, start
	for groups < 8 {
		for n := 0; n < size; n++ {
			c := v.at(i + n)
			if !isHex(c) {
				return 0, 0, 0
			}
			if c != '0' && c|0x20 != 'f' {
				digits++
			}
		}
		i += size
		groups++
		if v.at(i) != separator || !isHex(v.at(i+1)) {
			break
		}
		i++
	}
	if after := v.at(i); isWord(after) || groups*size != 12 && groups*size != 16 || after == separator && isHex(v.at(i+1)) {
		return 0, 0, 0
	}
	if digits == 0 {
		// unset or broadcast
		return start, i, 40
	}
	return start, i, 88
}
