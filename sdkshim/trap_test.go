//go:build !wasip1

package sdkshim_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/harness/envoy"
)

func TestNoFaultPasses(t *testing.T) {
	module := build(t, "faults")
	tests := []struct {
		name string
		log  string
	}{
		{"panic with a string", "panic: value withheld"},
		{"panic with an error", "panic: value withheld"},
		{"panic with several lines", "panic: value withheld"},
		{"nil dereference", "invalid memory address or nil pointer dereference"},
		{"index out of range", "index out of range [4] with length 3"},
		{"division by zero", "divide by zero"},
		{"failed type assertion", "interface conversion"},
		{"write to a nil map", "value withheld"},
		{"goexit", "no goroutines"},
		{"goexit with a goroutine", "deadlock"},
		{"deadlock in select", "deadlock"},
		{"deadlock on a channel", "deadlock"},
		{"deadlock on a mutex", "deadlock"},
		{"unlock of no lock", "unlock of unlocked mutex"},
		{"stack overflow", "Maximum call stack size exceeded"},
		{"out of memory", "out of memory"},
		{"one allocation too large", "out of memory"},
		{"panic in a goroutine", "value withheld"},
		{"panic in a deferred call", "value withheld"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := run(t, module, "", 0)
			if status, err := get(t, p); status != "200" {
				t.Fatalf("before the fault: status %q, %v; want 200", status, err)
			}
			status, err := get(t, p, "x-fault", tt.name)
			if status != "503" {
				t.Errorf("status = %q, %v; want 503", status, err)
			}
			if !logged(p, tt.log) {
				t.Errorf("the log lacks %q", tt.log)
			}
			if strings.Contains(p.Output(), "secret") {
				t.Error("the log holds the panic's value")
			}
			if status, err := get(t, p); status != "503" {
				t.Errorf("after the fault: status %q, %v; want 503", status, err)
			}
			if t.Failed() {
				t.Log(p.Output())
			}
		})
	}
}

// os.Exit is the one end of a program that the shim cannot turn into a trap: it
// writes nothing, and Envoy's proc_exit returns. The package comment forbids it.
// What a plugin's code does is seen in its module, which keeps the names of all
// functions that are linked in, stripped or not.
func TestExitReturnsAndIsSeenInTheModule(t *testing.T) {
	module := build(t, "faults")
	p := run(t, module, "", 0)
	if status, err := get(t, p, "x-fault", "exit"); status != "200" {
		t.Errorf("status = %q, %v; want 200: if os.Exit ends the VM by now, the package comment can say so", status, err)
	}
	for name, want := range map[string]bool{module: true, build(t, "hello"): false} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(content, []byte("os.Exit\x00")); got != want {
			t.Errorf("%s links os.Exit: %v, want %v", filepath.Base(name), got, want)
		}
	}
}

func TestAPanicInAnInitFunctionKeepsThePluginFromStarting(t *testing.T) {
	_, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: []byte(bootstrap),
		Plugins:   []envoy.Plugin{{Wasm: build(t, "badinit")}},
	})
	if err == nil || !strings.Contains(err.Error(), "panic: value withheld") {
		t.Errorf("err = %v, want the plugin refused with the panic in the log", err)
	}
}
