package detect

import (
	"fmt"
	"slices"
	"testing"
)

// inPieces shows a text in pieces that end at the cuts, as a stream would, and
// returns the spans as positions in the whole text.
func inPieces(t testing.TB, s *Set, text, field string, cuts ...int) []Span {
	t.Helper()
	var found []Span
	settled := 0
	for i := 0; i <= len(cuts); i++ {
		end, final := len(text), i == len(cuts)
		if !final {
			end = cuts[i]
		}
		base := max(0, settled-s.Look())
		// A copy, so that nothing behind the piece can be read.
		piece := slices.Clip([]byte(text[base:end]))
		spans, now := s.Find(nil, piece, Context{Field: field, Seen: settled - base}, final)
		for _, span := range spans {
			span.Start, span.End = span.Start+base, span.End+base
			if span.Start < settled || span.Start >= span.End || span.End > base+now {
				t.Fatalf("%q cut at %d: span %v is not between %d and %d", text, cuts, span, settled, base+now)
			}
			settled = span.End
			found = append(found, span)
		}
		if base+now < settled {
			t.Fatalf("%q cut at %d: settled went back from %d to %d", text, cuts, settled, base+now)
		}
		settled = base + now
		if lag := end - settled; lag > s.Hold() || final && lag != 0 {
			t.Fatalf("%q cut at %d: settled lags %d bytes behind, bound %d, final %v", text, cuts, lag, s.Hold(), final)
		}
	}
	return found
}

// everyCut checks that a text has the same finds in one piece, cut at each
// position and byte by byte, and returns them.
func everyCut(t testing.TB, s *Set, text, field string) []Span {
	t.Helper()
	want := inPieces(t, s, text, field)
	each := make([]int, 0, len(text))
	for i := range len(text) + 1 {
		each = append(each, i)
		if got := inPieces(t, s, text, field, i); !slices.Equal(got, want) {
			t.Fatalf("%q in field %q cut at %d: %v, want %v", text, field, i, got, want)
		}
	}
	if got := inPieces(t, s, text, field, each...); !slices.Equal(got, want) {
		t.Fatalf("%q in field %q byte by byte: %v, want %v", text, field, got, want)
	}
	return want
}

func newSet(t testing.TB, kinds ...Kind) *Set {
	t.Helper()
	s, err := New(kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// marked writes a text with its finds in brackets.
func marked(text string, spans []Span) string {
	out, at := "", 0
	for _, s := range spans {
		out += text[at:s.Start] + fmt.Sprintf("[%s %s]", s.Kind, text[s.Start:s.End])
		at = s.End
	}
	return out + text[at:]
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		kinds  []Kind
		custom []Custom
		want   string
	}{
		{"a kind that is not there", []Kind{"nothing"}, nil, `kinds[0]: unknown detector "nothing"`},
	}
	for _, tt := range tests {
		_, err := New(tt.kinds, tt.custom)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestTheBetterOfOverlappingSpansStays(t *testing.T) {
	tests := []struct {
		name    string
		in      []Span
		limit   int
		want    []Span
		settled int
	}{
		{"the longer", []Span{{0, 4, "a", 90}, {2, 8, "b", 50}}, 10, []Span{{2, 8, "b", 50}}, 10},
		{"the more confident of equal length", []Span{{0, 4, "a", 50}, {2, 6, "b", 90}}, 10, []Span{{2, 6, "b", 90}}, 10},
		{"both that only touch", []Span{{4, 8, "b", 50}, {0, 4, "a", 50}}, 10, []Span{{0, 4, "a", 50}, {4, 8, "b", 50}}, 10},
		{"none that may be overlapped by what follows", []Span{{0, 4, "a", 50}, {4, 8, "b", 50}}, 6, []Span{{0, 4, "a", 50}}, 4},
	}
	for _, tt := range tests {
		got, settled := resolve(slices.Clone(tt.in), 0, tt.limit, false)
		if !slices.Equal(got, tt.want) || settled != tt.settled {
			t.Errorf("%s: %v up to %d, want %v up to %d", tt.name, got, settled, tt.want, tt.settled)
		}
	}
}
