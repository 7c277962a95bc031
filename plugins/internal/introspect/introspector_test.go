package introspect

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

var start = time.UnixMilli(1800000000000)

// state looks a token up, and tells how many calls it takes.
func state(i *Introspector, now time.Time, token string) (State, int) {
	result, s, calls := i.Lookup(now, token)
	if (result != nil) != (s == Active) {
		panic("a result without Active, or Active without a result")
	}
	return s, len(calls)
}

// TestOutcomes: how long each outcome is known.
func TestOutcomes(t *testing.T) {
	exp := func(d time.Duration) string { return strconv.FormatInt(start.Add(d).Unix(), 10) }
	tests := []struct {
		name   string
		answer *policy.Answer
		want   State
		known  time.Duration
	}{
		{"active", answer(1, "200", `{"active":true}`), Active, time.Minute},
		{"active, and expires later", answer(1, "200", `{"active":true,"exp":`+exp(time.Hour)+`}`), Active, time.Minute},
		{"active, and expires earlier", answer(1, "200", `{"active":true,"exp":`+exp(20*time.Second)+`}`), Active, 20 * time.Second},
		{"active, and expired", answer(1, "200", `{"active":true,"exp":`+exp(-time.Hour)+`}`), Active, hold},
		{"not active", answer(1, "200", `{"active":false}`), Inactive, 10 * time.Second},
		{"an error", answer(1, "500", ``), Failed, hold},
		{"no answer", &policy.Answer{ID: 1, Failed: true}, Failed, hold},
		{"garbage", answer(1, "200", `<`), Failed, hold},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := New(configOf(t, basic), 1)
			if s, calls := state(i, start, "a"); s != Wait || calls != 1 {
				t.Fatalf("first: %v, %d calls", s, calls)
			}
			for range 3 {
				if s, calls := state(i, start.Add(time.Second), "a"); s != Wait || calls != 0 {
					t.Fatalf("while the call is under way: %v, %d calls", s, calls)
				}
			}
			if _, ours := i.Answer(start, tt.answer); !ours {
				t.Fatal("not ours")
			}
			for _, after := range []time.Duration{0, tt.known - time.Millisecond} {
				if s, calls := state(i, start.Add(after), "a"); s != tt.want || calls != 0 {
					t.Errorf("after %v: %v, %d calls, want %v", after, s, calls, tt.want)
				}
			}
			if s, calls := state(i, start.Add(tt.known), "a"); s != Wait || calls != 1 {
				t.Errorf("after %v: %v, %d calls, want another call", tt.known, s, calls)
			}
		})
	}
}

func TestTokensThatAreNotAskedAbout(t *testing.T) {
	i := New(configOf(t, basic), 1)
	for _, token := range []string{"", strings.Repeat("a", MaxToken+1)} {
		if s, calls := state(i, start, token); s != Inactive || calls != 0 {
			t.Errorf("%d bytes: %v, %d calls", len(token), s, calls)
		}
	}
	if s, calls := state(i, start, strings.Repeat("a", MaxToken)); s != Wait || calls != 1 {
		t.Errorf("the longest: %v, %d calls", s, calls)
	}
}

func TestCallsInFlight(t *testing.T) {
	i := New(configOf(t, basic+`,"max_in_flight":2`), 1)
	for n, want := range []int{1, 1, 0, 0} {
		if s, calls := state(i, start, strconv.Itoa(n)); s != Wait || calls != want {
			t.Errorf("token %d: %v, %d calls, want %d", n, s, calls, want)
		}
	}
	i.Answer(start, answer(1, "200", `{"active":false}`))
	if s, calls := state(i, start, "3"); s != Wait || calls != 1 {
		t.Errorf("once there is room: %v, %d calls", s, calls)
	}
	// Calls that never come back do not take up room for ever.
	later := start.Add(5*time.Second + hold)
	if s, calls := state(i, later, "4"); s != Wait || calls != 1 {
		t.Errorf("once they must be over: %v, %d calls", s, calls)
	}
	if s, calls := state(i, later, "1"); s != Wait || calls != 1 {
		t.Errorf("one of them again: %v, %d calls", s, calls)
	}
	if _, ours := i.Answer(later, answer(2, "200", `{"active":true}`)); !ours {
		t.Error("an answer that is too late is not ours")
	}
	if s, _ := state(i, later, "1"); s != Wait {
		t.Errorf("an answer that is too late is taken: %v", s)
	}
	if _, ours := i.Answer(later, answer(0, "200", `{"active":true}`)); ours {
		t.Error("the answer to another call is taken")
	}
}

func TestFaultsAreReportedOnce(t *testing.T) {
	i := New(configOf(t, basic), 1)
	var messages []string
	for n := range 30 {
		now := start.Add(time.Duration(n) * time.Second)
		_, _, calls := i.Lookup(now, "secret-token-"+strconv.Itoa(n))
		w, _ := i.Answer(now, answer(calls[0].ID, "401", `{"error":"secret"}`))
		messages = append(messages, w.Messages...)
	}
	if got := strings.Join(messages, "\n"); len(messages) != 3 || strings.Contains(got, "secret") || !strings.Contains(got, "authentication") {
		t.Errorf("%d messages: %s", len(messages), got)
	}
}

