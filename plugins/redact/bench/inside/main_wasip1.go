package main

import (
	"encoding/json"
	"strconv"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/redact/bench/measure"
)

// The callbacks of a stream, as the proxy makes them.

//go:linkname onContextCreate gatehouse/sdkshim/internal/sdk.OnContextCreate
func onContextCreate(contextID, pluginContextID uint32)

//go:linkname onRequestHeaders gatehouse/sdkshim/internal/sdk.OnRequestHeaders
func onRequestHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname onResponseHeaders gatehouse/sdkshim/internal/sdk.OnResponseHeaders
func onResponseHeaders(contextID uint32, numHeaders int, endOfStream bool) uint32

//go:linkname onLog gatehouse/sdkshim/internal/sdk.OnLog
func onLog(contextID uint32)

//go:linkname onDone gatehouse/sdkshim/internal/sdk.OnDone
func onDone(contextID uint32) bool

//go:linkname onDelete gatehouse/sdkshim/internal/sdk.OnDelete
func onDelete(contextID uint32)

//go:linkname swapActiveContext gatehouse/sdkshim/internal/sdk.SwapActiveContext
func swapActiveContext(contextID uint32) (before uint32)

// inspector is that of the plugin. It measures when a stream of the proxy begins: the
// first is to be one that no rule is about, the second one that a rule is about, whose
// response, which is not there yet, has no type and passes unread.
type inspector struct {
	*redact.Inspector
	streams int
	busy    bool
}

func init() {
	inspect.Register("redact", event.APIActivity, func(document []byte) (*inspector, error) {
		i, err := redact.New(document)
		if err != nil {
			return nil, err
		}
		return &inspector{Inspector: i}, nil
	})
}

// Inspect implements inspect.Inspector.
func (i *inspector) Inspect() policy.Inspection {
	return &inspection{i.Inspector.Inspect().(policy.Rewriter), i}
}

type inspection struct {
	policy.Rewriter
	inspector *inspector
}

// RequestHeaders implements policy.Inspection.
func (s *inspection) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	if i := s.inspector; !i.busy {
		i.busy = true
		switch i.streams++; i.streams {
		case 1:
			engines()
			streams("a route that no rule is about", false)
		case 2:
			streams("a type that no rule is about", true)
		}
		i.busy = false
	}
	return s.Rewriter.RequestHeaders(r, end)
}

// engines measures without the proxy.
func engines() {
	if err := measure.All(64<<10, 300*time.Millisecond, "", "", log); err != nil {
		proxywasm.LogWarn("inside: " + err.Error())
	}
}

// log has a result read by the benchmark.
func log(r measure.Result) {
	text, err := json.Marshal(r)
	if err != nil {
		text = strconv.AppendQuote(nil, err.Error())
	}
	proxywasm.LogWarn("inside: " + string(text))
}

const (
	rounds = 500
	each   = 100
	// plugin is the id of the only plugin context of a VM.
	plugin = 1
)

// next is the id of a stream that the proxy does not have.
var next = uint32(1 << 20)

// streams measures streams like the one that is under way.
func streams(name string, response bool) {
	least := time.Duration(1 << 62)
	before := swapActiveContext(0)
	for range rounds {
		began := time.Now()
		for range each {
			next++
			onContextCreate(next, plugin)
			held := onRequestHeaders(next, 8, true)
			if response {
				held += onResponseHeaders(next, 4, false)
			}
			if held != 0 {
				proxywasm.LogWarn("inside: a stream did not go on")
			}
			onLog(next)
			onDone(next)
			onDelete(next)
		}
		least = min(least, time.Since(began))
	}
	swapActiveContext(before)
	log(measure.Result{Subject: "stream", Body: name, Nanoseconds: int64(least) / each})
}
