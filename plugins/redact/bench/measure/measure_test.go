package measure

import (
	"bytes"
	"testing"

	"gatehouse/plugins/redact/bench/corpus"
)

// TestAnswers has each subject read a small body of each kind, which checks what comes
// of it.
func TestAnswers(t *testing.T) {
	ran := 0
	for _, s := range Subjects() {
		for _, b := range corpus.All(20 << 10) {
			if s.JSON && b.ContentType != "application/json" {
				continue
			}
			if _, err := Run(s, b, 0); err != nil {
				t.Error(err)
			}
			ran++
		}
	}
	if ran != 24 {
		t.Errorf("ran %d, want 24", ran)
	}
}

// TestPiecesDoNotMatter rewrites bodies in pieces of many sizes.
func TestPiecesDoNotMatter(t *testing.T) {
	e, err := NewEngine(corpus.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range corpus.All(20 << 10) {
		reference, err := e.Reference(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(b, reference); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
		for piece := 1; piece < 2000; piece = piece*5/4 + 1 {
			var whole []byte
			if err := e.Rewrite(b, piece, func(_ int, out []byte) { whole = append(whole, out...) }); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(whole, reference) {
				t.Errorf("%s in pieces of %d is another", b.Name, piece)
			}
		}
	}
}

func BenchmarkSubjects(b *testing.B) {
	for _, s := range Subjects() {
		for _, body := range corpus.All(256 << 10) {
			if s.JSON && body.ContentType != "application/json" {
				continue
			}
			b.Run(s.Name+"/"+body.Name, func(b *testing.B) {
				read, want, err := s.prepare(body)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(body.Text)))
				b.ReportAllocs()
				for b.Loop() {
					if got, err := read(); err != nil || got != want {
						b.Fatalf("%d, %v, want %d", got, err, want)
					}
				}
			})
		}
	}
}
