package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// table is what is written: shapes, the sets their segments take bytes from, and
// the rules that have no shape.
type table struct {
	shapes  []shape
	sets    []set
	leftOut []leftOut
	rules   int
}

type leftOut struct{ id, reason string }

func (t *table) add(r rule) {
	shapes, reason := compile(r)
	if reason != "" {
		t.leftOut = append(t.leftOut, leftOut{r.id, reason})
		return
	}
	t.rules++
	for _, s := range shapes {
		for _, seg := range slices.Concat(s.lead, s.segments) {
			if len(seg.set.bytes()) > 1 && !slices.Contains(t.sets, seg.set) {
				t.sets = append(t.sets, seg.set)
			}
		}
		s.anchor = anchorOf(s.prefix)
		t.shapes = append(t.shapes, s)
	}
}

// code is the Go source of the table.
func (t *table) code() []byte {
	if len(t.sets) > 64 {
		panic("more than 64 sets: alphabetsOf needs wider entries")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated from %s %s by detect/generate; DO NOT EDIT.\n", source, version)
	b.WriteString(`//
// The rules are Copyright (c) 2019 Zachary Rice and under the MIT license, which
// stands in testdata/gitleaks/LICENSE. Rules that are not here are listed with
// the reason in testdata/gitleaks/left_out.tsv.

package detect

`)
	longest := 0
	for i := range t.shapes {
		longest = max(longest, t.shapes[i].length())
	}
	fmt.Fprintf(&b, "// secretLength is the most bytes that a token of secretShapes has.\nconst secretLength = %d\n\n", longest)
	fmt.Fprintf(&b, "// secretRules is how many rules secretShapes has shapes of.\nconst secretRules = %d\n\n", t.rules)
	slices.SortStableFunc(t.shapes, func(x, y shape) int { return cmp.Compare(x.hash(), y.hash()) })
	b.WriteString("// secretShapes are the tokens, in the order of secretHash of the three bytes at\n// their anchor.\nvar secretShapes = [...]secretShape{\n")
	for _, s := range t.shapes {
		fmt.Fprintf(&b, "{%q, %q, %d, %g, %s, %s, %s},\n", s.id, s.prefix, s.anchor, s.entropy, s.flags(), t.segments(s.lead), t.segments(s.segments))
	}
	b.WriteString("}\n\n// secretStart is where in secretShapes those with a hash begin.\nvar secretStart = [257]uint16{")
	for h, n := 0, 0; h <= 256; h++ {
		for n < len(t.shapes) && t.shapes[n].hash() < h {
			n++
		}
		fmt.Fprintf(&b, "%d,", n)
	}
	b.WriteString("}\n\n")
	b.Write(t.triggers())
	b.WriteString("\n// alphabetsOf tells for a byte which alphabets it is in: bit n is alphabet n.\n")
	for i, s := range t.sets {
		fmt.Fprintf(&b, "// %2d: %s\n", i, ranges(s))
	}
	b.WriteString("var alphabetsOf = [256]uint64{\n")
	for c := 0; c < 256; c++ {
		var bits uint64
		for i, s := range t.sets {
			if s.has(byte(c)) {
				bits |= 1 << i
			}
		}
		if bits != 0 {
			fmt.Fprintf(&b, "%q: %#x,\n", rune(c), bits)
		}
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// segments writes segments, nil for none.
func (t *table) segments(list []segment) string {
	if len(list) == 0 {
		return "nil"
	}
	var b strings.Builder
	b.WriteString("[]segment{")
	for _, seg := range list {
		alphabet := slices.Index(t.sets, seg.set)
		if one := seg.set.bytes(); len(one) == 1 {
			alphabet = 0x80 | int(one[0])
		}
		fmt.Fprintf(&b, "{%d, %d, %d},", alphabet, seg.min, seg.max)
	}
	b.WriteString("}")
	return b.String()
}

func (s *shape) flags() string {
	var names []string
	for _, f := range []struct {
		set  bool
		name string
	}{{s.fold, "anyCase"}, {s.word, "wordStart"}, {s.whole, "wordEnd"}, {s.open, "openEnd"}} {
		if f.set {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

// ranges writes a set as a comment has it.
func ranges(s set) string {
	var b strings.Builder
	list := s.bytes()
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		fmt.Fprintf(&b, "%q", rune(list[i]))
		if j > i {
			fmt.Fprintf(&b, "-%q", rune(list[j]))
		}
		if i = j + 1; i < len(list) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// leftOutList is the file of rules without a shape.
func (t *table) leftOutList() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# rules of %s %s that secret_table.go does not have, and why\n", source, version)
	for _, l := range t.leftOut {
		fmt.Fprintf(&b, "%s\t%s\n", l.id, l.reason)
	}
	return b.Bytes()
}
