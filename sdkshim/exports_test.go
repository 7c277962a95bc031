//go:build !wasip1

package sdkshim_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// core is what every module exports.
var core = []string{
	"_initialize", // of Go's runtime
	"proxy_abi_version_0_2_1", "proxy_on_configure", "proxy_on_context_create",
	"proxy_on_delete", "proxy_on_memory_allocate", "proxy_on_vm_start",
}

// callbacks are the exports that each package below callback/ adds.
var callbacks = map[string][]string{
	"done":             {"proxy_on_done"},
	"foreign":          {"proxy_on_foreign_function"},
	"grpccall":         {"proxy_on_grpc_close", "proxy_on_grpc_receive", "proxy_on_grpc_receive_initial_metadata", "proxy_on_grpc_receive_trailing_metadata"},
	"httpcall":         {"proxy_on_http_call_response"},
	"log":              {"proxy_on_log"},
	"queue":            {"proxy_on_queue_ready"},
	"requestbody":      {"proxy_on_request_body"},
	"requestheaders":   {"proxy_on_request_headers"},
	"requesttrailers":  {"proxy_on_request_trailers"},
	"responsebody":     {"proxy_on_response_body"},
	"responseheaders":  {"proxy_on_response_headers"},
	"responsetrailers": {"proxy_on_response_trailers"},
	"tcp": {"proxy_on_downstream_connection_close", "proxy_on_downstream_data", "proxy_on_new_connection",
		"proxy_on_upstream_connection_close", "proxy_on_upstream_data"},
	"tick": {"proxy_on_tick"},
}

func TestAModuleExportsTheCallbacksItImportsAndNoMore(t *testing.T) {
	dirs, err := os.ReadDir("callback")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range dirs {
		names = append(names, d.Name())
	}
	if want := slices.Sorted(maps.Keys(callbacks)); !slices.Equal(names, want) {
		t.Fatalf("packages below callback/ = %v, want %v", names, want)
	}
	check := func(name string, imports []string, want []string) {
		t.Run(name, func(t *testing.T) {
			got := exports(t, imports)
			want := slices.Sorted(slices.Values(append(slices.Clone(core), want...)))
			if !slices.Equal(got, want) {
				t.Errorf("exports = %v\nwant      %v", got, want)
			}
		})
	}
	check("none", nil, nil)
	var all []string
	for _, name := range names {
		check(name, []string{name}, callbacks[name])
		all = append(all, callbacks[name]...)
	}
	check("all", names, all)
}

// exports builds a plugin that imports callback packages, in a folder that lies
// outside the tree but is told to the compiler as one inside it, and returns the
// functions that the module exports, in order.
func exports(t *testing.T, imports []string) []string {
	t.Helper()
	dir := t.TempDir()
	var source strings.Builder
	source.WriteString("package main\n\nimport _ \"gatehouse/sdkshim\"\n")
	for _, name := range imports {
		fmt.Fprintf(&source, "import _ %q\n", "gatehouse/sdkshim/callback/"+name)
	}
	source.WriteString("func main() {}\n")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(dir, "main.go")
	overlay := filepath.Join(dir, "overlay.json")
	module := filepath.Join(dir, "module.wasm")
	for name, content := range map[string]string{
		main:    source.String(),
		overlay: fmt.Sprintf(`{"Replace": {%q: %q}}`, filepath.Join(here, "testdata", "exports", "main.go"), main),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-overlay", overlay, "-o", module, "./testdata/exports")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	content, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	// The interpreter decodes a module without compiling it.
	runtime := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(t.Context())
	compiled, err := runtime.CompileModule(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(compiled.ExportedFunctions()))
}
