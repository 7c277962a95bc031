package envoy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/harness"
)

// Client is how a request gets to Envoy. The zero value speaks plain TCP.
type Client struct {
	// TLS, if set, is what the client says and shows in its handshake.
	TLS *tls.Config
	// HTTP10 has Do say HTTP/1.0 instead of HTTP/1.1.
	HTTP10 bool
}

func (c Client) dial(ctx context.Context, address string) (net.Conn, error) {
	if c.TLS != nil {
		return (&tls.Dialer{Config: c.TLS}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// Do is [Client.Do] over plain TCP.
func Do(ctx context.Context, address string, request harness.Message) (harness.Message, error) {
	return Client{}.Do(ctx, address, request)
}

// Do sends request over a connection of its own as HTTP/1.1 and returns what
// comes back. Headers leave in their order with duplicates kept, the path as it
// stands, but that CONNECT without one asks for the authority and that a bare
// query is sent in an absolute url; a body without content-length is sent chunked, a chunk for each of
// Body. The response's names are lower case as Envoy wrote them, ":status" in
// front; Reset says that the connection ended before the message did.
func (c Client) Do(ctx context.Context, address string, request harness.Message) (harness.Message, error) {
	conn, err := c.dial(ctx, address)
	if err != nil {
		return harness.Message{}, fmt.Errorf("envoy: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	// Envoy may answer before it has read all: reading goes on beside writing.
	written := make(chan error, 1)
	go func() { written <- writeRequest(conn, request, c.HTTP10) }()
	r := bufio.NewReader(conn)
	method, _ := first(request.Headers, ":method")
	for {
		response, err := readResponse(r, method)
		if err != nil {
			return response, fmt.Errorf("envoy: reading the response: %w", err)
		}
		if status, _ := first(response.Headers, ":status"); strings.HasPrefix(status, "1") && status != "101" {
			continue
		}
		return response, nil
	}
}

func writeRequest(conn net.Conn, m harness.Message, http10 bool) error {
	w := bufio.NewWriter(conn)
	method, _ := first(m.Headers, ":method")
	path, _ := first(m.Headers, ":path")
	authority, ok := first(m.Headers, ":authority")
	switch {
	case method == "CONNECT" && path == "":
		path = authority
	case strings.HasPrefix(path, "?"):
		path = "http://" + authority + path
	}
	version := "HTTP/1.1"
	if http10 {
		version = "HTTP/1.0"
	}
	fmt.Fprintf(w, "%s %s %s\r\n", method, path, version)
	if ok {
		fmt.Fprintf(w, "host: %s\r\n", authority)
	}
	return writeFields(w, conn, m, false)
}

// writeFields writes the header fields of m that are not pseudo-headers, then
// its body and trailers.
func writeFields(w *bufio.Writer, conn net.Conn, m harness.Message, noBody bool) error {
	_, sized := first(m.Headers, "content-length")
	te, coded := first(m.Headers, "transfer-encoding")
	chunked := !noBody && !sized && (len(m.Body) > 0 || len(m.Trailers) > 0 || coded && te == "chunked")
	for _, h := range m.Headers {
		if !strings.HasPrefix(h.Name, ":") {
			fmt.Fprintf(w, "%s: %s\r\n", h.Name, h.Value)
		}
	}
	if chunked && !coded {
		w.WriteString("transfer-encoding: chunked\r\n")
	}
	w.WriteString("\r\n")
	if noBody {
		return w.Flush()
	}
	for _, chunk := range m.Body {
		if chunked && len(chunk) == 0 {
			continue // a chunk of no bytes would end the body
		}
		if chunked {
			fmt.Fprintf(w, "%x\r\n", len(chunk))
		}
		w.Write(chunk)
		if chunked {
			w.WriteString("\r\n")
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if len(m.Body) > 1 {
			// Gives each chunk a read of its own at the other end.
			time.Sleep(25 * time.Millisecond)
		}
	}
	if m.Reset {
		err := w.Flush()
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		return errors.Join(err, conn.Close())
	}
	if chunked {
		w.WriteString("0\r\n")
		for _, h := range m.Trailers {
			fmt.Fprintf(w, "%s: %s\r\n", h.Name, h.Value)
		}
		w.WriteString("\r\n")
	}
	return w.Flush()
}

func readResponse(r *bufio.Reader, method string) (harness.Message, error) {
	line, fields, err := readHead(r)
	if err != nil {
		return harness.Message{Reset: true}, err
	}
	_, rest, _ := strings.Cut(line, " ")
	status, _, _ := strings.Cut(rest, " ")
	m := harness.Message{Headers: append([]harness.Header{{Name: ":status", Value: status}}, fields...)}
	if method == "HEAD" || status == "204" || status == "304" || strings.HasPrefix(status, "1") {
		return m, nil
	}
	return m, readBody(r, &m, true)
}

// readHead reads a start line and the fields up to the empty line.
func readHead(r *bufio.Reader) (string, []harness.Header, error) {
	line, err := readLine(r)
	if err != nil {
		return "", nil, err
	}
	fields, err := readFields(r)
	return line, fields, err
}

func readFields(r *bufio.Reader) ([]harness.Header, error) {
	var fields []harness.Header
	for {
		line, err := readLine(r)
		if err != nil || line == "" {
			return fields, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fields, fmt.Errorf("header line %q: want a colon", line)
		}
		fields = append(fields, harness.Header{Name: strings.ToLower(name), Value: strings.Trim(value, " \t")})
	}
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err == io.EOF && line != "" {
		err = io.ErrUnexpectedEOF
	}
	return strings.TrimRight(line, "\r\n"), err
}

// readBody reads the body that the fields of m announce. Without an announcement
// a response lasts until the connection ends, a request has none.
func readBody(r *bufio.Reader, m *harness.Message, response bool) error {
	var body []byte
	var err error
	length, sized := first(m.Headers, "content-length")
	coding, _ := first(m.Headers, "transfer-encoding")
	switch {
	case strings.EqualFold(coding, "chunked"):
		body, err = io.ReadAll(httputil.NewChunkedReader(r))
		if err == nil {
			m.Trailers, err = readFields(r)
		}
	case sized:
		var n int64
		if n, err = strconv.ParseInt(length, 10, 64); err != nil {
			return err
		}
		body, err = io.ReadAll(io.LimitReader(r, n))
		if err == nil && int64(len(body)) < n {
			err = io.ErrUnexpectedEOF
		}
	case response:
		body, err = io.ReadAll(r)
	}
	if len(body) > 0 {
		m.Body = [][]byte{body}
	}
	if err != nil {
		// A message that breaks off is a finding, not an error of the reader.
		m.Reset = true
	}
	return nil
}

func first(headers []harness.Header, name string) (string, bool) {
	for _, h := range headers {
		if h.Name == name {
			return h.Value, true
		}
	}
	return "", false
}

// Upstream is an HTTP/1.1 server that answers with messages as they stand and
// keeps what it was asked.
type Upstream struct {
	listener net.Listener
	answer   func(request harness.Message) harness.Message

	mu       sync.Mutex
	requests []harness.Message
	conns    map[net.Conn]bool
	closed   bool
}

// NewUpstream starts an upstream on a free port of the loopback interface.
// answer is called for each request when all of it has arrived, from several
// goroutines where Envoy opens several connections.
func NewUpstream(answer func(request harness.Message) harness.Message) (*Upstream, error) {
	u, err := newUpstream(answer)
	if err != nil {
		return nil, err
	}
	go u.accept(u.serve)
	return u, nil
}

func newUpstream(answer func(request harness.Message) harness.Message) (*Upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("envoy: upstream: %w", err)
	}
	return &Upstream{listener: listener, answer: answer, conns: make(map[net.Conn]bool)}, nil
}

// Address is "127.0.0.1:port".
func (u *Upstream) Address() string { return u.listener.Addr().String() }

// Requests returns what has arrived since the last call, pseudo-headers
// (":method", ":path", ":authority") in front.
func (u *Upstream) Requests() []harness.Message {
	u.mu.Lock()
	defer u.mu.Unlock()
	requests := u.requests
	u.requests = nil
	return requests
}

func (u *Upstream) keep(request harness.Message) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.requests = append(u.requests, request)
}

// Close ends the server and its connections.
func (u *Upstream) Close() {
	u.listener.Close()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for conn := range u.conns {
		conn.Close()
	}
}

// accept has serve handle each connection, and closes it afterwards.
func (u *Upstream) accept(serve func(net.Conn)) {
	for {
		conn, err := u.listener.Accept()
		if err != nil {
			return
		}
		u.mu.Lock()
		if u.closed {
			conn.Close()
		}
		u.conns[conn] = true
		u.mu.Unlock()
		go func() {
			defer func() {
				conn.Close()
				u.mu.Lock()
				delete(u.conns, conn)
				u.mu.Unlock()
			}()
			serve(conn)
		}()
	}
}

func (u *Upstream) serve(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		line, fields, err := readHead(r)
		if err != nil {
			return
		}
		method, rest, _ := strings.Cut(line, " ")
		path, _, _ := strings.Cut(rest, " ")
		m := harness.Message{Headers: []harness.Header{{Name: ":method", Value: method}, {Name: ":path", Value: path}}}
		for _, h := range fields {
			if h.Name == "host" {
				h.Name = ":authority"
			}
			m.Headers = append(m.Headers, h)
		}
		if err := readBody(r, &m, false); err != nil {
			return
		}
		u.keep(m)
		response := u.answer(m)
		if response.Delay > 0 {
			time.Sleep(response.Delay)
		}
		status, _ := first(response.Headers, ":status")
		if response.Reset && len(response.Headers) == 0 {
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			return
		}
		w := bufio.NewWriter(conn)
		fmt.Fprintf(w, "HTTP/1.1 %s \r\n", status)
		_, sized := first(response.Headers, "content-length")
		_, coded := first(response.Headers, "transfer-encoding")
		noBody := method == "HEAD" || status == "204" || status == "304"
		if !noBody && !sized && !coded && len(response.Body) == 0 && len(response.Trailers) == 0 {
			w.WriteString("content-length: 0\r\n")
		}
		if err := writeFields(w, conn, response, noBody); err != nil || response.Reset {
			return
		}
		if m.Reset {
			return
		}
	}
}
