package body

import "unsafe"

// arena holds decoded text. Bytes are appended to a chunk and never changed
// before reset; a full chunk is left to the strings that point into it.
type arena struct {
	chunk []byte
}

const (
	minChunk = 4 << 10
	maxChunk = 256 << 10 // what survives reset
)

// reserve returns an empty slice with room for n bytes. What is appended to it,
// n bytes at most, becomes a string with commit, before the next reserve.
func (a *arena) reserve(n int) []byte {
	if cap(a.chunk)-len(a.chunk) < n {
		a.chunk = make([]byte, 0, max(n, minChunk, min(2*cap(a.chunk), maxChunk)))
	}
	used := len(a.chunk)
	return a.chunk[used : used : used+n]
}

// commit returns the bytes of the last reserve as a string.
func (a *arena) commit(b []byte) string {
	a.chunk = a.chunk[:len(a.chunk)+len(b)]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (a *arena) reset() {
	if cap(a.chunk) > maxChunk {
		a.chunk = nil
	}
	a.chunk = a.chunk[:0]
}
