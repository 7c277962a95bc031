package transform

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/coraza/*.json
var vectorFiles embed.FS

type vector struct {
	Name, Input, Output string
}

// noTransformation are vectors whose name Coraza has no transformation for.
var noTransformation = map[string]string{
	"parityEven7bit":   "Coraza 3.8.1 does not have it",
	"parityOdd7bit":    "Coraza 3.8.1 does not have it",
	"parityZero7bit":   "Coraza 3.8.1 does not have it",
	"sqlHexDecode":     "Coraza 3.8.1 does not have it",
	"invalidCharacter": "of hexDecode, says that there is an error; TestHexDecodeKeepsWhatItRefuses",
	"invalidLen":       "of hexDecode, says that there is an error; TestHexDecodeKeepsWhatItRefuses",
}

// contradicted are vectors that Coraza itself does not give the output of.
var contradicted = map[string]string{
	"escapeSeqDecode.json[5]": `Coraza's loader makes an empty value of it; its escapeSeqDecode drops the backslash of \xag`,
}

var hexEscape = regexp.MustCompile(`\\x[0-9a-fA-F]{2}`)

// bytesOf returns the bytes that a string of a vector stands for.
func bytesOf(s string) string {
	s = strings.ReplaceAll(s, `\u0000`, "\x00")
	return hexEscape.ReplaceAllStringFunc(s, func(escape string) string {
		b, _ := strconv.ParseUint(escape[2:], 16, 8)
		return string([]byte{byte(b)})
	})
}

func TestVectors(t *testing.T) {
	files, err := vectorFiles.ReadDir("testdata/coraza")
	if err != nil {
		t.Fatal(err)
	}
	ran, skipped := 0, 0
	for _, file := range files {
		data, err := vectorFiles.ReadFile("testdata/coraza/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		var vectors []vector
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		for i, v := range vectors {
			id, ok := Lookup(v.Name)
			if !ok {
				if noTransformation[v.Name] == "" {
					t.Errorf("%s[%d]: no transformation %q", file.Name(), i, v.Name)
				}
				skipped++
				continue
			}
			if contradicted[fmt.Sprintf("%s[%d]", file.Name(), i)] != "" {
				skipped++
				continue
			}
			ran++
			input, want := bytesOf(v.Input), bytesOf(v.Output)
			if got := check(t, id, input); got != want {
				t.Errorf("%s[%d]: %s(%q) = %q, want %q", file.Name(), i, id, input, got, want)
			}
		}
	}
	if ran != 345 || skipped != 16 {
		t.Errorf("ran %d vectors and skipped %d, want 345 and 16", ran, skipped)
	}
}
