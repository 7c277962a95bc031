package probe

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Build compiles the probe plugin to the file wasm. It needs the Go toolchain
// and the module's own source.
func Build(ctx context.Context, wasm string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", wasm, "gatehouse/harness/probe/plugin")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("probe: building the plugin: %w\n%s", err, output)
	}
	return nil
}
