package harness

import (
	"context"
	"errors"
	"time"
)

// Proxy is a chain of plugins, started. It is not safe for use by several
// goroutines at a time: worker threads are simulated, not run.
type Proxy struct{}

// Start loads the plugins, configures each in a canary VM and then on every
// worker, as Envoy does. The error is a [*ModuleError], a
// [*ConfigurationError], or one of the context or the compilation cache.
func Start(ctx context.Context, chain []Plugin, opts Options) (*Proxy, error) {
	return nil, errors.New("harness: not there yet")
}

// Exchange runs one exchange through the chain on a worker, from 0, until the
// stream is gone. An x.At later than the clock moves the clock forward first
// and runs what was due until then; an earlier one is taken as now. What goes
// wrong in the proxied exchange is in the Result; the error is for a worker
// that does not exist, a request without headers, or ctx done.
func (p *Proxy) Exchange(ctx context.Context, worker int, x Exchange) (Result, error) {
	return Result{}, errors.New("harness: not there yet")
}

// Advance moves the clock forward by d and runs the timers and callouts that
// fall due.
func (p *Proxy) Advance(ctx context.Context, d time.Duration) error { return nil }

// Now returns the virtual time.
func (p *Proxy) Now() time.Time { return time.Time{} }

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
func (p *Proxy) Metrics() map[string]Metric { return nil }

// Logs returns every line since Start, those of the canary VMs included.
func (p *Proxy) Logs() []LogEntry { return nil }

// Failures returns every VM failure since Start.
func (p *Proxy) Failures() []Failure { return nil }

// SharedData returns a value of shared data and whether it is set, for tests
// of a plugin.
func (p *Proxy) SharedData(vmID, key string) ([]byte, bool) { return nil, false }

// Close ends the plugins (proxy_on_done, proxy_on_delete of the root contexts)
// and frees their memory. It returns the lines they wrote at the end in
// [Proxy.Logs].
func (p *Proxy) Close(ctx context.Context) error { return nil }
