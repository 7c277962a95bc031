package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
)

// usage is what an Envoy took: memory in bytes, its own, and of the largest linear memory.
type usage struct {
	ready, cpu           time.Duration
	idle, loaded, linear uint64
}

// memory prints what each variant takes, one after the other, so that none is ready later
// because of another.
func memory(ctx context.Context, variants []*variant, up *upstream, o *options) error {
	fmt.Printf("Memory in MB, over no filter with the same settings; read %v after Envoy is ready and again after %d requests, all of which were answered 200.\n\n", bench.Settle, o.requests)
	fmt.Println("| variant | modules | ready after, s | of processor time | RSS idle | over no filter | after the requests | over no filter | a second worker adds, idle | after the requests | linear memory |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|")
	base := map[bool][2]usage{}
	for _, v := range variants {
		var of [2]usage // by workers
		for i := range of {
			fmt.Fprintln(os.Stderr, "bench:", v.name, "with", i+1, "workers …", time.Now().Format(time.TimeOnly))
			var err error
			if of[i], err = v.use(ctx, up, i+1, o.requests); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
		released := v.settings != nil
		if len(v.filters) == 0 {
			base[released] = of
		}
		none := base[released]
		fmt.Printf("| %s | %.1f | %.1f | %.1f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f |\n", v.name, mb(v.size()), of[0].ready.Seconds(), of[0].cpu.Seconds(),
			mb(of[0].idle), mb(of[0].idle)-mb(none[0].idle), mb(of[0].loaded), mb(of[0].loaded)-mb(none[0].loaded),
			mb(of[1].idle)-mb(of[0].idle), mb(of[1].loaded)-mb(of[0].loaded), mb(of[0].linear))
	}
	return nil
}

// use starts an Envoy, sends it requests and stops it.
func (v *variant) use(ctx context.Context, up *upstream, workers, requests int) (u usage, err error) {
	e, err := bench.Start(ctx, bench.Setup{Filters: v.filters, Upstream: up.address(), Workers: workers, Settings: v.settings})
	if err != nil {
		return u, err
	}
	defer e.Stop()
	u.ready, u.cpu, u.idle = e.Ready, e.ReadyCPU, e.Idle
	client, err := load.Dial(ctx, e.Address(bench.Listener), 8) // enough that each worker has some
	if err != nil {
		return u, err
	}
	defer client.Close()
	if _, err := client.Send(ctx, traffic(), requests, func(status int) error {
		if status != 200 {
			return fmt.Errorf("answer: %d, want 200", status)
		}
		return nil
	}); err != nil {
		return u, err
	}
	if u.loaded, err = e.Memory(); err != nil {
		return u, err
	}
	u.linear, err = e.LinearMemory()
	return u, err
}

func mb[T int64 | uint64](bytes T) float64 { return float64(bytes) / 1e6 }
