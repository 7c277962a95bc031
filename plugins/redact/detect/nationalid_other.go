package detect

// otherIDs are the identifiers of countries in Asia, Africa and Oceania.
var otherIDs = [...]detector{
	{
		Info: Info{
			Kind: "in_aadhaar", Title: "Indian Aadhaar number", Group: "national id", Example: "2345 6789 0124", ExampleField: "aadhaar",
			Source: "Unique Identification Authority of India, UID Numbering Scheme (Verhoeff check digit)",
		},
		forms: []form{{"0000 0000 0000", 0, 98}, {"0000-0000-0000", 0, 98}, {"000000000000", 0, 95}},
		words: []string{"*aadhaar*", "*aadhar*", "uid", "uidai", "आधार"},
		check: func(d []byte) validity { return when(d[0] >= '2' && !uniform(d) && verhoeff(d)) },
	},
	{
		Info: Info{
			Kind: "in_pan", Title: "Indian permanent account number", Group: "national id", Example: "ACUPA7085R",
			Source: "Income-tax Rules, 1962, Rule 114; Income Tax Department (fourth character is the holder's status)",
		},
		forms: []form{{"AAAAA0000A", 80, 95}},
		words: []string{"pan", "pan no", "pan number", "permanent account*"},
		check: func(d []byte) validity {
			switch d[3] {
			case 'A', 'B', 'C', 'F', 'G', 'H', 'J', 'K', 'L', 'P', 'T':
				return when(number(d[5:9]) != 0)
			}
			return invalid
		},
	},
	{
		Info: Info{
			Kind: "cn_resident_id", Title: "Chinese resident identity number", Group: "national id", Example: "11010519491231002X",
			Source: "GB 11643-1999 (ISO/IEC 7064, MOD 11-2), GB/T 2260 (provinces)",
		},
		forms: []form{{"00000000000000000X", 95, 99}},
		words: []string{"身份证*", "身份證*", "公民身份*", "resident id*", "idcard*"},
		check: func(d []byte) validity {
			switch number(d[:2]) {
			case 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83:
			default:
				return invalid
			}
			year := number(d[6:10])
			if year < 1850 || year > 2100 || !isDate(year, number(d[10:12]), number(d[12:14])) {
				return invalid
			}
			return when(d[17] == "10X98765432"[weighted(d, "79:584216379:5842")%11])
		},
	},
	{
		Info: Info{
			Kind: "hk_id", Title: "Hong Kong identity card number", Group: "national id", Example: "A123456(3)",
			Source: "Immigration Department, Hong Kong identity card (check digit, modulo 11)",
		},
		forms: []form{{"AA000000(X)", 95, 99}, {"A000000(X)", 95, 99}, {"AA000000X", 0, 90}, {"A000000X", 0, 90}},
		words: []string{"hkid*", "hong kong id*", "identity card*", "身份證*"},
		check: func(d []byte) validity {
			n := len(d)
			// A missing first letter counts as a space, whose value is 36.
			sum := 36 * 9
			if n == 9 {
				sum = int(d[0]-'A'+10) * 9
			}
			sum += int(d[n-8]-'A'+10)*8 + weighted(d[n-7:], "765432")
			return when(d[n-1] == "0123456789A"[(11-sum%11)%11])
		},
	},
	{
		Info: Info{
			Kind: "tw_id", Title: "Taiwanese national identification number", Group: "national id", Example: "A123456789", ExampleField: "national_id",
			Source: "Ministry of the Interior, 國民身分證統一編號 (letter by place, check digit modulo 10)",
		},
		forms: []form{{"A000000000", 0, 95}},
		words: []string{"身分證*", "身份證*", "統一編號", "national id*"},
		check: func(d []byte) validity {
			letter := 10
			for ; letter < 36 && d[0] != "ABCDEFGHJKLMNPQRSTUVXYWZIO"[letter-10]; letter++ {
			}
			sum := letter/10 + letter%10*9 + weighted(d[1:], "876543211")
			return when((d[1] == '1' || d[1] == '2' || d[1] == '8' || d[1] == '9') && sum%10 == 0)
		},
	},
	{
		Info: Info{
			Kind: "kr_rrn", Title: "South Korean resident registration number", Group: "national id", Example: "971013-9019902",
			Source: "Ministry of the Interior and Safety, Resident Registration Act (check digit until October 2020)",
		},
		forms: []form{{"000000-0000000", 80, 98}, {"0000000000000", 0, 95}},
		words: []string{"*rrn", "rrn*", "주민등록번호", "주민번호", "resident registration*"},
		check: func(d []byte) validity {
			return when(isYYMMDD(d))
		},
	},
	{
		Info: Info{
			Kind: "jp_my_number", Title: "Japanese individual number (My Number)", Group: "national id", Example: "123456789018", ExampleField: "my_number",
			Source: "総務省令第85号 (2014), Article 5 (check digit, modulus 11)",
		},
		forms: []form{{"000000000000", 0, 95}, {"0000 0000 0000", 0, 98}, {"0000-0000-0000", 0, 98}},
		words: []string{"my number*", "individual number", "kojin bango", "マイナンバー*", "個人番号"},
		check: func(d []byte) validity {
			return when(!uniform(d) && digitOrZero(weighted(d, "65432765432")) == digit(d[11]))
		},
	},
	{
		Info: Info{
			Kind: "sg_nric", Title: "Singaporean NRIC or FIN", Group: "national id", Example: "S1234567D",
			Source: "Immigration & Checkpoints Authority, NRIC and FIN (check letter, modulo 11; series M since 2022)",
		},
		forms: []form{{"A0000000A", 90, 99}},
		words: []string{"*nric*", "fin", "fin number"},
		check: checkNRIC,
	},
	{
		Info: Info{
			Kind: "my_nric", Title: "Malaysian identity card number", Group: "national id", Example: "770305-02-1234",
			Source: "National Registration Regulations 1990; Jabatan Pendaftaran Negara (codes of places)",
		},
		forms: []form{{"000000-00-0000", 90, 99}, {"000000000000", 0, 85}},
		words: []string{"*nric*", "mykad*", "kad pengenalan", "no kp", "ic number", "ic no", "ic"},
		check: func(d []byte) validity {
			place := number(d[6:8])
			return when(isYYMMDD(d) && place != 0 && (place < 17 || place > 20) && place != 69 && place != 70 && place != 73 && place != 80 && place != 81 && (place < 94 || place > 97))
		},
	},
	{
		Info: Info{
			Kind: "id_nik", Title: "Indonesian NIK", Group: "national id", Example: "3171011708450001", ExampleField: "nik",
			Source: "Peraturan Presiden No. 26 Tahun 2009 (region, date of birth with 40 added to the day of women)",
		},
		forms: []form{{"0000000000000000", 0, 95}},
		words: []string{"nik", "*ktp", "ktp*", "nomor induk*"},
		check: func(d []byte) validity {
			province, day := number(d[:2]), number(d[6:8])
			if day > 40 {
				day -= 40
			}
			return when(province >= 11 && province <= 96 && isDate(number(d[10:12]), number(d[8:10]), day) && number(d[12:]) != 0)
		},
	},
	{
		Info: Info{
			Kind: "th_id", Title: "Thai national identification number", Group: "national id", Example: "1-2345-45678-78-1",
			Source: "Department of Provincial Administration, เลขประจำตัวประชาชน (check digit, modulo 11)",
		},
		forms: []form{{"0-0000-00000-00-0", 95, 99}, {"0 0000 00000 00 0", 95, 99}, {"0000000000000", 0, 95}},
		words: []string{"เลขประจำตัว*", "บัตรประชาชน*", "thai id*"},
		check: func(d []byte) validity {
			return when(d[0] >= '1' && d[0] <= '8' && (11-weighted(d, "=<;:98765432")%11)%10 == digit(d[12]))
		},
	},
	{
		Info: Info{
			Kind: "vn_cccd", Title: "Vietnamese citizen identity number", Group: "national id", Example: "001085000123", ExampleField: "cccd",
			Source: "Nghị định 137/2015/NĐ-CP, Article 13 and Thông tư 59/2021/TT-BCA (province, century and sex, year)",
		},
		forms: []form{{"000000000000", 0, 85}},
		words: []string{"*cccd*", "căn cước*", "can cuoc*", "cmnd"},
		check: func(d []byte) validity { return when(number(d[:3]) >= 1 && number(d[:3]) <= 96 && d[3] < '4') },
	},
	{
		Info: Info{
			Kind: "pk_cnic", Title: "Pakistani CNIC", Group: "national id", Example: "42201-0397640-8",
			Source: "National Database and Registration Authority, CNIC (province, form)",
		},
		forms: []form{{"00000-0000000-0", 80, 98}, {"0000000000000", 0, 85}},
		words: []string{"*cnic*", "nicop", "nadra"},
		check: func(d []byte) validity { return when(d[0] >= '1' && d[0] <= '7' && d[12] != '0') },
	},
	{
		Info: Info{
			Kind: "ae_emirates_id", Title: "Emirates ID", Group: "national id", Example: "784-1980-1234567-9",
			Source: "Federal Authority for Identity, Citizenship, Customs & Port Security (ISO 3166-1 prefix 784, year of birth)",
		},
		forms: []form{{"000-0000-0000000-0", 95, 99}, {"000000000000000", 70, 98}},
		words: []string{"emirates id*", "eid", "الهوية"},
		check: func(d []byte) validity {
			year := number(d[3:7])
			return when(string(d[:3]) == "784" && year >= 1900 && year <= 2100)
		},
	},
	{
		Info: Info{
			Kind: "il_id", Title: "Israeli identity number", Group: "national id", Example: "039337423", ExampleField: "teudat_zehut",
			Source: "Population and Immigration Authority, mispar zehut (check digit by ISO/IEC 7812-1)",
		},
		forms: []form{{"000000000", 0, 90}, {"00000000-0", 0, 95}},
		words: []string{"teudat zehut", "mispar zehut", "תעודת זהות", "ת.ז", "israeli id*"},
		check: func(d []byte) validity { return when(!uniform(d) && luhn(d)) },
	},
	{
		Info: Info{
			Kind: "kz_iin", Title: "Kazakh individual identification number", Group: "national id", Example: "850101300005", ExampleField: "iin",
			Source: "Закон Республики Казахстан № 223-III (date of birth, century and sex, check digit modulus 11)",
		},
		forms: []form{{"000000000000", 0, 98}},
		words: []string{"iin", "иин", "ИИН", "жсн", "ЖСН"},
		check: func(d []byte) validity {
			rest := weighted(d, "123456789:;") % 11
			if rest == 10 {
				rest = weighted(d, "3456789:;12") % 11
			}
			return when(isYYMMDD(d) && d[6] <= '6' && rest == digit(d[11]))
		},
	},
	{
		Info: Info{
			Kind: "au_tfn", Title: "Australian tax file number", Group: "national id", Example: "123 456 782", ExampleField: "tfn",
			Source: "Australian Taxation Office, tax file number (weights 1 4 3 7 5 8 6 9 10, modulus 11)",
		},
		forms: []form{{"000 000 000", 0, 98}, {"000-000-000", 0, 98}, {"000000000", 0, 90}, {"00000000", 0, 80}},
		words: []string{"*tfn*", "tax file*"},
		check: func(d []byte) validity {
			weights := "14375869:"
			if len(d) == 8 {
				weights = ":7846351"
			}
			return when(!uniform(d) && weighted(d, weights)%11 == 0)
		},
	},
	{
		Info: Info{
			Kind: "au_medicare", Title: "Australian Medicare number", Group: "national id", Example: "2123 45670 1", ExampleField: "medicare",
			Source: "Services Australia, Medicare card number (weights 1379, modulus 10)",
		},
		forms: []form{{"0000 00000 0", 70, 98}, {"0000000000", 0, 90}, {"00000000000", 0, 85}},
		words: []string{"medicare*"},
		check: func(d []byte) validity {
			return when(d[0] >= '2' && d[0] <= '6' && d[9] != '0' && weighted(d, "13791379")%10 == digit(d[8]))
		},
	},
	{
		Info: Info{
			Kind: "nz_ird", Title: "New Zealand IRD number", Group: "national id", Example: "49-091-850", ExampleField: "ird",
			Source: "Inland Revenue, Non-individual and individual IRD number validation (weights 32765432, then 74325276, modulus 11)",
		},
		forms: []form{{"000-000-000", 0, 98}, {"00-000-000", 0, 98}, {"000000000", 0, 90}, {"00000000", 0, 85}},
		words: []string{"ird", "ird no", "ird number", "inland revenue*"},
		check: func(d []byte) validity {
			if n := number(d); n < 10000000 || n > 150000000 {
				return invalid
			}
			base := d[:len(d)-1]
			check := (11 - weighted(base, "32765432"[8-len(base):])%11) % 11
			if check == 10 {
				check = (11 - weighted(base, "74325276"[8-len(base):])%11) % 11
			}
			return when(check == digit(d[len(d)-1]))
		},
	},
	{
		Info: Info{
			Kind: "za_id", Title: "South African identity number", Group: "national id", Example: "7503305044089", ExampleField: "id_number",
			Source: "Identification Act 68 of 1997, Section 7 and its regulations (check digit by ISO/IEC 7812-1)",
		},
		forms: []form{{"000000 0000 000", 80, 99}, {"000000 0000 00 0", 85, 99}, {"0000000000000", 70, 98}},
		words: []string{"sa id", "rsa id", "south african id*", "identity no", "id"},
		check: func(d []byte) validity {
			switch {
			case !isYYMMDD(d) || d[10] > '2' || !luhn(d):
				return invalid
			case d[0] == '1' || d[0] == '2' && d[1] < '5' || d[11] < '8':
				// Milliseconds since 1970, or a digit that is 8 or 9 since 1986.
				return weak
			}
			return valid
		},
	},
	{
		Info: Info{
			Kind: "eg_national_id", Title: "Egyptian national identification number", Group: "national id", Example: "29001011234567", ExampleField: "national_id",
			Source: "Civil Status Department, الرقم القومي (century, date of birth, governorate)",
		},
		forms: []form{{"00000000000000", 0, 90}},
		words: []string{"الرقم القومي", "national id*", "egyptian id*"},
		check: func(d []byte) validity {
			place := number(d[7:9])
			return when((d[0] == '2' || d[0] == '3') && isYYMMDD(d[1:]) && (place >= 1 && place <= 35 || place == 88))
		},
	},
}

// checkNRIC checks the letter at the end, which depends on the one at the beginning.
func checkNRIC(d []byte) validity {
	sum := weighted(d[1:], "2765432")
	letters := ""
	switch d[0] {
	case 'S':
		letters = "JZIHGFEDCBA"
	case 'T':
		letters, sum = "JZIHGFEDCBA", sum+4
	case 'F':
		letters = "XWUTRQPNMLK"
	case 'G':
		letters, sum = "XWUTRQPNMLK", sum+4
	case 'M':
		letters, sum = "XWUTRQPNJLK", sum+3
	default:
		return invalid
	}
	return when(d[8] == letters[sum%11])
}
