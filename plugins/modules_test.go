//go:build !wasip1

package plugins_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"gatehouse/harness/replay/replaytest"
)

// TestModulesCannotExit keeps os.Exit, and with it log.Fatal, out of every
// plugin: in Envoy it returns to its caller, and the request passes.
func TestModulesCannotExit(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join("*", "wasm"))
	if err != nil || len(mains) == 0 {
		t.Fatalf("mains = %q, %v, want at least one", mains, err)
	}
	for _, dir := range mains {
		module := replaytest.Build(t, "./"+filepath.ToSlash(dir))
		// The names of functions stand in the module, each with a zero byte after it.
		if !bytes.Contains(module, []byte("runtime.gopanic\x00")) {
			t.Errorf("%s: the module has no names of functions to look at", dir)
		}
		if bytes.Contains(module, []byte("os.Exit\x00")) {
			t.Errorf("%s: the module can call os.Exit, which in Envoy lets the request pass", dir)
		}
	}
}
