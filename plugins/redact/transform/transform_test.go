package transform

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// secretText is the secret of testKey. It must not be in anything that is printed.
const secretText = "canary-secret-0123456789-abcdefg"

func testKey(t testing.TB, id string) Key {
	t.Helper()
	key, err := NewKey(id, []byte(secretText+id))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testRing(t testing.TB, current string, retired ...string) *Keyring {
	t.Helper()
	var others []Key
	for _, id := range retired {
		others = append(others, testKey(t, id))
	}
	ring, err := NewKeyring(testKey(t, current), others...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// counting is a source of bytes that are never the same twice.
func counting() func([]byte) error {
	n := uint64(0)
	return func(p []byte) error {
		n++
		clear(p)
		binary.BigEndian.PutUint64(p, n)
		return nil
	}
}

// specimen is a transform with values for it.
type specimen struct {
	name      string
	transform Transform
	// value and want are one value and what becomes of it; want is "" where
	// another test says it.
	value, want string
	// bad is a value that is refused, "" if none is.
	bad string
	// stays tells that the transform leaves its results as they are.
	stays bool
}

// specimens are all transforms.
func specimens(t testing.TB) []specimen {
	t.Helper()
	ring, key := testRing(t, "k2", "k1"), testKey(t, "k1")
	return []specimen{
		{"mask", must[Transform](t)(NewMask(MaskConfig{KeepLast: 4})), "4111111111111111", "************1111", "", true},
		{"mask with separators", must[Transform](t)(NewMask(MaskConfig{KeepLast: 4, Separators: true})), "4111-1111-1111-1111", "****-****-****-1111", "", true},
		{"mask of fixed length", must[Transform](t)(NewMask(MaskConfig{KeepFirst: 1, KeepLast: 1, Fixed: 3, Char: '•'})), "swordfish", "s•••h", "", true},
		{"replace", NewReplace("[removed]"), "anything", "[removed]", "", true},
		{"hash", must[Transform](t)(NewHash(HashConfig{Salt: []byte("0123456789abcdef")})), "alice@example.com", "", "", false},
		{"pseudonym", must[Transform](t)(NewPseudonym(ring, "mail")), "alice@example.com", "", "", true},
		{"token", must[Reversible](t)(NewToken(ring, "mail")), "alice@example.com", "", "", true},
		{"encrypt", must[Reversible](t)(NewEncrypt(ring, "mail", counting())), "alice@example.com", "", "", true},
		{"ff1", must[Reversible](t)(NewFF1(key, FF1Config{Alphabet: Digits, Separators: true})), "4111-1111-1111-1111", "", "4111-x111-1111-1111", false},
		{"ff1 of a card", must[Reversible](t)(NewFF1(key, FF1Config{Alphabet: Digits, KeepLast: 4, Luhn: true})), "4111111111111111", "", "4111111111111112", false},
		{"month", must[Transform](t)(NewPeriod(PeriodConfig{})), "1984-05-17", "1984-05", "1984-13-17", true},
		{"first of the quarter", must[Transform](t)(NewPeriod(PeriodConfig{Unit: Quarter, First: true})), "1984-05-17T23:59:59.5+02:00", "1984-04-01T00:00:00.0+02:00", "1984-02-30", true},
		{"year", must[Transform](t)(NewPeriod(PeriodConfig{Unit: Year, Layouts: CommonLayouts()})), "May 17, 1984", "1984", "May 32, 1984", true},
		{"date shift", must[Reversible](t)(NewDateShift(key, DateShiftConfig{Days: 30})), "1984-05-17", "", "17.05.1984", false},
		{"age", must[Transform](t)(NewAge(AgeConfig{Width: 10, Top: 90})), "34", "30-39", "thirty", true},
		{"range by width", must[Transform](t)(NewRange(RangeConfig{Width: 10000})), "52341.50", "[50000,60000)", "52k", true},
		{"range by bounds", must[Transform](t)(NewRange(RangeConfig{Bounds: []int64{18, 65}})), "17.9", "<18", "seventeen", true},
		{"postcode", must[Transform](t)(NewPostcode(PostcodeConfig{Keep: 3, Rare: RareZIP()})), "12345-6789", "123**-****", "12345+6789", true},
		{"address", must[Transform](t)(NewAddress(AddressConfig{})), "192.0.2.129", "192.0.2.0", "192.0.2.256", true},
		{"coordinate", must[Transform](t)(NewCoordinate(CoordinateConfig{Decimals: 2})), "52.520008,-13.404954", "52.52,-13.40", "52°31′N", true},
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(made T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
}

func apply(t testing.TB, transform Transform, value string) string {
	t.Helper()
	result, err := transform.Apply(nil, []byte(value), "subject-1")
	if err != nil {
		t.Fatalf("%v: Apply(%q): %v", transform, value, err)
	}
	return string(result)
}

// TestTransforms holds every transform to the contract of Transform and Reversible.
func TestTransforms(t *testing.T) {
	reversible := 0
	for _, s := range specimens(t) {
		t.Run(s.name, func(t *testing.T) {
			value := []byte(s.value)
			result, err := s.transform.Apply([]byte("before "), value, "subject-1")
			if err != nil || !bytes.HasPrefix(result, []byte("before ")) || string(value) != s.value {
				t.Fatalf("Apply = %q, %v (value %q), want the result after what was there", result, err, value)
			}
			result = result[len("before "):]
			if s.want != "" && string(result) != s.want {
				t.Errorf("Apply(%q) = %q, want %q", s.value, result, s.want)
			}
			if string(result) == s.value {
				t.Errorf("Apply(%q) changes nothing", s.value)
			}
			if _, sealed := s.transform.(*encrypt); !sealed {
				if again := apply(t, s.transform, s.value); again != string(result) {
					t.Errorf("Apply a second time = %q, want %q", again, result)
				}
			}
			if twice := apply(t, s.transform, string(result)); (twice == string(result)) != s.stays {
				t.Errorf("Apply(%q) = %q: stays %v, want %v", result, twice, !s.stays, s.stays)
			}
			if s.bad != "" {
				kept, err := s.transform.Apply([]byte("before"), []byte(s.bad), "subject-1")
				var fault Fault
				if !errors.As(err, &fault) || string(kept) != "before" {
					t.Errorf("Apply(%q) = %q, %v, want a fault and nothing appended", s.bad, kept, err)
				}
				if err != nil && strings.Contains(err.Error(), s.bad) {
					t.Errorf("Apply(%q): %v quotes the value", s.bad, err)
				}
			}
			r, ok := s.transform.(Reversible)
			if !ok {
				return
			}
			reversible++
			back, err := r.Reveal([]byte("before "), result, "subject-1")
			if err != nil || string(back) != "before "+s.value {
				t.Errorf("Reveal(%q) = %q, %v, want %q", result, back, err, s.value)
			}
		})
	}
	if reversible != 5 {
		t.Errorf("%d reversible specimens, want 5", reversible)
	}
}

// TestSecretsStayOut prints all that holds a key in every way there is.
func TestSecretsStayOut(t *testing.T) {
	key, ring := testKey(t, "k1"), testRing(t, "k2", "k1")
	things := []any{
		key, &key, ring, *ring, []Key{key}, map[string]Key{"a": key},
		struct{ inner Key }{key}, struct{ Inner *Key }{&key}, struct{ inner *Keyring }{ring},
	}
	for _, s := range specimens(t) {
		things = append(things, s.transform, struct{ inner Transform }{s.transform})
	}
	leaks := []string{
		secretText[:16], fmt.Sprintf("%x", secretText[:8]), fmt.Sprintf("%X", secretText[:8]),
		strings.Trim(fmt.Sprint([]byte(secretText[:8])), "[]"), strings.Trim(fmt.Sprintf("%#v", []byte(secretText[:8])), "[]byte{}"),
	}
	for _, thing := range things {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			printed := fmt.Sprintf(verb, thing)
			for _, leak := range leaks {
				if strings.Contains(printed, leak) {
					t.Errorf("%s of a %T prints the secret", verb, thing)
				}
			}
		}
		if encoded, err := json.Marshal(thing); err == nil && bytes.Contains(encoded, []byte(secretText[:16])) {
			t.Errorf("JSON of a %T has the secret", thing)
		}
	}
	if got := fmt.Sprintf("%#v %v %v", key, ring, things[len(things)-2]); !strings.HasPrefix(got, "key k1 keyring k2 k1 ") {
		t.Errorf("printed as %q, want the names of the keys", got)
	}
	if got := fmt.Sprintf("%+v", must[Reversible](t)(NewToken(ring, "mail"))); got != "token k2" {
		t.Errorf("a token prints as %q, want its name and that of its key", got)
	}
	for _, short := range []string{secretText[:MinSecret-1], ""} {
		if _, err := NewKey("k1", []byte(short)); err == nil || short != "" && strings.Contains(err.Error(), short) {
			t.Errorf("NewKey of a short secret: %v, want an error without it", err)
		}
	}
}

// TestConfigurationsRefused is what constructors say of what cannot be right.
func TestConfigurationsRefused(t *testing.T) {
	key, ring := testKey(t, "k1"), testRing(t, "k1")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"key id with a colon", second(NewKey("a:b", []byte(secretText))), "id: want 1 to 32"},
		{"key id too long", second(NewKey(strings.Repeat("k", 33), []byte(secretText))), "id: want 1 to 32"},
		{"no key id", second(NewKey("", []byte(secretText))), "id: want 1 to 32"},
		{"one id for two keys", second(NewKeyring(key, testKey(t, "k2"), key)), `keys[2]: id "k1" already used by keys[0]`},
		{"a key of nothing", second(NewKeyring(Key{})), "keys[0]: none"},
		{"no keyring", second(NewToken(nil, "")), "keyring: none"},
		{"an empty keyring", second(NewPseudonym(&Keyring{}, "")), "keyring: none"},
		{"no key", second(NewFF1(Key{}, FF1Config{Alphabet: Digits})), "key: none"},
		{"no randomness", second(NewEncrypt(ring, "", nil)), "random: none"},
		{"mask that keeps less than nothing", second(NewMask(MaskConfig{KeepLast: -1})), "keep last: -1"},
		{"mask by letters", second(NewMask(MaskConfig{Char: 'x'})), "character: want"},
		{"mask by spaces", second(NewMask(MaskConfig{Char: ' '})), "character: want"},
		{"mask shorter than what is kept", second(NewMask(MaskConfig{KeepLast: 4, Fixed: 3})), "fixed: 3, want at least"},
		{"fixed mask with separators", second(NewMask(MaskConfig{Fixed: 3, Separators: true})), "separators: kept"},
		{"short salt", second(NewHash(HashConfig{Salt: []byte("salt")})), "salt: 4 bytes"},
		{"short hash", second(NewHash(HashConfig{Salt: []byte(secretText), Length: 4})), "length: 4, want 8 to 32"},
		{"unknown encoding", second(NewHash(HashConfig{Salt: []byte(secretText), Encoding: 7})), "encoding: unknown"},
		{"alphabet of one", second(NewFF1(key, FF1Config{Alphabet: "a"})), "alphabet: 1 characters"},
		{"alphabet with a letter twice", second(NewFF1(key, FF1Config{Alphabet: "aba"})), `alphabet: 'a' twice`},
		{"alphabet outside ASCII", second(NewFF1(key, FF1Config{Alphabet: "äö"})), "alphabet: want graphic"},
		{"long tweak", second(NewFF1(key, FF1Config{Alphabet: Digits, Tweak: make([]byte, 129)})), "tweak: 129 bytes"},
		{"Luhn over letters", second(NewFF1(key, FF1Config{Alphabet: Lower, Luhn: true})), "luhn: want"},
		{"FF1 that keeps too much", second(NewFF1(key, FF1Config{Alphabet: Digits, KeepLast: 65})), "keep last: 65"},
		{"unknown unit", second(NewPeriod(PeriodConfig{Unit: 9})), "unit: unknown"},
		{"layout without a year", second(NewPeriod(PeriodConfig{Layouts: []string{"2006-01-02", "02.01."}})), `layouts[1]: "02.01."`},
		{"shift by nothing", second(NewDateShift(key, DateShiftConfig{})), "days: 0, want"},
		{"shift with a layout without a day", second(NewDateShift(key, DateShiftConfig{Days: 1, Layouts: []string{"January 2006"}})), "layouts[0]"},
		{"ages without width", second(NewAge(AgeConfig{})), "width: 0"},
		{"ages with a top of one", second(NewAge(AgeConfig{Width: 5, Top: 1})), "top: 1"},
		{"no ranges", second(NewRange(RangeConfig{})), "want one of width and bounds"},
		{"ranges in two ways", second(NewRange(RangeConfig{Width: 5, Bounds: []int64{1}})), "want one of width and bounds"},
		{"width below zero", second(NewRange(RangeConfig{Width: -5})), "width: -5"},
		{"bounds out of order", second(NewRange(RangeConfig{Bounds: []int64{5, 5}})), "bounds[1]: 5, want more than 5"},
		{"bounds too great", second(NewRange(RangeConfig{Bounds: []int64{maxRange + 1}})), "bounds[0]"},
		{"postcode of nothing", second(NewPostcode(PostcodeConfig{})), "keep: 0"},
		{"postcode with another pad", second(NewPostcode(PostcodeConfig{Keep: 3, Pad: 'x'})), "pad: want"},
		{"rare postcode of another length", second(NewPostcode(PostcodeConfig{Keep: 3, Rare: []string{"036", "03"}})), "rare[1]"},
		{"address in whole", second(NewAddress(AddressConfig{IPv4: 32})), "ipv4: 32"},
		{"address in whole, IPv6", second(NewAddress(AddressConfig{IPv6: 128})), "ipv6: 128"},
		{"coordinate in whole", second(NewCoordinate(CoordinateConfig{Decimals: 7})), "decimals: 7"},
	}
	for _, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", tt.name, tt.err, tt.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }
