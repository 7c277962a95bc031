package transform

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

func TestGeneralise(t *testing.T) {
	age := func(width, top int) Transform { return must[Transform](t)(NewAge(AgeConfig{width, top})) }
	width := func(width int64) Transform { return must[Transform](t)(NewRange(RangeConfig{Width: width})) }
	bounds := func(bounds ...int64) Transform { return must[Transform](t)(NewRange(RangeConfig{Bounds: bounds})) }
	code := func(keep int, pad byte) Transform {
		return must[Transform](t)(NewPostcode(PostcodeConfig{Keep: keep, Pad: pad}))
	}
	zip := must[Transform](t)(NewPostcode(PostcodeConfig{Keep: 3, Pad: '0', Rare: RareZIP()}))
	address := func(v4, v6 int) Transform { return must[Transform](t)(NewAddress(AddressConfig{v4, v6})) }
	place := func(decimals int) Transform { return must[Transform](t)(NewCoordinate(CoordinateConfig{decimals})) }
	tests := []struct {
		name        string
		transform   Transform
		value, want string
		fault       Fault
	}{
		{"newborn", age(10, 90), "0", "0-9", ""},
		{"before the bound", age(10, 90), "39", "30-39", ""},
		{"oldest below the top", age(20, 90), "89", "80-89", ""},
		{"at the top", age(10, 90), "90", "90+", ""},
		{"above the top", age(10, 90), "104", "90+", ""},
		{"years one by one", age(1, 90), "34", "34", ""},
		{"a bucket of ours", age(10, 90), "30-39", "30-39", ""},
		{"the top bucket", age(10, 90), "90+", "90+", ""},
		{"a bucket of others", age(10, 90), "35-44", "", FaultNumber},
		{"an age with words", age(10, 90), "34 years", "", FaultNumber},
		{"an age below zero", age(10, 90), "-5", "", FaultNumber},
		{"no age", age(10, 90), "", "", FaultNumber},
		{"an age of four digits", age(10, 90), "1984", "", FaultNumber},

		{"a number in a range", width(1000), "1999.99", "[1000,2000)", ""},
		{"a number at a bound", width(1000), "2000", "[2000,3000)", ""},
		{"below zero", width(10), "-0.5", "[-10,0)", ""},
		{"below zero at a bound", width(10), "-10", "[-10,0)", ""},
		{"whole below zero", width(10), "-20.0", "[-20,-10)", ""},
		{"just above a bound", width(1000), "999.99999999999999999999", "[0,1000)", ""},
		{"as great as can be", width(1000), "1000000000000000", "[1000000000000000,1000000000001000)", ""},
		{"greater", width(1000), "1000000000000001", "", FaultNumber},
		{"less than can be", width(7), "-1000000000000000.1", "", FaultNumber},
		{"as little as can be", width(7), "-1000000000000000", "[-1000000000000001,-999999999999994)", ""},
		{"an exponent", width(1000), "5.2E4", "[52000,53000)", ""},
		{"a range of ours", width(10), "[-10,0)", "[-10,0)", ""},
		{"a range of others", width(10), "[-10,5)", "", FaultNumber},
		{"no number", width(10), "NaN", "", FaultNumber},
		{"hexadecimal", width(10), "0x10", "", FaultNumber},
		{"infinite", width(10), "1e999", "", FaultNumber},
		{"too great", width(10), "1e16", "", FaultNumber},
		{"nothing", width(10), "", "", FaultNumber},
		{"below the first bound", bounds(18, 65), "17.99", "<18", ""},
		{"between bounds", bounds(18, 65), "18", "[18,65)", ""},
		{"from the last bound on", bounds(18, 65), "65", ">=65", ""},
		{"one bound", bounds(0), "-1", "<0", ""},
		{"open range of ours", bounds(18, 65), ">=65", ">=65", ""},
		{"open range of ours, below", bounds(18, 65), "<18", "<18", ""},
		{"open range of others", bounds(18, 65), ">=66", "", FaultNumber},

		{"ZIP", zip, "12345", "12300", ""},
		{"ZIP+4", zip, "12345-6789", "12300-0000", ""},
		{"ZIP of few people", zip, "03601", "00000", ""},
		{"ZIP that has been here", zip, "12300", "12300", ""},
		{"British postcode", code(4, 0), "SW1A 1AA", "SW1A ***", ""},
		{"postcode in lower case", code(2, 0), "k1a 0b1", "k1* ***", ""},
		{"postcode with nothing more", code(3, 0), "101", "***", ""},
		{"postcode that is text", code(3, 0), "see above!", "", FaultAlphabet},

		{"IPv4", address(0, 0), "192.0.2.129", "192.0.2.0", ""},
		{"IPv4 to 16 bits", address(16, 0), "192.0.2.129", "192.0.0.0", ""},
		{"IPv6", address(0, 0), "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::", ""},
		{"IPv6 to 32 bits", address(0, 32), "2001:db8:85a3::1", "2001:db8::", ""},
		{"IPv6 with a zone", address(0, 64), "fe80::1%eth0", "fe80::", ""},
		{"IPv4 in IPv6", address(0, 0), "::ffff:192.0.2.129", "::ffff:192.0.2.0", ""},
		{"address with a port", address(0, 0), "192.0.2.1:443", "", FaultAddress},
		{"longer than any address", address(0, 0), strings.Repeat("2001:db8:", 9), "", FaultAddress},
		{"no address", address(0, 0), "localhost", "", FaultAddress},

		{"latitude", place(1), "52.520008", "52.5", ""},
		{"longitude below zero", place(3), "-13.404954", "-13.404", ""},
		{"without decimals", place(0), "52.520008", "52", ""},
		{"fewer decimals than stay", place(4), "52.5", "52.5", ""},
		{"whole degrees", place(2), "52", "52", ""},
		{"a pair", place(1), "52.520008, 13.404954", "52.5, 13.4", ""},
		{"three numbers", place(1), "411 111 111", "", FaultNumber},
		{"a card number", place(1), "4111111111111111", "", FaultNumber},
		{"beyond 180", place(1), "181.5", "", FaultNumber},
		{"nothing but a sign", place(1), "-", "", FaultNumber},
		{"nothing after the point", place(1), "52.", "", FaultNumber},
		{"an exponent in a coordinate", place(1), "5.2e1", "", FaultNumber},
		{"separators only", place(1), ", ", "", FaultNumber},
	}
	for _, tt := range tests {
		got, err := tt.transform.Apply([]byte("before"), []byte(tt.value), "")
		if tt.fault != "" {
			if !errors.Is(err, tt.fault) || string(got) != "before" {
				t.Errorf("%s: %q becomes %q, %v, want %v", tt.name, tt.value, got, err, tt.fault)
			}
			continue
		}
		if err != nil || string(got) != "before"+tt.want {
			t.Errorf("%s: %q becomes %q, %v, want %q", tt.name, tt.value, got, err, tt.want)
		}
		if again := apply(t, tt.transform, tt.want); again != tt.want {
			t.Errorf("%s: %q becomes %q, want it to stay", tt.name, tt.want, again)
		}
	}
}

