package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/waf/waftest"
)

// find returns the run of a name, nil if there is none.
func find(runs []*run, name string) *run {
	i := slices.IndexFunc(runs, func(r *run) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return runs[i]
}

// added is what r cost more than its base in each round, in µs a request.
func added(runs []*run, r *run, kind int) []float64 {
	base := find(runs, r.base)
	if base == nil {
		return r.kinds[kind].micro
	}
	return bench.Added(r.kinds[kind].micro, base.kinds[kind].micro)
}

// report prints the tables.
func report(runs []*run, missing []string) error {
	fmt.Printf("Processor time and latency of a request, one worker, an upstream behind it, medians of %d interleaved rounds. Harmless requests were all answered 200, attacks 403, before and after.\n", len(runs[0].kinds[0].micro))
	for kind, k := range kinds {
		fmt.Printf("\n%s\n\n", k.name)
		fmt.Println("| variant | requests a round | µs a request | added (quartiles) | ratio to waf | p50 | p99 | p99.9 |")
		fmt.Println("|---|---|---|---|---|---|---|---|")
		reference := load.Quantile(added(runs, find(runs, ours), kind), 0.5)
		for _, r := range runs {
			m := &r.kinds[kind]
			fmt.Printf("| %s | %d | %.0f |", r.name, m.requests, load.Quantile(m.micro, 0.5))
			if r.blocks || r.base != "" {
				a := added(runs, r, kind)
				fmt.Printf(" %.0f (%.0f to %.0f) | %.2f |", load.Quantile(a, 0.5), load.Quantile(a, 0.25), load.Quantile(a, 0.75), load.Quantile(a, 0.5)/reference)
			} else {
				fmt.Print(" | |")
			}
			fmt.Printf(" %s | %s | %s |\n", latency(m.took, 0.5, 1), latency(m.took, 0.99, 100), latency(m.took, 0.999, 1000))
		}
		for _, why := range missing {
			fmt.Printf("| %s | %s |\n", modSecurity, why)
		}
	}
	fmt.Print("\nStart and memory (RSS of the whole process, MB; in parentheses what it is over no filter).\n\n")
	fmt.Println("| variant | module, KB | ready after | processor time until then | idle | after the first seconds of load | after all rounds | a second worker adds, idle |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, r := range runs {
		if r.resources == nil {
			continue
		}
		if err := reportResources(runs, r); err != nil {
			return err
		}
	}
	return nil
}

func reportResources(runs []*run, r *run) error {
	loaded, err := r.resources.loadedBytes()
	if err != nil {
		return err
	}
	res := r.resources
	base := &resources{}
	var baseLoaded uint64
	if b := find(runs, r.base); b != nil {
		base = b.resources
		if baseLoaded, err = base.loadedBytes(); err != nil {
			return err
		}
	}
	memory := func(n, of uint64) string {
		if of == 0 {
			return fmt.Sprintf("%.1f", mb(n))
		}
		return fmt.Sprintf("%.1f (%.1f)", mb(n), mb(n)-mb(of))
	}
	fmt.Printf("| %s | %d | %v | %v | %s | %s | %s |", r.name, res.size/1000, res.ready.Round(10*time.Millisecond), res.readyCPU.Round(10*time.Millisecond),
		memory(res.idle, base.idle), memory(res.warm, base.warm), memory(loaded, baseLoaded))
	if res.second != 0 {
		fmt.Printf(" %.1f |\n", mb(res.second)-mb(res.idle))
	} else {
		fmt.Println(" |")
	}
	return nil
}

// latency is a quantile of times in ms, where there are enough to tell.
func latency(took []time.Duration, q float64, enough int) string {
	if len(took) < enough {
		return "–"
	}
	return fmt.Sprintf("%.2f ms", float64(load.Quantile(took, q).Microseconds())/1e3)
}

func mb(bytes uint64) float64 { return float64(bytes) / 1e6 }

// apis is level 1 with the methods and content types of APIs allowed, as
// waftest.APIPolicy does it.
const apis = `{"crs":{"variables":{
	"allowed_methods":"GET HEAD POST OPTIONS PUT PATCH DELETE",
	"allowed_request_content_type":"|application/x-www-form-urlencoded| |multipart/form-data| |text/xml| |application/xml| |application/soap+xml| |application/json| |text/plain| |application/x-ndjson| |application/json-patch+json| |application/merge-patch+json| |application/vnd.api+json| |application/grpc-web-text|"}}}`

// grow sends the waf plugin many different requests and prints what its memory
// came to. Such traffic has some that rules refuse.
func grow(ctx context.Context, plugins []plugin, upstream string, requests int) error {
	p := plugins[slices.IndexFunc(plugins, func(p plugin) bool { return p.name == ours })]
	p.configuration = apis
	e, err := launch(ctx, p, upstream, 1)
	if err != nil {
		return err
	}
	defer e.Stop()
	client, err := load.Dial(ctx, e.Address(bench.Listener), connections)
	if err != nil {
		return err
	}
	defer client.Close()
	fmt.Printf("\nGrowth: RSS, MB, of Envoy with waf, idle and after every tenth of %d random requests: %.1f", requests, mb(e.Idle))
	var passed, refused atomic.Int64
	const part = 1000
	var wire []load.Request
	sent := 0
	send := func() error {
		_, err := client.Send(ctx, wire, len(wire), func(status int) error {
			switch status {
			case 200:
				passed.Add(1)
			case 403:
				refused.Add(1)
			default:
				return fmt.Errorf("status %d, want 200 or 403", status)
			}
			return nil
		})
		sent += len(wire)
		wire = wire[:0]
		return err
	}
	next := requests / 10
	for r := range waftest.Benign(requests, 1) {
		wire = append(wire, overTheWire(&r))
		if len(wire) < part && sent+len(wire) < next {
			continue
		}
		if err := send(); err != nil {
			fmt.Println()
			return err
		}
		if sent >= next {
			memory, err := e.Memory()
			if err != nil {
				return err
			}
			fmt.Printf(" %.1f", mb(memory))
			next += requests / 10
		}
	}
	fmt.Printf(" (%d passed, %d refused)\n", passed.Load(), refused.Load())
	return nil
}
