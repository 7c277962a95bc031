package main

import "unsafe"

//go:wasmimport env proxy_get_header_map_value
func getHeader(mapType uint32, key unsafe.Pointer, keySize uint32, address, size unsafe.Pointer) uint32

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func onMemoryAllocate(size uint32) unsafe.Pointer {
	latest = make([]byte, size)
	return unsafe.Pointer(unsafe.SliceData(latest))
}

//go:wasmexport proxy_on_vm_start
func onVMStart(_, _ uint32) uint32 { return 1 }

//go:wasmexport proxy_on_configure
func onConfigure(_, _ uint32) uint32 { return 1 }

//go:wasmexport proxy_on_context_create
func onContextCreate(_, _ uint32) {}

//go:wasmexport proxy_on_delete
func onDelete(_ uint32) {}

var (
	latest        []byte
	name          = []byte("authorization")
	address, size uint32
)

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(_, _, _ uint32) uint32 {
	status := getHeader(0, unsafe.Pointer(unsafe.SliceData(name)), uint32(len(name)), unsafe.Pointer(&address), unsafe.Pointer(&size))
	if status == 0 && size > 0 {
		return 0
	}
	return 1
}
