package harness

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/tetratelabs/wazero"
)

// engine is a wazero runtime that proxies of one kind share, with the modules that
// they have compiled: reading a plugin of 7 MB from the cache on disk and validating
// it takes longer than most recordings. A module holds nothing of a proxy, and host
// functions find theirs by the context of the call.
type engine struct {
	runtime   wazero.Runtime
	functions map[string]map[string]*hostFunction
	mu        sync.Mutex
	modules   map[[sha256.Size]byte]*module
	clock     uint64
}

// engineKey says what engines differ in.
type engineKey struct {
	closeOnDone bool
	cacheDir    string
}

// engines are those of the process. They are kept for its life.
var engines = struct {
	sync.Mutex
	of map[engineKey]*engine
}{of: map[engineKey]*engine{}}

// maxIdleModules is how many compiled modules are kept that no proxy uses.
const maxIdleModules = 8

// engineFor returns the engine for options.
func engineFor(opts *Options) (*engine, error) {
	// A negative deadline is none: then wazero need not look at every loop.
	key := engineKey{opts.Deadline >= 0, opts.CacheDir}
	engines.Lock()
	defer engines.Unlock()
	if e := engines.of[key]; e != nil {
		return e, nil
	}
	cache, err := openCache(opts.CacheDir)
	if err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(maxMemoryPages).WithCloseOnContextDone(key.closeOnDone)
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	// The engine outlives the call that makes it.
	ctx := context.Background()
	e := &engine{runtime: wazero.NewRuntimeWithConfig(ctx, config), functions: hostFunctions(), modules: map[[sha256.Size]byte]*module{}}
	if err := installHostFunctions(ctx, e.runtime, e.functions); err != nil {
		return nil, errors.Join(fmt.Errorf("host functions: %w", err), e.runtime.Close(ctx))
	}
	engines.of[key] = e
	return e, nil
}

// use returns the module of a plugin, compiled once for each distinct content. It is
// kept until as many calls of release.
func (e *engine) use(ctx context.Context, plugin *Plugin) (*module, error) {
	sum := plugin.code()
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.modules[sum]
	if m == nil {
		var err error
		if m, err = e.compile(ctx, plugin); err != nil {
			return nil, err
		}
		e.modules[sum] = m
	}
	m.users++
	return m, nil
}

// release says that a proxy has closed what it made of a module.
func (e *engine) release(ctx context.Context, m *module) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	m.users--
	e.clock++
	m.released = e.clock
	idle := 0
	var oldest [sha256.Size]byte
	for sum, m := range e.modules {
		if m.users > 0 {
			continue
		}
		if idle++; idle == 1 || m.released < e.modules[oldest].released {
			oldest = sum
		}
	}
	if idle <= maxIdleModules {
		return nil
	}
	m = e.modules[oldest]
	delete(e.modules, oldest)
	return m.compiled.Close(ctx)
}

// openCache opens the compilation cache on disk, nil for none.
func openCache(dir string) (wazero.CompilationCache, error) {
	switch dir {
	case "off":
		return nil, nil
	case "":
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, nil // no home, no cache: slower, not wrong
		}
		dir = filepath.Join(base, "gatehouse")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, nil // as above: only a folder that was asked for must work
		}
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("compilation cache: %w", err)
	}
	return cache, nil
}
