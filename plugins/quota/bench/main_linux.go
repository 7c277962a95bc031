// Command bench measures what limiting requests costs in Envoy: the quota plugin
// beside Envoy's own local_ratelimit and ratelimit filters, the latter and the
// plugin's global mode on one rate limit service with Redis. The README says how
// to read the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"gatehouse/harness/envoy/bench"
	"gatehouse/plugins/quota/ratelimittest"
)

// options are the command's flags.
type options struct {
	rounds, requests int
	rate             float64
	seconds          int
	clients          int
	growth           int
	peers            bool
	onlyInside       bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 30, "interleaved `rounds` of each table")
	flag.IntVar(&o.requests, "requests", 2000, "`requests` that each variant is sent in a round")
	flag.Float64Var(&o.rate, "rate", 5000, "`requests` a second at which latency is measured; less if the machine cannot carry it")
	flag.IntVar(&o.seconds, "seconds", 3, "`seconds` of that in each round; 0 leaves latency out")
	flag.IntVar(&o.clients, "clients", 10, "`clients` that requests come from, in turn")
	flag.IntVar(&o.growth, "growth", 1000000, "`keys`, each another one, during which memory is watched; 0 leaves it out")
	flag.BoolVar(&o.peers, "peers", false, "leave the quota plugin out")
	flag.BoolVar(&o.onlyInside, "inside", false, "measure nothing but the time inside Wasm")
	flag.Parse()
	bench.Main(func(ctx context.Context) error { return measure(ctx, &o) })
}

func measure(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench-quota-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	service, err := ratelimittest.Run(ctx, ratelimittest.Config{YAML: limits})
	if err != nil {
		return err
	}
	defer service.Close()
	if o.onlyInside {
		return inside(ctx, dir, service)
	}
	variants, err := build(ctx, dir, o)
	if err != nil {
		return err
	}
	for _, v := range variants {
		if err := check(ctx, v, service); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		fmt.Fprintf(os.Stderr, "bench: %s: limits as it should\n", v.name)
	}
	var runs []*run
	defer func() {
		for _, r := range runs {
			r.stop()
		}
	}()
	for _, v := range variants {
		r, err := start(ctx, v, service, o)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		runs = append(runs, r)
	}
	for i := range o.rounds {
		for _, r := range runs {
			if err := r.round(ctx, o.requests); err != nil {
				return fmt.Errorf("%s, round %d: %w", r.name, i, err)
			}
		}
		fmt.Fprintf(os.Stderr, "bench: round %d of %d\n", i+1, o.rounds)
	}
	if err := report(runs, o); err != nil {
		return err
	}
	if o.seconds > 0 {
		if err := latency(ctx, runs, o); err != nil {
			return err
		}
	}
	if !o.peers {
		if err := inside(ctx, dir, service); err != nil {
			return fmt.Errorf("inside: %w", err)
		}
	}
	if o.growth > 0 {
		for _, v := range variants {
			if v.name == localFilter || v.name == quotaLocal {
				if err := grow(ctx, v, service, o.growth); err != nil {
					return fmt.Errorf("%s: %w", v.name, err)
				}
			}
		}
	}
	return nil
}
