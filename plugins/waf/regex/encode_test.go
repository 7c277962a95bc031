package regex

import (
	"errors"
	"reflect"
	"testing"
)

func TestRead(t *testing.T) {
	patterns := []string{"", "a", `(?i)k\b`, `\pL+`, `\xac\xed`, "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "日本|é{3,70}$"}
	var all []byte
	for _, pattern := range patterns {
		all = compiled(t, pattern).AppendBinary(all)
	}
	rest := append(all, "rest"...)
	for _, pattern := range patterns {
		p, after, err := Read(rest)
		if err != nil || !reflect.DeepEqual(p, compiled(t, pattern)) {
			t.Fatalf("%q: %v", pattern, err)
		}
		rest = after
	}
	if string(rest) != "rest" {
		t.Errorf("%q follows", rest)
	}
}

func TestReadTruncated(t *testing.T) {
	whole := compiled(t, `(?i)\bunion\s+[^é]k`).AppendBinary(nil)
	for n := range whole {
		if _, _, err := Read(whole[:n]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// FuzzRead wants any bytes to give an error or a program that runs.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"a", `(?i)k\b|^s$`, `\pL+x{2,9}`, `(\xac)\xed`, "日本|é"} {
		f.Add(compiled(f, pattern).AppendBinary(nil), "xK s\né\xff日本")
	}
	f.Fuzz(func(t *testing.T, b []byte, value string) {
		p, rest, err := Read(b)
		if err != nil {
			return
		}
		if len(rest)+p.Len() != len(b) {
			t.Fatalf("%d bytes of %d, and %d follow", p.Len(), len(b), len(rest))
		}
		f := p.Facts()
		if len(f.Sets) > maxSets || len(f.Literals) > maxLiterals {
			t.Fatal("too many facts")
		}
		c := NewCache(1 << 20)
		d := c.New(p)
		got := d.Match(value)
		if again := NewCache(0).New(p).Match(value); again != got {
			t.Fatalf("%v with states and %v without", got, again)
		}
		if caps := d.Find(value, nil); caps != nil && len(caps) != 2*p.NumCaptures() {
			t.Fatalf("captures %v of %d groups", caps, p.NumCaptures())
		}
		if c.Size() > 1<<20 {
			t.Fatalf("%d bytes in use", c.Size())
		}
	})
}
