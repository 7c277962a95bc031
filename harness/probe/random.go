package probe

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"gatehouse/harness"
)

// Random returns count scenarios made from chance alone: chains of one to three
// plugins that make random calls, good and bad, pause and answer at random, and
// random traffic. The same seed gives the same scenarios.
//
// What is left out is what crashes Envoy: letting a response go, closing a
// stream or answering where there is nothing left to answer.
func Random(seed uint64, count int) []Scenario {
	var scenarios []Scenario
	for i := range count {
		r := &dice{rand.New(rand.NewPCG(seed, uint64(i)))}
		s := Scenario{Name: fmt.Sprintf("random-%d-%d", seed, i), HTTP2Upstream: true}
		for range 1 + r.IntN(3) {
			s.Filters = append(s.Filters, Filter{Script: r.script(s.Name), StopsAtHeaders: r.IntN(4) == 0})
		}
		for range 1 + r.IntN(2) {
			s.Steps = append(s.Steps, r.step())
		}
		scenarios = append(scenarios, s)
	}
	return scenarios
}

type dice struct{ *rand.Rand }

func pick[T any](r *dice, from []T) T { return from[r.IntN(len(from))] }

// script is a random script. Each callback gets a few calls, and one that may
// pause pauses seldom.
func (r *dice) script(scenario string) string {
	var b strings.Builder
	all := groups()
	for _, callback := range []string{"configure", "context_create", "request_headers", "request_body#1", "request_body", "request_trailers", "response_headers", "response_body#1", "response_body", "response_trailers", "log", "done"} {
		if r.IntN(3) == 0 {
			continue
		}
		fmt.Fprintf(&b, "on %s\n", callback)
		for range r.IntN(6) {
			g := pick(r, all)
			if g.name == "callouts" || g.name == "wasi" {
				continue
			}
			if g.name == "buffers" && (callback == "log" || callback == "done") {
				// After a reply that waited, Envoy reads a buffer there that is gone.
				continue
			}
			call := strings.ReplaceAll(pick(r, g.calls), "@", scenario)
			switch {
			case strings.HasPrefix(call, "set_effective_context"), strings.Contains(call, "expr_"), strings.Contains(call, "$"):
				// The first moves the calls after it elsewhere; the harness knows no
				// expressions; tokens depend on calls that chance may have left out.
			default:
				b.WriteString(call + "\n")
			}
		}
		stream := strings.HasPrefix(callback, "request") || strings.HasPrefix(callback, "response")
		if stream && r.IntN(3) == 0 {
			b.WriteString(r.change() + "\n")
		}
		switch {
		case callback == "request_headers" && r.IntN(8) == 0, callback == "request_body" && r.IntN(8) == 0:
			b.WriteString(`send_local_response 403 "chance" "no entry" pairs:"x-why","chance" 4294967295` + "\n")
		case strings.HasSuffix(callback, "body#1") && r.IntN(2) == 0:
			b.WriteString("return 1\n")
		}
	}
	return b.String()
}

// change is a call that changes what goes on.
func (r *dice) change() string {
	name := fmt.Sprintf("x-%c", 'a'+rune(r.IntN(4)))
	kind := r.IntN(4)
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("add_header_map_value %d %q %q", kind, name, "added")
	case 1:
		return fmt.Sprintf("replace_header_map_value %d %q %q", kind, name, "replaced")
	case 2:
		return fmt.Sprintf("remove_header_map_value %d %q", kind, name)
	case 3:
		return fmt.Sprintf("set_buffer_bytes %d %d %d %q", r.IntN(2), pick(r, []int{0, 0, 1, 1000}), pick(r, []int{0, 1, 1000}), "[set]")
	}
	return fmt.Sprintf("get_header_map_pairs %d", kind)
}

// step is random traffic over HTTP/2, whose frames arrive as they were sent.
func (r *dice) step() Step {
	fields := func() string {
		var b strings.Builder
		for range r.IntN(5) {
			fmt.Fprintf(&b, "x-%c: %d\n", 'a'+rune(r.IntN(4)), r.IntN(10))
		}
		return b.String()
	}
	body := func() []string {
		var chunks []string
		for range r.IntN(4) {
			chunks = append(chunks, strings.Repeat(string('a'+rune(r.IntN(26))), 1+r.IntN(20)))
		}
		return chunks
	}
	s := Step{Protocol: HTTP2, Request: post("/random", fields(), body()...), Response: ok(fields(), body()...)}
	maybeTrailers := func(m harness.Message) harness.Message {
		if r.IntN(3) == 0 {
			return withTrailers(m, "x-t: 1\n"+fields())
		}
		return m
	}
	s.Request, s.Response = maybeTrailers(s.Request), maybeTrailers(s.Response)
	return impatient(s)
}
