package quota

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// admitted sends a number of requests at once and returns how many went on.
func admitted(t *testing.T, w *world, i *Inspector, n int, fields ...string) int {
	t.Helper()
	count := 0
	for range n {
		s := w.request(t, i, fields...)
		if s.d.Outcome == policy.Allow {
			count++
		}
		s.answer(200, "")
	}
	return count
}

func TestKindsOfLimits(t *testing.T) {
	tests := []struct {
		name, limit string
		// first are admitted of 20 at once, later of 20 after the time.
		first, later int
		after        time.Duration
		reason       policy.Reason
		retry        string
	}{
		{"rate", `"rate":{"requests":5,"per":"1s"}`, 5, 5, time.Second, ReasonLimitExceeded, "1"},
		{"rate with a burst", `"rate":{"requests":2,"per":"1s","burst":7}`, 7, 2, time.Second, ReasonLimitExceeded, "1"},
		{"sliding window", `"sliding":{"requests":6,"per":"1m"}`, 6, 3, 90 * time.Second, ReasonLimitExceeded, "70"},
		{"fixed window", `"fixed":{"requests":6,"per":"1m"}`, 6, 6, time.Minute, ReasonLimitExceeded, "60"},
		{"by the day", `"calendar":{"requests":6,"per":"day"}`, 6, 6, 24 * time.Hour, ReasonLimitExceeded, "57600"},
		{"by the month", `"calendar":{"requests":6,"per":"month","tz":"Europe/Berlin"}`, 6, 0, 24 * time.Hour, ReasonLimitExceeded, "1436400"},
		{"failures", `"lockout":{"failures":6,"block":"5m"},"count":{"statuses":["2xx"]}`, 6, 0, time.Minute, ReasonLockedOut, "300"},
		{"bandwidth that nothing uses", `"bandwidth":{"bytes":1,"per":"1s"}`, 20, 20, time.Second, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, `{"limits":[{"name":"l",`+tt.limit+`}]}`)
			if got := admitted(t, w, i, 20); got != tt.first {
				t.Errorf("%d at once, want %d", got, tt.first)
			}
			s := w.request(t, i)
			if retry, _ := s.d.Response.Headers.First("retry-after"); s.d.Reason != tt.reason && tt.reason != "" || retry != tt.retry {
				t.Errorf("%s, retry-after %q, want %s, %q", s.d.Reason, retry, tt.reason, tt.retry)
			}
			s.answer(200, "")
			w.now = w.now.Add(tt.after)
			if got := admitted(t, w, i, 20); got != tt.later {
				t.Errorf("%d after %s, want %d", got, tt.after, tt.later)
			}
		})
	}
}

