package harness

import (
	"context"
	"maps"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The functions of the host, by group: general here, header maps and buffers in
// abi_http.go, shared data, queues and metrics in abi_store.go, callouts in
// abi_callout.go, properties in property.go, foreign functions in foreign.go,
// WASI in wasi.go.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#functions-implemented-in-the-host-environment

// hostCall is one call of a host function.
type hostCall struct {
	ctx context.Context
	vm  *vm
	// c is the context the call is made for: the current one, or the one set as
	// effective.
	c    *wasmContext
	args []uint64
}

func (h *hostCall) u32(i int) uint32 { return uint32(h.args[i]) }

// bytes reads the memory that two arguments describe, address and size. The
// bytes are the VM's: they are copied where they are kept.
func (h *hostCall) bytes(i int) ([]byte, bool) { return h.vm.read(h.u32(i), h.u32(i+1)) }

func (h *hostCall) string(i int) (string, bool) { return h.vm.readString(h.u32(i), h.u32(i+1)) }

// give answers bytes through the pointers that two arguments are.
func (h *hostCall) give(b []byte, i int) status {
	if !h.vm.give(h.ctx, b, h.u32(i), h.u32(i+1)) {
		return statusInvalidMemoryAccess
	}
	return statusOK
}

// giveU32 answers a number through the pointer that an argument is.
func (h *hostCall) giveU32(value uint32, i int) status {
	if !h.vm.writeU32(h.u32(i), value) {
		return statusInvalidMemoryAccess
	}
	return statusOK
}

// hostFunction is a function a module may import.
type hostFunction struct {
	params, results []api.ValueType
	run             func(*hostCall) uint32
}

// abiFunction is a host function of the ABI with its parameters, i for 32 bits
// and I for 64.
type abiFunction struct {
	params string
	run    func(*hostCall) status
}

// generalFunctions are those of logging, time, contexts and streams.
var generalFunctions = map[string]abiFunction{
	"proxy_log":                          {"iii", hostLog},
	"proxy_get_log_level":                {"i", hostGetLogLevel},
	"proxy_get_status":                   {"iii", hostGetStatus},
	"proxy_get_current_time_nanoseconds": {"i", hostGetCurrentTime},
	"proxy_set_tick_period_milliseconds": {"i", hostSetTickPeriod},
	"proxy_set_effective_context":        {"i", hostSetEffectiveContext},
	"proxy_done":                         {"", hostDone},
	"proxy_continue_stream":              {"i", hostContinueStream},
	"proxy_close_stream":                 {"i", hostCloseStream},
	"proxy_send_local_response":          {"iiiiiiii", hostSendLocalResponse},
}

// hostFunctions are all functions by module and name.
func hostFunctions() map[string]map[string]*hostFunction {
	env := map[string]*hostFunction{
		// Called by modules of Emscripten.
		"pthread_equal":                   {params: words("ii"), results: words("i"), run: pthreadEqual},
		"emscripten_notify_memory_growth": {params: words("i"), run: func(*hostCall) uint32 { return 0 }},
	}
	for _, group := range []map[string]abiFunction{generalFunctions, httpFunctions, storeFunctions,
		calloutFunctions, propertyFunctions, foreignFunctionFunctions} {
		for name, f := range group {
			env[name] = &hostFunction{params: words(f.params), results: words("i"),
				run: func(h *hostCall) uint32 { return uint32(f.run(h)) }}
		}
	}
	wasi := map[string]*hostFunction{}
	for name, f := range wasiFunctions() {
		results := words("i")
		if name == "proc_exit" {
			results = nil
		}
		wasi[name] = &hostFunction{params: words(f.params), results: results, run: f.run}
	}
	return map[string]map[string]*hostFunction{
		"env": env, "wasi_snapshot_preview1": wasi, "wasi_unstable": maps.Clone(wasi),
	}
}

func words(params string) []api.ValueType {
	types := make([]api.ValueType, len(params))
	for i := range params {
		types[i] = api.ValueTypeI32
		if params[i] == 'I' {
			types[i] = api.ValueTypeI64
		}
	}
	return types
}

func pthreadEqual(h *hostCall) uint32 {
	if h.u32(0) == h.u32(1) {
		return 1
	}
	return 0
}

// installHostFunctions makes the functions importable.
func installHostFunctions(ctx context.Context, runtime wazero.Runtime, functions map[string]map[string]*hostFunction) error {
	for module, group := range functions {
		builder := runtime.NewHostModuleBuilder(module)
		for name, f := range group {
			builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(
				func(ctx context.Context, _ api.Module, stack []uint64) {
					v := vmOf(ctx)
					if v.allowed != nil && !v.allowed[name] {
						panic(hostTrap("restricted_callback: " + name + " is not allowed now"))
					}
					h := hostCall{ctx: v.proxy.ctx, vm: v, c: v.effectiveContext(), args: stack}
					answer := f.run(&h)
					if len(f.results) > 0 {
						stack[0] = uint64(answer)
					}
				}), f.params, f.results).Export(name)
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// effectiveContext is the context host functions work for: the one the plugin
// chose, as long as it exists, or the one the callback came for.
func (v *vm) effectiveContext() *wasmContext {
	p := v.proxy
	if p.effective != 0 {
		if c := v.contexts[p.effective]; c != nil {
			return c
		}
	}
	if p.current == nil || p.current.vm != v {
		return v.base
	}
	return p.current
}

// hostLog writes a line (level, address, size). BAD_ARGUMENT: unknown level.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_log
func hostLog(h *hostCall) status {
	if LogLevel(h.u32(0)) > LogCritical {
		return statusBadArgument
	}
	message, ok := h.string(1)
	if !ok {
		return statusInvalidMemoryAccess
	}
	h.c.writeLog(LogLevel(h.u32(0)), message)
	return statusOK
}

func (c *wasmContext) writeLog(level LogLevel, message string) {
	c.vm.proxy.log(LogEntry{Level: level, Plugin: c.pluginOf().label(), Worker: c.vm.worker, Message: message})
}

// hostGetLogLevel answers the least level that is written.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_log_level
func hostGetLogLevel(h *hostCall) status {
	return h.giveU32(uint32(h.vm.proxy.opts.LogLevel), 0)
}

// hostGetStatus answers the status of the last callout: code, then message.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_status
func hostGetStatus(h *hostCall) status {
	root := h.c.root
	if s := h.giveU32(root.statusCode, 0); s != statusOK {
		return s
	}
	return h.give([]byte(root.statusMessage), 1)
}

// hostGetCurrentTime answers the virtual time in nanoseconds since 1970.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_current_time_nanoseconds
func hostGetCurrentTime(h *hostCall) status {
	if !h.vm.writeU64(h.u32(0), h.vm.realtime()) {
		return statusInvalidMemoryAccess
	}
	return statusOK
}

// hostSetTickPeriod sets the period of proxy_on_tick of the root context, 0 for
// none.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_tick_period_milliseconds
func hostSetTickPeriod(h *hostCall) status {
	h.vm.setTimer(h.c.root, milliseconds(h.u32(0)))
	return statusOK
}

// hostSetEffectiveContext makes the following host functions work for another
// context, until the callback returns. BAD_ARGUMENT: no such context.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_effective_context
func hostSetEffectiveContext(h *hostCall) status {
	id := h.u32(0)
	if h.vm.contexts[id] == nil {
		return statusBadArgument
	}
	h.vm.proxy.effective = id
	return statusOK
}

// hostDone ends a root context that had answered false to proxy_on_done.
// NOT_FOUND: it had not.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_done
func hostDone(h *hostCall) status {
	v, key := h.vm, h.c.pluginOf().pluginKey()
	root := v.pendingDone[key]
	if root == nil {
		return statusNotFound
	}
	delete(v.pendingDone, key)
	v.afterCall = append(v.afterCall, func() { root.callback("proxy_on_delete", uint64(root.id)) })
	return statusOK
}

// envoyCrashes is a call on which Envoy 1.40 ends with a segmentation fault. A
// plugin that makes it breaks the whole proxy; here it breaks its VM.
func envoyCrashes(when string) {
	panic(hostTrap("Envoy crashes here: " + when))
}

// The directions of a stream, as the ABI numbers them.
const (
	streamRequest uint32 = iota
	streamResponse
	streamDownstream
	streamUpstream
	streamKinds
)

// hostContinueStream resumes a paused stream once the callback has returned.
// The maps and buffers of the request are gone from then on, whichever
// direction continues.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_continue_stream
func hostContinueStream(h *hostCall) status {
	c := h.c
	switch kind := h.u32(0); kind {
	case streamRequest:
		if c.decode != nil {
			h.vm.afterCall = append(h.vm.afterCall, c.decode.resume)
		}
	case streamResponse:
		if s := c.stream; s != nil && !s.done && (s.responseHeaders == nil || s.calls&inEncodeTrailers != 0) {
			envoyCrashes("a response that has not begun, or whose trailers are on their way, is continued")
		}
		if c.encode != nil {
			h.vm.afterCall = append(h.vm.afterCall, c.encode.resume)
		}
	case streamDownstream:
		return statusOK
	case streamUpstream:
		return statusUnimplemented
	default:
		return statusBadArgument
	}
	c.requestHeaders, c.requestBody, c.requestTrailers = nil, nil, nil
	return statusOK
}

// hostCloseStream resets a stream once the callback has returned.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_close_stream
func hostCloseStream(h *hostCall) status {
	kind := h.u32(0)
	if kind >= streamKinds {
		return statusBadArgument
	}
	if c := h.c; c.stream != nil && kind <= streamResponse {
		if c.stream.done {
			envoyCrashes("a stream that is over is closed")
		}
		if c.stream.result.Details == "" {
			c.stream.result.Details = "wasm_close_stream"
		}
		h.vm.afterCall = append(h.vm.afterCall, c.stream.reset)
	}
	return statusOK
}

// hostSendLocalResponse answers the client once the callback has returned, and
// stops the stream whatever the callback answers (status code, details, body,
// headers, gRPC status or -1).
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_send_local_response
func hostSendLocalResponse(h *hostCall) status {
	details, ok1 := h.string(1)
	body, ok2 := h.string(3)
	pairs, ok3 := h.bytes(5)
	if !ok1 || !ok2 || !ok3 {
		return statusInvalidMemoryAccess
	}
	reply := localReply{status: int(h.u32(0)), headers: decodePairs(pairs), body: body,
		grpcStatus: int(h.u32(7)), details: underscores(details)}
	if h.u32(7) > grpcMaxKnown {
		reply.grpcStatus = noGRPCStatus
	}
	if s := h.c.stream; s != nil {
		if s.done {
			envoyCrashes("a stream that is over is answered")
		}
		h.vm.afterCall = append(h.vm.afterCall, func() { s.sendLocalReply(reply) })
	}
	h.vm.stopIteration = true
	return statusOK
}
