package jwks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/jose/josetest"
	"gatehouse/plugins/internal/policy"
)

func TestFirstFetch(t *testing.T) {
	w := newWorld(t, 1, Source{URI: "https://idp.example:8443/keys?v=1", Cluster: "idp", Timeout: 3 * time.Second})
	w.answer = always(respond(200, setA, "content-type: text/html"))
	w.want(0, Pending, "")
	w.tick()
	w.want(0, Pending, "")
	if len(w.calls) != 1 {
		t.Fatalf("calls %v", w.calls)
	}
	call := w.calls[0]
	if call.Cluster != "idp" || call.Timeout != 3*time.Second || call.Body != nil || call.ID != 1 {
		t.Errorf("call %+v", call)
	}
	for name, want := range map[string]string{
		":method": "GET", ":scheme": "https", ":authority": "idp.example:8443", ":path": "/keys?v=1",
		"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity", "if-none-match": "",
	} {
		if got, _ := call.Headers.First(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	w.run(time.Second)
	w.want(0, Fresh, "a")
	if w.workers[0].news != 1 {
		t.Errorf("told %d times of news, want once", w.workers[0].news)
	}
	if got := w.problems(); got != "" {
		t.Errorf("problems %s", got)
	}
}

// TestRefresh counts the calls of an hour under what an issuer says of how long
// its answer is fresh.
func TestRefresh(t *testing.T) {
	tests := []struct {
		name        string
		fields      string
		least, most int
	}{
		{"nothing said", "", 12, 14},
		{"ten minutes", "cache-control: public, max-age=600", 6, 7},
		{"a day is more than may be", "cache-control: max-age=86400", 1, 2},
		{"a second is less than may be", "cache-control: max-age=1", 120, 140},
		{"not to be stored", "cache-control: no-store", 120, 140},
		{"half of it gone", "cache-control: max-age=600|age: 300", 12, 14},
		{"older than it may be", "cache-control: max-age=600|age: 601", 120, 140},
		{"expires in ten minutes by its own clock", "date: Mon, 01 Jan 2024 00:00:00 GMT|expires: Mon, 01 Jan 2024 00:10:00 GMT", 6, 7},
		{"expired", "expires: 0", 120, 140},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 1, plain("idp"))
			w.answer = always(respond(200, setA, strings.Split(test.fields, "|")...))
			w.tick()
			w.run(5 * time.Second)
			for range 3600 {
				w.run(time.Second)
				w.want(0, Fresh, "a")
			}
			w.wantCalls(test.least, test.most)
		})
	}
}

func TestConditionalRequest(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	tag, set := `W/"1"`, setA
	w.answer = func(call policy.Call) *policy.Answer {
		if got, ok := call.Headers.First("if-none-match"); ok && got == tag {
			return respond(304, "", "cache-control: max-age=120")
		}
		return respond(200, set, "etag: "+tag, "cache-control: max-age=60")
	}
	w.tick()
	w.run(time.Second)
	before, _ := w.workers[0].Keys(w.now, 0)
	w.wantCalls(1, 1)
	w.run(200 * time.Second)
	w.want(0, Fresh, "a")
	if after, _ := w.workers[0].Keys(w.now, 0); after != before {
		t.Error("another set though nothing changed")
	}
	for _, call := range w.calls {
		if got, _ := call.Headers.First("if-none-match"); got != tag {
			t.Errorf("if-none-match %q, want %q", got, tag)
		}
	}
	w.wantCalls(2, 2)
	tag, set = `"2"`, setB
	w.run(120 * time.Second)
	w.want(0, Fresh, "b")

	// The store loses the text: the next request cannot be conditional.
	w.wantCalls(1, 2)
	delete(w.store.records, w.workers[0].sources[0].published)
	w.run(120 * time.Second)
	if _, conditional := w.calls[0].Headers.First("if-none-match"); conditional {
		t.Error("asked for a change of what is not there")
	}
	w.want(0, Fresh, "b")
	if got := w.problems(); got != "" {
		t.Errorf("problems %s", got)
	}
}

