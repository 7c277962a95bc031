//go:build !wasip1

package inspect

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// now is the time of every decision in these tests.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// proxy stands for what the SDK's emulator lacks.
type proxy struct {
	sdkshim.Unimplemented
	sent []sdkshim.LocalResponse
	mute bool
}

func (p *proxy) Now() (uint64, error) { return uint64(now.UnixNano()), nil }

func (p *proxy) SendLocalResponse(r sdkshim.LocalResponse) error {
	if p.mute {
		return sdkshim.StatusBadArgument
	}
	p.sent = append(p.sent, r)
	return nil
}

// The calls of an inspection, as the tests write them.
const (
	requestHeaders  = "request headers"
	requestBody     = "request body"
	responseHeaders = "response headers"
	responseBody    = "response body"
	done            = "done"
)

// script is an inspector that notes its calls and decides as it is told, by call.
type script struct {
	events  event.Config
	decide  map[string]policy.Decision
	panics  string
	made    int
	calls   []string
	whole   bool
	bodies  []string
	heads   []int
	request *policy.Request
}

func (s *script) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"good"}
	}
	return []policy.Reason{"bad", "worse"}
}

func (s *script) Events() *event.Config { return &s.events }

func (s *script) Counters() []string { return []string{"rules.a", "rules.b"} }

func (s *script) Inspect() policy.Inspection {
	s.made++
	return &scripted{script: s}
}

type scripted struct {
	*script
	open bool
}

func (i *scripted) call(name string) policy.Decision {
	i.calls = append(i.calls, name)
	if i.panics == name {
		panic("with a secret")
	}
	d, ok := i.decide[name]
	if !ok {
		d = policy.Decision{Outcome: policy.Allow, Reason: "good"}
		if i.whole && (name == requestHeaders || name == responseHeaders) {
			d.Body = policy.BodyWhole
		}
	}
	return d
}

func (i *scripted) RequestHeaders(r *policy.Request, _ bool) policy.Decision {
	if i.open {
		panic("begun twice")
	}
	i.open, i.request = true, r
	return i.call(requestHeaders)
}

func (i *scripted) RequestBody(body []byte, complete bool) policy.Decision {
	i.note(body, complete)
	return i.call(requestBody)
}

func (i *scripted) note(body []byte, complete bool) {
	text := string(body)
	if body == nil {
		text = "nil"
	}
	if !complete {
		text += "…"
	}
	i.bodies = append(i.bodies, text)
}

func (i *scripted) ResponseHeaders(r *policy.ResponseHead, _ bool) policy.Decision {
	i.heads = append(i.heads, r.Status)
	return i.call(responseHeaders)
}

func (i *scripted) ResponseBody(body []byte, complete bool) policy.Decision {
	i.note(body, complete)
	return i.call(responseBody)
}

func (i *scripted) Done() policy.Decision {
	i.open = false
	return i.call(done)
}

// start brings a plugin with the script up in the SDK's emulator.
func start(t testing.TB, s *script) (proxytest.HostEmulator, *proxy) {
	t.Helper()
	if s == nil {
		return startAny(t, nil)
	}
	return startAny(t, s)
}

// startAny is start with any inspector; nil is a configuration that is refused.
func startAny(t testing.TB, s Inspector) (proxytest.HostEmulator, *proxy) {
	t.Helper()
	host.Forget()
	t.Cleanup(host.Forget)
	Register("test-plugin", event.APIActivity, func([]byte) (Inspector, error) {
		if s == nil {
			return nil, errors.New("config: a: wrong")
		}
		return s, nil
	})
	emulator, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(host.VM).WithPluginConfiguration([]byte("{}")))
	t.Cleanup(reset)
	p := &proxy{}
	t.Cleanup(sdkshim.SetHost(p))
	want := types.OnPluginStartStatusOK
	if s == nil {
		want = types.OnPluginStartStatusFailed
	}
	if status := emulator.StartPlugin(); status != want {
		t.Fatalf("the plugin's start = %v: %v", status, emulator.GetCriticalLogs())
	}
	return emulator, p
}

var get, post = [][2]string{{":method", "GET"}}, [][2]string{{":method", "POST"}}

var ok = [][2]string{{":status", "200"}}

func wantCalls(t *testing.T, s *script, want ...string) {
	t.Helper()
	if !slices.Equal(s.calls, want) {
		t.Errorf("calls = %q, want %q", s.calls, want)
	}
}

func wantAction(t *testing.T, what string, got, want types.Action) {
	t.Helper()
	if got != want {
		t.Errorf("%s: action = %v, want %v", what, got, want)
	}
}

