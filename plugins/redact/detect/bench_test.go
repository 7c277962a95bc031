package detect

import (
	"strings"
	"testing"
)

// five are detectors as a configuration may ask for.
var five = []Kind{"card", "iban", "email", "us_ssn", "phone"}

const proseText = "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. " +
	"However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so well fixed " +
	"in the minds of the surrounding families, that he is considered the rightful property of some one or other of their daughters. "

const orderText = `{"id":"ord_8Hq2x","created":1732620000123,"total":149.90,"currency":"EUR","lines":[{"sku":"A-1042","qty":2,"price":24.95},` +
	`{"sku":"B-7","qty":1,"price":100.00}],"shipped":"2024-11-26T10:30:00Z","ref":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","note":"leave at the door"},`

const customerText = `{"name":"Ada","email":"ada@example.org","phone":"+44 20 7946 0958","card":"4111 1111 1111 1111","iban":"DE89370400440532013000",` +
	`"ssn":"536-90-4399","created":1732620000123,"note":"prefers to be called in the morning, before ten o'clock"},`

func BenchmarkFind(b *testing.B) {
	var all []Kind
	for _, info := range Kinds() {
		all = append(all, info.Kind)
	}
	var figures []Kind
	for _, list := range numeric() {
		for i := range list {
			figures = append(figures, list[i].Kind)
		}
	}
	sets := []struct {
		name  string
		kinds []Kind
	}{{"card", []Kind{"card"}}, {"five", five}, {"numbers", figures}, {"all", all}}
	texts := []struct {
		name, text string
		// finds are how many each repetition has at least, with the five detectors or more (no e-mail among the numbers).
		finds int
	}{{"prose", proseText, 0}, {"orders", orderText, 0}, {"customers", customerText, 4}}
	for _, set := range sets {
		s := newSet(b, set.kinds...)
		for _, tt := range texts {
			b.Run(set.name+"/"+tt.name, func(b *testing.B) {
				const repeated = 200
				text := []byte(strings.Repeat(tt.text, repeated))
				spans := make([]Span, 0, 4096)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					spans, _ = s.Find(spans[:0], text, Context{}, true)
				}
				if want := tt.finds * repeated; len(set.kinds) >= 5 && len(spans) < want || tt.finds == 0 && len(set.kinds) <= 5 && len(spans) > 0 {
					b.Fatalf("found %d, want %d", len(spans), want)
				}
			})
		}
	}
}

// BenchmarkFindValues shows values one by one, as an engine that reads JSON does.
func BenchmarkFindValues(b *testing.B) {
	values := []struct {
		field, text string
		finds       int
	}{
		{"id", "ord_8Hq2x", 0}, {"created", "1732620000123", 0}, {"total", "149.90", 0}, {"currency", "EUR", 0}, {"sku", "A-1042", 0}, {"qty", "2", 0},
		{"shipped", "2024-11-26T10:30:00Z", 0}, {"ref", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", 0}, {"note", "leave at the door, please", 0},
		{"hash", "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d0a1f2c3d", 0}, {"lat", "52.5200661", 0}, {"number", "100234", 0}, {"street", "12 Example Road, 4th floor", 0},
		{"email", "ada@example.org", 1}, {"phone", "+44 20 7946 0958", 1}, {"card", "4111111111111111", 1},
	}
	s := newSet(b, five...)
	spans := make([]Span, 0, 8)
	for _, value := range values {
		b.Run(value.field, func(b *testing.B) {
			text := []byte(value.text)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				spans, _ = s.Find(spans[:0], text, Context{Field: value.field}, true)
			}
			if len(spans) != value.finds {
				b.Fatalf("found %v in %q", spans, text)
			}
		})
	}
}
