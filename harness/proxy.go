package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Proxy is a chain of plugins, started. It is not safe for use by several
// goroutines at a time: worker threads are simulated, not run.
type Proxy struct {
	opts    Options
	chain   []Plugin
	clock   *clock
	engine  *engine
	modules []*module
	// ctx is the context of the call that is running.
	ctx context.Context

	// handles are the plugins by worker, in the order of the chain, and
	// mainHandles those of the main thread.
	handles     [][]*pluginHandle
	mainHandles []*pluginHandle
	workerVMs   map[workerVM]*vm
	vms         []*vm
	vmCount     int
	// current is the context whose callback is on the stack, effective the id of
	// the one it chose to work for, or 0.
	current   *wasmContext
	effective uint32

	shared      sharedData
	queues      sharedQueues
	metrics     metricStore
	logs        []LogEntry
	failures    []Failure
	streamCount uint64
	httpUses    []int
	grpcUses    []int
}

// workerVM identifies the VM of a worker that plugins share.
type workerVM struct {
	worker int
	key    string
}

// Start loads the plugins, configures each in a canary VM, then on the main
// thread and on every worker, as Envoy does. The error is a [*ModuleError], a
// [*ConfigurationError], or one of the context or the compilation cache.
func Start(ctx context.Context, chain []Plugin, opts Options) (*Proxy, error) {
	opts = opts.withDefaults()
	engine, err := engineFor(&opts)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		opts: opts, chain: slices.Clone(chain), clock: newClock(opts.Now),
		engine: engine, ctx: ctx,
		handles: make([][]*pluginHandle, opts.Workers), workerVMs: map[workerVM]*vm{},
		httpUses: make([]int, len(opts.HTTPCallouts)), grpcUses: make([]int, len(opts.GRPCCallouts)),
	}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.free(ctx))
	}
	return p, nil
}

func (o Options) withDefaults() Options {
	positive := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	positive(&o.Workers, 1)
	positive(&o.BufferLimit, 1<<20)
	positive(&o.HTTP2BufferLimit, 16<<20)
	positive(&o.HeaderLimit, 60<<10)
	positive(&o.HeaderCountLimit, 100)
	if o.Now.IsZero() {
		o.Now = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 5 * time.Minute
	}
	if o.RouteTimeout == 0 {
		o.RouteTimeout = 15 * time.Second
	}
	return o
}

func (p *Proxy) start(ctx context.Context) error {
	canaries := map[string]bool{}
	for i := range p.chain {
		plugin := &p.chain[i]
		if key := plugin.vmKey() + plugin.pluginKey(); !canaries[key] {
			canaries[key] = true
			if err := p.canary(ctx, plugin); err != nil {
				return err
			}
		}
		if err := p.install(ctx, MainWorker, plugin, &p.mainHandles); err != nil {
			return err
		}
	}
	// Workers start once the main thread has everything.
	for worker := range p.handles {
		for i := range p.chain {
			if err := p.install(ctx, worker, &p.chain[i], &p.handles[worker]); err != nil {
				return err
			}
		}
	}
	return nil
}

// install adds a plugin to those of a thread. One that is in the chain twice
// with the same configuration has one root context.
func (p *Proxy) install(ctx context.Context, worker int, plugin *Plugin, handles *[]*pluginHandle) error {
	for _, h := range *handles {
		if h.plugin.vmKey() == plugin.vmKey() && h.plugin.pluginKey() == plugin.pluginKey() {
			*handles = append(*handles, h)
			return nil
		}
	}
	h := &pluginHandle{proxy: p, worker: worker, plugin: plugin, loaded: p.clock.now}
	if err := h.load(ctx); err != nil {
		return err
	}
	*handles = append(*handles, h)
	return nil
}

// canary tries a configuration in a VM of its own, which is then thrown away.
func (p *Proxy) canary(ctx context.Context, plugin *Plugin) error {
	v, err := p.newVM(ctx, CanaryWorker, plugin)
	if err != nil {
		return err
	}
	_, err = p.configure(ctx, v, plugin)
	for _, t := range v.timers {
		t.due.cancel()
	}
	for _, c := range v.contexts {
		c.cancelCallouts()
	}
	v.failed = true
	p.vms = slices.DeleteFunc(p.vms, func(x *vm) bool { return x == v })
	return errors.Join(err, v.mod.Close(ctx))
}

// cancelCallouts forgets the callouts of a root context.
func (c *wasmContext) cancelCallouts() {
	for _, call := range c.httpCalls {
		call.due.cancel()
	}
	for _, call := range c.grpcCalls {
		call.due.cancel()
	}
}

