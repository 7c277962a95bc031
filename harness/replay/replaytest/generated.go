package replaytest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"gatehouse/harness/traffic"
)

var regenerate = flag.Bool("regenerate", false, "write the recordings that tests make of tables, but for their want sections")

// Generated holds a file of recorded traffic, or a configuration, to the text that a
// test makes of a table, and returns the file. The flag -regenerate writes it. A
// recording's text has no want sections: the file keeps those that it had if there is
// one for each of the exchanges, and "-update" writes them afterwards, see the package.
func Generated(t *testing.T, path string, text []byte, exchanges int) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	wants, rest := splitWants(data)
	if err == nil && (bytes.Equal(data, text) || len(wants) > 0 && bytes.Equal(rest, text)) {
		return data
	}
	if !*regenerate {
		t.Errorf("%s is not as generated (%v), write it with go test -run '^%s$' -regenerate", path, err, t.Name())
		return data
	}
	if len(wants) > 0 && len(wants) == exchanges {
		text = traffic.SetWants(text, wants)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return data
}

// splitWants returns the want sections of an archive, and the archive without them.
func splitWants(data []byte) (texts []string, rest []byte) {
	archive := txtar.Parse(data)
	var files []txtar.File
	for _, file := range archive.Files {
		if file.Name == "want" {
			texts = append(texts, string(file.Data))
		} else {
			files = append(files, file)
		}
	}
	archive.Files = files
	return texts, txtar.Format(archive)
}
