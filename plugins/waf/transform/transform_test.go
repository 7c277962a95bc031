package transform

import (
	"slices"
	"strings"
	"testing"
)

// check applies id to value and checks what Apply and Triggers promise. It
// returns the transformed value.
func check(t testing.TB, id ID, value string) string {
	t.Helper()
	const before = "before"
	dst, changed := id.Apply([]byte(before), value)
	if string(dst[:len(before)]) != before {
		t.Errorf("%s(%q) overwrites what was in dst with %q", id, value, dst[:len(before)])
	}
	got := string(dst[len(before):])
	switch {
	case !changed && got != "":
		t.Errorf("%s(%q) appends %q and returns false", id, value, got)
	case changed && got == value:
		t.Errorf("%s(%q) returns true for an equal value", id, value)
	case !changed:
		got = value
	}
	if *id.Triggers() != anyByte && changed && !slices.ContainsFunc([]byte(value), id.Triggers().Has) {
		t.Errorf("%s(%q) = %q without a trigger byte", id, value, got)
	}
	return got
}

func TestLookup(t *testing.T) {
	for i, name := range Names() {
		for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if id, ok := Lookup(spelling); !ok || int(id) != i || id.String() != name {
				t.Errorf("Lookup(%q) = %v, %v", spelling, id, ok)
			}
		}
	}
	for name, want := range map[string]ID{"normalizePath": NormalisePath, "NORMALIZEPATHWIN": NormalisePathWin} {
		if id, ok := Lookup(name); !ok || id != want {
			t.Errorf("Lookup(%q) = %v, %v", name, id, ok)
		}
	}
	for _, name := range []string{"", "urlDecodeUn", "url\x04ecode", "sqlHexDecode", "parityEven7bit", "shaQ", "sha\x11"} {
		if id, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) = %v, want none", name, id)
		}
	}
	if got, changed := ID(255).Apply(nil, "A"); got != nil || changed || ID(255).String() != "none" {
		t.Errorf("ID(255) is not none: %q, %v", got, changed)
	}
}

// TestTriggersAreTight finds, for each trigger byte, a value that has no other
// and is changed.
func TestTriggersAreTight(t *testing.T) {
	around := []struct{ before, after string }{
		{"", ""}, {"", "41"}, {"a", "b"}, {"", "lt;"}, {"", "n"}, {"/", ""}, {"\xc2", ""}, {"", "\x85"},
	}
	for id := range count {
		if id.Triggers() == nil || *id.Triggers() == anyByte {
			continue
		}
	bytes:
		for b := range 256 {
			if !id.Triggers().Has(byte(b)) {
				continue
			}
			for _, n := range []int{1, 2} {
				for _, a := range around {
					value := a.before + strings.Repeat(string([]byte{byte(b)}), n) + a.after
					others := slices.ContainsFunc([]byte(a.before+a.after), func(c byte) bool { return id.Triggers().Has(c) && c != byte(b) })
					if _, changed := id.Apply(nil, value); changed && !others {
						continue bytes
					}
				}
			}
			t.Errorf("%s: no value found that %#x alone changes", id, b)
		}
	}
}

func TestAnyByteTriggersMayChangeTheEmptyValue(t *testing.T) {
	var changing []ID
	for id := range count {
		if _, changed := id.Apply(nil, ""); changed {
			changing = append(changing, id)
			if *id.Triggers() != anyByte {
				t.Errorf("%s changes the empty value and has triggers %x", id, *id.Triggers())
			}
		}
	}
	if want := []ID{Length, MD5, SHA1}; !slices.Equal(changing, want) {
		t.Errorf("%v change the empty value, want %v", changing, want)
	}
}

func TestMultiMatchesWhereCorazaDiffersFromEquality(t *testing.T) {
	tests := []struct {
		name   string
		id     ID
		value  string
		result string
		want   bool
	}{
		{"an empty value is encoded", HexEncode, "", "", true},
		{"an empty value is decoded", HexDecode, "", "", true},
		{"a value that hexDecode refuses", HexDecode, "xyz", "xyz", false},
		{"the length of 1 is 1", Length, "1", "1", true},
		{"a percent sign that is no escape", URLDecode, "100%", "100%", true},
		{"the same in urlDecodeUni", URLDecodeUni, "100%", "100%", false},
		{"a reference as long as its character", HTMLEntityDecode, "&#0", "\uFFFD", false},
		{"a reference that is longer", HTMLEntityDecode, "&lt;", "<", true},
		{"invalid UTF-8 and no white space", RemoveWhitespace, "a\xff", "a\uFFFD", false},
		{"invalid UTF-8 and white space", RemoveWhitespace, " \xff", "\uFFFD", true},
		{"invalid UTF-8 in lowercase", Lowercase, "\xff", "\uFFFD", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := check(t, tt.id, tt.value); got != tt.result {
				t.Errorf("%s(%q) = %q, want %q", tt.id, tt.value, got, tt.result)
			}
			if got := tt.id.MultiMatches(tt.value, tt.result); got != tt.want {
				t.Errorf("%s.MultiMatches(%q, %q) = %v, want %v", tt.id, tt.value, tt.result, got, tt.want)
			}
		})
	}
}

func TestApplyDoesNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 4096)
	values := []string{"", "plain", `SELECT /**/ 1 -- \x41 \u0042 %41%u0042+&lt;&#x41; é É ` + "\x00\xff\u00a0", "/a/./b/../../c", `C:\a\..\b. \c:stream`, "QUJD", "414243"}
	for id := range count {
		for _, v := range values {
			if n := testing.AllocsPerRun(10, func() { id.Apply(dst, v) }); n != 0 {
				t.Errorf("%s(%q) allocates %v times", id, v, n)
			}
		}
	}
}