func TestAStreamWithoutBodiesIsDecidedAtItsHeaders(t *testing.T) {
	s := &script{whole: true}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	wantAction(t, "request", h.CallOnRequestHeaders(id, get, true), types.ActionContinue)
	wantCalls(t, s, requestHeaders, requestBody)
	wantAction(t, "response", h.CallOnResponseHeaders(id, [][2]string{{":status", "204"}}, true), types.ActionContinue)
	h.CompleteHttpContext(id)
	wantCalls(t, s, requestHeaders, requestBody, responseHeaders, responseBody, done)
	if want := []string{"nil", "nil"}; !slices.Equal(s.bodies, want) || s.heads[0] != 204 || len(p.sent) != 0 {
		t.Errorf("bodies = %q, want %q; status %d; %d answers", s.bodies, want, s.heads[0], len(p.sent))
	}
	if n, err := h.GetCounterMetric("gatehouse.test_plugin.allow.good"); err != nil || n != 1 {
		t.Errorf("allowed %d streams, %v; want 1", n, err)
	}
}

func TestBodiesThatAreNotWantedPass(t *testing.T) {
	s := &script{}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, post, false), types.ActionContinue)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("a"), false), types.ActionContinue)
	wantAction(t, "trailers", h.CallOnRequestTrailers(id, nil), types.ActionContinue)
	wantAction(t, "headers", h.CallOnResponseHeaders(id, ok, false), types.ActionContinue)
	wantAction(t, "body", h.CallOnResponseBody(id, []byte("a"), false), types.ActionContinue)
	wantAction(t, "trailers", h.CallOnResponseTrailers(id, nil), types.ActionContinue)
	h.CompleteHttpContext(id)
	wantCalls(t, s, requestHeaders, responseHeaders, done)
}

func TestDenials(t *testing.T) {
	bad := policy.Decision{Reason: "bad", Response: policy.Response{Status: 403, Body: []byte("no")}}
	for _, call := range []string{requestHeaders, requestBody, responseHeaders, responseBody} {
		for _, trailers := range []bool{false, true} {
			t.Run(call, func(t *testing.T) {
				s := &script{whole: true, decide: map[string]policy.Decision{call: bad}}
				h, p := start(t, s)
				id := h.InitializeHttpContext()
				steps := []struct {
					call string
					do   func() types.Action
				}{
					{requestHeaders, func() types.Action { return h.CallOnRequestHeaders(id, post, false) }},
					{"", func() types.Action { return h.CallOnRequestBody(id, []byte("a"), false) }},
					{requestBody, func() types.Action {
						if trailers {
							return h.CallOnRequestTrailers(id, [][2]string{{"a", "b"}})
						}
						return h.CallOnRequestBody(id, []byte("b"), true)
					}},
					{responseHeaders, func() types.Action { return h.CallOnResponseHeaders(id, ok, false) }},
					{"", func() types.Action { return h.CallOnResponseBody(id, []byte("a"), false) }},
					{responseBody, func() types.Action {
						if trailers {
							return h.CallOnResponseTrailers(id, [][2]string{{"a", "b"}})
						}
						return h.CallOnResponseBody(id, []byte("b"), true)
					}},
				}
				var want []string
				for _, step := range steps {
					action := step.do()
					if step.call == "" {
						wantAction(t, "part of a body", action, types.ActionPause)
						continue
					}
					want = append(want, step.call)
					if step.call == call {
						wantAction(t, step.call, action, types.ActionPause)
						break
					}
					wantAction(t, step.call, action, types.ActionContinue)
				}
				if len(p.sent) != 1 || p.sent[0].Status != 403 || p.sent[0].Details != "gatehouse.test-plugin.bad" {
					t.Fatalf("answers = %+v, want one of 403", p.sent)
				}
				// The plugin's own answer comes through its callbacks.
				wantAction(t, "the answer", h.CallOnResponseHeaders(id, [][2]string{{":status", "403"}}, false), types.ActionContinue)
				wantAction(t, "the answer's body", h.CallOnResponseBody(id, []byte("no"), true), types.ActionContinue)
				h.CompleteHttpContext(id)
				wantCalls(t, s, append(want, done)...)
				if n, err := h.GetCounterMetric("gatehouse.test_plugin.deny.bad"); err != nil || n != 1 {
					t.Errorf("denied %d streams, %v; want 1", n, err)
				}
				if n, _ := h.GetCounterMetric("gatehouse.test_plugin.allow.good"); n != 0 {
					t.Errorf("allowed %d streams, want 0", n)
				}
			})
		}
	}
}

