package sdkshim

import "unsafe"

//go:wasmimport env proxy_register_shared_queue
func proxyRegisterSharedQueue(name unsafe.Pointer, nameSize uint32, id unsafe.Pointer) uint32

// ProxyRegisterSharedQueue opens the queue of a name in this VM's id. It answers OK.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_register_shared_queue
func (host) ProxyRegisterSharedQueue(name *byte, nameSize int, id *uint32) uint32 {
	status := proxyRegisterSharedQueue(unsafe.Pointer(name), uint32(nameSize), unsafe.Pointer(&result32))
	*id = result32
	return status
}

//go:wasmimport env proxy_resolve_shared_queue
func proxyResolveSharedQueue(vmID unsafe.Pointer, vmIDSize uint32, name unsafe.Pointer, nameSize uint32, id unsafe.Pointer) uint32

// ProxyResolveSharedQueue finds the queue of a name in another VM's id. It answers OK,
// or NotFound.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_resolve_shared_queue
func (host) ProxyResolveSharedQueue(vmID *byte, vmIDSize int, name *byte, nameSize int, id *uint32) uint32 {
	status := proxyResolveSharedQueue(unsafe.Pointer(vmID), uint32(vmIDSize), unsafe.Pointer(name), uint32(nameSize), unsafe.Pointer(&result32))
	*id = result32
	return status
}

//go:wasmimport env proxy_dequeue_shared_queue
func proxyDequeueSharedQueue(id uint32, data, size unsafe.Pointer) uint32

// ProxyDequeueSharedQueue takes the oldest message. It answers OK, Empty, or NotFound
// for an unknown queue.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_dequeue_shared_queue
func (host) ProxyDequeueSharedQueue(id uint32, data **byte, size *int) uint32 {
	return take(proxyDequeueSharedQueue(id, addressAt, sizeAt), data, size)
}

//go:wasmimport env proxy_enqueue_shared_queue
func proxyEnqueueSharedQueue(id uint32, value unsafe.Pointer, valueSize uint32) uint32

// ProxyEnqueueSharedQueue adds a message. It answers OK, or NotFound for an unknown
// queue.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_enqueue_shared_queue
func (host) ProxyEnqueueSharedQueue(id uint32, value *byte, valueSize int) uint32 {
	return proxyEnqueueSharedQueue(id, unsafe.Pointer(value), uint32(valueSize))
}