func TestWhatIsUnderWay(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[{"name":"l","concurrency":{"requests":2}}]}`)
	a, b := w.request(t, i), w.request(t, i)
	c := w.request(t, i)
	if a.d.Outcome != policy.Allow || b.d.Outcome != policy.Allow || c.d.Reason != ReasonTooManyInFlight || !a.d.NoResponse {
		t.Fatalf("%s, %s, %s", a.d.Reason, b.d.Reason, c.d.Reason)
	}
	if retry, _ := c.d.Response.Headers.First("retry-after"); retry != "1" {
		t.Errorf("retry-after %q", retry)
	}
	c.end()
	a.end()
	d := w.request(t, i)
	if e := w.request(t, i); d.d.Outcome != policy.Allow || e.d.Outcome != policy.Deny {
		t.Errorf("%s, %s after one ended, want one more", d.d.Reason, e.d.Reason)
	}
}

func TestKeysAndPlans(t *testing.T) {
	const document = `{
		"limits":[
			{"name":"per-client","key":["claim:client_id"],"rate":{"requests":10,"per":"1s","burst":4}},
			{"name":"monthly","key":["claim:tenant"],"calendar":{"requests":6,"per":"month","tz":"UTC"}}],
		"plans":{"claim":"plan","assign":[{"claim":"tenant","one_of":["acme"],"plan":"pro"}],
			"free":{"per-client":{"requests":1,"per":"1s","burst":1}},
			"pro":{"per-client":{"burst":20},"monthly":{"unlimited":true}}}}`
	tests := []struct {
		name   string
		claims []string
		want   int
		limit  string
	}{
		{"no plan", []string{`,"client_id":"a","claims":{"tenant":"t"}`}, 4, "per-client"},
		{"a plan by claim", []string{`,"client_id":"a","claims":{"tenant":"t","plan":"free"}`}, 1, "per-client"},
		{"a plan that is none", []string{`,"client_id":"a","claims":{"tenant":"t","plan":"gold"}`}, 4, "per-client"},
		{"a plan by tenant, before the claim", []string{`,"client_id":"a","claims":{"tenant":"acme","plan":"free"}`}, 20, "per-client"},
		{"two clients of a tenant", []string{`,"client_id":"a","claims":{"tenant":"t"}`, `,"client_id":"b","claims":{"tenant":"t"}`}, 6, "monthly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, document)
			got := 0
			for _, claims := range tt.claims {
				w.identity(claims)
				got += admitted(t, w, i, 30)
			}
			s := w.request(t, i)
			if got != tt.want || s.d.Policy != tt.limit {
				t.Errorf("%d, then %s, want %d, then %s", got, s.d.Policy, tt.want, tt.limit)
			}
		})
	}
}

// TestMostRestrictive: of two limits that are exceeded the one for longer is named,
// both are told, and the one that is not is not charged for what the other refused.
func TestMostRestrictive(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[
		{"name":"day","calendar":{"requests":3,"per":"day"}},
		{"name":"second","rate":{"requests":2,"per":"1s"}}]}`)
	if got := admitted(t, w, i, 10); got != 2 {
		t.Fatalf("%d admitted", got)
	}
	w.now = w.now.Add(time.Second)
	if got := admitted(t, w, i, 1); got != 1 {
		t.Fatal("the day was charged for what the second refused")
	}
	// The day is used up. The second has one left, and refusals do not take it.
	for range 3 {
		if s := w.request(t, i); s.d.Policy != "day" || !strings.Contains(string(s.d.Response.Body), `"violated-policies":["day"]`) {
			t.Errorf("%s: %s", s.d.Policy, s.d.Response.Body)
		}
	}
	w.now = w.now.Add(-time.Second)
	s := w.request(t, i)
	body := string(s.d.Response.Body)
	if s.d.Policy != "day" || !strings.Contains(body, `"violated-policies":["day","second"]`) || !strings.Contains(body, `"type":"https://iana.org/assignments/http-problem-types#quota-exceeded"`) || s.d.Response.Status != 429 {
		t.Errorf("%s: %d %s", s.d.Policy, s.d.Response.Status, body)
	}
}

func TestMissingKeys(t *testing.T) {
	tests := []struct {
		name, missing, fields string
		want                  int
		reason                policy.Reason
	}{
		{"with a key", "", "x-api-key: a", 2, ReasonLimitExceeded},
		{"shared by default", "", "", 2, ReasonLimitExceeded},
		{"skipped", `"missing":"skip",`, "", 10, ReasonWithinLimits},
		{"denied", `"missing":"deny",`, "", 0, ReasonKeyMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, `{"limits":[{"name":"l","key":["header:x-api-key"],`+tt.missing+`"rate":{"requests":2,"per":"1s"}}]}`)
			var fields []string
			if tt.fields != "" {
				fields = append(fields, tt.fields)
			}
			if got := admitted(t, w, i, 10, fields...); got != tt.want {
				t.Errorf("%d admitted, want %d", got, tt.want)
			}
			if s := w.request(t, i, fields...); s.d.Reason != tt.reason {
				t.Errorf("%s, want %s", s.d.Reason, tt.reason)
			}
		})
	}
}