// configure makes a plugin's root context in a VM.
func (p *Proxy) configure(ctx context.Context, v *vm, plugin *Plugin) (*wasmContext, error) {
	logs, failures := p.logMark(plugin), len(p.failures)
	refused := func(callback string) error {
		e := &ConfigurationError{Plugin: plugin.label(), Callback: callback, Logs: slices.Clone(p.logs[logs:])}
		if len(p.failures) > failures {
			e.Failure = &p.failures[len(p.failures)-1]
		} else if v.failed && len(p.failures) > 0 {
			e.Failure = &p.failures[len(p.failures)-1]
		}
		if e.Failure != nil {
			e.Callback = e.Failure.Callback
		}
		return e
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if v.failed {
		return nil, refused("_initialize")
	}
	v.starting = true
	defer func() { v.starting = false }()
	root := v.newContext(nil, plugin)
	v.roots[plugin.pluginKey()] = root

	root.configuring = plugin
	root.created = true
	v.call(ctx, root, "proxy_on_context_create", uint64(root.id), 0)
	root.configuring = nil
	started, called := uint64(1), false
	if v.fns["proxy_on_vm_start"] != nil {
		started, called = v.call(ctx, root, "proxy_on_vm_start", uint64(root.id), uint64(len(plugin.VMConfiguration)))
	}
	v.runAfterCall()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if v.failed || called && started == 0 {
		return nil, refused("proxy_on_vm_start")
	}
	root.configuring = plugin
	configured, called := root.callback("proxy_on_configure", uint64(root.id), uint64(len(plugin.Configuration)))
	root.configuring = nil
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if v.failed || called && configured == 0 {
		return nil, refused("proxy_on_configure")
	}
	return root, nil
}

// logMark is where the lines of a plugin that is about to be configured begin:
// those of its VM's initialisation are the last before.
func (p *Proxy) logMark(plugin *Plugin) int {
	mark := len(p.logs)
	for mark > 0 && p.logs[mark-1].Plugin == plugin.label() && p.logs[mark-1].Worker == CanaryWorker {
		mark--
	}
	return mark
}

// pluginHandle is a plugin on a worker.
type pluginHandle struct {
	proxy  *Proxy
	worker int
	plugin *Plugin
	root   *wasmContext
	loaded time.Time
}

// load makes the plugin's root context in the VM it shares on its worker.
func (h *pluginHandle) load(ctx context.Context) error {
	p := h.proxy
	id := workerVM{h.worker, h.plugin.vmKey()}
	v := p.workerVMs[id]
	if v == nil {
		var err error
		if v, err = p.newVM(ctx, h.worker, h.plugin); err != nil {
			return err
		}
		if !v.failed {
			p.workerVMs[id] = v
		}
	}
	root, err := p.configure(ctx, v, h.plugin)
	if err != nil {
		return err
	}
	h.root = root
	return nil
}

// newStream makes the context of a stream; nil where the plugin is passed by.
func (h *pluginHandle) newStream(s *stream) *wasmContext {
	p := h.proxy
	if h.root.broken() && h.plugin.FailurePolicy == FailReload && p.clock.now.Sub(h.loaded) >= h.plugin.reloadBackoff() {
		h.loaded = p.clock.now
		// A plugin that cannot be loaded again stays broken; its lines are in
		// the log.
		_ = h.load(p.ctx)
	}
	var c *wasmContext
	switch {
	case !h.root.broken():
		c = h.root.vm.newContext(h.root, h.plugin)
	case h.plugin.FailurePolicy == FailOpen || h.plugin.FailurePolicy == FailOpenAlways:
		return nil
	default:
		c = &wasmContext{plugin: h.plugin}
		c.root = c
	}
	c.stream = s
	return c
}

// maxEventsAtOnce bounds what may happen without time going on: two plugins may
// keep each other busy for ever through a queue.
const maxEventsAtOnce = 100_000

var errNoProgress = fmt.Errorf("harness: more than %d events at one time, want time to go on", maxEventsAtOnce)

// runUntil runs what is due until the time given, which it then is.
func (p *Proxy) runUntil(ctx context.Context, until time.Time) error {
	p.ctx = ctx
	at, count := p.clock.now, 0
	for p.clock.step(until) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if count++; p.clock.now.After(at) {
			at, count = p.clock.now, 0
		} else if count > maxEventsAtOnce {
			return errNoProgress
		}
	}
	if until.After(p.clock.now) {
		p.clock.now = until
	}
	return nil
}

