package revocation

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/policy"
)

// configOf decodes a configuration of one list to fetch.
func configOf(t testing.TB, members string) *Config {
	t.Helper()
	var c Config
	if err := config.Decode([]byte(`{"fetch":[{"uri":"https://lists.example/revoked.json?a=b","cluster":"lists"`+members+`}]}`), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestConfigsThatAreRefused(t *testing.T) {
	tests := []struct{ name, document, want string }{
		{"no cluster", `{"fetch":[{"uri":"https://a/"}]}`, "config: fetch[0].cluster: required"},
		{"no URL", `{"fetch":[{"cluster":"a"}]}`, "config: fetch[0].uri: required"},
		{"a URL that is none", `{"fetch":[{"uri":"https://u:p@a/","cluster":"a"}]}`, "config: fetch[0].uri: want a host"},
		{"too often", `{"fetch":[{"uri":"https://a/","cluster":"a","refresh":"500ms"}]}`, "config: fetch[0].refresh: want at least 1s"},
		{"bounds the wrong way round", `{"fetch":[{"uri":"https://a/","cluster":"a","refresh":"5s","min_refresh":"6s"}]}`, "config: fetch[0].min_refresh: want at most refresh"},
		{"twice", `{"fetch":[{"uri":"https://a/","cluster":"a"},{"uri":"https://a","cluster":"a"}]}`, "config: fetch[1]: the same as entry 0"},
		{"another word", `{"fetch":[{"uri":"https://a/","cluster":"a","on_unavailable":"ignore"}]}`, "config: fetch[0].on_unavailable: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			if err := config.Decode([]byte(tt.document), &c); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	if c := configOf(t, `,"refresh":"2s"`); c.Fetch[0].MinRefresh.Std() != 2*time.Second {
		t.Errorf("min_refresh %v, want refresh", c.Fetch[0].MinRefresh)
	}
}

func answer(id uint64, status, body string, headers ...string) *policy.Answer {
	a := &policy.Answer{ID: id, Headers: policy.Headers{{Name: ":status", Value: status}}, Body: []byte(body), Size: len(body)}
	for i := 0; i < len(headers); i += 2 {
		a.Headers = append(a.Headers, policy.Header{Name: headers[i], Value: headers[i+1]})
	}
	return a
}

var start = time.UnixMilli(1800000000000)

// verdict asks about a token whose id is "bad".
func verdict(l *Lists, now time.Time) Why {
	_, why := l.Revoked(now, "https://issuer.example", "alice", "app", "bad", start)
	return why
}

func TestFirstFetch(t *testing.T) {
	tests := []struct {
		name          string
		members       string
		answer        *policy.Answer
		before, after Why
		message       string
	}{
		{"a list", "", answer(7, "200", `{"jti":["bad"]}`), Pending, TokenID, ""},
		{"an empty list", "", answer(7, "200", `{}`), Pending, NotRevoked, ""},
		{"no answer", "", &policy.Answer{ID: 7, Failed: true}, Pending, Unavailable, "no answer from its cluster"},
		{"no answer, and it does not matter", `,"on_unavailable":"allow"`, &policy.Answer{ID: 7, Failed: true}, NotRevoked, NotRevoked, "no answer from its cluster"},
		{"an error", "", answer(7, "500", `{}`), Pending, Unavailable, "an answer of another status than 200"},
		{"nothing new, although nothing is known", "", answer(7, "304", ``), Pending, Unavailable, "an answer of another status than 200"},
		{"an empty answer", "", answer(7, "200", ``), Pending, Unavailable, "revocation list: no JSON object, or one with duplicate members"},
		{"garbage", "", answer(7, "200", `<html>secret</html>`), Pending, Unavailable, "revocation list: no JSON object, or one with duplicate members"},
		{"another document", "", answer(7, "200", `{"keys":[]}`), Pending, Unavailable, "revocation list: unknown member"},
		{"a document that is too large", "", &policy.Answer{ID: 7, Headers: policy.Headers{{Name: ":status", Value: "200"}}, Body: []byte(`{}`), Size: 100 << 20}, Pending, Unavailable, "a document of more than 1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := New(configOf(t, tt.members), 7, nil)
			if got := verdict(l, start); got != tt.before {
				t.Errorf("before: %v, want %v", got, tt.before)
			}
			w := l.Tick(start)
			if len(w.Calls) != 1 {
				t.Fatalf("%d calls, want 1", len(w.Calls))
			}
			if got := verdict(l, start); got != tt.before {
				t.Errorf("during the call: %v, want %v", got, tt.before)
			}
			if w := l.Tick(start.Add(time.Second)); len(w.Calls) != 0 {
				t.Error("a second call while the first is under way")
			}
			w, ours := l.Answer(start.Add(2*time.Second), tt.answer)
			want := ""
			if tt.message != "" {
				want = "revocation list 0: " + tt.message
			}
			if got := strings.Join(w.Messages, "|"); !ours || got != want {
				t.Errorf("ours %v, messages %q, want %q", ours, got, want)
			}
			if got := verdict(l, start.Add(2*time.Second)); got != tt.after {
				t.Errorf("after: %v, want %v", got, tt.after)
			}
		})
	}
}

func TestCallAndItsAnswers(t *testing.T) {
	l := New(configOf(t, ""), 7, nil)
	c := l.Tick(start).Calls[0]
	want := "[{:method GET} {:scheme https} {:authority lists.example} {:path /revoked.json?a=b} {accept application/json}]"
	if got := fmt.Sprint(c.Headers); c.ID != 7 || c.Cluster != "lists" || c.Timeout != 5*time.Second || c.Body != nil || got != want {
		t.Errorf("call %+v", c)
	}
	if _, ours := l.Answer(start, answer(8, "200", `{}`)); ours {
		t.Error("the answer to another call is taken")
	}
	l.Answer(start, answer(7, "200", `{"jti":["bad"]}`, "etag", `W/"v1"`))
	if _, ours := l.Answer(start, answer(7, "200", `{}`)); !ours || verdict(l, start) != TokenID {
		t.Error("an answer that nobody waits for is taken")
	}
	later := start.Add(time.Minute)
	c = l.Tick(later).Calls[0]
	if got := fmt.Sprint(c.Headers); got != strings.TrimSuffix(want, "]")+` {if-none-match W/"v1"}]` {
		t.Errorf("second call %s", got)
	}
	l.Answer(later, answer(7, "304", ""))
	if why := verdict(l, later.Add(50*time.Minute)); why != TokenID {
		t.Errorf("after a 304: %v", why)
	}
}

func TestFreshness(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		want    time.Duration // until the next fetch
	}{
		{"nothing said", nil, time.Minute},
		{"within bounds", []string{"cache-control", "public, max-age=30"}, 30 * time.Second},
		{"longer than refresh", []string{"cache-control", "max-age=86400"}, time.Minute},
		{"shorter than min_refresh", []string{"cache-control", "max-age=0"}, 5 * time.Second},
		{"no-store", []string{"cache-control", "no-store, max-age=30"}, 5 * time.Second},
		{"no-cache in another case", []string{"cache-control", "No-Cache"}, 5 * time.Second},
		{"partly over", []string{"cache-control", "max-age=30", "age", "10"}, 20 * time.Second},
		{"long over", []string{"cache-control", "max-age=30", "age", "100"}, 5 * time.Second},
		{"two fields that differ", []string{"cache-control", "max-age=30", "cache-control", "max-age=20"}, 5 * time.Second},
		{"quoted", []string{"cache-control", `max-age="30"`}, 30 * time.Second},
		{"nonsense", []string{"cache-control", "max-age=-1"}, 5 * time.Second},
		{"an age that is nonsense", []string{"cache-control", "max-age=30", "age", "x"}, 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := New(configOf(t, ""), 0, nil)
			l.Tick(start)
			l.Answer(start, answer(0, "200", `{}`, tt.headers...))
			if w := l.Tick(start.Add(tt.want - time.Millisecond)); len(w.Calls) != 0 {
				t.Error("fetched too early")
			}
			if w := l.Tick(start.Add(tt.want)); len(w.Calls) != 1 {
				t.Error("not fetched in time")
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for _, mode := range []struct {
		members string
		want    Why
	}{{"", Unavailable}, {`,"on_unavailable":"allow"`, NotRevoked}} {
		l := New(configOf(t, `,"max_stale":"10m"`+mode.members), 0, nil)
		l.Tick(start)
		l.Answer(start, answer(0, "200", `{"jti":["bad"]}`))
		var gaps []time.Duration
		last := start
		for now := start; now.Before(start.Add(20 * time.Minute)); now = now.Add(time.Second) {
			if w := l.Tick(now); len(w.Calls) > 0 {
				gaps = append(gaps, now.Sub(last))
				last = now
				l.Answer(now, &policy.Answer{Failed: true})
			}
			_, other := l.Revoked(now, "https://issuer.example", "alice", "app", "good", start)
			want := NotRevoked
			if now.After(start.Add(10 * time.Minute)) {
				want = mode.want
			}
			if other != want {
				t.Fatalf("after %v: %v, want %v", now.Sub(start), other, want)
			}
			if why := verdict(l, now); why != TokenID {
				t.Fatalf("after %v the revoked token is %v", now.Sub(start), why)
			}
		}
		if got := fmt.Sprint(gaps[:6]); got != "[1m0s 5s 10s 20s 40s 1m0s]" {
			t.Errorf("fetched after %s", got)
		}
		// Once it can be had again, all is well.
		now := last.Add(time.Minute)
		l.Tick(now)
		l.Answer(now, answer(0, "200", `{}`))
		if why := verdict(l, now); why != NotRevoked {
			t.Errorf("after all: %v", why)
		}
	}
}

// TestWorkersShare: one worker fetches, all know.
func TestWorkersShare(t *testing.T) {
	store := &memory{}
	workers := make([]*Lists, 4)
	for i := range workers {
		workers[i] = New(configOf(t, ""), 0, store)
	}
	calls := func(now time.Time) (by []int) {
		for i, l := range workers {
			for range l.Tick(now).Calls {
				by = append(by, i)
			}
		}
		return by
	}
	if by := calls(start); len(by) != 1 || by[0] != 0 {
		t.Fatalf("fetched by %v", by)
	}
	workers[0].Answer(start, answer(0, "200", `{"jti":["bad"]}`, "etag", `"v1"`))
	if by := calls(start.Add(time.Second)); len(by) != 0 {
		t.Fatalf("fetched again by %v", by)
	}
	for i, l := range workers {
		if why := verdict(l, start.Add(time.Second)); why != TokenID {
			t.Errorf("worker %d: %v", i, why)
		}
	}
	// A worker that took the list over asks for news, too.
	now := start.Add(time.Minute)
	w := workers[2].Tick(now)
	if tag, _ := w.Calls[0].Headers.First("if-none-match"); tag != `"v1"` {
		t.Errorf("if-none-match %q", tag)
	}
	// It never hears: another takes its place once it must have given up.
	if by := calls(now.Add(6 * time.Second)); len(by) != 0 {
		t.Fatalf("fetched again by %v", by)
	}
	if by := calls(now.Add(7 * time.Second)); len(by) != 1 {
		t.Fatalf("not fetched again: %v", by)
	}
	if workers[2].Answer(now.Add(8*time.Second), answer(0, "200", `{}`)); verdict(workers[2], now) != TokenID {
		t.Error("an answer that is too late is taken")
	}
	// A failure that one had is known to a new one.
	workers[0].Answer(now.Add(8*time.Second), &policy.Answer{Failed: true})
	fresh := New(configOf(t, ""), 0, store)
	fresh.Tick(now.Add(8 * time.Second))
	if why := verdict(fresh, now.Add(8*time.Second)); why != TokenID {
		t.Errorf("a new worker: %v", why)
	}
}

// TestClockSetBack: a list is fetched although the next time for it seems far away.
func TestClockSetBack(t *testing.T) {
	l := New(configOf(t, ""), 0, nil)
	l.Tick(start.Add(24 * time.Hour))
	if w := l.Tick(start); len(w.Calls) != 1 {
		t.Error("a lease from the future holds")
	}
	l.Answer(start, answer(0, "200", `{}`))
	if w := l.Tick(start.Add(-24 * time.Hour)); len(w.Calls) != 1 {
		t.Error("a time from the future holds")
	}
}

// TestSharedStateThatIsDamaged: what another program wrote under the same name is as
// nothing.
func TestSharedStateThatIsDamaged(t *testing.T) {
	f := newFetched(&configOf(t, "").Fetch[0], "", 0)
	for _, state := range [][]byte{nil, {1}, make([]byte, stateSize-1), make([]byte, stateSize+1), (&state{generation: 5}).encode()} {
		for _, text := range [][]byte{nil, {1, 2}, make([]byte, 9), {1, 0, 0, 0, 0, 0, 0, 0, 200, 1}, storedText(5, `"a"`, "{")} {
			store := &memory{}
			store.Set(f.stateKey, state, 0)
			store.Set(f.textKey, text, 0)
			l := New(configOf(t, ""), 0, store)
			if w := l.Tick(start); len(w.Calls) != 1 {
				t.Fatalf("%v, %v: not fetched", state, text)
			}
			if why := verdict(l, start); why != Pending {
				t.Errorf("%v, %v: %v", state, text, why)
			}
			l.Answer(start, answer(0, "200", `{"jti":["bad"]}`))
			if why := verdict(l, start); why != TokenID {
				t.Errorf("%v, %v: %v", state, text, why)
			}
		}
	}
}

// TestDocumentOfAnother: if two workers wrote at the same time, and the document that
// is shared is not the one of the state, it is fetched whatever its tag is.
func TestDocumentOfAnother(t *testing.T) {
	store := &memory{}
	l := New(configOf(t, ""), 0, store)
	l.Tick(start)
	l.Answer(start, answer(0, "200", `{"jti":["bad"]}`, "etag", `"v2"`))
	store.Set(l.fetched[0].textKey, storedText(start.UnixNano()-1, `"v1"`, `{}`), 0)
	now := start.Add(time.Minute)
	c := l.Tick(now).Calls[0]
	if tag, ok := c.Headers.First("if-none-match"); ok {
		t.Errorf("if-none-match %q", tag)
	}
	l.Answer(now, answer(0, "200", `{"jti":["bad"]}`, "etag", `"v2"`))
	other := New(configOf(t, ""), 0, store)
	other.Tick(now)
	if why := verdict(other, now); why != TokenID {
		t.Errorf("another worker: %v", why)
	}
}

// TestWorkersAgree lets workers run into each other in a random order, over a store
// in which two can create the same key at a time, and sees that they agree with the
// server in the end.
func TestWorkersAgree(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		store := &racing{random: random}
		const members = `,"refresh":"10s","min_refresh":"1s"`
		workers := make([]*Lists, 3)
		for i := range workers {
			workers[i] = New(configOf(t, members), 0, store)
		}
		now, served, fetches := start, 0, 0
		type call struct {
			worker int
			tag    string
			list   int
			due    time.Time
		}
		var open []call
		step := func(quiet bool) {
			now = now.Add(time.Second)
			if !quiet && random.IntN(5) == 0 {
				served++
			}
			for _, i := range random.Perm(len(workers)) {
				for _, c := range workers[i].Tick(now).Calls {
					fetches++
					tag, _ := c.Headers.First("if-none-match")
					open = append(open, call{i, tag, served, now.Add(time.Duration(random.IntN(5)) * time.Second)})
				}
			}
			rest := open[:0]
			for _, c := range open {
				tag := `"` + strconv.Itoa(c.list) + `"`
				switch {
				case now.Before(c.due):
					rest = append(rest, c)
				case !quiet && random.IntN(4) == 0:
					workers[c.worker].Answer(now, &policy.Answer{Failed: true})
				case c.tag == tag:
					workers[c.worker].Answer(now, answer(0, "304", ""))
				default:
					workers[c.worker].Answer(now, answer(0, "200", fmt.Sprintf(`{"jti":["list-%d"]}`, c.list), "etag", tag))
				}
			}
			open = rest
		}
		for range 100 {
			step(false)
		}
		if fetches > 100 {
			t.Errorf("seed %d: %d fetches in 100 seconds", seed, fetches)
		}
		for range 40 {
			step(true)
		}
		for i, l := range workers {
			if _, why := l.Revoked(now, "", "", "", "list-"+strconv.Itoa(served), start); why != TokenID {
				t.Errorf("seed %d: worker %d does not have the list %d: %v", seed, i, served, why)
			}
		}
	}
}

// racing is a Store that at times does not see a key that was only just created, as
// if another thread had created it meanwhile.
type racing struct {
	memory
	random *rand.Rand
}

func (r *racing) Get(key string) ([]byte, uint32, bool) {
	value, version, ok := r.memory.Get(key)
	if version <= 2 && r.random.IntN(2) == 0 {
		return nil, 0, false
	}
	return value, version, ok
}
