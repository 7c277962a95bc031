//go:build !wasip1

package engine_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/plugins/waf/crs/source"
	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/waftest"
)

// TestFiltersDecideNothing compares the engine with one that tries every rule on
// every value, over mutations of attacks.
func TestFiltersDecideNothing(t *testing.T) {
	tests, err := waftest.Tests()
	if err != nil {
		t.Fatal(err)
	}
	directives := waftest.Directives(4, false)
	plain := newSubject(t, directives, engine.Options{NoFilter: true})
	filtered := newSubject(t, directives, engine.Options{})
	stats := waftest.Compare(t, plain, filtered, waftest.Mutations(tests, waftest.Requests(2000), 7))
	if stats.Agree != stats.Requests || stats.Silent != 0 || stats.Unsettled != 0 {
		t.Errorf("%d of %d requests agree, %d not at once; rules with nolog differ for %d", stats.Agree, stats.Requests, stats.Unsettled, stats.Silent)
	}
}

// TestATransactionForgets runs requests in turn, each through an engine that has
// seen others and through one that has seen none.
func TestATransactionForgets(t *testing.T) {
	tests, err := waftest.Tests()
	if err != nil {
		t.Fatal(err)
	}
	set, err := source.Compile(waftest.Directives(4, false))
	if err != nil {
		t.Fatal(err)
	}
	used := newSubject(t, waftest.Directives(4, false), engine.Options{})
	n := 0
	for request := range waftest.Mutations(tests, 60, 11) {
		fresh, err := engine.New(set, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		response := waftest.Reflect(&request)
		want := (&subject{e: fresh}).Run(&request, response)
		for range 2 {
			if got := used.Run(&request, response); !slices.Equal(got.AllIDs, want.AllIDs) || got.Status != want.Status {
				t.Errorf("%s\nmatched %v with %d, a new engine %v with %d", request.String(), got.AllIDs, got.Status, want.AllIDs, want.Status)
			}
		}
		n++
	}
	if n != 60 {
		t.Errorf("ran %d requests, want 60", n)
	}
}

var fuzzed = sync.OnceValues(func() ([2]*subject, error) {
	var both [2]*subject
	set, err := source.Compile(waftest.Directives(4, false))
	if err != nil {
		return both, err
	}
	for i := range both {
		e, err := engine.New(set, engine.Options{NoFilter: i == 0, RegexMemory: 1 << 20})
		if err != nil {
			return both, err
		}
		both[i] = &subject{e: e}
	}
	return both, nil
})

// FuzzEngine sends any request through the engine with its filters and without,
// with little memory for automata.
func FuzzEngine(f *testing.F) {
	tests, err := waftest.Tests()
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(tests); i += 23 {
		r := &tests[i].Stages[0].Request
		f.Add(r.Method, r.URI, r.Header("User-Agent"), r.Header("Content-Type"), string(r.Body))
	}
	f.Fuzz(func(t *testing.T, method, uri, agent, kind, body string) {
		both, err := fuzzed()
		if err != nil {
			t.Fatal(err)
		}
		request := &waftest.Request{
			Method: method, URI: uri, Protocol: "HTTP/1.1", Body: []byte(body),
			Headers:    [][2]string{{"Host", "localhost"}, {"User-Agent", agent}, {"Content-Type", kind}},
			RemoteAddr: "198.51.100.7",
		}
		response := &waftest.Response{Status: 200, Protocol: "HTTP/1.1", Headers: [][2]string{{"Content-Type", "text/html"}}, Body: []byte(body)}
		without, with := both[0].Run(request, response), both[1].Run(request, response)
		if !slices.Equal(without.AllIDs, with.AllIDs) || without.Status != with.Status {
			t.Errorf("with filters %v, without %v", with.AllIDs, without.AllIDs)
		}
	})
}

// BenchmarkWorst is time per byte of values that make automata grow, and of
// harmless text of the same length, to be compared.
func BenchmarkWorst(b *testing.B) {
	s := newSubject(b, waftest.Directives(4, false), engine.Options{})
	for _, value := range []struct{ name, unit string }{
		{"benign", "the quick brown fox jumps over the lazy dog and runs away. "},
		{"quotes", `'"` + "`"},
		{"parentheses", "((((a))))"},
		{"sql", "select union from where 1=1 or "},
		{"html", "<a href=x onclick="},
		{"shell", "$(${IFS}a;b|c&&"},
		{"spaces", "          "},
		{"escapes", `\x41%41\u0041&#65;`},
		{"random", "a1B2-c3_D4.e5/F6"},
	} {
		const size = 64 << 10
		text := strings.Repeat(value.unit, size/len(value.unit)+1)[:size]
		b.Run(value.name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				tx := s.e.Begin(time.Unix(1700000000, 0), "id")
				tx.Request("POST", "/", "HTTP/1.1")
				tx.RequestHeader("Host", "localhost")
				tx.RequestHeader("Content-Type", "application/x-www-form-urlencoded")
				tx.RequestHeaders()
				tx.RequestBody("a="+strings.ReplaceAll(strings.ReplaceAll(text, "&", "%26"), "=", "%3d"), true)
				if len(tx.Matches()) == 0 {
					b.Fatal("no rule matched, not even those that set up")
				}
				tx.Close()
			}
		})
	}
}