// TestTagOfSameText has the entity tag change and the text not.
func TestTagOfSameText(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	n := 0
	w.answer = func(call policy.Call) *policy.Answer {
		if got, ok := call.Headers.First("if-none-match"); ok != (n > 0) || ok && got != fmt.Sprintf("%q", fmt.Sprint(n)) {
			t.Errorf("call %d has if-none-match %q", n, got)
		}
		n++
		return respond(200, setA, fmt.Sprintf("etag: %q", fmt.Sprint(n)))
	}
	w.tick()
	w.run(time.Hour)
	if n < 12 {
		t.Errorf("%d calls", n)
	}
}

// TestForeignAnswer gives a worker answers to calls that it did not make.
func TestForeignAnswer(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(time.Second)
	for _, id := range []uint64{0, 1, 2, 1 << 63} {
		foreign := respond(200, setB)
		foreign.ID = id
		if calls, news := w.workers[0].Answer(w.now, foreign); calls != nil || news {
			t.Errorf("answer %d: %v %v", id, calls, news)
		}
	}
	w.run(time.Second)
	w.want(0, Fresh, "a")
}

func TestUnaskedNotModified(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.answer = always(respond(304, ""))
	w.tick()
	w.run(time.Second)
	w.want(0, Unavailable, "")
	if got := w.problems(); got != "0 bad_status 304 #1" {
		t.Errorf("problems %s", got)
	}
}