// TestMemory: made-up tokens, large answers and many tokens take a bounded amount of
// memory, and do not push out a token that is used.
func TestMemory(t *testing.T) {
	i := New(configOf(t, basic+`,"max_entries":100,"max_age":"1h","negative_age":"1h"`), 1)
	learn := func(token, body string) {
		t.Helper()
		_, _, calls := i.Lookup(start, token)
		if len(calls) != 1 {
			t.Fatalf("%s: %d calls", token, len(calls))
		}
		i.Answer(start, answer(calls[0].ID, "200", body))
	}
	learn("used", `{"active":true}`)
	for n := range 20000 {
		learn("made-up-"+strconv.Itoa(n), `{"active":false}`)
		if n%40 == 0 {
			learn("good-"+strconv.Itoa(n), `{"active":true}`)
			if s, _ := state(i, start, "used"); s != Active {
				t.Fatalf("forgotten after %d tokens", n)
			}
		}
	}
	for n := range 200 {
		learn("large-"+strconv.Itoa(n), `{"active":true,"a":"`+strings.Repeat("a", 60000)+`"}`)
		if s, _ := state(i, start, "used"); s != Active {
			t.Fatalf("forgotten after %d large answers", n)
		}
	}
	bytes := 0
	for _, generation := range []map[key]remembered[*Result]{i.active.young, i.active.old} {
		if len(generation) > 50 {
			t.Errorf("%d active tokens in a generation", len(generation))
		}
		for _, r := range generation {
			bytes += len(r.value.Raw)
		}
	}
	if bytes > 2*maxBytes {
		t.Errorf("%d bytes of answers", bytes)
	}
	if n := len(i.inactive.young) + len(i.inactive.old); n > 2*maxNegative {
		t.Errorf("%d tokens that are not active", n)
	}
	if len(i.flights) != 0 || len(i.asked) != 0 {
		t.Errorf("%d and %d calls under way", len(i.flights), len(i.asked))
	}
}

// TestAgainstServer lets requests, answers and time run in a random order, and holds
// what is said of a token against what the server thought of it.
func TestAgainstServer(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		const most = 3
		i := New(configOf(t, basic+`,"max_entries":16,"max_in_flight":3,"max_age":"10s","negative_age":"5s","timeout":"2s"`), 10)
		type opinion struct {
			active  bool
			changed time.Time
		}
		opinions := map[string]opinion{}
		open := map[uint64]string{}
		now := start
		for range 2000 {
			token := "token-" + strconv.Itoa(random.IntN(40))
			switch random.IntN(4) {
			case 0:
				now = now.Add(time.Duration(random.IntN(1500)) * time.Millisecond)
			case 1:
				opinions[token] = opinion{random.IntN(2) == 0, now}
			case 2:
				for id, asked := range open {
					delete(open, id)
					a := answer(id, "200", fmt.Sprintf(`{"active":%v,"sub":%q}`, opinions[asked].active, asked))
					if random.IntN(5) == 0 {
						a = &policy.Answer{ID: id, Failed: true}
					}
					i.Answer(now, a)
					break
				}
			default:
				result, s, calls := i.Lookup(now, token)
				for _, c := range calls {
					for id, asked := range open {
						if f, ok := i.flights[id]; asked == token && ok && now.Before(f.until) {
							t.Fatalf("seed %d: two calls for one token", seed)
						}
					}
					open[c.ID] = token
				}
				if len(i.flights) > most {
					t.Fatalf("seed %d: %d calls under way", seed, len(i.flights))
				}
				o := opinions[token]
				switch {
				case s == Active && result.Claims.Subject != token:
					t.Fatalf("seed %d: the result of another token", seed)
				case s == Active && !o.active && now.Sub(o.changed) > 10*time.Second && !o.changed.IsZero():
					t.Fatalf("seed %d: active %v after it was revoked", seed, now.Sub(o.changed))
				case s == Inactive && o.active && now.Sub(o.changed) > 5*time.Second:
					t.Fatalf("seed %d: not active %v after it was issued", seed, now.Sub(o.changed))
				}
			}
		}
	}
}

func TestKnownTokensAllocateNothing(t *testing.T) {
	i := New(configOf(t, basic), 1)
	i.Lookup(start, "a")
	i.Answer(start, answer(1, "200", `{"active":true}`))
	if n := testing.AllocsPerRun(100, func() { i.Lookup(start, "a") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParse: an answer that is taken is a JSON object with an active of true and
// claims of the right types, whatever a server sends.
func FuzzParse(f *testing.F) {
	f.Add(`{"active":true,"aud":["a"],"exp":1419356238.5}`)
	f.Add(`{"active":false}`)
	f.Add(`{"active":true,"scope":"a\u0062"}`)
	f.Fuzz(func(t *testing.T, body string) {
		i := New(configOf(t, basic), 1)
		i.Lookup(start, "a")
		i.Answer(start, answer(1, "200", body))
		result, s, _ := i.Lookup(start, "a")
		if s == Wait || (s == Active) != (result != nil) {
			t.Fatalf("%q: %v", body, s)
		}
		if result != nil && (result.Claims.Object.Get("active").Raw() != "true" || result.Raw != body) {
			t.Fatalf("%q: %q", body, result.Raw)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	i := New(configOf(b, basic), 1)
	token := "2YotnFZFEjr1zCsicMWpAA2YotnFZFEjr1zCsicMWpAA"
	i.Lookup(start, token)
	i.Answer(start, answer(1, "200", `{"active":true}`))
	b.ReportAllocs()
	for b.Loop() {
		if _, s, _ := i.Lookup(start, token); s != Active {
			b.Fatal(s)
		}
	}
}