func TestAnInspectionThatPanicsRefusesItsStreamOnly(t *testing.T) {
	for _, call := range []string{requestHeaders, requestBody, responseHeaders, responseBody, done} {
		t.Run(call, func(t *testing.T) {
			s := &script{whole: true, panics: call}
			h, p := start(t, s)
			exchange := func() {
				id := h.InitializeHttpContext()
				if h.CallOnRequestHeaders(id, post, false) == types.ActionContinue && h.CallOnRequestBody(id, []byte("a"), true) == types.ActionContinue &&
					h.CallOnResponseHeaders(id, ok, false) == types.ActionContinue {
					h.CallOnResponseBody(id, []byte("a"), true)
				}
				h.CompleteHttpContext(id)
			}
			exchange()
			if refused := len(p.sent) == 1 && p.sent[0].Status == 500; refused != (call != done) {
				t.Errorf("answers = %+v, want one of 500: %t", p.sent, call != done)
			}
			if slices.Contains(s.calls[:len(s.calls)-1], done) {
				t.Error("an inspection that panicked was done")
			}
			for _, line := range h.GetCriticalLogs() {
				if strings.Contains(line, "secret") {
					t.Errorf("the log has what was panicked with: %q", line)
				}
			}
			p.sent, s.panics, s.calls = nil, "", nil
			exchange()
			if s.made != 2 || len(p.sent) != 0 {
				t.Errorf("%d inspections, answers %v; want a new one for the next stream and no answer", s.made, p.sent)
			}
			wantCalls(t, s, requestHeaders, requestBody, responseHeaders, responseBody, done)
		})
	}
}

func TestWithoutAnAnswerNothingPasses(t *testing.T) {
	s := &script{whole: true, decide: map[string]policy.Decision{requestHeaders: {Reason: "bad"}}}
	h, p := start(t, s)
	p.mute = true
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, post, false), types.ActionPause)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("a"), true), types.ActionPause)
	wantAction(t, "trailers", h.CallOnRequestTrailers(id, nil), types.ActionPause)
	wantAction(t, "response headers", h.CallOnResponseHeaders(id, ok, false), types.ActionPause)
	wantAction(t, "response body", h.CallOnResponseBody(id, []byte("a"), true), types.ActionPause)
	wantAction(t, "response trailers", h.CallOnResponseTrailers(id, nil), types.ActionPause)
}

func TestShadowModeHoldsNothing(t *testing.T) {
	shadow := policy.Decision{Mode: policy.Shadow, Reason: "bad", Body: policy.BodyWhole, HoldHeaders: true, Findings: []policy.Finding{{ID: 1}}, Count: []int{0, 1, 1, 7, -1}}
	worse := policy.Decision{Mode: policy.Shadow, Reason: "worse"}
	s := &script{decide: map[string]policy.Decision{requestHeaders: shadow, requestBody: worse, responseHeaders: shadow, responseBody: worse, done: {Reason: "bad"}}}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, post, false), types.ActionContinue)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("ab"), false), types.ActionContinue)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("c"), true), types.ActionContinue)
	wantAction(t, "headers", h.CallOnResponseHeaders(id, ok, false), types.ActionContinue)
	wantAction(t, "body", h.CallOnResponseBody(id, []byte("d"), false), types.ActionContinue)
	wantAction(t, "trailers", h.CallOnResponseTrailers(id, nil), types.ActionContinue)
	h.CompleteHttpContext(id)
	if want := []string{"abc", "d"}; !slices.Equal(s.bodies, want) || len(p.sent) != 0 {
		t.Errorf("bodies = %q, answers %v; want %q and none", s.bodies, p.sent, want)
	}
	var numbers []string
	for _, line := range h.GetWarnLogs() {
		_, number, _ := strings.Cut(line, `"denial":`)
		numbers = append(numbers, strings.TrimRight(number, "}"))
	}
	if want := []string{"", "2", "3", "4", "5"}; !slices.Equal(numbers, want) {
		t.Errorf("denials = %q, want %q", numbers, want)
	}
	for name, want := range map[string]uint64{"shadow_deny.bad": 1, "shadow_deny.worse": 0, "allow.good": 0, "rules.a": 2, "rules.b": 4} {
		if n, _ := h.GetCounterMetric("gatehouse.test_plugin." + name); n != want {
			t.Errorf("%s = %d, want %d", name, n, want)
		}
	}
}

func TestInspectionsAndContextsAreUsedAgain(t *testing.T) {
	s := &script{whole: true}
	h, _ := start(t, s)
	for range 3 {
		var ids []uint32
		for range 5 {
			id := h.InitializeHttpContext()
			h.CallOnRequestHeaders(id, post, false)
			h.CallOnRequestBody(id, []byte("held"), false)
			ids = append(ids, id)
		}
		for _, id := range ids {
			h.CompleteHttpContext(id) // the client has gone
		}
	}
	if s.made != 5 {
		t.Errorf("%d inspections for 5 streams at a time, want 5", s.made)
	}
	if len(s.bodies) != 0 {
		t.Errorf("bodies that never came whole were inspected: %q", s.bodies)
	}
}

