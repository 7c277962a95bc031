package transform

import (
	"crypto/md5"
	"crypto/sha1"
	"strings"
	"testing"
)

func TestDigestsOfAllLengths(t *testing.T) {
	for n := range 200 {
		s := strings.Repeat("0123456789abcdefg", 12)[:n]
		if got, want := check(t, MD5, s), md5.Sum([]byte(s)); got != string(want[:]) {
			t.Errorf("md5 of %d bytes = %x, want %x", n, got, want)
		}
		if got, want := check(t, SHA1, s), sha1.Sum([]byte(s)); got != string(want[:]) {
			t.Errorf("sha1 of %d bytes = %x, want %x", n, got, want)
		}
	}
}