// FuzzFloor compares with what the number is as a float64.
func FuzzFloor(f *testing.F) {
	for _, seed := range []string{"52341.50", "-0.5", "-0.0", "5.", "-", ".5", "1e3", "123456789012345", "1234567890123456", "-7", "-7.000", "1.2.3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := floorDecimal([]byte(text))
		if !ok {
			return
		}
		want, err := strconv.ParseFloat(text, 64)
		// A fraction can be too small for a float64 beside what is before it.
		if err != nil || float64(got) != math.Floor(want) && math.Abs(float64(got)-want) > 1 {
			t.Fatalf("%q is read as %d, want %v, %v", text, got, want, err)
		}
	})
}

// FuzzIPv4 compares with netip.
func FuzzIPv4(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "0.0.0.0", "255.255.255.256", "1.2.3", "1.2.3.4.5", "1.2.3.", "01.2.3.4", "1..2.3", "", "1.2.3.4 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := readIPv4([]byte(text))
		want, err := netip.ParseAddr(text)
		if is4 := err == nil && want.Is4(); ok != is4 || ok && got != want {
			t.Fatalf("%q is read as %v, %v, want %v, %v", text, got, ok, want, err)
		}
	})
}

// FuzzApply wants no panic, nothing appended to what is refused, and results that
// stay where they are to.
func FuzzApply(f *testing.F) {
	all := specimens(f)
	for _, s := range all {
		f.Add([]byte(s.value))
		f.Add([]byte(s.want))
		f.Add([]byte(s.bad))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, s := range all {
			once, err := s.transform.Apply([]byte("before"), value, "subject")
			var fault Fault
			if err != nil {
				if !errors.As(err, &fault) || string(once) != "before" {
					t.Fatalf("%s: %q becomes %q, %v", s.name, value, once, err)
				}
				continue
			}
			if string(once[:len("before")]) != "before" {
				t.Fatalf("%s: %q is not appended", s.name, once)
			}
			if once = once[len("before"):]; !s.stays {
				continue
			}
			if twice, err := s.transform.Apply(nil, once, "subject"); err != nil || string(twice) != string(once) {
				t.Fatalf("%s: %q becomes %q and that %q, %v", s.name, value, once, twice, err)
			}
		}
	})
}
