package global

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	rls "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/protobuf/proto"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota/limit"
)

// desk is one client whose calls are answered by hand.
type desk struct {
	t      *testing.T
	store  *memory
	client *Client
	now    time.Time
	calls  []policy.Call
	work   policy.Work
}

func newDesk(t *testing.T, c Config) *desk {
	t.Helper()
	d := &desk{t: t, store: &memory{random: rand.New(rand.NewPCG(1, 9))}, now: start}
	d.client = d.another(c)
	return d
}

// another is a client of another thread.
func (d *desk) another(c Config) *Client {
	d.t.Helper()
	c.Cluster, c.Domain = "ratelimit", "gatehouse"
	client, err := New(d.store, "test", c)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		d.t.Fatal(err)
	}
	return client
}

func ask1(hits int64) *Request {
	return &Request{Key: []byte("a"), Entries: []Entry{{"limit", "a"}}, Override: Override{100, Minute}, Hits: hits}
}

// add notes what is to be done.
func (d *desk) add(w policy.Work) {
	d.calls = append(d.calls, w.Calls...)
	d.work.Count = append(d.work.Count, w.Count...)
	d.work.Messages = append(d.work.Messages, w.Messages...)
}

func (d *desk) take(r *Request, want Outcome) Verdict {
	d.t.Helper()
	v := d.client.Take(d.now, r)
	d.add(v.Work)
	if v.Outcome != want {
		d.t.Fatalf("outcome %d, want %d: %+v", v.Outcome, want, v)
	}
	if v.Outcome == Wait {
		r.Ticket = v.Ticket
	}
	return v
}

// next is the oldest call that has no answer, with the hits that it asks for.
func (d *desk) next(hits uint32) policy.Call {
	d.t.Helper()
	if len(d.calls) == 0 {
		d.t.Fatal("no call is made")
	}
	c := d.calls[0]
	d.calls = d.calls[1:]
	var request rls.RateLimitRequest
	if err := proto.Unmarshal(c.Body, &request); err != nil || request.HitsAddend != hits {
		d.t.Fatalf("call %v, %v; want %d hits", &request, err, hits)
	}
	return c
}

// answer answers the oldest call.
func (d *desk) answer(hits uint32, code rls.RateLimitResponse_Code, statuses ...*rls.RateLimitResponse_DescriptorStatus) {
	d.t.Helper()
	b, err := proto.Marshal(&rls.RateLimitResponse{OverallCode: code, Statuses: statuses})
	if err != nil {
		d.t.Fatal(err)
	}
	d.add(d.client.Answer(d.now, &policy.Answer{ID: d.next(hits).ID, Body: b, Size: len(b)}))
}

func (d *desk) fail(hits uint32) {
	d.t.Helper()
	d.add(d.client.Answer(d.now, &policy.Answer{ID: d.next(hits).ID, Failed: true}))
}

func (d *desk) silent() {
	d.t.Helper()
	if len(d.calls) > 0 {
		d.t.Fatalf("calls %+v, want none", d.calls)
	}
}

const (
	ok   = rls.RateLimitResponse_OK
	over = rls.RateLimitResponse_OVER_LIMIT
)

func minute(code rls.RateLimitResponse_Code, remaining uint32) *rls.RateLimitResponse_DescriptorStatus {
	return status(code, 100, rls.RateLimitResponse_RateLimit_MINUTE, remaining, time.Minute)
}

func TestARequestWaitsForItsAnswer(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	if v := d.take(r, Wait); v.Ticket != d.calls[0].ID || d.calls[0].Timeout != DefaultTimeout || d.calls[0].Cluster != "ratelimit" {
		t.Fatalf("verdict %+v", v)
	}
	d.take(r, Wait) // resumed for another reason
	d.answer(1, ok, minute(ok, 99))
	if v := d.take(r, Allowed); v.Remaining != 99 || v.Reset != time.Minute || v.RetryAfter != 0 {
		t.Errorf("verdict %+v", v)
	}
	d.silent()
	if n := len(d.client.calls); n > 0 {
		t.Errorf("%d calls are kept", n)
	}
}

func TestRequestsOfAThreadWaitTogether(t *testing.T) {
	d := newDesk(t, Config{})
	var waiting []*Request
	for range 10 {
		waiting = append(waiting, ask1(1))
		d.take(waiting[len(waiting)-1], Wait)
	}
	d.answer(1, ok, minute(ok, 99))
	d.silent()
	d.take(waiting[0], Allowed)
	for _, r := range waiting[1:] {
		d.take(r, Wait)
	}
	d.answer(9, ok, minute(ok, 90))
	for _, r := range waiting[1:] {
		d.take(r, Allowed)
	}
	d.silent()
}

func TestThreadsShareALease(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, ok, minute(ok, 99))
	d.take(r, Allowed)
	d.now = d.now.Add(10 * time.Millisecond)
	r = ask1(1)
	d.take(r, Wait)
	d.answer(4, ok, minute(ok, 95))
	d.take(r, Allowed)
	one := d.client
	d.client = d.another(Config{})
	for range 3 {
		d.take(ask1(1), Allowed)
	}
	// Both are empty now. One asks for a lease, the other for its own request.
	d.now = d.now.Add(50 * time.Millisecond)
	other := ask1(1)
	d.take(other, Wait)
	d.client = one
	r = ask1(1)
	d.take(r, Wait)
	d.next(12)
	d.next(1)
}

