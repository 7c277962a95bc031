package cluster

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

var (
	handedOut   = map[int]bool{}
	handedOutMu sync.Mutex
)

// FreePort returns a port that nothing listens on, of 127.0.0.1 or any other address,
// and that no earlier call returned. It lies below the range that connections get
// theirs from, so that none takes it before its listener is there.
func FreePort() int {
	handedOutMu.Lock()
	defer handedOutMu.Unlock()
	for {
		port := 12000 + rand.IntN(20000)
		if handedOut[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		l.Close()
		handedOut[port] = true
		return port
	}
}

// loopback returns 127.0.0.1 with a free port.
func loopback() string { return fmt.Sprintf("127.0.0.1:%d", FreePort()) }
