package detect

import (
	"slices"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	aws, github := "AKIA"+"QYLPMN5HFIQR7XYA", "ghp_"+"x7Kq2mVb9RtLw3Zc8NyPf5HjDs1Ga6Ue0TiB"
	stripe := "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
	sendgrid := "SG" + ".e0ahhMYl5AYtMGERrrbahh.dH0GJkk7J7DAD4yQ2typn8YTqw1FUsm4Sjic9LBmuuM"
	checkTexts(t, newSet(t, "api_key"), []textCase{
		{"alone", aws, "[api_key " + aws + "]"},
		{"in a sentence", "use " + aws + ", not " + github + ".", "use [api_key " + aws + "], not [api_key " + github + "]."},
		{"with dots in it, in a sentence", "It is " + sendgrid + ".", "It is [api_key " + sendgrid + "]."},
		{"with dots in it, too long", sendgrid + ".x", ""},
		{"in a URL", "?key=" + stripe + "&x=1", "?key=[api_key " + stripe + "]&x=1"},
		{"in JSON", `{"k":"` + github + `"}`, `{"k":"[api_key ` + github + `]"}`},
		{"behind an escaped line end", `\n` + aws + `\n`, `\n[api_key ` + aws + `]\n`},
		{"behind a letter", "X" + aws, ""},
		{"before a letter", aws + "B", ""},
		{"too short", aws[:19], ""},
		{"of one letter", "AKIA" + strings.Repeat("A", 16), ""},
		{"of a placeholder", "ghp_" + strings.Repeat("x", 36), ""},
		{"a prefix alone", "the prefix ghp_ and AKIA and sk_live_ and xoxb-", ""},
	})
}

func TestSecretBeyondTheBound(t *testing.T) {
	s := newSet(t, "api_key")
	for _, prefix := range []string{"ops_eyJ", "fm2_", "EAAM"} {
		text := "x " + prefix + strings.Repeat("aB3dE5fG7hI9jK1lM2nO4pQ6rS8t", 400)
		want := inPieces(t, s, text, "")
		if len(want) == 0 || want[0].Start != 2 || want[0].End != 2+len(prefix)+2048 {
			t.Errorf("%s…: %v, want a span of the bound first", prefix, want)
		}
		for _, cut := range []int{1, 4, 100, 2048, 2052, 2060, 6000} {
			if got := inPieces(t, s, text, "", cut); !slices.Equal(got, want) {
				t.Errorf("%s… cut at %d: %v, want %v", prefix, cut, got, want)
			}
		}
	}
}
