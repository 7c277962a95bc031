// The script plugin does what its configuration says, and logs what the host
// answers, so that a test of the host is a few lines of text. It speaks the ABI
// itself, without an SDK between.
//
// A line of the configuration is a callback without its "proxy_" and an
// operation: "on_request_headers: get 0 :path". A prefix "end?" or "more?" runs
// the operation only with or without the end of the stream. Operations are the
// functions in operations.go.
package main

import (
	"strings"
	"unsafe"
)

// scripts are the operations by root context and callback.
var scripts = map[uint32]map[string][]string{}

// parents are the root contexts of streams.
var parents = map[uint32]uint32{}

// given keeps what the host puts into memory alive during a callback.
var given [][]byte

// run is a callback on the stack.
type run struct {
	callback string
	context  uint32
	args     []uint32
	answer   uint32
}

func (r *run) end() bool { return len(r.args) > 1 && r.args[1] != 0 }

func callback(name string, context uint32, answer uint32, args ...uint32) uint32 {
	given = nil
	root := context
	if p, ok := parents[context]; ok {
		root = p
	}
	r := &run{callback: name, context: context, args: args, answer: answer}
	for _, line := range scripts[root][name] {
		if rest, ok := strings.CutPrefix(line, "end? "); ok {
			if !r.end() {
				continue
			}
			line = rest
		}
		if rest, ok := strings.CutPrefix(line, "more? "); ok {
			if r.end() {
				continue
			}
			line = rest
		}
		r.do(line)
	}
	return r.answer
}

func main() {}

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) unsafe.Pointer {
	b := make([]byte, max(size, 1))
	given = append(given, b)
	return unsafe.Pointer(unsafe.SliceData(b))
}

//go:wasmexport proxy_on_context_create
func onContextCreate(id, parent uint32) {
	if parent != 0 {
		parents[id] = parent
	}
	callback("on_context_create", id, 0, parent)
}

//go:wasmexport proxy_on_vm_start
func onVMStart(id, size uint32) uint32 {
	var code uint32 = 1
	if bytesOf(bufferVMConfiguration) == "refuse" {
		code = 0
	}
	return code
}

//go:wasmexport proxy_on_configure
func onConfigure(id, size uint32) uint32 {
	script := map[string][]string{}
	for line := range strings.SplitSeq(bytesOf(bufferPluginConfiguration), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, operation, ok := strings.Cut(line, ": ")
		if !ok {
			logLine(4, "no operation in "+line)
			return 0
		}
		script[name] = append(script[name], operation)
	}
	scripts[id] = script
	return callback("on_configure", id, 1, size)
}

//go:wasmexport proxy_on_tick
func onTick(id uint32) { callback("on_tick", id, 0) }

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, count, end uint32) uint32 {
	return callback("on_request_headers", id, 0, count, end)
}

//go:wasmexport proxy_on_request_body
func onRequestBody(id, size, end uint32) uint32 {
	return callback("on_request_body", id, 0, size, end)
}

//go:wasmexport proxy_on_request_trailers
func onRequestTrailers(id, count uint32) uint32 {
	return callback("on_request_trailers", id, 0, count)
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, count, end uint32) uint32 {
	return callback("on_response_headers", id, 0, count, end)
}

//go:wasmexport proxy_on_response_body
func onResponseBody(id, size, end uint32) uint32 {
	return callback("on_response_body", id, 0, size, end)
}

//go:wasmexport proxy_on_response_trailers
func onResponseTrailers(id, count uint32) uint32 {
	return callback("on_response_trailers", id, 0, count)
}

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(id, token, headers, size, trailers uint32) {
	callback("on_http_call_response", id, 0, token, headers, size, trailers)
}

//go:wasmexport proxy_on_grpc_receive_initial_metadata
func onGRPCInitial(id, token, count uint32) {
	callback("on_grpc_receive_initial_metadata", id, 0, token, count)
}

//go:wasmexport proxy_on_grpc_receive
func onGRPCReceive(id, token, size uint32) { callback("on_grpc_receive", id, 0, token, size) }

//go:wasmexport proxy_on_grpc_receive_trailing_metadata
func onGRPCTrailing(id, token, count uint32) {
	callback("on_grpc_receive_trailing_metadata", id, 0, token, count)
}

//go:wasmexport proxy_on_grpc_close
func onGRPCClose(id, token, code uint32) { callback("on_grpc_close", id, 0, token, code) }

//go:wasmexport proxy_on_queue_ready
func onQueueReady(id, token uint32) { callback("on_queue_ready", id, 0, token) }

//go:wasmexport proxy_on_log
func onLog(id uint32) { callback("on_log", id, 0) }

//go:wasmexport proxy_on_done
func onDone(id uint32) uint32 { return callback("on_done", id, 1) }

//go:wasmexport proxy_on_delete
func onDelete(id uint32) {
	callback("on_delete", id, 0)
	delete(parents, id)
}
