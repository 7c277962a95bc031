package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// step is one command of a guide and what it prints.
type step struct {
	file          string
	line          int
	command, want string
	// where is the word behind "console": "" for a step that any machine can do.
	where string
}

// steps are the commands in the console blocks of a file.
func steps(t *testing.T, file string) []step {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []step
	in, where := false, ""
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case !in && strings.HasPrefix(line, "```console"):
			in, where = true, strings.TrimSpace(strings.TrimPrefix(line, "```console"))
		case in && line == "```":
			in = false
		case in && strings.HasPrefix(line, "$ "):
			all = append(all, step{file: file, line: i + 1, command: line[2:], where: where})
		case in && len(all) > 0:
			all[len(all)-1].want += line + "\n"
		}
	}
	return all
}

// matches tells whether text is what a guide shows: "..." on a line of its own stands
// for any lines, within a line for anything.
func matches(text, shown string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(shown) {
		if strings.TrimSpace(line) == "..." {
			pattern.WriteString(`(.*\n)*`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, "\n")), `\.\.\.`, ".*") + "\n")
	}
	return regexp.MustCompile("^" + pattern.String() + "$").MatchString(text)
}

// checkout is a folder that looks like a fresh one of the repository: everything but
// what was built.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, e := range entries {
		switch e.Name() {
		case "bin", "dist", ".git":
		default:
			if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// run runs the command of a step as a reader would, and compares what it prints.
func run(t *testing.T, dir string, s step, environment ...string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", s.command)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		// Of a make that runs this test, the one that is run here is not a part.
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, environment...)
	out, err := cmd.CombinedOutput()
	// diff fails where there are differences, harness where the page shows what it complains of.
	expected := strings.HasPrefix(s.command, "diff ") || strings.HasPrefix(s.want, "harness: ")
	if (err != nil) != expected {
		t.Fatalf("%s:%d: %s: %v\n%s", s.file, s.line, s.command, err, out)
	}
	if !matches(string(out), s.want) {
		t.Fatalf("%s:%d: %s\nprints\n%s\nthe page shows\n%s", s.file, s.line, s.command, out, s.want)
	}
}

// TestFirstHour does the steps of the guide that need no cluster, and those of the README
// and of the promise in the folder that they leave.
func TestFirstHour(t *testing.T) {
	dir := checkout(t)
	for _, page := range []struct {
		file  string
		steps int
	}{{"first-hour.md", 9}, {"../README.md", 3}, {"compatibility.md", 2}} {
		ran := 0
		for _, s := range steps(t, page.file) {
			if s.where == "" {
				run(t, dir, s)
				ran++
			}
		}
		if ran != page.steps {
			t.Errorf("%s: %d steps, want %d", page.file, ran, page.steps)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		text, shown string
		want        bool
	}{
		{"a\nb\nc\n", "a\n...\nc\n", true}, {"a\nc\n", "a\n...\nc\n", true}, {"a\nb\n", "a\n...\nc\n", false}, {"a\nb\n", "a\n", false},
		{"v1 sha256:ab ok\n", "v1 sha256:... ok\n", true}, {"v1 sha256:ab\ncd ok\n", "v1 sha256:... ok\n", false}, {"", "", true}, {"x\n", "", false}, {"", "...\n", true},
	} {
		if got := matches(tt.text, tt.shown); got != tt.want {
			t.Errorf("matches(%q, %q) = %v, want %v", tt.text, tt.shown, got, tt.want)
		}
	}
}
