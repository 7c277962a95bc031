package detect

// americanIDs are the identifiers of American countries.
var americanIDs = [...]detector{
	{
		Info: Info{
			Kind: "us_ssn", Title: "US social security number", Group: "national id", Example: "536-90-4399",
			Source: "Social Security Administration, POMS RM 10201.035 (numbers never assigned)",
		},
		forms: []form{{"000-00-0000", 85, 95}, {"000 00 0000", 0, 90}, {"000.00.0000", 0, 90}, {"000000000", 0, 85}},
		words: []string{"*ssn", "ssn*", "social security*", "soc sec", "soc. sec", "social"},
		check: func(d []byte) validity {
			area := number(d[:3])
			return when(area != 0 && area != 666 && area < 900 && number(d[3:5]) != 0 && number(d[5:]) != 0)
		},
	},
	{
		Info: Info{
			Kind: "us_itin", Title: "US individual taxpayer identification number", Group: "national id", Example: "912-78-1234",
			Source: "Internal Revenue Service, IRM 3.21.263 (ranges of the fourth and fifth digit)",
		},
		forms: []form{{"000-00-0000", 85, 95}, {"000 00 0000", 0, 90}, {"000000000", 0, 85}},
		words: []string{"*itin*", "individual taxpayer*"},
		check: func(d []byte) validity {
			group := number(d[3:5])
			return when(d[0] == '9' && (group >= 50 && group <= 65 || group >= 70 && group <= 88 || group >= 90 && group <= 92 || group >= 94))
		},
	},
	{
		Info: Info{
			Kind: "us_npi", Title: "US national provider identifier", Group: "national id", Example: "1234567893", ExampleField: "npi",
			Source: "45 CFR 162.406; CMS, check digit by ISO/IEC 7812-1 with the prefix 80840",
		},
		forms: []form{{"0000000000", 0, 95}},
		words: []string{"*npi", "npi*", "national provider*"},
		check: func(d []byte) validity {
			// The prefix 80840 adds 24 to the sum.
			sum := 24
			for i, c := range d {
				n := digit(c)
				if i%2 == 0 {
					n = n*2/10 + n*2%10
				}
				sum += n
			}
			return when((d[0] == '1' || d[0] == '2') && sum%10 == 0)
		},
	},
	{
		Info: Info{
			Kind: "us_mbi", Title: "US Medicare beneficiary identifier", Group: "national id", Example: "1EG4-TE5-MK73",
			Source: "Centers for Medicare & Medicaid Services, Understanding the Medicare Beneficiary Identifier Format",
		},
		forms: []form{{"0AX0-AX0-AA00", 95, 99}, {"0AX0AX0AA00", 80, 95}},
		words: []string{"mbi", "medicare*", "beneficiary*"},
		check: func(d []byte) validity {
			for _, c := range d {
				switch c {
				case 'S', 'L', 'O', 'I', 'B', 'Z':
					return invalid
				}
			}
			return when(d[0] != '0')
		},
	},
	{
		Info: Info{
			Kind: "us_routing", Title: "US bank routing number", Group: "financial", Example: "021000021", ExampleField: "routing_number",
			Source: "American Bankers Association, routing number policy (ranges, check digit)",
		},
		forms: []form{{"000000000", 0, 90}, {"0000-0000-0", 0, 90}},
		words: []string{"routing*", "aba", "rtn", "transit number"},
		check: func(d []byte) validity {
			head := number(d[:2])
			return when((head <= 12 || head >= 21 && head <= 32 || head >= 61 && head <= 72 || head == 80) &&
				!uniform(d) && weighted(d, "371371371")%10 == 0)
		},
	},
	{
		Info: Info{
			Kind: "ca_sin", Title: "Canadian social insurance number", Group: "national id", Example: "130 692 544", ExampleField: "sin",
			Source: "Employment and Social Development Canada, Social Insurance Number code of practice; check digit by ISO/IEC 7812-1",
		},
		forms: []form{{"000-000-000", 0, 95}, {"000 000 000", 0, 95}, {"000000000", 0, 85}},
		words: []string{"sin", "*sin number", "social insurance*", "assurance sociale", "nas"},
		check: func(d []byte) validity { return when(d[0] != '8' && !uniform(d) && luhn(d)) },
	},
	{
		Info: Info{
			Kind: "br_cpf", Title: "Brazilian CPF", Group: "national id", Example: "529.982.247-25",
			Source: "Receita Federal do Brasil, Cadastro de Pessoas Físicas (two check digits, modulo 11)",
		},
		forms: []form{{"000.000.000-00", 95, 99}, {"000000000-00", 80, 95}, {"00000000000", 0, 95}},
		words: []string{"*cpf*", "cadastro de pessoas*"},
		check: func(d []byte) validity {
			return when(!uniform(d) && digitOrZero(weighted(d, ":98765432")) == digit(d[9]) && digitOrZero(weighted(d, ";:98765432")) == digit(d[10]))
		},
	},
	{
		Info: Info{
			Kind: "br_cnpj", Title: "Brazilian CNPJ", Group: "national id", Example: "12.ABC.345/01DE-35",
			Source: "Receita Federal do Brasil, Instrução Normativa 2.229/2024 (letters, check digits by ASCII value)",
		},
		runs: 1<<15 - 1<<1, inWord: true, triggers: []trigger{{prev: "0-9A-Za-z", at: "/", next: "0-9A-Za-z"}},
		back: "0-9A-Za-z.", before: 12, longest: 24,
		words: []string{"*cnpj*"}, find: findCNPJ,
	},
	{
		Info: Info{
			Kind: "mx_curp", Title: "Mexican CURP", Group: "national id", Example: "BOXW310820HNERXN09",
			Source: "Registro Nacional de Población, Instructivo normativo para la asignación de la CURP (check digit, modulo 10)",
		},
		forms: []form{{"AAAA000000AAAAAAX0", 95, 99}},
		words: []string{"curp"},
		check: checkCURP,
	},
	{
		Info: Info{
			Kind: "ar_cuit", Title: "Argentine CUIT or CUIL", Group: "national id", Example: "20-05536168-2",
			Source: "AFIP, Clave Única de Identificación Tributaria (check digit, modulo 11)",
		},
		forms: []form{{"00-00000000-0", 90, 98}, {"00000000000", 0, 95}},
		words: []string{"*cuit*", "*cuil*"},
		check: func(d []byte) validity {
			switch number(d[:2]) {
			case 20, 23, 24, 25, 26, 27, 30, 33, 34:
				check := (11 - weighted(d, "5432765432")%11) % 11
				return when(min(check, 9) == digit(d[10]))
			}
			return invalid
		},
	},
	{
		Info: Info{
			Kind: "cl_rut", Title: "Chilean RUT", Group: "national id", Example: "12.531.909-2",
			Source: "Servicio de Impuestos Internos, Rol Único Tributario (check digit, modulo 11)",
		},
		forms: []form{{"00.000.000-X", 90, 98}, {"0.000.000-X", 85, 98}, {"00000000-X", 0, 95}, {"0000000-X", 0, 95}, {"00000000X", 0, 85}},
		words: []string{"*rut", "rut*", "run", "rol unico*", "rol único*"},
		check: func(d []byte) validity {
			n := len(d) - 1
			check := (11 - weighted(d[:n], "32765432"[8-n:])%11) % 11
			return when(d[n] == "0123456789K"[check])
		},
	},
	{
		Info: Info{
			Kind: "uy_ci", Title: "Uruguayan identity card number", Group: "national id", Example: "1.234.567-2",
			Source: "Dirección Nacional de Identificación Civil, cédula de identidad (check digit, weights 2987634)",
		},
		forms: []form{{"0.000.000-0", 85, 95}, {"0000000-0", 0, 90}, {"00000000", 0, 80}},
		words: []string{"ci", "cedula*", "cédula*", "documento*"},
		check: func(d []byte) validity { return when((10-weighted(d, "2987634")%10)%10 == digit(d[7])) },
	},
	{
		Info: Info{
			Kind: "ec_cedula", Title: "Ecuadorian identity card number", Group: "national id", Example: "1714307103", ExampleField: "cedula",
			Source: "Registro Civil del Ecuador (province, check digit modulo 10)",
		},
		forms: []form{{"0000000000", 0, 90}, {"000000000-0", 0, 95}},
		words: []string{"cedula*", "cédula*", "ruc"},
		check: func(d []byte) validity {
			province := number(d[:2])
			return when((province >= 1 && province <= 24 || province == 30) && d[2] <= '6' && luhn(d))
		},
	},
	{
		Info: Info{
			Kind: "do_cedula", Title: "Dominican identity card number", Group: "national id", Example: "001-1391820-5",
			Source: "Junta Central Electoral, cédula de identidad y electoral (check digit by ISO/IEC 7812-1)",
		},
		forms: []form{{"000-0000000-0", 85, 95}, {"00000000000", 0, 90}},
		words: []string{"cedula*", "cédula*"},
		check: func(d []byte) validity { return when(!uniform(d) && luhn(d)) },
	},
}

