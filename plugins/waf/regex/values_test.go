package regex

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/corazawaf/coraza-coreruleset/v4/tests"
	"sigs.k8s.io/yaml"
)

// attacks are the values in the regression tests of the CRS: URIs, bodies and
// headers as they are, and decoded, and taken apart at separators.
func attacks(tb testing.TB) []string {
	tb.Helper()
	files, err := fs.Glob(tests.FS, "*/*.yaml")
	if err != nil || len(files) < 200 {
		tb.Fatalf("%d test files, %v", len(files), err)
	}
	seen := map[string]bool{}
	var values []string
	add := func(s string) {
		if !seen[s] && len(s) < 1500 {
			seen[s] = true
			values = append(values, s)
		}
	}
	take := func(s string) {
		add(s)
		for _, pair := range strings.FieldsFunc(s, func(r rune) bool { return r == '&' || r == '?' }) {
			_, value, _ := strings.Cut(pair, "=")
			add(value)
			if decoded, err := url.QueryUnescape(value); err == nil {
				add(decoded)
				add(strings.ToLower(decoded))
			}
		}
	}
	for _, file := range files {
		text, err := fs.ReadFile(tests.FS, file)
		if err != nil {
			tb.Fatal(err)
		}
		var doc any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			tb.Fatalf("%s: %v", file, err)
		}
		walk(doc, "", take)
	}
	if len(values) < 8000 {
		tb.Fatalf("%d values", len(values))
	}
	return values
}

// walk calls f for the strings under data, uri and headers.
func walk(node any, key string, f func(string)) {
	switch node := node.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(node)) {
			if key == "headers" {
				walk(node[k], key, f)
			} else {
				walk(node[k], k, f)
			}
		}
	case []any:
		for _, v := range node {
			walk(v, key, f)
		}
	case string:
		if key == "data" || key == "uri" || key == "headers" {
			f(node)
		}
	}
}

// benign are n values such as an API sees: names, numbers, tokens, sentences,
// URLs and JSON, some of them not in English.
func benign(n int) []string {
	r := rand.New(rand.NewPCG(3, 5))
	words := strings.Fields(ordinary + ` Selecting a union of tables from the group, we order by where it has been; don't insert & update "quotes" or drop 50% ` +
		`O'Brien José Müller Łódź Zürich Привет мир 日本語 テスト system( exec eval( script alert cat /etc/ ls -la ../img <b>bold</b> {{name}} ${price} #tag @home 2+2=4 a||b x&&y -- ; ` +
		`2024-05-17T10:30:00Z 192.168.0.1 +49 30 123456 user_id=42 e4d909c2-90d1-4cdb`)
	word := func() string { return words[r.IntN(len(words))] }
	some := func(n int, sep string) string {
		parts := make([]string, 1+r.IntN(n))
		for i := range parts {
			parts[i] = word()
		}
		return strings.Join(parts, sep)
	}
	token := func() string {
		b := make([]byte, 8+r.IntN(40))
		for i := range b {
			b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[r.IntN(64)]
		}
		return string(b)
	}
	values := make([]string, n)
	for i := range values {
		switch r.IntN(8) {
		case 0:
			values[i] = word()
		case 1:
			values[i] = token()
		case 2:
			values[i] = "/" + some(5, "/") + "?" + word() + "=" + word()
		case 3:
			values[i] = `{"` + word() + `":"` + some(8, " ") + `","id":` + strings.Repeat("7", 1+r.IntN(5)) + `}`
		case 4:
			values[i] = some(40, " ")
		case 5:
			values[i] = some(4, "\n")
		case 6:
			values[i] = word() + "=" + some(3, "; ")
		default:
			values[i] = some(12, " ")
		}
	}
	return values
}

// mutate changes a few bytes of a value.
func mutate(r *rand.Rand, s string) string {
	b := []byte(s)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(b) + 1)
		switch r.IntN(6) {
		case 0:
			if at < len(b) {
				b[at] = byte(r.IntN(256))
			}
		case 1:
			if at < len(b) {
				b = append(b[:at:at], b[at+1:]...)
			}
		case 2:
			insert := []string{"\n", " ", "\xff", "ſ", "\u212a", "'", "\x00", "é", "\u00a0", "a", "\xe2\x80"}[r.IntN(11)]
			b = append(b[:at:at], insert+string(b[at:])...)
		case 3:
			if at < len(b) && 'a' <= b[at]|0x20 && b[at]|0x20 <= 'z' {
				b[at] ^= 0x20
			}
		case 4:
			b = b[:at]
		case 5:
			b = append(b, b[at:]...)
		}
	}
	return string(b[:min(len(b), 2000)])
}

// generate writes a value that the expression matches, assertions aside.
func generate(r *rand.Rand, re *syntax.Regexp, bytes bool, b []byte) []byte {
	if len(b) > 1000 {
		return b
	}
	put := func(set runeSet, fold bool) {
		if len(set) == 0 {
			return
		}
		pair := r.IntN(len(set) / 2)
		lo, hi := set[2*pair], set[2*pair+1]
		if r.IntN(4) > 0 {
			hi = min(hi, max(lo, 0x7e)) // mostly ASCII
		}
		c := lo + r.Int32N(hi-lo+1)
		if fold && r.IntN(3) == 0 {
			c = unicode.SimpleFold(c)
		}
		switch {
		case bytes:
			b = append(b, byte(c))
		case c == utf8.RuneError && r.IntN(2) == 0:
			b = append(b, 0xff)
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	times := func(lo, hi int) {
		if hi < 0 || hi > lo+3 {
			hi = lo + 3
		}
		for range lo + r.IntN(hi-lo+1) {
			b = generate(r, re.Sub[0], bytes, b)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			put(runeSet{c, c}, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		put(re.Rune, false)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		put(runeSet{' ', '~', ' ', '~', '\t', '\n', 0x80, unicode.MaxRune}, false)
	case syntax.OpCapture:
		b = generate(r, re.Sub[0], bytes, b)
	case syntax.OpStar:
		times(0, -1)
	case syntax.OpPlus:
		times(1, -1)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, re.Max)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			b = generate(r, sub, bytes, b)
		}
	case syntax.OpAlternate:
		b = generate(r, re.Sub[r.IntN(len(re.Sub))], bytes, b)
	}
	return b
}
