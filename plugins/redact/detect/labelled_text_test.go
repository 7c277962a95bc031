package detect

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// labelled is a text and the finds that are in it, of one kind.
type labelled struct {
	text string
	want []Span
}

// writer puts labelled values and other words together.
type writer struct {
	*rand.Rand
	b    strings.Builder
	want []Span
}

func (w *writer) value(kind Kind, text string) {
	w.want = append(w.want, Span{Start: w.b.Len(), End: w.b.Len() + len(text), Kind: kind})
	w.b.WriteString(text)
}

func (w *writer) of(list ...string) string { return list[w.IntN(len(list))] }

func (w *writer) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + w.IntN(26))
	}
	return string(b)
}

// sentences are texts with a place for a value.
var sentences = []string{
	"%s", "Please contact %s today.", "see %s, thanks", `{"value":"%s","ok":true}`, "a=1&v=%s&b=2", "<%s>", "(%s)", "last seen: %s\nnext line",
	"User %s logged in from the office", "- %s\n- other", "'%s'", "| %s |", "to: %s; cc: nobody", "%s is blocked", "Kontakt: %s!", "[%s]",
}

// hardNegatives are texts that look like addresses of any kind and are none.
func (w *writer) hardNegative() string {
	n := func(most int) int { return w.IntN(most) }
	switch w.IntN(16) {
	case 0:
		return fmt.Sprintf("%s@%d.%d.%d", w.letters(6), n(20), n(20), n(20))
	case 1:
		return fmt.Sprintf("root@%s", w.letters(8))
	case 2:
		return "@" + w.letters(9)
	case 3:
		return fmt.Sprintf("git@%s.com:%s/%s.git", w.letters(6), w.letters(4), w.letters(5))
	case 4:
		return fmt.Sprintf("version %d.%d.%d.%d", n(20), n(20), n(200), n(200))
	case 5:
		return fmt.Sprintf("v%d.%d.%d.%d", n(20), n(20), n(200), n(200))
	case 6:
		return fmt.Sprintf("%02d:%02d:%02d", n(24), n(60), n(60))
	case 7:
		return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+n(12), 1+n(28), n(24), n(60), n(60), n(1000))
	case 8:
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", w.Uint32(), n(1<<16), n(1<<12), n(1<<12), w.Uint64()&(1<<48-1))
	case 9:
		return fmt.Sprintf("%016x%016x", w.Uint64(), w.Uint64())
	case 10:
		return fmt.Sprintf("%d.%d.%d", n(1000), n(1000), n(1000))
	case 11:
		return fmt.Sprintf("Chrome/%d.0.%d.%d", n(200), n(256), n(256))
	case 12:
		return fmt.Sprintf("%d.%04d", n(1000), n(10000))
	case 13:
		return fmt.Sprintf("%s::%s", w.letters(7), w.letters(6))
	case 14:
		return fmt.Sprintf("1.3.6.1.4.1.%d.%d", n(9999), n(99))
	}
	return fmt.Sprintf("lib%s-%d.%d.%d.%d.so", w.letters(3), n(9), n(20), n(20), n(20))
}

func (w *writer) email() string {
	local := w.of(w.letters(5), w.letters(3)+"."+w.letters(7), w.letters(4)+"+"+w.letters(3), w.letters(1)+"_"+w.letters(5), fmt.Sprint(w.letters(4), w.IntN(1000)), strings.ToUpper(w.letters(6)), w.letters(3)+"-"+w.letters(4), "o'"+w.letters(4))
	domain := w.of(w.letters(6)+".com", w.letters(4)+".co.uk", "mail."+w.letters(5)+".org", w.letters(3)+"-"+w.letters(4)+".de", "bücher.example", "xn--bcher-kva."+w.letters(3), strings.ToUpper(w.letters(5))+".NET", w.letters(2)+".io", fmt.Sprint(w.IntN(100))+w.letters(3)+".pl")
	return local + "@" + domain
}

func (w *writer) ipv4() string {
	for {
		a := netip.AddrFrom4([4]byte{byte(1 + w.IntN(223)), byte(w.IntN(256)), byte(w.IntN(256)), byte(w.IntN(256))})
		if !a.IsLoopback() {
			return a.String()
		}
	}
}

func (w *writer) ipv6() string {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(w.Uint32())
	}
	raw[0], raw[1] = 0x20, byte(1+w.IntN(20))
	for range w.IntN(3) {
		at := 2 + 2*w.IntN(6)
		clear(raw[at : at+2])
	}
	a := netip.AddrFrom16(raw)
	return w.of(a.String(), a.StringExpanded(), strings.ToUpper(a.String()))
}

func (w *writer) mac() string {
	sep := w.of(":", "-")
	parts := make([]string, 6)
	for i := range parts {
		parts[i] = fmt.Sprintf("%02x", w.IntN(256))
	}
	return strings.Join(parts, sep)
}

