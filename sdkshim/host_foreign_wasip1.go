package sdkshim

import "unsafe"

//go:wasmimport env proxy_call_foreign_function
func proxyCallForeignFunction(name unsafe.Pointer, nameSize uint32, argument unsafe.Pointer, argumentSize uint32, data, size unsafe.Pointer) uint32

// ProxyCallForeignFunction calls a function that this proxy offers beyond the ABI. It
// answers what the function answers, or NotFound if there is none of the name.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_call_foreign_function
func (host) ProxyCallForeignFunction(name *byte, nameSize int, argument *byte, argumentSize int, data **byte, size *int) uint32 {
	return take(callForeign(unsafe.Pointer(name), uint32(nameSize), unsafe.Pointer(argument), uint32(argumentSize)), data, size)
}

// callForeign calls a foreign function, whose result is then in pointers. A
// function that returns nothing leaves it alone, so it is emptied first.
func callForeign(name unsafe.Pointer, nameSize uint32, argument unsafe.Pointer, argumentSize uint32) uint32 {
	pointers.address, pointers.size = 0, 0
	return proxyCallForeignFunction(name, nameSize, argument, argumentSize, addressAt, sizeAt)
}
