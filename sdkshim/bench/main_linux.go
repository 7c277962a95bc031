// Command bench measures what a plugin under the shim costs in Envoy: processor
// time a request, memory, and growth. The README says how to read the tables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
)

// connections keeps the worker busy without a queue that grows.
const connections = 8

const request = "GET /orders/17 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\n" +
	"authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJvcmRlcnMifQ.c2lnbmF0dXJl\r\n\r\n"

// variant is one way to filter.
type variant struct {
	name   string
	module bench.Module // the zero one for no filter
	// settings are further ones of Envoy's bootstrap.
	settings map[string]any
}

func main() { bench.Main(measure) }

func measure(ctx context.Context) error {
	rounds := flag.Int("rounds", 100, "interleaved `rounds` of the time table")
	requests := flag.Int("requests", 2000, "`requests` a round and variant")
	growth := flag.Int("growth", 1000000, "`requests` after which the plugin's memory is looked at again; 0 leaves it out")
	extra := flag.String("modules", "", "further `modules`, comma-separated: paths of .wasm files")
	flag.Parse()
	dir, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	variants, err := build(ctx, dir)
	if err != nil {
		return err
	}
	for _, path := range strings.FieldsFunc(*extra, func(r rune) bool { return r == ',' }) {
		module, err := bench.Stat(path)
		if err != nil {
			return err
		}
		variants = append(variants, variant{name: filepath.Base(path), module: module})
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
	}
	for _, r := range runs {
		if err := r.send(ctx, warmUp); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	for range *rounds {
		for _, r := range runs {
			if err := r.round(ctx, *requests); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	if err := report(runs, *requests); err != nil {
		return err
	}
	if err := inside(ctx, dir); err != nil {
		return fmt.Errorf("inside: %w", err)
	}
	if *growth > 0 {
		return grow(ctx, runs[indexShim], *growth)
	}
	return nil
}

// Where the variants that are compared stand.
const (
	indexNone = iota
	indexFloor
	indexBare
	indexShim
	indexRelease
)

// build makes the modules.
func build(ctx context.Context, dir string) ([]variant, error) {
	floor, err := bench.Floor(ctx, dir)
	if err != nil {
		return nil, err
	}
	bare, err := bench.Compile(ctx, dir, "gatehouse/sdkshim/bench/bare")
	if err != nil {
		return nil, err
	}
	shim, err := bench.Compile(ctx, dir, "gatehouse/sdkshim/testdata/hello")
	if err != nil {
		return nil, err
	}
	return []variant{
		indexNone:    {name: "no filter"},
		indexFloor:   {name: "floor (no SDK, by hand)", module: floor},
		indexBare:    {name: "Go, no SDK", module: bare},
		indexShim:    {name: "SDK under the shim", module: shim},
		indexRelease: {name: "the same, Envoy releases", module: shim, settings: release},
	}, nil
}

// run is an Envoy with one variant, and what was measured of it.
type run struct {
	variant
	envoy  *bench.Envoy
	client *load.Client
	micro  []float64 // processor time a request of each round, in µs
}

// release makes Envoy give memory back that V8 used for compiling.
var release = map[string]any{"memory_allocator_manager": map[string]any{"bytes_to_release": 100 << 20, "memory_release_interval": "1s"}}

func start(ctx context.Context, v variant) (*run, error) {
	setup := bench.Setup{Settings: v.settings}
	if v.module != (bench.Module{}) {
		setup.Filters = []bench.Filter{bench.Wasm("bench", v.module, "")}
	}
	e, err := bench.Start(ctx, setup)
	if err != nil {
		return nil, err
	}
	r := &run{variant: v, envoy: e}
	if r.client, err = load.Dial(ctx, e.Address(bench.Listener), connections); err != nil {
		e.Stop()
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
	_, err := r.client.Send(ctx, []load.Request{load.Request(request)}, requests, func(status int) error {
		if status != 200 {
			return fmt.Errorf("answer: %d, want 200", status)
		}
		return nil
	})
	return err
}

// warmUp is how many requests come before the first that counts.
const warmUp = 20000

// round sends requests and notes what one of them cost.
func (r *run) round(ctx context.Context, requests int) error {
	if err := r.send(ctx, requests/4); err != nil { // for caches that another Envoy just had
		return err
	}
	used, err := load.Used(r.envoy.PID(), func() error { return r.send(ctx, requests) })
	if err != nil {
		return err
	}
	r.micro = append(r.micro, float64(used.Nanoseconds())/1e3/float64(requests))
	return nil
}

// report prints the tables of time and memory.
func report(runs []*run, requests int) error {
	none, floor := runs[indexNone], runs[indexFloor]
	floorAdded := load.Quantile(bench.Added(floor.micro, none.micro), 0.5)
	fmt.Printf("Processor time of Envoy a request, one worker, direct response; medians of %d interleaved rounds of %d requests, all answered 200.\n\n", len(none.micro), requests)
	fmt.Println("| variant | µs a request | added to no filter (quartiles) | over the floor (quartiles) | ratio to the floor |")
	fmt.Println("|---|---|---|---|---|")
	for _, r := range runs {
		d, over := bench.Added(r.micro, none.micro), bench.Added(r.micro, floor.micro)
		fmt.Printf("| %s | %.2f | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) | %.2f |\n", r.name, load.Quantile(r.micro, 0.5),
			load.Quantile(d, 0.5), load.Quantile(d, 0.25), load.Quantile(d, 0.75),
			load.Quantile(over, 0.5), load.Quantile(over, 0.25), load.Quantile(over, 0.75), 1+load.Quantile(over, 0.5)/floorAdded)
	}
	fmt.Print("\nMemory of the whole process (RSS): before the first request and after the table above.\n\n")
	fmt.Println("| variant | module, KB | ready after | idle, MB | added | loaded, MB | added |")
	fmt.Println("|---|---|---|---|---|---|---|")
	noneLoaded, err := none.envoy.Memory()
	if err != nil {
		return err
	}
	for _, r := range runs {
		loaded, err := r.envoy.Memory()
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %v | %.1f | %.1f | %.1f | %.1f |\n", r.name, r.module.Size/1000, r.envoy.Ready.Round(10*time.Millisecond),
			mb(r.envoy.Idle), mb(r.envoy.Idle)-mb(none.envoy.Idle), mb(loaded), mb(loaded)-mb(noneLoaded))
	}
	return nil
}

// inside prints what a request of the plugin costs inside Wasm, in a loop.
func inside(ctx context.Context, dir string) error {
	module, err := bench.Compile(ctx, dir, "gatehouse/sdkshim/bench/inside")
	if err != nil {
		return err
	}
	r, err := start(ctx, variant{name: "inside", module: module})
	if err != nil {
		return err
	}
	defer r.stop()
	if err := r.send(ctx, 1); err != nil {
		return err
	}
	fmt.Print("\nInside Wasm, in a loop, the host functions included (warm caches, least of many rounds):\n\n")
	lines := 0
	for _, line := range r.envoy.Lines() {
		if _, text, ok := strings.Cut(line, "inside: "); ok {
			fmt.Println("-", text)
			lines++
		}
	}
	if lines == 0 {
		return errors.New("the plugin logged nothing")
	}
	return nil
}

// grow sends the plugin many requests more and prints what its memory came to.
func grow(ctx context.Context, r *run, requests int) error {
	fmt.Printf("\nGrowth of %q: RSS after every tenth of %d requests, MB:", r.name, requests)
	for range 10 {
		if err := r.send(ctx, requests/10); err != nil {
			return err
		}
		memory, err := r.envoy.Memory()
		if err != nil {
			return err
		}
		fmt.Printf(" %.2f", mb(memory))
	}
	fmt.Println()
	return nil
}

func mb(bytes uint64) float64 { return float64(bytes) / 1e6 }
