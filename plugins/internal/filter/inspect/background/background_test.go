//go:build !wasip1

package background

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/filter/internal/work"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// proxy stands for what the SDK's emulator lacks.
type proxy struct {
	sdkshim.Unimplemented
	elapsed   time.Duration
	sent      []sdkshim.LocalResponse
	tokens    sdkshim.GRPCToken
	refuses   bool
	timeouts  []uint32
	cancelled []sdkshim.GRPCToken
	message   string
	gone      map[uint32]bool
}

var began = time.Unix(1e9, 0)

func (p *proxy) Now() (uint64, error) { return uint64(began.Add(p.elapsed).UnixNano()), nil }

func (p *proxy) SetEffectiveContext(id uint32) error {
	if p.gone[id] {
		return sdkshim.StatusBadArgument
	}
	return proxywasm.SetEffectiveContext(id)
}

func (p *proxy) SendLocalResponse(r sdkshim.LocalResponse) error {
	p.sent = append(p.sent, r)
	return nil
}

func (p *proxy) GRPCCall(_ []byte, _, _ string, _, _ []byte, timeout uint32) (sdkshim.GRPCToken, error) {
	if p.refuses {
		return 0, sdkshim.StatusInternalFailure
	}
	p.tokens++
	p.timeouts = append(p.timeouts, timeout)
	return p.tokens, nil
}

func (p *proxy) GRPCCancel(t sdkshim.GRPCToken) error {
	p.cancelled = append(p.cancelled, t)
	return nil
}

func (p *proxy) Buffer(sdkshim.BufferType) ([]byte, error) { return []byte(p.message), nil }

// script is an inspector whose requests wait as the header wait says: for the call
// with the number there, for any at "any". It calls what its list of calls says, once.
type script struct {
	events  event.Config
	calls   []policy.Call
	atMost  time.Duration
	ticks   int
	answers []policy.Answer
	// resumed are the requests that were, by their path, with "!" for overdue.
	resumed []string
	done    int
	panics  string
	again   map[string]policy.Decision
	notable bool
}

func (s *script) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"good"}
	}
	return []policy.Reason{"bad"}
}

func (s *script) Events() *event.Config { return &s.events }

func (s *script) Tick(time.Time) policy.Work {
	s.ticks++
	if s.panics == "tick" {
		panic("with a secret")
	}
	return policy.Work{}
}

func (s *script) Answer(_ time.Time, a *policy.Answer) policy.Work {
	kept := *a
	kept.Body = slices.Clone(a.Body)
	s.answers = append(s.answers, kept)
	if s.panics == "answer" {
		panic("with a secret")
	}
	return policy.Work{}
}

func (s *script) Inspect() policy.Inspection { return &scripted{script: s} }

type scripted struct {
	*script
	path string
}

func (i *scripted) RequestHeaders(r *policy.Request, _ bool) policy.Decision {
	i.path, _ = r.Headers.First(":path")
	d := policy.Decision{Outcome: policy.Allow, Reason: "good"}
	d.Work.Calls, i.calls = i.calls, nil
	if wait, ok := r.Headers.First("wait"); ok {
		d.Outcome, d.WaitAtMost = policy.Wait, i.atMost
		if wait != "any" {
			d.WaitFor = uint64(wait[0] - '0')
		}
	}
	return d
}

func (i *scripted) Resume(r *policy.Request) policy.Decision {
	path := i.path
	if r.Overdue {
		path += "!"
	}
	i.resumed = append(i.resumed, path)
	if i.panics == "resume" {
		panic("with a secret")
	}
	if d, ok := i.again[i.path]; ok {
		return d
	}
	return policy.Decision{Outcome: policy.Allow, Reason: "good", SetHeaders: policy.Headers{{Name: "x-resumed", Value: "1"}}}
}

func (i *scripted) RequestBody([]byte, bool) policy.Decision { panic("not wanted") }

func (i *scripted) ResponseHeaders(*policy.ResponseHead, bool) policy.Decision {
	if i.panics == "response" {
		return policy.Decision{Reason: "bad", Response: policy.Response{Status: 403}}
	}
	return policy.Decision{Outcome: policy.Allow, Reason: "good"}
}

func (i *scripted) ResponseBody([]byte, bool) policy.Decision { panic("not wanted") }

func (i *scripted) Done() policy.Decision {
	i.done++
	return policy.Decision{Outcome: policy.Allow, Reason: "good", Notable: i.notable, Policy: "a limit"}
}

