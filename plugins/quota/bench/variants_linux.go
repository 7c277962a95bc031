package main

import (
	"context"
	"fmt"

	"gatehouse/harness/envoy/bench"
	"gatehouse/plugins/quota/ratelimittest"
)

// limits is the service's configuration. The plugin tells it its own limits, and
// so needs only the domain.
const limits = `domain: gatehouse
descriptors:
  - key: client
    rate_limit: {unit: second, requests_per_unit: 1000000}
  - key: few
    rate_limit: {unit: year, requests_per_unit: 100}
`

// identity is about what jwt-audience hands on, of the client that the request
// names in a header.
const identity = `{"iss":"https://idp.example.com","sub":"auth0|5b6c0f2e7d0f4a4300000001","client_id":"%REQ(x-client)%",` +
	`"aud":["orders-api"],"exp":2740176000,"iat":1793491200,"scope":"orders:read orders:write profile"}`

// few is the limit of checks: so many requests of a client, and no more in the
// time that a check takes.
const few = 100

// variant is one way to limit.
type variant struct {
	name string
	// filters are those with a limit that is never reached, or with few.
	filters func(limited bool) []any
	actions func(limited bool) [][]map[string]any
	// limits tells whether it refuses anything, asks whether it asks the service.
	limits, asks bool
	size         int64 // of its module, in bytes
}

// Names of variants that are compared.
const (
	noFilter      = "no filter"
	floor         = "floor (no SDK, by hand)"
	localFilter   = "local_ratelimit"
	globalFilter  = "ratelimit"
	quotaLocal    = "quota, local"
	quotaLease    = "quota, global by lease"
	quotaEachTime = "quota, global per request"
)

// rate is a limit of the plugin, never reached or of few.
func rate(limited bool) string {
	if limited {
		return fmt.Sprintf(`{"requests":%d,"per":"1h","burst":%d}`, few, few)
	}
	return `{"requests":1000000,"per":"1s","burst":1000000}`
}

// local is a configuration of the plugin that counts in the proxy.
func local(limited bool) string {
	return `{"limits":[{"name":"per-client","key":["claim:client_id"],"rate":` + rate(limited) + `}]}`
}

// global is one that has the service count. It waits as long as Envoy's filter.
func global(limited bool, mode string) string {
	requests, per := 1000000, "1s"
	if limited {
		requests, per = few, "1h"
	}
	// A name of its own, because counters at the service are told apart by it.
	return fmt.Sprintf(`{"limits":[{"name":"per-client-%t","key":["claim:client_id"],"rate":{"requests":%d,"per":%q},"global":true}],`+
		`"global":{"cluster":%q,"domain":"gatehouse",%s,"on_error":"deny","timeout":"1s"}}`, limited, requests, per, ratelimittest.Cluster, mode)
}

// dynamic is local_ratelimit with a bucket for each client.
func dynamic(limited bool) []any {
	tokens, interval := 1000000, "1s"
	if limited {
		tokens, interval = few, "3600s"
	}
	return []any{ratelimittest.LocalRateLimit(1000000, "1s", map[string]any{
		"descriptors": []any{map[string]any{
			"entries":      []any{map[string]any{"key": "client"}},
			"token_bucket": map[string]any{"max_tokens": tokens, "tokens_per_fill": tokens, "fill_interval": interval},
		}},
		"max_dynamic_descriptors": 65536,
	})}
}

// byHeader takes the client for a descriptor.
func byHeader(key string) [][]map[string]any {
	return [][]map[string]any{{ratelimittest.Header("x-client", key)}}
}

// build makes the modules.
func build(ctx context.Context, dir string, o *options) ([]variant, error) {
	least, err := bench.Floor(ctx, dir)
	if err != nil {
		return nil, err
	}
	variants := []variant{
		{name: noFilter},
		{
			name: floor, size: least.Size,
			filters: func(bool) []any { return []any{ratelimittest.Wasm("floor", least.Path, "")} },
		},
		{
			name: localFilter, limits: true, filters: dynamic,
			actions: func(bool) [][]map[string]any { return byHeader("client") },
		},
		{
			name: globalFilter, limits: true, asks: true,
			filters: func(bool) []any {
				return []any{ratelimittest.RateLimit("gatehouse", map[string]any{"failure_mode_deny": true, "timeout": "1s"})}
			},
			actions: func(limited bool) [][]map[string]any {
				if limited {
					return byHeader("few")
				}
				return byHeader("client")
			},
		},
	}
	if o.peers {
		return variants, nil
	}
	plugin, err := bench.Compile(ctx, dir, "gatehouse/plugins/quota/wasm")
	if err != nil {
		return nil, err
	}
	quota := func(name string, asks bool, configuration func(limited bool) string) variant {
		return variant{name: name, limits: true, asks: asks, size: plugin.Size, filters: func(limited bool) []any {
			return []any{ratelimittest.Wasm("quota", plugin.Path, configuration(limited))}
		}}
	}
	return append(variants,
		quota(quotaLocal, false, local),
		quota(quotaLease, true, func(limited bool) string { return global(limited, `"lease":{"target":"200ms"}`) }),
		quota(quotaEachTime, true, func(limited bool) string { return global(limited, `"per_request":true`) }),
	), nil
}

// envoy is the configuration of a variant's Envoy. Each has the identity in front,
// which only the plugin reads. Nothing stands between it and the service.
func (v *variant) envoy(service *ratelimittest.Stack, limited bool) ratelimittest.EnvoyConfig {
	c := ratelimittest.EnvoyConfig{
		Filters:  []any{ratelimittest.Identity(identity)},
		Clusters: map[string]string{ratelimittest.Cluster: service.Direct()},
	}
	if v.filters != nil {
		c.Filters = append(c.Filters, v.filters(limited)...)
	}
	if v.actions != nil {
		c.Actions = v.actions(limited)
	}
	return c
}
