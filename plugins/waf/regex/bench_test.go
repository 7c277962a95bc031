package regex

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
)

// matcher is what the benchmarks run: a DFA or a pattern of Go's regexp.
type matcher interface{ Match(string) bool }

type goMatcher struct{ oracle }

func (m goMatcher) Match(s string) bool { return m.MatchString(s) }

// engines make a matcher for each pattern.
func engines(b *testing.B, patterns []string) map[string]func() []matcher {
	return map[string]func() []matcher{
		"dfa": func() (all []matcher) {
			c := NewCache(64 << 20)
			for _, pattern := range patterns {
				all = append(all, c.New(compiled(b, pattern)))
			}
			return all
		},
		"regexp": func() (all []matcher) {
			for _, pattern := range patterns {
				all = append(all, goMatcher{oracleOf(b, pattern)})
			}
			return all
		},
	}
}

// nearMisses are values that were generated from patterns and changed until the
// pattern does not match them any more.
func nearMisses(b *testing.B, patterns []string, each int) [][]string {
	r := rand.New(rand.NewPCG(13, 17))
	all := make([][]string, len(patterns))
	for i, pattern := range patterns {
		want := oracleOf(b, pattern)
		tree, err := syntax.Parse(pattern, syntax.Perl&^syntax.OneLine|syntax.DotNL)
		if err != nil {
			b.Fatal(err)
		}
		for range 20 * each {
			value := mutate(r, string(generate(r, tree, escapesBytes(pattern), nil)))
			if len(all[i]) < each && value != "" && !want.MatchString(value) {
				all[i] = append(all[i], value)
			}
		}
	}
	return all
}