// findCNPJ finds a CNPJ by its slash, or one without punctuation by its first digit.
func findCNPJ(v *view, at int) (start, end int, confidence uint8) {
	if v.at(at) == '/' {
		start = at - 8
		pattern := "XXXXXXXX/XXXX-00"
		if v.at(at-4) == '.' {
			start, pattern = at-10, "XX.XXX.XXX/XXXX-00"
		}
		if start < 0 {
			return 0, 0, 0
		}
		start, end, n, small := v.match(pattern, start)
		if n == 0 || !v.isolated(start, end) || !checkCNPJ(v.chars[:n]) || small && !v.told(start) {
			return 0, 0, 0
		}
		return start, end, 95
	}
	if v.run != 14 && !isLetter(v.at(at-1)) && !isLetter(v.at(at+v.run)) {
		return 0, 0, 0
	}
	start = at
	for start > 0 && at-start < 12 && isLetter(v.at(start-1)) {
		start--
	}
	start, end, n, _ := v.match("XXXXXXXXXXXX00", start)
	if n == 0 || !v.isolated(start, end) || !checkCNPJ(v.chars[:n]) || !v.told(start) {
		return 0, 0, 0
	}
	return start, end, 95
}

func checkCNPJ(d []byte) bool {
	return !uniform(d) && digitOrZero(weighted(d, "543298765432")) == digit(d[12]) && digitOrZero(weighted(d, "6543298765432")) == digit(d[13])
}

// checkCURP checks the date, the sex, the state's letters and the check digit.
func checkCURP(d []byte) validity {
	if !isYYMMDD(d[4:10]) || d[10] != 'H' && d[10] != 'M' && d[10] != 'X' {
		return invalid
	}
	// The alphabet has an Ñ, which has no place in ASCII, between N and O.
	sum := 0
	for i, c := range d[:17] {
		n := int(c - '0')
		if isLetter(c) {
			if n = int(c-'A') + 10; c > 'N' {
				n++
			}
		}
		sum += n * (18 - i)
	}
	return when((10-sum%10)%10 == digit(d[17]))
}
