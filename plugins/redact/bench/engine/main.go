// Command engine measures what reads bodies without a proxy: natively, or in any Wasm
// runtime that has WASI. It prints how long each subject takes for each body, as the
// JSON of a list of measure.Result.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"gatehouse/plugins/redact/bench/measure"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: engine bytes duration [subject [body]]")
	}
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	each, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	args = append(args, "", "")
	var results []measure.Result
	if err := measure.All(size, each, args[2], args[3], func(r measure.Result) { results = append(results, r) }); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}
