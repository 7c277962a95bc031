package harness

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// vm is one instance of a module: what Envoy calls a Wasm VM. The plugins of
// one worker thread that agree in VM id, VM configuration and code share one.
type vm struct {
	proxy  *Proxy
	worker int
	key    string
	plugin *Plugin
	mod    api.Module
	memory api.Memory
	fns    map[string]api.Function

	// base is the context of calls that belong to no plugin: start-up and
	// memory allocation. Its id is 0.
	base          *wasmContext
	contexts      map[uint32]*wasmContext
	nextContextID uint32
	roots         map[string]*wasmContext
	pendingDone   map[string]*wasmContext

	failed bool
	// stopIteration is set by a local response: the callback's return value no
	// longer matters.
	stopIteration bool
	// afterCall are actions that wait for the current callback to return.
	afterCall []func()
	// allowed, if not nil, are the only host functions that may be called.
	allowed map[string]bool
	// starting says that the module is being initialised or configured.
	starting bool

	metrics      *vmMetrics
	timers       map[uint32]*timer
	random       *rand.ChaCha8
	nextHTTPCall uint32
	nextGRPCCall uint32
	nextStream   uint32
	// slept is how far the VM's monotonic clock is ahead of the proxy's,
	// because poll_oneoff returns at once and time passed "meanwhile".
	slept time.Duration
}

type timer struct {
	period time.Duration
	due    *event
}

// hostTrap is a trap raised by a host function.
type hostTrap string

func (t hostTrap) Error() string { return string(t) }

// Which host functions may be called while a module starts, and while it
// allocates memory for the host. Any other traps, as in Envoy.
var (
	startFunctions    = startSet()
	allocateFunctions = map[string]bool{
		"proxy_log": true, "fd_write": true, "clock_time_get": true, "poll_oneoff": true,
	}
)

func startSet() map[string]bool {
	set := map[string]bool{"proxy_log": true, "emscripten_notify_memory_growth": true}
	for _, name := range wasiNames() {
		set[name] = true
	}
	// Not on Envoy's list.
	for _, name := range []string{"fd_read", "fd_seek", "fd_close", "path_open", "path_filestat_get",
		"sched_yield", "proc_exit"} {
		delete(set, name)
	}
	return set
}

// newVM instantiates a module and runs its initialisation.
func (p *Proxy) newVM(ctx context.Context, worker int, plugin *Plugin) (*vm, error) {
	m, err := p.engine.use(ctx, plugin)
	if err != nil {
		return nil, err
	}
	p.modules = append(p.modules, m)
	v := &vm{
		proxy: p, worker: worker, key: plugin.vmKey(), plugin: plugin,
		fns: map[string]api.Function{}, contexts: map[uint32]*wasmContext{}, nextContextID: 1,
		roots: map[string]*wasmContext{}, pendingDone: map[string]*wasmContext{},
		metrics: newVMMetrics(&p.metrics), timers: map[uint32]*timer{},
		nextHTTPCall: httpCallKind, nextGRPCCall: grpcCallKind, nextStream: grpcStreamKind, starting: true,
	}
	seed := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", v.key, worker, p.vmCount))
	p.vmCount++
	v.random = rand.NewChaCha8(seed)
	v.base = &wasmContext{vm: v, plugin: plugin}
	v.base.root = v.base
	v.contexts[0] = v.base

	v.allowed = startFunctions
	mod, err := p.engine.runtime.InstantiateModule(withVM(ctx, v), m.compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, &ModuleError{Plugin: plugin.label(), Reason: firstLine(err)}
	}
	v.mod, v.memory = mod, mod.Memory()
	for name := range callbackSignatures {
		if fn := mod.ExportedFunction(name); fn != nil {
			v.fns[name] = fn
		}
	}
	if v.fns["malloc"] == nil {
		v.fns["malloc"] = v.fns["proxy_on_memory_allocate"]
	}
	p.vms = append(p.vms, v)
	if v.fns["_initialize"] != nil {
		v.call(ctx, v.base, "_initialize")
		if v.fns["main"] != nil {
			v.call(ctx, v.base, "main", 0, 0)
		} else if v.fns["__main_void"] != nil {
			v.call(ctx, v.base, "__main_void")
		}
	} else if v.fns["_start"] != nil {
		v.call(ctx, v.base, "_start")
	}
	v.allowed, v.starting = nil, false
	return v, ctx.Err()
}

