package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
)

// goal is a ratio of what two variants add, and what it is to be at most.
type goal struct {
	name     string
	kind     *kind
	ours, of string
	// base is what ours is added to. What of adds is always over no filter.
	base string
	most float64
}

var goals = []goal{
	{"repeated token / jwt_authn with its token cache", repeated, jwtAudience, cached, noFilter, 1.5},
	{"repeated token / jwt_authn without", repeated, jwtAudience, uncached, noFilter, 0.35},
	{"first-seen RS256 / jwt_authn without cache", firstRS256, jwtAudience, uncached, noFilter, 1.2},
	{"first-seen ES256 / jwt_authn without cache", firstES256, jwtAudience, uncached, noFilter, 1.2},
	{"scope on top / floor", repeated, withScope, floor, jwtAudience, 1.25},
}

// mostVM is what the plugin's VM may take, mostGrowth what it may grow, in MB.
const (
	mostVM     = 10
	mostGrowth = 1
)

// report prints the tables.
func report(runs []*run) error {
	fmt.Printf("Processor time of Envoy a request, one worker, direct response; medians of %d interleaved rounds, every good token answered 200, every tampered one 401.\n", len(runs[0].micro[repeated]))
	for _, k := range kinds {
		fmt.Printf("\n%s\n\n| variant | µs a request | added to no filter (quartiles) |\n|---|---|---|\n", strings.ToUpper(k.name[:1])+k.name[1:])
		for _, r := range runs {
			if len(r.micro[k]) == 0 {
				continue
			}
			fmt.Printf("| %s | %.1f |", r.name, load.Quantile(r.micro[k], 0.5))
			if r.name == noFilter {
				fmt.Println(" |")
				continue
			}
			fmt.Printf(" %s |\n", quartiles(bench.Added(r.micro[k], find(runs, noFilter).micro[k]), "%.1f"))
		}
	}
	fmt.Print("\n| ratio of what is added | median of the rounds (quartiles) | goal | |\n|---|---|---|---|\n")
	for _, g := range goals {
		g.report(runs)
	}
	fmt.Print("\nStart and memory (RSS of the whole process, MB; in parentheses what it is over no filter).\n\n")
	fmt.Println("| variant | modules, KB | ready after | idle | after the first thousands of requests | after all rounds | a second worker adds, idle | linear memory |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, r := range runs {
		if err := r.reportMemory(find(runs, noFilter)); err != nil {
			return err
		}
	}
	ours := find(runs, jwtAudience)
	linear, err := ours.envoy.LinearMemory()
	if err != nil {
		return err
	}
	fmt.Print("\n| VM of jwt-audience | MB | goal | |\n|---|---|---|---|\n")
	second := mb(ours.second) - mb(ours.envoy.Idle)
	fmt.Printf("| linear memory | %.1f | ≤ %d | %s |\n", mb(linear), mostVM, met(mb(linear) <= mostVM))
	fmt.Printf("| what a second worker adds | %.1f | ≤ %d | %s |\n", second, mostVM, met(second <= mostVM))
	return nil
}

func quartiles(values []float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", load.Quantile(values, 0.5), load.Quantile(values, 0.25), load.Quantile(values, 0.75))
}

// report prints the line of a goal.
func (g *goal) report(runs []*run) {
	ours, of := find(runs, g.ours), find(runs, g.of)
	if ours == nil || of == nil {
		return
	}
	added := bench.Added(ours.micro[g.kind], find(runs, g.base).micro[g.kind])
	reference := bench.Added(of.micro[g.kind], find(runs, noFilter).micro[g.kind])
	ratio := load.Quantile(added, 0.5) / load.Quantile(reference, 0.5)
	ratios := make([]float64, len(added))
	for i := range ratios {
		ratios[i] = added[i] / reference[i]
	}
	fmt.Printf("| %s | %.2f (%.2f to %.2f) | ≤ %.2f | %s |\n", g.name, ratio, load.Quantile(ratios, 0.25), load.Quantile(ratios, 0.75), g.most, met(ratio <= g.most))
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "missed"
}

func mb(bytes uint64) float64 { return float64(bytes) / 1e6 }

// reportMemory prints the line of a run.
func (r *run) reportMemory(none *run) error {
	loaded, err := r.envoy.Memory()
	if err != nil {
		return err
	}
	noneLoaded, err := none.envoy.Memory()
	if err != nil {
		return err
	}
	linear, err := r.envoy.LinearMemory()
	if err != nil {
		return err
	}
	over := func(n, none uint64) string { return fmt.Sprintf("%.1f (%.1f)", mb(n), mb(n)-mb(none)) }
	fmt.Printf("| %s | %d | %v | %s | %s | %s | %.1f |", r.name, r.size/1000, r.envoy.Ready.Round(10*time.Millisecond),
		over(r.envoy.Idle, none.envoy.Idle), over(r.warm, none.warm), over(loaded, noneLoaded), mb(r.second)-mb(r.envoy.Idle))
	if linear == 0 {
		fmt.Println(" |")
	} else {
		fmt.Printf(" %.1f |\n", mb(linear))
	}
	return nil
}

// grow sends tokens that are all different and prints what the memory came to.
func grow(ctx context.Context, r *run, tokens int) error {
	fmt.Printf("\nGrowth of %q over %d tokens, each another one, ES256: RSS and linear memory, MB, at the start and after every tenth:", r.name, tokens)
	var first, last uint64
	for i := range 11 {
		const part = 1000
		for sent := 0; i > 0 && sent < tokens/10; sent += part {
			n := min(part, tokens/10-sent)
			if err := r.send(ctx, firstES256.traffic(n), n, 200); err != nil {
				fmt.Println()
				return err
			}
		}
		memory, err := r.envoy.Memory()
		if err != nil {
			return err
		}
		linear, err := r.envoy.LinearMemory()
		if err != nil {
			return err
		}
		fmt.Printf(" %.2f/%.2f", mb(memory), mb(linear))
		if last = memory; i == 0 {
			first = memory
		}
	}
	grown := mb(last) - mb(first)
	fmt.Printf("\nIn all %.2f MB, goal ≤ %d: %s.\n", grown, mostGrowth, met(grown <= mostGrowth))
	return nil
}
