package accuracy

import (
	"testing"

	"gatehouse/plugins/redact/detect"
)

// BenchmarkFind reads the texts that presidio.py --speed reads, with the same choices
// of detectors.
func BenchmarkFind(b *testing.B) {
	texts := parse(b, "faker", readFile(b, "faker")).texts[:2000]
	var all []detect.Kind
	for _, info := range detect.Kinds() {
		all = append(all, info.Kind)
	}
	for _, choice := range []struct {
		name  string
		kinds []detect.Kind
		// least is how many finds there are at least.
		least int
	}{
		{"all detectors", all, 1900},
		{"card, iban, email, us_ssn, ip", []detect.Kind{"card", "iban", "email", "us_ssn", "ipv4", "ipv6"}, 1000},
		{"phone", []detect.Kind{"phone"}, 300},
	} {
		b.Run(choice.name, func(b *testing.B) {
			s, err := detect.New(choice.kinds, nil)
			if err != nil {
				b.Fatal(err)
			}
			var size, found int
			for _, x := range texts {
				size += len(x.Text)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var spans []detect.Span
			buffers := make([][]byte, len(texts))
			for i, x := range texts {
				buffers[i] = []byte(x.Text)
			}
			for b.Loop() {
				found = 0
				for _, text := range buffers {
					spans, _ = s.Find(spans[:0], text, detect.Context{}, true)
					found += len(spans)
				}
			}
			if found < choice.least {
				b.Errorf("%d finds, want %d", found, choice.least)
			}
		})
	}
}
