//go:build !wasip1

package plugins_test

import (
	"bytes"
	"os"
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

// TestModulesOfHeadersExportNoBodies keeps the callbacks of bodies and responses,
// each of which costs a crossing a stream or a chunk, out of plugins that only
// register with package filter.
func TestModulesOfHeadersExportNoBodies(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join("*", "wasm", "main.go"))
	if err != nil || len(mains) == 0 {
		t.Fatalf("mains = %q, %v, want at least one", mains, err)
	}
	headers := 0
	for _, main := range mains {
		source, err := os.ReadFile(main)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(source, []byte(`"gatehouse/plugins/internal/filter/inspect`)) {
			continue
		}
		headers++
		module := replaytest.Build(t, "./"+filepath.ToSlash(filepath.Dir(main)))
		for _, callback := range []string{"proxy_on_request_body", "proxy_on_request_trailers", "proxy_on_response_headers", "proxy_on_response_body", "proxy_on_log"} {
			if bytes.Contains(module, []byte(callback)) {
				t.Errorf("%s: the module exports %s", main, callback)
			}
		}
	}
	if headers == 0 {
		t.Error("no module of headers, want jwt-audience at least")
	}
}
