package transform

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// TestParseKey reads one secret in every coding, and none from what is no coding.
func TestParseKey(t *testing.T) {
	secret := []byte("\xfb\xff\xbf0123456789abcdef0123456789abcd\n ")
	want := apply(t, must[Transform](t)(NewPseudonym(must[*Keyring](t)(NewKeyring(must[Key](t)(NewKey("k", secret)))), "")), "value")
	for _, text := range []string{
		"base64:" + base64.StdEncoding.EncodeToString(secret),
		"base64:" + base64.RawStdEncoding.EncodeToString(secret) + "\n",
		"base64:" + base64.URLEncoding.EncodeToString(secret),
		"base64:" + base64.RawURLEncoding.EncodeToString(secret) + "\r\n",
		"hex:" + hex.EncodeToString(secret),
		"hex:" + strings.ToUpper(hex.EncodeToString(secret)) + "\n",
		string(secret) + "\n",
	} {
		key, err := ParseKey("k", text)
		if err != nil {
			t.Errorf("ParseKey(%q): %v", text, err)
			continue
		}
		if got := apply(t, must[Transform](t)(NewPseudonym(must[*Keyring](t)(NewKeyring(key)), "")), "value"); got != want {
			t.Errorf("ParseKey(%q) is another key", text)
		}
	}
	for text, want := range map[string]string{
		"":                                       "secret: 0 bytes, want at least 32",
		"short\n":                                "secret: 5 bytes",
		"base64:AAAA":                            "secret: 3 bytes",
		"base64:" + strings.Repeat("A", 45):      "secret: not base64",
		"base64:" + strings.Repeat("A*", 32):     "secret: not base64",
		"base64:" + strings.Repeat("AAAA\n", 16): "secret: not base64",
		"hex:" + strings.Repeat("0", 65):         "secret: not hex",
		"hex:" + strings.Repeat("xy", 32):        "secret: not hex",
	} {
		if _, err := ParseKey("k", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseKey(%q): %v, want %q", text, err, want)
		}
	}
}
