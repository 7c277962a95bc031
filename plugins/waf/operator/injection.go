package operator

import (
	"github.com/corazawaf/libinjection-go"

	"gatehouse/plugins/waf/transform"
)

// sqli is detectSQLi.
type sqli struct{}

// Fingerprint returns the fingerprint of an SQL injection, the types of its
// first tokens, and whether the value is one at all.
func Fingerprint(value string) (string, bool) {
	if !maySQLi(value) {
		return "", false
	}
	found, fingerprint := libinjection.IsSQLi(value)
	return fingerprint, found
}

func (sqli) Match(value, _ string) bool {
	_, found := Fingerprint(value)
	return found
}

func (sqli) captures(value string, yield func(int, string) bool) {
	if fingerprint, found := Fingerprint(value); found {
		yield(0, fingerprint)
	}
}

// A value of letters, digits, "_" and bytes from 0x80 but for 0xa0, which are the
// bytes of words and numbers, is never an injection: it has up to two numbers
// (0b12 is two) and one word behind them, as only other bytes end a word, and of
// the fingerprints only "1U" is like that, which does not count with two tokens
// (libinjection-go v0.3.3, sqli_parse.go and notWhitelist in sqli.go).
// TestSQLiRequires tries that.
var sqliBytes = transform.ByteSet{
	^uint64(1<<'9' - 1<<'0' | 1<<'9'),
	^uint64((1<<26-1)<<('a'-64) | (1<<26-1)<<('A'-64) | 1<<('_'-64)),
	1 << (0xa0 - 128),
	0,
}

const sqliLen = 2

// maySQLi tells whether libinjection has to be asked. Besides what sqliBytes are
// about, a value of nothing but words and space between them is no injection if
// it has two tokens at most, for the same reason. A word that begins with a digit
// may be three tokens.
func maySQLi(value string) bool {
	tokens, inWord := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c <= ' ' || c == 0x7f || c == 0xa0:
			inWord = false
		case sqliBytes.Has(c):
			return len(value) >= sqliLen
		case !inWord:
			inWord = true
			tokens++
			if '0' <= c && c <= '9' {
				tokens += 2
			}
		}
	}
	return tokens > 2
}

func (sqli) requires() (*transform.ByteSet, int) { return &sqliBytes, sqliLen }

// xss is detectXSS.
type xss struct{}

func (xss) Match(value, _ string) bool {
	return meets(value, &xssBytes, xssLen) && libinjection.IsXSS(value)
}

// What libinjection takes for an attack is a tag, a comment or a document type,
// which begin with "<", or an attribute with a value, for which it needs "="
// (libinjection-go v0.3.3, checkToken in xss.go and html5.go).
var xssBytes = transform.ByteSet{1<<'<' | 1<<'='}

const xssLen = 3

func (xss) requires() (*transform.ByteSet, int) { return &xssBytes, xssLen }

// meets tells whether a value has a byte of the set and the length.
func meets(value string, set *transform.ByteSet, minLen int) bool {
	if len(value) < minLen {
		return false
	}
	for i := 0; i < len(value); i++ {
		if set.Has(value[i]) {
			return true
		}
	}
	return false
}
