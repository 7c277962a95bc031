package detect

import "testing"

func TestCustomLiteral(t *testing.T) {
	s, err := New(nil, []Custom{{Kind: "project", Literals: []string{"Nightfall", "Night", "^-"}}})
	if err != nil {
		t.Fatal(err)
	}
	const text, want = "Night of Nightfallen ^- Nigh", "[project Night] of [project Nightfall]en [project ^-] Nigh"
	if got := marked(text, everyCut(t, s, text, "")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
