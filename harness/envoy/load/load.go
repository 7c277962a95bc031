// Package load sends requests to a proxy over keep-alive connections and
// measures what they cost it. It knows HTTP/1.1 and processes, nothing of Envoy
// or of plugins.
package load

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"sync"
	"time"
)

// Request is a request as it goes over the wire.
type Request []byte

// Client holds keep-alive connections to one proxy.
type Client struct {
	conns   []net.Conn
	readers []*bufio.Reader
}

// Dial opens a number of connections. Close them.
func Dial(ctx context.Context, address string, connections int) (*Client, error) {
	c := new(Client)
	for range connections {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("load: %w", err)
		}
		c.conns = append(c.conns, conn)
		c.readers = append(c.readers, bufio.NewReader(conn))
	}
	return c, nil
}

// Close closes the connections.
func (c *Client) Close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// patience is how long one answer may take.
const patience = time.Minute

// Send sends n requests, one after the other on each connection, and returns when
// all are answered. The requests take turns: the first connection begins with the
// first of them, the next one with the next. check is given the status of each
// answer, from several goroutines; an error of it ends the sending.
//
// It returns how long each answer took, from before the request was written until
// the answer was read, in no order.
func (c *Client) Send(ctx context.Context, requests []Request, n int, check func(status int) error) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took := make([]time.Duration, n)
	var all sync.WaitGroup
	for i := range c.conns {
		all.Go(func() {
			for j := i; j < n; j += len(c.conns) {
				err := context.Cause(ctx)
				if err == nil {
					took[j], err = c.exchange(i, requests[j%len(requests)], check)
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return took, nil
}

// exchange sends one request on connection i and reads the answer.
func (c *Client) exchange(i int, r Request, check func(int) error) (time.Duration, error) {
	began := time.Now()
	if err := c.conns[i].SetDeadline(began.Add(patience)); err != nil {
		return 0, err
	}
	if _, err := c.conns[i].Write(r); err != nil {
		return 0, err
	}
	status, err := readAnswer(c.readers[i], bytes.HasPrefix(r, []byte("HEAD ")))
	if err != nil {
		return 0, err
	}
	return time.Since(began), check(status)
}

// readAnswer reads one answer and returns its status. It has a length or comes in
// chunks (RFC 9112, Section 7.1), unless it has no body.
func readAnswer(r *bufio.Reader, head bool) (status int, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200 ") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, fmt.Errorf("answer: %q, want HTTP/1.1", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil || status < 200 {
		return 0, fmt.Errorf("answer: %q, want a final status", line)
	}
	length, chunked := -1, false
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("transfer-encoding")) {
			chunked = bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked"))
		}
		if !bytes.EqualFold(name, []byte("content-length")) {
			continue
		}
		if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil || length < 0 {
			return 0, fmt.Errorf("answer: content-length %q", value)
		}
	}
	switch {
	case head || status == 204 || status == 304:
		return status, nil
	case chunked:
		if _, err := io.Copy(io.Discard, httputil.NewChunkedReader(r)); err != nil {
			return 0, err
		}
		// The reader leaves the line that ends the trailers, of which there are none.
		if line, err := r.ReadSlice('\n'); err != nil || len(line) > 2 {
			return 0, fmt.Errorf("answer: %q after the last chunk, %v", line, err)
		}
		return status, nil
	case length < 0:
		return 0, fmt.Errorf("answer: %d with neither a content-length nor chunks", status)
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return status, err
}
