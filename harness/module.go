package harness

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// maxMemoryPages is the most memory of a VM, 1 GiB in pages of 64 KiB, as in
// Envoy. Past it memory.grow answers -1.
const maxMemoryPages = 1 << 14

// module is one binary, compiled and found to be a plugin.
type module struct {
	compiled wazero.CompiledModule
	exports  map[string]api.FunctionDefinition
	// users is how many proxies use it, released when the last of them did not any
	// more, in the engine's own time.
	users    int
	released uint64
}

// callbackSignatures says for each callback how many arguments it takes and
// whether it answers something. An export with another signature keeps a plugin
// from loading.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#functions-exposed-by-wasm-modules
var callbackSignatures = map[string]struct {
	params  int
	results int
}{
	"malloc":                                  {1, 1},
	"proxy_on_memory_allocate":                {1, 1},
	"_initialize":                             {0, 0},
	"_start":                                  {0, 0},
	"main":                                    {2, 1},
	"__main_void":                             {0, 1},
	"proxy_on_context_create":                 {2, 0},
	"proxy_on_vm_start":                       {2, 1},
	"proxy_on_configure":                      {2, 1},
	"proxy_on_tick":                           {1, 0},
	"proxy_on_request_headers":                {3, 1},
	"proxy_on_request_body":                   {3, 1},
	"proxy_on_request_trailers":               {2, 1},
	"proxy_on_response_headers":               {3, 1},
	"proxy_on_response_body":                  {3, 1},
	"proxy_on_response_trailers":              {2, 1},
	"proxy_on_http_call_response":             {5, 0},
	"proxy_on_grpc_receive_initial_metadata":  {3, 0},
	"proxy_on_grpc_receive":                   {3, 0},
	"proxy_on_grpc_receive_trailing_metadata": {3, 0},
	"proxy_on_grpc_close":                     {3, 0},
	"proxy_on_queue_ready":                    {2, 0},
	"proxy_on_foreign_function":               {3, 0},
	"proxy_on_log":                            {1, 0},
	"proxy_on_done":                           {1, 1},
	"proxy_on_delete":                         {1, 0},
}

// compile compiles a plugin's binary and checks that Envoy would load it.
func (e *engine) compile(ctx context.Context, plugin *Plugin) (*module, error) {
	fail := func(notWasm bool, format string, args ...any) error {
		return &ModuleError{Plugin: plugin.label(), NotWasm: notWasm, Reason: fmt.Sprintf(format, args...)}
	}
	if !bytes.HasPrefix(plugin.Wasm, []byte("\x00asm")) {
		return nil, fail(true, "not a WebAssembly module: %s", describeBytes(plugin.Wasm))
	}
	if !bytes.HasPrefix(plugin.Wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, fail(true, "not a core WebAssembly module of version 1 (a component, perhaps)")
	}
	compiled, err := e.runtime.CompileModule(ctx, plugin.Wasm)
	if err != nil {
		return nil, fail(false, "invalid WebAssembly: %s", firstLine(err))
	}
	m := &module{compiled: compiled, exports: compiled.ExportedFunctions()}
	if reason := e.check(m); reason != "" {
		_ = compiled.Close(ctx) // why it is refused matters more
		return nil, fail(false, "%s", reason)
	}
	return m, nil
}

// check says why Envoy would not load a module, "" if it would.
func (e *engine) check(m *module) string {
	var abi []string
	for name := range m.exports {
		if v, ok := strings.CutPrefix(name, "proxy_abi_version_"); ok {
			abi = append(abi, strings.ReplaceAll(v, "_", "."))
		}
	}
	switch {
	case len(abi) == 0:
		return "not a Proxy-Wasm plugin: no export proxy_abi_version_0_2_1 or proxy_abi_version_0_2_0"
	case len(abi) > 1 || abi[0] != "0.2.0" && abi[0] != "0.2.1":
		return fmt.Sprintf("Proxy-Wasm ABI %s, want 0.2.0 or 0.2.1", strings.Join(abi, " and "))
	}
	if m.exports["malloc"] == nil && m.exports["proxy_on_memory_allocate"] == nil {
		return "missing export: malloc or proxy_on_memory_allocate"
	}
	if len(m.compiled.ExportedMemories()) == 0 {
		return "missing export: memory"
	}
	for name, want := range callbackSignatures {
		def := m.exports[name]
		if def == nil {
			continue
		}
		if len(def.ParamTypes()) != want.params || len(def.ResultTypes()) != want.results || !onlyI32(def) {
			return fmt.Sprintf("export %s: %d parameters and %d results, want %d and %d of i32",
				name, len(def.ParamTypes()), len(def.ResultTypes()), want.params, want.results)
		}
	}
	if name := m.networkFilter(); name != "" {
		return fmt.Sprintf("a network filter: it exports %s and no callback for HTTP, and the harness runs HTTP filters only", name)
	}
	for _, def := range m.compiled.ImportedFunctions() {
		mod, name, _ := def.Import()
		known := e.functions[mod][name]
		if known == nil || name == "proxy_get_log_level" && abi[0] == "0.2.0" {
			return fmt.Sprintf("missing import: %s.%s is not a function of the host", mod, name)
		}
		if !sameTypes(known.params, def.ParamTypes()) || !sameTypes(known.results, def.ResultTypes()) {
			return fmt.Sprintf("import %s.%s: signature differs from the host's", mod, name)
		}
	}
	return ""
}

// networkFilter returns a callback of TCP connections that a plugin exports which
// exports none of HTTP streams, "" for any other plugin. SDKs that export all
// callbacks always make plugins of both kinds.
func (m *module) networkFilter() string {
	for _, name := range []string{"request_headers", "request_body", "request_trailers", "response_headers",
		"response_body", "response_trailers"} {
		if m.exports["proxy_on_"+name] != nil {
			return ""
		}
	}
	for _, name := range []string{"proxy_on_new_connection", "proxy_on_downstream_data", "proxy_on_upstream_data",
		"proxy_on_downstream_connection_close", "proxy_on_upstream_connection_close"} {
		if m.exports[name] != nil {
			return name
		}
	}
	return ""
}

func sameTypes(a, b []api.ValueType) bool { return bytes.Equal(a, b) }

func onlyI32(def api.FunctionDefinition) bool {
	for _, t := range append(append([]api.ValueType{}, def.ParamTypes()...), def.ResultTypes()...) {
		if t != api.ValueTypeI32 {
			return false
		}
	}
	return true
}

// describeBytes says what a file that is not WebAssembly starts with.
func describeBytes(b []byte) string {
	if len(b) == 0 {
		return "it is empty"
	}
	return fmt.Sprintf("it starts with %q", b[:min(len(b), 8)])
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
