package harness

// buffer is a piece of a body, or what a paused filter has accumulated.
type buffer struct {
	data []byte
	// limit is the size past which high is called, once, until the buffer has
	// shrunk to half of it and low is called; 0 for no limit.
	limit     int
	high, low func()
	above     bool
}

func (b *buffer) size() int {
	if b == nil {
		return 0
	}
	return len(b.data)
}

func (b *buffer) append(data []byte) {
	b.data = append(b.data, data...)
	b.check()
}

func (b *buffer) prepend(data []byte) {
	b.data = append(append(make([]byte, 0, len(data)+len(b.data)), data...), b.data...)
	b.check()
}

// take empties the buffer and returns what was in it.
func (b *buffer) take() []byte {
	data := b.data
	b.data = nil
	b.check()
	return data
}

// drop takes bytes off the front.
func (b *buffer) drop(n int) {
	b.data = b.data[n:]
	b.check()
}

func (b *buffer) check() {
	switch {
	case b.limit == 0:
	case !b.above && len(b.data) > b.limit:
		b.above = true
		b.high()
	case b.above && len(b.data) <= b.limit/2:
		b.above = false
		b.low()
	}
}

// bufferView is how a plugin sees a buffer: bytes of the stream, which it may
// change, or bytes of the host, which it may not.
type bufferView struct {
	live  *buffer
	fixed []byte
}

func (b *bufferView) size() int { return len(b.bytes()) }

func (b *bufferView) bytes() []byte {
	if b.live != nil {
		return b.live.data
	}
	return b.fixed
}

// write puts data in place of the first length bytes of the buffer (start 0), or
// after its end (start at least its size). Envoy knows no other way to change a
// buffer.
func (b *bufferView) write(start, length uint32, data []byte) status {
	if b.live == nil {
		return statusBadArgument
	}
	size := uint64(b.live.size())
	switch {
	case start == 0:
		b.live.drop(int(min(uint64(length), size)))
		b.live.prepend(data)
	case start != 0 && uint64(start) >= size:
		b.live.append(data)
	default:
		return statusBadArgument
	}
	return statusOK
}
