// Command hello is the least plugin that does something: it lets through only
// requests that carry an authorization header.
package main

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	_ "gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/requestheaders"
)

type (
	vmContext     struct{ types.DefaultVMContext }
	pluginContext struct{ types.DefaultPluginContext }
	httpContext   struct{ types.DefaultHttpContext }
)

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &pluginContext{} }
func (*pluginContext) NewHttpContext(uint32) types.HttpContext { return &httpContext{} }

func (*httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	value, err := proxywasm.GetHttpRequestHeader("authorization")
	if err != nil || value == "" {
		return types.ActionPause
	}
	return types.ActionContinue
}

func init() { proxywasm.SetVMContext(&vmContext{}) }

func main() {}
