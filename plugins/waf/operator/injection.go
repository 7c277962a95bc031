package operator

import (
	"gatehouse/plugins/waf/libinjection"
	"gatehouse/plugins/waf/transform"
)

// sqli is detectSQLi.
type sqli struct{}

// Fingerprint returns the fingerprint of an SQL injection, the types of its
// first tokens, and whether the value is one at all.
func Fingerprint(value string) (string, bool) {
	fingerprint, found := libinjection.SQLi(value)
	return fingerprint.String(), found
}

func (sqli) Match(value, _ string) bool {
	_, found := libinjection.SQLi(value)
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
// the fingerprints only "1U" is like that, which does not count with two tokens.
// TestInjectionRequires tries that.
var sqliBytes = transform.ByteSet{
	^uint64(1<<'9' - 1<<'0' | 1<<'9'),
	^uint64((1<<26-1)<<('a'-64) | (1<<26-1)<<('A'-64) | 1<<('_'-64)),
	1 << (0xa0 - 128),
	0,
}

const sqliLen = 2

func (sqli) requires() (*transform.ByteSet, int) { return &sqliBytes, sqliLen }

// xss is detectXSS.
type xss struct{}

func (xss) Match(value, _ string) bool { return libinjection.XSS(value) }

// What libinjection takes for an attack is a tag, a comment or a document type,
// which begin with "<", or an attribute with a value, for which it needs "=".
var xssBytes = transform.ByteSet{1<<'<' | 1<<'='}

const xssLen = 3

func (xss) requires() (*transform.ByteSet, int) { return &xssBytes, xssLen }