func (w *writer) jwt() string {
	b64 := base64.RawURLEncoding.EncodeToString
	header := w.of(`{"alg":"HS256","typ":"JWT"}`, `{"typ":"JWT","alg":"RS256","kid":"`+w.letters(4)+`"}`, `{ "alg" : "ES256" }`)
	return b64([]byte(header)) + "." + b64([]byte(`{"sub":"`+w.letters(8)+`"}`)) + "." + b64([]byte(w.letters(32)))
}

// labelledSet makes texts of which about every second has a value of a kind, and
// all have something that looks like one.
func labelledSet(kind Kind, n int, make func(*writer) string) []labelled {
	w := &writer{Rand: rand.New(rand.NewPCG(8, uint64(len(kind))))}
	set := []labelled{}
	for range n {
		w.b.Reset()
		w.want = nil
		for range 1 + w.IntN(2) {
			before, after, _ := strings.Cut(sentences[w.IntN(len(sentences))], "%s")
			w.b.WriteString(before)
			if w.IntN(2) == 0 {
				w.value(kind, make(w))
			} else {
				w.b.WriteString(w.hardNegative())
			}
			w.b.WriteString(after + "\n")
		}
		set = append(set, labelled{w.b.String(), w.want})
	}
	return set
}

// TestPrecisionAndRecall counts a find as right when it is the whole value and
// nothing else.
func TestPrecisionAndRecall(t *testing.T) {
	tests := []struct {
		kind              Kind
		make              func(*writer) string
		precision, recall float64
	}{
		{"email", (*writer).email, 0.99, 0.99},
		{"ipv4", (*writer).ipv4, 0.99, 0.99},
		{"ipv6", (*writer).ipv6, 0.99, 0.99},
		{"mac", (*writer).mac, 0.99, 0.99},
		{"jwt", (*writer).jwt, 0.99, 0.99},
	}
	for _, tt := range tests {
		s := newSet(t, tt.kind)
		var right, found, all int
		shown := 0
		for _, l := range labelledSet(tt.kind, 4000, tt.make) {
			spans, _ := s.Find(nil, []byte(l.text), Context{}, true)
			found += len(spans)
			all += len(l.want)
			ok := 0
			for _, want := range l.want {
				for _, got := range spans {
					if got.Start == want.Start && got.End == want.End {
						ok++
					}
				}
			}
			right += ok
			if (ok != len(l.want) || ok != len(spans)) && shown < 5 {
				shown++
				t.Logf("%s: %q, want %q", tt.kind, marked(l.text, spans), marked(l.text, l.want))
			}
		}
		precision, recall := float64(right)/float64(found), float64(right)/float64(all)
		t.Logf("%-6s precision %.4f recall %.4f (%d values, %d finds)", tt.kind, precision, recall, all, found)
		if precision < tt.precision || recall < tt.recall || all < 1000 {
			t.Errorf("%s: precision %.4f recall %.4f of %d, want %.2f and %.2f of 1000", tt.kind, precision, recall, all, tt.precision, tt.recall)
		}
	}
}

// TestLabelledTextsHoweverTheyAreCut cuts some of the labelled texts, in front of
// all detectors of text, at each position.
func TestLabelledTextsHoweverTheyAreCut(t *testing.T) {
	s := newSet(t, textKinds()...)
	for _, tt := range []struct {
		kind Kind
		make func(*writer) string
	}{{"email", (*writer).email}, {"ipv4", (*writer).ipv4}, {"ipv6", (*writer).ipv6}, {"jwt", (*writer).jwt}} {
		for _, l := range labelledSet(tt.kind, 60, tt.make) {
			everyCut(t, s, l.text, "")
		}
	}
	for i, e := range gitleaksExamples(t) {
		if i%16 == 0 && len(e.text) < 400 {
			everyCut(t, s, e.text, "")
		}
	}
}

// textKinds are the kinds of all detectors of text.
func textKinds() []Kind {
	var kinds []Kind
	for i := range texts {
		kinds = append(kinds, texts[i].Kind)
	}
	return kinds
}

// TestExamplesAreFound keeps what the descriptions of detectors promise.
func TestExamplesAreFound(t *testing.T) {
	for i := range texts {
		info := texts[i].Info
		spans := everyCut(t, newSet(t, info.Kind), info.Example, info.ExampleField)
		if len(spans) != 1 || spans[0] != (Span{0, len(info.Example), info.Kind, spans[0].Confidence}) {
			t.Errorf("%s: %v in its example %q, want all of it", info.Kind, spans, info.Example)
		}
		if info.Title == "" || info.Group == "" || info.Source == "" {
			t.Errorf("%s: %+v, want title, group and source", info.Kind, info)
		}
	}
}
