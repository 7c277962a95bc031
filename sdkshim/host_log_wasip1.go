package sdkshim

import "unsafe"

//go:wasmimport env proxy_log
func proxyLog(level uint32, message unsafe.Pointer, size uint32) uint32

// ProxyLog writes a message of a level (0 trace to 5 critical) to the proxy's log.
// It answers OK, or BadArgument for another level.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_log
func (host) ProxyLog(level uint32, message *byte, size int) uint32 {
	return proxyLog(level, unsafe.Pointer(message), uint32(size))
}
