//go:build !wasip1

package ratelimittest

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Fault is what a gate does to connections.
type Fault int

// Faults.
const (
	// Pass hands everything on.
	Pass Fault = iota
	// Stall hands nothing on and loses nothing: connections are taken, and what is
	// sent waits until the fault is over.
	Stall
	// Drop loses what is sent, in both directions. A connection that lost something
	// is reset when the fault is over, since no half of a message is of use.
	Drop
	// Reset resets all connections and each new one.
	Reset
	// Refuse resets all connections and does not listen.
	Refuse
)

// Gate is a proxy of TCP that can break the way to a server, and that counts the
// gRPC calls it hands on.
type Gate struct {
	server   string
	address  string
	exchange exchanges

	mu       sync.Mutex
	changed  *sync.Cond // with mu: fault, or the end
	fault    Fault
	delay    time.Duration
	closed   bool
	listener net.Listener
	conns    map[*gateConn]bool
}

// gateConn is a connection through a gate, both halves of it.
type gateConn struct {
	client, server net.Conn
	lost           bool // guarded by the gate's mutex
}

func (c *gateConn) reset() {
	for _, conn := range []net.Conn{c.client, c.server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		if conn != nil {
			conn.Close()
		}
	}
}

func newGate(server string) (*Gate, error) {
	g := &Gate{server: server, conns: make(map[*gateConn]bool)}
	g.changed = sync.NewCond(&g.mu)
	return g, g.listen("127.0.0.1:0")
}

func (g *Gate) listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("ratelimittest: gate: %w", err)
	}
	g.listener, g.address = l, l.Addr().String()
	go g.accept(l)
	return nil
}

// Address returns "127.0.0.1:port" of the gate.
func (g *Gate) Address() string { return g.address }

// Set sets the fault from now on.
func (g *Gate) Set(f Fault) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.fault
	g.fault = f
	for c := range g.conns {
		if f == Reset || f == Refuse || c.lost {
			c.reset()
		}
	}
	g.changed.Broadcast()
	switch {
	case f == Refuse && before != Refuse:
		return g.listener.Close()
	case before == Refuse && f != Refuse:
		return g.listen(g.address)
	}
	return nil
}

// Delay has everything take that much longer, in each direction.
func (g *Gate) Delay(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = d
}

// Calls returns the calls that came through so far, in the order in which they
// began, and forgets those that have ended if forget is true.
func (g *Gate) Calls(forget bool) []Call { return g.exchange.list(forget) }

func (g *Gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.listener.Close()
	for c := range g.conns {
		c.reset()
	}
	g.changed.Broadcast()
}

func (g *Gate) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go g.serve(conn)
	}
}

func (g *Gate) serve(client net.Conn) {
	c := &gateConn{client: client}
	g.mu.Lock()
	if g.closed || g.fault == Reset || g.fault == Refuse {
		g.mu.Unlock()
		c.reset()
		return
	}
	// While nothing goes through, a server that is gone is not noticed either.
	g.conns[c] = true
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.conns, c)
		g.mu.Unlock()
	}()
	if !g.open(c, 0) {
		c.reset()
		return
	}
	server, err := net.DialTimeout("tcp", g.server, 5*time.Second)
	if err != nil {
		c.reset()
		return
	}
	g.mu.Lock()
	c.server = server
	reset := g.closed || g.fault == Reset || g.fault == Refuse
	g.mu.Unlock()
	if reset {
		c.reset()
		return
	}
	seen := newConversation(&g.exchange)
	var both sync.WaitGroup
	both.Go(func() { g.pump(c, server, client, seen.request) })
	both.Go(func() { g.pump(c, client, server, seen.response) })
	both.Wait()
	seen.end()
}

// chunk is what was read at once.
type chunk struct {
	bytes []byte
	read  time.Time
}

// pump hands on what it reads, until one side ends.
func (g *Gate) pump(c *gateConn, to, from net.Conn, see func([]byte, time.Time)) {
	chunks := make(chan chunk, 1<<10)
	go func() {
		defer close(chunks)
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				chunks <- chunk{slices.Clone(buffer[:n]), time.Now()}
			}
			if err != nil {
				return
			}
		}
	}()
	for k := range chunks {
		g.mu.Lock()
		delay := g.delay
		g.mu.Unlock()
		time.Sleep(delay - time.Since(k.read))
		if !g.open(c, len(k.bytes)) {
			continue
		}
		see(k.bytes, time.Now())
		if _, err := to.Write(k.bytes); err != nil {
			break
		}
	}
	// The other half has nobody to speak to.
	to.Close()
	from.Close()
	for range chunks {
	}
}

// open waits while the gate stalls and tells whether bytes may go on.
func (g *Gate) open(c *gateConn, bytes int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.fault == Stall && !g.closed {
		g.changed.Wait()
	}
	if g.fault == Drop && bytes > 0 {
		c.lost = true
	}
	return !g.closed && !c.lost && (g.fault == Pass || g.fault == Drop && bytes == 0)
}
