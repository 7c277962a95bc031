package regex

import (
	"flag"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"regexp"
	"regexp/syntax"
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

var all = flag.Bool("all", false, "try every pattern of the CRS on every value, which takes minutes")

// TestMatchCRS compares the patterns of the CRS with Go's regexp and
// rsc.io/binaryregexp on values of all kinds: verdicts, captures, facts, also
// after a round trip, and with a budget that is too small. Each value is tried
// by some of the patterns, and all patterns on values generated from them.
func TestMatchCRS(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	values := append(attacks(t), benign(5000)...)
	for n := len(values); len(values) < 25000; {
		values = append(values, mutate(r, values[r.IntN(n)]))
	}
	patterns := crsPatterns(t)
	every := len(patterns) / 16
	if testing.Short() {
		every = len(patterns)
	}
	if *all {
		every = 1
	}
	const budget, tight = 64 << 20, 40 << 10
	roomy, small := NewCache(budget), NewCache(tight)
	pairs, hits, patternsHit := 0, 0, 0
	for n, pattern := range patterns {
		want := oracleOf(t, pattern)
		written := compiled(t, pattern)
		p, rest, err := Read(written.AppendBinary(nil))
		if err != nil || len(rest) > 0 || !reflect.DeepEqual(p, written) {
			t.Fatalf("%q is not what was written: %v", pattern, err)
		}
		d, tiny := roomy.New(p), small.New(p)
		try := func(value string) (hit bool) {
			pairs++
			hit = compare(t, want, p, d, pattern, value)
			if hit {
				hits++
			}
			if pairs%8 == 0 && tiny.Match(value) != hit {
				t.Fatalf("%q matches %q: %v with little memory, want %v", pattern, value, !hit, hit)
			}
			return hit
		}
		for i := n % every; i < len(values); i += every {
			try(values[i])
		}
		flags := syntax.Perl&^syntax.OneLine | syntax.DotNL
		if p.has(flagBytes) {
			flags = syntax.Perl
		}
		tree, err := syntax.Parse(pattern, flags)
		if err != nil {
			t.Fatal(err)
		}
		before := hits
		for range 60 {
			value := string(generate(r, tree, p.has(flagBytes), nil))
			try(value)
			try(mutate(r, value))
		}
		if hits > before {
			patternsHit++
		} else {
			t.Logf("no value generated from %.200q matches it", pattern)
		}
		if roomy.Size() > budget || small.Size() > tight {
			t.Fatalf("%d and %d bytes in use, want at most %d and %d", roomy.Size(), small.Size(), budget, tight)
		}
	}
	t.Logf("%d patterns, %d values, %d pairs, %d hits; %d MB of states, %d flushes with little memory", len(patterns), len(values), pairs, hits, roomy.Size()>>20, small.Flushes())
	if len(patterns) < 290 || len(values) < 20000 || patternsHit < 285 {
		t.Errorf("%d patterns, %d values, %d patterns with hits", len(patterns), len(values), patternsHit)
	}
}
