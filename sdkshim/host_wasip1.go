package sdkshim

import (
	"unsafe"

	"gatehouse/sdkshim/internal/sdk"
)

// host implements the SDK's host on the functions that the proxy imports into
// the module. Its methods stand in the files of their group, and answer the
// statuses named there beside InvalidMemoryAccess, which all can answer and which
// means a defect here.
type host struct{}

func init() {
	overrideWrite = lastWords
	sdk.Register(host{})
}

// pointers is where host functions write the address and size of what they
// return, and result32 and result64 are where they write single values. They are
// variables of the package, not of the call: the proxy calls back into
// proxy_on_memory_allocate before it writes, which may move the stack, and a
// variable that escapes to the heap for that reason is an allocation each call.
// No two calls use them at a time, because Wasm runs on one thread and
// proxy_on_memory_allocate calls no host function.
var (
	pointers struct{ address, size uint32 }
	result32 uint32
	result64 uint64
)

// take hands over what a host function returned through pointers.
func take(status uint32, data **byte, size *int) uint32 {
	*data, *size = nil, 0
	if status == uint32(StatusOK) {
		*data = (*byte)(unsafe.Pointer(uintptr(pointers.address)))
		*size = int(pointers.size)
	}
	return status
}

// takeBytes hands over what a host function returned through pointers.
func takeBytes(status uint32) ([]byte, error) {
	if status != uint32(StatusOK) {
		return nil, Status(status)
	}
	if pointers.size == 0 {
		return nil, nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(pointers.address))), pointers.size), nil
}

// start returns the address that a host function reads b from.
func start(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// startString returns the address that a host function reads s from.
func startString(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

var (
	addressAt = unsafe.Pointer(&pointers.address)
	sizeAt    = unsafe.Pointer(&pointers.size)
)

// errorOf returns nil for StatusOK and the status otherwise.
func errorOf(s Status) error {
	if s == StatusOK {
		return nil
	}
	return s
}
