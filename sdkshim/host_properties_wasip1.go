package sdkshim

import "unsafe"

//go:wasmimport env proxy_get_property
func proxyGetProperty(path unsafe.Pointer, pathSize uint32, data, size unsafe.Pointer) uint32

// ProxyGetProperty reads an attribute of the stream, whose path has NUL between its
// parts. It answers OK, NotFound, or SerializationFailure for a value that is no
// scalar and no message.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_property
func (host) ProxyGetProperty(path *byte, pathSize int, data **byte, size *int) uint32 {
	return take(proxyGetProperty(unsafe.Pointer(path), uint32(pathSize), addressAt, sizeAt), data, size)
}

//go:wasmimport env proxy_set_property
func proxySetProperty(path unsafe.Pointer, pathSize uint32, value unsafe.Pointer, valueSize uint32) uint32

// ProxySetProperty writes the attribute path; Envoy keeps it as the filter state
// "wasm." + path. It answers OK, or NotFound where there is no stream.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_property
func (host) ProxySetProperty(path *byte, pathSize int, value *byte, valueSize int) uint32 {
	return proxySetProperty(unsafe.Pointer(path), uint32(pathSize), unsafe.Pointer(value), uint32(valueSize))
}