type vmContextKey struct{}

// withVM lets host functions know which VM calls them.
func withVM(ctx context.Context, v *vm) context.Context {
	return context.WithValue(ctx, vmContextKey{}, v)
}

func vmOf(ctx context.Context) *vm { return ctx.Value(vmContextKey{}).(*vm) }

// call calls an exported function on behalf of a context, without the actions
// that follow a callback. It answers 0 and false if the VM is broken, breaks, or
// has no such export.
func (v *vm) call(ctx context.Context, c *wasmContext, name string, args ...uint64) (uint64, bool) {
	fn := v.fns[name]
	if fn == nil || v.failed {
		return 0, false
	}
	p := v.proxy
	current, effective := p.current, p.effective
	p.current, p.effective = c, 0
	defer func() { p.current, p.effective = current, effective }()

	ctxVM := withVM(ctx, v)
	deadline := v.deadline()
	if deadline > 0 {
		var cancel context.CancelFunc
		ctxVM, cancel = context.WithTimeout(ctxVM, deadline)
		defer cancel()
	}
	results, err := fn.Call(ctxVM, args...)
	if err != nil {
		if ctx.Err() != nil {
			// The caller gave up; nothing is known about the plugin.
			v.failed = true
			return 0, false
		}
		v.fail(c, name, err)
		return 0, false
	}
	if len(results) == 0 {
		return 0, true
	}
	return results[0], true
}

// deadline is how long an exported function may run now, of the machine's time;
// 0 or less is for ever.
func (v *vm) deadline() time.Duration {
	switch {
	case v.proxy.opts.Deadline != 0:
		return v.proxy.opts.Deadline
	case v.starting:
		return 60 * time.Second
	}
	return 5 * time.Second
}

// fail breaks the VM for good. Envoy does so on every trap.
func (v *vm) fail(c *wasmContext, callback string, err error) {
	if v.failed {
		return
	}
	v.failed = true
	f := Failure{Plugin: c.pluginOf().label(), Worker: v.worker, Callback: callback, Reason: trapReason(err)}
	var exit *sys.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == sys.ExitCodeDeadlineExceeded {
		f.Deadline = true
		f.Reason = fmt.Sprintf("deadline of %s exceeded", v.deadline())
	}
	v.proxy.failures = append(v.proxy.failures, f)
	v.proxy.log(LogEntry{Level: LogCritical, Plugin: f.Plugin, Worker: v.worker, Host: true,
		Message: fmt.Sprintf("Function: %s failed: %s", callback, f.Reason)})
	for _, t := range v.timers {
		t.due.cancel()
	}
	delete(v.proxy.workerVMs, workerVM{v.worker, v.key})
}

// trapReason is a trap in one line, as WebAssembly names it.
func trapReason(err error) string {
	var trap hostTrap
	if errors.As(err, &trap) {
		return string(trap)
	}
	reason := strings.TrimPrefix(firstLine(err), "wasm error: ")
	return strings.TrimSuffix(reason, " (recovered by wazero)")
}

// runAfterCall does what waited for the callback to return.
func (v *vm) runAfterCall() {
	v.stopIteration = false
	for len(v.afterCall) > 0 {
		action := v.afterCall[0]
		v.afterCall = v.afterCall[1:]
		action()
	}
}

// read returns memory of the VM, which the VM may change later; false where it
// is out of bounds.
func (v *vm) read(ptr, size uint32) ([]byte, bool) {
	return v.memory.Read(ptr, size)
}

