package detect

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// numeric are the detectors of numbers.
func numeric() [4][]detector {
	return [4][]detector{numbers[:], americanIDs[:], europeanIDs[:], otherIDs[:]}
}

// FuzzNumbers checks that all detectors of numbers find the same however a text is
// cut, inside bounds and in order: everyCut fails otherwise.
func FuzzNumbers(f *testing.F) {
	var kinds []Kind
	for _, list := range numeric() {
		for i := range list {
			kinds = append(kinds, list[i].Kind)
			f.Add(list[i].Example, list[i].ExampleField)
			f.Add(list[i].ExampleField+" "+list[i].Example+list[i].Example, "")
		}
	}
	f.Add("4111 1111 1111 1111 5555 5555 5555 4444 4111-1111-1111-1111", "")
	f.Add("+1 (415) 555-2671 ext. 12 (+49) 30 901820 00 44 20 7946 0958", "phone")
	f.Add("DE89 3704 0044 0532 0130 00 4.111111111111111E15 born January 31, 1990", "dob")
	s := newSet(f, kinds...)
	f.Fuzz(func(t *testing.T, text, field string) {
		if len(text) > 400 {
			return
		}
		spans := everyCut(t, s, text, field)
		if !slices.IsSortedFunc(spans, func(a, b Span) int { return a.Start - b.Start }) {
			t.Fatalf("%q: %v is not in order", text, spans)
		}
	})
}

// TestMixedTextHoweverItIsCut has finds and what is none side by side, for all
// detectors at once.
func TestMixedTextHoweverItIsCut(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 7))
	infos := Kinds()
	var kinds []Kind
	for _, info := range infos {
		kinds = append(kinds, info.Kind)
	}
	s, labelled := newSet(t, kinds...), labelledTexts(t)
	between := []string{" ", ", ", "\n", " SSN: ", `","phone":"`, "-", " IBAN ", "; born ", "", "/"}
	found, rounds := 0, 60
	if testing.Short() {
		rounds = 6
	}
	for range rounds {
		text := ""
		for len(text) < 250 {
			if r.IntN(2) == 0 {
				text += labelled[r.IntN(len(labelled))]
			} else if info := infos[r.IntN(len(infos))]; len(info.Example) < 100 {
				// Examples of private keys are longer than all others together.
				text += info.ExampleField + " " + info.Example
			}
			text += between[r.IntN(len(between))]
		}
		found += len(everyCut(t, s, text, ""))
	}
	if found < 5*rounds {
		t.Errorf("found %d, want at least %d", found, 5*rounds)
	}
}
