package waftest

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// server is Go's net/http server without a network: it says which messages are
// requests to it and how it reads them.
type server struct {
	http  *http.Server
	conns chan net.Conn
	seen  *http.Request
	body  []byte
}

func newServer() *server {
	s := &server{conns: make(chan net.Conn)}
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if s.seen == nil { // a second request in the same message is not looked at
				s.seen = r
				// What is there before an error is what a handler can see.
				s.body, _ = io.ReadAll(r.Body)
			}
		}),
		ErrorLog: log.New(io.Discard, "", 0),
		// OPTIONS * is for the engine too.
		DisableGeneralOptionsHandler: true,
	}
	go s.http.Serve(s) // ends with close
	return s
}

func (s *server) close() { s.http.Close() }

// receive returns the request that a message is. A refused one is read
// leniently.
func (s *server) receive(raw []byte) Request {
	s.seen, s.body = nil, nil
	c := &conn{in: bytes.NewReader(raw), closed: make(chan struct{})}
	s.conns <- c
	<-c.closed
	req := lenient(raw)
	req.Raw = raw
	if s.seen == nil {
		req.Refused = c.status()
		return req
	}
	req.Method, req.URI, req.Protocol, req.Body = s.seen.Method, s.seen.RequestURI, s.seen.Proto, s.body
	if len(s.body) == 0 {
		req.Body = nil
	}
	// RFC 9112, Section 6.3: Transfer-Encoding overrides Content-Length, and the
	// server does not hand the latter on.
	req.Headers = slices.DeleteFunc(req.Headers, func(h [2]string) bool {
		return strings.EqualFold(h[0], "Content-Length") && s.seen.Header.Get("Content-Length") == ""
	})
	return req
}

// Accept, Close and Addr make a server its own listener.
func (s *server) Accept() (net.Conn, error) {
	c, ok := <-s.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (s *server) Close() error {
	close(s.conns)
	return nil
}

func (s *server) Addr() net.Addr { return addr }

var addr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:80"))

// conn is a connection on which a client sends a message and nothing more.
type conn struct {
	in     *bytes.Reader
	mu     sync.Mutex
	out    bytes.Buffer
	once   sync.Once
	closed chan struct{}
}

func (c *conn) Read(b []byte) (int, error) { return c.in.Read(b) }

func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(b)
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *conn) LocalAddr() net.Addr              { return addr }
func (c *conn) RemoteAddr() net.Addr             { return addr }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// status is that of the response, 400 for an answer that is none.
func (c *conn) status() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(c.out.Bytes())), nil)
	if err != nil {
		return http.StatusBadRequest
	}
	resp.Body.Close()
	return resp.StatusCode
}

// lenient reads any message as a request: lines end with LF or CRLF, the first
// white space ends the method, the last one begins the version, a line that
// begins with white space continues the one before, and all after the empty
// line is the body.
func lenient(raw []byte) Request {
	req := Request{RemoteAddr: "127.0.0.1", RemotePort: 50000}
	line, rest, _ := bytes.Cut(raw, []byte("\n"))
	target := strings.TrimRight(string(line), "\r")
	req.Method, target, _ = strings.Cut(target, " ")
	if i := strings.LastIndexByte(target, ' '); i >= 0 {
		target, req.Protocol = target[:i], target[i+1:]
	}
	req.URI = target
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		text := strings.TrimRight(string(line), "\r")
		if text == "" {
			break
		}
		n := len(req.Headers)
		if (text[0] == ' ' || text[0] == '\t') && n > 0 {
			req.Headers[n-1][1] = strings.TrimSpace(req.Headers[n-1][1] + " " + strings.TrimSpace(text))
			continue
		}
		name, value, _ := strings.Cut(text, ":")
		req.Headers = append(req.Headers, [2]string{name, strings.Trim(value, " \t")})
	}
	if len(rest) > 0 {
		req.Body = rest
	}
	return req
}