// BenchmarkMatchBenign runs all patterns of the CRS over benign values and
// reports the time for a byte and a pattern.
func BenchmarkMatchBenign(b *testing.B) {
	patterns := crsPatterns(b)
	values := benign(400)
	bytes := 0
	for _, v := range values {
		bytes += len(v)
	}
	want := -1
	for _, name := range []string{"dfa", "regexp"} {
		b.Run(name, func(b *testing.B) {
			all := engines(b, patterns)[name]()
			for _, m := range all {
				for _, v := range values {
					m.Match(v)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				hits := 0
				for _, m := range all {
					for _, v := range values {
						if m.Match(v) {
							hits++
						}
					}
				}
				if want < 0 {
					want = hits
				}
				if hits != want {
					b.Fatalf("%d hits, want %d", hits, want)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bytes*len(patterns)), "ns/byte/pattern")
		})
	}
}

// BenchmarkMatchByValue is BenchmarkMatchBenign value by value, as a request is
// inspected, so that the tables of a pattern have left the processor's cache when
// it is its turn again.
func BenchmarkMatchByValue(b *testing.B) {
	patterns := crsPatterns(b)
	values := benign(400)
	bytes := 0
	for _, v := range values {
		bytes += len(v)
	}
	want := -1
	for _, name := range []string{"dfa", "regexp"} {
		b.Run(name, func(b *testing.B) {
			all := engines(b, patterns)[name]()
			for n := range b.N + 1 {
				if n == 1 {
					b.ResetTimer()
				}
				hits := 0
				for _, v := range values {
					for _, m := range all {
						if m.Match(v) {
							hits++
						}
					}
				}
				if want < 0 {
					want = hits
				}
				if hits != want {
					b.Fatalf("%d hits, want %d", hits, want)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bytes*len(patterns)), "ns/byte/pattern")
		})
	}
}

// BenchmarkMatchNearMiss runs each pattern of the CRS over values that it nearly
// matches.
func BenchmarkMatchNearMiss(b *testing.B) {
	patterns := crsPatterns(b)
	values := nearMisses(b, patterns, 8)
	bytes := 0
	for _, vs := range values {
		for _, v := range vs {
			bytes += len(v)
		}
	}
	for _, name := range []string{"dfa", "regexp"} {
		b.Run(name, func(b *testing.B) {
			all := engines(b, patterns)[name]()
			b.ReportAllocs()
			for n := range b.N + 1 {
				if n == 1 {
					b.ResetTimer() // the states are there
				}
				for i, m := range all {
					for _, v := range values[i] {
						if m.Match(v) {
							b.Fatalf("%q matches %q", patterns[i], v)
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bytes), "ns/byte")
		})
	}
}

// BenchmarkBuild runs all patterns of the CRS over benign values with no states
// to begin with.
func BenchmarkBuild(b *testing.B) {
	patterns := crsPatterns(b)
	values := benign(5600)
	var programs []*Program
	for _, pattern := range patterns {
		programs = append(programs, compiled(b, pattern))
	}
	for _, n := range []int{56, 5600} {
		b.Run(map[int]string{56: "56 values", 5600: "5600 values"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				c := NewCache(64 << 20)
				states, hits := 0, 0
				for _, p := range programs {
					d := c.New(p)
					for _, v := range values[:n] {
						if d.Match(v) {
							hits++
						}
					}
					states += len(d.at)
				}
				if hits == 0 {
					b.Fatal("no hits")
				}
				b.ReportMetric(float64(c.Size()), "bytes")
				b.ReportMetric(float64(states), "states")
			}
		})
	}
}

// BenchmarkRead reads all programs of the CRS.
func BenchmarkRead(b *testing.B) {
	var all []byte
	patterns := crsPatterns(b)
	for _, pattern := range patterns {
		all = compiled(b, pattern).AppendBinary(all)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for rest := all; len(rest) > 0; n++ {
			var err error
			if _, rest, err = Read(rest); err != nil {
				b.Fatal(err)
			}
		}
		if n != len(patterns) {
			b.Fatalf("read %d programs, want %d", n, len(patterns))
		}
	}
	b.ReportMetric(float64(len(all)), "bytes")
}

// BenchmarkFind looks for captures in values of 50 and of 10,000 bytes.
func BenchmarkFind(b *testing.B) {
	p := compiled(b, `(?i)\bunion\s+(all\s+)?(select)\b`)
	for name, value := range map[string]string{
		"short": "id=1 and 1=2 UNION ALL SELECT username from users--",
		"long":  strings.Repeat("some ordinary text. ", 500) + "1 union select 2",
	} {
		b.Run(name, func(b *testing.B) {
			d := NewCache(1 << 20).New(p)
			var caps []int
			b.ReportAllocs()
			for b.Loop() {
				if !d.Match(value) {
					b.Fatal("no match")
				}
				if caps = d.Find(value, caps); !strings.EqualFold(value[caps[4]:caps[5]], "select") {
					b.Fatal(caps)
				}
			}
		})
	}
}

// BenchmarkMatchLong runs over 64 kB of text that gives each pattern many
// states, or few.
func BenchmarkMatchLong(b *testing.B) {
	r := rand.New(rand.NewPCG(19, 23))
	letters := make([]byte, 64<<10)
	for i := range letters {
		letters[i] = "ab"[r.IntN(2)]
	}
	prose := strings.Repeat("some ordinary text that nothing is found in. ", 64<<10/45)
	for _, tt := range []struct{ name, pattern, value string }{
		{"few states", `(?i)union\s+select`, prose},
		{"words", `\b(?:select|union|insert)\b`, prose},
		{"not ASCII", `(?i)union\s+select`, strings.Repeat("обычный текст ", 64<<10/27)},
		{"16384 states", `(a|b)*a(a|b){14}c`, string(letters)},
		{"1048576 states", `(a|b)*a(a|b){20}c`, string(letters)},
	} {
		b.Run(tt.name, func(b *testing.B) {
			d := NewCache(1 << 20).New(compiled(b, tt.pattern))
			b.SetBytes(int64(len(tt.value)))
			for b.Loop() {
				if d.Match(tt.value) {
					b.Fatal("match")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(tt.value)), "ns/byte")
		})
	}
}
