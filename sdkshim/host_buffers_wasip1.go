package sdkshim

import "unsafe"

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBufferBytes(bufferType, start, maxSize uint32, data, size unsafe.Pointer) uint32

// ProxyGetBufferBytes reads up to maxSize bytes from start. It answers OK, with size 0
// past the end, NotFound for a buffer that is not there now, or BadArgument for an
// unknown type or if start+maxSize overflows 32 bits.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_buffer_bytes
func (host) ProxyGetBufferBytes(bufferType uint32, start, maxSize int, data **byte, size *int) uint32 {
	return take(proxyGetBufferBytes(bufferType, uint32(start), uint32(maxSize), addressAt, sizeAt), data, size)
}

//go:wasmimport env proxy_set_buffer_bytes
func proxySetBufferBytes(bufferType, start, maxSize uint32, data unsafe.Pointer, size uint32) uint32

// ProxySetBufferBytes prepends (start 0, maxSize 0), replaces all (start 0, maxSize at
// least the size) or appends (start at least the size). It answers OK, NotFound for a
// buffer that is not there now, or BadArgument for any other range.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_buffer_bytes
func (host) ProxySetBufferBytes(bufferType uint32, start, maxSize int, data *byte, size int) uint32 {
	return proxySetBufferBytes(bufferType, uint32(start), uint32(maxSize), unsafe.Pointer(data), uint32(size))
}
