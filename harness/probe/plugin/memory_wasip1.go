package main

import "unsafe"

// at is memory that the host filled, by its address. The host's addresses are
// numbers, which vet takes for a misuse: this file is where they become pointers.
func at(address, size uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(address))), size)
}

//go:noinline
func outOfBounds() uint32 {
	return *(*uint32)(unsafe.Pointer(uintptr(badAddress)))
}
