package accuracy

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// maker makes values of each kind up, the same ones on every run.
type maker struct{ *rand.Rand }

func (m maker) of(list ...string) string { return list[m.IntN(len(list))] }

// from returns n characters of an alphabet.
func (m maker) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[m.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	digits      = "0123456789"
	hexadecimal = "0123456789abcdef"
	small       = "abcdefghijklmnopqrstuvwxyz"
	capital     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func (m maker) digits(n int) string { return m.from(digits, n) }

// kind is how values of a kind are made and what people call them.
type kind struct {
	label string
	// make returns a value, and whether it is one only where a name says so.
	make  func(maker) (value string, named bool)
	names []string
}

var kinds = []kind{
	{"card", maker.card, []string{"card", "Card number", "pan", "credit card", "Kreditkarte", "card_no"}},
	{"iban", maker.iban, []string{"IBAN", "account", "pay to", "bank"}},
	{"email", maker.email, []string{"mail", "to", "E-Mail", "user"}},
	{"us_ssn", maker.ssn, []string{"SSN", "ssn", "social security number", "employee ssn"}},
	{"ip", maker.ip, []string{"ip", "client", "peer address", "from"}},
	{"phone", maker.phone, []string{"phone", "Tel.", "call", "mobile", "fax", "telefon", "reach me at"}},
	{"mac", maker.mac, []string{"mac", "hwaddr", "station"}},
	{"jwt", maker.jwt, []string{"token", "bearer", "session"}},
	{"api_key", maker.apiKey, []string{"key", "token", "credential"}},
	{"uk_nino", maker.nino, []string{"NINO", "national insurance"}},
	{"br_cpf", maker.cpf, []string{"CPF"}},
	{"es_dni", maker.dni, []string{"DNI", "NIF"}},
	{"fr_nir", maker.nir, []string{"NIR", "n° sécurité sociale"}},
	{"pl_pesel", maker.pesel, []string{"PESEL"}},
	{"nl_bsn", maker.bsn, []string{"BSN"}},
}

// shares are how often the first kinds are taken, of all texts with one.
var shares = []int{24, 12, 14, 12, 14, 18, 6, 4, 4, 2, 2, 2, 2, 2, 2}

// around is what stands before and behind values.
var around = []string{
	"%s", "Please contact %s today.", "see %s, thanks", `{"value":"%s","ok":true}`, "a=1&v=%s&b=2", "<%s>", "(%s)", "last seen: %s\nnext line",
	"User %s logged in from the office", "- %s\n- other", "'%s'", "| %s |", "to: %s; cc: nobody", "%s is blocked", "Kontakt: %s!", "[%s]", "1,2,%s,x",
	"\"%s\"", "paid with %s, thanks", "[\"%s\",\"b\"]", "INFO done with %s in 12 ms", "no. %s\n",
}

// behindName is what stands before and behind a value that a name goes before.
var behindName = []string{
	"%n: %s", "%n %s", "%n=%s", `{"%n":"%s"}`, `{"a": 1, "%n": "%s", "b": null}`, "<%n>%s</%n>", "%n is %s.", "my %n: %s, please", "%n\t%s\n", "'%n': '%s'", "%n (new): %s", "**%n**: %s",
	"The %n is %s", "%n #%s", "%n: [%s]", "changed %n from %s yesterday",
}

// generate makes texts of all kinds and of what looks like them. Every value, and
// every negative, is made by code that has nothing in common with the detectors.
func generate(seed uint64) []text {
	m := maker{rand.New(rand.NewPCG(8, seed))}
	total := 0
	for _, share := range shares {
		total += share
	}
	var texts []text
	for range 6000 {
		var x text
		for range 1 + m.IntN(2) {
			if m.IntN(5) < 2 {
				x.Text += m.negative() + "\n"
				continue
			}
			at, pick := 0, m.IntN(total)
			for ; pick >= shares[at]; at++ {
				pick -= shares[at]
			}
			k := kinds[at]
			value, named := k.make(m)
			form := m.of(around...)
			if named || m.IntN(2) == 0 {
				form = strings.ReplaceAll(m.of(behindName...), "%n", m.of(k.names...))
			}
			if k.label == "card" && !strings.Contains(value, " ") && !strings.Contains(value, "-") && m.IntN(3) == 0 {
				form = m.of(`{"card":%s}`, `{"id":7,"card_number": %s }`, `[{"pan":%s,"ok":true}]`, `{"cc":%s,"x":[1,2]}`)
			}
			before, after, _ := strings.Cut(form, "%s")
			start := len(x.Text) + len(before)
			x.Spans = append(x.Spans, label{start, start + len(value), k.label})
			x.Text += before + value + after + "\n"
		}
		texts = append(texts, x)
	}
	return texts
}

// negative makes up what looks like data of some kind and is none.
func (m maker) negative() string {
	n := m.IntN
	seconds := 1_500_000_000 + m.Int64N(400_000_000)
	made := []func() string{
		func() string { return fmt.Sprintf("%s@%d.%d.%d", m.from(small, 6), n(20), n(20), n(20)) },
		func() string { return "root@" + m.from(small, 8) },
		func() string { return "@" + m.from(small, 9) },
		func() string {
			return fmt.Sprintf("git@%s.com:%s/%s.git", m.from(small, 6), m.from(small, 4), m.from(small, 5))
		},
		func() string { return m.from(small, 6) + "@2x.png" },
		func() string { return fmt.Sprintf("version %d.%d.%d.%d", n(20), n(20), n(200), n(200)) },
		func() string { return fmt.Sprintf("v%d.%d.%d.%d", n(20), n(20), n(200), n(200)) },
		func() string {
			return fmt.Sprintf(`{"version": "%d.%d.%d.%d"}`, n(20), n(20), n(200), n(200))
		},
		func() string { return fmt.Sprintf("Chrome/%d.0.%d.%d Safari/537.36", n(200), n(256), n(256)) },
		func() string { return fmt.Sprintf("1.3.6.1.4.1.%d.%d", n(9999), n(99)) },
		func() string {
			return fmt.Sprintf("lib%s-%d.%d.%d.%d.so", m.from(small, 3), n(9), n(20), n(20), n(20))
		},
		func() string { return fmt.Sprintf("%s::%s", m.from(small, 7), m.from(small, 6)) },
		func() string { return fmt.Sprintf("%02d:%02d:%02d", n(24), n(60), n(60)) },
		func() string {
			return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+n(12), 1+n(28), n(24), n(60), n(60), n(1000))
		},
		func() string {
			return fmt.Sprintf("%02d.%02d.%d %02d:%02d", 1+n(28), 1+n(12), 1990+n(40), n(24), n(60))
		},
		func() string {
			return fmt.Sprintf("%s-%s-4%s-8%s-%s", m.from(hexadecimal, 8), m.from(hexadecimal, 4), m.from(hexadecimal, 3), m.from(hexadecimal, 3), m.from(hexadecimal, 12))
		},
		func() string { return m.from(hexadecimal, 32) },
		func() string { return "sha256:" + m.from(hexadecimal, 64) },
		func() string { return fmt.Sprintf(`{"created":%d}`, seconds) },
		func() string { return fmt.Sprintf(`{"ts":%d}`, seconds*1000+m.Int64N(1000)) },
		func() string { return fmt.Sprintf("at %d", seconds*1e6+m.Int64N(1e6)) },
		func() string { return fmt.Sprintf("%d ns", seconds*1e9+m.Int64N(1e9)) },
		func() string { return fmt.Sprintf(`{"snowflake":1%s}`, m.digits(17+n(2))) },
		func() string { return fmt.Sprintf("%.16f", m.Float64()) },
		func() string { return fmt.Sprintf(`{"score":%v,"rate":%v}`, m.Float64(), m.Float64()*1e6) },
		func() string { return fmt.Sprintf("%.6f, %.6f", m.Float64()*180-90, m.Float64()*360-180) },
		func() string { return fmt.Sprintf("%d,%03d,%03d.%02d EUR", 1+n(999), n(1000), n(1000), n(100)) },
		func() string { return "order " + m.digits(10+n(4)) },
		func() string { return fmt.Sprintf("order_id=%d-%s-%s", 100+n(20), m.digits(7), m.digits(7)) },
		func() string { return fmt.Sprintf("invoice INV-%s-%s", m.digits(4), m.digits(6)) },
		func() string { return fmt.Sprintf(`{"id":%d%s}`, 1+n(9), m.digits(12)) },
		func() string {
			return fmt.Sprintf("tracking 1Z%s%s", strings.ToUpper(m.from(hexadecimal, 6)), m.digits(10))
		},
		func() string { return "tracking 94" + m.digits(20) },
		func() string { return fmt.Sprintf("parcel %s %s %s", m.digits(4), m.digits(4), m.digits(4)) },
		func() string { return "EAN 40" + m.digits(11) },
		func() string { return fmt.Sprintf("ISBN 978-3-16-%s-%s", m.digits(6), m.digits(1)) },
		func() string { return "IMEI 35" + m.digits(13) },
		func() string { return fmt.Sprintf("ZIP %d%s-%s", 1+n(9), m.digits(4), m.digits(4)) },
		func() string { return fmt.Sprintf("EIN %s-%s", m.digits(2), m.digits(7)) },
		func() string {
			return fmt.Sprintf("part %d-%s-%s-%s", n(10), m.digits(3), m.digits(2), m.digits(4))
		},
		func() string { return fmt.Sprintf("%03d-%s-%s", []int{0, 666}[n(2)], m.digits(2), m.digits(4)) },
		func() string { return fmt.Sprintf("season %d-%d", 1990+n(10), 2000+n(26)) },
		func() string { return fmt.Sprintf("%d %d %d %d %d", n(999), n(999), n(999), n(999), n(999)) },
		func() string { return fmt.Sprintf("rows %d-%d of %d", n(100), 100+n(900), 1000+n(9000)) },
		// A card, an account and an address with a mistake in them.
		func() string {
			value, _ := m.card()
			return "card " + m.misspelt(value, luhnOf)
		},
		func() string {
			value, _ := m.iban()
			return "IBAN " + m.misspelt(value, func(text string) bool { return mod97Of(text[4:]+text[:4]) == 1 })
		},
		func() string { return fmt.Sprintf("%d.%d.%d.%d", 256+n(700), n(256), n(256), n(256)) },
	}
	return made[n(len(made))]()
}

// misspelt returns a text with one digit changed so that its check fails.
func (m maker) misspelt(text string, valid func(plain string) bool) string {
	plain := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u2013", "")
	for {
		b := []byte(text)
		at := m.IntN(len(b))
		if b[at] < '0' || b[at] > '9' || at < 4 {
			continue
		}
		b[at] = digits[m.IntN(10)]
		if changed := string(b); !valid(strings.ToUpper(plain.Replace(changed))) {
			return changed
		}
	}
}
