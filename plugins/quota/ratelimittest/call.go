//go:build !wasip1

package ratelimittest

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Call is a gRPC call that came through a gate.
type Call struct {
	// Began is when the request's headers were handed on, Ended when the end of the
	// answer was: the zero time if there was none.
	Began, Ended time.Time
	// Request is the message, nil if it did not come through whole. Response is the
	// answer's, nil if there was none or an error.
	Request, Response []byte
}

// Hits returns the hits that a RateLimitRequest asks for over all its descriptors:
// hits_addend of a descriptor, else that of the request, else 1.
func (c *Call) Hits() (hits uint64) {
	each, shared := uint64(1), uint64(0) // descriptors that have no number of their own
	fields(c.Request, func(n protowire.Number, varint uint64, bytes []byte) {
		switch n {
		case 3: // hits_addend
			each = max(varint, 1)
		case 2: // descriptors
			shared++
			fields(bytes, func(n protowire.Number, _ uint64, bytes []byte) {
				if n == 3 { // hits_addend, a UInt64Value
					shared--
					fields(bytes, func(_ protowire.Number, varint uint64, _ []byte) { hits += varint })
				}
			})
		}
	})
	return hits + shared*each
}

// Over tells whether the overall code of the answer, a RateLimitResponse, is
// OVER_LIMIT.
func (c *Call) Over() (over bool) {
	fields(c.Response, func(n protowire.Number, varint uint64, _ []byte) {
		if n == 1 {
			over = varint == 2
		}
	})
	return over
}

// fields calls f for the fields of a message that are integers or bytes.
func fields(message []byte, f func(n protowire.Number, varint uint64, bytes []byte)) {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return
		}
		message = message[size:]
		var varint uint64
		var bytes []byte
		switch kind {
		case protowire.VarintType:
			varint, size = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			bytes, size = protowire.ConsumeBytes(message)
		default:
			size = protowire.ConsumeFieldValue(n, kind, message)
		}
		if size < 0 {
			return
		}
		message = message[size:]
		f(n, varint, bytes)
	}
}

// exchanges are the calls of all connections.
type exchanges struct {
	mu    sync.Mutex
	calls []*Call
}

func (e *exchanges) list(forget bool) []Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]Call, len(e.calls))
	for i, c := range e.calls {
		list[i] = *c
	}
	if forget {
		e.calls = slices.DeleteFunc(e.calls, func(c *Call) bool { return !c.Ended.IsZero() })
	}
	return list
}

// conversation follows one connection of HTTP/2 (RFC 9113) and its calls.
type conversation struct {
	all      *exchanges
	up, down frames
	streams  map[uint32]*stream // guarded by the mutex of all
}

type stream struct {
	call              *Call
	request, response []byte
}

func newConversation(all *exchanges) *conversation {
	return &conversation{all: all, up: frames{skip: len(preface)}, streams: make(map[uint32]*stream)}
}

// preface is what a client begins with.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Types and flags of frames (RFC 9113, Section 6).
const (
	frameData      = 0
	frameHeaders   = 1
	frameReset     = 3
	flagEndStream  = 0x1
	flagPadded     = 0x8
	frameHeaderLen = 9
)

// request sees bytes that go to the server.
func (c *conversation) request(b []byte, now time.Time) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.up.feed(b, func(kind, flags byte, id uint32, payload []byte) {
		s := c.streams[id]
		switch kind {
		case frameHeaders:
			if s == nil {
				s = &stream{call: &Call{Began: now}}
				c.streams[id] = s
				c.all.calls = append(c.all.calls, s.call)
			}
		case frameData:
			if s != nil {
				s.request = append(s.request, data(flags, payload)...)
				s.call.Request = message(s.request)
			}
		case frameReset:
			delete(c.streams, id)
		}
	})
}

// response sees bytes that go to the client.
func (c *conversation) response(b []byte, now time.Time) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.down.feed(b, func(kind, flags byte, id uint32, payload []byte) {
		s := c.streams[id]
		if s == nil {
			return
		}
		if kind == frameData {
			s.response = append(s.response, data(flags, payload)...)
		}
		if kind == frameReset || (kind == frameData || kind == frameHeaders) && flags&flagEndStream != 0 {
			s.call.Ended = now
			s.call.Response = message(s.response)
			delete(c.streams, id)
		}
	})
}

// end forgets calls that will not be answered.
func (c *conversation) end() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	clear(c.streams)
}

// data is the payload of a DATA frame without its padding.
func data(flags byte, payload []byte) []byte {
	if flags&flagPadded == 0 || len(payload) == 0 || int(payload[0]) >= len(payload) {
		return payload
	}
	return payload[1 : len(payload)-int(payload[0])]
}

// message is the first message of a gRPC body, nil until it is whole.
func message(body []byte) []byte {
	if len(body) < 5 {
		return nil
	}
	size := int(binary.BigEndian.Uint32(body[1:]))
	if len(body)-5 < size {
		return nil
	}
	return body[5 : 5+size : 5+size]
}

// frames cuts a stream of bytes into frames.
type frames struct {
	skip int // bytes before the first frame
	rest []byte
}

func (f *frames) feed(b []byte, see func(kind, flags byte, stream uint32, payload []byte)) {
	if n := min(f.skip, len(b)); n > 0 {
		f.skip -= n
		b = b[n:]
	}
	f.rest = append(f.rest, b...)
	for len(f.rest) >= frameHeaderLen {
		h := f.rest
		size := frameHeaderLen + (int(h[0])<<16 | int(h[1])<<8 | int(h[2]))
		if len(h) < size {
			break
		}
		see(h[3], h[4], binary.BigEndian.Uint32(h[5:])&(1<<31-1), h[frameHeaderLen:size])
		f.rest = f.rest[size:]
	}
	f.rest = slices.Clone(f.rest)
}
