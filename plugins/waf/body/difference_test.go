//go:build !wasip1

package body

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// difference is where a processor reads otherwise than Coraza on purpose.
type difference struct {
	processor string
	name      string
	reason    string
	// in tells from the body and both readings whether the difference explains
	// why they differ in the variables.
	in func(b string, got, want view) bool
}

// differences is the whole list. A test that meets no case of one of its
// processor's fails, and so does any difference that none explains.
var differences = []difference{
	{
		processor: "form",
		name:      "names that differ only in case",
		reason:    "Coraza sets one name after the other in a collection without case, so that the value of only one spelling is left, and which is random; here all are kept",
		in: func(_ string, got, want view) bool {
			return foldsCase(got["ARGS"]) && contains(got["ARGS"], want["ARGS"]) && differOnlyIn(got, want, "ARGS")
		},
	},
	{
		processor: "json",
		name:      "surrogate before another escape",
		reason:    `gjson drops the escape behind a surrogate that it does not go with, "\ud800\u003c" is U+FFFD, while receivers read U+FFFD and "<"`,
		in: func(b string, got, want view) bool {
			return strayLow.MatchString(b) && len(got["ARGS"]) == len(want["ARGS"]) && differOnlyIn(got, want, "ARGS")
		},
	},
	{
		processor: "multipart",
		name:      "limit of arguments",
		reason:    "Coraza limits the arguments of all bodies but multipart ones; here fields and files have the limit, each, and ARGUMENTS_LIMIT_REACHED is set",
		in: func(_ string, got, want view) bool {
			return got["ARGUMENTS_LIMIT_REACHED"] != nil && contains(want["ARGS"], got["ARGS"]) && contains(want["FILES"], got["FILES"]) &&
				differOnlyIn(got, want, "ARGUMENTS_LIMIT_REACHED", "ARGS", "FILES", "FILES_NAMES", "FILES_SIZES")
		},
	},
	{
		processor: "multipart",
		name:      "hundreds of header lines in a part",
		reason:    "64 lines of a part are compared, to find two of one name in linear time; a part with more has MULTIPART_DUPLICATE_PART_HEADER set, and no client sends so many",
		in: func(b string, got, want view) bool {
			return strings.Count(b, "\n") > 64 && got["MULTIPART_DUPLICATE_PART_HEADER"] != nil && differOnlyIn(got, want, "MULTIPART_DUPLICATE_PART_HEADER", "MULTIPART_STRICT_ERROR")
		},
	},
	{
		processor: "multipart",
		name:      "hundreds of parameters of a Content-Disposition",
		reason:    "64 parameters are read, in linear time; a header with more cannot be read, which sets MULTIPART_STRICT_ERROR, and no client sends so many",
		in: func(b string, got, want view) bool {
			return strings.Count(b, ";") > 64 && got["MULTIPART_STRICT_ERROR"] != nil
		},
	},
	{
		processor: "xml",
		name:      "names of the fifth edition",
		reason:    "Go has the letters of XML 1.0, Fourth Edition, in which names in newer scripts are an error; here they are read, as by parsers of the fifth",
		in: func(b string, got, want view) bool {
			return want["REQBODY_ERROR"] != nil && got["REQBODY_ERROR"] == nil && strings.ContainsFunc(b, func(r rune) bool { return r >= 0x100 })
		},
	},
}

var strayLow = regexp.MustCompile(`(?i)\\ud[89a-f][0-9a-f]{2}\\u`)

// contains tells whether all pairs of part are in list.
func contains(list, part []Pair) bool {
	for _, p := range part {
		if !slices.Contains(list, p) {
			return false
		}
	}
	return true
}

// differOnlyIn tells whether two views are equal in all variables but the named.
func differOnlyIn(got, want view, names ...string) bool {
	g, w := view{}, view{}
	for name, list := range got {
		if !slices.Contains(names, name) {
			g[name] = list
		}
	}
	for name, list := range want {
		if !slices.Contains(names, name) {
			w[name] = list
		}
	}
	return differ(g, w) == ""
}

// comparison counts how bodies of one processor compare with the oracle.
type comparison struct {
	processor string
	equal     int
	met       map[string]int // differences by name
}

func compare(processor string) *comparison {
	return &comparison{processor: processor, met: map[string]int{}}
}

// body compares one reading with the oracle's.
func (c *comparison) body(tb testing.TB, b string, got, want view) {
	tb.Helper()
	d := differ(got, want)
	if d == "" {
		c.equal++
		return
	}
	for _, known := range differences {
		if known.processor == c.processor && known.in(b, got, want) {
			c.met[known.name]++
			return
		}
	}
	tb.Fatalf("%s %q: %s", c.processor, b, d)
}

// done fails unless enough bodies were compared, and every difference was met.
func (c *comparison) done(tb testing.TB, atLeast int) {
	tb.Helper()
	tb.Logf("%s: %d bodies read alike; %v", c.processor, c.equal, c.met)
	if c.equal < atLeast {
		tb.Errorf("%s: %d bodies read alike, want at least %d", c.processor, c.equal, atLeast)
	}
	for _, known := range differences {
		if known.processor == c.processor && c.met[known.name] == 0 {
			tb.Errorf("%s: no case of %q, want one or the entry removed", c.processor, known.name)
		}
	}
}

// TestDifferencesHaveReasons keeps the list readable.
func TestDifferencesHaveReasons(t *testing.T) {
	for _, d := range differences {
		if d.name == "" || len(d.reason) < 40 || strings.HasSuffix(d.reason, ".") {
			t.Errorf("%s: %q: reason %q", d.processor, d.name, d.reason)
		}
	}
}
