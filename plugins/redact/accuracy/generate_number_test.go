package accuracy

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// network is what cards of a network begin with and how long they are.
type network struct {
	name     string
	prefixes []string
	lengths  []int
}

// networks are those of ISO/IEC 7812's registration authority with more than
// national use, and some national ones.
var networks = []network{
	{"Visa", []string{"4"}, []int{16, 16, 16, 19}},
	{"Mastercard", []string{"51", "52", "53", "54", "55", "2221", "2300", "2650", "2720"}, []int{16}},
	{"American Express", []string{"34", "37"}, []int{15}},
	{"Diners Club", []string{"300", "305", "3095", "36", "38", "39"}, []int{14, 16, 19}},
	{"Discover", []string{"6011", "644", "649", "65", "622126", "622925"}, []int{16, 19}},
	{"JCB", []string{"3528", "3550", "3589"}, []int{16, 17, 18, 19}},
	{"UnionPay", []string{"62", "81"}, []int{16, 17, 18, 19}},
	{"Maestro", []string{"5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763"}, []int{12, 13, 14, 15, 16, 17, 18, 19}},
	{"Mir", []string{"2200", "2204"}, []int{16, 17, 18, 19}},
	{"RuPay", []string{"60", "65", "81", "82", "508", "353", "356"}, []int{16}},
	{"Verve", []string{"506099", "506198", "507865", "650002"}, []int{16, 18, 19}},
	{"Troy", []string{"9792"}, []int{16}},
	{"Elo", []string{"401178", "438935", "504175", "509000", "636368", "650031"}, []int{16}},
	{"Dankort", []string{"5019", "4571"}, []int{16}},
	{"UzCard", []string{"8600"}, []int{16}},
	{"Humo", []string{"9860"}, []int{16}},
	{"UkrCard", []string{"604001", "604200"}, []int{16, 19}},
}

// bbans are the countries of the IBAN registry (release 101) with the form of their
// numbers: n are digits, a letters, c both.
const bbans = "" +
	"AD4n4n12c AE3n16n AL8n16c AT5n11n AZ4a20c BA3n3n8n2n BE3n7n2n BG4a4n2n8c BH4a14c BI5n5n11n2n BR8n5n10n1a1c BY4c4n16c CH5n12c CR4n14n " +
	"CY3n5n16c CZ4n16n DE8n10n DJ5n5n11n2n DK4n9n1n DO4c20n EE2n14n EG4n4n17n ES4n4n1n1n10n FI3n11n FK2a12n FO4n9n1n FR5n5n11c2n GB4a6n8n " +
	"GE2a16n GI4a15c GL4n9n1n GR3n4n16c GT4c20c HN4a20n HR7n10n HU3n4n1n15n1n IE4a6n8n IL3n3n13n IQ4a3n12n IS4n2n6n10n IT1a5n5n12c JO4a4n18c " +
	"KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT5n11n LU3n13c LV4a13c LY3n3n15n MC5n5n11c2n MD2c18c ME3n13n2n MK3n10c2n MN4n12n MR5n5n11n2n " +
	"MT4a5n18c MU4a2n2n12n3n3a NI4a20n NL4a10n NO4n6n1n OM3n16c PK4a16c PL8n16n PS4a21c PT4n4n11n2n QA4a21c RO4a16c RS3n13n2n RU9n5n15c SA2n18c " +
	"SC4a2n2n16n3a SD2n12n SE3n16n1n SI5n8n2n SK4n6n10n SM1a5n5n12c SO4n3n12n ST4n4n11n2n SV4a20n TL3n14n2n TN2n3n13n2n TR5n1n16c UA6n19c " +
	"VA3n15n VG4a16n XK4n10n2n YE4a4n18c"