// TestAnswers gives a worker with a good set one answer of each kind.
func TestAnswers(t *testing.T) {
	padding := func(n int) string { return strings.Repeat(" ", n) }
	large := respond(200, setB)
	large.Size = 100 << 20
	short := respond(200, setB)
	short.Size++
	tests := []struct {
		name     string
		answer   *policy.Answer
		ids      string
		problems string
	}{
		{"good", respond(200, setB), "b", ""},
		{"whatever it calls itself", respond(200, setB, "content-type: image/png"), "b", ""},
		{"as large as may be", respond(200, setB+padding(jose.MaxKeySetSize-len(setB))), "b", ""},
		{"too large by a byte", respond(200, setB+padding(jose.MaxKeySetSize-len(setB)+1)), "a", "0 too_large 200 #1"},
		{"a hundred megabytes", large, "a", "0 too_large 200 #1"},
		{"not whole", short, "a", "0 bad_document 200 (the body is not whole) #1"},
		{"nobody answers", failed(), "a", "0 unreachable #1"},
		{"no status", &policy.Answer{Body: []byte(setB), Size: len(setB)}, "a", "0 bad_status #1"},
		{"server error", respond(503, setB), "a", "0 bad_status 503 #1"},
		{"redirect", respond(302, setB, "location: https://idp/other"), "a", "0 bad_status 302 #1"},
		{"other success", respond(203, setB), "a", "0 bad_status 203 #1"},
		{"garbage", respond(200, "\x00\xff<html>"), "a", `0 bad_document 200 (want a JSON object with an array "keys") #1`},
		{"nothing", respond(200, ""), "a", `0 bad_document 200 (want a JSON object with an array "keys") #1`},
		{"too many keys", respond(200, `{"keys":[`+strings.Repeat("{},", jose.MaxKeys)+`{}]}`), "a", "0 bad_document 200 (keys: 65 keys, want at most 64) #1"},
		{"no key", respond(200, `{"keys":[]}`), "a", "0 bad_document 200 (keys: want at least 1 key that verifies signatures) #1"},
		{"no good key", respond(200, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`), "a",
			"0 bad_document 200 (keys: want at least 1 key that verifies signatures; keys[0].k: private or symmetric key material, want a public key only) #1"},
		{"one good key of three", respond(200, `{"keys":[{"kty":"oct","k":"c2VjcmV0"},`+keyB.JWK()+`,{}]}`), "b",
			"0 key_skipped 200 (keys[0].k: private or symmetric key material, want a public key only); 0 key_skipped 200 (keys[2].kty: missing)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 1, plain("idp"))
			w.answer = always(respond(200, setA))
			w.tick()
			w.run(100 * time.Second)
			w.answer = func(policy.Call) *policy.Answer {
				w.answer = always(failed())
				return test.answer
			}
			w.wantCalls(1, 1)
			for len(w.calls) == 0 {
				w.run(time.Second)
			}
			w.run(time.Second)
			w.want(0, Fresh, test.ids)
			// Those of calls that came after are not looked at.
			if got := w.problems(); got != test.problems {
				t.Errorf("problems %s, want %s", got, test.problems)
			}
		})
	}
}

// TestOutage takes an issuer away for longer than its keys may be used, and
// gives it back.
func TestOutage(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(time.Second)
	w.wantCalls(1, 1)
	w.answer = always(failed())
	end := w.now.Add(-900 * time.Millisecond).Add(5*time.Minute + time.Hour)
	var states []string
	for last := Unavailable; w.now.Before(start.Add(2 * time.Hour)); {
		w.run(time.Second)
		set, state := w.workers[0].Keys(w.now, 0)
		if (set != nil) != (state >= Stale) {
			t.Fatalf("%v with set %v", state, set)
		}
		if set != nil && w.now.After(end) {
			t.Fatalf("keys used %v after they may be", w.now.Sub(end))
		}
		if state != last {
			states = append(states, fmt.Sprintf("%v@%d", state, int(w.now.Sub(start).Seconds())))
			last = state
		}
	}
	if got := strings.Join(states, " "); got != "fresh@2 stale@301 unavailable@3901" {
		t.Errorf("states %s", got)
	}
	// At most one call a half minute once the waits have grown, at least one a minute.
	w.wantCalls(115, 240)
	if wanted, calls := w.workers[0].WantKey(w.now, 0); wanted != NotFound || len(calls) > 0 {
		t.Errorf("an unknown key while the issuer fails: %v %v", wanted, calls)
	}
	w.answer = always(respond(200, setB))
	w.run(61 * time.Second)
	w.want(0, Fresh, "b")
	w.wantCalls(1, 1)

	// All is as before: the count of failures, and unknown keys.
	w.problems()
	w.answer = always(failed())
	if wanted, calls := w.workers[0].WantKey(w.now, 0); wanted != Awaited || len(calls) != 1 {
		t.Errorf("an unknown key: %v %v", wanted, calls)
	} else {
		w.make(w.workers[0], calls)
	}
	w.run(time.Second)
	if got := w.problems(); got != "0 unreachable #1" {
		t.Errorf("problems %s", got)
	}
}

// TestBackoff looks at the waits between calls to an issuer that is down from
// the start.
func TestBackoff(t *testing.T) {
	w := newWorld(t, 1, plain("idp"))
	w.latency = 0
	w.answer = always(failed())
	w.tick()
	w.run(10 * time.Minute)
	var at, before float64
	var waits []float64
	for _, line := range w.log[1:] {
		fmt.Sscan(line, &at)
		waits = append(waits, at-before)
		before = at
	}
	if again := waits[6:]; slices.Min(again) == slices.Max(again) {
		t.Errorf("the same wait every time: %v", again)
	}
	for i, wait := range waits {
		// An answer is seen and the time is noticed a tick late.
		most := min(1<<min(i, 6), 60)
		if wait < float64(most)/2 || wait > float64(most)+2 {
			t.Errorf("wait %d is %v s, want %d to %d", i, wait, most/2, most+2)
		}
	}
	if len(waits) < 12 {
		t.Errorf("%d waits", len(waits))
	}
	w.want(0, Unavailable, "")
	problems := w.workers[0].Problems()
	if n := len(problems); n < 12 || problems[n-1].Kind != Unreachable || problems[n-1].Failures != n {
		t.Errorf("problems %v", problems)
	}
	if again := w.workers[0].Problems(); again != nil {
		t.Errorf("problems again %v", again)
	}

	s := plain("idp")
	s.Refresh = 10 * time.Second
	w = newWorld(t, 1, s)
	w.answer = always(failed())
	w.tick()
	w.run(20 * time.Second)
	w.wantCalls(4, 20)
	w.run(10 * time.Minute)
	w.wantCalls(55, 125)
}

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		name, value string
		least, most int
	}{
		{"two minutes", "120", 120, 122},
		{"a date", "Wed, 25 Nov 2026 12:03:20 GMT", 199, 203},
		{"more than the refresh", "86400", 300, 302},
		{"not a time", "soon", 0, 3},
		{"the past", "Wed, 25 Nov 2020 12:00:00 GMT", 0, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 1, plain("idp"))
			w.answer = always(respond(429, "", "retry-after: "+test.value))
			w.tick()
			w.run(time.Second)
			w.wantCalls(1, 1)
			for len(w.calls) == 0 {
				w.run(time.Second)
			}
			if waited := int(w.now.Sub(start).Seconds()) - 1; waited < test.least || waited > test.most {
				t.Errorf("waited %d s, want %d to %d", waited, test.least, test.most)
			}
		})
	}
}

// TestBadIssuerDelaysNobody has nine issuers that fail in all ways and a good
// one after them.
func TestBadIssuerDelaysNobody(t *testing.T) {
	var sources []Source
	bad := []*policy.Answer{failed(), nil, respond(500, ""), respond(302, ""), respond(200, ""), respond(200, "{}"),
		respond(429, "", "retry-after: 9999"), respond(200, strings.Repeat("x", policy.MaxAnswer)), respond(304, "")}
	for i := range bad {
		sources = append(sources, plain(fmt.Sprint("bad", i)))
	}
	w := newWorld(t, 2, append(sources, plain("good"))...)
	w.answer = func(call policy.Call) *policy.Answer {
		var i int
		if _, err := fmt.Sscanf(call.Cluster, "bad%d", &i); err != nil {
			return respond(200, setA)
		}
		if bad[i] == nil {
			return nil
		}
		copied := *bad[i]
		return &copied
	}
	w.tick()
	if len(w.calls) != len(sources)+1 {
		t.Fatalf("%d calls, want %d", len(w.calls), len(sources)+1)
	}
	w.run(time.Second)
	for range 3600 {
		w.run(time.Second)
		w.want(len(bad), Fresh, "a")
	}
	good := 0
	for _, call := range w.calls {
		if call.Cluster == "good" {
			good++
		}
	}
	if good < 12 || good > 14 {
		t.Errorf("%d calls to the good one", good)
	}
	for i := range bad {
		if _, state := w.workers[0].Keys(w.now, i); state != Unavailable && bad[i] != nil {
			t.Errorf("source %d is %v", i, state)
		}
	}
}

// TestRotation has a new key appear, tokens of which come in at once, and the
// old one vanish.
func TestRotation(t *testing.T) {
	const claims = `{"sub":"x"}`
	verifies := func(w *world, key *josetest.Key) bool {
		set, _ := w.workers[0].Keys(w.now, 0)
		token, err := jose.ParseCompact(key.Token(claims))
		if err != nil {
			t.Fatal(err)
		}
		return token.Verify(set, jose.AllAlgorithms(), nil) == nil
	}
	w := newWorld(t, 1, plain("idp"))
	set := setA
	w.answer = func(policy.Call) *policy.Answer { return respond(200, set) }
	w.tick()
	w.run(90 * time.Second)
	w.wantCalls(1, 1)
	if !verifies(w, keyA) || verifies(w, keyB) {
		t.Fatal("before the rotation")
	}
	set = josetest.Set(keyA, keyB)
	wanted, calls := w.workers[0].WantKey(w.now, 0)
	if wanted != Awaited || len(calls) != 1 {
		t.Fatalf("WantKey = %v, %v", wanted, calls)
	}
	w.make(w.workers[0], calls)
	if again, calls := w.workers[0].WantKey(w.now, 0); again != Awaited || len(calls) != 0 {
		t.Fatalf("second WantKey = %v, %v", again, calls)
	}
	w.run(time.Second)
	if !verifies(w, keyA) || !verifies(w, keyB) {
		t.Fatal("after the first refetch")
	}
	w.wantCalls(1, 1)
	set = setB
	w.run(6 * time.Minute)
	if verifies(w, keyA) || !verifies(w, keyB) {
		t.Fatal("after the old key has gone")
	}
}

// TestUnknownKeys floods a worker with unknown keys for ten minutes.
func TestUnknownKeys(t *testing.T) {
	for _, answer := range []*policy.Answer{respond(200, setA, "cache-control: max-age=3600"), respond(304, ""), failed(), nil} {
		w := newWorld(t, 3, plain("idp"))
		w.answer = always(respond(200, setA, "cache-control: max-age=3600", `etag: "1"`))
		w.tick()
		w.run(2 * time.Second)
		w.wantCalls(1, 1)
		if answer == nil {
			w.answer = func(policy.Call) *policy.Answer { return nil }
		} else {
			w.answer = always(answer)
		}
		for range 600 {
			for range 100 {
				for _, by := range w.workers {
					wanted, calls := by.WantKey(w.now, 0)
					if len(calls) > 0 && wanted != Awaited {
						t.Fatalf("%v with calls", wanted)
					}
					w.make(by, calls)
				}
			}
			w.run(time.Second)
		}
		switch {
		case answer == nil: // each lost lease is tried again, as ever
			w.wantCalls(10, 75)
		case answer.Failed:
			w.wantCalls(12, 25) // back-off alone
		default:
			w.wantCalls(18, 20)
		}
		for _, by := range w.workers {
			if set, state := by.Keys(w.now, 0); keyIDs(set) != "a" || state != Fresh {
				t.Errorf("keys %q, %v", keyIDs(set), state)
			}
		}
	}
}

func TestNoSuchSource(t *testing.T) {
	w := newWorld(t, 1)
	f := w.workers[0].Fetcher
	for _, i := range []int{-1, 0, 7} {
		set, state := f.Keys(w.now, i)
		wanted, calls := f.WantKey(w.now, i)
		if set != nil || state != Unavailable || wanted != NotFound || calls != nil {
			t.Errorf("source %d: %v %v %v %v", i, set, state, wanted, calls)
		}
	}
	if calls, news := f.Answer(w.now, respond(200, setA)); calls != nil || news {
		t.Errorf("Answer = %v, %v", calls, news)
	}
}

// TestSetBackClock sets the clock back by years, and forth again.
func TestSetBackClock(t *testing.T) {
	w := newWorld(t, 2, plain("idp"))
	w.answer = always(respond(200, setA))
	w.tick()
	w.run(time.Second)
	for _, jump := range []time.Duration{-10 * 365 * 24 * time.Hour, 20 * 365 * 24 * time.Hour, -100 * time.Hour} {
		w.now = w.now.Add(jump)
		if set, state := w.workers[0].Keys(w.now, 0); set != nil || state != Unavailable {
			t.Errorf("after a jump of %v: %v", jump, state)
		}
		w.tick()
		w.run(2 * time.Second)
		w.want(0, Fresh, "a")
	}
	w.wantCalls(4, 4)
}

func TestNames(t *testing.T) {
	for kind := Unreachable; kind <= BadKeySetURI; kind++ {
		if name := kind.String(); name == "" || name == "unknown" {
			t.Errorf("kind %d: %q", kind, name)
		}
	}
	if Kind(99).String() != "unknown" || Fresh.String() != "fresh" || Unavailable.String() != "unavailable" {
		t.Error("names")
	}
}
