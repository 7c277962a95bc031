package main

import (
	"context"
	"fmt"

	"gatehouse/harness/envoy/bench"
	"gatehouse/plugins/waf/waftest"
)

// plugin is a variant in Envoy.
type plugin struct {
	name string
	// module is the zero one for no filter.
	module bench.Module
	// configuration is the plugin's, as it reads it.
	configuration string
	blocks        bool
}

// Names of variants that others are compared with.
const (
	noFilter    = "Envoy, no filter"
	ours        = "Envoy, waf"
	nginxPlain  = "nginx, no filter"
	modSecurity = "nginx, ModSecurity"
)

// All rules of level 4 are evaluated, those of level 1 block: at level 4 even
// harmless JSON is refused.
const (
	level1 = `{"crs":{"paranoia_level":1}}`
	level4 = `{"crs":{"paranoia_level":1,"detection_paranoia_level":4}}`
)

// build makes the modules.
func build(ctx context.Context, dir string, o *options) ([]plugin, error) {
	waf, err := bench.Compile(ctx, dir, "gatehouse/plugins/waf/wasm")
	if err != nil {
		return nil, err
	}
	empty, err := bench.Compile(ctx, dir, "gatehouse/plugins/waf/bench/empty")
	if err != nil {
		return nil, err
	}
	plugins := []plugin{
		{name: noFilter},
		{name: "Envoy, the plugin without its engine", module: empty},
		{name: ours, module: waf, configuration: level1, blocks: true},
		{name: "Envoy, waf at paranoia level 4", module: waf, configuration: level4, blocks: true},
	}
	if o.coraza {
		coraza, err := bench.Compile(ctx, dir, "gatehouse/plugins/waf/bench/coraza", "-tags=no_fs_access")
		if err != nil {
			return nil, err
		}
		plugins = append(plugins, plugin{name: "Envoy, Coraza as a plugin", module: coraza, configuration: waftest.Directives(1, true), blocks: true})
	}
	return plugins, nil
}

// launch starts an Envoy with a plugin and a number of workers.
func launch(ctx context.Context, p plugin, upstream string, workers int) (*bench.Envoy, error) {
	setup := bench.Setup{Upstream: upstream, Workers: workers}
	if p.module != (bench.Module{}) {
		setup.Filters = []bench.Filter{bench.Wasm("waf", p.module, p.configuration)}
	}
	e, err := bench.Start(ctx, setup)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return e, nil
}

// startEnvoy starts an Envoy with one worker, after it has looked at one with two.
func startEnvoy(ctx context.Context, p plugin, upstream string) (*run, error) {
	two, err := launch(ctx, p, upstream, 2)
	if err != nil {
		return nil, err
	}
	two.Stop()
	one, err := launch(ctx, p, upstream, 1)
	if err != nil {
		return nil, err
	}
	target, err := newProxy(ctx, one.PID(), one.Address(bench.Listener), one.Stop)
	if err != nil {
		one.Stop()
		return nil, err
	}
	res := &resources{
		size: p.module.Size, ready: one.Ready, readyCPU: one.ReadyCPU,
		idle: one.Idle, second: two.Idle, loadedBytes: one.Memory,
	}
	r := &run{name: p.name, target: target, blocks: p.blocks, resources: res}
	if p.module != (bench.Module{}) {
		r.base = noFilter
	}
	return r, nil
}
