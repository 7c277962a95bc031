package main

import (
	"context"
	"flag"
	"os"

	"gatehouse/harness/envoy/bench"
)

// options are the command's flags.
type options struct {
	requests int
	rounds   int
	each     int
	memory   bool
	module   string
	separate bool
}

func main() {
	var o options
	flag.IntVar(&o.requests, "requests", 20000, "`requests` that each Envoy is sent before its memory is read again")
	flag.IntVar(&o.rounds, "rounds", 10, "`rounds` that are measured of each variant")
	flag.IntVar(&o.each, "each", 1500, "`requests` of each kind in a round")
	flag.BoolVar(&o.memory, "memory", true, "measure memory, too")
	flag.StringVar(&o.module, "module", "", "a `file` to measure as the combined module; it is built if empty")
	flag.BoolVar(&o.separate, "separate", true, "measure five modules in five virtual machines, too")
	flag.Parse()
	bench.Main(func(ctx context.Context) error { return run(ctx, &o) })
}

func run(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	up, err := startUpstream()
	if err != nil {
		return err
	}
	defer up.close()
	variants, err := makeVariants(ctx, dir, o)
	if err != nil {
		return err
	}
	if err := speed(ctx, variants, up, o); err != nil || !o.memory {
		return err
	}
	return memory(ctx, variants, up, o)
}
