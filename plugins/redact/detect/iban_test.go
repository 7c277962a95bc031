package detect

import "testing"

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
