package main

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/harness/envoy/bench"
	"gatehouse/plugins/internal/jose/josetest"
)

// plugin is one of the five in a gateway's chain.
type plugin struct{ name, command, configuration string }

// provider is who signs tokens.
var provider = josetest.New("ES256", "bench")

// chain are the plugins in their order. No limit of theirs is reached.
var chain = []plugin{
	{"waf", "gatehouse/plugins/waf/wasm", `{"hold_headers":true,"crs":{"paranoia_level":1}}`},
	{"jwt-audience", "gatehouse/plugins/jwtaudience/wasm", `{"issuers":[{"issuer":"https://idp.example.com","audiences":["orders-api"],` +
		`"algorithms":["ES256"],"max_lifetime":"24h","jwks":` + josetest.Set(provider) + `}]}`},
	{"scope", "gatehouse/plugins/scope/wasm", `{"hierarchy":{"orders:write":["orders:read"]},"routes":[` +
		`{"match":{"methods":["GET"],"path":{"template":"/orders/{id}"}},"all_of":["orders:read"]},` +
		`{"match":{"methods":["POST"],"path":{"exact":"/orders"}},"all_of":["orders:write"]}]}`},
	{"quota", "gatehouse/plugins/quota/wasm", `{"limits":[{"name":"client","key":["client_id"],"rate":{"requests":1000000,"per":"1s","burst":1000000}}]}`},
	{"redact", "gatehouse/plugins/redact/wasm", `{"profile":["pci","gdpr"]}`},
}

// pipelined is the name of the variant that is a pipeline.
const pipelined = "a pipeline"

// variant is one way to run the plugins.
type variant struct {
	name    string
	modules []bench.Module
	filters []bench.Filter
	// settings are of Envoy's bootstrap.
	settings map[string]any
}

// release has Envoy's allocator give freed memory back, most of which V8's compiler used.
var release = map[string]any{"memory_allocator_manager": map[string]any{"bytes_to_release": 100 << 20, "memory_release_interval": "1s"}}

func makeVariants(ctx context.Context, dir string, o *options) ([]*variant, error) {
	none, one, five := &variant{name: "no filter"}, &variant{name: "one module, one VM"}, &variant{name: "five modules, five VMs"}
	pipeline := &variant{name: pipelined}
	module, err := bench.Stat(o.module)
	if o.module == "" {
		module, err = bench.Compile(ctx, dir, "gatehouse/plugins/gatehouse/wasm")
	}
	if err != nil {
		return nil, err
	}
	one.modules = []bench.Module{module}
	for _, p := range chain {
		one.filters = append(one.filters, p.attach(module, "gatehouse"))
	}
	pipeline.modules = one.modules
	var stages []string
	for _, p := range chain {
		stages = append(stages, fmt.Sprintf(`{"plugin":%q,"config":%s}`, p.name, p.configuration))
	}
	together := plugin{"pipeline", "", `{"pipeline":[` + strings.Join(stages, ",") + `]}`}
	pipeline.filters = []bench.Filter{together.attach(module, "")}
	variants := []*variant{none, one, pipeline}
	if o.separate {
		for _, p := range chain {
			module, err := bench.Compile(ctx, dir, p.command)
			if err != nil {
				return nil, err
			}
			five.modules = append(five.modules, module)
			five.filters = append(five.filters, p.attach(module, ""))
		}
		variants = append(variants, five)
	}
	for _, v := range variants {
		if v == pipeline {
			continue
		}
		given := *v
		given.name, given.settings = v.name+", freed memory given back", release
		variants = append(variants, &given)
	}
	return variants, nil
}

// attach is the plugin as a filter.
func (p *plugin) attach(module bench.Module, vmID string) bench.Filter {
	filter := bench.Wasm(p.name, module, p.configuration)
	config := filter["typed_config"].(map[string]any)["config"].(map[string]any)
	config["vm_config"].(map[string]any)["vm_id"] = vmID
	config["allow_on_headers_stop_iteration"] = p.name == "waf" || p.name == "pipeline"
	return filter
}

// size is that of all modules, in bytes.
func (v *variant) size() (bytes int64) {
	for _, m := range v.modules {
		bytes += m.Size
	}
	return bytes
}
