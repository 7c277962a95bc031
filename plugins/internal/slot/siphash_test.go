package slot

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

func TestSipHashVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/siphash/sip128.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(text))
	if len(lines) != 64 {
		t.Fatalf("%d vectors, want 64", len(lines))
	}
	bytes := make([]byte, 64)
	for i := range bytes {
		bytes[i] = byte(i)
	}
	k0, k1 := halves(bytes[:16])
	for n, want := range lines {
		first, second := sipHash(k0, k1, string(bytes[:n]))
		got := hex.EncodeToString(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, first), second))
		if got != want {
			t.Errorf("%d bytes: %s, want %s", n, got, want)
		}
	}
}