func TestWhatIsRefusedMakesNoCalls(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, over, minute(over, 0))
	if v := d.take(r, Denied); v.RetryAfter != time.Minute || v.Remaining != 0 {
		t.Errorf("verdict %+v", v)
	}
	for range 59 {
		d.now = d.now.Add(time.Second)
		d.take(ask1(1), Denied)
	}
	d.silent()
	d.now = d.now.Add(time.Second)
	d.take(ask1(1), Wait)
	if v := d.client.Take(d.now, &Request{Key: []byte("a"), Override: Override{100, Minute}, Hits: 101}); v.Outcome != Denied || v.RetryAfter != limit.Never {
		t.Errorf("more than the limit: %+v", v)
	}
}

func TestNoHitsAskWithoutTaking(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(0)
	d.take(r, Wait)
	d.answer(1, ok, minute(ok, 99))
	if v := d.take(r, Allowed); v.Remaining != 100 {
		t.Errorf("%d remain, want 100", v.Remaining)
	}
	d.take(ask1(1), Allowed)
	if v := d.take(ask1(0), Allowed); v.Remaining != 99 {
		t.Errorf("%d remain, want 99", v.Remaining)
	}
	d.silent()

	d = newDesk(t, Config{PerRequest: true})
	r = ask1(0)
	d.take(r, Wait)
	d.answer(0, ok, minute(ok, 42))
	if v := d.take(r, Allowed); v.Remaining != 42 {
		t.Errorf("%d remain, want 42", v.Remaining)
	}
}

func TestGive(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, ok, minute(ok, 99))
	d.take(r, Allowed)
	d.client.Give(d.now, r, 1)
	d.client.Give(d.now, ask1(1), 1) // was never taken
	again := ask1(1)
	d.take(again, Allowed)
	d.silent()
	// What was taken in a window that is over is not given back in the next.
	d.now = d.now.Add(time.Minute)
	next := ask1(1)
	d.take(next, Wait)
	d.answer(4, ok, minute(ok, 96))
	d.take(next, Allowed)
	d.client.Give(d.now, again, 1)
	for range 3 {
		d.take(ask1(1), Allowed)
	}
	d.take(ask1(1), Wait)
}

func TestCharge(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, ok, minute(ok, 99))
	d.take(r, Allowed)
	d.add(d.client.Charge(d.now, r, 20))
	d.add(d.client.Charge(d.now, r, 5)) // is told when that is answered
	d.answer(20+24, ok, minute(ok, 55))
	d.silent() // 19 of the lease are left
	for range 19 {
		d.take(ask1(1), Allowed)
	}
	r = ask1(1)
	d.take(r, Wait)
	// What is charged while a call is under way is told when that is answered, and a
	// call that fails leaves its debt to the next.
	d.add(d.client.Charge(d.now, r, 30))
	d.answer(13, ok, minute(ok, 42))
	d.take(r, Allowed)
	d.fail(18 + 10)
	d.now = d.now.Add(DefaultTimeout)
	d.add(d.client.Charge(d.now, r, 1))
	d.answer(19+10, over, minute(over, 0))
	d.add(d.client.Charge(d.now, r, 1000)) // nothing is left to be counted
	d.silent()

	d = newDesk(t, Config{PerRequest: true})
	d.add(d.client.Charge(d.now, ask1(0), 3))
	d.answer(3, ok, minute(ok, 97))
	if len(d.client.calls) > 0 {
		t.Error("a call that nobody waits for is kept")
	}
}

func TestPerRequest(t *testing.T) {
	d := newDesk(t, Config{PerRequest: true})
	a, b := ask1(1), ask1(3)
	d.take(a, Wait)
	d.take(b, Wait)
	d.answer(1, ok, minute(ok, 2))
	d.answer(3, over, minute(over, 0))
	if v := d.take(a, Allowed); v.Remaining != 2 || v.Reset != time.Minute {
		t.Errorf("verdict %+v", v)
	}
	if v := d.take(b, Denied); v.RetryAfter != time.Minute {
		t.Errorf("verdict %+v", v)
	}
	d.client.Give(d.now, a, 1)
	c := ask1(1)
	d.take(c, Wait)
	d.fail(1)
	d.take(c, Unavailable)
	if n := len(d.client.calls); n > 0 {
		t.Errorf("%d calls are kept", n)
	}
}

func TestARequestThatIsOverdueWaitsNoLonger(t *testing.T) {
	for _, perRequest := range []bool{false, true} {
		d := newDesk(t, Config{PerRequest: perRequest})
		r := ask1(1)
		d.take(r, Wait)
		r.Overdue = true
		d.take(r, Unavailable)
		d.take(ask2(r), Unavailable)
		d.answer(1, ok, minute(ok, 99))
		if n := len(d.client.calls); n > 0 {
			t.Errorf("%d calls are kept", n)
		}
		if !perRequest {
			d.take(ask1(1), Allowed) // what it asked for
		}
	}
}

