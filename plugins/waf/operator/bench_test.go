package operator

import "testing"

func BenchmarkMatch(b *testing.B) {
	const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	tests := []struct {
		name, op, argument, value string
		want                      bool
	}{
		{"detectSQLi/a word", "detectSQLi", "", "8f14e45fceea167a5a36dedd4bea2543", false},
		{"detectSQLi/two words", "detectSQLi", "", "Union Square", false},
		{"detectSQLi/prose", "detectSQLi", "", "Please leave it with the neighbour on the second floor", false},
		{"detectSQLi/user agent", "detectSQLi", "", agent, false},
		{"detectSQLi/attack", "detectSQLi", "", "1' or '1'='1", true},
		{"detectXSS/prose", "detectXSS", "", "Please leave it with the neighbour on the second floor", false},
		{"detectXSS/base64", "detectXSS", "", "c2Vzc2lvbj1hYmNkZWY=", false},
		{"detectXSS/attack", "detectXSS", "", "<script>alert(1)</script>", true},
		{"pm", "pm", "AppleWebKit Android Business Enterprise Entreprise", agent, true},
		{"ipMatch", "ipMatch", "127.0.0.0/8,::1,10.0.0.0/8,192.168.0.0/16", "203.0.113.7", false},
		{"validateByteRange", "validateByteRange", "1-255", agent, false},
		{"validateUrlEncoding", "validateUrlEncoding", "", agent, false},
		{"within", "within", "GET HEAD POST OPTIONS", "POST", true},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			op := mustNew(b, tt.op, tt.argument, "")
			b.ReportAllocs()
			for b.Loop() {
				if op.Match(tt.value, tt.argument) != tt.want {
					b.Fatalf("Match(%q) != %v", tt.value, tt.want)
				}
			}
		})
	}
}
