//go:build !wasip1

package inspect

import (
	"bytes"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// TestAModuleWithoutBackgroundLinksNoneOfIt looks for the callbacks and functions of
// package background in a module that registers here.
func TestAModuleWithoutBackgroundLinksNoneOfIt(t *testing.T) {
	module := replaytest.Build(t, "./testdata/guard")
	if !bytes.Contains(module, []byte("proxy_on_log")) {
		t.Fatal("the module has no names to look at")
	}
	for _, name := range []string{"proxy_on_tick", "proxy_on_grpc", "proxy_on_http_call", "proxy_grpc_call", "filter/internal/work"} {
		if bytes.Contains(module, []byte(name)) {
			t.Errorf("the module has %s", name)
		}
	}
}

func TestNothingWouldWakeARequestWithoutBackground(t *testing.T) {
	s := &script{decide: map[string]policy.Decision{requestHeaders: {Outcome: policy.Wait}}}
	h, p := start(t, s)
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, get, true), types.ActionPause)
	if len(p.sent) != 1 || p.sent[0].Status != 500 {
		t.Errorf("answers %v, want one of 500", p.sent)
	}
}

// TestAStreamAllocatesNothing counts what a stream allocates that wants neither
// bodies nor the response, beside reading its headers through the SDK.
func TestAStreamAllocatesNothing(t *testing.T) {
	s := &script{decide: map[string]policy.Decision{requestHeaders: {Outcome: policy.Allow, Reason: "good", NoResponse: true}}}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, [][2]string{{":method", "GET"}, {"x-request-id", "a"}}, true)
	h.CallOnResponseHeaders(id, ok, true)
	wantCalls(t, s, requestHeaders)
	p := host.VM.NewPluginContext(1)
	if p.OnPluginStart(0) != types.OnPluginStartStatusOK {
		t.Fatal("the plugin did not start")
	}
	reading := testing.AllocsPerRun(100, func() {
		if _, err := proxywasm.GetHttpRequestHeaders(); err != nil {
			t.Fatal(err)
		}
	})
	stream := testing.AllocsPerRun(100, func() {
		s.calls = s.calls[:0]
		x := p.NewHttpContext(7)
		if x.OnHttpRequestHeaders(2, true) != types.ActionContinue || x.OnHttpResponseHeaders(1, true) != types.ActionContinue {
			t.Fatal("the stream does not go on")
		}
		x.OnHttpStreamDone()
	})
	if stream > reading {
		t.Errorf("a stream allocates %v times, reading its headers alone %v", stream, reading)
	}
}
