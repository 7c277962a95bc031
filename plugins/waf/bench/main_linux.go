// Command bench measures what a web application firewall costs: the waf plugin in
// Envoy beside Coraza as a plugin, ModSecurity in nginx, and both engines without
// a proxy, all with the same rules and the same requests in one run. The README
// says how to read the tables.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"gatehouse/harness/envoy/bench"
)

// options are the command's flags.
type options struct {
	rounds   int
	requests int
	slice    time.Duration
	growth   int
	coraza   bool
	nginx    bool
	native   bool
}

func main() {
	var o options
	// A set of its own: waftest, which is made for tests, has flags too.
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&o.rounds, "rounds", 20, "interleaved `rounds`")
	flags.IntVar(&o.requests, "requests", 1000, "`requests` of a kind that each variant is sent in a round")
	flags.DurationVar(&o.slice, "slice", 500*time.Millisecond, "`time` of a round after which a slow variant is sent no more of a kind")
	flags.IntVar(&o.growth, "growth", 0, "`requests` with random bodies during which the plugin's memory is watched")
	flags.BoolVar(&o.coraza, "coraza", true, "measure Coraza as a plugin, which takes a minute to build and more to start")
	flags.BoolVar(&o.nginx, "nginx", true, "measure ModSecurity in nginx, where it is installed")
	flags.BoolVar(&o.native, "native", true, "measure the engines without a proxy")
	dump := flags.String("dump", "", "write the requests to a `file`, as engine/ reads them, and do nothing else")
	flags.Parse(os.Args[1:]) // which exits at an error
	bench.Main(func(ctx context.Context) error {
		if *dump != "" {
			return write(*dump)
		}
		return measure(ctx, &o)
	})
}

// write writes the requests of each kind.
func write(path string) error {
	text, err := json.Marshal(benign.requests)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func measure(ctx context.Context, o *options) (err error) {
	dir, err := os.MkdirTemp("", "gatehouse-bench-waf-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	up, err := startUpstream()
	if err != nil {
		return err
	}
	defer up.close()
	var runs []*run
	defer func() {
		for _, r := range runs {
			r.target.stop()
		}
	}()
	add := func(r *run, err error) error {
		if err != nil {
			return err
		}
		runs = append(runs, r)
		fmt.Fprintf(os.Stderr, "bench: %s: started\n", r.name)
		if err := r.check(ctx); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if err := r.warmUp(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		return nil
	}
	plugins, err := build(ctx, dir, o)
	if err != nil {
		return err
	}
	for _, p := range plugins {
		r, err := startEnvoy(ctx, p, up.address())
		if err := add(r, err); err != nil {
			return err
		}
	}
	var missing []string
	if o.nginx {
		for _, filtered := range []bool{false, true} {
			r, why, err := startNginx(ctx, dir, up.address(), filtered)
			if why != "" {
				missing = append(missing, why)
				break
			}
			if err := add(r, err); err != nil {
				return err
			}
		}
	}
	if o.native {
		for _, start := range []func() (*run, error){startEngine, startCoraza} {
			if err := add(start()); err != nil {
				return err
			}
		}
	}
	for i := range o.rounds {
		for _, r := range runs {
			if err := r.round(ctx); err != nil {
				return fmt.Errorf("%s: round %d: %w", r.name, i, err)
			}
		}
		fmt.Fprintf(os.Stderr, "bench: round %d of %d\n", i+1, o.rounds)
	}
	for _, r := range runs {
		if err := r.check(ctx); err != nil {
			return fmt.Errorf("%s: after the last round: %w", r.name, err)
		}
	}
	if err := report(runs, missing); err != nil {
		return err
	}
	if o.growth > 0 {
		return grow(ctx, plugins, up.address(), o.growth)
	}
	return nil
}
