package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gatehouse/harness/image"
	"gatehouse/harness/replay/replaytest"
)

var writeInventory = flag.Bool("inventory", false, "write docs/inventory/harness.txt")

// TestInventory holds the commands, flags, exit codes and annotations of images that
// docs/compatibility.md promises to what the code has.
func TestInventory(t *testing.T) {
	const file = "../../../docs/inventory/harness.txt"
	var have []string
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		have = append(have, "command "+c.CommandPath())
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				have = append(have, fmt.Sprintf("flag %s --%s, by default %q", c.CommandPath(), f.Name, f.DefValue))
			}
		})
		for _, inner := range c.Commands() {
			walk(inner)
		}
	}
	walk(rootCommand())
	for code, meaning := range map[int]string{exitMatch: "match", exitMismatch: "mismatch", exitUsage: "usage", exitTrap: "trap", exitFile: "file"} {
		have = append(have, fmt.Sprintf("exit %d %s", code, meaning))
	}
	layout, err := image.Pack(image.Plugin{
		Wasm: replaytest.Build(t, "../../replay/replaytest/testdata/guard"), Version: "v1.2.0", Title: "t", Description: "d",
		Source: "s", Revision: "r", Licenses: "Apache-2.0", Schema: []byte(`{}`), Created: time.Unix(1, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range layout.Images {
		have = append(have, "image tag "+strings.Replace(img.Tag, "v1.2.0", "VERSION", 1))
		for name := range img.Manifest.Annotations {
			have = append(have, "image annotation "+name)
		}
	}
	slices.Sort(have)
	have = slices.Compact(have)
	if *writeInventory {
		if err := os.WriteFile(file, []byte(strings.Join(have, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(want) < 140 {
		t.Errorf("%s has %d names, want at least 140", file, len(want))
	}
	var gone, added []string
	for _, name := range want {
		if !slices.Contains(have, name) {
			gone = append(gone, name)
		}
	}
	for _, name := range have {
		if !slices.Contains(want, name) {
			added = append(added, name)
		}
	}
	if len(gone)+len(added) > 0 {
		t.Errorf(`gone or changed:
  %s
new:
  %s
docs/compatibility.md promises these to scripts that run harness: they do not go, and mean nothing else, before the next major version.
A name that is new is fine: run "go test ./harness/cmd/harness -run TestInventory -inventory" and say so in CHANGELOG.md under "Added".
A name that is gone needs a new major version and a line in CHANGELOG.md under "Removed".`, strings.Join(gone, "\n  "), strings.Join(added, "\n  "))
	}
}
