package transform

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

// Bounds of FF1: numerals in a text, the greatest radix, and bytes of a tweak.
const (
	maxNumerals = 512
	maxRadix    = 256
	maxTweak    = 256
	// minDomain is how many texts of one length there must be at least (NIST SP
	// 800-38G Rev. 1, Section 5.1).
	minDomain = 1_000_000
)

// ff1 is the mode FF1 (NIST SP 800-38G Rev. 1, Section 5.1) for numerals below 256
// that are a byte each. Names are those of its Algorithms 7 and 8.
type ff1 struct {
	ciph  cipher.Block
	radix uint64
	// minlen is the least length that has minDomain texts.
	minlen int
	// pq is P || Q, of which the last b+1 bytes are other ones in each round.
	pq []byte
	// prefix is PRF's state after the blocks that are the same in all rounds, r
	// the state after the rest.
	prefix, r [blockSize]byte
	// fixed is how many bytes those blocks are.
	fixed int
	// s is S, where d is more than a block.
	s []byte
	// y holds the numerals of y mod radix^m, near and far the halves of a long text.
	y, near, far [(maxNumerals + 1) / 2]byte
}

// newFF1 returns FF1 with an AES key and a radix of 2 to 256.
func newFF1(key []byte, radix int) (*ff1, error) {
	ciph, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	f := &ff1{ciph: ciph, radix: uint64(radix)}
	for texts := uint64(1); texts < minDomain; f.minlen++ {
		texts *= f.radix
	}
	f.minlen = max(f.minlen, 2)
	return f, nil
}

// crypt encrypts x in place, or decrypts it. Callers see to it that it has at least
// minlen numerals; it works with two or more, at most maxNumerals, and with a tweak of
// at most maxTweak bytes.
func (f *ff1) crypt(x, tweak []byte, decrypt bool) {
	n := len(x)
	u := n / 2
	v := n - u
	if modV, ok := power(f.radix, v); ok {
		modU, _ := power(f.radix, u)
		b := (bits.Len64(modV-1) + 7) / 8
		f.start(tweak, n, b)
		f.short(x, b, modU, modV, decrypt)
		return
	}
	b := f.width(v)
	f.start(tweak, n, b)
	f.long(x, b, decrypt)
}

// power returns base^n if that is less than 2^64.
func power(base uint64, n int) (uint64, bool) {
	p := uint64(1)
	for range n {
		hi, lo := bits.Mul64(p, base)
		if hi != 0 {
			return 0, false
		}
		p = lo
	}
	return p, true
}

// width is b, the bytes of the greatest number of v numerals (Algorithm 7, Step 3):
// counted, because a logarithm can be off by one.
func (f *ff1) width(v int) int {
	for i := range v {
		f.near[i] = byte(f.radix - 1)
	}
	f.s = grow(f.s, v)
	f.num(f.s, f.near[:v])
	b := v
	for f.s[v-b] == 0 {
		b--
	}
	return b
}

// start lays out P || Q for numbers of b bytes (Steps 5 and 6.i) and encrypts the
// blocks of it that are the same in all rounds.
func (f *ff1) start(tweak []byte, n, b int) {
	t := len(tweak)
	padding := (2*blockSize - (t+b+1)%blockSize) % blockSize
	pq := grow(f.pq, blockSize+t+padding+1+b)
	pq[0], pq[1], pq[2] = 1, 2, 1
	pq[3], pq[4], pq[5] = byte(f.radix>>16), byte(f.radix>>8), byte(f.radix)
	pq[6], pq[7] = 10, byte(n/2)
	binary.BigEndian.PutUint32(pq[8:], uint32(n))
	binary.BigEndian.PutUint32(pq[12:], uint32(t))
	copy(pq[blockSize:], tweak)
	clear(pq[blockSize+t : blockSize+t+padding])
	f.pq = pq
	f.fixed = (len(pq) - b - 1) / blockSize * blockSize
	clear(f.prefix[:])
	f.prf(&f.prefix, pq[:f.fixed])
}

// prf goes on with PRF (Algorithm 6) over whole blocks.
func (f *ff1) prf(state *[blockSize]byte, blocks []byte) {
	for ; len(blocks) > 0; blocks = blocks[blockSize:] {
		subtle.XORBytes(state[:], state[:], blocks[:blockSize])
		f.ciph.Encrypt(state[:], state[:])
	}
}

// round leaves R of a round in r. The number stands in pq already (Steps 6.i, 6.ii).
func (f *ff1) round(i, b int) {
	f.pq[len(f.pq)-b-1] = byte(i)
	f.r = f.prefix
	f.prf(&f.r, f.pq[f.fixed:])
}