func TestAContextForgetsItsStream(t *testing.T) {
	p := &pluginContext{}
	s := &stream{plugin: p, state: refused, tunnel: agreed, denials: 3, headersOut: true,
		request:  policy.Request{Headers: policy.Headers{{Name: "a", Value: "b"}}},
		response: policy.ResponseHead{Headers: make(policy.Headers, maxIdleHeaders+1)},
		upload:   body{stage: copying, size: 3, limit: 4, copied: []byte("abc")},
		download: body{copied: make([]byte, maxIdleBody+1)},
	}
	headers := s.request.Headers
	s.release()
	if headers[0] != (policy.Header{}) {
		t.Error("a header's memory is held on to")
	}
	if len(p.streams) != 1 || p.streams[0] != s {
		t.Fatal("the context is not kept")
	}
	if s.state != open || s.tunnel != message || s.denials != 0 || s.headersOut || s.plugin != nil || len(s.request.Headers) != 0 || cap(s.response.Headers) != 0 ||
		s.upload.stage != passing || len(s.upload.copied) != 0 || cap(s.upload.copied) == 0 || cap(s.download.copied) != 0 {
		t.Errorf("left of the stream: %+v", s)
	}
	for range 2 * maxIdle {
		keep(&p.streams, new(stream))
	}
	if len(p.streams) != maxIdle {
		t.Errorf("%d contexts kept, want %d", len(p.streams), maxIdle)
	}
}

func TestALogWithoutARequestIsNoInspection(t *testing.T) {
	s := &script{}
	h, p := start(t, s)
	h.CompleteHttpContext(h.InitializeHttpContext())
	wantCalls(t, s)
	if s.made != 0 || len(p.sent) != 0 {
		t.Errorf("%d inspections, answers %v; want none", s.made, p.sent)
	}
}

func TestAResponseMayComeBeforeTheBody(t *testing.T) {
	s := &script{whole: true}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, post, false)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("a"), false), types.ActionPause)
	wantAction(t, "response", h.CallOnResponseHeaders(id, ok, true), types.ActionContinue)
	h.CompleteHttpContext(id)
	wantCalls(t, s, requestHeaders, responseHeaders, responseBody, done)
}

func TestHeadersAreChangedAsDecided(t *testing.T) {
	change := policy.Decision{Outcome: policy.Allow, Reason: "good", RemoveHeaders: []string{"x-remove"}, SetHeaders: policy.Headers{{Name: "x-set", Value: "1"}},
		Properties: []policy.Property{{Name: "gatehouse.test", Value: []byte("v")}}}
	s := &script{decide: map[string]policy.Decision{requestHeaders: change, responseHeaders: change}}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, [][2]string{{":method", "GET"}, {"x-remove", "1"}}, true)
	if got, want := h.GetCurrentRequestHeaders(id), [][2]string{{":method", "GET"}, {"x-set", "1"}}; !slices.Equal(got, want) {
		t.Errorf("request headers = %q, want %q", got, want)
	}
	h.CallOnResponseHeaders(id, [][2]string{{":status", "200"}, {"x-remove", "1"}}, true)
	if got, want := h.GetCurrentResponseHeaders(id), [][2]string{{":status", "200"}, {"x-set", "1"}}; !slices.Equal(got, want) {
		t.Errorf("response headers = %q, want %q", got, want)
	}
	if v, err := h.GetProperty([]string{"gatehouse.test"}); err != nil || string(v) != "v" {
		t.Errorf("property = %q, %v", v, err)
	}
}

func TestHeadersWaitForTheBodyWhereAsked(t *testing.T) {
	hold := policy.Decision{Outcome: policy.Allow, Reason: "good", Body: policy.BodyWhole, BodyLimit: 3, HoldHeaders: true}
	s := &script{decide: map[string]policy.Decision{requestHeaders: hold, responseHeaders: hold}}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, post, false), types.ActionPause)
	wantAction(t, "body", h.CallOnRequestBody(id, []byte("abc"), false), types.ActionPause)
	wantAction(t, "over the limit", h.CallOnRequestBody(id, []byte("d"), false), types.ActionContinue)
	wantAction(t, "the rest", h.CallOnRequestBody(id, []byte("e"), true), types.ActionContinue)
	wantAction(t, "response", h.CallOnResponseHeaders(id, ok, false), types.ActionPause)
	wantAction(t, "trailers without a body", h.CallOnResponseTrailers(id, nil), types.ActionContinue)
	if want := []string{"abc…", "nil"}; !slices.Equal(s.bodies, want) {
		t.Errorf("bodies = %q, want %q", s.bodies, want)
	}
}

func TestARefusedConfigurationKeepsThePluginFromStarting(t *testing.T) {
	h, _ := start(t, nil)
	if got, want := h.GetCriticalLogs(), []string{"test-plugin: config: a: wrong"}; !slices.Equal(got, want) {
		t.Errorf("logs = %q, want %q", got, want)
	}
}
