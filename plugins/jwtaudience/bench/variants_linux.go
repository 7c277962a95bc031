package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"gatehouse/harness/envoy/bench"
)

// variant is one way to filter.
type variant struct {
	name    string
	filters []bench.Filter
	// size is that of its modules, in bytes.
	size int64
	// kinds are the traffic that it is measured with.
	kinds []*kind
	// guards tells whether it refuses bad tokens.
	guards bool
}

// Names of variants that are compared.
const (
	noFilter    = "no filter"
	floor       = "floor (no SDK, by hand)"
	cached      = "jwt_authn, token cache"
	uncached    = "jwt_authn"
	jwtAudience = "jwt-audience"
	withScope   = "jwt-audience and scope"
)

// configuration is that of jwt-audience.
func configuration() string {
	return fmt.Sprintf(`{"issuers":[{"issuer":%q,"audiences":[%q],"jwks":%s,"algorithms":["RS256","ES256"]}]}`, issuer, audience, jwks())
}

// scopes is the configuration of scope.
const scopes = `{"routes":[{"match":{"methods":["GET"],"path":{"template":"/orders/{id}"}},"all_of":["orders:read"]},` +
	`{"match":{"methods":["POST"],"path":{"exact":"/orders"}},"any_of":["orders:write","orders:admin"]}]}`

// jwtAuthn is Envoy's own filter with the same provider.
func jwtAuthn(cache bool) bench.Filter {
	provider := map[string]any{
		"issuer":     issuer,
		"audiences":  []string{audience},
		"local_jwks": map[string]any{"inline_string": jwks()},
		"forward":    true,
	}
	if cache {
		provider["jwt_cache_config"] = map[string]any{"jwt_cache_size": 100}
	}
	return bench.Extension("jwt_authn", "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", map[string]any{
		"providers": map[string]any{"idp": provider},
		"rules":     []any{map[string]any{"match": map[string]any{"prefix": "/"}, "requires": map[string]any{"provider_name": "idp"}}},
	})
}

// build makes the modules.
func build(ctx context.Context, dir string, o *options) ([]variant, error) {
	least, err := bench.Floor(ctx, dir)
	if err != nil {
		return nil, err
	}
	plugin, err := bench.Compile(ctx, dir, "gatehouse/plugins/jwtaudience/wasm")
	if err != nil {
		return nil, err
	}
	empty, err := bench.Compile(ctx, dir, "gatehouse/plugins/jwtaudience/bench/empty")
	if err != nil {
		return nil, err
	}
	ours := bench.Wasm("jwt-audience", plugin, configuration())
	variants := []variant{
		{name: noFilter, kinds: kinds},
		{name: floor, filters: []bench.Filter{bench.Wasm("floor", least, "")}, size: least.Size, kinds: []*kind{repeated}},
		{name: cached, filters: []bench.Filter{jwtAuthn(true)}, kinds: []*kind{repeated}, guards: true},
		{name: uncached, filters: []bench.Filter{jwtAuthn(false)}, kinds: kinds, guards: true},
		{name: "the plugin without its engine", filters: []bench.Filter{bench.Wasm("empty", empty, "")}, size: empty.Size, kinds: []*kind{repeated}},
		{name: jwtAudience, filters: []bench.Filter{ours}, size: plugin.Size, kinds: kinds, guards: true},
	}
	if !o.scope {
		return variants, nil
	}
	const command = "gatehouse/plugins/scope/wasm"
	if exec.CommandContext(ctx, "go", "list", command).Run() != nil {
		fmt.Fprintln(os.Stderr, "bench: no", command+": scope is left out")
		return variants, nil
	}
	scope, err := bench.Compile(ctx, dir, command)
	if err != nil {
		return nil, err
	}
	return append(variants, variant{
		name: withScope, filters: []bench.Filter{ours, bench.Wasm("scope", scope, scopes)},
		size: plugin.Size + scope.Size, kinds: []*kind{repeated}, guards: true,
	}), nil
}
