package detect

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestPhone(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"E.164", "ring +14155552671 now", "ring [phone +14155552671] now"},
		{"international groups", "Tel. +49 30 901820, Berlin", "Tel. [phone +49 30 901820], Berlin"},
		{"a trunk prefix in parentheses", "+44 (0)20 7946 0958", "[phone +44 (0)20 7946 0958]"},
		{"the country code in parentheses", "(+351) 282 43 50 50", "[phone (+351) 282 43 50 50]"},
		{"all in parentheses", "(+1 415 555 2671)", "[phone (+1 415 555 2671)]"},
		{"the international prefix", "0044 20 7946 0958", "[phone 0044 20 7946 0958]"},
		{"American with parentheses", "at (415) 555-2671.", "at [phone (415) 555-2671]."},
		{"American with an extension", "415-555-2671 x1234", "[phone 415-555-2671 x1234]"},
		{"American with dots", "415.555.2671", "[phone 415.555.2671]"},
		{"American with a one", "1-800-555-0199", "[phone 1-800-555-0199]"},
		{"German with a slash", "089/123 4567", "[phone 089/123 4567]"},
		{"French in pairs", "le 01 23 45 67 89 ou", "le [phone 01 23 45 67 89] ou"},
		{"Brazilian", "(11) 98765-4321", "[phone (11) 98765-4321]"},
		{"Chinese", "138 0013 8000", "[phone 138 0013 8000]"},
		{"no-break spaces", "+33\u00a01\u00a023\u00a045\u00a067\u00a089", "[phone +33\u00a01\u00a023\u00a045\u00a067\u00a089]"},
		{"digits behind a word", "phone: 5552671", "phone: [phone 5552671]"},
		{"a number and a year behind it", "+1 415 555 2671 2024", "[phone +1 415 555 2671] 2024"},
		{"two numbers", "+14155552671,+14155552672", "[phone +14155552671],[phone +14155552672]"},
	}
	s := newSet(t, "phone")
	for _, tt := range tests {
		if got := marked(tt.text, everyCut(t, s, tt.text, "")); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestPhoneHardNegatives(t *testing.T) {
	s := newSet(t, "phone")
	for _, text := range []string{
		"1732620000", "1732620000123", "2024-11-26", "26.11.2024 10:30", "192.168.100.200", "10.0.0.1:8080", "v1.415.555", "1,234,567.89",
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301", "123-45-6789", "12345-6789", "4111 1111 1111 1111", "978-3-16-148410-0", "order 100200300400",
		"+12 points", "1+14155552671", "3.14159265358979", "2024-11-26T10:30:00+0100", "115-555-2671", "115.055.2671", "0x4155552671", "a415-555-2671",
	} {
		if spans := everyCut(t, s, text, ""); len(spans) > 0 {
			t.Errorf("found %s", marked(text, spans))
		}
	}
}

// phoneExamples are the example numbers of each region.
func phoneExamples(t *testing.T) [][]string {
	data, err := os.ReadFile("testdata/libphonenumber/examples.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	if len(rows) < 450 {
		t.Fatalf("%d example numbers, want at least 450", len(rows))
	}
	return rows
}

func TestPhoneExamplesOfAllRegions(t *testing.T) {
	s := newSet(t, "phone")
	short := 0
	for _, row := range phoneExamples(t) {
		for i, text := range row[2:] {
			field := ""
			if i == 2 {
				field = "phone"
				if digits := strings.Count(text, "") - 1 - strings.Count(text, " ") - strings.Count(text, "-"); digits < 6 {
					// Some islands have so few: any number would do.
					short++
					continue
				}
			}
			spans := everyCut(t, s, text, field)
			if len(spans) != 1 || spans[0].Start != 0 || spans[0].End != len(text) {
				t.Errorf("%s %s: found %v in %q", row[0], row[1], spans, text)
			}
		}
	}
	if short > 20 {
		t.Errorf("%d national numbers are too short, want at most 20", short)
	}
}

func TestPhonePrecisionAndRecall(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	var found, wrong, missed int
	s := newSet(t, "phone")
	around := [][2]string{{"Call ", " today"}, {"You can reach me at ", "."}, {`{"phone":"`, `"}`}, {"", ""}, {"fax ", "\n"}, {"Kontakt: ", ", danke"}, {"x,", ",y"}}
	rows := phoneExamples(t)
	for range 4000 {
		row := rows[r.IntN(len(rows))]
		form := 2 + r.IntN(3)
		a := around[r.IntN(len(around))]
		if form == 4 {
			// A national number needs a word.
			a = around[r.IntN(3)]
		}
		text := a[0] + row[form] + a[1]
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		hit := false
		for _, span := range spans {
			if span.Start == len(a[0]) && span.End == len(a[0])+len(row[form]) {
				hit = true
				found++
			} else {
				wrong++
			}
		}
		if !hit {
			missed++
		}
	}
	for range 8000 {
		text := hardNegative(r)
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		for _, span := range spans {
			if wrong++; wrong <= 5 {
				t.Logf("found %s", marked(text, []Span{span}))
			}
		}
	}
	report(t, "phone", found, wrong, missed, 0.95, 0.90)
}

// report prints and asserts precision and recall.
func report(t *testing.T, kind string, found, wrong, missed int, precision, recall float64) {
	t.Helper()
	p, r := float64(found)/float64(found+wrong), float64(found)/float64(found+missed)
	t.Logf("%s: precision %.4f, recall %.4f (%d found, %d wrong, %d missed)", kind, p, r, found, wrong, missed)
	if p < precision || r < recall || found < 1000 {
		t.Errorf("%s: precision %.4f, recall %.4f of %d, want %.2f and %.2f of 1000 or more", kind, p, r, found+missed, precision, recall)
	}
}

// hardNegative makes up what looks like personal data and is something else.
func hardNegative(r *rand.Rand) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return string(b)
	}
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	seconds := 1_500_000_000 + r.Int64N(400_000_000)
	switch r.IntN(24) {
	case 0:
		return fmt.Sprintf(`{"created":%d}`, seconds)
	case 1:
		return fmt.Sprintf(`{"ts":%d}`, seconds*1000+r.Int64N(1000))
	case 2:
		return fmt.Sprintf("at %d", seconds*1e6+r.Int64N(1e6))
	case 3:
		return fmt.Sprintf("%d ns", seconds*1e9+r.Int64N(1e9))
	case 4:
		return fmt.Sprintf(`"id":"%s-%s-4%s-a%s-%s"`, hex(8), hex(4), hex(3), hex(3), hex(12))
	case 5:
		return fmt.Sprintf("%.16f", r.Float64())
	case 6:
		return fmt.Sprintf("%.6f, %.6f", r.Float64()*180-90, r.Float64()*360-180)
	case 7:
		return fmt.Sprintf("version %d.%d.%d-%s", r.IntN(20), r.IntN(100), r.IntN(3000), digits(4))
	case 8:
		return fmt.Sprintf("tracking 1Z%s%s", strings.ToUpper(hex(6)), digits(10))
	case 9:
		return fmt.Sprintf("tracking 94%s", digits(20))
	case 10:
		return fmt.Sprintf("order %s", digits(10+r.IntN(4)))
	case 11:
		return fmt.Sprintf("order_id=%d-%s-%s", 100+r.IntN(20), digits(7), digits(7))
	case 12:
		return fmt.Sprintf("%d.%d.%d.%d:%d", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(65536))
	case 13:
		return fmt.Sprintf("2024-%02d-%02dT%02d:%02d:%02d.%s+01:00", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), digits(3))
	case 14:
		return fmt.Sprintf("EAN 40%s", digits(11))
	case 15:
		return fmt.Sprintf("ISBN 978-3-16-%s-%s", digits(6), digits(1))
	case 16:
		return fmt.Sprintf("IMEI 35%s", digits(13))
	case 17:
		return fmt.Sprintf("%d,%03d,%03d.%02d EUR", 1+r.IntN(999), r.IntN(1000), r.IntN(1000), r.IntN(100))
	case 18:
		return fmt.Sprintf(`{"snowflake":1%s}`, digits(17+r.IntN(2)))
	case 19:
		return fmt.Sprintf("sha256:%s", hex(64))
	case 20:
		return fmt.Sprintf("ZIP %s-%s", digits(5), digits(4))
	case 21:
		return fmt.Sprintf("EIN %s-%s", digits(2), digits(7))
	case 22:
		return fmt.Sprintf("%02d.%02d.%d %02d:%02d", 1+r.IntN(28), 1+r.IntN(12), 1990+r.IntN(40), r.IntN(24), r.IntN(60))
	}
	return fmt.Sprintf("invoice INV-%s-%s", digits(4), digits(6))
}
