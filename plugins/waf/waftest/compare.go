package waftest

import (
	"flag"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
)

var requests = flag.Int("requests", 0, "how many requests each comparison of engines takes, instead of a short run's number")

// Requests is the number given to the test binary by the flag -requests, otherwise
// that of a short run.
func Requests(short int) int {
	if *requests > 0 {
		return *requests
	}
	return short
}

// Difference is in what two outcomes differ.
type Difference struct {
	// OnlyA and OnlyB are the rules with log that matched on one side only.
	OnlyA, OnlyB []int
	// Verdict tells whether status, phase or interrupting rule differ.
	Verdict bool
	// Silent tells whether rules with nolog differ.
	Silent bool
}

// Agree tells whether there is no difference that an operator would see.
func (d *Difference) Agree() bool { return len(d.OnlyA) == 0 && len(d.OnlyB) == 0 && !d.Verdict }

// Differ compares two outcomes of the same request.
func Differ(a, b Outcome) Difference {
	d := Difference{
		OnlyA:   without(a.IDs, b.IDs),
		OnlyB:   without(b.IDs, a.IDs),
		Verdict: a.Status != b.Status || a.Phase != b.Phase || a.ByRule != b.ByRule,
	}
	logged := func(o *Outcome) func(int) bool {
		return func(id int) bool { return slices.Contains(o.IDs, id) }
	}
	d.Silent = !slices.Equal(slices.DeleteFunc(slices.Clone(a.AllIDs), logged(&a)), slices.DeleteFunc(slices.Clone(b.AllIDs), logged(&b)))
	return d
}

func without(ids, others []int) (only []int) {
	for _, id := range ids {
		if !slices.Contains(others, id) {
			only = append(only, id)
		}
	}
	return only
}

// Stats is what a comparison found.
type Stats struct {
	// Requests is how many there were.
	Requests int
	// Agree is for how many of them the engines agree on logged rules and verdict.
	Agree int
	// Unsettled is for how many of those that agree side A first gave another answer:
	// it does not always give the same one.
	Unsettled int
	// Verdicts is for how many the interruption differs.
	Verdicts int
	// Silent is for how many rules with nolog differ.
	Silent int
	// Matched is how many requests matched at least one rule that logs, on side A.
	Matched int
	// Rules are the rules they disagree on.
	Rules map[int]*Split
	// Verdict is one of the requests whose interruption differs.
	Verdict *Request
	// Both is how often each rule matched on both sides.
	Both map[int]int
}

// Split is a rule that matched on one side only.
type Split struct {
	// OnlyA and OnlyB are how many requests it matched on that side.
	OnlyA, OnlyB int
	// ExampleA and ExampleB are the smallest of them, nil for none.
	ExampleA, ExampleB *Request
}

// attempts is how often side A is asked where the two disagree.
const attempts = 8

// Compare puts requests through two engines and logs the classes of disagreement,
// the most frequent first, each with its smallest example. It fails the test
// only if it had no request; the caller decides what Stats may hold.
//
// Side A is asked again where B disagrees, and agrees if one of its answers is B's.
// Coraza keeps collections in Go maps and visits them in their random order, on
// which MATCHED_VAR, captures and, where names repeat, its cache of transformed
// values depend: it does not always agree with itself.
func Compare(t testing.TB, a, b Engine, reqs iter.Seq[Request]) Stats {
	t.Helper()
	s := Stats{Rules: map[int]*Split{}, Both: map[int]int{}}
	for req := range reqs {
		resp := Reflect(&req)
		ofA, ofB := a.Run(&req, resp), b.Run(&req, resp)
		d := Differ(ofA, ofB)
		for n := 1; n < attempts && !d.Agree(); n++ {
			again := a.Run(&req, resp)
			if other := Differ(again, ofB); other.Agree() {
				ofA, d = again, other
				s.Unsettled++
			}
		}
		s.add(&req, ofA, d)
	}
	if s.Requests == 0 {
		t.Error("compared no requests, want some")
	}
	t.Log(s.String())
	return s
}

func (s *Stats) add(req *Request, a Outcome, d Difference) {
	s.Requests++
	if len(a.IDs) > 0 {
		s.Matched++
	}
	if d.Agree() {
		s.Agree++
	}
	if d.Silent {
		s.Silent++
	}
	if d.Verdict {
		s.Verdicts++
		s.Verdict = smaller(s.Verdict, req)
	}
	for _, id := range without(a.IDs, d.OnlyA) {
		s.Both[id]++
	}
	for _, id := range d.OnlyA {
		r := s.rule(id)
		r.OnlyA++
		r.ExampleA = smaller(r.ExampleA, req)
	}
	for _, id := range d.OnlyB {
		r := s.rule(id)
		r.OnlyB++
		r.ExampleB = smaller(r.ExampleB, req)
	}
}

func (s *Stats) rule(id int) *Split {
	if s.Rules[id] == nil {
		s.Rules[id] = &Split{}
	}
	return s.Rules[id]
}

// smaller is the request that is easier to read.
func smaller(a, b *Request) *Request {
	if a != nil && len(a.String()) <= len(b.String()) {
		return a
	}
	kept := *b
	return &kept
}

// String is a report: totals, then a paragraph for each rule and side.
func (s *Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests, %d match on side A; %d agree, %d of them not at the first attempt, %d do not; %d verdicts differ; silent rules differ for %d\n",
		s.Requests, s.Matched, s.Agree, s.Unsettled, s.Requests-s.Agree, s.Verdicts, s.Silent)
	ids := slices.SortedFunc(maps.Keys(s.Rules), func(x, y int) int {
		if n := s.Rules[y].OnlyA + s.Rules[y].OnlyB - s.Rules[x].OnlyA - s.Rules[x].OnlyB; n != 0 {
			return n
		}
		return x - y
	})
	for _, id := range ids {
		r := s.Rules[id]
		if r.OnlyA > 0 {
			fmt.Fprintf(&b, "rule %d: only side A, %d times (both %d), such as\n%s\n", id, r.OnlyA, s.Both[id], indent(r.ExampleA))
		}
		if r.OnlyB > 0 {
			fmt.Fprintf(&b, "rule %d: only side B, %d times (both %d), such as\n%s\n", id, r.OnlyB, s.Both[id], indent(r.ExampleB))
		}
	}
	if s.Verdict != nil && len(ids) == 0 {
		fmt.Fprintf(&b, "verdict, such as\n%s\n", indent(s.Verdict))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func indent(req *Request) string {
	return "\t" + strings.ReplaceAll(strings.TrimSpace(req.String()), "\n", "\n\t")
}
