package transform

import (
	"errors"
	"testing"
)

func TestFF1Forms(t *testing.T) {
	key := testKey(t, "k1")
	card := FF1Config{Alphabet: Digits, Separators: true, KeepLast: 4, Luhn: true}
	tests := []struct {
		name  string
		form  FF1Config
		value string
		fault Fault
	}{
		{"six digits are a million", FF1Config{Alphabet: Digits}, "000000", ""},
		{"five digits are not", FF1Config{Alphabet: Digits}, "99999", FaultDomain},
		{"five letters", FF1Config{Alphabet: Lower}, "hello", ""},
		{"four letters", FF1Config{Alphabet: Lower}, "word", FaultDomain},
		{"separators do not count", FF1Config{Alphabet: Digits, Separators: true}, "1-2-3-4-5", FaultDomain},
		{"separators stay", FF1Config{Alphabet: Digits, Separators: true}, "+44 (20) 7946-0958", ""},
		{"separators not asked for", FF1Config{Alphabet: Digits}, "4111-1111", FaultAlphabet},
		{"letters among digits", FF1Config{Alphabet: Digits, Separators: true}, "4111-111a", FaultAlphabet},
		{"bytes outside ASCII", FF1Config{Alphabet: Digits, Separators: true}, "4111\u00a01111", FaultAlphabet},
		{"a card", card, "4111 1111 1111 1111", ""},
		{"a card of 19 digits", card, "6304000000000000000", ""},
		{"a card of 12 digits", card, "501800000009", ""},
		{"too short beside what is kept", card, "4111111111", FaultDomain},
		{"a check digit that is wrong", card, "4111 1111 1111 1112", FaultLuhn},
		{"a card with a new end", FF1Config{Alphabet: Digits, Luhn: true}, "5555555555554444", ""},
		{"hexadecimal digits", FF1Config{Alphabet: LowerHex, Separators: true}, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", ""},
		{"letters and digits", FF1Config{Alphabet: Alphanumeric}, "AKIAIOSFODNN7EXAMPLE", ""},
		{"an alphabet with a hyphen", FF1Config{Alphabet: Digits + "-", Separators: true}, "1234-5678", ""},
		{"as long as can be", FF1Config{Alphabet: Digits, KeepLast: 64}, long(maxNumerals + 64), ""},
		{"too long", FF1Config{Alphabet: Digits, KeepLast: 64}, long(maxNumerals + 65), FaultLength},
		{"far too long", FF1Config{Alphabet: Digits}, long(4000), FaultLength},
		{"nothing", FF1Config{Alphabet: Digits}, "", FaultDomain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := must[Reversible](t)(NewFF1(key, tt.form))
			made, err := f.Apply([]byte("before"), []byte(tt.value), "")
			if tt.fault != "" {
				if !errors.Is(err, tt.fault) || string(made) != "before" {
					t.Fatalf("Apply(%q) = %q, %v, want %v", tt.value, made, err, tt.fault)
				}
				if _, err := f.Reveal(nil, []byte(tt.value), ""); !errors.Is(err, tt.fault) {
					t.Errorf("Reveal(%q): %v, want %v", tt.value, err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatalf("Apply(%q): %v", tt.value, err)
			}
			made = made[len("before"):]
			if len(made) != len(tt.value) || string(made) == tt.value {
				t.Fatalf("Apply(%q) = %q, want another value as long", tt.value, made)
			}
			digits := []byte{}
			for i, c := range made {
				was := tt.value[i]
				if alphanumeric(c) != alphanumeric(was) && tt.form.Alphabet != Digits+"-" || !alphanumeric(was) && c != was && tt.form.Alphabet != Digits+"-" {
					t.Errorf("Apply(%q) = %q, of another form", tt.value, made)
				}
				if c >= '0' && c <= '9' {
					digits = append(digits, c-'0')
				}
			}
			if kept := tt.value[len(tt.value)-tt.form.KeepLast:]; string(made[len(made)-tt.form.KeepLast:]) != kept {
				t.Errorf("Apply(%q) = %q, want the end %q", tt.value, made, kept)
			}
			if tt.form.Luhn && luhn(digits)%10 != 0 {
				t.Errorf("Apply(%q) = %q, whose check digit is wrong", tt.value, made)
			}
			if back, err := f.Reveal(nil, made, ""); err != nil || string(back) != tt.value {
				t.Errorf("Reveal(%q) = %q, %v, want %q", made, back, err, tt.value)
			}
		})
	}
}

func long(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = '0' + byte(i%10)
	}
	return string(text)
}

// TestFF1Tweaks wants the tweak and what is kept to change what the rest becomes.
func TestFF1Tweaks(t *testing.T) {
	key := testKey(t, "k1")
	seen := map[string]string{}
	for name, c := range map[string]struct {
		form  FF1Config
		value string
	}{
		"no tweak":    {FF1Config{Alphabet: Digits}, "411111111111"},
		"a tweak":     {FF1Config{Alphabet: Digits, Tweak: []byte("card")}, "411111111111"},
		"another one": {FF1Config{Alphabet: Digits, Tweak: []byte("phone")}, "411111111111"},
		"an end":      {FF1Config{Alphabet: Digits, KeepLast: 4}, "4111111111111111"},
		"another end": {FF1Config{Alphabet: Digits, KeepLast: 4}, "4111111111112222"},
	} {
		made := apply(t, must[Reversible](t)(NewFF1(key, c.form)), c.value)[:12]
		if other, ok := seen[made]; ok {
			t.Errorf("%s and %s are the same %q", name, other, made)
		}
		seen[made] = name
	}
}

// TestLuhn tries check digits against numbers with known ones, and correct against
// luhn.
func TestLuhn(t *testing.T) {
	for _, valid := range []string{"4111111111111111", "378282246310005", "79927398713", "6011000990139424"} {
		x := numeralsOf(t, Digits, valid)
		if luhn(x)%10 != 0 {
			t.Errorf("%s is not valid", valid)
		}
		for i := range x {
			was := x[i]
			for d := range byte(10) {
				x[i] = d
				if (luhn(x)%10 == 0) != (d == was) {
					t.Errorf("%s with %d at %d: valid %v", valid, d, i, d != was)
				}
			}
			if correct(x, i); x[i] != was {
				t.Errorf("correct sets digit %d of %s to %d", i, valid, x[i])
			}
		}
	}
}

// FuzzFF1Form wants every value back that is not refused, in its form.
func FuzzFF1Form(f *testing.F) {
	key := testKey(f, "k1")
	card := must[Reversible](f)(NewFF1(key, FF1Config{Alphabet: Digits, Separators: true, KeepLast: 4, Luhn: true}))
	plain := must[Reversible](f)(NewFF1(key, FF1Config{Alphabet: Alphanumeric, Separators: true}))
	f.Add("4111-1111-1111-1111")
	f.Add("AKIAIOSFODNN7EXAMPLE")
	f.Add(long(300))
	f.Fuzz(func(t *testing.T, value string) {
		for _, r := range []Reversible{card, plain} {
			made, err := r.Apply(nil, []byte(value), "")
			if err != nil {
				continue
			}
			for i := range made {
				if !alphanumeric(value[i]) && made[i] != value[i] {
					t.Fatalf("%q becomes %q", value, made)
				}
			}
			if back, err := r.Reveal(nil, made, ""); err != nil || string(back) != value {
				t.Fatalf("%q becomes %q and that %q, %v", value, made, back, err)
			}
		}
	})
}