// ask2 is a request like another that never waited.
func ask2(r *Request) *Request {
	other := *r
	other.Ticket = 0
	return &other
}

func TestAForgottenRequestLeavesItsHitsToOthers(t *testing.T) {
	d := newDesk(t, Config{})
	a, b := ask1(1), ask1(1)
	d.take(a, Wait)
	d.answer(1, ok, minute(ok, 99))
	d.client.Forget(a.Ticket)
	d.client.Forget(a.Ticket)
	d.client.Forget(12345)
	d.take(b, Allowed)
	d.silent()
	c := ask1(1)
	d.take(c, Wait)
	d.client.Forget(c.Ticket)
	d.answer(4, ok, minute(ok, 95))
	d.take(ask1(1), Allowed)
	if n := len(d.client.calls); n > 0 {
		t.Errorf("%d calls are kept", n)
	}
}

func TestACallThatIsNeverAnswered(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.now = d.now.Add(time.Minute)
	d.add(d.client.Tick(d.now))
	d.take(r, Unavailable)
	if n := len(d.client.calls) + len(d.client.open); n > 0 {
		t.Errorf("%d calls are kept", n)
	}
	// The answer comes after all.
	d.answer(1, ok, minute(ok, 99))
}

func TestAnswersThatAreNone(t *testing.T) {
	tests := []struct {
		name   string
		answer policy.Answer
	}{
		{"failed", policy.Answer{Failed: true}},
		{"empty", policy.Answer{}},
		{"text", policy.Answer{Body: []byte("no healthy upstream"), Size: 19}},
		{"cut off", policy.Answer{Body: []byte{8, 1}, Size: 2 << 20}},
		{"an unknown code", policy.Answer{Body: []byte{8, 0}, Size: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, Config{})
			r := ask1(1)
			d.take(r, Wait)
			tt.answer.ID = d.next(1).ID
			d.add(d.client.Answer(d.now, &tt.answer))
			d.take(r, Unavailable)
			if len(d.work.Count) != 2 || d.work.Count[1] != countFailures {
				t.Errorf("counted %v", d.work.Count)
			}
		})
	}
}

func TestAServiceThatAppliesNoLimitIsReportedOnce(t *testing.T) {
	d := newDesk(t, Config{PerRequest: true})
	for range 3 {
		r := ask1(1)
		d.take(r, Wait)
		d.answer(1, ok, &rls.RateLimitResponse_DescriptorStatus{Code: ok})
		d.take(r, Allowed)
	}
	d.client = d.another(Config{PerRequest: true})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, ok, &rls.RateLimitResponse_DescriptorStatus{Code: ok})
	if len(d.work.Messages) != 1 || !strings.Contains(d.work.Messages[0], `the domain "gatehouse"?`) {
		t.Errorf("messages %q", d.work.Messages)
	}
}

func TestTheMemoryOfCallsIsBounded(t *testing.T) {
	d := newDesk(t, Config{PerRequest: true})
	for range maxCalls {
		d.take(ask1(1), Wait)
	}
	d.take(ask1(1), Unavailable)
	d.fail(1)
	d.take(ask1(1), Unavailable) // the request that waits for that one is still there
	d.now = d.now.Add(time.Minute)
	d.client.Tick(d.now)
	d.client.Tick(d.now)
	if n := len(d.client.calls); n > 0 {
		t.Errorf("%d calls are kept", n)
	}
}

func TestTheClockSetBackLocksNobodyOut(t *testing.T) {
	d := newDesk(t, Config{})
	r := ask1(1)
	d.take(r, Wait)
	d.answer(1, over, minute(over, 0))
	d.take(r, Denied)
	d.now = d.now.Add(-24 * time.Hour)
	r = ask1(1)
	d.take(r, Wait)
	d.next(2)
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	good := Config{Cluster: "c", Domain: "d"}
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no cluster", func(c *Config) { c.Cluster = "" }, "global: cluster: want a name"},
		{"no domain", func(c *Config) { c.Domain = "" }, "global: domain: want a name"},
		{"a domain that is no text", func(c *Config) { c.Domain = "\xff" }, "global: domain: want a name"},
		{"a target of a nanosecond", func(c *Config) { c.Target = 1 }, "global: target: 1ns, want 1ms to 1m"},
		{"a timeout below 0", func(c *Config) { c.Timeout = -1 }, "global: timeout: -1ns, want 1ms to 10s"},
		{"a batch that the service cannot count", func(c *Config) { c.MaxBatch = 1 << 32 }, "global: batch: 4294967296, want 1 to 4294967295"},
		{"too many keys", func(c *Config) { c.Keys = 1 << 30 }, "global: keys: 1073741824, want 1 to 4194304"},
	}
	for _, tt := range tests {
		c := good
		tt.change(&c)
		if _, err := New(&memory{}, "p", c); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := New(&memory{}, "p", good); err != nil {
		t.Error(err)
	}
}
