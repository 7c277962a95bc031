package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections keeps the worker busy without a queue that grows.
const connections = 8

const request = "GET /orders/17 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\n" +
	"authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJvcmRlcnMifQ.c2lnbmF0dXJl\r\n\r\n"

// client holds keep-alive connections to one Envoy.
type client struct {
	conns   []net.Conn
	readers []*bufio.Reader
}

func dial(ctx context.Context, address string) (*client, error) {
	c := new(client)
	for range connections {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			c.close()
			return nil, err
		}
		c.conns = append(c.conns, conn)
		c.readers = append(c.readers, bufio.NewReader(conn))
	}
	return c, nil
}

func (c *client) close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// load sends requests, one after the other on each connection, and returns when
// all are answered with 200.
func (c *client) load(ctx context.Context, requests int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i := range c.conns {
		n := requests / connections
		if i < requests%connections {
			n++
		}
		all.Go(func() {
			if err := c.loadOne(ctx, i, n); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func (c *client) loadOne(ctx context.Context, i, requests int) error {
	conn := c.conns[i]
	if err := conn.SetDeadline(time.Now().Add(10 * time.Minute)); err != nil {
		return err
	}
	for range requests {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		if err := readAnswer(c.readers[i]); err != nil {
			return err
		}
	}
	return nil
}

// readAnswer reads one answer, which has to be a 200 with a length.
func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answer: %q, want a 200", line)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("content-length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("answer: no content-length")
	}
	_, err = r.Discard(length)
	return err
}

// processorTime sums the time that all threads of a process have run. It comes
// from schedstat, which counts nanoseconds, where stat counts ticks of 10 ms.
func processorTime(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("no threads of process %d in /proc: want Linux with schedstat", pid)
	}
	var sum time.Duration
	for _, task := range tasks {
		content, err := os.ReadFile(task)
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(content), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", task, err)
		}
		sum += time.Duration(n)
	}
	return sum, nil
}
