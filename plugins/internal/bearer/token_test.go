package bearer

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

func TestFind(t *testing.T) {
	tests := []struct {
		name   string
		fields []string
		token  string
		want   Finding
	}{
		{"no field", nil, "", None},
		{"one token", []string{"Bearer abc.def-ghi_j~k+l/m=="}, "abc.def-ghi_j~k+l/m==", Single},
		{"scheme in lower case", []string{"bearer abc"}, "abc", Single},
		{"scheme in mixed case", []string{"bEARER abc"}, "abc", Single},
		{"several spaces before the token", []string{"Bearer   abc"}, "abc", Single},
		{"space around the field", []string{" \tBearer abc\t "}, "abc", Single},
		{"scheme without token", []string{"Bearer"}, "", Malformed},
		{"scheme and a space", []string{"Bearer "}, "", Malformed},
		{"only equals signs", []string{"Bearer =="}, "", Malformed},
		{"equals sign inside", []string{"Bearer a=b"}, "", Malformed},
		{"two words", []string{"Bearer abc def"}, "", Malformed},
		{"tab inside", []string{"Bearer abc\tdef"}, "", Malformed},
		{"line break inside", []string{"Bearer abc\r\ndef"}, "", Malformed},
		{"NUL inside", []string{"Bearer abc\x00"}, "", Malformed},
		{"byte above ASCII", []string{"Bearer abcé"}, "", Malformed},
		{"quoted token", []string{`Bearer "abc"`}, "", Malformed},
		{"tab for the space", []string{"Bearer\tabc"}, "", Malformed},
		{"no-break space for the space", []string{"Bearer\xa0abc"}, "", Malformed},
		{"colon after the scheme", []string{"Bearer: abc"}, "", Malformed},
		{"tab for the space, and a second token joined", []string{"Bearer\tabc,Bearer def"}, "", Repeated},
		{"scheme that begins like it", []string{"BearerX abc"}, "", None},
		{"scheme that goes on after a hyphen", []string{"Bearer-X abc"}, "", None},
		{"empty field", []string{""}, "", None},
		{"another scheme", []string{"Basic dXNlcjpwYXNz"}, "", None},
		{"another scheme with padding", []string{"Basic dXNlcjpwYXM="}, "", None},
		{"parameters of Digest", []string{`Digest username="a, Bearer b", realm = "r\"s, Bearer", nc=00000001`}, "", None},
		{"two fields", []string{"Bearer abc", "Bearer abc"}, "", Repeated},
		{"two fields, one for another scheme", []string{"Basic abc", "Bearer abc"}, "", Repeated},
		{"two fields, one empty", []string{"Bearer abc", ""}, "", Repeated},
		{"two fields joined by the proxy", []string{"Bearer abc,Bearer def"}, "", Repeated},
		{"two fields joined with a space", []string{"Bearer abc, Bearer def"}, "", Repeated},
		{"a token and an empty field joined", []string{"Bearer abc,"}, "", Repeated},
		{"another scheme joined with a token", []string{"Basic abc,Bearer def"}, "", Repeated},
		{"another scheme with padding joined with a token", []string{"Basic ab==,bearer def=="}, "", Repeated},
		{"two other schemes joined", []string{"Basic abc,Basic def"}, "", Repeated},
		{"another scheme and a bare scheme joined", []string{"Basic abc,Negotiate"}, "", Repeated},
		{"Digest joined with a token", []string{`Digest username="a", realm="b",Bearer abc`}, "", Repeated},
		{"a quoted string that swallows a token", []string{`Digest a="b,Bearer abc`}, "", Repeated},
		{"another scheme and an empty field joined", []string{"Basic abc,"}, "", Repeated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			headers := policy.Headers{{Name: ":path", Value: "/"}}
			for _, field := range test.fields {
				headers = append(headers, policy.Header{Name: "authorization", Value: field})
			}
			token, got := Find(headers)
			if token != test.token || got != test.want {
				t.Errorf("Find(%q) = %q, %v, want %q, %v", test.fields, token, got, test.token, test.want)
			}
		})
	}
}

func TestTokenBytes(t *testing.T) {
	for c := range 256 {
		want := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c < 128 && strings.ContainsRune("-._~+/", rune(c))
		if got := isTokenByte(byte(c)); got != want {
			t.Errorf("isTokenByte(%#x) = %v", c, got)
		}
	}
}

// FuzzFind checks what Find promises of a token, and that joining two fields
// with a comma, as a proxy may, never makes one token of them.
func FuzzFind(f *testing.F) {
	f.Add("Bearer abc", "Bearer def")
	f.Add("Basic abc==", "Bearer def")
	f.Add(`Digest a="b, c", d=e`, "Bearer")
	f.Fuzz(func(t *testing.T, a, b string) {
		token, found := Find(policy.Headers{{Name: "authorization", Value: a}})
		if (found == Single) != (token != "") {
			t.Fatalf("Find(%q) = %q, %v", a, token, found)
		}
		if strings.ContainsAny(token, " \t\r\n,\"\\\x00") {
			t.Fatalf("Find(%q) = %q", a, token)
		}
		if token, found := Find(policy.Headers{{Name: "authorization", Value: a + "," + b}}); found == Single {
			t.Fatalf("Find(%q) = %q", a+","+b, token)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	headers := policy.Headers{{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"},
		{Name: "accept", Value: "*/*"}, {Name: "authorization", Value: "Bearer " + strings.Repeat("a", 1000)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, found := Find(headers); found != Single {
			b.Fatal(found)
		}
	}
}