// short is for texts of which either half is a number below 2^64.
func (f *ff1) short(x []byte, b int, modU, modV uint64, decrypt bool) {
	u := len(x) / 2
	d := 4*((b+3)/4) + 4 // at most 12: one block
	near, far := f.value(x[:u]), f.value(x[u:])
	step := func(i int, m uint64) uint64 {
		number := f.pq[len(f.pq)-b:]
		for j, rest := b-1, far; j >= 0; j-- {
			number[j], rest = byte(rest), rest>>8
		}
		f.round(i, b)
		y := uint64(0)
		for j := 0; j < d; j += 4 {
			word := uint64(binary.BigEndian.Uint32(f.r[j:]))
			if m <= 1<<32 {
				y = (y<<32 | word) % m
			} else {
				_, y = bits.Div64(y>>32, y<<32|word, m)
			}
		}
		return y
	}
	if decrypt {
		near, far = far, near
		for i := 9; i >= 0; i-- {
			m := modU
			if i%2 == 1 {
				m = modV
			}
			c, borrow := bits.Sub64(near, step(i, m), 0)
			if borrow != 0 {
				c += m
			}
			near, far = far, c
		}
		near, far = far, near
	} else {
		for i := range 10 {
			m := modU
			if i%2 == 1 {
				m = modV
			}
			c, carry := bits.Add64(near, step(i, m), 0)
			if carry != 0 || c >= m {
				c -= m
			}
			near, far = far, c
		}
	}
	f.numerals(x[:u], near)
	f.numerals(x[u:], far)
}

// value is NUM (Algorithm 1) of numerals whose number is below 2^64.
func (f *ff1) value(x []byte) uint64 {
	number := uint64(0)
	for _, numeral := range x {
		number = number*f.radix + uint64(numeral)
	}
	return number
}

// numerals is STR (Algorithm 3), into x.
func (f *ff1) numerals(x []byte, number uint64) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i], number = byte(number%f.radix), number/f.radix
	}
}

// long is for texts of any length. It calculates with numerals, as on paper.
func (f *ff1) long(x []byte, b int, decrypt bool) {
	u := len(x) / 2
	v := len(x) - u
	near, far := f.near[:u], f.far[:v]
	if decrypt {
		near, far = f.near[:v], f.far[:u]
		copy(near, x[u:])
		copy(far, x[:u])
	} else {
		copy(near, x[:u])
		copy(far, x[u:])
	}
	for step := range 10 {
		i := step
		if decrypt {
			i = 9 - step
		}
		f.num(f.pq[len(f.pq)-b:], far)
		f.round(i, b)
		y := f.y[:len(near)]
		f.mod(y, f.output(4*((b+3)/4)+4))
		if decrypt {
			f.subtract(near, y)
		} else {
			f.add(near, y)
		}
		near, far = far, near
	}
	if decrypt {
		near, far = far, near
	}
	copy(x[:u], near)
	copy(x[u:], far)
}

// num writes NUM of numerals to all of number, big-endian.
func (f *ff1) num(number, numerals []byte) {
	clear(number)
	radix := uint32(f.radix)
	for _, numeral := range numerals {
		carry := uint32(numeral)
		for j := len(number) - 1; j >= 0; j-- {
			carry += uint32(number[j]) * radix
			number[j], carry = byte(carry), carry>>8
		}
	}
}

// output returns S, the first d bytes of R, CIPH(R xor 1), CIPH(R xor 2) … (Step
// 6.iii).
func (f *ff1) output(d int) []byte {
	f.s = append(f.s[:0], f.r[:]...)
	for j := uint32(1); len(f.s) < d; j++ {
		start := len(f.s)
		f.s = append(f.s, f.r[:]...)
		block := f.s[start:]
		last := block[blockSize-4:]
		binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)^j)
		f.ciph.Encrypt(block, block)
	}
	return f.s[:d]
}

// mod writes the numerals of a number modulo radix^len(y) to y (Steps 6.iv to 6.vii).
func (f *ff1) mod(y, number []byte) {
	clear(y)
	radix := uint32(f.radix)
	for _, c := range number {
		carry := uint32(c)
		for j := len(y) - 1; j >= 0; j-- {
			carry += uint32(y[j]) << 8
			y[j], carry = byte(carry%radix), carry/radix
		}
	}
}

func (f *ff1) add(a, y []byte) {
	carry := uint32(0)
	for j := len(a) - 1; j >= 0; j-- {
		carry += uint32(a[j]) + uint32(y[j])
		a[j], carry = byte(carry%uint32(f.radix)), carry/uint32(f.radix)
	}
}

func (f *ff1) subtract(a, y []byte) {
	borrow := uint32(0)
	for j := len(a) - 1; j >= 0; j-- {
		difference := uint32(f.radix) + uint32(a[j]) - uint32(y[j]) - borrow
		a[j], borrow = byte(difference%uint32(f.radix)), 1-difference/uint32(f.radix)
	}
}

// grow returns b with a length of n.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
