package replaytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var builds sync.Map // package path to *build

type build struct {
	once sync.Once
	wasm []byte
	err  error
}

// Build builds the plugin of a package, an import path or a path relative to the
// package under test such as "./wasm", and returns its module. A package is
// built once a test binary.
func Build(t testing.TB, pkg string) []byte {
	t.Helper()
	entry, _ := builds.LoadOrStore(pkg, &build{})
	b := entry.(*build)
	b.once.Do(func() { b.wasm, b.err = compile(pkg) })
	if b.err != nil {
		t.Fatalf("building %s: %v", pkg, b.err)
	}
	return b.wasm
}

func compile(pkg string) ([]byte, error) {
	if err := touchSources(pkg); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gatehouse-plugin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "plugin.wasm")
	if _, err := goCommand("build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, pkg); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// touchSources looks at every source file of this module that goes into pkg.
// The go command caches the result of a test by the files the test itself opens
// and cannot see what the compiler reads: without this, a test would stay
// "ok (cached)" after its plugin has changed.
func touchSources(pkg string) error {
	out, err := goCommand("list", "-deps", "-json=Dir,Standard,Module,GoFiles,SFiles,EmbedFiles", pkg)
	if err != nil {
		return err
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p struct {
			Dir                         string
			Standard                    bool
			Module                      *struct{ Main bool }
			GoFiles, SFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&p); err != nil {
			return err
		}
		if p.Standard || p.Module == nil || !p.Module.Main {
			continue
		}
		if _, err := os.ReadDir(p.Dir); err != nil {
			return err
		}
		for _, files := range [][]string{p.GoFiles, p.SFiles, p.EmbedFiles} {
			for _, file := range files {
				f, err := os.Open(filepath.Join(p.Dir, file))
				if err != nil {
					return err
				}
				f.Close()
			}
		}
	}
	return nil
}

// goCommand runs the go command for the target of plugins.
func goCommand(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			return nil, errors.New(text)
		}
		return nil, err
	}
	return stdout.Bytes(), nil
}
