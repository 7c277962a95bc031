package detect

// Bounds of a private key in text form.
const (
	// maxKey is how long a key may be: RSA of 16384 bits takes 12.7 KB. A longer one
	// is found up to there.
	maxKey = 16 << 10
	// maxKeyLabel is how long the words between BEGIN and the hyphens may be.
	maxKeyLabel = 64
	// minKeyBody is how many bytes make a key.
	minKeyBody = 16
)

// privateKey finds keys between lines of BEGIN and END, line ends written as "\n"
// included. A key that is cut off is found up to where it stops looking like one.
var privateKey = detector{
	Info: Info{
		Kind: "private_key", Title: "private key in PEM form", Group: "secret",
		Example: "-----BEGIN " + "PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END " + "PRIVATE KEY-----",
		Source:  "RFC 7468, Sections 10, 11 and 13; RFC 4716, Section 3.2 for the form of SSH2",
	},
	triggers: []trigger{
		{prev: "-", at: "-", next: "B"},
		{prev: "-", at: " ", next: "B"},
	},
	back: "-", before: 4,
	longest: maxKey,
	find:    findPrivateKey,
}

func findPrivateKey(v *view, at int) (start, end int, confidence uint8) {
	// "-----BEGIN" or "---- BEGIN", with the anchor before the B.
	start = at - 4
	if start < 0 {
		return 0, 0, 0
	}
	for i := start; i < at; i++ {
		if v.text[i] != '-' {
			return 0, 0, 0
		}
	}
	i := keyLabel(v, at+1, "BEGIN")
	if i == 0 {
		return 0, 0, 0
	}
	body, hyphens := i, 0
	for ; i < v.stop; i++ {
		c := v.text[i]
		if c == '-' {
			if hyphens++; hyphens == 4 {
				next := i + 1
				if v.at(next) == '-' || v.at(next) == ' ' {
					next++
				}
				if e := keyLabel(v, next, "END"); e > 0 {
					if i-body < minKeyBody {
						return 0, 0, 0
					}
					return start, e, 100
				}
				if v.at(next) == 'B' {
					// Another one begins before this one ends.
					break
				}
			}
			continue
		}
		hyphens = 0
		if !keyByte(c) {
			break
		}
	}
	if v.at(i); v.more {
		return 0, 0, 0
	}
	end = i
	for end > body && (v.text[end-1] == '-' || v.text[end-1] == ' ' || v.text[end-1] == '\n') {
		end--
	}
	if end-body < minKeyBody {
		return 0, 0, 0
	}
	return start, end, 90
}

// keyLabel returns where a line ends that says word, then the label of a private
// key, then hyphens; 0 if it is none.
func keyLabel(v *view, i int, word string) (end int) {
	for n := 0; n < len(word); n++ {
		if v.at(i+n) != word[n] {
			return 0
		}
	}
	i += len(word)
	start := i
	for i-start < maxKeyLabel {
		c := v.at(i)
		if c != ' ' && c != '_' && (c < 'A' || c > 'Z') && !isDigit(c) {
			break
		}
		i++
	}
	label := i
	if label > start && v.text[label-1] == ' ' {
		label-- // "PRIVATE KEY ----"
	}
	if !hasBefore(v, label, start, "PRIVATE KEY") && !hasBefore(v, label, start, "PRIVATE KEY BLOCK") {
		return 0
	}
	end = i
	for end-i < 5 && v.at(end) == '-' {
		end++
	}
	if end-i < 4 {
		return 0
	}
	return end
}

// hasBefore tells whether s ends at end and does not begin before start.
func hasBefore(v *view, end, start int, s string) bool {
	if end-len(s) < start {
		return false
	}
	for n := 0; n < len(s); n++ {
		if v.text[end-len(s)+n] != s[n] {
			return false
		}
	}
	return true
}

// keyByte tells whether a byte may stand between BEGIN and END: base64, white
// space, also escaped, and headers (RFC 1421, Section 4.6; RFC 4880, Section 6.2).
func keyByte(c byte) bool {
	switch c {
	case '+', '/', '=', ' ', '\n', '\r', '\t', '\\', ':', ',', '.', '(', ')', '@', '_', '#':
		return true
	}
	return isAlnum(c)
}