func start(t testing.TB, s *script) (proxytest.HostEmulator, *proxy) {
	t.Helper()
	host.Forget()
	t.Cleanup(host.Forget)
	Register("test-plugin", event.APIActivity, func([]byte) (*script, error) { return s, nil })
	emulator, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(host.VM).WithPluginConfiguration([]byte("{}")))
	t.Cleanup(reset)
	p := &proxy{gone: map[uint32]bool{}}
	t.Cleanup(sdkshim.SetHost(p))
	monotonic := work.Monotonic
	work.Monotonic = func() time.Duration { return p.elapsed }
	t.Cleanup(func() { work.Monotonic = monotonic })
	if status := emulator.StartPlugin(); status != types.OnPluginStartStatusOK {
		t.Fatalf("the plugin did not start: %v", emulator.GetCriticalLogs())
	}
	return emulator, p
}

// request begins a stream and tells whether it waits.
func request(h proxytest.HostEmulator, path, wait string) (id uint32, waits bool) {
	id = h.InitializeHttpContext()
	headers := [][2]string{{":method", "GET"}, {":path", path}}
	if wait != "" {
		headers = append(headers, [2]string{"wait", wait})
	}
	return id, h.CallOnRequestHeaders(id, headers, true) != types.ActionContinue
}

func wantResumed(t *testing.T, s *script, want ...string) {
	t.Helper()
	if !slices.Equal(s.resumed, want) {
		t.Errorf("resumed %q, want %q", s.resumed, want)
	}
}

// call is one to a service, which may take 50 ms.
func call(id uint64) policy.Call {
	return policy.Call{ID: id, Cluster: "c", Service: "s", Method: "m", Timeout: 50 * time.Millisecond, Body: []byte("ask")}
}

func TestAnAnswerResumesThoseThatWaitForIt(t *testing.T) {
	s := &script{atMost: time.Minute, calls: []policy.Call{call(1), call(2)}}
	h, p := start(t, s)
	var ids []uint32
	for _, wait := range []string{"1", "2", "any", "1", "3"} {
		id, waits := request(h, "/"+wait, wait)
		if !waits {
			t.Errorf("the request for %s does not wait", wait)
		}
		ids = append(ids, id)
	}
	p.message = "told"
	sdkshim.GRPCReceived(1, 4)
	wantResumed(t, s, "/1", "/1", "/any")
	sdkshim.GRPCClosed(2, 14)
	wantResumed(t, s, "/1", "/1", "/any", "/2")
	if len(s.answers) != 2 || string(s.answers[0].Body) != "told" || s.answers[0].Size != 4 || s.answers[0].Failed || !s.answers[1].Failed || s.answers[1].ID != 2 {
		t.Errorf("answers %+v", s.answers)
	}
	for i, id := range ids {
		want := types.ActionContinue
		if i == 4 {
			want = 4 // of headers, whatever the proxy is told
		}
		if got := h.GetCurrentHttpStreamAction(id); got != want {
			t.Errorf("request %d: action %v, want %v", i, got, want)
		}
		headers := h.GetCurrentRequestHeaders(id)
		if set := slices.Contains(headers, [2]string{"x-resumed", "1"}); set != (i != 4) {
			t.Errorf("request %d: headers %q", i, headers)
		}
	}
	if !slices.Equal(p.timeouts, []uint32{50, 50}) {
		t.Errorf("timeouts %v", p.timeouts)
	}
}

func TestTheTickIsForWhatIsDueFirst(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	wantPeriod := func(want uint32) {
		t.Helper()
		if got := h.GetTickPeriod(); got != want {
			t.Errorf("at %v: tick period %d, want %d", p.elapsed, got, want)
		}
	}
	wantPeriod(1000)
	s.atMost = 500 * time.Millisecond
	request(h, "/500", "9")
	wantPeriod(500)
	p.elapsed = 100 * time.Millisecond
	s.atMost = 5 * time.Millisecond
	request(h, "/5", "9")
	wantPeriod(5)
	s.atMost = 200 * time.Millisecond
	request(h, "/200", "9")
	wantPeriod(5)
	p.elapsed = 104500 * time.Microsecond // a timer is no better than that
	h.Tick()
	wantResumed(t, s, "/5!")
	wantPeriod(195)
	p.elapsed = 300 * time.Millisecond
	h.Tick()
	wantResumed(t, s, "/5!", "/200!")
	wantPeriod(200)
	p.elapsed = 499900 * time.Microsecond
	h.Tick()
	wantResumed(t, s, "/5!", "/200!", "/500!")
	wantPeriod(500)
	if s.ticks != 0 {
		t.Errorf("the engine ticked %d times within half a second", s.ticks)
	}
	p.elapsed = time.Second
	h.Tick()
	wantPeriod(1000)
	if s.ticks != 1 {
		t.Errorf("the engine ticked %d times in a second", s.ticks)
	}
	s.atMost = time.Hour
	request(h, "/hour", "9")
	wantPeriod(1000)
}

