// Command compare runs the probe's scenarios through Envoy and through the
// harness and prints where they differ: "-" is what only Envoy says, "+" what
// only the harness says.
//
//	go run ./harness/probe/compare -only chain- -v
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/harness/probe"
)

func main() {
	os.Exit(run())
}

func run() int {
	only := flag.String("only", "", "run scenarios whose names contain this")
	random := flag.Int("random", 0, "run this many random scenarios instead of the scripted ones")
	seed := flag.Uint64("seed", 1, "where the random scenarios start")
	verbose := flag.Bool("v", false, "print Envoy's records too")
	envoyOnly := flag.Bool("envoy", false, "run Envoy only, and print its records")
	every := flag.Bool("all", false, "print the differences that are listed as known, too")
	flag.Parse()
	if err := compare(*only, *random, *seed, *verbose, *envoyOnly, *every); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func compare(only string, random int, seed uint64, verbose, envoyOnly, every bool) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "probe")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	wasm := filepath.Join(dir, "probe.wasm")
	if err := probe.Build(ctx, wasm); err != nil {
		return err
	}
	all := probe.Scenarios()
	if random > 0 {
		all = probe.Random(seed, random)
	}
	var scenarios []probe.Scenario
	for _, s := range all {
		if strings.Contains(s.Name, only) {
			scenarios = append(scenarios, s)
		}
	}
	start := time.Now()
	real, err := probe.RunEnvoy(ctx, scenarios, wasm)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Envoy:", time.Since(start))
	replica := make([]probe.Outcome, len(scenarios))
	if !envoyOnly {
		start = time.Now()
		if replica, err = probe.RunHarness(ctx, scenarios, wasm); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "harness:", time.Since(start))
	}
	known, err := probe.KnownDifferences()
	if err != nil {
		return err
	}
	records, differing, lines := 0, 0, 0
	for i := range real {
		records += len(real[i].Lines())
		if real[i].Crash != "" {
			fmt.Println("==", real[i].Scenario, "crashes Envoy:", real[i].Crash)
			continue
		}
		differences := []string(nil)
		if !envoyOnly {
			differences = probe.Differences(&real[i], &replica[i])
			if !every {
				differences = probe.Unlisted(known, real[i].Scenario, differences)
			}
		}
		if len(differences) == 0 && !verbose && !envoyOnly {
			continue
		}
		fmt.Println("==", real[i].Scenario)
		if random > 0 {
			for _, f := range scenarios[i].Filters {
				fmt.Println(f.Script)
			}
		}
		if verbose || envoyOnly {
			for _, l := range real[i].Lines() {
				fmt.Println("  " + l)
			}
		}
		if len(differences) > 0 {
			differing++
			lines += len(differences)
		}
		for _, d := range differences {
			fmt.Println(d)
		}
	}
	fmt.Printf("%d scenarios, %d of them differ in %d lines of %d\n", len(real), differing, lines, records)
	return nil
}
