package transform

// ByteSet is a set of bytes: the byte b is in it if bit b%64 of word b/64 is
// set.
type ByteSet [4]uint64

// Has tells whether b is in the set.
func (s *ByteSet) Has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// Intersects tells whether some byte is in both sets.
func (s *ByteSet) Intersects(t *ByteSet) bool {
	return s[0]&t[0]|s[1]&t[1]|s[2]&t[2]|s[3]&t[3] != 0
}

// Words of byte sets.
const (
	allBits = 1<<64 - 1
	// spaceBits and digitBits are of word 0: isspace of C, and 0 to 9.
	spaceBits = 1<<'\t' | 1<<'\n' | 1<<'\v' | 1<<'\f' | 1<<'\r' | 1<<' '
	digitBits = (1<<10 - 1) << '0'
	// upperBits and lowerBits are of word 1: the ASCII letters.
	upperBits = (1<<26 - 1) << ('A' - 64)
	lowerBits = (1<<26 - 1) << ('a' - 64)
)

// anyByte and backslash are sets that several transformations share.
var (
	anyByte   = ByteSet{allBits, allBits, allBits, allBits}
	backslash = ByteSet{1: 1 << ('\\' - 64)}
)
