package main

import (
	"strconv"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/requestheaders"
	"gatehouse/sdkshim/internal/sdk"
)

type (
	vmContext     struct{ types.DefaultVMContext }
	pluginContext struct {
		types.DefaultPluginContext
		id uint32
	}
	httpContext struct {
		types.DefaultHttpContext
		plugin *pluginContext
	}
)

func (*vmContext) NewPluginContext(id uint32) types.PluginContext { return &pluginContext{id: id} }
func (p *pluginContext) NewHttpContext(uint32) types.HttpContext  { return &httpContext{plugin: p} }

var inside bool

func (c *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	if !inside {
		inside = true
		c.measure()
		inside = false
	}
	value, err := proxywasm.GetHttpRequestHeader("authorization")
	if err != nil || value == "" {
		return types.ActionPause
	}
	return types.ActionContinue
}

const (
	rounds   = 50
	requests = 1000
)

func (c *httpContext) measure() {
	least := func(name string, f func(id uint32)) {
		best := time.Duration(1 << 62)
		id := uint32(1 << 20)
		for range rounds {
			began := time.Now()
			for range requests {
				id++
				f(id)
			}
			best = min(best, time.Since(began))
		}
		proxywasm.LogWarn("inside: " + name + ": " + strconv.FormatInt(int64(best)/requests, 10) + " ns")
	}
	least("request", func(id uint32) {
		sdk.OnContextCreate(id, c.plugin.id)
		sdk.OnRequestHeaders(id, 4, true)
		sdk.OnDelete(id)
	})
	least("create and delete", func(id uint32) {
		sdk.OnContextCreate(id, c.plugin.id)
		sdk.OnDelete(id)
	})
	sdk.OnContextCreate(1<<19, c.plugin.id)
	least("headers", func(id uint32) { sdk.OnRequestHeaders(1<<19, 4, true) })
	sdk.OnDelete(1 << 19)
	least("header", func(uint32) { proxywasm.GetHttpRequestHeader("authorization") })
	least("header that is not there", func(uint32) { proxywasm.GetHttpRequestHeader("authorizatiom") })
	least("all headers", func(uint32) { proxywasm.GetHttpRequestHeaders() })
	least("now, sdkshim", func(uint32) { sink = sdkshim.Now() })
	least("now, time", func(uint32) { sink = time.Now() })
	least("property", func(uint32) { proxywasm.GetProperty([]string{"xds", "route_name"}) })
}

var sink time.Time

func init() { proxywasm.SetVMContext(&vmContext{}) }
