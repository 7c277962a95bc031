package bench

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/load"
)

// Filter is an HTTP filter as Envoy's configuration has it.
type Filter map[string]any

// Extension is the filter that a message of Envoy's configures: its type's name
// without "type.googleapis.com/", and its fields.
func Extension(name, message string, fields map[string]any) Filter {
	config := map[string]any{"@type": "type.googleapis.com/" + message}
	for field, value := range fields {
		config[field] = value
	}
	return Filter{"name": name, "typed_config": config}
}

// Wasm is the filter that runs a plugin.
func Wasm(rootID string, module Module, configuration string) Filter {
	return Extension(rootID, "envoy.extensions.filters.http.wasm.v3.Wasm", map[string]any{
		"config": map[string]any{
			"name":    rootID,
			"root_id": rootID,
			"vm_config": map[string]any{
				"runtime": "envoy.wasm.runtime.v8",
				"code":    map[string]any{"local": map[string]any{"filename": module.Path}},
			},
			"configuration": map[string]any{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
		},
	})
}

// Setup is how an Envoy is set up.
type Setup struct {
	// Filters stand before the router.
	Filters []Filter
	// Upstream is the address that requests go to. Empty has Envoy answer 200
	// itself, so that nothing behind it adds noise.
	Upstream string
	// Workers is the number of worker threads. Default 1.
	Workers int
	// Settings are further fields of the bootstrap.
	Settings map[string]any
}

// Listener is the name of the only listener.
const Listener = "ingress"

// Envoy is a running one, and what it took until it was ready. Stop it.
type Envoy struct {
	*envoy.Process
	// Ready is the time from start to ready, ReadyCPU the processor time until then.
	Ready, ReadyCPU time.Duration
	// Idle is its resident memory before the first request, in bytes.
	Idle uint64
}

// Settle is how long a proxy is left alone before its memory is looked at: the
// first seconds go to threads that V8 has compiling, and to what it gives back.
const Settle = 2 * time.Second

// patience is how long an Envoy may take to be ready. V8 compiles before.
const patience = 10 * time.Minute

// Start starts an Envoy and waits until it has come to rest.
func Start(ctx context.Context, s Setup) (*Envoy, error) {
	bootstrap, err := json.Marshal(s.bootstrap()) // which is YAML, too
	if err != nil {
		return nil, err
	}
	options := envoy.Options{Bootstrap: bootstrap, Concurrency: s.Workers, Timeout: patience}
	if s.Upstream != "" {
		options.Endpoints = map[string]string{"upstream": s.Upstream}
	}
	began := time.Now()
	process, err := envoy.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	e := &Envoy{Process: process, Ready: time.Since(began)}
	if err := e.rest(ctx); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Envoy) rest(ctx context.Context) (err error) {
	if e.ReadyCPU, err = load.ProcessorTime(e.PID()); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(Settle):
	}
	e.Idle, err = e.Memory()
	return err
}

// bootstrap is Envoy's configuration.
func (s *Setup) bootstrap() map[string]any {
	filters := append([]Filter(nil), s.Filters...)
	filters = append(filters, Extension("router", "envoy.extensions.filters.http.router.v3.Router", nil))
	route := map[string]any{
		"match":           map[string]any{"prefix": "/"},
		"direct_response": map[string]any{"status": 200, "body": map[string]any{"inline_string": "ok"}},
	}
	resources := map[string]any{}
	if s.Upstream != "" {
		delete(route, "direct_response")
		route["route"] = map[string]any{"cluster": "upstream", "timeout": "60s"}
		resources["clusters"] = []any{map[string]any{"name": "upstream", "type": "STATIC"}}
	}
	manager := Extension("http", "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", map[string]any{
		"stat_prefix": Listener,
		"route_config": map[string]any{"virtual_hosts": []any{map[string]any{
			"name": "all", "domains": []string{"*"}, "routes": []any{route},
		}}},
		"http_filters": filters,
	})
	resources["listeners"] = []any{map[string]any{
		"name":          Listener,
		"filter_chains": []any{map[string]any{"filters": []any{manager}}},
	}}
	bootstrap := map[string]any{"static_resources": resources}
	for field, value := range s.Settings {
		bootstrap[field] = value
	}
	return bootstrap
}

// Added is what a variant cost more than another one in each round. Rounds are
// compared with their own neighbours, which the noise of the machine has met
// alike.
func Added(rounds, base []float64) []float64 {
	added := make([]float64, len(rounds))
	for i := range added {
		added[i] = rounds[i] - base[i]
	}
	return added
}
