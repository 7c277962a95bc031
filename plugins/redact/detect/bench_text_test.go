package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// harmless are texts of about 64 KB without a find: sentences, records as logs and
// JSON have them, and markup.
func harmless() map[string][]byte {
	random := rand.New(rand.NewPCG(5, 6))
	words := strings.Fields(`the quick brown fox jumps over a lazy dog while every customer of the
		shop looks for shoes, coats and new hats; prices rose by half, they say, and nobody knows why. It is said (by some) that
		winter will be long - and that the days are short. Orders are shipped within a week unless the item is sold out`)
	var prose, records, markup strings.Builder
	for prose.Len() < 64<<10 {
		prose.WriteString(words[random.IntN(len(words))] + " ")
	}
	for records.Len() < 64<<10 {
		fmt.Fprintf(&records, `{"order_id":"%c%05d","status":"shipped","items":[{"sku":"hat-%02d","count":%d,"price":%d.%02d}],"note":"%s %s %s","placed":"2026-11-%02dT%02d:%02d:%02dZ"}`+"\n",
			'A'+random.IntN(26), random.IntN(100000), random.IntN(100), 1+random.IntN(9), random.IntN(100), random.IntN(100),
			words[random.IntN(len(words))], words[random.IntN(len(words))], words[random.IntN(len(words))], 1+random.IntN(28), random.IntN(24), random.IntN(60), random.IntN(60))
	}
	for markup.Len() < 64<<10 {
		fmt.Fprintf(&markup, "<item id=\"n%d\"><title lang=\"en\">%s %s</title><count>%d</count></item>\n", random.IntN(1000), words[random.IntN(len(words))], words[random.IntN(len(words))], random.IntN(50))
	}
	return map[string][]byte{"prose": []byte(prose.String()), "records": []byte(records.String()), "markup": []byte(markup.String())}
}

// BenchmarkHarmlessText is the price of texts without a find.
func BenchmarkHarmlessText(b *testing.B) {
	all := []Kind{}
	for _, info := range Kinds() {
		all = append(all, info.Kind)
	}
	sets := []struct {
		name  string
		kinds []Kind
	}{
		{"five", []Kind{"card", "iban", "email", "phone", "ipv4"}},
		{"secrets", []Kind{"jwt", "api_key", "private_key", "password", "secret"}},
		{"text", textKinds()},
		{"all", all},
	}
	for _, set := range sets {
		s := newSet(b, set.kinds...)
		for _, name := range []string{"prose", "records", "markup"} {
			text := harmless()[name]
			b.Run(set.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				var spans []Span
				for b.Loop() {
					spans, _ = s.Find(spans[:0], text, Context{}, true)
				}
				if len(spans) > 0 {
					b.Fatalf("found %s", marked(string(text), spans[:1])[max(0, spans[0].Start-20):spans[0].End+30])
				}
			})
		}
	}
}

// BenchmarkField is the price of a short value in a named field.
func BenchmarkField(b *testing.B) {
	s := newSet(b, textKinds()...)
	for _, field := range []string{"order_id", "customer_first_name"} {
		b.Run(field, func(b *testing.B) {
			b.ReportAllocs()
			text := []byte("A12345")
			want := 0
			if field != "order_id" {
				want = 1
			}
			var spans []Span
			for b.Loop() {
				spans, _ = s.Find(spans[:0], text, Context{Field: field}, true)
			}
			if len(spans) != want {
				b.Fatalf("%v, want %d finds", spans, want)
			}
		})
	}
}
