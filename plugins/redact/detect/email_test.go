package detect

import "testing"

// textCase is a text with the finds in it in brackets, as marked writes them.
type textCase struct{ name, text, want string }

// checkTexts compares the finds in texts, however they are cut. An empty want is a
// text without a find.
func checkTexts(t *testing.T, s *Set, tests []textCase) {
	t.Helper()
	for _, tt := range tests {
		want := tt.want
		if want == "" {
			want = tt.text
		}
		if got := marked(tt.text, inPieces(t, s, tt.text, "")); got != want {
			t.Errorf("%s: %s, want %s", tt.name, got, want)
			continue
		}
		everyCut(t, s, tt.text, "")
	}
}

func TestEmail(t *testing.T) {
	checkTexts(t, newSet(t, "email"), []textCase{
		{"alone", "jane.doe@example.com", "[email jane.doe@example.com]"},
		{"at the end of a sentence", "Write to jane@example.com.", "Write to [email jane@example.com]."},
		{"before a comma", "jane@example.com, joe@example.org;x", "[email jane@example.com], [email joe@example.org];x"},
		{"in angle brackets", "Jane Doe <jane@example.com>", "Jane Doe <[email jane@example.com]>"},
		{"in parentheses", "(jane@example.com)", "([email jane@example.com])"},
		{"behind mailto", "mailto:jane@example.com?subject=x", "mailto:[email jane@example.com]?subject=x"},
		{"in a query", "?email=jane@example.com&x=1", "?email=[email jane@example.com]&x=1"},
		{"in a query, encoded", "?email=jane.doe%40example.com&x=1", "?email=[email jane.doe%40example.com]&x=1"},
		{"behind an encoded space", "to%20jane@example.com", "to%20[email jane@example.com]"},
		{"a tag, encoded", "e=jane%2Bnews%40example.com", "e=[email jane%2Bnews%40example.com]"},
		{"with a tag", "jane+news@example.com", "[email jane+news@example.com]"},
		{"with an apostrophe", "o'neil@example.com", "[email o'neil@example.com]"},
		{"in apostrophes", "'jane@example.com'", "'[email jane@example.com]'"},
		{"quoted local part", `"jane.doe"@example.com`, `[email "jane.doe"@example.com]`},
		{"many labels", "a@b.c.d.example.co.uk", "[email a@b.c.d.example.co.uk]"},
		{"in capitals", "JANE@EXAMPLE.COM", "[email JANE@EXAMPLE.COM]"},
		{"international domain", "jane@bücher.example", "[email jane@bücher.example]"},
		{"international top level", "pelé@пример.рф", "[email pelé@пример.рф]"},
		{"international domain as it is sent", "jane@xn--bcher-kva.example", "[email jane@xn--bcher-kva.example]"},
		{"international top level as it is sent", "jane@example.xn--p1ai", "[email jane@example.xn--p1ai]"},
		{"address in brackets", "jane@[192.0.2.1]", "[email jane@[192.0.2.1]]"},
		{"IPv6 address in brackets", "jane@[IPv6:2001:db8::1]", "[email jane@[IPv6:2001:db8::1]]"},
		{"name with underscore", "jane_doe@example.com", "[email jane_doe@example.com]"},
		{"digits", "12345@example.com", "[email 12345@example.com]"},
		{"two in one word", "a@example.com/b@example.org", "[email a@example.com]/[email b@example.org]"},
		{"before an underscore", "jane@example.com_old", "[email jane@example.com]_old"},
		{"before a hyphen", "jane@example.com-", "[email jane@example.com]-"},
		{"emphasised", "**jane@example.com**", "**[email jane@example.com]**"},
		{"masked", "j***e@example.com j***@example.com", ""},
		{"host without a dot", "root@localhost", ""},
		{"a version of a package", "lodash@4.17.21", ""},
		{"a version before its release", "react@18.2.0-beta.1", ""},
		{"a version with a letter", "pkg@v1.2.3", ""},
		{"a scoped package", "@types/node@20.11.5", ""},
		{"a handle", "thanks @example.com!", ""},
		{"a handle in a sentence", "cc @jane and @joe.", ""},
		{"a git remote", "git@github.com:org/repo.git", ""},
		{"an image for fine screens", "logo@2x.png", ""},
		{"a decorator", "x = 1\n@app.route('/')", ""},
		{"only an at sign", "@", ""},
		{"no local part", " @example.com", ""},
		{"one letter at the end", "a@example.c", ""},
		{"a hash of an image", "nginx@sha256:0123456789abcdef", ""},
		{"hyphen before the dot", "a@example-.com", ""},
		{"two dots", "a@example..com", ""},
		{"dots before the sign", "a.@example.com", ""},
		{"a price", "3 @ 4.50", ""},
	})
}
