// Command bench measures what validating a token costs in Envoy: jwt-audience
// beside Envoy's own jwt_authn with the same tokens in one run, and scope behind
// jwt-audience. The README says how to read the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"gatehouse/harness/envoy/bench"
)

// options are the command's flags.
type options struct {
	rounds   int
	requests int
	growth   int
	scope    bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 20, "interleaved `rounds`")
	flag.IntVar(&o.requests, "requests", 1000, "`requests` of a kind that each variant is sent in a round")
	flag.IntVar(&o.growth, "growth", 0, "`tokens`, each another one, during which the memory of jwt-audience is watched")
	flag.BoolVar(&o.scope, "scope", true, "measure scope behind jwt-audience")
	flag.Parse()
	bench.Main(func(ctx context.Context) error { return measure(ctx, &o) })
}

func measure(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench-jwt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	variants, err := build(ctx, dir, o)
	if err != nil {
		return err
	}
	var runs []*run
	defer func() {
		for _, r := range runs {
			r.stop()
		}
	}()
	for _, v := range variants {
		r, err := start(ctx, v)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		runs = append(runs, r)
		if err := r.warmUp(ctx); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		fmt.Fprintf(os.Stderr, "bench: %s: started\n", v.name)
	}
	for i := range o.rounds {
		for _, k := range kinds {
			traffic := k.traffic(o.requests + o.requests/8)
			for _, r := range runs {
				if err := r.round(ctx, k, traffic, o.requests); err != nil {
					return fmt.Errorf("%s: %s, round %d: %w", r.name, k.name, i, err)
				}
			}
		}
		fmt.Fprintf(os.Stderr, "bench: round %d of %d\n", i+1, o.rounds)
	}
	if err := report(runs); err != nil {
		return err
	}
	if o.growth > 0 {
		return grow(ctx, find(runs, jwtAudience), o.growth)
	}
	return nil
}
