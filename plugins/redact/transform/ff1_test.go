package transform

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestFF1OfNIST is all samples that NIST publishes for FF1 with SP 800-38G
// (FF1samples.pdf).
func TestFF1OfNIST(t *testing.T) {
	const (
		aes128 = "2B7E151628AED2A6ABF7158809CF4F3C"
		aes192 = aes128 + "EF4359D8D580AA4F"
		aes256 = aes192 + "7F036D6F04FC6A94"
	)
	samples := []struct {
		name, key, tweak, plaintext, want string
		alphabet                          Alphabet
	}{
		{"sample 1", aes128, "", "0123456789", "2433477484", Digits},
		{"sample 2", aes128, "39383736353433323130", "0123456789", "6124200773", Digits},
		{"sample 3", aes128, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum", LowerDigits},
		{"sample 4", aes192, "", "0123456789", "2830668132", Digits},
		{"sample 5", aes192, "39383736353433323130", "0123456789", "2496655549", Digits},
		{"sample 6", aes192, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr", LowerDigits},
		{"sample 7", aes256, "", "0123456789", "6657667009", Digits},
		{"sample 8", aes256, "39383736353433323130", "0123456789", "1001623463", Digits},
		{"sample 9", aes256, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd", LowerDigits},
	}
	for _, s := range samples {
		f := must[*ff1](t)(newFF1(unhex(t, s.key), len(s.alphabet)))
		x := numeralsOf(t, s.alphabet, s.plaintext)
		f.crypt(x, unhex(t, s.tweak), false)
		if got := textOf(s.alphabet, x); got != s.want {
			t.Errorf("%s: encrypts to %q, want %q", s.name, got, s.want)
		}
		f.crypt(x, unhex(t, s.tweak), true)
		if got := textOf(s.alphabet, x); got != s.plaintext {
			t.Errorf("%s: decrypts to %q, want %q", s.name, got, s.plaintext)
		}
	}
}

func numeralsOf(t testing.TB, alphabet Alphabet, text string) []byte {
	t.Helper()
	x := []byte(text)
	for i, c := range x {
		place := strings.IndexByte(string(alphabet), c)
		if place < 0 {
			t.Fatalf("%q is not in the alphabet", c)
		}
		x[i] = byte(place)
	}
	return x
}

func textOf(alphabet Alphabet, x []byte) string {
	text := slices.Clone(x)
	for i, numeral := range text {
		text[i] = alphabet[numeral]
	}
	return string(text)
}

// TestFF1OfWycheproof runs the vectors of Wycheproof with numerals of a byte, also
// those of lengths that have fewer than 1,000,000 texts, which transforms refuse.
// Those it calls invalid have a character outside the alphabet, fewer than two or a
// key that is none of AES.
func TestFF1OfWycheproof(t *testing.T) {
	files := []struct {
		name string
		runs int
	}{
		{"base10", 3845},
		{"base16", 3872},
		{"base26", 3076},
		{"base32", 2868},
		{"base36", 2854},
		{"base45", 2421},
		{"base62", 2474},
		{"base64", 2417},
		{"base85", 1852},
		{"radix255", 1853},
		{"radix256", 2021},
	}
	if testing.Short() { // as on Wasm, where all of them take half a minute
		files = slices.DeleteFunc(files, func(file struct {
			name string
			runs int
		}) bool {
			return file.name != "base10" && file.name != "radix255"
		})
	}
	for _, file := range files {
		runs := 0
		for _, group := range wycheproofGroups(t, "aes_ff1_"+file.name+"_test.json") {
			for _, v := range group.Tests {
				runs++
				message, okMessage := wycheproofNumerals(t, group, v.Msg)
				want, okText := wycheproofNumerals(t, group, v.CT)
				f, err := newFF1(unhex(t, v.Key), group.Radix)
				valid := err == nil && okMessage && okText && len(message) >= 2 && len(message) <= maxNumerals
				if valid != (v.Result == "valid") {
					t.Errorf("%s %d %s (%d numerals): taken %v, want %s", file.name, v.TcID, v.Comment, len(message), valid, v.Result)
				}
				if !valid {
					continue
				}
				x := slices.Clone(message)
				if f.crypt(x, unhex(t, v.Tweak), false); !bytes.Equal(x, want) {
					t.Fatalf("%s %d %s: encrypts %v to %v, want %v", file.name, v.TcID, v.Comment, message, x, want)
				}
				if f.crypt(x, unhex(t, v.Tweak), true); !bytes.Equal(x, message) {
					t.Fatalf("%s %d %s: decrypts to %v, want %v", file.name, v.TcID, v.Comment, x, message)
				}
			}
		}
		if runs != file.runs {
			t.Errorf("%s: ran %d vectors, want %d", file.name, runs, file.runs)
		}
	}
}

// wycheproofNumerals reads a text in the alphabet of its group or a list of numerals.
func wycheproofNumerals(t testing.TB, group wycheproofGroup, raw json.RawMessage) (x []byte, ok bool) {
	t.Helper()
	if group.Alphabet != "" {
		for _, c := range unquote(t, raw) {
			place := strings.IndexRune(group.Alphabet, c)
			if place < 0 {
				return nil, false
			}
			x = append(x, byte(place))
		}
		return x, true
	}
	var list []int
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for _, numeral := range list {
		if numeral < 0 || numeral >= group.Radix {
			return nil, false
		}
		x = append(x, byte(numeral))
	}
	return x, true
}

// TestFF1Permutes encrypts all texts of a length, with a domain that transforms
// refuse: no two become the same.
func TestFF1Permutes(t *testing.T) {
	f := must[*ff1](t)(newFF1(make([]byte, 32), 10))
	seen := make([]bool, 10000)
	x := make([]byte, 4)
	for n := range seen {
		f.numerals(x, uint64(n))
		f.crypt(x, []byte("tweak"), false)
		if m := f.value(x); seen[m] {
			t.Fatalf("two texts become %d", m)
		} else {
			seen[m] = true
		}
	}
}

// bothWays encrypts with numbers of 64 bits and on paper.
func bothWays(f *ff1, x, tweak []byte, decrypt bool) (short, long []byte, ok bool) {
	v := len(x) - len(x)/2
	if _, ok := power(f.radix, v); !ok {
		return nil, nil, false
	}
	short, long = slices.Clone(x), slices.Clone(x)
	f.crypt(short, tweak, decrypt)
	b := f.width(v)
	f.start(tweak, len(x), b)
	f.long(long, b, decrypt)
	return short, long, true
}

// FuzzFF1 compares the two ways to calculate, and encryption with decryption.
func FuzzFF1(f *testing.F) {
	f.Add(uint8(10), []byte{4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []byte("tweak"))
	f.Add(uint8(255), bytes.Repeat([]byte{254}, 16), []byte{})
	f.Add(uint8(2), bytes.Repeat([]byte{1}, 127), bytes.Repeat([]byte{1}, 17))
	f.Fuzz(func(t *testing.T, radix uint8, x, tweak []byte) {
		if radix < 2 || len(tweak) > maxTweak || len(x) > maxNumerals {
			return
		}
		c := must[*ff1](t)(newFF1(make([]byte, 16), int(radix)))
		if len(x) < c.minlen {
			return
		}
		for i := range x {
			x[i] %= radix
		}
		for _, decrypt := range []bool{false, true} {
			if short, long, ok := bothWays(c, x, tweak, decrypt); ok && !bytes.Equal(short, long) {
				t.Fatalf("radix %d, %v: %v with 64 bits, %v on paper", radix, x, short, long)
			}
			y := slices.Clone(x)
			c.crypt(y, tweak, decrypt)
			for _, numeral := range y {
				if numeral >= radix {
					t.Fatalf("radix %d: a numeral %d", radix, numeral)
				}
			}
			c.crypt(y, tweak, !decrypt)
			if !bytes.Equal(x, y) {
				t.Fatalf("radix %d, %v: there and back %v", radix, x, y)
			}
		}
	})
}
