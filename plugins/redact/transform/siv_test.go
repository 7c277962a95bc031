package transform

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSIVOfRFC5297 is Appendix A of RFC 5297.
func TestSIVOfRFC5297(t *testing.T) {
	tests := []struct {
		name, key       string
		associated      []string
		plaintext, want string
	}{
		{
			"A.1 deterministic authenticated encryption",
			"fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff",
			[]string{"10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627"},
			"11223344 55667788 99aabbcc ddee",
			"85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c",
		},
		{
			"A.2 nonce-based authenticated encryption",
			"7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f",
			[]string{
				"00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100",
				"10203040 50607080 90a0",
				"09f91102 9d74e35b d84156c5 635688c0",
			},
			"74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553",
			"7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var associated [][]byte
			for _, a := range tt.associated {
				associated = append(associated, unhex(t, a))
			}
			s := must[*siv](t)(newSIV(unhex(t, tt.key), associated...))
			for range 2 { // no state is left from one value to the next
				sealed := s.seal(nil, unhex(t, tt.plaintext))
				if !bytes.Equal(sealed, unhex(t, tt.want)) {
					t.Fatalf("seal = %x, want %s", sealed, tt.want)
				}
				if opened, ok := s.open(nil, sealed); !ok || !bytes.Equal(opened, unhex(t, tt.plaintext)) {
					t.Errorf("open = %x, %v, want %s", opened, ok, tt.plaintext)
				}
			}
		})
	}
}

// wycheproofGroup is a group of vectors of a cipher.
type wycheproofGroup struct {
	Alphabet string
	Radix    int
	Tests    []struct {
		TcID    int
		Comment string
		Flags   []string
		Key     string
		Tweak   string
		AAD     string
		IV      string
		Msg     json.RawMessage
		CT      json.RawMessage
		Tag     string
		Result  string
	}
}

func wycheproofGroups(t testing.TB, file string) []wycheproofGroup {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ TestGroups []wycheproofGroup }
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document.TestGroups
}

func unquote(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSIVOfWycheproof runs the vectors of Wycheproof, with one string of associated
// data or with that and a nonce (RFC 5297, Section 3).
func TestSIVOfWycheproof(t *testing.T) {
	files := []struct {
		name string
		runs int
	}{{"aes_siv_cmac_test.json", 442}, {"aead_aes_siv_cmac_test.json", 900}}
	for _, file := range files {
		runs := 0
		for _, group := range wycheproofGroups(t, file.name) {
			for _, v := range group.Tests {
				runs++
				associated := [][]byte{unhex(t, v.AAD)}
				sealed := unhex(t, v.Tag+unquote(t, v.CT))
				if file.name == "aead_aes_siv_cmac_test.json" {
					associated = append(associated, unhex(t, v.IV))
				}
				message := unhex(t, unquote(t, v.Msg))
				s := must[*siv](t)(newSIV(unhex(t, v.Key), associated...))
				opened, ok := s.open(nil, sealed)
				if ok != (v.Result == "valid") || ok && !bytes.Equal(opened, message) {
					t.Errorf("%s %d %s: open = %x, %v, want %x %s", file.name, v.TcID, v.Comment, opened, ok, message, v.Result)
				}
				if got := s.seal(nil, message); v.Result == "valid" && !bytes.Equal(got, sealed) {
					t.Errorf("%s %d %s: seal = %x, want %x", file.name, v.TcID, v.Comment, got, sealed)
				}
			}
		}
		if runs != file.runs {
			t.Errorf("%s: ran %d vectors, want %d", file.name, runs, file.runs)
		}
	}
}

// TestSIVKeyLengths refuses what is not two AES keys.
func TestSIVKeyLengths(t *testing.T) {
	for n := range 70 {
		_, err := newSIV(make([]byte, n))
		if want := n == 32 || n == 48 || n == 64; (err == nil) != want {
			t.Errorf("a key of %d bytes: %v, want it taken: %v", n, err, want)
		}
	}
}