// luhnOf tells whether the last digit is the check digit of ISO/IEC 7812-1, Annex B.
func luhnOf(number string) bool {
	sum := 0
	for i := range number {
		n := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return sum%10 == 0
}

// mod97Of returns the rest of ISO/IEC 7064, MOD 97-10, in which letters are the
// numbers from 10 on.
func mod97Of(text string) int {
	rest := 0
	for _, c := range text {
		n, err := strconv.ParseInt(string(c), 36, 64)
		if err != nil {
			panic(err)
		}
		if n > 9 {
			rest *= 10
		}
		rest = (rest*10 + int(n)) % 97
	}
	return rest
}

// separated writes a number in groups.
func separated(number, separator string, sizes ...int) string {
	var parts []string
	for _, size := range sizes {
		if len(number) <= size {
			break
		}
		parts = append(parts, number[:size])
		number = number[size:]
	}
	return strings.Join(append(parts, number), separator)
}

func (m maker) card() (string, bool) {
	n := networks[m.IntN(len(networks))]
	prefix := m.of(n.prefixes...)
	length := n.lengths[m.IntN(len(n.lengths))]
	number := prefix + m.digits(length-1-len(prefix))
	for c := range digits {
		if luhnOf(number + digits[c:c+1]) {
			number += digits[c : c+1]
			break
		}
	}
	// Numbers of other things have 12 and 13 digits.
	named := length < 14
	if m.IntN(5) < 2 {
		return number, named
	}
	separator := m.of(" ", " ", "-", "\u00a0", "\u2013")
	switch length {
	case 14:
		return separated(number, separator, 4, 6), named
	case 15:
		return separated(number, separator, 4, 6), named
	}
	return separated(number, separator, 4, 4, 4, 4), named
}

func (m maker) iban() (string, bool) {
	all := strings.Fields(bbans)
	country := all[m.IntN(len(all))]
	number := ""
	for form := country[2:]; form != ""; {
		i := strings.IndexAny(form, "nac")
		size, err := strconv.Atoi(form[:i])
		if err != nil {
			panic(err)
		}
		number += m.from(map[byte]string{'n': digits, 'a': capital, 'c': digits + digits + capital}[form[i]], size)
		form = form[i+1:]
	}
	number = fmt.Sprintf("%s%02d%s", country[:2], 98-mod97Of(number+country[:2]+"00"), number)
	switch m.IntN(6) {
	case 0:
		return strings.ToLower(number), false
	case 1, 2:
		return separated(number, m.of(" ", " ", "-", "\u00a0"), 4, 4, 4, 4, 4, 4, 4, 4), false
	}
	return number, false
}

func (m maker) ssn() (string, bool) {
	area := 1 + m.IntN(898)
	if area >= 666 {
		area++
	}
	group, serial := 1+m.IntN(99), 1+m.IntN(9999)
	if m.IntN(3) > 0 {
		return fmt.Sprintf("%03d-%02d-%04d", area, group, serial), false
	}
	return fmt.Sprintf(m.of("%03d%02d%04d", "%03d %02d %04d"), area, group, serial), true
}

// examples are the example numbers of libphonenumber, each in E.164, international and
// national form.
var examples = sync.OnceValue(func() [][]string {
	b, err := os.ReadFile("../detect/testdata/libphonenumber/examples.tsv")
	if err != nil {
		panic(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(fields) == 5 && !strings.HasPrefix(line, "#") {
			rows = append(rows, fields[2:])
		}
	}
	if len(rows) < 400 {
		panic(fmt.Sprintf("%d example numbers, want 400", len(rows)))
	}
	return rows
})

// phone returns an example number with its last three digits changed, which every plan
// allows.
func (m maker) phone() (string, bool) {
	row := examples()[m.IntN(len(examples()))]
	form := m.IntN(3)
	b := []byte(row[form])
	for i, n := len(b)-1, 0; i > 0 && n < 3; i-- {
		if b[i] >= '0' && b[i] <= '9' {
			b[i] = digits[m.IntN(10)]
			n++
		}
	}
	return string(b), form == 2
}

// nino returns a number of HM Revenue & Customs, NIM39110.
func (m maker) nino() (string, bool) {
	prefix := m.of("AB", "CE", "HJ", "LM", "NR", "PX", "SY", "TW", "JG", "WZ")
	return m.of(
		fmt.Sprintf("%s%s%s", prefix, m.digits(6), m.from("ABCD", 1)),
		fmt.Sprintf("%s %s %s %s %s", prefix, m.digits(2), m.digits(2), m.digits(2), m.from("ABCD", 1)),
	), false
}

// cpf returns a Brazilian number: two digits, each 11 less a weighted sum modulo 11.
func (m maker) cpf() (string, bool) {
	number := m.digits(9)
	for range 2 {
		sum := 0
		for i := range number {
			sum += int(number[i]-'0') * (len(number) + 1 - i)
		}
		check := (11 - sum%11) % 11
		number += strconv.Itoa(check % 10)
	}
	if m.IntN(2) == 0 {
		return number, true
	}
	return number[:3] + "." + number[3:6] + "." + number[6:9] + "-" + number[9:], false
}

// dni returns a Spanish number with its letter.
func (m maker) dni() (string, bool) {
	number := m.digits(8)
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	letter := "TRWAGMYFPDXBNJZSQVHLCKE"[n%23 : n%23+1]
	return number + m.of("", "-") + letter, true
}

// nir returns a French number: 97 less the rest by 97.
func (m maker) nir() (string, bool) {
	number := fmt.Sprintf("%d%02d%02d%02d%s", 1+m.IntN(2), m.IntN(100), 1+m.IntN(12), 1+m.IntN(19), m.digits(6))
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(err)
	}
	number += fmt.Sprintf("%02d", 97-n%97)
	if m.IntN(2) == 0 {
		return number, true
	}
	return separated(number, " ", 1, 2, 2, 2, 3, 3), true
}

// pesel returns a Polish number: the day of birth, a serial number, and a check digit
// with the weights 1, 3, 7, 9.
func (m maker) pesel() (string, bool) {
	number := fmt.Sprintf("%02d%02d%02d%s", 40+m.IntN(60), 1+m.IntN(12), 1+m.IntN(28), m.digits(4))
	sum := 0
	for i := range number {
		sum += int(number[i]-'0') * []int{1, 3, 7, 9}[i%4]
	}
	return number + strconv.Itoa((10-sum%10)%10), true
}

// bsn returns a Dutch number: the weighted sum of nine digits is a multiple of 11.
func (m maker) bsn() (string, bool) {
	for {
		number := m.digits(9)
		sum := -int(number[8] - '0')
		for i := range 8 {
			sum += int(number[i]-'0') * (9 - i)
		}
		if sum%11 == 0 && number[0] != '0' {
			return number, true
		}
	}
}