func TestCosts(t *testing.T) {
	const rate = `"rate":{"requests":100,"per":"1h"}`
	tests := []struct {
		name, document string
		fields         []string
		body           string
		status         int
		answer         string
		answerFields   []string
		// left is what is left of 100 while the request is under way, after what its end.
		left, after string
	}{
		{"one", `{"limits":[{"name":"l",` + rate + `}]}`, nil, "", 200, "", nil, "99", "99"},
		{"by the route", `{"limits":[{"name":"l",` + rate + `}],"routes":[{"match":{"methods":["POST"]},"cost":7}]}`, []string{":method: POST"}, "", 200, "", nil, "93", "93"},
		{"of another route", `{"limits":[{"name":"l",` + rate + `}],"routes":[{"match":{"methods":["POST"]},"cost":7}]}`, nil, "", 200, "", nil, "99", "99"},
		{"fixed, times the route's", `{"limits":[{"name":"l","cost":{"fixed":3},` + rate + `}],"routes":[{"match":{},"cost":2}]}`, nil, "", 200, "", nil, "94", "94"},
		{"by a header", `{"limits":[{"name":"l","cost":{"header":"x-cost"},` + rate + `}]}`, []string{"x-cost: 20"}, "", 200, "", nil, "80", "80"},
		{"without the header", `{"limits":[{"name":"l","cost":{"header":"x-cost"},` + rate + `}]}`, nil, "", 200, "", nil, "99", "99"},
		{"a header that is no number costs the most", `{"limits":[{"name":"l","cost":{"header":"x-cost","most":60},` + rate + `}]}`, []string{"x-cost: -1"}, "", 200, "", nil, "40", "40"},
		{"by the announced size of the body", `{"limits":[{"name":"l","cost":{"bytes_per_unit":10},` + rate + `}]}`, []string{"content-length: 25"}, strings.Repeat("x", 25), 200, "", nil, "96", "96"},
		{"by a size that is not announced", `{"limits":[{"name":"l","cost":{"bytes_per_unit":10},` + rate + `}]}`, nil, strings.Repeat("x", 25), 200, "", nil, "99", "96"},
		{"settled by a header, for more", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"header":"x-used"}},` + rate + `}]}`, nil, "", 200, "", []string{"x-used: 30"}, "90", "70"},
		{"settled by a header, for less", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"header":"x-used"}},` + rate + `}]}`, nil, "", 200, "", []string{"x-used: 4"}, "90", "96"},
		{"not settled", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"header":"x-used"}},` + rate + `}]}`, nil, "", 200, "", []string{"x-used: many"}, "90", "90"},
		{"settled by the body", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"body":"usage.total_tokens"}},` + rate + `}]}`, nil, "", 200,
			`{"choices":[],"usage":{"total_tokens":42}}`, []string{"content-type: application/json"}, "90", "58"},
		{"settled by the last event that says it", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"body":"usage.total_tokens"}},` + rate + `}]}`, nil, "", 200,
			"data: {\"delta\":\"a\"}\n\ndata: {\"usage\":{\"total_tokens\":5}}\n\ndata: {\"usage\":{\"total_tokens\":17}}\r\n\ndata: {\"usage\":null}\n\ndata: [DONE]\n\n", []string{"content-type: text/event-stream; charset=utf-8"}, "90", "83"},
		{"a compressed body does not settle", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"body":"n"}},` + rate + `}]}`, nil, "", 200, `{"n":42}`, []string{"content-encoding: gzip"}, "90", "90"},
		{"settled by bytes", `{"limits":[{"name":"l","cost":{"fixed":10,"settle":{"bytes_per_unit":10}},` + rate + `}]}`, nil, "", 200, strings.Repeat("x", 301), nil, "90", "69"},
		{"debt", `{"limits":[{"name":"l","cost":{"settle":{"header":"x-used"}},` + rate + `}]}`, nil, "", 200, "", []string{"x-used: 500"}, "99", "0"},
		{"counted if it succeeds", `{"limits":[{"name":"l","count":{"statuses":["2xx"]},` + rate + `}]}`, nil, "", 201, "", nil, "99", "99"},
		{"not counted if it fails", `{"limits":[{"name":"l","count":{"statuses":["2xx"]},` + rate + `}]}`, nil, "", 500, "", nil, "99", "100"},
		{"bytes of responses", `{"limits":[{"name":"l","bandwidth":{"bytes":100,"per":"1h"}}]}`, nil, "abc", 200, strings.Repeat("x", 30), nil, "99", "70"},
		{"bytes of requests", `{"limits":[{"name":"l","bandwidth":{"bytes":100,"per":"1h","of":"request"}}]}`, nil, strings.Repeat("x", 30), 200, "abc", nil, "70", "70"},
		{"bytes of both", `{"limits":[{"name":"l","bandwidth":{"bytes":100,"per":"1h","of":"both"}}]}`, nil, strings.Repeat("x", 30), 200, "abcdef", nil, "70", "64"},
		{"no bytes", `{"limits":[{"name":"l","bandwidth":{"bytes":100,"per":"1h"}}]}`, nil, "", 204, "", nil, "99", "100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, tt.document)
			left := func() string {
				t.Helper()
				r := i.base[0]
				result, ok := i.counters.Take(w.now, r.limit, r.prefix, 0)
				if !ok {
					t.Fatal("no counter")
				}
				return fmt.Sprint(result.Remaining)
			}
			var body []byte
			if tt.body != "" {
				body = []byte(tt.body)
			}
			s := w.requestWithBody(t, i, body, tt.fields...)
			if got := left(); got != tt.left {
				t.Errorf("%s left under way, want %s", got, tt.left)
			}
			if reads := strings.Contains(tt.document, `"body"`); reads != slices.Equal(s.d.RemoveHeaders, []string{"accept-encoding"}) {
				t.Errorf("removes %q", s.d.RemoveHeaders)
			}
			s.answer(tt.status, tt.answer, tt.answerFields...)
			if got := left(); got != tt.after {
				t.Errorf("%s left after it, want %s", got, tt.after)
			}
		})
	}
}

