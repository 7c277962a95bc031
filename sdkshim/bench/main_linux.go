// Command bench measures what a plugin under the shim costs in Envoy: processor
// time a request, memory, and growth. The README says how to read the tables.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/load"
)

//go:embed floor.wat
var floorWat []byte

// connections keeps the worker busy without a queue that grows.
const connections = 8

const request = "GET /orders/17 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\n" +
	"authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJvcmRlcnMifQ.c2lnbmF0dXJl\r\n\r\n"

// variant is one way to filter.
type variant struct {
	name   string
	module string // empty for no filter
	size   int64  // of the module, in bytes
	// settings are further ones of Envoy's bootstrap.
	settings string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := bench(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
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
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		variants = append(variants, variant{name: filepath.Base(path), module: path, size: info.Size()})
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

// compile builds a command as a plugin.
func compile(ctx context.Context, command, module string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", module, command)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}

// build makes the modules.
func build(ctx context.Context, dir string) ([]variant, error) {
	variants := []variant{{name: "no filter"}, {name: "floor (no SDK, by hand)"}, {name: "Go, no SDK"}, {name: "SDK under the shim"}, {name: "the same, Envoy releases", settings: release}}
	wat := filepath.Join(dir, "floor.wat")
	if err := os.WriteFile(wat, floorWat, 0o600); err != nil {
		return nil, err
	}
	wat2wasm, err := exec.LookPath("wat2wasm")
	if err != nil {
		return nil, errors.New("no wat2wasm, which assembles the floor: apt-get install wabt")
	}
	module := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%d.wasm", i)) }
	if out, err := exec.CommandContext(ctx, wat2wasm, wat, "-o", module(indexFloor)).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("wat2wasm: %w\n%s", err, out)
	}
	if err := compile(ctx, "gatehouse/sdkshim/bench/bare", module(indexBare)); err != nil {
		return nil, err
	}
	if err := compile(ctx, "gatehouse/sdkshim/testdata/hello", module(indexShim)); err != nil {
		return nil, err
	}
	for i := range variants {
		if i == indexNone {
			continue
		}
		if i == indexRelease {
			variants[i].module, variants[i].size = variants[indexShim].module, variants[indexShim].size
			continue
		}
		info, err := os.Stat(module(i))
		if err != nil {
			return nil, err
		}
		variants[i].module, variants[i].size = module(i), info.Size()
	}
	return variants, nil
}

// run is an Envoy with one variant, and what was measured of it.
type run struct {
	variant
	envoy  *envoy.Process
	client *load.Client
	idle   uint64        // resident bytes before the first request
	ready  time.Duration // from start to ready
	micro  []float64     // processor time a request of each round, in µs
}

const bootstrap = `
%s
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
static_resources:
  listeners:
  - name: ingress
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: "ok"}}}]
          http_filters:
%s
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`

const filter = `
          - name: wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: bench
                root_id: bench
                vm_config:
                  runtime: envoy.wasm.runtime.v8
                  code: {local: {filename: %q}}
`

// release makes Envoy give memory back that V8 used for compiling.
const release = "memory_allocator_manager: {bytes_to_release: 104857600, memory_release_interval: 1s}"

func start(ctx context.Context, v variant) (*run, error) {
	filters := ""
	if v.module != "" {
		filters = fmt.Sprintf(filter, v.module)
	}
	began := time.Now()
	p, err := envoy.Start(ctx, envoy.Options{Bootstrap: fmt.Appendf(nil, bootstrap, v.settings, filters)})
	if err != nil {
		return nil, err
	}
	r := &run{variant: v, envoy: p, ready: time.Since(began)}
	if r.client, err = load.Dial(ctx, p.Address("ingress"), connections); err != nil {
		p.Stop()
		return nil, err
	}
	// The first seconds go to threads that V8 has compiling, and to what it then
	// gives back.
	select {
	case <-ctx.Done():
		r.stop()
		return nil, ctx.Err()
	case <-time.After(2 * time.Second):
	}
	if r.idle, err = p.Memory(); err != nil {
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
	before, err := load.ProcessorTime(r.envoy.PID())
	if err != nil {
		return err
	}
	if err := r.send(ctx, requests); err != nil {
		return err
	}
	after, err := load.ProcessorTime(r.envoy.PID())
	if err != nil {
		return err
	}
	r.micro = append(r.micro, float64((after-before).Nanoseconds())/1e3/float64(requests))
	return nil
}

// report prints the tables of time and memory.
func report(runs []*run, requests int) error {
	none, floor := runs[indexNone], runs[indexFloor]
	floorAdded := load.Quantile(differences(floor, none), 0.5)
	fmt.Printf("Processor time of Envoy a request, one worker, direct response; medians of %d interleaved rounds of %d requests, all answered 200.\n\n", len(none.micro), requests)
	fmt.Println("| variant | µs a request | added to no filter (quartiles) | over the floor (quartiles) | ratio to the floor |")
	fmt.Println("|---|---|---|---|---|")
	for _, r := range runs {
		d, over := differences(r, none), differences(r, floor)
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
		fmt.Printf("| %s | %d | %v | %.1f | %.1f | %.1f | %.1f |\n", r.name, r.size/1000, r.ready.Round(10*time.Millisecond),
			mb(r.idle), mb(r.idle)-mb(none.idle), mb(loaded), mb(loaded)-mb(noneLoaded))
	}
	return nil
}

// inside prints what a request of the plugin costs inside Wasm, in a loop.
func inside(ctx context.Context, dir string) error {
	module := filepath.Join(dir, "inside.wasm")
	if err := compile(ctx, "gatehouse/sdkshim/bench/inside", module); err != nil {
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

// differences are what r cost more than base in each round, in µs a request.
// Rounds are compared with their own neighbours, which the noise of the machine
// has met alike.
func differences(r, base *run) []float64 {
	d := make([]float64, len(r.micro))
	for i := range d {
		d[i] = r.micro[i] - base.micro[i]
	}
	return d
}