func TestNoCallIsWaitedForForEver(t *testing.T) {
	s := &script{atMost: time.Minute, calls: []policy.Call{call(1)}}
	h, p := start(t, s)
	request(h, "/", "1")
	if got := h.GetTickPeriod(); got != 60 {
		t.Errorf("tick period %d, want the timeout and a little", got)
	}
	p.elapsed = 60 * time.Millisecond
	h.Tick()
	wantResumed(t, s, "/")
	if len(s.answers) != 1 || !s.answers[0].Failed || s.answers[0].ID != 1 || !slices.Equal(p.cancelled, []sdkshim.GRPCToken{1}) {
		t.Errorf("answers %+v, cancelled %v", s.answers, p.cancelled)
	}
	sdkshim.GRPCReceived(1, 4)
	sdkshim.GRPCClosed(1, 14)
	h.Tick()
	if len(s.answers) != 1 {
		t.Errorf("a late answer is given: %+v", s.answers)
	}
}

func TestARefusedCallIsAnsweredByTheNextTick(t *testing.T) {
	s := &script{atMost: time.Minute, calls: []policy.Call{call(1), {ID: 2, Cluster: "c", Service: "s/", Method: "m", Timeout: time.Second}}}
	h, p := start(t, s)
	p.refuses = true
	request(h, "/", "1")
	if len(s.answers) != 0 || h.GetTickPeriod() != 1 {
		t.Errorf("answers %v in the callback, tick period %d", s.answers, h.GetTickPeriod())
	}
	p.elapsed = time.Millisecond
	h.Tick()
	wantResumed(t, s, "/")
	if len(s.answers) != 2 || !s.answers[0].Failed || !s.answers[1].Failed {
		t.Errorf("answers %+v, want two that failed", s.answers)
	}
}

func TestAStreamThatEndsIsNotResumed(t *testing.T) {
	s := &script{atMost: 10 * time.Millisecond, calls: []policy.Call{call(1)}}
	h, p := start(t, s)
	id, _ := request(h, "/gone", "1")
	other, _ := request(h, "/here", "1")
	h.CompleteHttpContext(id)
	if s.done != 1 {
		t.Errorf("%d streams done, want 1", s.done)
	}
	sdkshim.GRPCReceived(1, 0)
	p.elapsed = 20 * time.Millisecond
	h.Tick()
	wantResumed(t, s, "/here")
	h.CompleteHttpContext(other)
	if s.done != 2 {
		t.Errorf("%d streams done, want 2", s.done)
	}
}

func TestTooManyAreOverdueAtOnce(t *testing.T) {
	s := &script{atMost: time.Minute, calls: []policy.Call{call(1)}}
	h, p := start(t, s)
	const room = 4096
	for i := range room + 3 {
		if _, waits := request(h, "/", "1"); waits != (i < room) {
			t.Fatalf("request %d waits: %t", i, waits)
		}
	}
	wantResumed(t, s, "/!", "/!", "/!")
	sdkshim.GRPCReceived(1, 0)
	if len(s.resumed) != room+3 {
		t.Errorf("%d resumed, want all", len(s.resumed))
	}
	if _, waits := request(h, "/", "1"); !waits || len(p.sent) != 0 {
		t.Errorf("and then one waits: %t, answers %v", waits, p.sent)
	}
}

func TestWaitingAgain(t *testing.T) {
	wait := func(atMost time.Duration) policy.Decision {
		return policy.Decision{Outcome: policy.Wait, WaitFor: 9, WaitAtMost: atMost}
	}
	s := &script{atMost: time.Second, calls: []policy.Call{call(1)}, again: map[string]policy.Decision{"/": wait(300 * time.Millisecond)}}
	h, p := start(t, s)
	id, _ := request(h, "/", "1")
	p.elapsed = 40 * time.Millisecond
	sdkshim.GRPCReceived(1, 0)
	wantResumed(t, s, "/")
	if got := h.GetTickPeriod(); got != 60 { // that of the call; then counted from the first decision
		t.Errorf("tick period %d", got)
	}
	p.elapsed = 60 * time.Millisecond
	h.Tick()
	if got := h.GetTickPeriod(); got != 240 {
		t.Errorf("tick period %d, want what is left of 300 ms", got)
	}
	p.elapsed = 300 * time.Millisecond
	h.Tick()
	wantResumed(t, s, "/", "/!")
	if len(p.sent) != 1 || p.sent[0].Status != 500 {
		t.Errorf("answers %v, want 500 for an engine that waits once it is overdue", p.sent)
	}
	h.CompleteHttpContext(id)
	if s.done != 1 {
		t.Errorf("%d done", s.done)
	}
}

