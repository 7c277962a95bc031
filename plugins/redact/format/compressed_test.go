package format

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// compressed returns a text in one of the ways in which it comes.
func compressed(t testing.TB, how string, level int, text []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch how {
	case "gzip":
		w, err = gzip.NewWriterLevel(&b, level)
	case "gzip with everything":
		var z *gzip.Writer
		z, err = gzip.NewWriterLevel(&b, level)
		z.Name, z.Comment, z.Extra = "WORD", "a comment", []byte("extra")
		w = z
	case "zlib":
		w, err = zlib.NewWriterLevel(&b, level)
	case "raw":
		w, err = flate.NewWriter(&b, level)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// uncompressed reads what left, and wants nothing behind it.
func uncompressed(t testing.TB, how string, b []byte) string {
	in := bytes.NewReader(b)
	var r io.Reader
	var err error
	switch {
	case strings.HasPrefix(how, "gzip"):
		r, err = gzip.NewReader(in)
	case how == "zlib":
		r, err = zlib.NewReader(in)
	default:
		r = flate.NewReader(in)
	}
	if err != nil {
		t.Fatalf("%s: %v", how, err)
	}
	text, err := io.ReadAll(r)
	if err != nil || in.Len() > 0 {
		t.Fatalf("%s: %v, %d bytes behind it", how, err, in.Len())
	}
	return string(text)
}

var compressions = []string{"gzip", "gzip with everything", "zlib", "raw"}

func codingOf(how string) Coding {
	if strings.HasPrefix(how, "gzip") {
		return CodingGzip
	}
	return CodingDeflate
}

// texts are texts of every kind that DEFLATE has blocks for.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 70000)
	for i := range noise {
		noise[i] = byte(1 + r.IntN(255))
	}
	var mixed []byte
	for len(mixed) < 200000 {
		mixed = append(mixed, noise[:r.IntN(300)]...)
		mixed = append(mixed, strings.Repeat("the same WORD over again, ", r.IntN(40))...)
		if n := len(mixed); n > 1000 {
			from := r.IntN(n - 500)
			mixed = append(mixed, mixed[from:from+r.IntN(500)]...)
		}
	}
	return map[string][]byte{
		"nothing": nil, "a byte": []byte("x"), "a line": []byte("a WORD and a WORD\n"),
		"noise": noise, "zeros of text": bytes.Repeat([]byte("0"), 300000), "mixed": mixed,
	}
}

func TestDecoded(t *testing.T) {
	v := &ruled{word: "WORD", with: "another word"}
	by := NewCompressor()
	for name, text := range texts() {
		for _, how := range compressions {
			for _, level := range []int{flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.HuffmanOnly} {
				doc := compressed(t, how, level, text)
				r := rand.New(rand.NewPCG(1, 1))
				for _, cuts := range [][]int{nil, {1}, everyByte(doc), {r.IntN(len(doc) + 1)}, {r.IntN(len(doc)/2 + 1), len(doc)/2 + r.IntN(len(doc)/2+1)}} {
					if len(cuts) > 3000 {
						cuts = cuts[:3000]
					}
					got, err := rewritten(NewDecoded(NewText(v, nil, Limits{}), codingOf(how), by, Expansion{}), doc, cuts...)
					if err != nil {
						t.Fatalf("%s, %s, level %d: %v", name, how, level, err)
					}
					if want := strings.ReplaceAll(string(text), "WORD", "another word"); uncompressed(t, how, []byte(got)) != want {
						t.Fatalf("%s, %s, level %d, %d cuts: another text", name, how, level, len(cuts))
					}
				}
			}
		}
	}
}

func TestDecodedAtEveryByte(t *testing.T) {
	v := &ruled{word: "WORD", with: "*"}
	text := []byte(strings.Repeat("some WORD in this and that. ", 12))
	by := NewCompressor()
	for _, how := range compressions {
		doc := compressed(t, how, flate.BestCompression, text)
		for i := range doc {
			got, err := rewritten(NewDecoded(NewText(v, nil, Limits{}), codingOf(how), by, Expansion{}), doc, i)
			if err != nil || uncompressed(t, how, []byte(got)) != strings.ReplaceAll(string(text), "WORD", "*") {
				t.Fatalf("%s cut at %d: %v", how, i, err)
			}
			if i == 0 {
				continue
			}
			if got, err := rewritten(NewDecoded(NewText(v, nil, Limits{}), codingOf(how), by, Expansion{}), doc[:i]); err != ErrCompressed || strings.Contains(got, "WORD") {
				t.Errorf("%s cut off at %d: %v", how, i, err)
			}
			if how == "raw" {
				continue // has no checksum
			}
			for bit := range 8 {
				broken := bytes.Clone(doc)
				broken[i] ^= 1 << bit
				got, err := rewritten(NewDecoded(NewText(v, nil, Limits{}), codingOf(how), by, Expansion{}), broken)
				if err == nil && uncompressed(t, how, []byte(got)) != strings.ReplaceAll(string(text), "WORD", "*") {
					t.Errorf("%s with bit %d of byte %d changed is another text", how, bit, i)
				}
			}
		}
	}
}

func TestWhatIsNotCompressed(t *testing.T) {
	gz := compressed(t, "gzip", 6, []byte("WORD"))
	zl := compressed(t, "zlib", 6, []byte("WORD"))
	raw := compressed(t, "raw", 6, []byte("WORD"))
	tests := []struct {
		name   string
		coding Coding
		doc    []byte
	}{
		{"text", CodingGzip, []byte("{\"a\":1} and more of it")},
		{"zlib as gzip", CodingGzip, zl},
		{"gzip as deflate", CodingDeflate, gz},
		{"bytes behind gzip", CodingGzip, append(bytes.Clone(gz), 'x')},
		{"bytes behind zlib", CodingDeflate, append(bytes.Clone(zl), 'x')},
		{"bytes behind DEFLATE", CodingDeflate, append(bytes.Clone(raw), 'x')},
		{"a dictionary", CodingDeflate, []byte{0x78, 0xbb, 0, 0, 0, 1, 3, 0}},
		{"a reserved block", CodingDeflate, []byte{0x78, 1, 7, 0}},
		{"a stored block of another length", CodingDeflate, []byte{0x78, 1, 1, 1, 0, 0, 0, 'x'}},
		{"a match before the beginning", CodingDeflate, []byte{0x78, 1, 0x4b, 0x04, 0x12, 0x00}},
	}
	for _, tt := range tests {
		for _, cuts := range [][]int{nil, everyByte(tt.doc)} {
			_, err := rewritten(NewDecoded(NewText(keeper{}, nil, Limits{}), tt.coding, NewCompressor(), Expansion{}), tt.doc, cuts...)
			if err != ErrCompressed {
				t.Errorf("%s: %v, want %v", tt.name, err, ErrCompressed)
			}
		}
	}
	for _, coding := range []Coding{CodingGzip, CodingDeflate} {
		if got, err := rewritten(NewDecoded(NewText(keeper{}, nil, Limits{}), coding, NewCompressor(), Expansion{}), nil); got != "" || err != nil {
			t.Errorf("no bytes became %q, %v", got, err)
		}
	}
	two := append(bytes.Clone(gz), compressed(t, "gzip with everything", 1, []byte("S WO"))...)
	two = append(two, compressed(t, "gzip", 1, []byte("RD"))...)
	for _, cuts := range [][]int{nil, everyByte(two)} {
		got, err := rewritten(NewDecoded(NewText(&ruled{word: "WORD", with: "*"}, nil, Limits{}), CodingGzip, NewCompressor(), Expansion{}), two, cuts...)
		if err != nil || uncompressed(t, "gzip", []byte(got)) != "*S *" {
			t.Errorf("members: %v", err)
		}
	}
}

func TestExpansionIsBounded(t *testing.T) {
	text := compressed(t, "gzip", 9, bytes.Repeat([]byte("0"), 20<<20))
	tests := []struct {
		bound Expansion
		want  error
	}{
		{Expansion{}, nil}, {Expansion{Total: 20 << 20}, nil}, {Expansion{Total: 20<<20 - 1}, ErrExpansion},
		{Expansion{Ratio: 1100}, nil}, {Expansion{Ratio: 900}, ErrExpansion}, {DefaultExpansion, ErrExpansion},
	}
	for _, tt := range tests {
		if _, err := rewritten(NewDecoded(NewText(keeper{}, nil, Limits{}), CodingGzip, NewCompressor(), tt.bound), text); err != tt.want {
			t.Errorf("%+v: %v, want %v", tt.bound, err, tt.want)
		}
	}
}

// TestEventsLeaveCompressed wants each event decodable when it has come.
func TestEventsLeaveCompressed(t *testing.T) {
	var in bytes.Buffer
	w := gzip.NewWriter(&in)
	r := NewDecoded(NewSSE(&ruled{word: "WORD", with: "*"}, nil, Limits{}), CodingGzip, NewCompressor(), DefaultExpansion)
	var out []byte
	for n := range 5 {
		_, _ = io.WriteString(w, "data: {\"a\":\"WORD\"}\n\n")
		_ = w.Flush()
		var err error
		if out, err = r.Write(out, in.Bytes()); err != nil {
			t.Fatal(err)
		}
		in.Reset()
		z, err := gzip.NewReader(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(z) // the stream is not at its end
		if want := strings.Repeat("data: {\"a\":\"*\"}\n\n", n+1); string(text) != want {
			t.Fatalf("after event %d: %q", n, text)
		}
	}
	_ = w.Close()
	out, err := r.Write(out, in.Bytes())
	if err == nil {
		out, err = r.Close(out)
	}
	if err != nil || uncompressed(t, "gzip", out) != strings.Repeat("data: {\"a\":\"*\"}\n\n", 5) {
		t.Errorf("%v", err)
	}
}

func FuzzInflate(f *testing.F) {
	for _, text := range texts() {
		if len(text) < 1000 {
			for _, level := range []int{0, 1, 6, flate.HuffmanOnly} {
				f.Add(compressed(f, "raw", level, text), uint16(3))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		in := bytes.NewReader(b)
		var want bytes.Buffer
		_, err := io.Copy(&want, io.LimitReader(flate.NewReader(in), 1<<20))
		ends := err == nil && want.Len() < 1<<20
		var d inflater
		d.reset()
		var got []byte
		at := int(cut) % (len(b) + 1)
		used := 0
		for _, piece := range [][]byte{b[:at], b[at:]} {
			for len(got) < 1<<20 {
				n, err := d.decode(piece)
				if err != nil {
					if ends {
						t.Fatalf("%v, want %d bytes", err, want.Len())
					}
					return
				}
				used += n
				piece = piece[n:]
				out := d.out()
				got = append(got, out...)
				if len(piece) == 0 && len(out) == 0 || d.stage == inflateDone {
					break
				}
			}
		}
		if done := d.stage == inflateDone; done != ends && len(got) < 1<<20 {
			t.Fatalf("at its end: %v, want %v (%v)", done, ends, err)
		}
		if ends && (!bytes.Equal(got, want.Bytes()) || used-int(d.n/8) != len(b)-in.Len()) {
			t.Fatalf("%d bytes of %d, want %d of %d", len(got), used-int(d.n/8), want.Len(), len(b)-in.Len())
		}
	})
}

// FuzzDecoded compares with compress/gzip: what it reads leaves as that text, and
// nothing else leaves to its end.
func FuzzDecoded(f *testing.F) {
	for _, how := range compressions[:2] {
		f.Add(compressed(f, how, 6, []byte("a WORD and a WORD")), uint16(5))
		f.Add(append(compressed(f, how, 0, nil), compressed(f, how, 1, []byte("WORD"))...), uint16(30))
	}
	reserved := func(b []byte) bool {
		for i := range b {
			if bytes.HasPrefix(b[i:], []byte{0x1f, 0x8b, 8}) && i+3 < len(b) && b[i+3]&flagReserved != 0 {
				return true
			}
		}
		return false
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		var want string
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err == nil {
			var text []byte
			if text, err = io.ReadAll(io.LimitReader(z, 1<<20)); len(text) == 1<<20 {
				return
			}
			want = strings.ReplaceAll(string(text), "WORD", "*")
		}
		v := &ruled{word: "WORD", with: "*"}
		got, ours := rewritten(NewDecoded(NewText(v, nil, Limits{}), CodingGzip, NewCompressor(), Expansion{}), b, int(cut)%(len(b)+1))
		switch {
		case len(b) == 0, ours == ErrEncoding:
		case ours == ErrCompressed && reserved(b):
			// RFC 1952, Section 2.3.1.2, wants them refused
		case (ours == nil) != (err == nil):
			t.Fatalf("%v, want %v", ours, err)
		case ours == nil && uncompressed(t, "gzip", []byte(got)) != want:
			t.Fatalf("%q became %q", want, uncompressed(t, "gzip", []byte(got)))
		}
	})
}
