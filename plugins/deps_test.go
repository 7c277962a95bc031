//go:build !wasip1

package plugins_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path that imports of this repository begin with.
const module = "gatehouse/"

// layer is a part of the tree whose imports follow one rule.
type layer struct {
	name string
	// holds tells whether a directory, relative to the repository, is part of it.
	holds func(dir string) bool
	// std tells whether a package of the standard library may be imported.
	std func(pkg string) bool
	// ours tells whether a package of this repository may be imported from dir.
	ours func(dir, pkg string) bool
	// others are the modules that may be imported.
	others []string
	// pure forbids clocks and goroutines.
	pure bool
	// files is how many files there are at least: a test that sees none has
	// nothing to say.
	files int
	why   string
}

// engineStd is what an engine needs of the standard library: values in, values
// out. There is no file, network, clock or randomness in it.
var engineStd = []string{
	"bytes", "cmp", "container/", "crypto", "crypto/aes", "crypto/cipher", "crypto/ecdsa", "crypto/ed25519", "crypto/elliptic", "crypto/hkdf", "crypto/hmac", "crypto/rsa", "crypto/sha1",
	"crypto/sha256", "crypto/sha512", "crypto/subtle", "encoding", "encoding/", "errors", "fmt", "hash", "hash/", "io", "iter", "maps", "math",
	"math/big", "math/bits", "net/netip", "reflect", "slices", "sort", "strconv", "strings", "sync/atomic", "time", "time/tzdata", "unicode", "unicode/", "unique",
}

// tools are packages that run when the repository is built or measured, never in
// a plugin of ours.
var tools = []string{
	"plugins/internal/config/schema", "plugins/internal/config/schema/generate",
	"plugins/redact/bench", "plugins/redact/detect/generate",
	"plugins/waf/crs/generate", "plugins/waf/crs/source",
	"plugins/jwtaudience/bench", "plugins/quota/bench", "plugins/waf/bench", "plugins/gatehouse/bench",
}

// extraImports are what some engines need besides.
var extraImports = map[string][]string{
	"plugins/waf/regex":   {"regexp/syntax"}, // patterns are parsed as Go's own, and matched here
	"plugins/waf/engine":  {"net/url", "unsafe"},
	"plugins/waf/body":    {"unsafe"},
	"plugins/waf/ruleset": {"unsafe"},
	"plugins/waf/crs":     {"embed"},
	// documents that people read, too
	"plugins/redact/profile": {"embed"},
	// 38 KB of a module; generated code would be ten times as much.
	"plugins/quota/global": {"google.golang.org/protobuf/encoding/protowire"},
	// bodies that come compressed leave compressed
	"plugins/redact/format": {"compress/flate"},
}

// mainNeeds are the adapter and the packages whose types are in its interface.
var mainNeeds = []string{"plugins/internal/filter", "plugins/internal/filter/background", "plugins/internal/filter/inspect", "plugins/internal/filter/inspect/background", "plugins/internal/policy", "plugins/internal/event"}

func isTool(dir string) bool {
	return slices.ContainsFunc(tools, func(tool string) bool { return inside(dir, tool) })
}

