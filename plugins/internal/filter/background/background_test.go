//go:build !wasip1

package background

import (
	"slices"
	"testing"
	"time"

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
	now  time.Time
	sent []sdkshim.LocalResponse
	gone map[uint32]bool
}

func (p *proxy) Now() (uint64, error) { return uint64(p.now.UnixNano()), nil }

func (p *proxy) SetEffectiveContext(id uint32) error {
	if p.gone[id] {
		return sdkshim.StatusBadArgument
	}
	return nil
}

func (p *proxy) SendLocalResponse(r sdkshim.LocalResponse) error {
	p.sent = append(p.sent, r)
	return nil
}

// script is an engine that waits until it has an answer.
type script struct {
	events   event.Config
	answered bool
	asked    int
	overdue  int
	answers  []policy.Answer
	cluster  string
	panics   bool
}

func (s *script) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"good"}
	}
	return []policy.Reason{"late"}
}

func (s *script) Events() *event.Config { return &s.events }

func (s *script) Decide(r *policy.Request) policy.Decision {
	s.asked++
	switch {
	case s.panics:
		panic("with a secret")
	case s.answered:
		return policy.Decision{Outcome: policy.Allow, Reason: "good"}
	case r.Overdue:
		s.overdue++
		return policy.Decision{Reason: "late", Response: policy.Response{Status: 503}}
	}
	d := policy.Decision{Outcome: policy.Wait, WaitAtMost: 3 * time.Second}
	if s.asked == 1 {
		d.Work.Calls = []policy.Call{{
			ID: 7, Cluster: s.cluster, Timeout: time.Second,
			Headers: policy.Headers{{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/keys"}, {Name: ":authority", Value: "a"}},
		}}
	}
	return d
}

func (s *script) Tick(time.Time) policy.Work { return policy.Work{} }

func (s *script) Answer(_ time.Time, a *policy.Answer) policy.Work {
	kept := *a
	kept.Body = slices.Clone(a.Body)
	s.answers = append(s.answers, kept)
	s.answered = !a.Failed
	return policy.Work{Messages: []string{"an answer came"}}
}

func start(t *testing.T, s *script) (proxytest.HostEmulator, *proxy) {
	t.Helper()
	if s.cluster == "" {
		s.cluster = "idp"
	}
	host.Forget()
	t.Cleanup(host.Forget)
	Register("test-plugin", event.APIActivity, func([]byte) (*script, error) { return s, nil })
	emulator, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(host.VM).WithPluginConfiguration([]byte("{}")))
	t.Cleanup(reset)
	p := &proxy{now: time.Unix(1e9, 0), gone: map[uint32]bool{}}
	t.Cleanup(sdkshim.SetHost(p))
	monotonic := work.Monotonic
	work.Monotonic = func() time.Duration { return p.now.Sub(time.Unix(1e9, 0)) }
	t.Cleanup(func() { work.Monotonic = monotonic })
	if status := emulator.StartPlugin(); status != types.OnPluginStartStatusOK {
		t.Fatalf("the plugin did not start: %v", emulator.GetCriticalLogs())
	}
	return emulator, p
}

var get = [][2]string{{":method", "GET"}, {":path", "/"}}

func TestARequestWaitsForAnAnswer(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	if action := h.CallOnRequestHeaders(id, get, true); action != types.ActionPause {
		t.Fatalf("action = %v, want pause", action)
	}
	calls := h.GetCalloutAttributesFromContext(id)
	if len(calls) != 1 || calls[0].Upstream != "idp" {
		t.Fatalf("calls = %+v, want one to idp", calls)
	}
	h.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", "200"}}, nil, []byte("keys"))
	if len(s.answers) != 1 || s.answers[0].ID != 7 || string(s.answers[0].Body) != "keys" || s.answers[0].Size != 4 {
		t.Errorf("answers = %+v", s.answers)
	}
	if h.GetCurrentHttpStreamAction(id) != types.ActionContinue || len(p.sent) != 0 {
		t.Errorf("action %v, answers %v; want the request to go on", h.GetCurrentHttpStreamAction(id), p.sent)
	}
	if logs := h.GetWarnLogs(); !slices.Contains(logs, "test-plugin: an answer came") {
		t.Errorf("log = %q", logs)
	}
	if value, err := h.GetCounterMetric("gatehouse.test_plugin.allow.good"); err != nil || value != 1 {
		t.Errorf("counter = %d, %v, want 1", value, err)
	}
}

func TestARequestDoesNotWaitForEver(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, get, true)
	for range 4 {
		p.now = p.now.Add(time.Second)
		h.Tick()
	}
	if len(p.sent) != 1 || p.sent[0].Status != 503 || s.overdue != 1 {
		t.Errorf("answers = %+v, overdue %d times; want one of 503", p.sent, s.overdue)
	}
	asked := s.asked
	h.Tick()
	if s.asked != asked {
		t.Error("the request that was answered is asked about again")
	}
}

func TestARequestThatIsGoneIsForgotten(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, get, true)
	p.gone[id] = true
	p.now = p.now.Add(time.Second)
	h.Tick()
	if s.asked != 1 || len(p.sent) != 0 {
		t.Errorf("asked %d times, answers %v; want nothing after the stream is gone", s.asked, p.sent)
	}
}

func TestAnEngineThatPanicsWhileARequestWaits(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, get, true)
	s.panics = true
	p.now = p.now.Add(time.Second)
	h.Tick()
	if len(p.sent) != 1 || p.sent[0].Status != 500 {
		t.Errorf("answers = %+v, want one of 500", p.sent)
	}
	for _, line := range h.GetCriticalLogs() {
		if line != "test-plugin: the engine panicked: request refused" {
			t.Errorf("log has %q", line)
		}
	}
}
