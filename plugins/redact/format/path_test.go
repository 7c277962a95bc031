package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// walk moves a path to where "a.b[2]" says; names are separated by dots, "["
// stands for an index.
func walk(p *Path, to string) {
	p.truncate(0)
	for _, step := range strings.FieldsFunc(strings.ReplaceAll(to, "[", ".["), func(r rune) bool { return r == '.' }) {
		p.push()
		index, ok := strings.CutPrefix(strings.TrimSuffix(step, "]"), "[")
		if !ok {
			p.setName([]byte(strings.ReplaceAll(step, "%", ".")))
			continue
		}
		n, _ := strconv.Atoi(index)
		p.setIndex(0)
		p.setIndex(n)
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern string
		fold    bool
		yes, no string // paths, separated by spaces; % is a dot in a name
	}{
		{"customer.email", false, "customer.email", "customer customer.emails customer.email.x email x.customer.email customer[0].email Customer.email"},
		{"$.customer.email", false, "customer.email", "email"},
		{"$", false, "$", "a [0]"},
		{"**.cvv", false, "cvv a.cvv a[3].b.cvv cvv.cvv", "a cvv.x acvv"},
		{"$..cvv", false, "cvv a.cvv a[3].cvv", "cvv.x"},
		{"..cvv", false, "cvv a.cvv", "a"},
		{"a..b", false, "a.b a.x.b a[0].b", "b a x.a.b"},
		{"a.**", false, "a a.b a[0].c", "b x.a"},
		{"**", false, "$ a a.b [0]", ""},
		{"a.**.**.b", false, "a.b a.c.b", "b"},
		{"items[*].card", false, "items[0].card items[17].card items.x.card", "items.card items[0]"},
		{"items.#.card", false, "items[0].card", "items.card"},
		{"items.*.card", false, "items[0].card items.x.card", "items.card items[0][1].card"},
		{"items[2]", false, "items[2]", "items[1] items[22] items.2 items"},
		{"items.2", false, "items[2] items.2", "items[1]"},
		{"items[0]", false, "items[0]", "items[1]"},
		{"[1][*]", false, "[1][0] [1].x", "[0][0] [1]"},
		{"*", false, "a [3]", "$ a.b"},
		{"$['a.b'][\"c d*\"]", false, "a%b.c_d", ""},
		{"$['a.b'].c", false, "a%b.c", "a.b.c"},
		{`a\.b`, false, "a%b", "a.b"},
		{`a\*`, false, "a*", "ab"},
		{"$['it\\'s']", false, "it's", "its"},
		{"$..[1]", false, "[1] a[1] a[0][1]", "[0] a"},
		{"$..*", false, "a a.b [0]", "$"},
		{"card*", false, "card cardNumber card.", "acard Card"},
		{"*card*", false, "card mycards", "car"},
		{"a*b*c", false, "abc axxbyyc abbc", "ab acb"},
		{"**.*_token", false, "a.x_token _token", "token"},
		{"**.cardNumber", true, "a.card_number CARD-NUMBER cardnumber card%number", "card.number cardnumbers"},
		{"**.*cardNumber*", true, "x.my_card_number_2", "card_num"},
		{"card_number", false, "card_number", "cardNumber"},
		{"É", true, "É", "é"},
		{`$["\u0061\/"]`, false, "a/", "u0061/"},
		{"$[''].a", false, "", "a"},
	}
	for _, tt := range tests {
		// The same beside others, in another word.
		patterns := []Pattern{{Text: tt.pattern, Fold: tt.fold}, {Text: strings.Repeat("x.", 40) + "y"}, {Text: tt.pattern, Fold: tt.fold}}
		set, err := Compile(patterns)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		p := NewPath(set)
		check := func(paths string, want bool) {
			for _, path := range strings.Fields(paths) {
				walk(p, strings.TrimPrefix(path, "$"))
				if strings.Contains(tt.pattern, "c d*") {
					p.setName([]byte("c d*"))
				}
				if got := p.Matched(0) == 0; got != want {
					t.Errorf("%s matches %s: %v, want %v", tt.pattern, path, got, want)
				}
				if got := p.Matched(1) == 2; got != want {
					t.Errorf("%s in another place matches %s: %v, want %v", tt.pattern, path, got, want)
				}
			}
		}
		check(tt.yes, true)
		check(tt.no, false)
	}
}

