package detect

// card finds payment card numbers: ISO/IEC 7812 numbers of a payment network, with
// a valid check digit.
var card = detector{
	Info: Info{
		Kind: "card", Title: "payment card number", Group: "financial",
		Example: "4111 1111 1111 1111",
		Source:  "ISO/IEC 7812-1 (numbering, Annex B check digit); issuer ranges as published by the networks",
	},
	// Digits without separators; with an exponent, and the first groups of the usual
	// ways to write a card.
	runs:    len12to19,
	signed:  1<<1 | 1<<4 | 1<<6 | 1<<8,
	inWord:  true, // the track of a magnetic stripe
	least:   10,   // with an exponent
	integer: 12,
	longest: maxGrouped + 3*maxGroups + 8,
	words:   cardWords,
	find:    findCard,
}

var cardWords = []string{
	"card*", "*card", "pan", "ccn", "cc", "cc number", "credit", "debit", "visa", "mastercard", "maestro", "amex", "american express",
	"discover", "diners", "jcb", "unionpay", "rupay", "carte", "carta", "tarjeta", "cartao", "cartão", "*karte", "kartennummer", "kaart", "kreditkort",
	"卡号", "银行卡", "信用卡", "カード",
}

// issuer is a range of issuer identification numbers, by their first six digits.
type issuer struct {
	first, last uint32
	// alone has bit n set if a number of n digits is a card without further signs,
	// told if it is one with words of context.
	alone, told uint32
}

const (
	len12to19 = 1<<12 | 1<<13 | 1<<14 | 1<<15 | len16to19
	len16to19 = 1<<16 | 1<<17 | 1<<18 | 1<<19
)

// issuers are the ranges of the networks. Several share some, and some numbers are
// of two networks: what counts is that a network issues such numbers. Lengths that
// numbers of other kinds often have, as 13 digits or the 18 of ids that count time,
// need a context where the range is wide. They are in the order of their first numbers.
var issuers = [...]issuer{
	{100000, 199999, 0, 1 << 15},                       // UATP
	{180000, 180099, 0, 1 << 15},                       // JCB
	{194600, 194699, 1<<16 | 1<<18 | 1<<19, 0},         // GPN
	{213100, 213199, 0, 1 << 15},                       // JCB
	{220000, 220499, len16to19, 0},                     // Mir
	{220500, 220599, 1 << 16, 0},                       // BORICA
	{222100, 272099, 1 << 16, 0},                       // Mastercard
	{286900, 286999, 1 << 16, 0},                       // Carnet
	{300000, 305999, 1<<14 | len16to19, 1 << 15},       // Diners Club
	{306000, 309999, 1 << 14, 0},                       // what test data takes for Diners Club
	{309500, 309599, 1<<14 | len16to19, 1 << 15},       // Diners Club
	{340000, 349999, 1 << 15, 0},                       // American Express
	{350000, 352799, 1 << 16, 0},                       // what test data takes for JCB
	{352800, 358999, len16to19, 0},                     // JCB, RuPay, LankaPay
	{359000, 359999, 1 << 16, 0},                       // what test data takes for JCB
	{360000, 369999, 1<<14 | len16to19, 1 << 15},       // Diners Club
	{370000, 379999, 1 << 15, 0},                       // American Express
	{380000, 399999, 1<<14 | len16to19, 1 << 15},       // Diners Club
	{400000, 499999, 1<<16 | 1<<19, 1<<13 | 1<<18},     // Visa, Elo, Switch
	{500000, 509999, 1<<16 | 1<<18 | 1<<19, len12to19}, // Maestro, RuPay, Verve, Elo, Meeza, Dankort
	{501800, 501899, len12to19, 0},                     // Maestro
	{502000, 502099, len12to19, 0},                     // Maestro
	{503800, 503899, len12to19, 0},                     // Maestro
	{510000, 559999, 1 << 16, 0},                       // Mastercard
	{560000, 589999, 1<<16 | 1<<18 | 1<<19, len12to19}, // Maestro, UzCard, Cabal, Naranja
	{589300, 589399, len12to19, 0},                     // Maestro
	{600000, 699999, 1 << 16, len12to19},               // Maestro, RuPay, UkrCard, Hipercard, Troy, InterPayment
	{601100, 601199, len16to19, 0},                     // Discover
	{604001, 604200, len16to19, 0},                     // UkrCard
	{620000, 629999, len16to19, 0},                     // UnionPay, Discover
	{630000, 639999, 1<<16 | 1<<18 | 1<<19, 0},         // Maestro, Solo
	{630400, 630499, len12to19, 0},                     // Maestro, Laser
	{644000, 659999, len16to19, 0},                     // Discover, Verve, RuPay
	{670000, 679999, 1<<16 | 1<<18 | 1<<19, 0},         // Maestro, Laser
	{670300, 670399, len12to19, 0},                     // Bancontact
	{675900, 675999, len12to19, 0},                     // Maestro
	{676100, 676399, len12to19, 0},                     // Maestro
	{676770, 676774, len12to19, 0},                     // Maestro
	{810000, 829999, len16to19, 0},                     // UnionPay, RuPay
	{860000, 860099, 1 << 16, 0},                       // UzCard
	{979200, 979299, 1 << 16, 0},                       // Troy
	{986000, 986099, 1 << 16, 0},                       // Humo
}

