package jose

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
)

// unsupported lists the vectors that Wycheproof calls valid and this package
// refuses on purpose: a line is file, number, name and reason.
//
//go:embed testdata/wycheproof-unsupported.txt
var unsupported string

// vector is a JWS test of Wycheproof with the key or key set of its group.
type vector struct {
	id    string
	keys  json.RawMessage
	token string
	valid bool
}

// wycheproofVectors returns every vector of a file.
func wycheproofVectors(t testing.TB, file string) []vector {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		TestGroups []struct {
			Public  json.RawMessage
			Private json.RawMessage
			Tests   []struct {
				TcID    int
				Comment string
				JWS     json.RawMessage
				JWE     json.RawMessage
				Result  string
			}
		}
	}
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for _, group := range document.TestGroups {
		keys := group.Public
		if keys == nil {
			keys = group.Private
		}
		if !strings.Contains(string(keys), `"keys"`) {
			keys = []byte(`{"keys":[` + string(keys) + `]}`)
		}
		for _, test := range group.Tests {
			vectors = append(vectors, vector{
				id:    fmt.Sprintf("%s %d %s", file, test.TcID, test.Comment),
				keys:  keys,
				token: text(test.JWS) + text(test.JWE),
				valid: test.Result == "valid",
			})
		}
	}
	return vectors
}

// text returns the string a JSON value holds, and an object as it is written:
// some vectors are JSON serializations.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

func accepts(keys, token string, verify VerifyFunc) error {
	set, err := ParseKeySet(keys)
	if err != nil {
		return err
	}
	parsed, err := ParseCompact(token)
	if err != nil {
		return err
	}
	return parsed.Verify(set, AllAlgorithms(), verify)
}

// wycheproofCounts are how many vectors there are, of them valid, and of those
// accepted.
var wycheproofCounts = []struct {
	file                   string
	total, valid, accepted int
}{
	{"json_web_signature_test.json", 401, 46, 32},
	{"json_web_key_test.json", 26, 5, 1},
	{"json_web_crypto_test.json", 83, 6, 2},
}

// TestWycheproof runs every JWS and JWK vector. A vector the package does not
// support is still run, and must be refused: a key set it cannot read or an
// algorithm it does not know never ends in acceptance.
func TestWycheproof(t *testing.T) {
	refused := map[string]bool{}
	for line := range strings.Lines(unsupported) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Fatalf("wycheproof-unsupported.txt: %q: want \"file number name: reason\"", line)
		}
		refused[id] = true
	}
	byHost := ways()[1].verify
	seen := 0
	for _, count := range wycheproofCounts {
		vectors := wycheproofVectors(t, count.file)
		valid, accepted := 0, 0
		for _, v := range vectors {
			err := accepts(string(v.keys), v.token, nil)
			if other := accepts(string(v.keys), v.token, byHost); fmt.Sprint(other) != fmt.Sprint(err) {
				t.Errorf("%s: by a host: %v, in Go: %v", v.id, other, err)
			}
			if v.valid {
				valid++
			}
			if err == nil {
				accepted++
			}
			switch {
			case refused[v.id]:
				seen++
				if !v.valid || err == nil {
					t.Errorf("%s: listed as unsupported, valid = %v, error = %v", v.id, v.valid, err)
				}
			case v.valid && err != nil:
				t.Errorf("%s: refused: %v", v.id, err)
			case !v.valid && err == nil:
				t.Errorf("%s: accepted, want refused", v.id)
			}
		}
		if len(vectors) != count.total || valid != count.valid || accepted != count.accepted {
			t.Errorf("%s: %d vectors, %d valid, %d accepted, want %d, %d, %d", count.file,
				len(vectors), valid, accepted, count.total, count.valid, count.accepted)
		}
	}
	if seen != len(refused) {
		t.Errorf("%d of %d vectors of wycheproof-unsupported.txt exist", seen, len(refused))
	}
}
