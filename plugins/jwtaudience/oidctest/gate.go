//go:build !wasip1

package oidctest

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate is an HTTP server on one port of the loopback interface that can be
// closed, so that connections are refused, and opened again.
type gate struct {
	handler http.Handler
	address string

	mu     sync.Mutex
	server *http.Server // nil while it is closed
}

// newGate opens a gate on a free port.
func newGate(handler http.Handler) (*gate, error) {
	g := &gate{handler: handler, address: "127.0.0.1:0"}
	return g, g.open()
}

func (g *gate) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.server != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.address)
	// Connections of the time before may still be on their way out.
	for tries := 0; err != nil && tries < 50; tries++ {
		time.Sleep(20 * time.Millisecond)
		listener, err = net.Listen("tcp", g.address)
	}
	if err != nil {
		return err
	}
	g.address = listener.Addr().String()
	g.server = &http.Server{Handler: g.handler, ReadHeaderTimeout: 10 * time.Second}
	go g.server.Serve(listener)
	return nil
}

// close refuses new connections and cuts those there are.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.server != nil {
		g.server.Close()
		g.server = nil
	}
}

// cut ends the connection of a request with a reset.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if errors.Is(err, http.ErrNotSupported) || conn == nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
