package detect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestSparseAsScan finds the same in texts whether stretches of them are looked at or
// each byte, cut anywhere, and less than Least says is never enough.
func TestSparseAsScan(t *testing.T) {
	kinds := [][]Kind{five, {"email"}}
	for _, list := range numeric() {
		for i := range list {
			kinds = append(kinds, []Kind{list[i].Kind})
		}
	}
	parts := []string{"1", "4", "0", "7", "12", "123", "1234", "4111", "1111", "411111", "2026", "11", "20", "536-90-4399", "4111111111111111", "DE89370400440532013000",
		"+49 30 901820", "(030) 901820", "+", "(", ")", "-", "-", " ", " ", ".", "/", "e", "a", "DE", "GB", "X", "é", "\u2011", "@", "%40", "jane@example.org", ",", ":", "T", "#", "x", "\n"}
	fields := []string{"", "id", "phone", "card_number", "ssn", "customer_iban", "created_at", "tax_id"}
	random := rand.New(rand.NewPCG(3, 4))
	sets, finds := 0, 0
	for _, set := range kinds {
		s := newSet(t, set...)
		if !s.sparsely {
			continue
		}
		sets++
		least := s.Least()
		for range 8000 {
			var b strings.Builder
			for range 1 + random.IntN(1+random.IntN(40)) {
				b.WriteString(parts[random.IntN(len(parts))])
			}
			text := []byte(b.String())
			text = text[:min(len(text), random.IntN(300))]
			c := Context{Field: fields[random.IntN(len(fields))]}
			s.sparsely = true
			got, settled := s.Find(nil, text, c, true)
			s.sparsely = false
			want, _ := s.Find(nil, text, c, true)
			if !slices.Equal(got, want) || settled != len(text) {
				t.Fatalf("%v: Find(%q) in %q = %v, %d, want %v", set, text, c.Field, got, settled, want)
			}
			finds += len(want)
			digits := 0
			for _, c := range text {
				if isDigit(c) {
					digits++
				}
			}
			if len(want) > 0 && !s.Takes(c.Field) && len(text) < least.Lengths[min(digits, len(least.Lengths)-1)] && !strings.ContainsAny(string(text), least.Bytes) {
				t.Fatalf("%v: Find(%q) = %v, want nothing in so little: %v", set, text, want, least)
			}
		}
	}
	if sets < 20 || finds < 2000 {
		t.Errorf("%d sets have short texts looked at by their digits, %d finds", sets, finds)
	}
}

// TestLeastSaysWhenThereIsNoTelling is about detectors of letters.
func TestLeastSaysWhenThereIsNoTelling(t *testing.T) {
	if least := newSet(t, "card", "jwt").Least(); least.Lengths[0] != 0 {
		t.Errorf("Least = %v, want that any text may have something", least)
	}
	if least := newSet(t, "email").Least(); least.Bytes != "@%" || least.Lengths[23] < 1<<30 {
		t.Errorf("Least = %v, want the bytes of an e-mail address alone", least)
	}
}

// TestNothingIsRememberedOnce finds in a text what is in it, whatever Nothing was asked
// about before.
func TestNothingIsRememberedOnce(t *testing.T) {
	s := newSet(t, five...)
	text := []byte("4111 1111 1111 1111")
	if s.Nothing(text, "a", false) || !s.Nothing([]byte("none"), "a", false) {
		t.Error("Nothing is wrong")
	}
	for range 2 {
		if spans, _ := s.Find(nil, text, Context{Field: "a"}, true); len(spans) != 1 {
			t.Errorf("found %v", spans)
		}
	}
	s.Nothing(text, "a", false)
	copy(text, "none")
	if spans, _ := s.Find(nil, text, Context{Field: "a"}, true); len(spans) != 0 {
		t.Errorf("found %v in another text at the same place", spans)
	}
}

// TestDatesAreNoNumbers holds detectors to what they say of dates: there is no find
// that begins with one, whatever follows and whatever the field is.
func TestDatesAreNoNumbers(t *testing.T) {
	behind := []string{"", "T10:30:00Z", " 10:30:00", "-12", " 555 2671", "-0958", ".5", "/3", " (mobile)", " phone", "x12", " - 5"}
	before := []string{"", " ", "phone ", "tel: ", "5 ", "12-", "fax/", "\n"}
	ran := 0
	for _, list := range lists() {
		for i := range list {
			if !list[i].notDates {
				continue
			}
			s := newSet(t, list[i].Kind)
			for n := range s.numbers {
				for _, d := range s.numbers[n].all {
					d.notDates = false // of a copy
				}
			}
			for _, date := range []string{"2026-11-20", "1970-01-01", "0049-30-90", "4155-55-26"} {
				for _, before := range before {
					for _, behind := range behind {
						for _, field := range []string{"", "phone"} {
							text := []byte(before + date + behind)
							spans, _ := s.Find(nil, text, Context{Field: field}, true)
							for _, span := range spans {
								if span.Start == len(before) {
									t.Errorf("%s in %q at the date %q", span.Kind, text, text[span.Start:span.End])
								}
							}
							ran++
						}
					}
				}
			}
		}
	}
	if ran < 700 || !phone.notDates {
		t.Errorf("ran %d", ran)
	}
}

// TestNothingInNumbers asks about numbers as programs write them.
func TestNothingInNumbers(t *testing.T) {
	kinds := [][]Kind{five}
	for _, list := range numeric() {
		for i := range list {
			kinds = append(kinds, []Kind{list[i].Kind})
		}
	}
	fields := []string{"", "id", "phone", "card_number", "ssn", "lat", "created_at", "tax_id", "iban", "number"}
	random := rand.New(rand.NewPCG(5, 6))
	nothing, finds := 0, 0
	for _, set := range kinds {
		s, slow := newSet(t, set...), newSet(t, set...)
		for range 4000 {
			text := []byte("-4111111111111111"[random.IntN(2):][:random.IntN(17)])
			for range random.IntN(16) {
				text = append(text, byte('0'+random.IntN(10)))
			}
			if n := strings.IndexFunc(string(text), unicode.IsDigit); n >= 0 && text[n] == '0' {
				text = text[:n+1] // there are no zeros before a number
			} else if n < 0 {
				text = append(text, '7')
			} else {
				text = append(text, '1')
			}
			if random.IntN(2) == 0 {
				text = append(append(text, "."...), []string{"0", "00", "5", "1234567", "41111111111111111"}[random.IntN(5)]...)
			}
			if known := []string{"4111111111111111", "5500000000000004.0", "536904399", "14155552671", "-378282246310005"}; random.IntN(8) == 0 {
				text = []byte(known[random.IntN(len(known))])
			}
			field := fields[random.IntN(len(fields))]
			if s.Takes(field) {
				continue
			}
			got := s.Nothing(text, field, true)
			want, _ := slow.Find(nil, text, Context{Field: field}, true)
			if got != (len(want) == 0) {
				t.Fatalf("%v: Nothing(%s) in %q = %v, want %v", set, text, field, got, want)
			}
			if got {
				nothing++
			} else {
				finds++
			}
		}
	}
	if nothing < 10000 || finds < 1000 {
		t.Errorf("%d have nothing, %d something", nothing, finds)
	}
}
