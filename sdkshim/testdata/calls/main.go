// Command calls does what the header x-do names with the calls that the SDK lacks
// or that go through the shim's own books, and answers with what came of it.
package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/grpccall"
	_ "gatehouse/sdkshim/callback/httpcall"
	_ "gatehouse/sdkshim/callback/requestheaders"
)

type (
	vmContext     struct{ types.DefaultVMContext }
	pluginContext struct{ types.DefaultPluginContext }
	httpContext   struct {
		types.DefaultHttpContext
		id uint32
	}
)

func (*vmContext) NewPluginContext(uint32) types.PluginContext    { return &pluginContext{} }
func (*pluginContext) NewHttpContext(id uint32) types.HttpContext { return &httpContext{id: id} }

func answer(format string, args ...any) {
	if err := proxywasm.SendHttpResponse(200, nil, fmt.Appendf(nil, format, args...), -1); err != nil {
		panic(err)
	}
}

func header(name string) []byte {
	value, err := proxywasm.GetHttpRequestHeader(name)
	if err != nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		panic(err)
	}
	return b
}

func (c *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	do, _ := proxywasm.GetHttpRequestHeader("x-do")
	switch do {
	case "verify":
		ok, err := sdkshim.VerifySignature("sha256", header("x-key"), header("x-signature"), header("x-text"))
		answer("%v %v", ok, err)
	case "information":
		level, err1 := sdkshim.LogLevel()
		size, err2 := sdkshim.HeaderMapSize(sdkshim.MapRequestHeaders)
		_, err3 := sdkshim.BufferSize(sdkshim.BufferRequestBody)
		apart := time.Since(sdkshim.Now())
		_, err4 := sdkshim.CallForeign("no_such_function", nil)
		answer("level %d %v; headers %v %v; body %v; clock %v; foreign %v", level, err1, size > 100, err2, err3,
			apart > -time.Second && apart < time.Second, err4)
	case "state":
		err := sdkshim.SetEnvoyFilterState("envoy.no.such.key", "x", sdkshim.DownstreamRequest)
		answer("%v; %v", sdkshim.SetEnvoyFilterState("envoy.tcp_proxy.cluster", "users", sdkshim.DownstreamRequest), err)
	case "grpc":
		c.grpc("users", "Check")
	case "grpc failure":
		c.grpc("users", "Fail")
	case "grpc unknown":
		_, err := sdkshim.GRPCCall(sdkshim.GRPCRequest{Cluster: "email", Service: "a.b.C", Method: "Check", Timeout: time.Second}, sdkshim.GRPCEvents{})
		answer("%v", err)
	case "stream":
		c.stream()
	case "http":
		headers := [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "users"}}
		_, err := proxywasm.DispatchHttpCall("upstream", headers, nil, nil, 20000, func(_, size, _ int) {
			body, err := proxywasm.GetHttpCallResponseBody(0, size)
			answer("%s %v", body, err)
		})
		if err != nil {
			answer("%v", err)
		}
	default:
		return types.ActionContinue
	}
	return types.ActionPause
}

func (c *httpContext) grpc(cluster, method string) {
	events := sdkshim.GRPCEvents{
		Message: func(size int) {
			message, err := sdkshim.GRPCMessage()
			c.later("message %d %q %v", size, message, err)
		},
		Closed: func(code uint32) {
			status, text, err := sdkshim.GRPCStatus()
			c.later("closed %d, status %d %q %v", code, status, text, err)
		},
	}
	_, err := sdkshim.GRPCCall(sdkshim.GRPCRequest{
		Cluster: cluster, Service: "a.b.C", Method: method, Message: []byte("ping"),
		Metadata: [][2]string{{"x-from", "calls"}}, Timeout: 5 * time.Second,
	}, events)
	if err != nil {
		answer("%v", err)
	}
}

func (c *httpContext) stream() {
	var heard strings.Builder
	token, err := sdkshim.GRPCOpen("users", "a.b.C", "Watch", nil, sdkshim.GRPCEvents{
		InitialMetadata: func(n int) {
			pairs, err := sdkshim.GRPCInitialMetadata()
			fmt.Fprintf(&heard, "initial %v %v; ", n == len(pairs) && n > 0, err)
		},
		Message: func(int) {
			message, err := sdkshim.GRPCMessage()
			fmt.Fprintf(&heard, "message %q %v; ", message, err)
		},
		TrailingMetadata: func(n int) {
			pairs, err := sdkshim.GRPCTrailingMetadata()
			fmt.Fprintf(&heard, "trailing %v %v; ", n == len(pairs), err)
		},
		Closed: func(code uint32) { c.later("%sclosed %d", heard.String(), code) },
	})
	if err == nil {
		err = token.Send([]byte("ping"), true)
	}
	if err != nil {
		answer("%v", err)
	}
}

// later answers from a callback that runs in the plugin context.
func (c *httpContext) later(format string, args ...any) {
	if err := sdkshim.SetEffectiveContext(c.id); err != nil {
		panic(err)
	}
	answer(format, args...)
}

func init() { proxywasm.SetVMContext(&vmContext{}) }

func main() {}
