package libinjection

import (
	"testing"

	libinjectiongo "github.com/corazawaf/libinjection-go"
)

// samples are what arguments and headers hold, and what is said about them.
var samples = []struct {
	name, value string
	sqli, xss   bool
}{
	{"prose", "Please leave it with the neighbour on the second floor today", false, false},
	{"prose with commas", "Two tables, four chairs, and a lamp; I don't need the \"sofa\".", false, false},
	{"mail address", "anna.schmidt+orders@example.com", false, false},
	{"date", "2026-11-25T19:05:51.123Z", false, false},
	{"URL", "https://shop.example.com/items?id=42&sort=price&dir=desc", false, false},
	{"user agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", false, false},
	{"base64", "c2Vzc2lvbj1hYmNkZWYmdXNlcj1hbm5hJnRva2VuPTEyMzQ1Njc4OTA=", false, false},
	{"SQL injection", "1' or '1'='1", true, false},
	{"union", "-1 union all select 1,2,concat(user(),0x3a,version())-- ", true, false},
	{"script", "<script>alert(1)</script>", false, true},
	{"handler", "\"><img src=x onerror=alert(1)>", false, true},
}

func BenchmarkSQLi(b *testing.B) {
	for _, s := range samples {
		b.Run(s.name, func(b *testing.B) {
			b.Run("ours", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, found := SQLi(s.value); found != s.sqli {
						b.Fatalf("SQLi(%q) = %v", s.value, found)
					}
				}
			})
			b.Run("libinjection-go", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if found, _ := libinjectiongo.IsSQLi(s.value); found != s.sqli {
						b.Fatalf("IsSQLi(%q) = %v", s.value, found)
					}
				}
			})
		})
	}
}

func BenchmarkXSS(b *testing.B) {
	for _, s := range samples {
		b.Run(s.name, func(b *testing.B) {
			b.Run("ours", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if XSS(s.value) != s.xss {
						b.Fatalf("XSS(%q) != %v", s.value, s.xss)
					}
				}
			})
			b.Run("libinjection-go", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if libinjectiongo.IsXSS(s.value) != s.xss {
						b.Fatalf("IsXSS(%q) != %v", s.value, s.xss)
					}
				}
			})
		})
	}
}
