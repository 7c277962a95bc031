// Command generate compiles the Core Rule Set to crs.bin, in the folder that it
// runs in.
package main

import (
	"fmt"
	"os"

	"gatehouse/plugins/waf/crs/source"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	set, err := source.Compile(source.Baked)
	if err != nil {
		return err
	}
	return os.WriteFile("crs.bin", set.AppendBinary(nil), 0o644)
}
