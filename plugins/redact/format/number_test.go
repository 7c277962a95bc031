package format

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAppendPlain(t *testing.T) {
	tests := []struct{ text, want string }{
		{"4.111111111111111e15", "4111111111111111"},
		{"4.111111111111111E+15", "4111111111111111"},
		{"-4111111111111111.0", "4111111111111111"},
		{"41111111111111110000e-4", "4111111111111111"},
		{"4.1e2", "410"},
		{"0.00041e6", "410"},
		{"1e31", "10000000000000000000000000000000"},
		{"4111111111111111", ""},
		{"-12", ""},
		{"4.111111111111111", ""},
		{"411e-1", ""},
		{"1e32", ""},
		{"1e99999999999999999999", ""},
		{"0.0", ""},
		{"1" + strings.Repeat("0", 40) + ".0", ""},
		{"41." + strings.Repeat("0", 40), "41"},
		{"0e5", ""},
	}
	for _, tt := range tests {
		got, ok := AppendPlain([]byte("x"), []byte(tt.text))
		if string(got) != "x"+tt.want || ok != (tt.want != "") {
			t.Errorf("AppendPlain(%q) = %q, %v, want %q", tt.text, got[1:], ok, tt.want)
		}
	}
}

// TestAppendPlainAsTheLibrary compares with package big.
func TestAppendPlainAsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	found := 0
	for range 50000 {
		b := []byte{'1' + byte(r.IntN(9))}
		for range r.IntN(20) {
			b = append(b, "0003456789"[r.IntN(10)])
		}
		if r.IntN(2) == 0 {
			b = append(b, '.')
			for range 1 + r.IntN(18) {
				b = append(b, "0000056789"[r.IntN(10)])
			}
		}
		if r.IntN(2) == 0 {
			b = append(b, []string{"e", "E+", "e-", "e1"}[r.IntN(4)]...)
			b = append(b, '0'+byte(r.IntN(10)))
		}
		x, ok := new(big.Rat).SetString(string(b))
		if !ok {
			t.Fatalf("%q is no number", b)
		}
		got, plain := AppendPlain(nil, b)
		if plain && (!x.IsInt() || x.Num().String() != string(got)) {
			t.Fatalf("%q is %s, want %s", b, got, x)
		}
		if written := string(b) == x.Num().String(); x.IsInt() && !plain && !written && len(x.Num().String()) <= 19 && len(b) < 32 {
			t.Fatalf("%q is not taken for %s", b, x.Num())
		}
		if plain {
			found++
		}
	}
	if found < 5000 {
		t.Errorf("%d integers, want more", found)
	}
}