// Exchange runs one exchange through the chain on a worker, from 0, until the
// stream is gone. An x.At later than the clock moves the clock forward first
// and runs what was due until then; an earlier one is taken as now. What goes
// wrong in the proxied exchange is in the Result; the error is for a worker
// that does not exist, a request without headers, or ctx done.
func (p *Proxy) Exchange(ctx context.Context, worker int, x Exchange) (Result, error) {
	if worker < 0 || worker >= len(p.handles) {
		return Result{}, fmt.Errorf("harness: worker %d, want 0 to %d", worker, len(p.handles)-1)
	}
	if len(x.Request.Headers) == 0 {
		return Result{}, fmt.Errorf("harness: exchange %q: request without headers", x.Name)
	}
	if err := p.runUntil(ctx, x.At); err != nil {
		return Result{}, err
	}
	logs, failures := len(p.logs), len(p.failures)
	s := p.begin(worker, x)
	at, count := p.clock.now, 0
	for !s.done && p.clock.stepAny() {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		if count++; p.clock.now.After(at) {
			at, count = p.clock.now, 0
		} else if count > maxEventsAtOnce {
			return Result{}, errNoProgress
		}
	}
	if err := p.runUntil(ctx, p.clock.now); err != nil {
		return Result{}, err
	}
	s.result.Logs = slices.Clone(p.logs[logs:])
	s.result.Failures = slices.Clone(p.failures[failures:])
	return s.result, nil
}

// Advance moves the clock forward by d and runs the timers and callouts that
// fall due.
func (p *Proxy) Advance(ctx context.Context, d time.Duration) error {
	return p.runUntil(ctx, p.clock.now.Add(max(d, 0)))
}

// Now returns the virtual time.
func (p *Proxy) Now() time.Time { return p.clock.now }

// Metric is the value of one metric.
type Metric struct {
	// Type is "counter", "gauge" or "histogram".
	Type string
	// Value is the value of a counter or gauge.
	Value uint64
	// Samples are what a histogram recorded, in order.
	Samples []uint64
}

// Metrics returns the metrics defined so far by the name the plugin gave them
// (Envoy's statistics put "wasmcustom." before it), over all workers.
func (p *Proxy) Metrics() map[string]Metric {
	all := map[string]Metric{}
	for _, metrics := range p.metrics.byName {
		for name, m := range metrics {
			all[name] = Metric{Type: m.Type, Value: m.Value, Samples: slices.Clone(m.Samples)}
		}
	}
	return all
}

func (p *Proxy) log(entry LogEntry) {
	if entry.Level < p.opts.LogLevel {
		return
	}
	entry.At = p.clock.now
	p.logs = append(p.logs, entry)
	if p.opts.Log != nil {
		p.opts.Log(entry)
	}
}

// Logs returns every line since Start, those of the canary VMs included.
func (p *Proxy) Logs() []LogEntry { return slices.Clone(p.logs) }

// Failures returns every VM failure since Start.
func (p *Proxy) Failures() []Failure { return slices.Clone(p.failures) }

// SharedData returns a value of shared data and whether it is set, for tests
// of a plugin.
func (p *Proxy) SharedData(vmID, key string) ([]byte, bool) {
	value, s := p.shared.get(vmID, key)
	return slices.Clone(value.data), s == statusOK
}

// closingTime is how long, on the virtual clock, plugins that are not done at
// the end may go on.
const closingTime = time.Minute

// Close ends the plugins (proxy_on_done, proxy_on_delete of the root contexts)
// and frees their memory. The lines they write at the end are in [Proxy.Logs].
func (p *Proxy) Close(ctx context.Context) error {
	p.ctx = ctx
	// Workers first, the main thread last.
	vms := slices.Clone(p.vms)
	slices.SortStableFunc(vms, func(a, b *vm) int {
		return int(flag(a.worker == MainWorker)) - int(flag(b.worker == MainWorker))
	})
	for _, v := range vms {
		for _, key := range slices.Sorted(maps.Keys(v.roots)) {
			root := v.roots[key]
			if done, called := root.callback("proxy_on_done", uint64(root.id)); called && done == 0 {
				v.pendingDone[key] = root
				continue
			}
			root.callback("proxy_on_delete", uint64(root.id))
		}
	}
	until := p.clock.now.Add(closingTime)
	for p.anyPending() && ctx.Err() == nil && p.clock.step(until) {
	}
	return p.free(ctx)
}

func (p *Proxy) anyPending() bool {
	for _, v := range p.vms {
		if len(v.pendingDone) > 0 && !v.failed {
			return true
		}
	}
	return false
}

func (p *Proxy) free(ctx context.Context) error {
	var err error
	for _, v := range p.vms {
		err = errors.Join(err, v.mod.Close(ctx))
	}
	for _, m := range p.modules {
		err = errors.Join(err, p.engine.release(ctx, m))
	}
	p.vms, p.modules = nil, nil
	return err
}
