package bench

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Module is a Wasm module in a file.
type Module struct {
	Path string
	Size int64 // in bytes
}

// Compile builds a command as a plugin, into a folder, with flags of go build.
func Compile(ctx context.Context, dir, command string, flags ...string) (Module, error) {
	path := filepath.Join(dir, filepath.Base(filepath.Dir(command))+"-"+filepath.Base(command)+".wasm")
	args := append([]string{"build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", path}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, command)...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return Module{}, fmt.Errorf("bench: %v: %w\n%s", cmd, err, out)
	}
	return Stat(path)
}

//go:embed floor.wat
var floor []byte

// Floor assembles the least module that reads one header of a request. What it
// costs is the price of Envoy crossing into V8, which no plugin can go below.
func Floor(ctx context.Context, dir string) (Module, error) {
	wat2wasm, err := exec.LookPath("wat2wasm")
	if err != nil {
		return Module{}, errors.New("bench: no wat2wasm, which assembles the floor: apt-get install wabt")
	}
	source, path := filepath.Join(dir, "floor.wat"), filepath.Join(dir, "floor.wasm")
	if err := os.WriteFile(source, floor, 0o600); err != nil {
		return Module{}, err
	}
	if out, err := exec.CommandContext(ctx, wat2wasm, source, "-o", path).CombinedOutput(); err != nil {
		return Module{}, fmt.Errorf("bench: wat2wasm: %w\n%s", err, out)
	}
	return Stat(path)
}

// Stat returns the module in a file.
func Stat(path string) (Module, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Module{}, fmt.Errorf("bench: %w", err)
	}
	return Module{path, info.Size()}, nil
}
