package detect

import (
	"strings"
	"testing"
)

func TestPrivateKey(t *testing.T) {
	s := newSet(t, "private_key")
	body := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n", 3)
	begin, end := "-----BEGIN RSA "+"PRIVATE KEY-----", "-----END RSA "+"PRIVATE KEY-----"
	whole := begin + "\n" + body + end
	escaped := strings.ReplaceAll(whole, "\n", `\n`)
	encrypted := begin + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n" + body + end
	pgp := "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\nVersion: GnuPG v2.0.22 (GNU/Linux)\n\n" + body + "=abcd\n-----END PGP " + "PRIVATE KEY BLOCK-----"
	ssh2 := "---- BEGIN SSH2 ENCRYPTED " + "PRIVATE KEY ----\nComment: \n" + body + "---- END SSH2 ENCRYPTED " + "PRIVATE KEY ----"
	cutOff := begin + "\n" + strings.TrimSuffix(body, "\n")
	tests := []struct{ name, text, want string }{
		{"in the middle of a text", "key:\n" + whole + "\nbye", "key:\n[private_key " + whole + "]\nbye"},
		{"with escaped line ends", `{"k":"` + escaped + `"}`, `{"k":"[private_key ` + escaped + `]"}`},
		{"with headers", encrypted, "[private_key " + encrypted + "]"},
		{"of OpenPGP", pgp, "[private_key " + pgp + "]"},
		{"of SSH2", ssh2, "[private_key " + ssh2 + "]"},
		{"cut off", cutOff + `", "x": 1`, "[private_key " + cutOff + `]", "x": 1`},
		{"cut off by the end", cutOff, "[private_key " + cutOff + "]"},
		{"two in a row", whole + "\n" + whole, "[private_key " + whole + "]\n[private_key " + whole + "]"},
		{"the first cut off", cutOff + "\n" + whole, "[private_key " + cutOff + "]\n[private_key " + whole + "]"},
		{"a public key", "-----BEGIN PUBLIC KEY-----\n" + body + "-----END PUBLIC KEY-----", ""},
		{"a certificate", "-----BEGIN CERTIFICATE-----\n" + body, ""},
		{"only the line", "the line " + begin + " begins it", ""},
		{"a rule of hyphens", "-----------------\nBEGIN", ""},
	}
	for _, tt := range tests {
		want := tt.want
		if want == "" {
			want = tt.text
		}
		if got := marked(tt.text, inPieces(t, s, tt.text, "")); got != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
			continue
		}
		everyCut(t, s, tt.text, "")
	}
}

func TestPrivateKeyBeyondTheBound(t *testing.T) {
	s := newSet(t, "private_key")
	text := "-----BEGIN " + "PRIVATE KEY-----\n" + strings.Repeat("A", 3*maxKey)
	want := inPieces(t, s, text, "")
	if len(want) != 1 || want[0].Start != 0 || want[0].End != maxKey+4 {
		t.Errorf("%v, want one span of the bound", want)
	}
	for _, cut := range []int{1, 5, 30, maxKey - 1, maxKey, maxKey + 4, maxKey + 5, 2 * maxKey} {
		if got := inPieces(t, s, text, "", cut); len(got) != 1 || got[0] != want[0] {
			t.Errorf("cut at %d: %v, want %v", cut, got, want)
		}
	}
}
