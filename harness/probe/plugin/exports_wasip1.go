package main

import (
	"strconv"
	"unsafe"
)

const (
	vmConfiguration     = 6
	pluginConfiguration = 7
)

func dec(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func onMemoryAllocate(size uint32) unsafe.Pointer {
	b := make([]byte, size)
	allocations = append(allocations, b)
	return unsafe.Pointer(unsafe.SliceData(b))
}

//go:wasmexport proxy_on_context_create
func onContextCreate(id, parent uint32) {
	if c := contexts[id]; c != nil {
		// The host announces the same context again: that is worth a record.
		enter(id, "context_create_again", 0)
		return
	}
	c := &context{name: "root", calls: make(map[string]int)}
	if p := contexts[parent]; parent != 0 && p != nil {
		p.root.streams++
		c.root = p.root
		c.name = "s" + strconv.Itoa(c.root.streams)
	} else {
		c.root = &root{id: id}
		if parent != 0 {
			c.name = "orphan"
		}
	}
	contexts[id] = c
	enter(id, "context_create", 0)
}

//go:wasmexport proxy_on_vm_start
func onVMStart(id, size uint32) uint32 {
	if s, bad := parse(configuration(vmConfiguration, size)); bad == "" {
		vmScript = s
	} else {
		record([]byte("probe ! " + bad))
	}
	return enter(id, "vm_start", 1, dec(size))
}

//go:wasmexport proxy_on_configure
func onConfigure(id, size uint32) uint32 {
	s, bad := parse(configuration(pluginConfiguration, size))
	if bad != "" {
		record([]byte("probe ! " + bad))
		return 0
	}
	if c := contexts[id]; c != nil {
		c.root.script = s
	}
	return enter(id, "configure", 1, dec(size))
}

//go:wasmexport proxy_on_tick
func onTick(id uint32) { enter(id, "tick", 0) }

//go:wasmexport proxy_on_queue_ready
func onQueueReady(id, queue uint32) { enter(id, "queue_ready", 0, tokenOf(id, 'U', queue)) }

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, count, end uint32) uint32 {
	return enter(id, "request_headers", 0, dec(count), dec(end))
}

//go:wasmexport proxy_on_request_body
func onRequestBody(id, size, end uint32) uint32 {
	return enter(id, "request_body", 0, dec(size), dec(end))
}

//go:wasmexport proxy_on_request_trailers
func onRequestTrailers(id, count uint32) uint32 {
	return enter(id, "request_trailers", 0, dec(count))
}

//go:wasmexport proxy_on_request_metadata
func onRequestMetadata(id, count uint32) uint32 {
	return enter(id, "request_metadata", 0, dec(count))
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, count, end uint32) uint32 {
	return enter(id, "response_headers", 0, dec(count), dec(end))
}

//go:wasmexport proxy_on_response_body
func onResponseBody(id, size, end uint32) uint32 {
	return enter(id, "response_body", 0, dec(size), dec(end))
}

//go:wasmexport proxy_on_response_trailers
func onResponseTrailers(id, count uint32) uint32 {
	return enter(id, "response_trailers", 0, dec(count))
}

//go:wasmexport proxy_on_response_metadata
func onResponseMetadata(id, count uint32) uint32 {
	return enter(id, "response_metadata", 0, dec(count))
}

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(id, token, headers, size, trailers uint32) {
	enter(id, "http_call_response", 0, tokenOf(id, 'T', token), dec(headers), dec(size), dec(trailers))
}

//go:wasmexport proxy_on_grpc_receive_initial_metadata
func onGRPCReceiveInitialMetadata(id, token, count uint32) {
	enter(id, "grpc_receive_initial_metadata", 0, tokenOf(id, 'T', token), dec(count))
}

//go:wasmexport proxy_on_grpc_receive
func onGRPCReceive(id, token, size uint32) {
	enter(id, "grpc_receive", 0, tokenOf(id, 'T', token), dec(size))
}

//go:wasmexport proxy_on_grpc_receive_trailing_metadata
func onGRPCReceiveTrailingMetadata(id, token, count uint32) {
	enter(id, "grpc_receive_trailing_metadata", 0, tokenOf(id, 'T', token), dec(count))
}

//go:wasmexport proxy_on_grpc_close
func onGRPCClose(id, token, status uint32) {
	enter(id, "grpc_close", 0, tokenOf(id, 'T', token), dec(status))
}

//go:wasmexport proxy_on_foreign_function
func onForeignFunction(id, function, size uint32) {
	enter(id, "foreign_function", 0, dec(function), dec(size))
}

//go:wasmexport proxy_on_done
func onDone(id uint32) uint32 { return enter(id, "done", 1) }

//go:wasmexport proxy_on_log
func onLog(id uint32) { enter(id, "log", 0) }

//go:wasmexport proxy_on_delete
func onDelete(id uint32) {
	enter(id, "delete", 0)
	delete(contexts, id)
}

func tokenOf(id uint32, kind rune, n uint32) string {
	if c := contexts[id]; c != nil {
		return c.token(kind, n)
	}
	return dec(n)
}
