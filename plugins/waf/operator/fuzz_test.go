//go:build !wasip1

package operator

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/corazawaf/libinjection-go"
)

// FuzzNetworks compares with package net, whose addresses Coraza uses.
func FuzzNetworks(f *testing.F) {
	f.Add("10.0.0.0/8, ::1", "10.1.2.3")
	f.Add("::ffff:10.0.0.0/104,fe80::/10", "::ffff:10.9.9.9")
	f.Add("1.2.3.4/08,::/0", "fe80::1%eth0")
	f.Fuzz(func(t *testing.T, list, value string) {
		op, err := New("ipMatch", list, "")
		if err != nil {
			t.Fatal(err)
		}
		want := false
		ip := net.ParseIP(value)
		for _, entry := range strings.Split(list, ",") {
			entry = strings.TrimSpace(entry)
			switch {
			case strings.Contains(entry, "/"):
			case strings.Contains(entry, ":"):
				entry += "/128"
			case strings.Contains(entry, "."):
				entry += "/32"
			}
			if _, n, err := net.ParseCIDR(entry); err == nil && n.Contains(ip) {
				want = true
			}
		}
		if got := op.Match(value, ""); got != want {
			t.Fatalf("ipMatch %q on %q: %v, want %v", list, value, got, want)
		}
		if set, n := Requires(op); want && !meets(value, set, n) {
			t.Fatalf("ipMatch %q matches %q without what it requires", list, value)
		}
	})
}

// FuzzPhrases compares with strings.Contains, and captures with what they must be.
func FuzzPhrases(f *testing.F) {
	f.Add("abc b  É", "xABCb")
	f.Add("aa aaa a", "aaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, argument, value string) {
		op, err := New("pm", argument, "")
		if err != nil {
			t.Fatal(err)
		}
		list, _ := Phrases(op)
		folded := lowerASCII(value)
		want := false
		for _, p := range list {
			want = want || strings.Contains(folded, lowerASCII(p))
		}
		if got := op.Match(value, ""); got != want {
			t.Fatalf("pm %q on %q: %v, want %v", argument, value, got, want)
		}
		if set, n := Requires(op); want && (len(value) < n || set != nil && !meets(value, set, 0)) {
			t.Fatalf("pm %q matches %q without what it requires", argument, value)
		}
		var captured []string
		for at := 0; at <= len(value) && len(captured) < 10; at++ {
			longest := -1
			for _, p := range list {
				if strings.HasPrefix(folded[at:], lowerASCII(p)) {
					longest = max(longest, len(p))
				}
			}
			if longest >= 0 {
				captured = append(captured, value[at:at+longest])
			}
		}
		n := 0
		for i, text := range Captures(op, value) {
			if i >= len(captured) || text != captured[i] || i != n {
				t.Fatalf("pm %q on %q captures %q as %d, want %q", argument, value, text, i, captured)
			}
			n++
		}
		if n != len(captured) {
			t.Fatalf("pm %q on %q captures %d, want %q", argument, value, n, captured)
		}
	})
}

// FuzzPathTemplate compares with the expression that Coraza makes of a template.
func FuzzPathTemplate(f *testing.F) {
	f.Add("/users/{id}/{x}", "/users/1/2")
	f.Add("{}{a}[(]([[:alpha:])]*)\\Q(\\E{b", "/x((a)(")
	f.Add("/{a}(?:x)(?P<b>y)?(?i)", "/aXy")
	token := regexp.MustCompile(`\{([^\}]+)\}`)
	f.Fuzz(func(t *testing.T, template, value string) {
		pattern := strings.ReplaceAll(template, "/", `\/`)
		for _, m := range token.FindAllStringSubmatch(pattern, -1) {
			pattern = strings.Replace(pattern, m[0], "(?P<"+m[1]+">[^?/]+)", 1)
		}
		re, wantErr := regexp.Compile(pattern)
		op, err := New("restpath", template, "")
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("restpath %q: %v, want %v", template, err, wantErr)
		}
		if err != nil {
			return
		}
		match := re.FindStringSubmatch(value)
		if got := op.Match(value, ""); got != (match != nil) {
			t.Fatalf("restpath %q on %q: %v, want %v", template, value, got, match)
		}
		names := re.SubexpNames()
		g := 0
		for name, text := range PathArguments(op, value) {
			for g++; names[g] == ""; g++ {
			}
			if names[g] != name || match[g] != text {
				t.Fatalf("restpath %q on %q: %s is %q, want %s %q", template, value, name, text, names[g], match[g])
			}
		}
	})
}

// FuzzInjection checks that libinjection finds nothing without what the operators
// require, and that the operators say what it says.
func FuzzInjection(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, value string) {
		want, fingerprint := libinjection.IsSQLi(value)
		if got, found := Fingerprint(value); found != want || got != fingerprint {
			t.Fatalf("Fingerprint(%q) = %q, %v, libinjection says %q, %v", value, got, found, fingerprint, want)
		}
		if got, want := (xss{}).Match(value, ""), libinjection.IsXSS(value); got != want {
			t.Fatalf("detectXSS on %q: %v, libinjection says %v", value, got, want)
		}
	})
}