// support tells whether a directory holds what tests share, as net/http/httptest
// does.
func support(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

func inside(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

// plugin is the folder of the plugin that a directory belongs to, "" for what
// plugins share.
func plugin(dir string) string {
	rest, ok := strings.CutPrefix(dir, "plugins/")
	name, _, _ := strings.Cut(rest, "/")
	if !ok || name == "internal" {
		return ""
	}
	return name
}

func isMain(dir string) bool { return plugin(dir) != "" && path.Base(dir) == "wasm" }

// forPlugins tells whether a package is one that plugins share.
func forPlugins(pkg string) bool {
	return inside(pkg, "plugins/internal") && !isTool(pkg) && !support(pkg)
}

var layers = []layer{
	{
		name: "engines",
		holds: func(dir string) bool {
			return inside(dir, "plugins") && !isMain(dir) && !inside(dir, "plugins/internal/filter") && !isTool(dir)
		},
		std: func(pkg string) bool {
			return slices.ContainsFunc(engineStd, func(allowed string) bool {
				return pkg == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(pkg, allowed)
			})
		},
		ours: func(dir, pkg string) bool {
			if plugin(pkg) != "" {
				// What the log may tell is found by what finds it in bodies.
				return (plugin(pkg) == plugin(dir) || dir == "plugins/gatehouse") && !isMain(pkg) || dir == "plugins/internal/event" && pkg == "plugins/redact/detect"
			}
			return forPlugins(pkg) && !inside(pkg, "plugins/internal/filter")
		},
		others: []string{"github.com/tidwall/gjson"},
		pure:   true,
		files:  30,
		why:    "engines take values and return values, and plugins do not know each other",
	},
	{
		name:   "filter",
		holds:  func(dir string) bool { return inside(dir, "plugins/internal/filter") },
		ours:   func(dir, pkg string) bool { return forPlugins(pkg) || inside(pkg, "sdkshim") },
		others: []string{"github.com/tetratelabs/proxy-wasm-go-sdk"},
		files:  15,
		why:    "the adapter knows the host and the contract, and no engine",
	},
	{
		name:  "plugin mains",
		holds: isMain,
		std:   func(string) bool { return false },
		ours: func(dir, pkg string) bool {
			if slices.Contains(mainNeeds, pkg) || inside(pkg, "sdkshim/callback") {
				return true
			}
			return plugin(pkg) != "" && !isMain(pkg) && (plugin(pkg) == plugin(dir) || plugin(dir) == "gatehouse")
		},
		why: "a main registers its engine and does nothing else",
	},
	{
		name:   "sdkshim",
		holds:  func(dir string) bool { return inside(dir, "sdkshim") && !inside(dir, "sdkshim/bench") },
		ours:   func(_, pkg string) bool { return inside(pkg, "sdkshim") },
		others: []string{"github.com/tetratelabs/proxy-wasm-go-sdk"},
		files:  20,
		why:    "the shim speaks the ABI and has no types of ours",
	},
	{
		name:  "sdkshim measurements",
		holds: func(dir string) bool { return inside(dir, "sdkshim/bench") },
		ours:  func(_, pkg string) bool { return inside(pkg, "sdkshim") || inside(pkg, "harness/envoy") },
		// the plugins that are measured
		others: []string{"github.com/tetratelabs/proxy-wasm-go-sdk"},
		why:    "the bench measures the shim in an Envoy, and nothing else",
	},
	{
		name:  "harness",
		holds: func(dir string) bool { return inside(dir, "harness") },
		ours: func(dir, pkg string) bool {
			return inside(pkg, "harness") || dir == "harness/cmd/harness" && plugin(pkg) != "" && !isMain(pkg)
		},
		others: []string{""}, // any: the harness is not compiled into plugins
		files:  20,
		why:    "the harness knows bytes, headers, logs and metrics, never a plugin",
	},
}

// forbiddenCalls are the clocks and timers of package time.
var forbiddenCalls = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// TestImportDirection keeps the layers apart: main → filter → sdkshim → SDK, and
// main → engine → what plugins share. Imports are read in this process, because
// go test caches a result without looking at what a child process reads.
func TestImportDirection(t *testing.T) {
	files := make([]int, len(layers))
	for _, top := range []string{"plugins", "sdkshim", "harness"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if d.Name() == "testdata" {
					return filepath.SkipDir
				}
				return nil
			}
			rel := strings.TrimPrefix(filepath.ToSlash(file), "../")
			dir := path.Dir(rel)
			if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") || support(dir) || isTool(dir) {
				return nil
			}
			seen := false
			for i := range layers {
				if layers[i].holds(dir) {
					files[i]++
					seen = true
					for _, fault := range check(t, &layers[i], file, rel) {
						t.Errorf("%s: %s", fault, layers[i].why)
					}
				}
			}
			if !seen {
				t.Errorf("%s: in no layer, want its place in layers", rel)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range layers {
		if files[i] < layers[i].files {
			t.Errorf("%s: saw %d files, want at least %d", layers[i].name, files[i], layers[i].files)
		}
	}
}

// check returns what a file does against the rule of its layer.
func check(t *testing.T, l *layer, file, rel string) (faults []string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !l.allows(path.Dir(rel), imported) {
			faults = append(faults, rel+" imports "+imported)
		}
	}
	if l.pure {
		faults = append(faults, impurities(fset, f, rel)...)
	}
	return faults
}

func (l *layer) allows(dir, imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module); ok {
		return l.ours(dir, ours)
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return l.std == nil || l.std(imported) || slices.Contains(extraImports[dir], imported)
	}
	if slices.Contains(extraImports[dir], imported) {
		return true
	}
	return slices.ContainsFunc(l.others, func(other string) bool {
		return other == "" || inside(imported, other)
	})
}

// impurities are clocks and goroutines, wherever they stand.
func impurities(fset *token.FileSet, f *ast.File, rel string) (faults []string) {
	clock := ""
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time"` {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	at := func(n ast.Node) string { return rel + ":" + strconv.Itoa(fset.Position(n.Pos()).Line) }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			faults = append(faults, at(n)+" starts a goroutine")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && clock != "" && x.Name == clock && slices.Contains(forbiddenCalls, n.Sel.Name) {
				faults = append(faults, at(n)+" uses time."+n.Sel.Name)
			}
		}
		return true
	})
	if clock == "." {
		faults = append(faults, rel+" imports time without a name")
	}
	return faults
}