// TestGuessing: accounts are locked out by their failures alone, longer each time, and
// guesses at the same time are counted before they fail.
func TestGuessing(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"body_limit":100,"limits":[{"name":"login","key":["body:user","address"],"lockout":{"failures":3,"block":"1m","factor":10}}]}`)
	login := func(user string) *stream {
		return w.requestWithBody(t, i, []byte(`{"user":"`+user+`"}`), ":method: POST", "content-type: application/json")
	}
	for range 10 {
		if s := login("alice"); s.d.Outcome != policy.Allow {
			t.Fatal("a success counted")
		} else {
			s.answer(200, "")
		}
	}
	var open []*stream
	for range 5 {
		open = append(open, login("alice"))
	}
	for n, s := range open {
		if (s.d.Outcome == policy.Allow) != (n < 3) {
			t.Errorf("guess %d at once: %s", n, s.d.Reason)
		}
		s.answer(401, "")
	}
	if s := login("bob"); s.d.Outcome != policy.Allow {
		t.Error("bob is locked out for alice")
	}
	for _, block := range []string{"60", "600", "6000"} {
		s := login("alice")
		if retry, _ := s.d.Response.Headers.First("retry-after"); s.d.Reason != ReasonLockedOut || retry != block {
			t.Errorf("%s for %s, want %s", s.d.Reason, retry, block)
		}
		s.end()
		seconds, _ := time.ParseDuration(block + "s")
		w.now = w.now.Add(seconds)
		for range 3 {
			login("alice").answer(401, "")
		}
	}
}

func TestDelay(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[{"name":"l","rate":{"requests":10,"per":"1s","burst":1},"delay":"250ms"}]}`)
	if s := w.request(t, i); s.d.Outcome != policy.Allow {
		t.Fatal(s.d.Reason)
	}
	a, b, c := w.request(t, i), w.request(t, i), w.request(t, i)
	if a.d.Outcome != policy.Wait || a.d.WaitAtMost != 100*time.Millisecond || b.d.WaitAtMost != 200*time.Millisecond || c.d.Outcome != policy.Deny {
		t.Fatalf("%s for %s, %s for %s, %s", a.d.Outcome, a.d.WaitAtMost, b.d.Outcome, b.d.WaitAtMost, c.d.Outcome)
	}
	if d := a.resume(50*time.Millisecond, false); d.Outcome != policy.Wait {
		t.Error("went on before its time")
	}
	if d := a.resume(50*time.Millisecond, true); d.Outcome != policy.Allow {
		t.Error(d.Reason)
	}
	if d := a.answer(200, ""); d.Reason != ReasonDelayed {
		t.Error(d.Reason)
	}
}

