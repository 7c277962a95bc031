package harness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModulesThatAreNoPlugins(t *testing.T) {
	headers := wasmFunc{name: "proxy_on_request_headers", params: []byte{i32, i32, i32}, results: []byte{i32}, code: []byte{opI32Const, 0}}
	with := func(imports []wasmFunc, funcs ...wasmFunc) []byte {
		return assemble(imports, append(plain(), funcs...))
	}
	for _, tt := range []struct {
		name    string
		wasm    []byte
		want    string
		notWasm bool
	}{
		{"empty", nil, "not a WebAssembly module: it is empty", true},
		{"text", []byte("hello world"), `not a WebAssembly module: it starts with "hello wo"`, true},
		{"a component", []byte("\x00asm\x0d\x00\x01\x00"), "not a core WebAssembly module of version 1", true},
		{"cut off", with(nil, headers)[:60], "invalid WebAssembly", false},
		{"no ABI", assemble(nil, plain()[1:]), "no export proxy_abi_version_0_2_1", false},
		{"an old ABI", assemble(nil, []wasmFunc{{name: "proxy_abi_version_0_1_0"}, plain()[1]}), "Proxy-Wasm ABI 0.1.0, want 0.2.0 or 0.2.1", false},
		{"two ABIs", with(nil, wasmFunc{name: "proxy_abi_version_0_2_0"}), "want 0.2.0 or 0.2.1", false},
		{"no allocation", assemble(nil, plain()[:1]), "missing export: malloc or proxy_on_memory_allocate", false},
		{"a callback of another signature", with(nil, wasmFunc{name: "proxy_on_request_headers",
			params: []byte{i32, i32}, results: []byte{i32}, code: []byte{opI32Const, 0}}), "export proxy_on_request_headers: 2 parameters", false},
		{"a callback of 64 bits", with(nil, wasmFunc{name: "proxy_on_tick", params: []byte{i64}}), "export proxy_on_tick", false},
		{"a network filter", with(nil, wasmFunc{name: "proxy_on_new_connection", params: []byte{i32}, results: []byte{i32}, code: []byte{opI32Const, 0}}),
			"a network filter: it exports proxy_on_new_connection", false},
		{"an unknown import", with([]wasmFunc{{name: "env.proxy_nosuch", results: []byte{i32}}}),
			"missing import: env.proxy_nosuch is not a function of the host", false},
		{"an unknown module", with([]wasmFunc{{name: "wasi_snapshot_preview2.fd_write", results: []byte{i32}}}), "missing import", false},
		{"an import of another signature", with([]wasmFunc{{name: "env.proxy_log", results: []byte{i32}}}),
			"import env.proxy_log: signature differs", false},
		{"a function of a later ABI", assemble([]wasmFunc{{name: "env.proxy_get_log_level", params: []byte{i32}, results: []byte{i32}}},
			[]wasmFunc{{name: "proxy_abi_version_0_2_0"}, plain()[1]}), "missing import: env.proxy_get_log_level", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Start(t.Context(), []Plugin{{Name: "a", Wasm: tt.wasm}}, Options{CacheDir: "off"})
			var module *ModuleError
			if !errors.As(err, &module) {
				t.Fatalf("Start: %v, want a ModuleError", err)
			}
			if !strings.Contains(module.Error(), tt.want) || module.NotWasm != tt.notWasm {
				t.Errorf("error %q (not Wasm: %v), want %q (%v)", module, module.NotWasm, tt.want, tt.notWasm)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line", err)
			}
		})
	}
}

func TestAPluginOfBothKindsRunsOnHTTP(t *testing.T) {
	answer := []byte{opI32Const, 0}
	start(t, Options{CacheDir: "off"}, Plugin{Name: "a", Wasm: assemble(nil, append(plain(),
		wasmFunc{name: "proxy_on_request_headers", params: []byte{i32, i32, i32}, results: []byte{i32}, code: answer},
		wasmFunc{name: "proxy_on_new_connection", params: []byte{i32}, results: []byte{i32}, code: answer}))})
}

func TestCompiledModulesAreKeptOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	plugin := Plugin{Name: "a", Wasm: assemble(nil, plain())}
	count := func() int {
		n := 0
		err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	start(t, Options{CacheDir: dir}, plugin)
	first := count()
	if first == 0 {
		t.Fatal("no file in the cache, want the compiled module")
	}
	start(t, Options{CacheDir: dir}, plugin)
	if second := count(); second != first {
		t.Errorf("%d files after the second start, want %d", second, first)
	}
}

func TestCacheFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), []Plugin{{Wasm: assemble(nil, plain())}}, Options{CacheDir: filepath.Join(file, "cache")})
	if err == nil || !strings.Contains(err.Error(), "compilation cache") {
		t.Errorf("Start: %v, want an error that names the compilation cache", err)
	}
}
