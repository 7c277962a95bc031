package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/quota/ratelimittest"
)

// mostRatio is what a local limit may add over what the floor does, mostInside what
// of it may be spent inside Wasm, in ns.
const (
	mostRatio  = 1.35
	mostInside = 3000
)

func report(runs []*run, o *options) error {
	none, least := runs[0], find(runs, floor)
	fmt.Printf("Processor time of Envoy a request, one worker, no upstream, %d clients; medians of %d interleaved rounds of %d requests, all answered 200; µs (quartiles). Each variant was seen to limit two clients to %d requests each before.\n\n",
		o.clients, o.rounds, o.requests, few)
	fmt.Println("| variant | a request | added to no filter | over the floor | ratio to the floor | service and Redis | calls for 1000 requests |")
	fmt.Println("|---|---|---|---|---|---|---|")
	unit := load.Quantile(bench.Added(least.micro, none.micro), 0.5)
	ratio := func(r *run) float64 { return 1 + load.Quantile(bench.Added(r.micro, least.micro), 0.5)/unit }
	for _, r := range runs {
		fmt.Printf("| %s | %.1f |", r.name, load.Quantile(r.micro, 0.5))
		if r == none {
			fmt.Println(" | | | | |")
			continue
		}
		fmt.Printf(" %s | %s | %.2f |", quartiles(bench.Added(r.micro, none.micro), "%.1f"), quartiles(bench.Added(r.micro, least.micro), "%.1f"), ratio(r))
		if !r.asks {
			fmt.Println(" | |")
			continue
		}
		fmt.Printf(" %.1f | %.1f |\n", load.Quantile(r.behind, 0.5), 1000*float64(r.calls)/float64(o.rounds*o.requests))
	}
	if ours := find(runs, quotaLocal); ours != nil {
		fmt.Print("\n| local limit with one claim for its key | came to | goal | |\n|---|---|---|---|\n")
		fmt.Printf("| what is added / floor | %.2f | ≤ %.2f | %s |\n", ratio(ours), mostRatio, met(ratio(ours) <= mostRatio))
	}
	fmt.Print("\nStart and memory (RSS of the whole process, MB; in parentheses what it is over no filter).\n\n")
	fmt.Println("| variant | module, KB | ready after | idle | after all rounds | linear memory |\n|---|---|---|---|---|---|")
	noneLoaded, err := none.envoy.Memory()
	if err != nil {
		return err
	}
	for _, r := range runs {
		loaded, err := r.envoy.Memory()
		if err != nil {
			return err
		}
		linear, err := r.envoy.LinearMemory()
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %v | %.1f (%.1f) | %.1f (%.1f) | %.1f |\n", r.name, r.size/1000, r.envoy.Ready.Round(1e7),
			mb(r.envoy.Idle), mb(r.envoy.Idle)-mb(none.envoy.Idle), mb(loaded), mb(loaded)-mb(noneLoaded), mb(linear))
	}
	return nil
}

func quartiles(values []float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", load.Quantile(values, 0.5), load.Quantile(values, 0.25), load.Quantile(values, 0.75))
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "missed"
}

func mb(bytes uint64) float64 { return float64(bytes) / 1e6 }

// inside prints what a request costs inside Wasm, in a loop.
func inside(ctx context.Context, dir string, service *ratelimittest.Stack) error {
	module, err := bench.Compile(ctx, dir, "gatehouse/plugins/quota/bench/inside")
	if err != nil {
		return err
	}
	v := variant{name: "inside", filters: func(bool) []any {
		return []any{ratelimittest.Wasm("quota", module.Path, local(false))}
	}}
	e, err := launch(ctx, &v, service, false)
	if err != nil {
		return err
	}
	defer e.Stop()
	if _, err := ratelimittest.Drive(ctx, ratelimittest.Load{
		Addresses: []string{e.Address(ratelimittest.Listener)}, Connections: 1, Requests: 1,
		Request: func(int) load.Request { return request("client-0") },
	}); err != nil {
		return err
	}
	fmt.Print("\nInside Wasm, in a loop, the host functions included (warm caches, least of many rounds):\n\n")
	least := 0
	for _, line := range e.Lines() {
		_, text, ok := strings.Cut(line, "inside: ")
		if !ok {
			continue
		}
		if strings.HasSuffix(text, "did not go on") {
			return errors.New(text)
		}
		fmt.Println("-", text)
		if number, ok := strings.CutSuffix(text, " ns"); ok && least == 0 {
			least, _ = strconv.Atoi(number[strings.LastIndexByte(number, ' ')+1:])
		}
	}
	if least == 0 {
		return errors.New("the plugin logged no time")
	}
	fmt.Printf("\n| inside Wasm, ns | came to | goal | |\n|---|---|---|---|\n| a request | %d | ≤ %d | %s |\n", least, mostInside, met(least <= mostInside))
	return nil
}

// grow sends requests of clients that are all different and prints what the memory
// came to, and whether somebody whose limit is used up got a new one.
func grow(ctx context.Context, v variant, service *ratelimittest.Stack, keys int) error {
	e, err := launch(ctx, &v, service, true)
	if err != nil {
		return err
	}
	defer e.Stop()
	drive := func(n int, make func(int) load.Request) ([]ratelimittest.Answer, error) {
		return ratelimittest.Drive(ctx, ratelimittest.Load{Addresses: []string{e.Address(ratelimittest.Listener)}, Requests: n, Request: make})
	}
	spent := func(int) load.Request { return request("spent") }
	if _, err := drive(few, spent); err != nil {
		return err
	}
	fmt.Printf("\nGrowth of %q over %d clients, each another one: RSS and linear memory, MB, at the start and after every tenth:", v.name, keys)
	var first, last uint64
	again, refused := 0, 0
	for i := range 11 {
		if i > 0 {
			answers, err := drive(keys/10, func(int) load.Request { return stranger() })
			if err != nil {
				return err
			}
			refused += len(answers) - ratelimittest.Count(answers, 200)
			if answers, err = drive(1, spent); err != nil {
				return err
			}
			again += ratelimittest.Count(answers, 200)
		}
		memory, err := e.Memory()
		if err != nil {
			return err
		}
		linear, err := e.LinearMemory()
		if err != nil {
			return err
		}
		fmt.Printf(" %.2f/%.2f", mb(memory), mb(linear))
		if last = memory; i == 0 {
			first = memory
		}
	}
	fmt.Printf("\nIn all %.2f MB. Of the new clients %d were refused. A client that had used up its limit was let through %d times of 10.\n", mb(last)-mb(first), refused, again)
	return nil
}
