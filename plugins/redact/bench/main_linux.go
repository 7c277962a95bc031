// Command bench measures what rewriting bodies costs: the redact plugin beside other
// ways to read a body, in V8, in wazero and natively, and in Envoy beside no filter.
// The README says how to read the tables.
package main

import (
	"context"
	"flag"
	"os"
	"time"

	"gatehouse/harness/envoy/bench"
)

// options are the command's flags.
type options struct {
	rounds   int
	size     int
	each     time.Duration
	presidio string
	proxies  bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 20, "interleaved `rounds` through Envoy")
	flag.IntVar(&o.size, "size", 1<<20, "`bytes` of the bodies that go through Envoy")
	flag.DurationVar(&o.each, "each", time.Second, "`time` for which each body is read by each subject")
	flag.StringVar(&o.presidio, "presidio", ".cache/presidio/bin/python", "a `python` that has Presidio; it is left out if there is none")
	flag.BoolVar(&o.proxies, "envoy", true, "measure bodies through Envoy, and memory")
	flag.Parse()
	bench.Main(func(ctx context.Context) error { return run(ctx, &o) })
}

func run(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench-redact-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	up, err := startUpstream(o.size)
	if err != nil {
		return err
	}
	defer up.close()
	var t table
	if err := t.native(ctx, o); err != nil {
		return err
	}
	if err := t.wazero(ctx, dir, o); err != nil {
		return err
	}
	if err := t.v8(ctx, dir, up); err != nil {
		return err
	}
	t.report()
	held, err := heldBack()
	if err != nil {
		return err
	}
	var memory float64
	if o.proxies {
		if memory, err = proxies(ctx, dir, up, o); err != nil {
			return err
		}
	}
	t.goals(held, memory)
	return nil
}
