package detect

import (
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
		{"national behind a word", "Phone: 0490 75 40 81", "Phone: [phone 0490 75 40 81]"},
		{"a word behind it, as in a signature", "416 60 039 office", "[phone 416 60 039] office"},
		{"a word behind it in parentheses", "28-64-66-98 (fax)", "[phone 28-64-66-98] (fax)"},
		{"a word behind it that is the next one's", "416 60 039 fax: +14155552671", "416 60 039 fax: [phone +14155552671]"},
		{"a list behind one word", "call 555 2671 or 555 2672", "call [phone 555 2671] or [phone 555 2672]"},
		{"a word that is another number's", "phone: 555 2671, invoice 20240912", "phone: [phone 555 2671], invoice 20240912"},
		{"an element that ends before it", "<cell>5552671</cell> 6543210", "<cell>[phone 5552671]</cell> 6543210"},
		{"a line of its own", "phone:\n0393 1144137", "phone:\n[phone 0393 1144137]"},
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
		"phone in 1999-2005", "tel 1.3.6.1.4.1.5989.4.50", "mobile at 39.6235053", "mobile 6543 9467 0930 9608", "ISBN-10 0-09-550209-2", "call 978-0-15-778745-0", "1234567 mobile users", "1234567 work items", "1234567 phones", "tel 899.498.911-08", "fax 17.918.158-4",
		"CPF 004.385.471-01", "CNPJ 00.595.299/0001-74", "parcel 0062 3953 0061", "call a taxi to 14 3684 Court Street",
		"SSN 004-79-1203", "Tel VG68 WFHJ 7472 0518 8507 3608", "9792–0268–7828–0013", "2131\u00a00268\u00a07828\u00a00013",
	} {
		if spans := everyCut(t, s, text, ""); len(spans) > 0 {
			t.Errorf("found %s", marked(text, spans))
		}
	}
}

func TestPhoneConfidence(t *testing.T) {
	s := newSet(t, "phone")
	for text, want := range map[string]uint8{
		"+14155552671": 95, "(415) 555-2671": 85, "415-555-2671": 75, "415 555 2671": 55, "call 415 555 2671": 70, "01 23 45 67 89": 60, "tel 01 23 45 67 89": 75,
		// In such groups come a birth date with a serial number, a tax number, a parcel.
		"050463-2902": 50, "049-780-834": 50, "0921 8976 0003": 50, "03262 2437": 50, "034-641-55-40": 50, "031-123 45 67": 60, "tel 0921 8976 0003": 75,
	} {
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		if len(spans) != 1 || spans[0].Confidence != want {
			t.Errorf("%s: %v, want confidence %d", text, spans, want)
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
