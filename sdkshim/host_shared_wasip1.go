package sdkshim

import "unsafe"

//go:wasmimport env proxy_get_shared_data
func proxyGetSharedData(key unsafe.Pointer, keySize uint32, data, size, cas unsafe.Pointer) uint32

// ProxyGetSharedData reads a value and its compare-and-swap number. It answers OK, or
// NotFound.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_shared_data
func (host) ProxyGetSharedData(key *byte, keySize int, data **byte, size *int, cas *uint32) uint32 {
	status := take(proxyGetSharedData(unsafe.Pointer(key), uint32(keySize), addressAt, sizeAt, unsafe.Pointer(&result32)), data, size)
	if status == uint32(StatusOK) {
		*cas = result32
	}
	return status
}

//go:wasmimport env proxy_set_shared_data
func proxySetSharedData(key unsafe.Pointer, keySize uint32, value unsafe.Pointer, valueSize, cas uint32) uint32

// ProxySetSharedData writes a value if cas is 0 or the number that the key has now.
// It answers OK, or CasMismatch.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_shared_data
func (host) ProxySetSharedData(key *byte, keySize int, value *byte, valueSize int, cas uint32) uint32 {
	return proxySetSharedData(unsafe.Pointer(key), uint32(keySize), unsafe.Pointer(value), uint32(valueSize), cas)
}
