package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/waf/waftest"
)

// target is what requests are given to: a proxy, or an engine in this process.
type target interface {
	// send gives it n requests of t's kind and returns the processor time that they
	// took. An answer other than status is an error.
	send(ctx context.Context, t *traffic, kind, n, status int) (time.Duration, error)
	// alone gives it n requests one at a time and returns how long each took.
	alone(ctx context.Context, t *traffic, kind, n, status int) ([]time.Duration, error)
	stop()
}

// run is one variant and what was measured of it.
type run struct {
	name   string
	target target
	// blocks tells whether it is a firewall.
	blocks bool
	// base is the name of the variant that its processor time is compared with, ""
	// if all of it counts.
	base  string
	kinds [3]measured
	// resources are what a proxy takes, nil for an engine without one.
	resources *resources
}

// measured is what came of one kind of request.
type measured struct {
	requests int       // a round
	micro    []float64 // processor time a request of each round, in µs
	took     []time.Duration
}

// resources is what a variant takes beside processor time for requests.
type resources struct {
	size        int64         // of the module, in bytes, 0 for none
	ready       time.Duration // from start to ready
	readyCPU    time.Duration // processor time until then
	idle, warm  uint64        // resident bytes before the first request and after the first thousands
	second      uint64        // resident bytes before the first request with two workers, 0 if unknown
	loadedBytes func() (uint64, error)
}

// check tries that harmless requests are let through and attacks are not.
func (r *run) check(ctx context.Context) error {
	for kind := range kinds {
		if _, err := r.target.send(ctx, &benign, kind, variants, 200); err != nil {
			return fmt.Errorf("%s: %w", kinds[kind].name, err)
		}
	}
	status := 200
	if r.blocks {
		status = 403
	}
	for i := range attacks.wire[0] {
		one := traffic{requests: [][]waftest.Request{attacks.requests[0][i : i+1]}, wire: [][]load.Request{attacks.wire[0][i : i+1]}}
		if _, err := r.target.alone(ctx, &one, 0, 1, status); err != nil {
			return fmt.Errorf("attack %d: %w", i, err)
		}
	}
	return nil
}

// warmTime is how long each kind of request is sent for before those that count.
const warmTime = 2 * time.Second

// warmUp sends requests that do not count and finds out how many a round holds.
func (r *run) warmUp(ctx context.Context, o *options) error {
	for kind := range kinds {
		var n int
		began := time.Now()
		for time.Since(began) < warmTime {
			if _, err := r.target.send(ctx, &benign, kind, connections, 200); err != nil {
				return err
			}
			n += connections
		}
		each := time.Since(began) / time.Duration(n)
		r.kinds[kind].requests = min(o.requests, max(connections, int(o.slice/max(each, 1))))
	}
	if r.resources == nil {
		return nil
	}
	var err error
	r.resources.warm, err = r.resources.loadedBytes()
	return err
}

// round measures each kind once.
func (r *run) round(ctx context.Context) error {
	for kind := range kinds {
		m := &r.kinds[kind]
		// For caches that another variant just had.
		if _, err := r.target.send(ctx, &benign, kind, m.requests/8, 200); err != nil {
			return err
		}
		used, err := r.target.send(ctx, &benign, kind, m.requests, 200)
		if err != nil {
			return err
		}
		m.micro = append(m.micro, float64(used.Nanoseconds())/1e3/float64(m.requests))
		took, err := r.target.alone(ctx, &benign, kind, max(m.requests/4, 1), 200)
		if err != nil {
			return err
		}
		m.took = append(m.took, took...)
	}
	return nil
}

// proxy is a target that is another process.
type proxy struct {
	pid  int
	busy *load.Client
	one  *load.Client
	end  func()
	sent int
}

// turn is the requests of a kind, from the one on whose turn it is.
func (p *proxy) turn(t *traffic, kind, n int) []load.Request {
	all := t.wire[kind]
	first := p.sent % len(all)
	p.sent += n
	return slices.Concat(all[first:], all[:first])
}

// connections keep a worker busy without a queue that grows.
const connections = 8

func newProxy(ctx context.Context, pid int, address string, end func()) (*proxy, error) {
	p := &proxy{pid: pid, end: end}
	var err error
	if p.busy, err = load.Dial(ctx, address, connections); err != nil {
		return nil, err
	}
	if p.one, err = load.Dial(ctx, address, 1); err != nil {
		p.busy.Close()
		return nil, err
	}
	return p, nil
}

func (p *proxy) send(ctx context.Context, t *traffic, kind, n, status int) (time.Duration, error) {
	requests := p.turn(t, kind, n)
	return load.Used(p.pid, func() error {
		_, err := p.busy.Send(ctx, requests, n, want(status))
		return err
	})
}

func (p *proxy) alone(ctx context.Context, t *traffic, kind, n, status int) ([]time.Duration, error) {
	return p.one.Send(ctx, p.turn(t, kind, n), n, want(status))
}

func (p *proxy) stop() {
	p.busy.Close()
	p.one.Close()
	p.end()
}
