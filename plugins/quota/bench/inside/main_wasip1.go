package main

import (
	"strconv"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect/background"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota"
	"gatehouse/sdkshim"
)

// The callbacks of a stream, as the proxy makes them.

//go:linkname onContextCreate gatehouse/sdkshim/internal/sdk.OnContextCreate
func onContextCreate(contextID, pluginContextID uint32)

//go:linkname onRequestHeaders gatehouse/sdkshim/internal/sdk.OnRequestHeaders
func onRequestHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname onLog gatehouse/sdkshim/internal/sdk.OnLog
func onLog(contextID uint32)

//go:linkname onDone gatehouse/sdkshim/internal/sdk.OnDone
func onDone(contextID uint32) bool

//go:linkname onDelete gatehouse/sdkshim/internal/sdk.OnDelete
func onDelete(contextID uint32)

//go:linkname swapActiveContext gatehouse/sdkshim/internal/sdk.SwapActiveContext
func swapActiveContext(contextID uint32) (before uint32)

// inspector is that of the plugin, which measures itself when the first stream
// begins.
type inspector struct {
	*quota.Inspector
	measured bool
}

func init() {
	background.Register("quota", event.APIActivity, func(document []byte) (*inspector, error) {
		i, err := quota.New(document)
		if err != nil {
			return nil, err
		}
		return &inspector{Inspector: i}, nil
	})
}

// Inspect is called while the headers of a request are there.
func (i *inspector) Inspect() policy.Inspection {
	if !i.measured {
		i.measured = true
		measure()
	}
	return i.Inspector.Inspect()
}

const (
	rounds   = 50
	requests = 1000
	// plugin is the id of the only plugin context of a VM.
	plugin = 1
)

// now is a result that is to be made.
var now time.Time

func measure() {
	id := uint32(1 << 20)
	denied := 0
	least := func(name string, f func(id uint32)) {
		best := time.Duration(1 << 62)
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
	before := swapActiveContext(0)
	least("request, from its beginning to its end", func(id uint32) {
		onContextCreate(id, plugin)
		if onRequestHeaders(id, 8, true) != 0 {
			denied++
		}
		onLog(id)
		onDone(id)
		onDelete(id)
	})
	least("beginning and end alone", func(id uint32) {
		onContextCreate(id, plugin)
		onDelete(id)
	})
	swapActiveContext(before)
	const key = "bench.inside"
	if err := proxywasm.SetSharedData(key, make([]byte, 64), 0); err != nil {
		proxywasm.LogWarn("inside: shared data: " + err.Error())
	}
	least("all headers", func(uint32) { proxywasm.GetHttpRequestHeaders() })
	least("the identity, where set_filter_state leaves it", func(uint32) {
		proxywasm.GetProperty([]string{"gatehouse.identity"})
		proxywasm.GetProperty([]string{"filter_state", "wasm.gatehouse.identity"})
	})
	least("another property", func(uint32) { proxywasm.GetProperty([]string{"xds", "route_name"}) })
	least("shared data, read and written", func(uint32) {
		value, version, _ := proxywasm.GetSharedData(key)
		proxywasm.SetSharedData(key, value, version)
	})
	least("the time", func(uint32) { now = sdkshim.Now() })
	if now.IsZero() {
		proxywasm.LogWarn("inside: the proxy has no clock")
	}
	if denied > 0 {
		proxywasm.LogWarn("inside: " + strconv.Itoa(denied) + " requests did not go on")
	}
}
