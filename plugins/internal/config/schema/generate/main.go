// Command generate writes plugins/*/schema.json. It is run by go generate in the
// folder of package schema.
package main

import (
	"fmt"
	"os"

	"gatehouse/plugins/internal/config/schema"
)

func main() {
	const root = "../../../.."
	if err := write(root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(root string) error {
	plugins, err := schema.Plugins(root)
	if err != nil {
		return err
	}
	for _, pkg := range plugins {
		text, err := schema.Generate(root, pkg, "Config")
		if err != nil {
			return err
		}
		if err := os.WriteFile(schema.File(root, pkg), text, 0o644); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
	}
	return nil
}
