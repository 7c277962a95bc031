package claim

import (
	"math/big"
	"strings"
	"testing"
)

func TestPlainNumber(t *testing.T) {
	long := strings.Repeat("9", 41)
	for _, test := range []struct{ raw, want string }{
		{"0", "0"}, {"-0", "0"}, {"0.000e99", "0"}, {"1", "1"}, {"1.0", "1"}, {"1e0", "1"}, {"10e-1", "1"}, {"-1.50", "-1.5"}, {"120", "120"}, {"1.2e2", "120"},
		{"0.05", "0.05"}, {"5e-2", "0.05"}, {"9007199254740993", "9007199254740993"}, {"9007199254740992.0", "9007199254740992"}, {"100.25", "100.25"},
		{"1e39", "1" + strings.Repeat("0", 39)}, {"1e40", "0.1e41"}, {"1e-11", "0.00000000001"}, {"1e-12", "0.1e-11"}, {long, "0." + long + "e41"}, {long + "e0", "0." + long + "e41"},
		{"", ""}, {"01", ""}, {"1.", ""}, {"+1", ""}, {"NaN", ""}, {"1 ", ""}, {"true", ""},
	} {
		if got, ok := PlainNumber(test.raw); got != test.want || ok != (test.want != "") {
			t.Errorf("PlainNumber(%q) = %q, %t, want %q", test.raw, got, ok, test.want)
		}
	}
}

// FuzzPlainNumber: texts are equal exactly if numbers are, and mean the number.
func FuzzPlainNumber(f *testing.F) {
	for _, pair := range [][2]string{{"1", "1.0"}, {"-0", "0e5"}, {"9007199254740993", "9007199254740992"}, {"1e2", "100"}, {"0.001", "1e-3"}, {"-1.5", "-15e-1"}, {"1e40", "1e41"}, {"1e-12", "1e999"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, ok := PlainNumber(a)
		y, alsoOK := PlainNumber(b)
		if ok != isNumber(a) || ok != (x != "") {
			t.Fatalf("PlainNumber(%q) = %q, %t", a, x, ok)
		}
		if ok && alsoOK && (x == y) != (compareNumbers(a, b) == 0) {
			t.Fatalf("%q is %q, %q is %q", a, x, b, y)
		}
		if again, _ := PlainNumber(x); again != x {
			t.Fatalf("%q is %q, which is %q", a, x, again)
		}
		if i := strings.IndexAny(a, "eE"); !ok || i >= 0 && len(a)-i > 5 {
			return
		}
		before, _ := new(big.Rat).SetString(a)
		after, readable := new(big.Rat).SetString(x)
		if !readable || before.Cmp(after) != 0 {
			t.Fatalf("%q is %q", a, x)
		}
	})
}