func TestPatternFaults(t *testing.T) {
	tests := []struct{ pattern, fault string }{
		{"", "empty"},
		{"a..", "ends in dots"},
		{"a.", "empty name"},
		{".", "empty name"},
		{"$.", "empty name"},
		{"a...b", "empty name"},
		{"a[", `"[" without "]"`},
		{"a[-1]", "want an index"},
		{"a[1:2]", "want an index"},
		{"a[?(@.b)]", "want an index"},
		{"a[01]", "want an index"},
		{"a['b'", `want "]"`},
		{"a['b", "without the end of the name"},
		{"a['b','c']", `want "]"`},
		{"a[0]b", `want "." or "["`},
		{"a]", `"]" without "["`},
		{`a\`, "ends in a backslash"},
		{strings.Repeat("a.", 62) + "b", "at most 62"},
	}
	for _, tt := range tests {
		_, err := Compile([]Pattern{{Text: "ok"}, {Text: tt.pattern}})
		fault, ok := err.(*PatternError)
		if !ok || fault.Index != 1 || !strings.Contains(fault.Fault, tt.fault) {
			t.Errorf("%q: %v, want %q in it", tt.pattern, err, tt.fault)
		}
	}
}

// naive matches steps of a pattern against a path, with backtracking.
func naive(pattern, path []string) bool {
	switch {
	case len(pattern) == 0:
		return len(path) == 0
	case pattern[0] == "**":
		return naive(pattern[1:], path) || len(path) > 0 && naive(pattern, path[1:])
	case len(path) == 0:
		return false
	case pattern[0] == "*" || pattern[0] == path[0]:
		return naive(pattern[1:], path[1:])
	}
	return false
}

func TestRandomPatternsAsBacktracking(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	pick := func(from []string, n int) (s []string) {
		for range n {
			s = append(s, from[r.IntN(len(from))])
		}
		return s
	}
	matches := 0
	for range 300 {
		var patterns []Pattern
		var steps [][]string
		for range 1 + r.IntN(40) {
			s := pick([]string{"a", "b", "c", "*", "**", "a-very-long-name-that-the-table-does-not-keep"}, 1+r.IntN(5))
			steps = append(steps, s)
			patterns = append(patterns, Pattern{Text: strings.Join(s, ".")})
		}
		set, err := Compile(patterns)
		if err != nil {
			t.Fatal(err)
		}
		p := NewPath(set)
		for range 60 {
			path := pick([]string{"a", "b", "c", "d", "a-very-long-name-that-the-table-does-not-keep"}, r.IntN(7))
			// from where the path is, as a rewriter moves
			keep := r.IntN(p.Depth() + 1)
			p.truncate(keep)
			for i := range keep {
				name, _ := p.Element(i)
				if i < len(path) {
					path[i] = string(name)
				} else {
					path = append(path, string(name))
				}
			}
			for _, name := range path[keep:] {
				p.push()
				p.setName([]byte("c"))
				p.setName([]byte(name))
			}
			got := map[int]bool{}
			for i := p.Matched(0); i >= 0; i = p.Matched(i + 1) {
				got[i] = true
			}
			for i := range patterns {
				if want := naive(steps[i], path); got[i] != want {
					t.Fatalf("%s matches %q: %v, want %v", patterns[i].Text, path, got[i], want)
				}
			}
			matches += len(got)
		}
	}
	if matches < 1000 {
		t.Errorf("%d matches, want more", matches)
	}
}

func TestPathIsWritten(t *testing.T) {
	p := NewPath(nil)
	if got := string(p.Append(nil)); got != "$" || p.Field() != "" || p.Matched(0) != -1 {
		t.Errorf("the root is %q, field %q", got, p.Field())
	}
	for _, name := range []string{"Customer", "e-mail_2", "a.b", "é", "", "\"x"} {
		p.push()
		p.setName([]byte(name))
	}
	p.push()
	p.setIndex(12)
	want := `Customer.e-mail_2["a.b"].é[""]["\"x"]`
	if got := string(p.Append(nil)); got != want+"[12]" {
		t.Errorf("%s, want %s[12]", got, want)
	}
	if got := string(p.AppendPattern(nil)); got != want+"[*]" {
		t.Errorf("%s, want %s[*]", got, want)
	}
	if got := p.Field(); got != `"x` {
		t.Errorf("field %q", got)
	}
	p.truncate(1)
	if got := p.Field(); got != "customer" {
		t.Errorf("field %q", got)
	}
	if name, index := p.Element(0); string(name) != "Customer" || index != -1 {
		t.Errorf("element %q, %d", name, index)
	}
	long := bytes.Repeat([]byte("Ab"), 50)
	p.setName(long)
	if got := p.Field(); got != strings.Repeat("ab", 50) {
		t.Errorf("field %q", got)
	}
}

func TestNamesCostNoAllocation(t *testing.T) {
	var patterns []Pattern
	for i := range 100 {
		patterns = append(patterns, Pattern{Text: fmt.Sprintf("**.name%d", i), Fold: true}, Pattern{Text: fmt.Sprintf("**.*x%d*", i)})
	}
	set, err := Compile(patterns)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPath(set)
	names := [][]byte{[]byte("name_7"), []byte("Customer"), []byte("some_x9_name")}
	run := func() {
		for _, name := range names {
			p.push()
			p.setName(name)
			if p.Matched(0) == 0 || p.Field() == "" {
				t.Error("wrong")
			}
		}
		p.truncate(0)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
