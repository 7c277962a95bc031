package literal

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
)

// crs returns the phrases of each data file of the Core Rule Set, and a group for
// each of its regular expressions: some of the words of four bytes or more in
// it, which are about as many and as long as the literals that it requires.
func crs(t testing.TB) (groups [][]string) {
	t.Helper()
	names, err := fs.Glob(coreruleset.FS, "@owasp_crs/*")
	if err != nil {
		t.Fatal(err)
	}
	phrases, words := 0, 0
	for _, name := range names {
		data, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		switch {
		case strings.HasSuffix(name, ".data"):
			var list []string
			for _, line := range lines {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					list = append(list, line)
				}
			}
			phrases += len(list)
			groups = append(groups, list)
		case strings.HasSuffix(name, ".conf"):
			for _, line := range lines {
				_, pattern, ok := strings.Cut(line, `"@rx `)
				if !ok {
					continue
				}
				list := strings.FieldsFunc(pattern, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' })
				list = slices.DeleteFunc(list, func(s string) bool { return len(s) < 4 })
				slices.Sort(list)
				list = slices.Compact(list)
				for k := 8; k < len(list); k++ { // 8 and every fourth of the rest
					list = slices.Delete(list, k, min(k+3, len(list)))
				}
				words += len(list)
				groups = append(groups, list)
			}
		}
	}
	t.Logf("%d phrases, %d words of regular expressions", phrases, words)
	if phrases < 5500 || words < 1500 {
		t.Fatalf("the Core Rule Set has %d phrases and %d words, want 5500 and 1500 at least", phrases, words)
	}
	return groups
}

// benign is what a Set sees nearly always: headers, forms, JSON and prose.
var benign = []struct{ name, text string }{
	{"headers", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7
en-US,en;q=0.9,de;q=0.8 gzip, deflate, br, zstd https://shop.example.com/catalogue/garden/chairs?page=3&sort=price
session=8f14e45fceea167a5a36dedd4bea2543; theme=light; _ga=GA1.2.1482910543.1699999999; consent=functional%2Canalytics
Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ`},
	{"json", `{"order":{"id":184467,"customer":{"name":"Maria Lindqvist","email":"maria@example.org","phone":"+46 70 123 45 67"},
"items":[{"sku":"CH-2201-B","title":"Folding chair, beech","quantity":4,"price":39.90,"currency":"EUR"},{"sku":"TB-0034","title":"Round table","quantity":1,"price":149.00,"currency":"EUR"}],
"delivery":{"street":"Storgatan 12","city":"Uppsala","postcode":"753 31","country":"SE","instructions":"Please leave it with the neighbour on the second floor."}}}`},
	{"prose", `The committee met on Tuesday to look at the plans for the new library. Several members had questions about the cost of the building
and about the time it would take; the architect said that most of the work could be done before winter, if the weather was kind and the
deliveries came when they were promised. Nobody was against it. The old reading room will be kept as it is, with its long tables and green
lamps, and the children get a floor of their own with a window to the park.`},
}

// TestCRS scans with all literals of the Core Rule Set, for each of them and for
// text that has few.
func TestCRS(t *testing.T) {
	groups := crs(t)
	s := build(t, groups)
	b := s.AppendBinary(nil)
	n := 0
	for g, list := range groups {
		n += len(list)
		for k, l := range list {
			found := make([]uint64, len(groups)/64+1)
			text := benign[k%3].text[:k%50] + upper(l)
			if s.Scan(text, found); found[g/64]>>(g%64)&1 == 0 {
				t.Errorf("Scan(%q) does not find group %d", text, g)
			}
		}
	}
	for _, tt := range benign {
		if got, want := scan(t, s, tt.text), naive(groups, tt.text); !slices.Equal(got, want) {
			t.Errorf("%s: found %x, want %x", tt.name, got, want)
		}
	}
	if len(b) > 400<<10 {
		t.Errorf("the binary form has %d bytes, want 400 KB at most", len(b))
	}
	t.Logf("%d literals in %d groups, %d bytes: filter %d, entries %d, trie %d, found %d", n, len(groups), len(b), len(s.filter), len(s.entries.slots), len(s.trie), len(s.found))
}

// upper returns s with its ASCII letters in upper case.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// nearMatches are texts that keep a scan busy: beginnings of literals without
// their last byte, and ends of which most are the beginning of another.
func nearMatches(groups [][]string) string {
	var b strings.Builder
	for _, list := range groups {
		for _, l := range list {
			if len(l) > 3 {
				b.WriteString(l[:len(l)-1])
			}
			if b.Len() > 64<<10 {
				return b.String()
			}
		}
	}
	return b.String()
}

func BenchmarkScan(b *testing.B) {
	groups := crs(b)
	s := build(b, groups)
	texts := append(slices.Clone(benign), struct{ name, text string }{"near matches", nearMatches(groups)})
	var entry string // the beginnings that have most literals, again and again
	for _, l := range []string{"inv", "get-", "/etc", "fai", "exp", ".ba"} {
		entry += l
	}
	texts = append(texts, struct{ name, text string }{"beginnings", strings.Repeat(entry, 1000)})
	for _, tt := range texts {
		b.Run(tt.name, func(b *testing.B) {
			want := naive(groups, tt.text)
			found := make([]uint64, len(groups)/64+1)
			b.SetBytes(int64(len(tt.text)))
			b.ReportAllocs()
			for b.Loop() {
				s.Scan(tt.text, found)
			}
			if !slices.Equal(found, want) {
				b.Errorf("found %x, want %x", found, want)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(tt.text)), "ns/byte")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	data := build(b, crs(b)).AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, rest, err := Read(data); err != nil || len(rest) != 0 {
			b.Fatal(len(rest), err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	groups := crs(b)
	b.ReportAllocs()
	for b.Loop() {
		if s, err := Build(groups); err != nil || s.Groups() != len(groups) {
			b.Fatal(err)
		}
	}
}
