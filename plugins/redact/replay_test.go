//go:build !wasip1

package redact_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// TestReplay runs the recordings through the plugin's Wasm, with bodies whole, byte by
// byte, and cut in the middle.
func TestReplay(t *testing.T) {
	t.Parallel() // with TestEnvoyAnswersAsTheHarness
	plugin := harness.Plugin{Name: "redact", Wasm: replaytest.Build(t, "./wasm")}
	t.Run("replay", func(t *testing.T) { replaytest.Dir(t, "testdata/replay", harness.Options{}, plugin) })
	t.Run("random", func(t *testing.T) { replayed(t, "random", plugin, sameAs(unsealed)) })
	t.Run("compressed", func(t *testing.T) { replayed(t, "compressed", plugin, sameAs(uncompressed)) })
	t.Run("broken", func(t *testing.T) { replayed(t, "broken", plugin, broken) })
}

// cuts are how bodies are cut, from the one that lets most of a broken body go.
var cuts = []replay.Chunks{replay.Bytes, replay.Halves, replay.Whole}

// replayed is replaytest.Dir for recordings whose outcomes differ in what is said of
// their bodies: settle makes those of an exchange, one for each of cuts, comparable, and
// holds them against each other. The first is what is recorded.
func replayed(t *testing.T, folder string, plugin harness.Plugin, settle func(t *testing.T, name string, wants []string) []string) {
	for i := range folders[folder] {
		r := &folders[folder][i]
		t.Run(r.file, func(t *testing.T) {
			file := filepath.Join("testdata", folder, r.file+".txtar")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := traffic.ReadTxtar(file, data)
			if err != nil {
				t.Fatal(err)
			}
			var all [][]string
			for _, way := range cuts {
				all = append(all, replaytest.Wants(t, recorded, way, harness.Options{}, plugin))
			}
			wants := make([]string, len(recorded.Exchanges))
			for n, x := range recorded.Exchanges {
				var outcomes []string
				for i := range cuts {
					outcomes = append(outcomes, all[i][n])
				}
				wants[n] = settle(t, x.Name, outcomes)[0]
			}
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(file, traffic.SetWants(data, wants), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for n, x := range recorded.Exchanges {
				if x.Want == nil || strings.TrimSpace(*x.Want) != strings.TrimSpace(wants[n]) {
					t.Errorf("%s is not as recorded, write it with -update:\n%s", x.Name, wants[n])
				}
			}
		})
	}
}

// sameAs wants the outcomes of an exchange to be the same as far as a function tells of
// them.
func sameAs(told func(want string) string) func(t *testing.T, name string, wants []string) []string {
	return func(t *testing.T, name string, wants []string) []string {
		for i, want := range wants {
			wants[i] = told(want)
			if wants[i] != wants[0] {
				t.Errorf("%s: cutting bodies changes the outcome:\n%s\n%s:\n%s", name, wants[i], cuts[0], wants[0])
			}
		}
		return wants
	}
}

var ciphertext = regexp.MustCompile(`(enc(?::|%3A)k1(?::|%3A))([A-Za-z0-9_-]+)`)

// unsealed is a want section with the lengths of its ciphertexts.
func unsealed(want string) string {
	return ciphertext.ReplaceAllStringFunc(want, func(text string) string {
		parts := ciphertext.FindStringSubmatch(text)
		return fmt.Sprintf("%s(%d)", parts[1], len(parts[2]))
	})
}

// broken takes what has left of a body out of the outcomes of an exchange, all but the
// first, and wants it to be the beginning of what has left there.
func broken(t *testing.T, name string, wants []string) []string {
	t.Helper()
	first, most := bodyOf(wants[0])
	for i, want := range wants[1:] {
		rest, left := bodyOf(want)
		if rest != first {
			t.Errorf("%s: cutting bodies changes the outcome:\n%s\nbyte by byte:\n%s", name, want, wants[0])
		}
		if !strings.HasPrefix(inflated([]byte(most)), strings.TrimSuffix(inflated([]byte(left)), cutOff)) {
			t.Errorf("%s: %s: %q has left, which is no beginning of %q", name, cuts[i+1], left, most)
		}
	}
	return wants
}

// bodyOf takes the line about the body out of a want section.
func bodyOf(want string) (rest, body string) {
	var kept []string
	for _, line := range strings.Split(want, "\n") {
		text, ok := strings.CutPrefix(line, "response body ")
		if !ok {
			kept = append(kept, line)
			continue
		}
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		body = text
	}
	return strings.Join(kept, "\n"), body
}

// cutOff ends what a body in a coding says that has no end.
const cutOff = " …"

// uncompressed is a want section with the texts that its bodies say.
func uncompressed(want string) string {
	lines := strings.Split(want, "\n")
	for i, line := range lines {
		for _, name := range []string{"response body ", "upstream body "} {
			if text, ok := strings.CutPrefix(line, name); ok {
				if unquoted, err := strconv.Unquote(text); err == nil {
					text = unquoted
				}
				lines[i] = fmt.Sprintf("%s%q", name, inflated([]byte(text)))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// inflated is what a body in some coding says, as far as it is there; a body in none is
// returned as it is.
func inflated(body []byte) string {
	var r io.Reader
	var err error
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(bytes.NewReader(body))
	case len(body) > 1 && body[0] == 0x78:
		r, err = zlib.NewReader(bytes.NewReader(body))
	case len(body) > 0 && body[0] <= 1: // frames, or DEFLATE
		if text, ok := framesOf(body); ok {
			return text
		}
		fallthrough
	case len(body) > 0 && body[0] < ' ':
		r = flate.NewReader(bytes.NewReader(body))
	default:
		return string(body)
	}
	if err != nil {
		return cutOff
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return string(text) + cutOff
	}
	return string(text)
}

// framesOf are the messages of a body in frames, each behind its flags.
func framesOf(body []byte) (string, bool) {
	var b strings.Builder
	for len(body) > 0 {
		if len(body) < 5 || uint32(len(body)-5) < binary.BigEndian.Uint32(body[1:]) {
			return "", false
		}
		n := 5 + binary.BigEndian.Uint32(body[1:])
		fmt.Fprintf(&b, "(%d)%s", body[0], inflated(body[5:n]))
		body = body[n:]
	}
	return b.String(), true
}