func (v *vm) readString(ptr, size uint32) (string, bool) {
	b, ok := v.memory.Read(ptr, size)
	return string(b), ok
}

func (v *vm) writeU32(ptr, value uint32) bool { return v.memory.WriteUint32Le(ptr, value) }
func (v *vm) writeU64(ptr uint32, value uint64) bool {
	return v.memory.WriteUint64Le(ptr, value)
}

// allocate asks the plugin for memory. Nothing but logging and the clock may be
// called meanwhile.
func (v *vm) allocate(ctx context.Context, size int) (uint32, bool) {
	saved := v.allowed
	v.allowed = allocateFunctions
	ptr, ok := v.call(ctx, v.base, "malloc", uint64(uint32(size)))
	v.allowed = saved
	if v.failed {
		// Envoy's host function would go on with a broken VM, whose calls
		// unwind one after the other; here the outer one ends at once.
		panic(hostTrap("memory allocation failed"))
	}
	if !ok || ptr == 0 {
		return 0, false
	}
	_, ok = v.read(uint32(ptr), uint32(size))
	return uint32(ptr), ok
}

// give copies bytes into memory the plugin allocates and writes the address and
// the size where the plugin wants them. Nothing is allocated for no bytes.
func (v *vm) give(ctx context.Context, b []byte, ptrPtr, sizePtr uint32) bool {
	var ptr uint32
	if len(b) > 0 {
		var ok bool
		if ptr, ok = v.allocate(ctx, len(b)); !ok {
			return false
		}
		v.memory.Write(ptr, b)
	}
	return v.writeU32(ptrPtr, ptr) && v.writeU32(sizePtr, uint32(len(b)))
}

// setTimer starts, changes or (with 0) stops the tick of a root context.
func (v *vm) setTimer(root *wasmContext, period time.Duration) {
	t := v.timers[root.id]
	if t == nil {
		t = &timer{}
		v.timers[root.id] = t
	}
	t.due.cancel()
	t.due = nil
	t.period = period
	if period > 0 {
		v.armTimer(root, t)
	}
}

func (v *vm) armTimer(root *wasmContext, t *timer) {
	t.due.cancel()
	t.due = v.proxy.clock.after(t.period, func() {
		if v.failed || v.fns["proxy_on_tick"] == nil {
			return
		}
		root.callback("proxy_on_tick", uint64(root.id))
		if t.period > 0 && !v.failed {
			v.armTimer(root, t)
		}
	})
}

// monotonic is the VM's monotonic clock. It starts at one second, so that no
// program takes it for unset.
func (v *vm) monotonic() uint64 {
	return uint64(v.proxy.clock.now.Sub(v.proxy.clock.start) + time.Second + v.slept)
}

// realtime is the VM's wall clock.
func (v *vm) realtime() uint64 {
	return uint64(v.proxy.clock.now.UnixNano())
}

// vmKey says which plugins share a VM.
func (p *Plugin) vmKey() string {
	code := p.code()
	h := sha256.New()
	for _, part := range [][]byte{[]byte(p.VMID), p.VMConfiguration, code[:]} {
		var size [8]byte
		binary.LittleEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	return string(h.Sum(nil))
}

// code is the digest of the module.
func (p *Plugin) code() [sha256.Size]byte {
	if p.digest == nil {
		sum := sha256.Sum256(p.Wasm)
		p.digest = &sum
	}
	return *p.digest
}

// pluginKey says which plugins of one VM share a root context.
func (p *Plugin) pluginKey() string {
	return fmt.Sprintf("%q %q %q", p.Name, p.RootID, p.Configuration)
}

func (p *Plugin) reloadBackoff() time.Duration {
	if p.ReloadBackoff > 0 {
		return p.ReloadBackoff
	}
	return time.Second
}

// label is the plugin's name for people.
func (p *Plugin) label() string {
	if p.Name != "" {
		return p.Name
	}
	return p.RootID
}
