package sdkshim

import "unsafe"

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeaderMapValue(mapType uint32, key unsafe.Pointer, keySize uint32, data, size unsafe.Pointer) uint32

// ProxyGetHeaderMapValue reads the first field of a name. It answers OK, NotFound if
// there is none or the map is missing in proxy_on_log, or BadArgument for a map that
// is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_value
func (host) ProxyGetHeaderMapValue(mapType uint32, key *byte, keySize int, data **byte, size *int) uint32 {
	return take(proxyGetHeaderMapValue(mapType, unsafe.Pointer(key), uint32(keySize), addressAt, sizeAt), data, size)
}

//go:wasmimport env proxy_add_header_map_value
func proxyAddHeaderMapValue(mapType uint32, key unsafe.Pointer, keySize uint32, value unsafe.Pointer, valueSize uint32) uint32

// ProxyAddHeaderMapValue appends a field. It answers OK, or
// BadArgument for a map that is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_add_header_map_value
func (host) ProxyAddHeaderMapValue(mapType uint32, key *byte, keySize int, value *byte, valueSize int) uint32 {
	return proxyAddHeaderMapValue(mapType, unsafe.Pointer(key), uint32(keySize), unsafe.Pointer(value), uint32(valueSize))
}

//go:wasmimport env proxy_replace_header_map_value
func proxyReplaceHeaderMapValue(mapType uint32, key unsafe.Pointer, keySize uint32, value unsafe.Pointer, valueSize uint32) uint32

// ProxyReplaceHeaderMapValue sets the one field of a name and drops further ones. It answers OK, or
// BadArgument for a map that is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_replace_header_map_value
func (host) ProxyReplaceHeaderMapValue(mapType uint32, key *byte, keySize int, value *byte, valueSize int) uint32 {
	return proxyReplaceHeaderMapValue(mapType, unsafe.Pointer(key), uint32(keySize), unsafe.Pointer(value), uint32(valueSize))
}

//go:wasmimport env proxy_remove_header_map_value
func proxyRemoveHeaderMapValue(mapType uint32, key unsafe.Pointer, keySize uint32) uint32

// ProxyRemoveHeaderMapValue drops all fields of a name. It answers OK, also if there
// is none, or BadArgument for a map that is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_remove_header_map_value
func (host) ProxyRemoveHeaderMapValue(mapType uint32, key *byte, keySize int) uint32 {
	return proxyRemoveHeaderMapValue(mapType, unsafe.Pointer(key), uint32(keySize))
}

//go:wasmimport env proxy_get_header_map_pairs
func proxyGetHeaderMapPairs(mapType uint32, data, size unsafe.Pointer) uint32

// ProxyGetHeaderMapPairs reads all fields in order. It answers OK, with no pairs too
// if the map is not there now, or BadArgument for an unknown map type.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_pairs
func (host) ProxyGetHeaderMapPairs(mapType uint32, data **byte, size *int) uint32 {
	status := take(proxyGetHeaderMapPairs(mapType, addressAt, sizeAt), data, size)
	if status == uint32(StatusOK) && *size < len(noPairs) {
		// The SDK reads the number of pairs without a look at the size, and would
		// panic on the empty answer.
		*data, *size = &noPairs[0], len(noPairs)
	}
	return status
}

// noPairs is the serialized map without pairs.
var noPairs [4]byte

//go:wasmimport env proxy_set_header_map_pairs
func proxySetHeaderMapPairs(mapType uint32, data unsafe.Pointer, size uint32) uint32

// ProxySetHeaderMapPairs replaces all fields. It answers OK, or BadArgument for a map
// that is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_header_map_pairs
func (host) ProxySetHeaderMapPairs(mapType uint32, data *byte, size int) uint32 {
	return proxySetHeaderMapPairs(mapType, unsafe.Pointer(data), uint32(size))
}
