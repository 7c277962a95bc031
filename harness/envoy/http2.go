package envoy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"gatehouse/harness"
)

// DoHTTP2 is [Client.DoHTTP2] over plain TCP.
func DoHTTP2(ctx context.Context, address string, request harness.Message) (harness.Message, error) {
	return Client{}.DoHTTP2(ctx, address, request)
}

// DoHTTP2 sends request as HTTP/2 with prior knowledge over a connection of its
// own and returns what comes back. Fields leave in their order with duplicates
// and pseudo-headers as they stand; each chunk of Body is one DATA frame, also an
// empty one; Reset ends the stream with RST_STREAM (CANCEL) after Body. In the
// response each DATA frame is a chunk, and Reset says that the stream or the
// connection ended before the message did. Field names are lower-cased, since
// HTTP/2 knows no others.
func (client Client) DoHTTP2(ctx context.Context, address string, request harness.Message) (harness.Message, error) {
	conn, err := client.dial(ctx, address)
	if err != nil {
		return harness.Message{}, fmt.Errorf("envoy: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return harness.Message{}, fmt.Errorf("envoy: %w", err)
	}
	c := newConn2(conn)
	if err := c.settings(); err != nil {
		return harness.Message{}, fmt.Errorf("envoy: %w", err)
	}
	const stream = 1
	s := c.open(stream)
	sent := make(chan error, 1)
	go func() { sent <- c.write(s, request) }()
	for {
		done, err := c.read()
		if err != nil {
			s.message.Reset = true
			if len(s.message.Headers) > 0 || s.reset {
				return s.message, nil
			}
			return s.message, fmt.Errorf("envoy: reading the response: %w", err)
		}
		if done != nil {
			if request.Reset {
				<-sent
			}
			return s.message, nil
		}
	}
}

// conn2 is one end of an HTTP/2 connection.
type conn2 struct {
	net     net.Conn
	framer  *http2.Framer
	server  bool
	streams map[uint32]*stream2

	// mu guards all writing, and the windows.
	mu      sync.Mutex
	encoder *hpack.Encoder
	block   bytes.Buffer
	window  *sync.Cond
	credit  int64
	initial int64
	closed  bool
}

type stream2 struct {
	id      uint32
	message harness.Message
	credit  int64
	// reset says that this end gave the stream up, ended that the other end's
	// message is complete or broken off.
	reset bool
	ended bool
	// answer marks the sending half at a server, whose message is unused.
	answer bool
}

// frameSize is what every peer must accept (RFC 9113, Section 4.2).
const frameSize = 16384

func newConn2(conn net.Conn) *conn2 {
	c := &conn2{net: conn, framer: http2.NewFramer(conn, conn), streams: make(map[uint32]*stream2), credit: 65535, initial: 65535}
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.MaxHeaderListSize = 1 << 20
	c.framer.AllowIllegalWrites = true
	c.encoder = hpack.NewEncoder(&c.block)
	c.window = sync.NewCond(&c.mu)
	return c
}

// settings opens the connection and a window so large that reading never waits.
func (c *conn2) settings() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 28}, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1000}); err != nil {
		return err
	}
	return c.framer.WriteWindowUpdate(0, 1<<28)
}

func (c *conn2) open(id uint32) *stream2 {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &stream2{id: id, credit: c.initial}
	c.streams[id] = s
	return s
}

// write sends a whole message on s.
func (c *conn2) write(s *stream2, m harness.Message) error {
	end := len(m.Body) == 0 && m.Trailers == nil && !m.Reset
	if len(m.Headers) > 0 {
		if err := c.writeHeaders(s, m.Headers, end); err != nil || end {
			return err
		}
	}
	for i, chunk := range m.Body {
		last := i == len(m.Body)-1 && m.Trailers == nil && !m.Reset
		if err := c.writeData(s, chunk, last); err != nil {
			return err
		}
	}
	c.mu.Lock()
	ended := s.ended
	c.mu.Unlock()
	switch {
	case ended:
		return nil
	case m.Reset:
		// What was sent must have been seen: a reset overtakes data in a proxy.
		time.Sleep(20 * time.Millisecond)
		c.mu.Lock()
		defer c.mu.Unlock()
		s.reset = true
		err := c.framer.WriteRSTStream(s.id, http2.ErrCodeCancel)
		// Whatever the other end still has to say about the stream is on its way.
		c.net.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		return err
	case m.Trailers != nil:
		return c.writeHeaders(s, m.Trailers, true)
	}
	return nil
}

func (c *conn2) writeHeaders(s *stream2, headers []harness.Header, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.block.Reset()
	for _, h := range headers {
		if err := c.encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(h.Name), Value: h.Value}); err != nil {
			return err
		}
	}
	block := c.block.Bytes()
	first := block[:min(len(block), frameSize)]
	rest := block[len(first):]
	err := c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: s.id, BlockFragment: first, EndStream: end, EndHeaders: len(rest) == 0})
	for err == nil && len(rest) > 0 {
		next := rest[:min(len(rest), frameSize)]
		rest = rest[len(next):]
		err = c.framer.WriteContinuation(s.id, len(rest) == 0, next)
	}
	return err
}

