//go:build !wasip1

package filter

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
	clock uint64
	sent  []sdkshim.LocalResponse
}

func (p *proxy) Now() (uint64, error) {
	if p.clock == 0 {
		return 0, sdkshim.StatusUnimplemented
	}
	return p.clock, nil
}

func (p *proxy) SendLocalResponse(r sdkshim.LocalResponse) error {
	p.sent = append(p.sent, r)
	return nil
}

// engine decides as it is told.
type engine struct {
	decide func(*policy.Request) policy.Decision
	events event.Config
}

func (e *engine) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"good"}
	}
	return []policy.Reason{"bad"}
}

func (e *engine) Events() *event.Config { return &e.events }

func (e *engine) Decide(r *policy.Request) policy.Decision { return e.decide(r) }

// start brings a plugin with the engine up in the SDK's emulator.
func start(t *testing.T, e *engine) (proxytest.HostEmulator, *proxy) {
	t.Helper()
	host.Forget()
	t.Cleanup(host.Forget)
	Register("test-plugin", event.APIActivity, func([]byte) (*engine, error) {
		if e == nil {
			return nil, errors.New("config: a: wrong\nconfig: b: wrong too")
		}
		return e, nil
	})
	emulator, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(host.VM).WithPluginConfiguration([]byte("{}")))
	t.Cleanup(reset)
	p := &proxy{clock: uint64(now.UnixNano())}
	t.Cleanup(sdkshim.SetHost(p))
	return emulator, p
}

// request sends headers through the plugin and returns its answer and what
// became of the headers.
func request(t *testing.T, host proxytest.HostEmulator, headers ...[2]string) (types.Action, [][2]string) {
	t.Helper()
	if status := host.StartPlugin(); status != types.OnPluginStartStatusOK {
		t.Fatalf("the plugin did not start: %v", host.GetCriticalLogs())
	}
	id := host.InitializeHttpContext()
	action := host.CallOnRequestHeaders(id, headers, true)
	return action, host.GetCurrentRequestHeaders(id)
}

func TestAnAllowedRequestGoesOnChangedAsDecided(t *testing.T) {
	var seen policy.Request
	host, p := start(t, &engine{events: event.Config{Write: "all"}, decide: func(r *policy.Request) policy.Decision {
		seen = *r
		seen.Headers = slices.Clone(r.Headers)
		return policy.Decision{
			Outcome: policy.Allow, Reason: "good",
			RemoveHeaders: []string{"authorization"},
			SetHeaders:    policy.Headers{{Name: "x-user", Value: "alice"}},
			Properties:    []policy.Property{{Name: "gatehouse.identity", Value: []byte(`{"sub":"alice"}`)}},
		}
	}})
	action, headers := request(t, host, [2]string{":method", "GET"}, [2]string{"authorization", "Bearer x"},
		[2]string{"x-user", "forged"}, [2]string{"x-request-id", "7b1e-44"})
	if action != types.ActionContinue || len(p.sent) != 0 {
		t.Errorf("action = %v with answers %v, want continue", action, p.sent)
	}
	if want := [][2]string{{":method", "GET"}, {"x-user", "alice"}, {"x-request-id", "7b1e-44"}}; !slices.Equal(headers, want) {
		t.Errorf("headers = %q, want %q", headers, want)
	}
	if value, err := host.GetProperty([]string{"gatehouse.identity"}); err != nil || string(value) != `{"sub":"alice"}` {
		t.Errorf("property = %q, %v", value, err)
	}
	if !seen.Now.Equal(now) || seen.IncidentID != "7b1e-44" || len(seen.Headers) != 4 {
		t.Errorf("the engine saw %+v", seen)
	}
	if value, err := host.GetCounterMetric("gatehouse.test_plugin.allow.good"); err != nil || value != 1 {
		t.Errorf("counter = %d, %v, want 1", value, err)
	}
	if logs := host.GetWarnLogs(); len(logs) != 1 || !strings.Contains(logs[0], `"class_uid":6003`) || !strings.Contains(logs[0], `"uid":"7b1e-44"`) {
		t.Errorf("events = %q, want one of class 6003 with the incident id", logs)
	}
}

func TestADeniedRequestIsAnswered(t *testing.T) {
	host, p := start(t, &engine{decide: func(*policy.Request) policy.Decision {
		return policy.Decision{Reason: "bad", Response: policy.Response{
			Status: 403, Headers: policy.Headers{{Name: "cache-control", Value: "no-store"}}, Body: []byte("no")}}
	}})
	if action, _ := request(t, host, [2]string{":method", "GET"}); action != types.ActionPause {
		t.Errorf("action = %v, want pause", action)
	}
	if len(p.sent) != 1 {
		t.Fatalf("%d answers, want 1", len(p.sent))
	}
	got := p.sent[0]
	if got.Status != 403 || got.Details != "gatehouse.test-plugin.bad" || string(got.Body) != "no" || !slices.Equal(got.Headers, [][2]string{{"cache-control", "no-store"}}) {
		t.Errorf("answer = %+v", got)
	}
	if value, err := host.GetCounterMetric("gatehouse.test_plugin.deny.bad"); err != nil || value != 1 {
		t.Errorf("counter = %d, %v, want 1", value, err)
	}
}

