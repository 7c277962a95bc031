package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/quota/ratelimittest"
)

// open is how many connections wait for requests to be due, so that one is free
// as long as answers take less than their number over the rate.
const open = 64

// fewerCalls and lowerLatency are what the global mode by lease is to come to
// beside Envoy's filter.
const (
	fewerCalls   = 20
	lowerLatency = 5
)

// latency sends each variant requests at a steady rate, whatever answers take.
func latency(ctx context.Context, runs []*run, o *options) error {
	rate, err := carried(ctx, find(runs, globalFilter), o)
	if err != nil {
		return err
	}
	rounds := max(3, o.rounds/3)
	for i := range rounds {
		for _, r := range runs {
			before, err := r.made()
			if err != nil {
				return err
			}
			answers, err := r.drive(ctx, rate, o.seconds)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			after, err := r.made()
			if err != nil {
				return err
			}
			r.calm += after - before
			r.requests += uint64(len(answers))
			r.failed += len(answers) - ratelimittest.Count(answers, 200)
			times := make([]float64, len(answers))
			for j := range answers {
				times[j] = micro(answers[j].Latency())
			}
			r.p50 = append(r.p50, load.Quantile(times, 0.5))
			r.p99 = append(r.p99, load.Quantile(times, 0.99))
			r.p999 = append(r.p999, load.Quantile(times, 0.999))
		}
		fmt.Fprintf(os.Stderr, "bench: latency: round %d of %d\n", i+1, rounds)
	}
	reportLatency(runs, rate, rounds, o)
	return nil
}

// drive sends at a rate for some seconds.
func (r *run) drive(ctx context.Context, rate float64, seconds int) ([]ratelimittest.Answer, error) {
	return ratelimittest.Drive(ctx, ratelimittest.Load{
		Addresses: []string{r.envoy.Address(ratelimittest.Listener)}, Connections: open,
		Rate: rate, Duration: time.Duration(seconds) * time.Second,
		Request: func(i int) load.Request { return r.traffic[i%len(r.traffic)] },
	})
}

// carried finds the highest rate, up to the one asked for, that the machine
// carries with everything on it: the service answers all, and half of them at once.
func carried(ctx context.Context, r *run, o *options) (float64, error) {
	for rate := o.rate; rate >= 100; rate *= 0.8 {
		answers, err := r.drive(ctx, rate, 2)
		if err != nil {
			return 0, err
		}
		times := make([]time.Duration, len(answers))
		for i := range answers {
			times[i] = answers[i].Latency()
		}
		if load.Quantile(times, 0.5) < 5*time.Millisecond && ratelimittest.Count(answers, 200) == len(answers) {
			return rate, nil
		}
		fmt.Fprintf(os.Stderr, "bench: %.0f requests a second are too many here\n", rate)
	}
	return 0, errors.New("latency: the machine carries not even 100 requests a second")
}

func reportLatency(runs []*run, rate float64, rounds int, o *options) {
	fmt.Printf("\nLatency at %.0f requests a second, whatever answers take, %d s in each of %d interleaved rounds; µs, medians of the rounds (quartiles).\n", rate, o.seconds, rounds)
	if rate < o.rate {
		fmt.Printf("The machine did not carry %.0f.\n", o.rate)
	}
	fmt.Print("\n| variant | p50 | p99 | p99 added | p99.9 | not answered 200 | calls to the service for 1000 requests |\n|---|---|---|---|---|---|---|\n")
	none := find(runs, noFilter)
	for _, r := range runs {
		fmt.Printf("| %s | %.0f | %.0f | ", r.name, load.Quantile(r.p50, 0.5), load.Quantile(r.p99, 0.5))
		if r != none {
			fmt.Print(quartiles(bench.Added(r.p99, none.p99), "%.0f"))
		}
		fmt.Printf(" | %.0f | %d of %d |", load.Quantile(r.p999, 0.5), r.failed, r.requests)
		if r.asks {
			fmt.Printf(" %.1f", 1000*float64(r.calm)/float64(r.requests))
		}
		fmt.Println(" |")
	}
	peer, ours := find(runs, globalFilter), find(runs, quotaLease)
	if ours == nil {
		return
	}
	calls := float64(peer.calm) / float64(peer.requests) / max(float64(ours.calm)/float64(ours.requests), 1e-9)
	of, added := load.Quantile(bench.Added(peer.p99, none.p99), 0.5), load.Quantile(bench.Added(ours.p99, none.p99), 0.5)
	fmt.Print("\n| by lease, beside Envoy's ratelimit | came to | goal | |\n|---|---|---|---|\n")
	fmt.Printf("| calls to the service | %.0f times fewer | ≥ %d | %s |\n", calls, fewerCalls, met(calls >= fewerCalls))
	if added <= 0 {
		fmt.Printf("| p99 latency added | %.0f µs beside %.0f µs | ≥ %d times lower | %s |\n", added, of, lowerLatency, met(of > 0))
		return
	}
	fmt.Printf("| p99 latency added | %.1f times lower | ≥ %d | %s |\n", of/added, lowerLatency, met(of/added >= lowerLatency))
}
