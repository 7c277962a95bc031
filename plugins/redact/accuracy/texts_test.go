package accuracy

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// text is a text and what is in it.
type text struct {
	Text  string  `json:"text"`
	Spans []label `json:"spans"`
}

// label says what the bytes from start to end are.
type label struct {
	start, end int
	kind       string
}

func (l label) MarshalJSON() ([]byte, error) { return json.Marshal([3]any{l.start, l.end, l.kind}) }

func (l *label) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[3]any{&l.start, &l.end, &l.kind})
}

// set is a number of labelled texts.
type set struct {
	name  string
	texts []text
	// sum is the SHA-256 of the texts as JSON lines.
	sum string
}

// sets are all labelled texts: those of others, those that other people's code has
// made, and those that are made here.
func sets(t *testing.T) []set {
	t.Helper()
	return []set{read(t, "presidio-research", 1500), read(t, "faker", 8000), generated(t)}
}

func read(t *testing.T, name string, texts int) set {
	t.Helper()
	s := parse(t, name, readFile(t, name))
	if len(s.texts) != texts {
		t.Fatalf("%s has %d texts, want %d", name, len(s.texts), texts)
	}
	return s
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name, "texts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, name string, lines []byte) set {
	t.Helper()
	sum := sha256.Sum256(lines)
	s := set{name: name, sum: hex.EncodeToString(sum[:])}
	for scanner := bufio.NewScanner(bytes.NewReader(lines)); scanner.Scan(); {
		var x text
		if err := json.Unmarshal(scanner.Bytes(), &x); err != nil {
			t.Fatalf("%s: line %d: %v", name, len(s.texts)+1, err)
		}
		for _, l := range x.Spans {
			if l.start < 0 || l.start >= l.end || l.end > len(x.Text) {
				t.Fatalf("%s: line %d: label %v outside of the text", name, len(s.texts)+1, l)
			}
		}
		s.texts = append(s.texts, x)
	}
	return s
}

var write = flag.String("write", "", "write the texts that are made here to a `file`, for presidio.py")

// generated makes texts, and reads them as those of others are read.
func generated(t *testing.T) set {
	t.Helper()
	return parse(t, "generated", generatedLines(t))
}

func generatedLines(t *testing.T) []byte {
	t.Helper()
	return lines(t, generate(2026))
}

// lines are texts as the files have them.
func lines(t *testing.T, texts []text) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, x := range texts {
		if x.Spans == nil {
			x.Spans = []label{}
		}
		if err := e.Encode(x); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestGeneratedTexts keeps the texts that are made here the same on every run, and
// writes them for others to read.
func TestGeneratedTexts(t *testing.T) {
	b := generatedLines(t)
	if again := generatedLines(t); !bytes.Equal(b, again) {
		t.Error("two runs make different texts")
	}
	if *write != "" {
		if err := os.WriteFile(*write, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// recorded are Presidio's finds in the texts of a set: those of each text.
func recorded(t *testing.T, s set) [][]find {
	t.Helper()
	file := filepath.Join("testdata", "presidio", s.name+".tsv")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	finds := make([][]find, len(s.texts))
	total := 0
	for n, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		first, rest, _ := strings.Cut(line, "\t")
		switch first {
		case "# presidio-analyzer":
			if !strings.HasPrefix(rest, "2.2.") {
				t.Fatalf("%s: presidio-analyzer %s, want 2.2", file, rest)
			}
			continue
		case "# texts":
			if rest != s.sum {
				t.Fatalf("%s: finds in texts with the hash %s, these have %s: run presidio.py", file, rest, s.sum)
			}
			continue
		}
		var at int
		if _, err := fmt.Sscan(first, &at); err != nil || at >= len(finds) {
			t.Fatalf("%s: line %d: %q, want the number of a text", file, n+1, first)
		}
		for _, field := range strings.Fields(rest) {
			var f find
			// "12-31:CREDIT_CARD:1.00"
			if _, err := fmt.Sscanf(strings.ReplaceAll(field, ":", " "), "%d-%d %s %f", &f.start, &f.end, &f.kind, &f.score); err != nil {
				t.Fatalf("%s: line %d: %q: %v", file, n+1, field, err)
			}
			finds[at] = append(finds[at], f)
			total++
		}
	}
	if total < 200 {
		t.Fatalf("%s: %d finds, want 200", file, total)
	}
	return finds
}
