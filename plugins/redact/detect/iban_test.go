package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestIBAN(t *testing.T) {
	// The numbers are the examples of the IBAN registry.
	tests := []struct{ name, text, want string }{
		{"Germany in fours", "IBAN: DE89 3704 0044 0532 0130 00", "IBAN: [iban DE89 3704 0044 0532 0130 00]"},
		{"Germany in one", `{"iban":"DE89370400440532013000"}`, `{"iban":"[iban DE89370400440532013000]"}`},
		{"in lower case", "gb29nwbk60161331926819", "[iban gb29nwbk60161331926819]"},
		{"the United Kingdom", "GB29 NWBK 6016 1331 9268 19", "[iban GB29 NWBK 6016 1331 9268 19]"},
		{"France", "FR14 2004 1010 0505 0001 3M02 606", "[iban FR14 2004 1010 0505 0001 3M02 606]"},
		{"Norway, the shortest", "NO93 8601 1117 947, tak", "[iban NO93 8601 1117 947], tak"},
		{"Malta", "MT84MALT011000012345MTLCAST001S", "[iban MT84MALT011000012345MTLCAST001S]"},
		{"Saint Lucia", "LC55HEMM000100010012001200023015", "[iban LC55HEMM000100010012001200023015]"},
		{"Brazil", "BR1800360305000010009795493C1", "[iban BR1800360305000010009795493C1]"},
		{"hyphens", "NL91-ABNA-0417-1643-00", "[iban NL91-ABNA-0417-1643-00]"},
		{"no-break spaces", "NL91\u00a0ABNA\u00a00417\u00a01643\u00a000", "[iban NL91\u00a0ABNA\u00a00417\u00a01643\u00a000]"},
		{"a word behind it", "DE89 3704 0044 0532 0130 00 BIC COBADEFF", "[iban DE89 3704 0044 0532 0130 00] BIC COBADEFF"},
	}
	s := newSet(t, "iban")
	for _, tt := range tests {
		if got := marked(tt.text, everyCut(t, s, tt.text, "")); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestIBANHardNegatives(t *testing.T) {
	s := newSet(t, "iban")
	for _, text := range []string{
		"DE89 3704 0044 0532 0130 01", "DE8937040044053201300", "DE893704004405320130000", "XDE89370400440532013000", "ZZ89370400440532013000",
		"US89370400440532013000", "DE8 93704 0044 0532 0130 00", "DE89  3704 0044 0532 0130 00", "DE89.3704.0044.0532.0130.00",
	} {
		if spans := everyCut(t, s, text, ""); len(spans) > 0 {
			t.Errorf("found %s", marked(text, spans))
		}
	}
}

// newIBAN makes up a number of a country in the list, with letters or without.
func newIBAN(r *rand.Rand) string {
	i := r.IntN(len(ibanLengths)/4) * 4
	country := ibanLengths[i : i+2]
	number := make([]byte, ibanLength(country[0], country[1])-4)
	letters := r.IntN(3) == 0
	for i := range number {
		number[i] = byte('0' + r.IntN(10))
		if letters && i < 4 {
			number[i] = byte('A' + r.IntN(26))
		}
	}
	rest := 0
	for _, c := range []byte(string(number) + country + "00") {
		rest = mod97(rest, c)
	}
	check := 98 - rest
	return country + string([]byte{byte('0' + check/10), byte('0' + check%10)}) + string(number)
}

func inFours(text, separator string) string {
	var out strings.Builder
	for i := range len(text) {
		if i > 0 && i%4 == 0 {
			out.WriteString(separator)
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func TestIBANPrecisionAndRecall(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 4))
	s := newSet(t, "iban")
	around := [][2]string{{"", ""}, {`"`, `"`}, {"IBAN ", "\n"}, {"pay to ", " by Monday"}, {"IBAN:", ";"}, {"a=", "&b"}}
	var found, wrong, missed int
	for range 20000 {
		text := newIBAN(r)
		switch r.IntN(4) {
		case 0:
			text = inFours(text, " ")
		case 1:
			text = strings.ToLower(text)
		}
		a := around[r.IntN(len(around))]
		spans, _ := s.Find(nil, []byte(a[0]+text+a[1]), Context{}, true)
		if len(spans) == 1 && spans[0].Start == len(a[0]) && spans[0].End == len(a[0])+len(text) {
			found++
		} else if missed++; missed <= 5 {
			t.Logf("missed %s", a[0]+text+a[1])
		}
	}
	for range 20000 {
		text := hardNegative(r)
		switch r.IntN(4) {
		case 0:
			// One with a wrong character.
			b := []byte(newIBAN(r))
			i := 2 + r.IntN(len(b)-2)
			old := b[i]
			for b[i] == old {
				b[i] = byte('0' + r.IntN(10))
			}
			text = string(b)
		case 1:
			// One that is too short or too long.
			text = newIBAN(r)
			if r.IntN(2) == 0 {
				text = text[:len(text)-1]
			} else {
				text += "7"
			}
		}
		if spans, _ := s.Find(nil, []byte(text), Context{}, true); len(spans) > 0 {
			if wrong++; wrong <= 5 {
				t.Logf("found %s", marked(text, spans))
			}
		}
	}
	report(t, "iban", found, wrong, missed, 0.99, 0.99)
}