// TestImportRulesBite tries the rules on what they are there to keep out.
func TestImportRulesBite(t *testing.T) {
	tests := []struct {
		dir, imported string
		want          bool
	}{
		{"plugins/scope", "strings", true},
		{"plugins/scope", "encoding/base64", true},
		{"plugins/scope", "gatehouse/plugins/internal/match", true},
		{"plugins/scope", "github.com/tidwall/gjson", true},
		{"plugins/waf", "gatehouse/plugins/waf/seclang", true},
		{"plugins/scope", "os", false},
		{"plugins/scope", "net/http", false},
		{"plugins/scope", "regexp", false},
		{"plugins/scope", "regexp/syntax", false},
		{"plugins/waf/regex", "regexp/syntax", true},
		{"plugins/waf/operator", "github.com/corazawaf/libinjection-go", false},
		{"plugins/waf/engine", "github.com/corazawaf/coraza/v3", false},
		{"plugins/scope", "crypto/rand", false},
		{"plugins/scope", "crypto/x509", false},
		{"plugins/scope", "math/rand/v2", false},
		{"plugins/scope", "gatehouse/plugins/jwtaudience", false},
		{"plugins/scope", "gatehouse/plugins/internal/filter", false},
		{"plugins/scope", "gatehouse/plugins/internal/config/schema", false},
		{"plugins/scope", "gatehouse/plugins/internal/jose/josetest", false},
		{"plugins/scope", "gatehouse/sdkshim", false},
		{"plugins/scope", "gatehouse/harness", false},
		{"plugins/scope", "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm", false},
		{"plugins/internal/match", "gatehouse/plugins/scope", false},
		{"plugins/internal/event", "gatehouse/plugins/redact/detect", true},
		{"plugins/internal/event", "gatehouse/plugins/redact", false},
		{"plugins/internal/match", "gatehouse/plugins/redact/detect", false},
		{"plugins/internal/filter", "gatehouse/sdkshim/callback/log", true},
		{"plugins/internal/filter", "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types", true},
		{"plugins/internal/filter/inspect", "gatehouse/plugins/internal/filter/internal/host", true},
		{"plugins/internal/filter/inspect", "gatehouse/plugins/scope", false},
		{"plugins/scope", "gatehouse/plugins/internal/filter/inspect", false},
		{"plugins/internal/filter", "gatehouse/plugins/scope", false},
		{"plugins/internal/filter", "gatehouse/harness", false},
		{"plugins/scope/wasm", "gatehouse/plugins/scope", true},
		{"plugins/scope/wasm", "gatehouse/plugins/internal/filter", true},
		{"plugins/scope/wasm", "gatehouse/plugins/internal/filter/inspect", true},
		{"plugins/scope/wasm", "gatehouse/plugins/internal/filter/internal/host", false},
		{"plugins/scope/wasm", "gatehouse/plugins/internal/event", true},
		{"plugins/scope/wasm", "gatehouse/plugins/internal/jose", false},
		{"plugins/scope/wasm", "gatehouse/plugins/jwtaudience", false},
		{"plugins/scope/wasm", "fmt", false},
		{"plugins/gatehouse/wasm", "gatehouse/plugins/jwtaudience", true},
		{"plugins/gatehouse", "gatehouse/plugins/jwtaudience", true},
		{"plugins/gatehouse", "gatehouse/plugins/jwtaudience/wasm", false},
		{"plugins/jwtaudience", "gatehouse/plugins/gatehouse", false},
		{"sdkshim", "gatehouse/sdkshim/internal/sdk", true},
		{"sdkshim", "gatehouse/plugins/scope", false},
		{"sdkshim/bench", "gatehouse/harness", false},
		{"sdkshim/bench", "gatehouse/harness/envoy", true},
		{"sdkshim/bench", "gatehouse/harness/envoy/load", true},
		{"sdkshim/bench", "gatehouse/plugins/scope", false},
		{"harness/replay", "gatehouse/harness/traffic", true},
		{"harness/replay", "github.com/tetratelabs/wazero", true},
		{"harness/replay", "gatehouse/plugins/scope", false},
		{"harness/replay", "gatehouse/sdkshim", false},
		{"harness/cmd/harness", "gatehouse/plugins/scope", true},
		{"harness/cmd/harness", "gatehouse/plugins/scope/wasm", false},
	}
	for _, tt := range tests {
		found := 0
		for i := range layers {
			if layers[i].holds(tt.dir) {
				found++
				if got := layers[i].allows(tt.dir, tt.imported); got != tt.want {
					t.Errorf("%s may import %s: %v, want %v", tt.dir, tt.imported, got, tt.want)
				}
			}
		}
		if found != 1 {
			t.Errorf("%s is in %d layers, want one", tt.dir, found)
		}
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", "package x\nimport clock \"time\"\nfunc f() { go f(); _ = clock.Now(); _ = clock.Second; defer clock.Sleep(1) }", parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"x.go:3 starts a goroutine", "x.go:3 uses time.Now", "x.go:3 uses time.Sleep"}
	if got := impurities(fset, f, "x.go"); !slices.Equal(got, want) {
		t.Errorf("impurities %q, want %q", got, want)
	}
}
