package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCard(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"Visa in fours", "card 4111 1111 1111 1111.", "card [card 4111 1111 1111 1111]."},
		{"Visa with hyphens", "4111-1111-1111-1111", "[card 4111-1111-1111-1111]"},
		{"Visa with dots", "4111.1111.1111.1111", "[card 4111.1111.1111.1111]"},
		{"a JSON integer", `{"n":4111111111111111,"m":1}`, `{"n":[card 4111111111111111],"m":1}`},
		{"a card that became a float", `{"n":4111111111111111.0}`, `{"n":[card 4111111111111111].0}`},
		{"a float with an exponent", `{"n":4.111111111111111E15}`, `{"n":[card 4.111111111111111E15]}`},
		{"a float with a plus", "5.5555555555554443e+15", "5.5555555555554443e+15"},
		{"American Express", "3782 822463 10005", "[card 3782 822463 10005]"},
		{"Diners Club", "3056 930902 5904", "[card 3056 930902 5904]"},
		{"Mastercard 2-series", "2223003122003222", "[card 2223003122003222]"},
		{"Discover", "6011111111111117", "[card 6011111111111117]"},
		{"JCB", "3530 1113 3330 0000", "[card 3530 1113 3330 0000]"},
		{"UnionPay of 19 digits", "6205500000000000004", "[card 6205500000000000004]"},
		{"Maestro of 12 digits", "501800000009", "[card 501800000009]"},
		{"Mir", "2200 0000 0000 0004", "[card 2200 0000 0000 0004]"},
		{"Verve of 18 digits", "506099 506099506099", "506099 506099506099"},
		{"Visa of 13 digits behind a word", "visa: 4222222222222", "visa: [card 4222222222222]"},
		{"a security code behind it", "4111 1111 1111 1111 123", "[card 4111 1111 1111 1111] 123"},
		{"an expiry date behind it", "4111111111111111 12/27", "[card 4111111111111111] 12/27"},
		{"a magnetic stripe's first track", "%B4111111111111111^DOE/J^2712", "%B[card 4111111111111111]^DOE/J^2712"},
		{"a magnetic stripe's second track", ";4111111111111111=2712101", ";[card 4111111111111111]=2712101"},
		{"no-break spaces", "4111\u00a01111\u00a01111\u00a01111", "[card 4111\u00a01111\u00a01111\u00a01111]"},
		{"en dashes", "4111–1111–1111–1111", "[card 4111–1111–1111–1111]"},
		{"comma-separated values", "1,4111111111111111,5555555555554444", "1,[card 4111111111111111],[card 5555555555554444]"},
		{"a query", "?pan=4111111111111111&x=1", "?pan=[card 4111111111111111]&x=1"},
		{"letters beyond ASCII beside it", "卡号4111111111111111是", "卡号[card 4111111111111111]是"},
		{"a name with a hyphen before it", "visa-4111111111111111", "visa-[card 4111111111111111]"},
	}
	s := newSet(t, "card")
	for _, tt := range tests {
		if got := marked(tt.text, everyCut(t, s, tt.text, "")); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if spans := everyCut(t, s, "4222222222222", "cardnumber"); len(spans) != 1 || spans[0].Confidence != 99 {
		t.Errorf("a Visa of 13 digits in a field: %v", spans)
	}
}

func TestCardHardNegatives(t *testing.T) {
	s := newSet(t, "card")
	for _, text := range []string{
		"4111111111111112", "4111 1111 1111 1112", "4111-1111 1111-1111", "0.4111111111111111", "4111111111111111.25", "a4111111111111111",
		"4111111111111111b", "12-4111111111111111", "4111111111111111-2", "1732620000123", "1732620000123456", "1732620000123456789", "0000000000000000",
		"4222222222222", "7111111111111111", "3f2504e0-4f89-11d3-9a0c-411111111111", "41111111111111111111", "4.111111111111111", "4.1e15", "4111/1111/1111/1111",
	} {
		if spans := everyCut(t, s, text, ""); len(spans) > 0 {
			t.Errorf("found %s", marked(text, spans))
		}
	}
}

// network is what cards of a network begin with, how long they are and how they
// are written.
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

// newCard makes up a card number.
func newCard(r *rand.Rand) []byte {
	n := networks[r.IntN(len(networks))]
	card := []byte(n.prefixes[r.IntN(len(n.prefixes))])
	length := n.lengths[r.IntN(len(n.lengths))]
	for len(card) < length-1 {
		card = append(card, byte('0'+r.IntN(10)))
	}
	for c := byte('0'); ; c++ {
		if full := append(card, c); luhn(full) {
			return full
		}
	}
}

// grouped writes digits in the usual groups.
func grouped(digits []byte, separator string) string {
	sizes := []int{4, 4, 4, 4, 4}
	switch len(digits) {
	case 14:
		sizes = []int{4, 6, 4}
	case 15:
		sizes = []int{4, 6, 5}
	}
	out := ""
	for _, size := range sizes {
		size = min(size, len(digits))
		if size == 0 {
			break
		}
		if out != "" {
			out += separator
		}
		out += string(digits[:size])
		digits = digits[size:]
	}
	return out
}

func TestCardPrecisionAndRecall(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	s := newSet(t, "card")
	around := [][2]string{{"", ""}, {`{"number":`, `}`}, {`{"number":"`, `"}`}, {"paid with ", ", thanks"}, {"1,2,", ",3"}, {"(", ")"}, {"no. ", "\n"}, {"a=", "&b=1"}}
	var found, wrong, missed int
	for range 20000 {
		digits := newCard(r)
		text := grouped(digits, [...]string{"", "", " ", "-"}[r.IntN(4)])
		a := around[r.IntN(len(around))]
		spans, _ := s.Find(nil, []byte(a[0]+text+a[1]), Context{}, true)
		if len(spans) == 1 && spans[0].Start == len(a[0]) && spans[0].End == len(a[0])+len(text) {
			found++
			continue
		}
		if missed++; missed <= 5 {
			t.Logf("missed %s in %s", text, a[0]+text+a[1])
		}
	}
	for range 20000 {
		text := hardNegative(r)
		if r.IntN(8) == 0 {
			// A card with a wrong digit.
			digits := newCard(r)
			i := r.IntN(len(digits))
			digits[i] = byte('0' + (digits[i]-'0'+1+byte(r.IntN(9)))%10)
			if text = grouped(digits, [...]string{"", " "}[r.IntN(2)]); luhn(digits) {
				continue
			}
		}
		spans, _ := s.Find(nil, []byte(text), Context{}, true)
		for _, span := range spans {
			if wrong++; wrong <= 5 {
				t.Logf("found %s", marked(text, []Span{span}))
			}
		}
	}
	report(t, "card", found, wrong, missed, 0.99, 0.99)
}

func TestEveryNetworkIsFound(t *testing.T) {
	s := newSet(t, "card")
	for _, n := range networks {
		for _, prefix := range n.prefixes {
			for _, length := range n.lengths {
				text := prefix + strings.Repeat("0", length-1-len(prefix))
				check := byte('0')
				for !luhn([]byte(text + string(check))) {
					check++
				}
				text += string(check)
				if spans := everyCut(t, s, text, ""); len(spans) != 1 || spans[0].End != length {
					t.Errorf("%s: found %v in %s", n.name, spans, text)
				}
			}
		}
	}
}