func findCard(v *view, at int) (start, end int, confidence uint8) {
	if c := v.at(at); c == '0' || c == '7' || isLetter(v.at(at-1)) && v.at(at-1) != 'B' {
		return 0, 0, 0
	}
	if v.at(at+1) == '.' {
		return v.floatCard(at)
	}
	if v.run >= 12 && v.run <= 19 && !isSign(v.at(at+v.run)) && !luhn(v.text[at:at+v.run]) {
		return 0, 0, 0
	}
	var g groups
	g.read(v, at)
	// A track of a magnetic stripe has a letter before the number: ISO/IEC 7813.
	track := v.at(at-1) == 'B' && v.at(at-2) == '%'
	for i := g.count - 1; i >= 0; i-- {
		n := int(g.totals[i])
		if n < 12 || n > 19 || !cardLayout(g.sizes[:i+1], g.separator) || !luhn(g.digits[:n]) {
			continue
		}
		if !track && !v.isolated(at, g.ends[i]) || track && isAlnum(v.at(g.ends[i])) {
			continue
		}
		if c := v.cardConfidence(at, g.digits[:n]); c > 0 {
			if g.separator != 0 && v.insideIBAN(at, g.ends[i]) {
				return 0, 0, 0
			}
			if i > 0 && c < 95 {
				c = 95
			}
			return at, g.ends[i], c
		}
	}
	return 0, 0, 0
}

// cardConfidence returns how sure it is that digits with a valid check digit are a
// card.
func (v *view) cardConfidence(start int, digits []byte) uint8 {
	prefix := uint32(0)
	for _, c := range digits[:6] {
		prefix = prefix*10 + uint32(c-'0')
	}
	var alone, told uint32
	for i := range issuers {
		is := &issuers[i]
		if is.first > prefix {
			break
		}
		if prefix <= is.last {
			alone |= is.alone
			told |= is.told
		}
	}
	length := uint32(1) << len(digits)
	switch {
	case (alone|told)&length == 0:
		return 0
	case v.named():
		return 99
	case alone&length != 0:
		return 90
	case v.told(start):
		return 99
	}
	return 0
}

// cardLayout tells whether a card is written in groups of such sizes.
func cardLayout(sizes []uint8, separator byte) bool {
	if len(sizes) == 1 {
		return true
	}
	fours := 0
	for fours < len(sizes) && sizes[fours] == 4 {
		fours++
	}
	last := sizes[len(sizes)-1]
	switch {
	case separator == '/':
		return false
	case separator == '.':
		return fours == len(sizes)
	case fours == len(sizes), fours == len(sizes)-1 && fours >= 3 && last < 4:
		return true
	}
	switch len(sizes) {
	case 2:
		return sizes[0] == 6 && last >= 6 || sizes[0] == 8 && last == 8 || sizes[0] == 4 && last == 12
	case 3:
		return fours == 2 && last == 5 || fours == 1 && sizes[1] == 6 && (last == 4 || last == 5)
	case 4:
		return fours == 1 && sizes[1] == 3 && sizes[2] == 3 && last == 3
	}
	return false
}

// floatCard finds a card that a program has taken for a floating-point number and
// written with an exponent: 4.111111111111111E15.
func (v *view) floatCard(at int) (start, end int, confidence uint8) {
	var digits [19]byte
	digits[0] = v.at(at)
	n, i := 1, at+2
	for ; isDigit(v.at(i)); i++ {
		if n == len(digits) {
			return 0, 0, 0
		}
		digits[n] = v.at(i)
		n++
	}
	if n < 10 || lower(v.at(i)) != 'e' {
		return 0, 0, 0
	}
	if i++; v.at(i) == '+' {
		i++
	}
	if v.at(i) != '1' || !isDigit(v.at(i+1)) {
		return 0, 0, 0
	}
	length := 11 + int(v.at(i+1)-'0')
	if length < max(n, 12) || length > len(digits) || !v.isolated(at, i+2) {
		return 0, 0, 0
	}
	for ; n < length; n++ {
		digits[n] = '0'
	}
	if !luhn(digits[:length]) {
		return 0, 0, 0
	}
	return at, i + 2, v.cardConfidence(at, digits[:length])
}
