package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/waf/waftest"
)

// plugin is a variant in Envoy.
type plugin struct {
	name string
	// module is the path of its file, "" for no filter.
	module string
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

// compile builds a command as a plugin.
func compile(ctx context.Context, dir, command string, flags ...string) (string, error) {
	module := filepath.Join(dir, filepath.Base(command)+".wasm")
	args := append([]string{"build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", module}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, command)...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return module, nil
}

// build makes the modules.
func build(ctx context.Context, dir string, o *options) ([]plugin, error) {
	waf, err := compile(ctx, dir, "gatehouse/plugins/waf/wasm")
	if err != nil {
		return nil, err
	}
	empty, err := compile(ctx, dir, "gatehouse/plugins/waf/bench/empty")
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
		coraza, err := compile(ctx, dir, "gatehouse/plugins/waf/bench/coraza", "-tags=no_fs_access")
		if err != nil {
			return nil, err
		}
		plugins = append(plugins, plugin{name: "Envoy, Coraza as a plugin", module: coraza, configuration: waftest.Directives(1, true), blocks: true})
	}
	return plugins, nil
}

const bootstrap = `
static_resources:
  listeners:
  - name: ingress
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: /}, route: {cluster: upstream, timeout: 60s}}]
          http_filters:
%s
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - {name: upstream, type: STATIC}
`

const filter = `
          - name: wasm
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: bench
                root_id: %q
                vm_config:
                  runtime: envoy.wasm.runtime.v8
                  code: {local: {filename: %q}}
                configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: %s}
`

// settle is how long a proxy is left alone before its memory is looked at: the
// first seconds go to threads that V8 has compiling.
const settle = 2 * time.Second

// launch starts an Envoy with a plugin and a number of workers.
func launch(ctx context.Context, p plugin, upstream string, workers int) (*envoy.Process, *resources, error) {
	res := &resources{}
	filters := ""
	if p.module != "" {
		info, err := os.Stat(p.module)
		if err != nil {
			return nil, nil, err
		}
		res.size = info.Size()
		configuration, err := json.Marshal(p.configuration) // which YAML reads too
		if err != nil {
			return nil, nil, err
		}
		filters = fmt.Sprintf(filter, "waf", p.module, configuration)
	}
	began := time.Now()
	process, err := envoy.Start(ctx, envoy.Options{
		Bootstrap:   fmt.Appendf(nil, bootstrap, filters),
		Endpoints:   map[string]string{"upstream": upstream},
		Concurrency: workers,
		Timeout:     10 * time.Minute,
	})
	if err != nil {
		return nil, nil, err
	}
	res.ready = time.Since(began)
	if res.readyCPU, err = load.ProcessorTime(process.PID()); err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(settle):
			res.idle, err = process.Memory()
		}
	}
	if err != nil {
		process.Stop()
		return nil, nil, err
	}
	res.loadedBytes = process.Memory
	return process, res, nil
}

// startEnvoy starts an Envoy with one worker, after it has looked at one with two.
func startEnvoy(ctx context.Context, p plugin, upstream string, o *options) (*run, error) {
	second, two, err := launch(ctx, p, upstream, 2)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	second.Stop()
	process, one, err := launch(ctx, p, upstream, 1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	target, err := newProxy(ctx, process.PID(), process.Address("ingress"), process.Stop)
	if err != nil {
		process.Stop()
		return nil, err
	}
	one.second = two
	r := &run{name: p.name, target: target, blocks: p.blocks, resources: one}
	if p.module != "" {
		r.base = noFilter
	}
	return r, nil
}