func TestShadowModeChangesNothing(t *testing.T) {
	for _, outcome := range []policy.Outcome{policy.Allow, policy.Deny} {
		t.Run(outcome.String(), func(t *testing.T) {
			host, p := start(t, &engine{decide: func(*policy.Request) policy.Decision {
				return policy.Decision{Outcome: outcome, Mode: policy.Shadow, Reason: "bad", Response: policy.Response{Status: 403},
					RemoveHeaders: []string{"authorization"}, SetHeaders: policy.Headers{{Name: "x", Value: "y"}}}
			}})
			action, headers := request(t, host, [2]string{"authorization", "Bearer x"})
			if action != types.ActionContinue || len(p.sent) != 0 {
				t.Errorf("action = %v with answers %v, want continue", action, p.sent)
			}
			if want := [][2]string{{"authorization", "Bearer x"}}; !slices.Equal(headers, want) {
				t.Errorf("headers = %q, want %q", headers, want)
			}
		})
	}
}

func TestADenialInShadowModeIsCountedApart(t *testing.T) {
	host, _ := start(t, &engine{decide: func(*policy.Request) policy.Decision {
		return policy.Decision{Mode: policy.Shadow, Reason: "bad"}
	}})
	request(t, host, [2]string{":method", "GET"})
	if value, err := host.GetCounterMetric("gatehouse.test_plugin.shadow_deny.bad"); err != nil || value != 1 {
		t.Errorf("counter = %d, %v, want 1", value, err)
	}
}

func TestWhatCannotBeJudgedIsRefused(t *testing.T) {
	allow := func(*policy.Request) policy.Decision { return policy.Decision{Outcome: policy.Allow, Reason: "good"} }
	tests := []struct {
		name   string
		decide func(*policy.Request) policy.Decision
		clock  uint64
	}{
		{"the engine panics", func(*policy.Request) policy.Decision { panic("with a secret") }, 1},
		{"there is no clock", allow, 0},
		{"a decision nobody made", func(*policy.Request) policy.Decision { return policy.Decision{Response: policy.Response{Status: 500}} }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host, p := start(t, &engine{decide: tt.decide})
			p.clock = tt.clock
			if action, _ := request(t, host, [2]string{":method", "GET"}); action != types.ActionPause {
				t.Errorf("action = %v, want pause", action)
			}
			if len(p.sent) != 1 || p.sent[0].Status != 500 {
				t.Errorf("answers = %+v, want one of 500", p.sent)
			}
			for _, line := range host.GetCriticalLogs() {
				if strings.Contains(line, "secret") {
					t.Errorf("the log has what was panicked with: %q", line)
				}
			}
		})
	}
}

func TestARefusedConfigurationKeepsThePluginFromStarting(t *testing.T) {
	host, _ := start(t, nil)
	if status := host.StartPlugin(); status != types.OnPluginStartStatusFailed {
		t.Errorf("status = %v, want failed", status)
	}
	if got, want := host.GetCriticalLogs(), []string{"test-plugin: config: a: wrong", "test-plugin: config: b: wrong too"}; !slices.Equal(got, want) {
		t.Errorf("logs = %q, want %q", got, want)
	}
}

func TestASecondRegistrationOfOneNameIsADefect(t *testing.T) {
	start(t, &engine{})
	defer func() {
		if recover() == nil {
			t.Error("the plugin was registered twice")
		}
	}()
	Register("test-plugin", event.APIActivity, func([]byte) (*engine, error) { return nil, nil })
}

// TestTheRootIDChooses has two plugins in one module.
func TestTheRootIDChooses(t *testing.T) {
	const unknown = `gatehouse: root id "%s": no plugin of this name, want one, other`
	for _, tt := range []struct{ rootID, log string }{
		{"one", "one: of one"},
		{"other", "other: of other"},
		{"neither", strings.Replace(unknown, "%s", "neither", 1)},
		{"", strings.Replace(unknown, "%s", "", 1)},
		{"ada@example.com", strings.Replace(unknown, "%s", "[email]", 1)},
	} {
		t.Run(tt.rootID, func(t *testing.T) {
			host.Forget()
			t.Cleanup(host.Forget)
			for _, name := range []string{"one", "other"} {
				Register(name, event.APIActivity, func([]byte) (*engine, error) { return nil, errors.New("of " + name) })
			}
			emulator, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(host.VM))
			t.Cleanup(reset)
			if tt.rootID != "" {
				if err := emulator.SetProperty([]string{"plugin_root_id"}, []byte(tt.rootID)); err != nil {
					t.Fatal(err)
				}
			}
			if status := emulator.StartPlugin(); status != types.OnPluginStartStatusFailed {
				t.Errorf("%q: status = %v, want failed", tt.rootID, status)
			}
			if logs := emulator.GetCriticalLogs(); len(logs) == 0 || logs[0] != tt.log {
				t.Errorf("%q: logs = %q, want %q", tt.rootID, logs, tt.log)
			}
		})
	}
}
