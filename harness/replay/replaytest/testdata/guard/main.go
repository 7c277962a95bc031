// Command guard is a plugin for the tests of replay and of the command line. It
// is written against the bare ABI, so that these tests fail for no one else's
// reasons:
//
//   - it starts with a configuration that is empty or {"deny": "PREFIX"}, and
//     says what is wrong with any other;
//   - paths with the prefix are answered 403 and written down as an event;
//   - /trap breaks the VM, /loop never ends, /log writes lines, /address writes
//     source.address;
//   - /ask waits for an answer of the cluster "idp" and goes on with "x-answer",
//     its status;
//   - other requests go on with "x-guard: seen", and their answers come back
//     with "x-guard-bytes", the length of the path;
//   - counters guard.denied and guard.allowed.
package main

import (
	"strings"
	"unsafe"
)

func main() {}

// trap is the instruction "unreachable".
func trap()

//go:wasmimport env proxy_log
func proxyLog(level uint32, text unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeader(kind uint32, key unsafe.Pointer, keySize uint32, value, size unsafe.Pointer) uint32

//go:wasmimport env proxy_add_header_map_value
func proxyAddHeader(kind uint32, key unsafe.Pointer, keySize uint32, value unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBuffer(kind, start, max uint32, data, size unsafe.Pointer) uint32

//go:wasmimport env proxy_send_local_response
func proxySendLocalResponse(status uint32, details unsafe.Pointer, detailsSize uint32, body unsafe.Pointer, bodySize uint32, headers unsafe.Pointer, headersSize, grpcStatus uint32) uint32

//go:wasmimport env proxy_define_metric
func proxyDefineMetric(kind uint32, name unsafe.Pointer, size uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_increment_metric
func proxyIncrementMetric(id uint32, by int64) uint32

//go:wasmimport env proxy_get_property
func proxyGetProperty(path unsafe.Pointer, size uint32, value, valueSize unsafe.Pointer) uint32

//go:wasmimport env proxy_http_call
func proxyHTTPCall(cluster unsafe.Pointer, clusterSize uint32, headers unsafe.Pointer, headersSize uint32, body unsafe.Pointer, bodySize uint32, trailers unsafe.Pointer, trailersSize, timeout uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_set_effective_context
func proxySetEffectiveContext(id uint32) uint32

//go:wasmimport env proxy_continue_stream
func proxyContinueStream(kind uint32) uint32

const (
	logInfo, logError               = 2, 4
	requestHeaders, responseHeaders = 0, 2
	callResponseHeaders             = 6
	pluginConfiguration             = 7
	goOn, pause                     = 0, 1
)

var (
	deny            string
	denied, allowed uint32
	paths           = map[uint32]string{}
	calls           = map[uint32]uint32{} // call to stream
	allocated       [][]byte
)

func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

func log(level uint32, text string) { proxyLog(level, pointer(text), uint32(len(text))) }

func metric(name string) (id uint32) {
	proxyDefineMetric(0, pointer(name), uint32(len(name)), unsafe.Pointer(&id))
	return id
}

func taken(data *byte, size uint32) string {
	if data == nil || size == 0 {
		return ""
	}
	s := strings.Clone(unsafe.String(data, size))
	allocated = nil
	return s
}

func header(kind uint32, key string) string {
	var data *byte
	var size uint32
	proxyGetHeader(kind, pointer(key), uint32(len(key)), unsafe.Pointer(&data), unsafe.Pointer(&size))
	return taken(data, size)
}

func addHeader(kind uint32, key, value string) {
	proxyAddHeader(kind, pointer(key), uint32(len(key)), pointer(value), uint32(len(value)))
}

// ask calls the cluster "idp" for a stream, and reports whether it could.
func ask(stream uint32) bool {
	pairs := [][2]string{{":method", "GET"}, {":path", "/keys"}, {":authority", "idp"}}
	number := func(b []byte, n int) []byte { return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) }
	headers := number(nil, len(pairs))
	for _, pair := range pairs {
		headers = number(number(headers, len(pair[0])), len(pair[1]))
	}
	for _, pair := range pairs {
		headers = append(append(append(append(headers, pair[0]...), 0), pair[1]...), 0)
	}
	var id uint32
	status := proxyHTTPCall(pointer("idp"), 3, unsafe.Pointer(unsafe.SliceData(headers)), uint32(len(headers)), nil, 0, nil, 0, 1000, unsafe.Pointer(&id))
	calls[id] = stream
	return status == 0
}

//go:wasmexport proxy_on_http_call_response
func onHTTPCallResponse(root, id, headers, bodySize, trailers uint32) {
	status := header(callResponseHeaders, ":status")
	proxySetEffectiveContext(calls[id])
	addHeader(requestHeaders, "x-answer", status)
	proxyContinueStream(0)
}

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	allocated = append(allocated, make([]byte, size))
	return unsafe.Pointer(unsafe.SliceData(allocated[len(allocated)-1]))
}

//go:wasmexport proxy_on_context_create
func contextCreate(id, parent uint32) {}

//go:wasmexport proxy_on_vm_start
func vmStart(id, size uint32) uint32 { return 1 }

//go:wasmexport proxy_on_configure
func configure(id, size uint32) uint32 {
	var data *byte
	var got uint32
	proxyGetBuffer(pluginConfiguration, 0, size, unsafe.Pointer(&data), unsafe.Pointer(&got))
	text := strings.TrimSpace(taken(data, got))
	if text != "" {
		rest, ok := strings.CutPrefix(text, `{"deny": "`)
		prefix, end := strings.CutSuffix(rest, `"}`)
		if !ok || !end {
			log(logError, `config: want {"deny": "PREFIX"}`)
			if strings.Contains(text, "\n") {
				log(logError, "config: want one line")
			}
			return 0
		}
		deny = prefix
	}
	denied, allowed = metric("guard.denied"), metric("guard.allowed")
	return 1
}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(id, count, end uint32) uint32 {
	path := header(requestHeaders, ":path")
	switch {
	case path == "/trap":
		trap()
	case path == "/loop":
		for {
			paths[id] = path
		}
	case path == "/ask" && ask(id):
		return pause
	case path == "/address":
		name := "source\x00address"
		var data *byte
		var size uint32
		proxyGetProperty(pointer(name), uint32(len(name)), unsafe.Pointer(&data), unsafe.Pointer(&size))
		log(logInfo, taken(data, size))
	case path == "/log":
		log(logInfo, "a line")
		log(logInfo, `{"class": "no event"}`)
	case deny != "" && strings.HasPrefix(path, deny):
		log(logInfo, `{"class_uid":6003,"activity":"denied","path":"`+path+`"}`)
		proxyIncrementMetric(denied, 1)
		body, details := "denied\n", "guard_denied"
		proxySendLocalResponse(403, pointer(details), uint32(len(details)), pointer(body), uint32(len(body)), nil, 0, 0xffffffff)
		return pause
	}
	proxyIncrementMetric(allowed, 1)
	paths[id] = path
	addHeader(requestHeaders, "x-guard", "seen")
	return goOn
}

//go:wasmexport proxy_on_response_headers
func onResponseHeaders(id, count, end uint32) uint32 {
	if path, ok := paths[id]; ok {
		addHeader(responseHeaders, "x-guard-bytes", string(rune('0'+len(path)%10)))
	}
	return goOn
}

//go:wasmexport proxy_on_done
func onDone(id uint32) uint32 { return 1 }

//go:wasmexport proxy_on_delete
func onDelete(id uint32) { delete(paths, id) }
