package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
)

// mostOfFilters is what a pipeline may cost of what five filters do.
const mostOfFilters = 0.45

// measured is an Envoy of a variant, and the processor time that a request took in each round,
// in µs, by the kind of request.
type measured struct {
	*variant
	envoy  *bench.Envoy
	client *load.Client
	micro  [][]float64
}

// speed prints what each variant adds to the processor time of a request. All of them run
// side by side and are sent requests in turns.
func speed(ctx context.Context, variants []*variant, up *upstream, o *options) error {
	var runs []*measured
	for _, v := range variants {
		if v.settings != nil {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", v.name, "…", time.Now().Format(time.TimeOnly))
		e, err := bench.Start(ctx, bench.Setup{Filters: v.filters, Upstream: up.address()})
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		defer e.Stop()
		client, err := load.Dial(ctx, e.Address(bench.Listener), 8)
		if err != nil {
			return err
		}
		defer client.Close()
		runs = append(runs, &measured{variant: v, envoy: e, client: client, micro: make([][]float64, len(traffic()))})
	}
	for round := range o.rounds + 1 {
		for kind := range traffic() {
			for _, r := range runs {
				if err := r.round(ctx, kind, o.each, round > 0); err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
	}
	names := []string{"GET", "POST of 97 bytes of JSON"}
	fmt.Printf("\nProcessor time of Envoy a request, one worker; medians of %d interleaved rounds of %d requests, each answered 200 (quartiles).\n", o.rounds, o.each)
	for kind, name := range names {
		fmt.Printf("\n%s\n\n| variant | µs a request | added to no filter | of one module attached five times | of five modules |\n|---|---|---|---|---|\n", name)
		none := runs[0].micro[kind]
		for _, r := range runs {
			fmt.Printf("| %s | %.0f | %s |", r.name, load.Quantile(r.micro[kind], 0.5), quartiles(bench.Added(r.micro[kind], none), "%.0f"))
			for _, of := range runs[1:] {
				if of.name == pipelined || r.name != pipelined {
					continue
				}
				ratios := bench.Added(r.micro[kind], none)
				for i, reference := range bench.Added(of.micro[kind], none) {
					ratios[i] /= reference
				}
				fmt.Printf(" %s, goal %.2f |", quartiles(ratios, "%.2f"), mostOfFilters)
			}
			fmt.Println()
		}
	}
	return nil
}

// round sends requests of a kind; what they took is noted if they count.
func (r *measured) round(ctx context.Context, kind, n int, counts bool) error {
	requests := traffic()[kind : kind+1]
	send := func(n int) error {
		_, err := r.client.Send(ctx, requests, n, func(status int) error {
			if status != 200 {
				return fmt.Errorf("answer: %d, want 200", status)
			}
			return nil
		})
		return err
	}
	// For caches of the processor that another Envoy just had.
	if err := send(n / 8); err != nil {
		return err
	}
	used, err := load.Used(r.envoy.PID(), func() error { return send(n) })
	if err != nil {
		return err
	}
	if counts {
		r.micro[kind] = append(r.micro[kind], float64(used.Nanoseconds())/1e3/float64(n))
	}
	return nil
}

func quartiles(values []float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", load.Quantile(values, 0.5), load.Quantile(values, 0.25), load.Quantile(values, 0.75))
}
