package detect

import (
	"strings"
	"testing"
)

// TestNationalIDs has numbers that the authorities and standards give as examples
// or that are known to be made up, and next to them ones that break a rule.
func TestNationalIDs(t *testing.T) {
	tests := []struct {
		kind        Kind
		field       string
		valid       []string
		invalid     []string
		description string
	}{
		{"us_ssn", "", []string{"536-90-4399", "078-05-1120", "001-01-0001", "899-99-9999"},
			[]string{"000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "1234-56-789", "536-90-43990", "5536-90-4399", "536904399", "536 90 4399"}, "area, group and serial"},
		{"us_ssn", "customer_ssn", []string{"536904399", "536 90 4399", "536.90.4399"}, []string{"000904399", "666904399"}, "without hyphens in a field"},
		{"us_ssn", "ssn", []string{"78051120", "1010001"}, []string{"101000", "5051120678"}, "an integer that lost its zeros"},
		{"us_ssn", "classname", nil, []string{"536904399"}, "a field that has the letters by chance"},
		{"us_itin", "", []string{"912-78-1234", "900-50-0000", "999-99-9999"}, []string{"912-49-1234", "912-66-1234", "912-89-1234", "912-93-1234", "812-78-1234"}, "ranges of the fourth and fifth digit"},
		{"us_npi", "npi", []string{"1234567893", "1245319599"}, []string{"1234567894", "3234567893"}, "CMS's example"},
		{"us_mbi", "", []string{"1EG4-TE5-MK73", "1EG4TE5MK73"}, []string{"1EG4-TE5-MK7S", "0EG4-TE5-MK73", "1SG4-TE5-MK73"}, "CMS's example, letters left out"},
		{"us_routing", "routing_number", []string{"021000021", "011401533"}, []string{"021000022", "991000021"}, "check digit, range"},
		{"ca_sin", "sin", []string{"130 692 544", "046-454-286", "046454286"}, []string{"130 692 545", "846 454 286"}, "check digit"},
		{"ca_sin", "business", nil, []string{"130692544"}, "a field that has the letters by chance"},
		{"br_cpf", "", []string{"529.982.247-25", "111.444.777-35"}, []string{"529.982.247-26", "111.111.111-11", "52998224725"}, "check digits, all the same"},
		{"br_cnpj", "", []string{"11.222.333/0001-81", "12.ABC.345/01DE-35"}, []string{"11.222.333/0001-80", "12.ABC.345/01DE-36", "11222333000181"}, "Receita Federal's example with letters"},
		{"br_cnpj", "cnpj", []string{"11222333000181", "12ABC34501DE35"}, []string{"11222333000180"}, "without punctuation in a field"},
		{"mx_curp", "", []string{"BOXW310820HNERXN09"}, []string{"BOXW310820HNERXN08", "BOXW311320HNERXN09"}, "check digit, month"},
		{"ar_cuit", "", []string{"20-05536168-2"}, []string{"20-05536168-3", "21-05536168-2"}, "check digit, type"},
		{"cl_rut", "", []string{"12.531.909-2", "6.265.837-1"}, []string{"12.531.909-3", "12531909-2"}, "check digit"},
		{"uk_nino", "", []string{"AB123456C", "AB 12 34 56 C", "JG 12 13 16 A"},
			[]string{"DA123456C", "AO123456C", "BG123456C", "GB123456C", "TN123456C", "AB123456E", "AB12345C", "ab123456c", "XAB123456C"}, "NIM39110: prefixes not used"},
		{"uk_nino", "nino", []string{"ab123456c"}, nil, "lower case in a field"},
		{"uk_nhs", "nhs_number", []string{"943 476 5919", "9434765919", "401 023 2137"}, []string{"943 476 5918", "1111111111"}, "NHS Data Dictionary's example"},
		{"pl_pesel", "pesel", []string{"44051401359", "02070803628"}, []string{"44051401358", "44051501358", "44131401359"}, "check digit, month"},
		{"nl_bsn", "bsn", []string{"111222333", "123456782", "1112.22.333"}, []string{"111222334", "000000000"}, "elfproef"},
		{"fr_nir", "", []string{"2 95 10 99 126 111 93", "295109912611193", "1 53 07 2B 073 004 23"}, []string{"2 95 10 99 126 111 94", "9 95 10 99 126 111 93", "2 95 13 99 126 111 93"}, "key, sex, month"},
		{"es_dni", "", []string{"12345678Z", "12.345.678-Z"}, []string{"12345678A", "12345678z"}, "letter"},
		{"es_nie", "", []string{"X1234567L", "Y1234567X", "Z1234567R"}, []string{"X1234567M", "W1234567L"}, "letter"},
		{"it_codice_fiscale", "", []string{"RCCMNL83S18D969H", "RSSMRA85T10A562S", "RCCMNL83S18D96VW"}, []string{"RCCMNL83S18D969I", "RSSMRA85T10A562", "RSSMRA85T90A562S"}, "check character, omocodia"},
		{"de_steuer_id", "idnr", []string{"36574261809", "36 574 261 809"}, []string{"36574261890", "36554266806", "06574261809"}, "digits repeated, check digit"},
		{"de_rvnr", "", []string{"15070649C103"}, []string{"15070649C104", "15071349C103"}, "check digit, month"},
		{"se_personnummer", "", []string{"880320-0016", "811228-9874", "640823-3234"}, []string{"880320-0018", "881320-0016", "880399-0016"}, "Skatteverket's example, date"},
		{"se_personnummer", "personnummer", []string{"198803200016", "8803200016", "19640823-3234"}, nil, "with the century"},
		{"fi_hetu", "", []string{"131052-308T", "131052A308T", "131052Y308T"}, []string{"131052-308U", "131052G308T", "321052-308T"}, "DVV's example, signs of 2023"},
		{"no_fodselsnummer", "", []string{"15108695088"}, []string{"15108695077", "15138695088"}, "check digits, month"},
		{"dk_cpr", "", []string{"211062-5629"}, []string{"211062-5628", "321062-5629"}, "modulus 11 without words"},
		{"dk_cpr", "cpr", []string{"211062-5628"}, []string{"321062-5629"}, "any with words"},
		{"be_rijksregister", "", []string{"85.07.30-033.28", "85073003328", "17.07.30-033.84"}, []string{"85.07.30-033.29", "85.13.30-033.28"}, "born before and after 2000"},
		{"ch_ahv", "", []string{"756.9217.0769.85", "7569217076985"}, []string{"756.9217.0769.84", "755.9217.0769.85"}, "check digit, prefix"},
		{"at_svnr", "svnr", []string{"1237010180", "1237 010180"}, []string{"1237010181", "2237010180"}, "check digit"},
		{"ie_pps", "pps", []string{"6433435F", "6433435FT", "1234567FA"}, []string{"6433435E", "1234567FB"}, "check character of both kinds"},
		{"cz_rodne_cislo", "", []string{"710319/2745"}, []string{"710319/2746", "711319/2745"}, "divisible by eleven, month"},
		{"ro_cnp", "cnp", []string{"1630615123457"}, []string{"1630615123458", "1631315123457"}, "check digit, month"},
		{"hr_oib", "oib", []string{"33392005961"}, []string{"33392005962"}, "check digit"},
		{"lu_matricule", "", []string{"1893120105732"}, []string{"1893120105733", "1893120105742"}, "both check digits"},
		{"ru_snils", "", []string{"112-233-445 95"}, []string{"112-233-445 96"}, "check number"},
		{"tr_kimlik", "tckn", []string{"17291716060", "10000000146"}, []string{"17291716050", "07291716060"}, "check digits"},
		{"in_aadhaar", "aadhaar", []string{"234123412346", "2341 2341 2346"}, []string{"234123412347", "134123412346", "222222222222"}, "Verhoeff"},
		{"in_pan", "", []string{"ACUPA7085R"}, []string{"ACUXA7085R", "ACUPA0000R", "acupa7085r"}, "status, number"},
		{"cn_resident_id", "", []string{"11010519491231002X", "440524188001010014"}, []string{"110105194912310021", "110105194913310020", "99010519491231002X"}, "GB 11643's examples"},
		{"hk_id", "", []string{"A123456(3)", "AB987654(3)"}, []string{"A123456(4)"}, "check digit"},
		{"tw_id", "national_id", []string{"A123456789"}, []string{"A123456788", "A323456789"}, "check digit, sex"},
		{"kr_rrn", "", []string{"971013-9019902"}, []string{"971313-9019902"}, "month"},
		{"jp_my_number", "my_number", []string{"123456789018"}, []string{"123456789019"}, "check digit"},
		{"sg_nric", "", []string{"S1234567D", "T0123456G", "F1234567N", "G1234567X", "M1234567K"}, []string{"S1234567E", "A1234567D", "s1234567d"}, "letter of each series"},
		{"th_id", "", []string{"1-2345-45678-78-1"}, []string{"1-2345-45678-78-2"}, "check digit"},
		{"il_id", "teudat_zehut", []string{"039337423"}, []string{"039337422"}, "check digit"},
		{"au_tfn", "tfn", []string{"123 456 782", "123456782"}, []string{"123 456 783"}, "check digit"},
		{"au_medicare", "medicare", []string{"2123 45670 1"}, []string{"2123 45671 1", "7123 45670 1"}, "check digit, range"},
		{"nz_ird", "ird", []string{"49-091-850", "136410132"}, []string{"49-091-851", "999999999"}, "Inland Revenue's examples"},
		{"za_id", "", []string{"7503305044089", "8001015009087"}, []string{"7503305044088", "7513305044089"}, "check digit, month"},
	}
	for _, tt := range tests {
		s := newSet(t, tt.kind)
		for _, text := range tt.valid {
			for _, a := range [][2]string{{"", ""}, {"no. ", ", thanks"}, {`"`, `"`}} {
				spans := everyCut(t, s, a[0]+text+a[1], tt.field)
				if len(spans) != 1 || spans[0].Start != len(a[0]) || spans[0].End != len(a[0])+len(text) {
					t.Errorf("%s (%s): found %v in %q", tt.kind, tt.description, spans, a[0]+text+a[1])
				}
			}
		}
		for _, text := range tt.invalid {
			if spans := everyCut(t, s, text, tt.field); len(spans) > 0 {
				t.Errorf("%s (%s): found %s", tt.kind, tt.description, marked(text, spans))
			}
		}
	}
}

func TestWordsOfContext(t *testing.T) {
	tests := []struct {
		name, text, field string
		want              int
	}{
		{"a word before the number", "SSN: 536904399", "", 1},
		{"a word of two parts", "Social Security Number is 536904399", "", 1},
		{"no word", "number 536904399", "", 0},
		{"a word behind it", "536904399 SSN", "", 0},
		{"a word too far away", "SSN" + strings.Repeat(" .", 40) + "536904399", "", 0},
		{"letters in another word", "lesson 536904399", "", 0},
		{"two abbreviated words", "Soc. Sec. No 536904399", "", 1},
		{"a field in snake case", "536904399", "social_security_number", 1},
		{"a field in camel case", "536904399", "socialsecuritynumber", 1},
		{"a field for any identifier", "536904399", "national_id", 1},
		{"another field", "536904399", "amount", 0},
	}
	s := newSet(t, "us_ssn")
	for _, tt := range tests {
		if spans := everyCut(t, s, tt.text, tt.field); len(spans) != tt.want {
			t.Errorf("%s: found %v in %q in field %q", tt.name, spans, tt.text, tt.field)
		}
	}
}

func TestNationalIDsThatAreSomethingElse(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		text string
	}{
		{"no_fodselsnummer", "+15108695088"}, {"be_rijksregister", "Tel +12015273370"}, {"at_svnr", "invoice 1211-201026"}, {"in_aadhaar", "FedEx 5663 1851 9268"},
		{"in_aadhaar", "4856 5145 4166 8221"}, {"se_personnummer", "3095–950207–7226"}, {"lv_personas_kods", "020480–84629–1"},
	} {
		if spans := everyCut(t, newSet(t, tt.kind), tt.text, ""); len(spans) > 0 {
			t.Errorf("%s: found %s", tt.kind, marked(tt.text, spans))
		}
	}
	if spans := everyCut(t, newSet(t, "rs_jmbg"), "EMŠO 0101006500006", ""); len(spans) != 1 {
		t.Errorf("found %v behind a word in capital letters, want 1", spans)
	}
}
