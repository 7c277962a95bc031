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
