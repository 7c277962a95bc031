package transform

import (
	"encoding/base64"
	"encoding/hex"
	"testing"
)

func TestHexDecodeKeepsWhatItRefuses(t *testing.T) {
	for _, s := range []string{"", "4", "414", "4g", "g4", "01234567890z", "54657374004", "41 42", "0x41", "\xff\xff"} {
		if got, changed := HexDecode.Apply(nil, s); changed || got != nil {
			t.Errorf("hexDecode(%q) = %q, want it as it is", s, got)
		}
	}
}

func TestEncodingsOfAllLengths(t *testing.T) {
	var all [300]byte
	for i := range all {
		all[i] = byte(i * 7)
	}
	for n := range all {
		s := string(all[:n])
		encoded := check(t, Base64Encode, s)
		if want := base64.StdEncoding.EncodeToString(all[:n]); encoded != want {
			t.Errorf("base64Encode of %d bytes = %q, want %q", n, encoded, want)
		}
		for _, id := range []ID{Base64Decode, Base64DecodeExt} {
			if got := check(t, id, encoded); got != s {
				t.Errorf("%s(%q) = %q, want %q", id, encoded, got, s)
			}
		}
		digits := check(t, HexEncode, s)
		if want := hex.EncodeToString(all[:n]); digits != want {
			t.Errorf("hexEncode of %d bytes = %q, want %q", n, digits, want)
		}
		if got := check(t, HexDecode, digits); got != s {
			t.Errorf("hexDecode(%q) = %q, want %q", digits, got, s)
		}
	}
}
