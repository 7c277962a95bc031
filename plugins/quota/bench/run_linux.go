package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/quota/ratelimittest"
)

// connections keep the worker busy without a queue that grows.
const connections = 8

// warmUp is how many requests come before the first that counts.
const warmUp = 20000

// run is an Envoy with one variant, and what was measured of it.
type run struct {
	variant
	envoy   *bench.Envoy
	service *ratelimittest.Stack
	client  *load.Client
	traffic []load.Request
	// micro is the processor time a request of each round, behind that of the service
	// and of Redis, in µs.
	micro, behind []float64
	// calls is how many the rounds made to the service.
	calls uint64
	// p50, p99 and p999 are latencies of each round, in µs; calm is how many calls to
	// the service those rounds made, of how many requests, and failed how many of those were not
	// answered 200: the service was late, with others on the machine.
	p50, p99, p999 []float64
	calm, requests uint64
	failed         int
}

// find returns the run of a name, nil if there is none.
func find(runs []*run, name string) *run {
	i := slices.IndexFunc(runs, func(r *run) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return runs[i]
}

// request is one of a client. The floor looks for the authorization.
func request(client string) load.Request {
	return load.Request("GET /orders/17 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\nx-client: " + client +
		"\r\nauthorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJvcmRlcnMifQ.c2lnbmF0dXJl\r\n\r\n")
}

// clients are requests of n of them.
func clients(n int) []load.Request {
	var requests []load.Request
	for i := range n {
		requests = append(requests, request(fmt.Sprintf("client-%d", i)))
	}
	return requests
}

// launch starts an Envoy with one worker and waits until it has come to rest.
func launch(ctx context.Context, v *variant, service *ratelimittest.Stack, limited bool) (*bench.Envoy, error) {
	began := time.Now()
	process, err := ratelimittest.StartEnvoy(ctx, v.envoy(service, limited))
	if err != nil {
		return nil, err
	}
	e := &bench.Envoy{Process: process, Ready: time.Since(began)}
	time.Sleep(bench.Settle)
	if e.Idle, err = e.Memory(); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

// check has two clients send twice as many requests as the limit of few lets each
// of them, one after the other, and then as many at once as a new one may.
func check(ctx context.Context, v variant, service *ratelimittest.Stack) error {
	e, err := launch(ctx, &v, service, true)
	if err != nil {
		return err
	}
	defer e.Stop()
	for _, connections := range []int{1, connections} {
		// Other clients each time: what was used up stays so.
		pair := []load.Request{request(fmt.Sprintf("%s-%d-a", v.name, connections)), request(fmt.Sprintf("%s-%d-b", v.name, connections))}
		answers, err := ratelimittest.Drive(ctx, ratelimittest.Load{
			Addresses: []string{e.Address(ratelimittest.Listener)}, Connections: connections, Requests: 4 * few,
			Request: func(i int) load.Request { return pair[i%2] },
		})
		if err != nil {
			return err
		}
		want := 4 * few
		if v.limits {
			want = 2 * few
		}
		ok, over := ratelimittest.Count(answers, 200), ratelimittest.Count(answers, 429)
		if ok != want || ok+over != 4*few {
			return fmt.Errorf("%d connections: %d answers with 200 and %d with 429 of %d, want %d with 200", connections, ok, over, 4*few, want)
		}
	}
	return nil
}

// start starts a variant and sends requests that do not count.
func start(ctx context.Context, v variant, service *ratelimittest.Stack, o *options) (*run, error) {
	e, err := launch(ctx, &v, service, false)
	if err != nil {
		return nil, err
	}
	r := &run{variant: v, envoy: e, service: service, traffic: clients(o.clients)}
	if r.client, err = load.Dial(ctx, e.Address(ratelimittest.Listener), connections); err != nil {
		e.Stop()
		return nil, err
	}
	if err := r.send(ctx, warmUp); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *run) stop() {
	r.client.Close()
	r.envoy.Stop()
}

// send sends requests and returns when all are answered with 200.
func (r *run) send(ctx context.Context, requests int) error {
	_, err := r.client.Send(ctx, r.traffic, requests, func(status int) error {
		if status != 200 {
			return fmt.Errorf("answer: %d, want 200", status)
		}
		return nil
	})
	return err
}

// round sends requests and notes what one of them cost.
func (r *run) round(ctx context.Context, requests int) error {
	if err := r.send(ctx, requests/4); err != nil { // for caches that another Envoy just had
		return err
	}
	calls, err := r.made()
	if err != nil {
		return err
	}
	behind, err := load.ProcessorTime(r.service.Service.PID(), r.service.Redis.PID())
	if err != nil {
		return err
	}
	used, err := load.Used(r.envoy.PID(), func() error { return r.send(ctx, requests) })
	if err != nil {
		return err
	}
	after, err := load.ProcessorTime(r.service.Service.PID(), r.service.Redis.PID())
	if err != nil {
		return err
	}
	now, err := r.made()
	if err != nil {
		return err
	}
	r.calls += now - calls
	r.micro = append(r.micro, micro(used)/float64(requests))
	r.behind = append(r.behind, micro(after-behind)/float64(requests))
	return nil
}

// made is how many calls to the service Envoy has made.
func (r *run) made() (uint64, error) {
	return ratelimittest.Fleet{r.envoy.Process}.Stat("cluster." + ratelimittest.Cluster + ".upstream_rq_total")
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// seen counts the keys of growth.
var seen atomic.Int64

// stranger is a request of a client that no other request is of.
func stranger() load.Request { return request(fmt.Sprintf("stranger-%d", seen.Add(1))) }
