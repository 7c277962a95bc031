package sdkshim

import "unsafe"

// latest keeps what was allocated last alive until the host function that asked
// for it has returned its address. Host functions allocate once at most.
var latest []byte

// room is memory of the caller's that the next result is written into if it is
// large enough.
var room []byte

// onMemoryAllocate gives the proxy size bytes to write a result into. Strings of
// the SDK alias this memory, so it belongs to the garbage collector, which frees
// it when the last of them is gone.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_on_memory_allocate
//
//go:wasmexport proxy_on_memory_allocate
func onMemoryAllocate(size uint32) unsafe.Pointer {
	if size > 0 && uint(cap(room)) >= uint(size) {
		latest = room[:size]
	} else {
		latest = make([]byte, size)
	}
	return unsafe.Pointer(unsafe.SliceData(latest))
}