// writeData sends a chunk as one frame, or as several where a frame or the
// window is too small.
func (c *conn2) writeData(s *stream2, chunk []byte, end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(chunk) > 0 && (s.credit <= 0 || c.credit <= 0) && !s.ended && !c.closed {
			c.window.Wait()
		}
		if s.ended {
			return nil // the answer is complete: nobody waits for the rest
		}
		if c.closed {
			return net.ErrClosed
		}
		n := min(int64(len(chunk)), frameSize)
		if len(chunk) > 0 {
			n = min(n, s.credit, c.credit)
		}
		s.credit -= n
		c.credit -= n
		part := chunk[:n]
		chunk = chunk[n:]
		if err := c.framer.WriteData(s.id, end && len(chunk) == 0, part); err != nil {
			return err
		}
		if len(chunk) == 0 {
			return nil
		}
	}
}

// read handles one frame and returns the stream whose message it completed.
func (c *conn2) read() (*stream2, error) {
	frame, err := c.framer.ReadFrame()
	if err != nil {
		c.mu.Lock()
		c.closed = true
		c.window.Broadcast()
		c.mu.Unlock()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.streams[frame.Header().StreamID]
	end := func(ended bool) *stream2 {
		if !ended || s == nil {
			return nil
		}
		s.ended = true
		c.window.Broadcast()
		return s
	}
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return nil, nil
		}
		if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
			for _, s := range c.streams {
				s.credit += int64(v) - c.initial
			}
			c.initial = int64(v)
			c.window.Broadcast()
		}
		return nil, c.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if f.IsAck() {
			return nil, nil
		}
		return nil, c.framer.WritePing(true, f.Data)
	case *http2.WindowUpdateFrame:
		if s != nil {
			s.credit += int64(f.Increment)
		} else if f.StreamID == 0 {
			c.credit += int64(f.Increment)
		}
		c.window.Broadcast()
	case *http2.MetaHeadersFrame:
		if s == nil && c.server {
			s = &stream2{id: f.StreamID, credit: c.initial}
			c.streams[s.id] = s
		}
		if s == nil {
			return nil, nil
		}
		var fields []harness.Header
		for _, h := range f.Fields {
			fields = append(fields, harness.Header{Name: h.Name, Value: h.Value})
		}
		status, _ := first(fields, ":status")
		switch {
		case len(s.message.Headers) > 0:
			s.message.Trailers = fields
		case strings.HasPrefix(status, "1"):
			return nil, nil
		default:
			s.message.Headers = fields
		}
		return end(f.StreamEnded()), nil
	case *http2.DataFrame:
		if s == nil {
			return nil, nil
		}
		if data := f.Data(); len(data) > 0 {
			s.message.Body = append(s.message.Body, bytes.Clone(data))
			if err := c.framer.WriteWindowUpdate(0, uint32(len(data))); err != nil {
				return nil, err
			}
		}
		return end(f.StreamEnded()), nil
	case *http2.RSTStreamFrame:
		if s == nil || s.ended {
			return nil, nil
		}
		if s.answer {
			end(true)
			return nil, nil
		}
		s.message.Reset = true
		return end(true), nil
	case *http2.GoAwayFrame:
		if f.ErrCode != http2.ErrCodeNo {
			return nil, fmt.Errorf("the peer went away: %v", f.ErrCode)
		}
	}
	return nil, nil
}

// NewHTTP2Upstream is NewUpstream for HTTP/2 with prior knowledge. A response
// with neither headers nor body and Reset refuses its stream; each chunk is a
// frame of its own.
func NewHTTP2Upstream(answer func(request harness.Message) harness.Message) (*Upstream, error) {
	u, err := newUpstream(answer)
	if err != nil {
		return nil, err
	}
	go u.accept(u.serveHTTP2)
	return u, nil
}

func (u *Upstream) serveHTTP2(conn net.Conn) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	c := newConn2(conn)
	c.server = true
	if err := c.settings(); err != nil {
		return
	}
	for {
		request, err := c.read()
		if err != nil {
			// What had arrived of unfinished requests did arrive.
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, s := range c.streams {
				if !s.ended && !s.answer {
					s.message.Reset = true
					u.keep(s.message)
				}
			}
			return
		}
		if request == nil {
			continue
		}
		u.keep(request.message)
		if !request.message.Reset {
			go u.answerHTTP2(c, request)
		}
	}
}

func (u *Upstream) answerHTTP2(c *conn2, request *stream2) {
	response := u.answer(request.message)
	if response.Delay > 0 {
		time.Sleep(response.Delay)
	}
	c.mu.Lock()
	s := &stream2{id: request.id, credit: request.credit, answer: true}
	c.streams[s.id] = s
	if response.Reset && len(response.Headers) == 0 {
		c.framer.WriteRSTStream(s.id, http2.ErrCodeInternal)
		response = harness.Message{}
	}
	c.mu.Unlock()
	if len(response.Headers) > 0 {
		// A client that left no longer cares.
		_ = c.write(s, response)
	}
	c.mu.Lock()
	delete(c.streams, s.id)
	c.mu.Unlock()
}
