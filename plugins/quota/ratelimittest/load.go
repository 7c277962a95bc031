//go:build !wasip1

package ratelimittest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/harness/envoy/load"
)

// Load is what Drive sends. One of Requests and Duration is required; with both,
// what comes first ends it.
type Load struct {
	// Addresses of proxies, whose connections take turns. Required.
	Addresses []string
	// Connections to each address. Default 8.
	Connections int
	// Requests is how many are sent in all.
	Requests int
	// Duration is for how long requests are begun.
	Duration time.Duration
	// Rate is how many requests a second are begun in all, evenly, however long
	// answers take while there are connections left. 0 is as many as get answered.
	Rate float64
	// Request makes request i of them, counted from 0. It is called from several
	// goroutines. Required.
	Request func(i int) load.Request
}

// Answer is what became of a request.
type Answer struct {
	// Request is its number, Address that of the proxy in Load.
	Request, Address int
	// Due is when it was to be sent, Sent when it was, Done when the answer was read.
	// Without a rate Due is Sent.
	Due, Sent, Done time.Time
	Status          int
}

// Latency is from when the request was due: what it waited for a connection counts.
func (a *Answer) Latency() time.Duration { return a.Done.Sub(a.Due) }

// longest is how long one answer may take: no stream is to hang.
const longest = time.Minute

// Drive sends a load over HTTP/1.1 and returns all answers by the number of their
// request. A connection that breaks, and an answer that takes a minute, is an
// error.
func Drive(ctx context.Context, l Load) ([]Answer, error) {
	if l.Connections == 0 {
		l.Connections = 8
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var senders []*sender
	for range l.Connections {
		for i, address := range l.Addresses {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err != nil {
				return nil, fmt.Errorf("ratelimittest: %w", err)
			}
			defer conn.Close()
			senders = append(senders, &sender{address: i, conn: conn, reader: bufio.NewReader(conn)})
		}
	}
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for _, s := range senders {
		all.Go(func() {
			if err := s.run(ctx, &l, began, &next); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("ratelimittest: %w", err)
	}
	count := 0
	for _, s := range senders {
		count += len(s.answers)
	}
	// Numbers are given out without gaps.
	answers := make([]Answer, count)
	for _, s := range senders {
		for _, a := range s.answers {
			answers[a.Request] = a
		}
	}
	return answers, nil
}

// sender is one connection.
type sender struct {
	address int
	conn    net.Conn
	reader  *bufio.Reader
	answers []Answer
}

func (s *sender) run(ctx context.Context, l *Load, began time.Time, next *atomic.Int64) error {
	for {
		if l.Duration > 0 && l.Rate == 0 && time.Since(began) >= l.Duration {
			return nil
		}
		i := int(next.Add(1) - 1)
		if l.Requests > 0 && i >= l.Requests {
			return nil
		}
		due := time.Now()
		if l.Rate > 0 {
			after := time.Duration(float64(i) / l.Rate * float64(time.Second))
			if l.Duration > 0 && after >= l.Duration {
				return nil
			}
			due = began.Add(after)
			time.Sleep(time.Until(due))
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		a := Answer{Request: i, Address: s.address, Due: due, Sent: time.Now()}
		if err := s.exchange(l.Request(i), &a); err != nil {
			return fmt.Errorf("request %d to %s: %w", i, l.Addresses[s.address], err)
		}
		s.answers = append(s.answers, a)
	}
}

func (s *sender) exchange(r load.Request, a *Answer) error {
	if err := s.conn.SetDeadline(a.Sent.Add(longest)); err != nil {
		return err
	}
	if _, err := s.conn.Write(r); err != nil {
		return err
	}
	response, err := http.ReadResponse(s.reader, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	a.Done, a.Status = time.Now(), response.StatusCode
	return nil
}

// Count returns how many answers have a status.
func Count(answers []Answer, status int) (n int) {
	for i := range answers {
		if answers[i].Status == status {
			n++
		}
	}
	return n
}

// Within counts the answers of a status whose decision fell into a window for
// certain, and those whose decision may have: it fell between Sent and Done. What
// a model admits in the window has to be between the two.
func Within(answers []Answer, status int, from, to time.Time) (certain, possible int) {
	for i := range answers {
		a := &answers[i]
		if a.Status != status || a.Done.Before(from) || !a.Sent.Before(to) {
			continue
		}
		possible++
		if !a.Sent.Before(from) && a.Done.Before(to) {
			certain++
		}
	}
	return certain, possible
}