func TestPanicsBetweenStreams(t *testing.T) {
	for _, call := range []string{"tick", "answer", "resume"} {
		t.Run(call, func(t *testing.T) {
			s := &script{atMost: 2 * time.Second, calls: []policy.Call{{ID: 1, Cluster: "c", Service: "s", Method: "m", Timeout: time.Minute}}, panics: call}
			h, p := start(t, s)
			request(h, "/a", "1")
			request(h, "/b", "1")
			p.elapsed = time.Second
			h.Tick()
			sdkshim.GRPCReceived(1, 0)
			wantResumed(t, s, "/a", "/b")
			refused := 0
			if call == "resume" {
				refused = 2
			}
			if len(p.sent) != refused {
				t.Errorf("answers %v, want %d", p.sent, refused)
			}
			for _, line := range h.GetCriticalLogs() {
				if line != "test-plugin: the engine panicked between requests" && line != "test-plugin: the engine panicked: request refused" {
					t.Errorf("log has %q", line)
				}
			}
			s.panics = ""
			p.elapsed = 2 * time.Second
			h.Tick()
			if s.ticks != 2 || h.GetTickPeriod() != 1000 {
				t.Errorf("%d ticks, period %d", s.ticks, h.GetTickPeriod())
			}
		})
	}
}

func TestAResponseMayBeginWhileItsRequestWaits(t *testing.T) {
	for _, denied := range []bool{false, true} {
		t.Run(fmt.Sprint("denied ", denied), func(t *testing.T) {
			s := &script{atMost: 10 * time.Millisecond}
			h, p := start(t, s)
			id, _ := request(h, "/", "1")
			want := []string{"/!"}
			if denied {
				s.panics, want = "response", nil
			}
			h.CallOnResponseHeaders(id, [][2]string{{":status", "408"}}, true)
			p.elapsed = 10 * time.Millisecond
			h.Tick()
			wantResumed(t, s, want...)
			h.CompleteHttpContext(id)
			if s.done != 1 {
				t.Errorf("%d done", s.done)
			}
		})
	}
}

func TestANotableAllowIsAnEvent(t *testing.T) {
	for _, notable := range []bool{false, true} {
		t.Run(fmt.Sprint(notable), func(t *testing.T) {
			s := &script{notable: notable}
			h, _ := start(t, s)
			id, _ := request(h, "/", "")
			h.CompleteHttpContext(id)
			if got := len(h.GetWarnLogs()) == 1; got != notable {
				t.Errorf("an event: %t, want %t: %q", got, notable, h.GetWarnLogs())
			}
		})
	}
}

// FuzzWaiting has requests wait for calls and time in any order, and wants each to be
// resumed exactly once, or never if it ended first, and nothing to be left.
func FuzzWaiting(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{1, 1, 1, 40, 80, 120, 160, 200, 240})
	f.Fuzz(func(t *testing.T, steps []byte) {
		s := &script{}
		h, p := start(t, s)
		ids := map[uint32]bool{}
		for _, step := range steps[:min(len(steps), 60)] {
			n := int(step >> 2)
			switch step & 3 {
			case 0: // another request
				s.atMost = time.Duration(n) * time.Millisecond
				s.calls = []policy.Call{call(uint64(1 + n%4))}
				id, _ := request(h, "/", string(rune('1'+n%4)))
				ids[id] = true
			case 1: // an answer, or one that nobody asked for
				sdkshim.GRPCReceived(sdkshim.GRPCToken(n), 0)
			case 2: // time
				p.elapsed += time.Duration(n) * time.Millisecond
				h.Tick()
			case 3: // a stream that ends
				for id := range ids {
					h.CompleteHttpContext(id)
					delete(ids, id)
					break
				}
			}
		}
		p.elapsed += time.Second
		h.Tick()
		for id := range ids {
			if h.GetCurrentHttpStreamAction(id) != types.ActionContinue {
				t.Errorf("stream %d still waits", id)
			}
			h.CompleteHttpContext(id)
		}
		if len(p.sent) > 0 || len(h.GetCriticalLogs()) > 0 {
			t.Errorf("answers %v, log %q", p.sent, h.GetCriticalLogs())
		}
	})
}
