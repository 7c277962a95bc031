package regex

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"rsc.io/binaryregexp"
)

// crsPatterns are the patterns of the operator rx in the OWASP Core Rule Set, in
// the order of its files, each once.
func crsPatterns(tb testing.TB) []string {
	tb.Helper()
	files, err := fs.Glob(coreruleset.FS, "@owasp_crs/*.conf")
	if err != nil || len(files) < 20 {
		tb.Fatalf("%d rule files, %v", len(files), err)
	}
	var patterns []string
	for _, file := range files {
		text, err := fs.ReadFile(coreruleset.FS, file)
		if err != nil {
			tb.Fatal(err)
		}
		for rest := string(text); ; {
			at := strings.Index(rest, "@rx ")
			if at < 0 {
				break
			}
			rest = rest[at+len("@rx "):]
			end := 0
			for ; end < len(rest) && rest[end] != '"' && rest[end] != '\n'; end++ {
				if rest[end] == '\\' && end+1 < len(rest) && rest[end+1] == '"' {
					end++
				}
			}
			if end == len(rest) || rest[end] == '\n' {
				continue // prose
			}
			pattern := strings.ReplaceAll(rest[:end], `\"`, `"`)
			rest = rest[end:]
			if strings.Contains(pattern, "%{") {
				continue
			}
			if !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	if len(patterns) < 270 {
		tb.Fatalf("%d patterns", len(patterns))
	}
	return patterns
}

// oracle is what a program is compared with.
type oracle interface {
	MatchString(string) bool
	FindStringSubmatchIndex(string) []int
}

func oracleOf(tb testing.TB, pattern string) oracle {
	tb.Helper()
	if escapesBytes(pattern) {
		return binaryregexp.MustCompile(pattern)
	}
	re, err := regexp.Compile("(?sm)" + pattern)
	if err != nil {
		tb.Fatal(err)
	}
	return re
}

func compiled(tb testing.TB, pattern string) *Program {
	tb.Helper()
	p, err := Compile(pattern)
	if err != nil {
		tb.Fatalf("Compile(%q): %v", pattern, err)
	}
	return p
}

func TestSize(t *testing.T) {
	size, insts, bin := 0, 0, 0
	for _, pattern := range crsPatterns(t) {
		p := compiled(t, pattern)
		size += p.Len()
		insts += p.insts
		if p.has(flagBytes) {
			bin++
		}
	}
	t.Logf("%d patterns, %d over bytes, %d bytes, %d instructions", len(crsPatterns(t)), bin, size, insts)
}
