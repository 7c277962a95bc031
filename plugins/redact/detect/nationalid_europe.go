package detect

// europeanIDs are the identifiers of European countries, Türkiye and Russia.
var europeanIDs = [...]detector{
	{
		Info: Info{
			Kind: "uk_nino", Title: "UK national insurance number", Group: "national id", Example: "AB 12 34 56 C",
			Source: "HM Revenue & Customs, National Insurance Manual NIM39110",
		},
		forms: []form{{"AA000000A", 85, 98}, {"AA 00 00 00 A", 90, 98}, {"AA 000000 A", 85, 98}, {"AA-00-00-00-A", 90, 98}},
		words: []string{"*nino", "nino*", "national insurance*", "ni number", "ni no"},
		check: func(d []byte) validity {
			switch d[0] {
			case 'D', 'F', 'I', 'Q', 'U', 'V':
				return invalid
			}
			switch d[1] {
			case 'D', 'F', 'I', 'O', 'Q', 'U', 'V':
				return invalid
			}
			switch string(d[:2]) {
			case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
				return invalid
			}
			return when(d[8] <= 'D')
		},
	},
	{
		Info: Info{
			Kind: "uk_nhs", Title: "UK NHS number", Group: "national id", Example: "943 476 5919", ExampleField: "nhs_number",
			Source: "NHS Data Model and Dictionary, NHS NUMBER (check digit, modulus 11)",
		},
		forms: []form{{"000 000 0000", 0, 98}, {"000-000-0000", 0, 98}, {"0000000000", 0, 90}},
		words: []string{"nhs*", "*nhs", "health service"},
		check: func(d []byte) validity {
			return when(!uniform(d) && (11-weighted(d, ":98765432")%11)%11 == digit(d[9]))
		},
	},
	{
		Info: Info{
			Kind: "pl_pesel", Title: "Polish PESEL", Group: "national id", Example: "44051401359", ExampleField: "pesel",
			Source: "Ustawa o ewidencji ludności (Dz.U. 2010 nr 217 poz. 1427), Article 15 to 19",
		},
		forms: []form{{"00000000000", 0, 98}},
		words: []string{"*pesel*"},
		check: func(d []byte) validity {
			month := number(d[2:4]) % 20
			return when(isDate(number(d[:2]), month, number(d[4:6])) && weighted(d, "13791379131")%10 == 0)
		},
	},
	{
		Info: Info{
			Kind: "pl_nip", Title: "Polish tax number NIP", Group: "national id", Example: "856-734-62-15",
			Source: "Rozporządzenie Ministra Finansów w sprawie numerów identyfikacji podatkowej (weights 657234567, modulo 11)",
		},
		forms: []form{{"000-000-00-00", 85, 98}, {"000-00-00-000", 85, 98}, {"0000000000", 0, 95}},
		words: []string{"nip", "*nip*"},
		check: func(d []byte) validity { return when(!uniform(d) && weighted(d, "657234567")%11 == digit(d[9])) },
	},
	{
		Info: Info{
			Kind: "nl_bsn", Title: "Dutch citizen service number (BSN)", Group: "national id", Example: "111222333", ExampleField: "bsn",
			Source: "Rijksdienst voor Identiteitsgegevens, Logisch Ontwerp BSN (elfproef)",
		},
		forms: []form{{"000000000", 0, 90}, {"0000.00.000", 75, 98}, {"0000 00 000", 0, 98}, {"00000000", 0, 80}},
		words: []string{"*bsn*", "burgerservice*", "sofi*", "citizen service*"},
		check: func(d []byte) validity {
			// The last digit counts −1, which is 10 more or less than a multiple of eleven.
			return when(!uniform(d) && weighted(d, "98765432:"[9-len(d):])%11 == 0)
		},
	},
	{
		Info: Info{
			Kind: "fr_nir", Title: "French social security number (NIR)", Group: "national id", Example: "2 95 10 99 126 111 93",
			Source: "Insee, numéro d'inscription au répertoire (décret 82-103; key 97 less the rest by 97)",
		},
		forms: []form{{"0 00 00 XX 000 000 00", 98, 99}, {"00000XX00000000", 90, 99}, {"00000XX000000 00", 95, 99}, {"0-00-00-XX-000-000-00", 98, 99}},
		words: []string{"nir", "insee*", "sécurité sociale", "securite sociale", "num secu", "secu*"},
		check: checkNIR,
	},
	{
		Info: Info{
			Kind: "es_dni", Title: "Spanish DNI", Group: "national id", Example: "12345678Z",
			Source: "Real Decreto 1553/2005 and Orden INT/2058/2008 (letter by the rest by 23)",
		},
		forms: []form{{"00000000A", 70, 98}, {"00000000-A", 80, 98}, {"00.000.000-A", 90, 98}, {"00000000 A", 0, 95}},
		words: []string{"dni", "*nif", "nif*", "documento*", "identidad"},
		check: func(d []byte) validity { return when(d[8] == spanishLetters[number(d[:8])%23]) },
	},
	{
		Info: Info{
			Kind: "es_nie", Title: "Spanish NIE", Group: "national id", Example: "X1234567L",
			Source: "Real Decreto 557/2011 and Orden INT/2058/2008 (letter by the rest by 23)",
		},
		forms: []form{{"A0000000A", 80, 98}, {"A-0000000-A", 90, 98}, {"A0000000-A", 85, 98}},
		words: []string{"nie", "*nie", "*nif", "nif*", "extranjero*", "identidad"},
		check: func(d []byte) validity {
			lead := int64(d[0]) - 'X'
			return when(lead >= 0 && lead <= 2 && d[8] == spanishLetters[(lead*10000000+number(d[1:8]))%23])
		},
	},
	{
		Info: Info{
			Kind: "it_codice_fiscale", Title: "Italian codice fiscale", Group: "national id", Example: "RCCMNL83S18D969H",
			Source: "Decreto del Ministero delle Finanze 23 dicembre 1976, n. 13813",
		},
		runs: 1<<1 | 1<<2 | 1<<3 | 1<<4, onlyInWord: true, back: "A-Za-z", before: 15, longest: 20,
		words: []string{"codice fiscale", "cod fisc*", "cf", "c.f."}, find: findCodiceFiscale,
	},
	{
		Info: Info{
			Kind: "it_partita_iva", Title: "Italian VAT number", Group: "national id", Example: "00743110157", ExampleField: "partita_iva",
			Source: "DPR 633/1972, Article 35; check digit by ISO/IEC 7812-1",
		},
		forms: []form{{"00000000000", 0, 95}},
		words: []string{"partita iva", "p iva", "piva", "iva", "vat*"},
		check: func(d []byte) validity { return when(!uniform(d) && luhn(d)) },
	},
	{
		Info: Info{
			Kind: "de_steuer_id", Title: "German tax identification number", Group: "national id", Example: "36 574 261 809",
			Source: "Bundeszentralamt für Steuern, identification number under § 139b AO (digits repeated, ISO/IEC 7064 MOD 11,10)",
		},
		forms: []form{{"00 000 000 000", 85, 98}, {"00000000000", 0, 98}},
		words: []string{"*steuer*", "idnr", "id nr", "tin"},
		check: checkSteuerID,
	},
	{
		Info: Info{
			Kind: "de_rvnr", Title: "German pension insurance number", Group: "national id", Example: "15070649C103",
			Source: "Deutsche Rentenversicherung, § 147 SGB VI and VKVV § 4",
		},
		forms: []form{{"00000000A000", 80, 98}, {"00 000000 A 000", 95, 99}},
		words: []string{"rvnr", "sozialversicherung*", "rentenversicherung*", "sv nummer", "svnr"},
		check: func(d []byte) validity {
			if day := number(d[2:4]) % 50; !isDate(number(d[6:8]), number(d[4:6]), max(day, 1)) {
				return invalid
			}
			letter := int(d[8]-'A') + 1
			sum := crossSum(d[:8], "21257121") + crossSum([]byte{byte('0' + letter/10), byte('0' + letter%10), d[9], d[10]}, "2121")
			return when(sum%10 == digit(d[11]))
		},
	},
	{
		Info: Info{
			Kind: "se_personnummer", Title: "Swedish personal identity number", Group: "national id", Example: "880320-0016",
			Source: "Skatteverket, SKV 704 (personnummer) and SKV 707 (samordningsnummer)",
		},
		forms: []form{{"000000-0000", 65, 95}, {"000000+0000", 80, 98}, {"00000000-0000", 0, 98}, {"000000000000", 0, 95}, {"0000000000", 0, 90}},
		words: []string{"personnummer*", "person nr", "pnr", "samordningsnummer*", "personal identity*"},
		check: func(d []byte) validity {
			year := number(d[:len(d)-8])
			if len(d) == 12 && (year < 1850 || year > 2100) {
				return invalid
			}
			d = d[len(d)-10:]
			// A coordination number has the day plus 60.
			day := number(d[4:6])
			if day > 60 {
				day -= 60
			}
			return when(isDate(year, number(d[2:4]), day) && luhn(d))
		},
	},
	{
		Info: Info{
			Kind: "fi_hetu", Title: "Finnish personal identity code", Group: "national id", Example: "131052-308T",
			Source: "Digital and Population Data Services Agency, personal identity code (control character, signs of 2023)",
		},
		forms: []form{{"000000-000X", 90, 99}, {"000000+000X", 90, 99}, {"000000A000X", 90, 99}},
		words: []string{"hetu", "henkilötunnus*", "henkilotunnus*", "personbeteckning*"},
		check: func(d []byte) validity {
			if len(d) == 11 {
				if c := d[6]; c > 'F' && c < 'U' || c > 'Y' {
					return invalid
				}
				d = append(d[:6], d[7:]...)
			}
			serial := number(d[6 : len(d)-1])
			if !isDDMMYY(d) || serial < 2 {
				return invalid
			}
			return when(d[9] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(d[:6])*1000+serial)%31])
		},
	},
	{
		Info: Info{
			Kind: "no_fodselsnummer", Title: "Norwegian national identity number", Group: "national id", Example: "15108695088",
			Source: "Skatteetaten, fødselsnummer and D-nummer (two check digits, modulus 11)",
		},
		forms: []form{{"00000000000", 75, 98}, {"000000 00000", 80, 98}, {"000000-00000", 80, 98}},
		words: []string{"fødselsnummer*", "fodselsnummer*", "fnr", "personnummer*", "d nummer"},
		check: func(d []byte) validity {
			// A D-number has the day plus 40; numbers made for tests have the month plus
			// 40, 65 or 80.
			day, month := number(d[:2]), number(d[2:4])
			if day > 40 {
				day -= 40
			}
			switch {
			case month > 80:
				month -= 80
			case month > 65:
				month -= 65
			case month > 40:
				month -= 40
			}
			return when(isDate(number(d[4:6]), month, day) && weighted(d, "3761894521")%11 == 0 && weighted(d, "54327654321")%11 == 0)
		},
	},
	{
		Info: Info{
			Kind: "dk_cpr", Title: "Danish CPR number", Group: "national id", Example: "211062-5629",
			Source: "CPR-kontoret, Personnummeret i CPR-systemet (modulus 11 until 2007)",
		},
		forms: []form{{"000000-0000", 75, 95}, {"000000 0000", 0, 90}, {"0000000000", 0, 85}},
		words: []string{"*cpr*", "personnummer*"},
		check: func(d []byte) validity {
			switch {
			case !isDDMMYY(d):
				return invalid
			case weighted(d, "4327654321")%11 != 0:
				return weak
			}
			return valid
		},
	},
	{
		Info: Info{
			Kind: "is_kennitala", Title: "Icelandic kennitala", Group: "national id", Example: "120174-3399",
			Source: "Þjóðskrá, kennitala (check digit, modulus 11)",
		},
		forms: []form{{"000000-0000", 75, 95}, {"0000000000", 0, 90}},
		words: []string{"kennitala*", "kt"},
		check: func(d []byte) validity {
			return when(isDDMMYY(d) && (d[9] == '9' || d[9] == '0' || d[9] == '8') && weighted(d, "327654321")%11 == 0)
		},
	},
	{
		Info: Info{
			Kind: "be_rijksregister", Title: "Belgian national register number", Group: "national id", Example: "85.07.30-033.28",
			Source: "Koninklijk besluit van 3 april 1984 (check number 97 less the rest by 97); BIS: KB 8 februari 1991",
		},
		forms: []form{{"00.00.00-000.00", 98, 99}, {"000000-000-00", 90, 98}, {"000000 000 00", 85, 98}, {"00000000000", 70, 98}},
		words: []string{"rijksregister*", "registre national", "niss", "insz", "inss", "nrn", "rrn"},
		check: func(d []byte) validity {
			month := number(d[2:4])
			if month > 20 {
				month = (month-1)%20 + 1
			}
			n, check := number(d[:9]), 97-number(d[9:])
			if month > 12 || number(d[4:6]) > 31 || number(d[6:9]) == 0 {
				return invalid
			}
			return when(n%97 == check || (2000000000+n)%97 == check)
		},
	},
	{
		Info: Info{
			Kind: "ch_ahv", Title: "Swiss AHV number", Group: "national id", Example: "756.9217.0769.85",
			Source: "Bundesamt für Sozialversicherungen, AHVV Article 133 (prefix 756, check digit of GS1 EAN-13)",
		},
		forms: []form{{"000.0000.0000.00", 98, 99}, {"0000000000000", 85, 98}, {"000 0000 0000 00", 95, 99}},
		words: []string{"ahv*", "avs*", "sozialversicherung*"},
		check: func(d []byte) validity {
			return when(string(d[:3]) == "756" && weighted(d, "1313131313131")%10 == 0)
		},
	},
	{
		Info: Info{
			Kind: "at_svnr", Title: "Austrian social insurance number", Group: "national id", Example: "1237 010180",
			Source: "Dachverband der Sozialversicherungsträger, ASVG § 30c (weights 379 584216, modulus 11)",
		},
		forms: []form{{"0000 000000", 75, 98}, {"0000-000000", 0, 98}, {"0000000000", 0, 95}},
		words: []string{"svnr", "sv nr", "sv nummer", "sozialversicherung*", "versicherungsnummer*"},
		check: func(d []byte) validity {
			// Months up to 15 are in use where the numbers of a day have run out.
			month := number(d[6:8])
			if month > 12 && month <= 15 {
				month = 12
			}
			return when(d[0] != '0' && isDate(number(d[8:10]), month, number(d[4:6])) && weighted(d, "3790584216")%11 == digit(d[3]))
		},
	},
	{
		Info: Info{
			Kind: "pt_nif", Title: "Portuguese tax number NIF", Group: "national id", Example: "501 964 843", ExampleField: "nif",
			Source: "Autoridade Tributária e Aduaneira, número de identificação fiscal (check digit, modulus 11)",
		},
		forms: []form{{"000000000", 0, 90}, {"000 000 000", 0, 95}},
		words: []string{"*nif", "nif*", "contribuinte*", "nipc"},
		check: func(d []byte) validity {
			return when(d[0] != '0' && !uniform(d) && digitOrZero(weighted(d, "98765432")) == digit(d[8]))
		},
	},
	{
		Info: Info{
			Kind: "ie_pps", Title: "Irish PPS number", Group: "national id", Example: "1234567FA", ExampleField: "pps",
			Source: "Department of Social Protection, Personal Public Service number (check character, modulus 23)",
		},
		forms: []form{{"0000000AA", 0, 98}, {"0000000A", 0, 95}},
		words: []string{"pps*", "personal public service*", "rsi"},
		check: func(d []byte) validity {
			sum := weighted(d, "8765432")
			if len(d) == 9 {
				switch c := d[8]; {
				case c <= 'I':
					sum += 9 * int(c-'A'+1)
				case c != 'W' && c != 'T' && c != 'X':
					return invalid
				}
			}
			return when(d[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum%23])
		},
	},
	{
		Info: Info{
			Kind: "gr_amka", Title: "Greek AMKA", Group: "national id", Example: "01013099997", ExampleField: "amka",
			Source: "IDIKA, AMKA (date of birth, check digit by ISO/IEC 7812-1)",
		},
		forms: []form{{"00000000000", 0, 95}},
		words: []string{"amka", "αμκα", "ΑΜΚΑ"},
		check: func(d []byte) validity { return when(isDDMMYY(d) && luhn(d)) },
	},
	{
		Info: Info{
			Kind: "cz_rodne_cislo", Title: "Czech or Slovak birth number", Group: "national id", Example: "710319/2745",
			Source: "Zákon č. 133/2000 Sb., § 13 (divisible by eleven)",
		},
		forms: []form{{"000000/0000", 90, 98}, {"000000/000", 0, 85}, {"0000000000", 0, 90}},
		words: []string{"rodné číslo", "rodne cislo", "rodné*", "rodneho", "rc", "rč", "rČ", "birth number"},
		check: func(d []byte) validity {
			month := number(d[2:4])
			if month > 50 {
				month -= 50
			}
			if month > 20 {
				month -= 20
			}
			if !isDate(number(d[:2]), month, number(d[4:6])) {
				return invalid
			}
			// Numbers of people born before 1954 have no check digit. In some of those
			// up to 1985 a rest of ten became a zero.
			return when(len(d) == 9 || number(d)%11 == 0 || number(d[:9])%11 == 10 && d[9] == '0')
		},
	},
	{
		Info: Info{
			Kind: "ro_cnp", Title: "Romanian personal numeric code", Group: "national id", Example: "1630615123457", ExampleField: "cnp",
			Source: "Legea nr. 105/1996 (weights 279146358279, modulus 11)",
		},
		forms: []form{{"0000000000000", 0, 98}},
		words: []string{"*cnp*", "cod numeric*"},
		check: func(d []byte) validity {
			county := number(d[7:9])
			rest := weighted(d, "279146358279") % 11
			if rest == 10 {
				rest = 1
			}
			return when(d[0] != '0' && isYYMMDD(d[1:]) && (county >= 1 && county <= 48 || county == 51 || county == 52 || county == 70) && rest == digit(d[12]))
		},
	},
	{
		Info: Info{
			Kind: "bg_egn", Title: "Bulgarian uniform civil number", Group: "national id", Example: "7523169263", ExampleField: "egn",
			Source: "GRAO, Единен граждански номер (check digit, modulus 11)",
		},
		forms: []form{{"0000000000", 0, 95}},
		words: []string{"egn", "егн", "ЕГН"},
		check: func(d []byte) validity {
			month := number(d[2:4])
			if month > 20 {
				month = month % 20
			}
			return when(isDate(number(d[:2]), month, number(d[4:6])) && weighted(d, "2485:9736")%11%10 == digit(d[9]))
		},
	},
	{
		Info: Info{
			Kind: "hr_oib", Title: "Croatian personal identification number (OIB)", Group: "national id", Example: "33392005961", ExampleField: "oib",
			Source: "Zakon o osobnom identifikacijskom broju (ISO/IEC 7064, MOD 11,10)",
		},
		forms: []form{{"00000000000", 0, 95}},
		words: []string{"oib", "osobni*"},
		check: func(d []byte) validity { return when(mod11and10(d)) },
	},
	{
		Info: Info{
			Kind: "ee_isikukood", Title: "Estonian or Lithuanian personal code", Group: "national id", Example: "37605030299", ExampleField: "isikukood",
			Source: "EVS 585:2007 (Estonia); Lietuvos Respublikos gyventojų registro įstatymas (Lithuania)",
		},
		forms: []form{{"00000000000", 0, 98}},
		words: []string{"isikukood*", "ik", "asmens kod*", "personal code"},
		check: func(d []byte) validity {
			rest := weighted(d, "1234567891") % 11
			if rest == 10 {
				rest = weighted(d, "3456789123") % 11 % 10
			}
			return when(d[0] >= '1' && d[0] <= '8' && isYYMMDD(d[1:]) && rest == digit(d[10]))
		},
	},
	{
		Info: Info{
			Kind: "lv_personas_kods", Title: "Latvian personal code", Group: "national id", Example: "161175-19997",
			Source: "Fizisko personu reģistra likums; check digit as the register computes it",
		},
		forms: []form{{"000000-00000", 75, 98}, {"00000000000", 0, 90}},
		words: []string{"personas kod*", "personal code"},
		check: func(d []byte) validity {
			// Numbers since 2017 begin with 32 and say nothing else.
			if d[0] == '3' && d[1] >= '2' {
				return weak
			}
			return when(isDDMMYY(d) && (1101-weighted(d, "16379:5842"))%11%10 == digit(d[10]))
		},
	},
	{
		Info: Info{
			Kind: "hu_taj", Title: "Hungarian social security number (TAJ)", Group: "national id", Example: "111 111 110", ExampleField: "taj",
			Source: "1996. évi XX. törvény, annex (weights 3 and 7, modulus 10)",
		},
		forms: []form{{"000 000 000", 0, 95}, {"000-000-000", 0, 95}, {"000000000", 0, 90}},
		words: []string{"taj", "taj szám", "társadalombiztosítási*"},
		check: func(d []byte) validity { return when(weighted(d, "37373737")%10 == digit(d[8])) },
	},
	{
		Info: Info{
			Kind: "rs_jmbg", Title: "Unique master citizen number (JMBG, EMŠO)", Group: "national id", Example: "0101006500006", ExampleField: "emso",
			Source: "Law on the unique master citizen number of Yugoslavia and its successors (check digit, modulus 11)",
		},
		forms: []form{{"0000000000000", 0, 98}},
		words: []string{"*jmbg*", "*emso*", "emšo", "emŠo", "matični*", "maticni*", "embg"},
		check: func(d []byte) validity {
			year := 1000 + number(d[4:7])
			if year < 1800 {
				year += 1000
			}
			return when(isDate(year, number(d[2:4]), number(d[:2])) && digitOrZero(weighted(d, "765432765432")) == digit(d[12]))
		},
	},
	{
		Info: Info{
			Kind: "lu_matricule", Title: "Luxembourg national identification number", Group: "national id", Example: "1893120105732",
			Source: "Loi du 19 juin 2013 relative à l'identification des personnes physiques (Luhn and Verhoeff check digits)",
		},
		forms: []form{{"0000000000000", 85, 99}, {"0000 0000 000 00", 95, 99}},
		words: []string{"matricule*"},
		check: func(d []byte) validity {
			year := number(d[:4])
			if year < 1850 || year > 2100 || !isDate(year, number(d[4:6]), number(d[6:8])) {
				return invalid
			}
			// Both check digits are of the first eleven digits.
			var v [12]byte
			copy(v[:], d[:11])
			v[11] = d[12]
			return when(luhn(d[:12]) && verhoeff(v[:]))
		},
	},
	{
		Info: Info{
			Kind: "tr_kimlik", Title: "Turkish identification number", Group: "national id", Example: "17291716060", ExampleField: "tckn",
			Source: "Nüfus ve Vatandaşlık İşleri, T.C. Kimlik No (two check digits)",
		},
		forms: []form{{"00000000000", 0, 98}},
		words: []string{"*kimlik*", "tckn", "tc no", "t.c."},
		check: func(d []byte) validity {
			odd, even := weighted(d, "101010101"), weighted(d, "01010101")
			return when(d[0] != '0' && (7*odd-even+100)%10 == digit(d[9]) && (odd+even+digit(d[9]))%10 == digit(d[10]))
		},
	},
	{
		Info: Info{
			Kind: "ru_snils", Title: "Russian SNILS", Group: "national id", Example: "112-233-445 95",
			Source: "Постановление Правления ПФР от 31.07.2006 № 192п (check number, modulus 101)",
		},
		forms: []form{{"000-000-000 00", 90, 99}, {"000-000-000-00", 85, 99}, {"00000000000", 0, 95}},
		words: []string{"*snils*", "снилс", "СНИЛС"},
		check: checkSNILS,
	},
	{
		Info: Info{
			Kind: "ru_inn", Title: "Russian taxpayer number (INN) of a person", Group: "national id", Example: "500100732259", ExampleField: "inn",
			Source: "Приказ ФНС России от 29.06.2012 № ММВ-7-6/435@ (two check digits, modulus 11)",
		},
		forms: []form{{"000000000000", 0, 98}},
		words: []string{"inn", "*inn", "инн", "ИНН"},
		check: func(d []byte) validity {
			return when(!uniform(d) && weighted(d, "724:359468")%11%10 == digit(d[10]) && weighted(d, "3724:359468")%11%10 == digit(d[11]))
		},
	},
	{
		Info: Info{
			Kind: "ua_rnokpp", Title: "Ukrainian taxpayer number (RNOKPP)", Group: "national id", Example: "1759013776", ExampleField: "rnokpp",
			Source: "Державна податкова служба України, РНОКПП (check digit, modulus 11)",
		},
		forms: []form{{"0000000000", 0, 95}},
		words: []string{"rnokpp", "рнокпп", "РНОКПП", "ipn", "іпн", "ІПН"},
		check: func(d []byte) validity {
			// The first weight is −1, which is 10 more or less than eleven.
			return when(!uniform(d) && weighted(d, ":57946:57")%11%10 == digit(d[9]))
		},
	},
}
