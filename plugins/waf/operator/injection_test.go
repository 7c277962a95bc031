package operator

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/corazawaf/libinjection-go"

	"gatehouse/plugins/waf/transform"
)

// attacks are injections of several kinds.
var attacks = []string{
	"1' or '1'='1", "1 union select 1", "-1 UNION/**/SELECT 1,2,3--", "';drop table users--", "1;exec xp_cmdshell('dir')", "1' and sleep(5)#", "admin'--", "1 or 1=1", "x' or name() = 'x", "1/*!union*/select", "{`a", "sp_password--", "0b12union select", "1.e(1)union select", "@@version or 1", "$$a$$ union select", "q'(x)' or 1=1", "\\N or 1",
	"<script>alert(1)</script>", "<a href=javascript:alert(1)>", "x onerror=alert(1)", "'><img src=x onerror=y>", "<!--[if IE]>", "<?import", "<%`", "<svg/onload=x>", "style=x", "<!doctype x>", "\" onload=x", "` onload=x", "<x xlink:href=data:x>", "<xsl", "attributename=onload",
}

// pieces are what the tokenizers of libinjection tell apart.
var pieces = strings.Fields(`' " \ ; , . ( ) { } [ ] < > = ! ? @ @@ # -- /* */ /*! + - * / & | && || ^ % ~ : :: $ $$ 0 1 12 0x 0x1 0b1 0b12 1e 1e1 1.e .1 a n q Q e E x b u U& nq n' e' x' b' q'( N'
	union select or and not like in between from where group by having order limit into outfile exec if sleep user database collate binary case when is null true div xor null int execute declare insert update delete drop table waitfor delay load_file sp_password
	script iframe svg xsl style onload onerror href src javascript: data: vbscript: xmlns import entity doctype [CDATA[ [if <! <? <% </ ` + "` \xa0 \x00 \x7f \xff \xc3\xa9 \u212a _")

func piece(rng *rand.Rand) string {
	switch rng.IntN(8) {
	case 0:
		return " "
	case 1:
		return string([]byte{byte(rng.IntN(256))})
	case 2:
		return "\t"
	}
	return pieces[rng.IntN(len(pieces))]
}

// TestInjectionRequires tries that libinjection finds nothing in values that lack
// what detectSQLi and detectXSS require: in random values, in values made of the
// bytes that are not enough alone, and in all values that are too short.
func TestInjectionRequires(t *testing.T) {
	n := 150_000
	if testing.Short() {
		n = 20_000
	}
	rng := rand.New(rand.NewPCG(7, 9))
	found := [2]int{}
	try := func(v string) {
		if ok, _ := libinjection.IsSQLi(v); ok {
			found[0]++
			if !meets(v, &sqliBytes, sqliLen) {
				t.Errorf("%q is an SQL injection without what detectSQLi requires", v)
			}
		}
		if libinjection.IsXSS(v) {
			found[1]++
			if !meets(v, &xssBytes, xssLen) {
				t.Errorf("%q is cross-site scripting without what detectXSS requires", v)
			}
		}
	}
	for _, a := range attacks {
		try(a)
	}
	lacks := func(v string, set interface{ Has(byte) bool }) string {
		b := []byte(v)
		kept := b[:0]
		for _, c := range b {
			if !set.Has(c) {
				kept = append(kept, c)
			}
		}
		return string(kept)
	}
	for range n {
		var b strings.Builder
		for range 1 + rng.IntN(9) {
			b.WriteString(piece(rng))
		}
		v := b.String()
		if rng.IntN(4) == 0 {
			a := attacks[rng.IntN(len(attacks))]
			cut := rng.IntN(len(a) + 1)
			v = a[:cut] + v + a[cut:]
		}
		try(v)
		// what is left is what the sets call harmless, so nothing may be found
		if ok, fingerprint := libinjection.IsSQLi(lacks(v, &sqliBytes)); ok {
			t.Errorf("%q is an SQL injection, %s", lacks(v, &sqliBytes), fingerprint)
		}
		if libinjection.IsXSS(lacks(v, &xssBytes)) {
			t.Errorf("%q is cross-site scripting", lacks(v, &xssBytes))
		}
	}
	for range n { // words and space
		var b strings.Builder
		for range 1 + rng.IntN(5) {
			switch rng.IntN(4) {
			case 0:
				b.WriteByte([]byte(" \t\n\v\f\r\x00\x01\x7f\xa0")[rng.IntN(10)])
			case 1:
				b.WriteByte([]byte("019beExXuUnNqQdf_\x80\xff")[rng.IntN(19)])
			default:
				b.WriteString(lacks(pieces[rng.IntN(len(pieces))], &sqliBytes))
			}
		}
		try(b.String())
	}
	for a := range 256 {
		try(string([]byte{byte(a)}))
		for b := range 256 {
			try(string([]byte{byte(a), byte(b)}))
		}
	}
	t.Logf("%d SQL injections and %d of cross-site scripting in %d values", found[0], found[1], n)
	if found[0] < n/100 || found[1] < n/100 {
		t.Errorf("%d SQL injections and %d of cross-site scripting in %d values: too few to tell", found[0], found[1], n)
	}
}

func TestFingerprint(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"a tautology", "1' or '1'='1", "s&sos"},
		{"a union", "-1 union select 1", "1UE1"},
		{"prose", "one of the union leaders selected", ""},
		{"a word", "union", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := Fingerprint(tt.value)
			if got != tt.want || found != (tt.want != "") {
				t.Errorf("Fingerprint(%q) = %q, %v, want %q", tt.value, got, found, tt.want)
			}
		})
	}
}

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