func TestShadow(t *testing.T) {
	tests := []struct {
		name, document string
		want           []policy.Outcome
		modes          []policy.Mode
	}{
		{"the whole", `{"mode":"shadow","limits":[{"name":"l","rate":{"requests":1,"per":"1h"}}]}`, []policy.Outcome{policy.Allow, policy.Deny, policy.Deny}, []policy.Mode{policy.Shadow, policy.Shadow, policy.Shadow}},
		{"a limit", `{"limits":[{"name":"l","mode":"shadow","rate":{"requests":1,"per":"1h"}},{"name":"m","rate":{"requests":2,"per":"1h"}}]}`, []policy.Outcome{policy.Allow, policy.Deny, policy.Deny}, []policy.Mode{policy.Enforce, policy.Shadow, policy.Enforce}},
		{"a route", `{"limits":[{"name":"l","rate":{"requests":1,"per":"1h"}}],"routes":[{"match":{},"mode":"shadow"}]}`, []policy.Outcome{policy.Allow, policy.Deny, policy.Deny}, []policy.Mode{policy.Shadow, policy.Shadow, policy.Shadow}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, tt.document)
			for n := range tt.want {
				s := w.request(t, i)
				if s.d.Outcome != tt.want[n] || s.d.Mode != tt.modes[n] {
					t.Errorf("request %d: %s in %s, want %s in %s", n, s.d.Outcome, s.d.Mode, tt.want[n], tt.modes[n])
				}
				s.answer(200, "")
			}
		})
	}
}

func TestExemptions(t *testing.T) {
	const document = `{"limits":[{"name":"l","rate":{"requests":1,"per":"1h"}}],
		"exempt":[{"addresses":["10.0.0.0/8"]},{"clients":["monitor"]},{"claims":[{"claim":"staff","one_of":["true"]}]}],
		"routes":[{"match":{"path":{"exact":"/healthz"}},"exempt":true}]}`
	tests := []struct {
		name, address, claims, path string
		exempt                      bool
	}{
		{"by address", "10.1.2.3:1", "", "/", true},
		{"by client", "192.0.2.1:1", `,"client_id":"monitor"`, "/", true},
		{"by claim", "192.0.2.1:1", `,"claims":{"staff":true}`, "/", true},
		{"by route", "192.0.2.1:1", "", "/healthz", true},
		{"none", "192.0.2.1:1", `,"client_id":"other","claims":{"staff":false}`, "/", false},
		{"nobody", "192.0.2.1:1", "", "/", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.attributes["source.address"] = tt.address
			if tt.claims != "" {
				w.identity(tt.claims)
			}
			i := w.inspector(t, document)
			want := 1
			if tt.exempt {
				want = 5
			}
			if got := admitted(t, w, i, 5, ":path: "+tt.path); got != want {
				t.Errorf("%d admitted, want %d", got, want)
			}
			s := w.request(t, i, ":path: "+tt.path)
			if (s.d.Reason == ReasonExempt) != tt.exempt || tt.exempt && !s.d.NoResponse {
				t.Errorf("%s", s.d.Reason)
			}
		})
	}
}

