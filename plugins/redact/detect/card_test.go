package detect

import (
	"slices"
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
		{"a bank account that it is part of", "payTo NI97 OPSW 6873 2676 8780 4258 1280.", "payTo NI97 OPSW 6873 2676 8780 4258 1280."},
		{"an account of that country is shorter", "DE12 3456 4111 1111 1111 1111", "DE12 3456 [card 4111 1111 1111 1111]"},
		{"behind a longer number with dashes", "6363–6859–5737–5817", "6363–6859–5737–5817"},
		{"test data's JCB", "3502 1769 8233 6534", "[card 3502 1769 8233 6534]"},
		{"an id that counts time", `{"id":"436101934148023439"}`, `{"id":"436101934148023439"}`},
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

func TestIssuersAreInOrder(t *testing.T) {
	if !slices.IsSortedFunc(issuers[:], func(a, b issuer) int { return int(a.first) - int(b.first) }) {
		t.Error("issuers are not in the order of their first numbers")
	}
}
