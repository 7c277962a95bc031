package transform

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Alphabet is the characters of a format, each for the number of its place.
type Alphabet string

// Common alphabets.
const (
	Digits       Alphabet = "0123456789"
	LowerHex     Alphabet = "0123456789abcdef"
	UpperHex     Alphabet = "0123456789ABCDEF"
	Lower        Alphabet = "abcdefghijklmnopqrstuvwxyz"
	Upper        Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	LowerDigits  Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	UpperDigits  Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	Alphanumeric Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// FF1Config is the form that values have and keep.
type FF1Config struct {
	// Alphabet is the characters of values: 2 to 94 different graphic ones of
	// ASCII. Required.
	Alphabet Alphabet
	// Tweak makes the same value another one in another place: the name of its
	// field, for example. It is no secret. At most 128 bytes. Default: none.
	Tweak []byte
	// Separators leaves ASCII characters that are neither in the alphabet nor
	// letters or digits where they are: "4111-1111-1111-1111".
	Separators bool
	// KeepLast is how many characters of the alphabet stay at the end: 4 for the
	// last four digits of a card. They go into the tweak, so that equal beginnings
	// before different ends do not become equal. At most 64. Default 0.
	KeepLast int
	// Luhn wants values with a valid check digit (ISO/IEC 7812-1, Annex B) and
	// makes such values: of the characters that are not kept the last is set to
	// what makes the sum right. With Digits only.
	Luhn bool
}

// preserve is [NewFF1].
type preserve struct {
	opaque
	FF1Config
	ff1 *ff1
	// index is the place of each character in the alphabet, absent if it is not in
	// it.
	index    [128]byte
	numerals [maxNumerals + maxKept + 1]byte
	tweak    []byte
}

const (
	absent  = 0xff
	maxKept = 64
)

// NewFF1 returns the transform of a value to another of the same form, from which the
// holder of the key gets it back: FF1 (NIST SP 800-38G Rev. 1) with AES-256 under
// HKDF(key, "ff1"). In one alphabet and tweak the same value becomes the same.
//
// Of the form that a value has there must be at least 1,000,000 values, or it is
// refused: 6 digits, 5 letters. KeepLast and Luhn make them fewer: a card number of 16
// digits has 10^16 (10^15 with Luhn), with the last four kept 10^12 (10^11 with
// Luhn), and one of 12 digits with the last four kept and Luhn still 10^7. Values are
// at most 512 characters long.
//
// The result is a value like any other of the form: a card number may be that of
// somebody's card. It does not say under which key it was made, nor that it was made at
// all, so it is transformed again if it passes again, and a change of keys has to be
// known to whoever reveals it. Prefer [NewToken] where the form does not matter.
func NewFF1(key Key, c FF1Config) (Reversible, error) {
	p := &preserve{opaque: opaque("ff1 " + key.ID()), FF1Config: c}
	for i := range p.index {
		p.index[i] = absent
	}
	if len(c.Alphabet) < 2 || len(c.Alphabet) > 94 {
		return nil, fmt.Errorf("alphabet: %d characters, want 2 to 94", len(c.Alphabet))
	}
	for i := 0; i < len(c.Alphabet); i++ {
		char := c.Alphabet[i]
		if char <= ' ' || char >= 0x7f {
			return nil, errors.New("alphabet: want graphic characters of ASCII")
		}
		if p.index[char] != absent {
			return nil, fmt.Errorf("alphabet: %q twice, want each character once", char)
		}
		p.index[char] = byte(i)
	}
	switch {
	case c.KeepLast < 0 || c.KeepLast > maxKept:
		return nil, errors.New("keep last: " + strconv.Itoa(c.KeepLast) + ", want 0 to " + strconv.Itoa(maxKept))
	case len(c.Tweak) > maxTweak/2:
		return nil, errors.New("tweak: " + strconv.Itoa(len(c.Tweak)) + " bytes, want at most " + strconv.Itoa(maxTweak/2))
	case c.Luhn && c.Alphabet != Digits:
		return nil, errors.New("luhn: want the alphabet of digits for a check digit")
	}
	p.Tweak = bytes.Clone(c.Tweak)
	derived, err := key.derive("ff1", "", 32)
	if err != nil {
		return nil, err
	}
	p.ff1, err = newFF1(derived, len(c.Alphabet))
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Apply appends another value of the same form.
func (p *preserve) Apply(dst, value []byte, _ string) ([]byte, error) {
	return p.crypt(dst, value, false)
}

// Reveal appends the value that Apply made this one of.
func (p *preserve) Reveal(dst, value []byte, _ string) ([]byte, error) {
	return p.crypt(dst, value, true)
}

func (p *preserve) crypt(dst, value []byte, decrypt bool) ([]byte, error) {
	n := 0
	for _, c := range value {
		switch i := p.place(c); {
		case i != absent && n == len(p.numerals):
			return dst, FaultLength
		case i != absent:
			p.numerals[n] = i
			n++
		case !p.Separators || c >= 0x80 || alphanumeric(c):
			return dst, FaultAlphabet
		}
	}
	all := p.numerals[:n]
	k := n - p.KeepLast
	if p.Luhn {
		k--
	}
	switch {
	case k < p.ff1.minlen:
		return dst, FaultDomain
	case k > maxNumerals:
		return dst, FaultLength
	case p.Luhn && luhn(all)%10 != 0:
		return dst, FaultLuhn
	}
	p.tweak = append(p.tweak[:0], p.Tweak...)
	for _, i := range all[n-p.KeepLast:] {
		p.tweak = append(p.tweak, p.Alphabet[i])
	}
	p.ff1.crypt(all[:k], p.tweak, decrypt)
	if p.Luhn {
		correct(all, k)
	}
	for _, c := range value {
		if p.place(c) != absent {
			c, all = p.Alphabet[all[0]], all[1:]
		}
		dst = append(dst, c)
	}
	clear(p.numerals[:n])
	return dst, nil
}

func (p *preserve) place(c byte) byte {
	if c >= 0x80 {
		return absent
	}
	return p.index[c]
}

// luhn is the sum that is a multiple of ten for a valid number (ISO/IEC 7812-1,
// Annex B).
func luhn(digits []byte) int {
	sum := 0
	for i, digit := range digits {
		d := int(digit)
		if (len(digits)-1-i)%2 == 1 {
			d = d*2 - d/5*9
		}
		sum += d
	}
	return sum
}

// correct sets the digit at i so that the number is valid.
func correct(digits []byte, i int) {
	digits[i] = 0
	want := (10 - luhn(digits)%10) % 10
	// Where digits are doubled 0 to 4 count as the even numbers, 5 to 9 as the odd.
	if (len(digits)-1-i)%2 == 1 {
		want = want/2 + want%2*5
	}
	digits[i] = byte(want)
}
