package main

import (
	"fmt"
	"slices"

	"gatehouse/plugins/redact/bench/corpus"
	"gatehouse/plugins/redact/bench/measure"
)

// Goals, in MB a second, µs, and MB.
const (
	leastV8, leastWazero, leastNative = 100, 40, 300
	mostStream                        = 3
	mostMemory                        = 10
)

// report prints the rates.
func (t *table) report() {
	fmt.Printf("Reading bodies of %d KB without a proxy, MB/s: the least time of many, in one run. redact rewrites, with five fields and five detectors, in pieces of %d KB.\n\n", engineSize>>10, measure.Piece>>10)
	fmt.Println("| what reads | body | in V8 | in wazero | natively | redact to it, in V8 |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, r := range t.rows {
		fmt.Printf("| %s | %s |", r.subject, r.body)
		for _, rate := range r.rate {
			if rate == 0 {
				fmt.Print(" |")
			} else {
				fmt.Printf(" %.1f |", rate)
			}
		}
		i := slices.IndexFunc(t.rows, func(ours row) bool { return ours.subject == "redact" && ours.body == r.body })
		switch ours := t.rows[i].rate; {
		case r.subject == "redact":
			fmt.Println(" |")
		case r.rate[inV8] > 0:
			fmt.Printf(" %.2f |\n", ours[inV8]/r.rate[inV8])
		default:
			fmt.Printf(" natively %.0f |\n", ours[natively]/r.rate[natively])
		}
	}
	if t.missing != "" {
		fmt.Println("\n" + t.missing)
	}
	fmt.Print("\nInside Wasm, a stream from its beginning to its end, the host functions included, least of 500 rounds of 100:\n\n")
	for _, r := range t.streams {
		fmt.Printf("- %s: %.2f µs\n", r.Body, float64(r.Nanoseconds)/1e3)
	}
}

// goals says which are met. Memory is 0 if it was not measured.
func (t *table) goals(held int, memory float64) {
	fmt.Print("\n| goal | came to | want | |\n|---|---|---|---|\n")
	line := func(name string, came, want float64, ok bool, format string) {
		word := "missed"
		if ok {
			word = "met"
		}
		fmt.Printf("| %s | "+format+" | "+format+" | %s |\n", name, came, want, word)
	}
	for where, goal := range [...]struct {
		name string
		want float64
	}{inV8: {"JSON in V8, MB/s", leastV8}, inWazero: {"JSON in wazero, MB/s", leastWazero}, natively: {"JSON natively, MB/s", leastNative}} {
		line(goal.name, t.rate(where), goal.want, t.rate(where) >= goal.want, "%.0f")
	}
	for _, r := range t.streams {
		line(r.Body+", µs", float64(r.Nanoseconds)/1e3, mostStream, r.Nanoseconds <= mostStream*1000, "%.2f")
	}
	line("bytes held back at most", float64(held), 4096, held <= 4096, "%.0f")
	if memory > 0 {
		line("memory of a VM, all detectors, MB", memory, mostMemory, memory <= mostMemory, "%.1f")
	}
}

// heldBack is how many bytes of a body have been read and have not left, at most: of
// one in which nothing is changed, after each kilobyte.
func heldBack() (most int, err error) {
	e, err := measure.NewEngine(corpus.Unchanging)
	if err != nil {
		return 0, err
	}
	b := corpus.JSON(engineSize)
	left := 0
	if err := e.Rewrite(b, 1000, func(read int, out []byte) {
		left += len(out)
		most = max(most, read-left)
	}); err != nil {
		return 0, err
	}
	if left != len(b.Text) {
		return 0, fmt.Errorf("%d bytes left of %d", left, len(b.Text))
	}
	return most, nil
}