func TestFieldsForClients(t *testing.T) {
	const limits = `"limits":[
		{"name":"per-client","key":["header:x-key"],"rate":{"requests":100,"per":"1m","burst":2}},
		{"name":"open","concurrency":{"requests":9}},
		{"name":"bytes","bandwidth":{"bytes":5000,"per":"1h"}}]`
	tests := []struct {
		name, answer string
		allowed      []string
		denied       []string
	}{
		{"refusals by default", `{}`, nil, []string{
			`retry-after: 1`, `ratelimit-policy: "per-client";q=100;w=60, "open";q=9;qu="concurrent-requests", "bytes";q=5000;qu="content-bytes";w=3600`,
			`ratelimit: "per-client";r=0;t=1, "open";r=9, "bytes";r=5000`}},
		{"all", `{"fields_on":"all"}`, []string{
			`ratelimit-policy: "per-client";q=100;w=60, "open";q=9;qu="concurrent-requests", "bytes";q=5000;qu="content-bytes";w=3600`,
			`ratelimit: "per-client";r=1;t=1, "open";r=8, "bytes";r=4999;t=1`}, nil},
		{"legacy", `{"fields":"legacy","fields_on":"all"}`,
			[]string{`x-ratelimit-limit: 100`, `x-ratelimit-remaining: 1`, `x-ratelimit-reset: 1`},
			[]string{`retry-after: 1`, `x-ratelimit-limit: 100`, `x-ratelimit-remaining: 0`, `x-ratelimit-reset: 1`}},
		{"none", `{"fields":"none","fields_on":"all"}`, nil, []string{`retry-after: 1`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			i := w.inspector(t, `{"answer":`+tt.answer+`,`+limits+`}`)
			has := func(headers policy.Headers, want []string) {
				t.Helper()
				var got []string
				for _, h := range headers {
					if h.Name != "content-type" && h.Name != "cache-control" {
						got = append(got, h.Name+": "+h.Value)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			}
			s := w.request(t, i, "x-key: a")
			s.answer(200, "")
			has(s.response.SetHeaders, tt.allowed)
			w.request(t, i, "x-key: a").answer(200, "")
			if tt.denied != nil {
				d := w.request(t, i, "x-key: a")
				has(d.d.Response.Headers, tt.denied)
			}
		})
	}
}

func TestNearLimits(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[{"name":"l","near_percent":80,"fixed":{"requests":10,"per":"1h"}}]}`)
	var near []int
	for n := range 10 {
		s := w.request(t, i)
		if d := s.answer(200, ""); d.Reason == ReasonNearLimit {
			if !d.Notable || d.Policy != "l" {
				t.Errorf("notable %t, about %q", d.Notable, d.Policy)
			}
			near = append(near, n)
		}
	}
	if !slices.Equal(near, []int{7}) {
		t.Errorf("near at %d, want once, at the eighth", near)
	}
}

func TestRefusedRequestsMayCount(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[{"name":"l","count_denied":true,"rate":{"requests":2,"per":"1s"}}]}`)
	if got := admitted(t, w, i, 4); got != 2 {
		t.Fatalf("%d admitted", got)
	}
	w.now = w.now.Add(time.Second)
	if got := admitted(t, w, i, 1); got != 0 {
		t.Error("admitted after a second, with a second's debt")
	}
}

// TestReload: the counters of a limit are those of its name and its numbers, whatever
// else changes.
func TestReload(t *testing.T) {
	w := newWorld()
	const limit = `{"name":"l","key":["address"],"calendar":{"requests":3,"per":"month","tz":"America/New_York"}}`
	if got := admitted(t, w, w.inspector(t, `{"limits":[`+limit+`]}`), 2); got != 2 {
		t.Fatal(got)
	}
	other := w.inspector(t, `{"mode":"enforce","events":"all","limits":[{"name":"new","rate":{"requests":100,"per":"1s"}},`+limit+`],"routes":[{"match":{"methods":["PUT"]},"cost":2}]}`)
	if got := admitted(t, w, other, 5); got != 1 {
		t.Errorf("%d admitted after a reload, want 1", got)
	}
	changed := w.inspector(t, `{"limits":[`+strings.Replace(limit, `"requests":3`, `"requests":4`, 1)+`]}`)
	if got := admitted(t, w, changed, 5); got != 4 {
		t.Errorf("%d admitted by a limit that changed, want 4", got)
	}
}

func TestACounterThatCannotBeUsed(t *testing.T) {
	w := newWorld()
	i := w.inspector(t, `{"limits":[{"name":"l","rate":{"requests":3,"per":"1s"}}]}`)
	w.broken = true
	if s := w.request(t, i); s.d.Reason != ReasonCountersUnavailable || s.d.Response.Status != 503 {
		t.Errorf("%s %d", s.d.Reason, s.d.Response.Status)
	} else {
		s.end()
	}
	unstarted, err := New([]byte(`{"limits":[{"name":"l","rate":{"requests":3,"per":"1s"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	unstarted.UseHost(w)
	if s := w.request(t, unstarted); s.d.Reason != ReasonCountersUnavailable {
		t.Error(s.d.Reason)
	} else {
		s.end()
	}
	if work := unstarted.Tick(w.now); len(work.Messages) != 1 {
		t.Errorf("said %q", work.Messages)
	}
}
