package main

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
)

// connections keep the worker busy without a queue that grows.
const connections = 8

// run is an Envoy with one variant, and what was measured of it.
type run struct {
	variant
	envoy  *bench.Envoy
	client *load.Client
	// second is the resident memory before the first request with two workers, warm
	// that after the first thousands with one, in bytes.
	second, warm uint64
	micro        map[*kind][]float64 // processor time a request of each round, in µs
}

// find returns the run of a name, nil if there is none.
func find(runs []*run, name string) *run {
	i := slices.IndexFunc(runs, func(r *run) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return runs[i]
}

// start starts an Envoy with one worker, after it has looked at one with two.
func start(ctx context.Context, v variant) (*run, error) {
	two, err := bench.Start(ctx, bench.Setup{Filters: v.filters, Workers: 2})
	if err != nil {
		return nil, err
	}
	two.Stop()
	e, err := bench.Start(ctx, bench.Setup{Filters: v.filters})
	if err != nil {
		return nil, err
	}
	client, err := load.Dial(ctx, e.Address(bench.Listener), connections)
	if err != nil {
		e.Stop()
		return nil, err
	}
	return &run{variant: v, envoy: e, client: client, second: two.Idle, micro: map[*kind][]float64{}}, nil
}

func (r *run) stop() {
	r.client.Close()
	r.envoy.Stop()
}

// send sends n requests, all of which have to be answered with one status.
func (r *run) send(ctx context.Context, requests []load.Request, n, want int) error {
	_, err := r.client.Send(ctx, requests, n, status(want))
	return err
}

// warmUp sends requests that do not count.
func (r *run) warmUp(ctx context.Context) (err error) {
	if err := r.check(ctx); err != nil {
		return err
	}
	if err := r.send(ctx, repeated.traffic(1), 20000, 200); err != nil {
		return err
	}
	if err := r.send(ctx, firstES256.traffic(4000), 4000, 200); err != nil {
		return err
	}
	r.warm, err = r.envoy.Memory()
	return err
}

// check tries that good tokens are accepted and tampered ones are not.
func (r *run) check(ctx context.Context) error {
	for _, k := range kinds {
		if err := r.send(ctx, k.traffic(2), 2, 200); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	want := 200
	if r.guards {
		want = 401
	}
	bad := tampered()
	if err := r.send(ctx, bad, len(bad), want); err != nil {
		return fmt.Errorf("tampered tokens: %w", err)
	}
	return nil
}

// round sends traffic of a kind, of which the last requests count.
func (r *run) round(ctx context.Context, k *kind, traffic []load.Request, requests int) error {
	if !slices.Contains(r.kinds, k) {
		return nil
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	// For caches of the processor that another Envoy just had.
	before := requests / 8
	if err := r.send(ctx, traffic, before, 200); err != nil {
		return err
	}
	if k.fresh {
		traffic = traffic[before:]
	}
	used, err := load.Used(r.envoy.PID(), func() error { return r.send(ctx, traffic, requests, 200) })
	if err != nil {
		return err
	}
	r.micro[k] = append(r.micro[k], float64(used.Nanoseconds())/1e3/float64(requests))
	return nil
}
