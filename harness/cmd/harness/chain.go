package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

// chainFlags are the flags that say which plugins run, and in what proxy. They
// are the same for every command that starts plugins.
type chainFlags struct {
	plugins, configs, vmConfigs []string
	rootIDs, vmIDs              []string
	failOpen, onHeadersStop     bool
	acceptHTTP10                bool
	callouts                    string
	properties, upgrades        []string
	cacheDir                    string
	deadline                    time.Duration
}

func (f *chainFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.plugins, "plugin", nil, "plugin `FILE.wasm`; several make a chain in this order. Required")
	flags.StringArrayVar(&f.configs, "config", nil, "configuration `FILE`; the first for the first plugin and so on, \"\" for none")
	flags.StringArrayVar(&f.vmConfigs, "vm-config", nil, "VM configuration `FILE`, paired like --config")
	flags.StringArrayVar(&f.rootIDs, "root-id", nil, "root `ID`, paired like --config")
	flags.StringArrayVar(&f.vmIDs, "vm-id", nil, "VM `ID`, paired like --config; one alone is for all plugins")
	flags.BoolVar(&f.failOpen, "fail-open", false, "let requests pass by a plugin that broke")
	flags.BoolVar(&f.onHeadersStop, "allow-on-headers-stop-iteration", false, "let body callbacks come while headers are paused (Envoy only, not Istio)")
	flags.StringVar(&f.callouts, "callouts", "", "`FILE` of answers to the plugins' own HTTP and gRPC calls, YAML or JSON")
	flags.StringArrayVar(&f.properties, "property", nil, "attribute `PATH[:TYPE]=VALUE` of every stream, such as source.address=203.0.113.7:4711 or connection.mtls:bool=true")
	flags.BoolVar(&f.acceptHTTP10, "accept-http-10", false, "let HTTP/1.0 pass, as Envoy's accept_http_10; else it is answered 426")
	flags.StringArrayVar(&f.upgrades, "upgrade", nil, "`PROTOCOL` that requests may change to, as Envoy's upgrade_configs; websocket under Istio (default: none)")
	flags.StringVar(&f.cacheDir, "cache-dir", "", "`FOLDER` for compiled plugins, \"off\" for none (default: gatehouse in the user's cache folder)")
	flags.DurationVar(&f.deadline, "deadline", 0, "how long one callback may run before its VM counts as broken (default 5s, and 1m for those that start the plugin)")
}

// chain reads the plugins and their configurations. defaultConfig is the
// configuration of a single plugin that is given none.
func (f *chainFlags) chain(defaultConfig []byte) ([]harness.Plugin, error) {
	if len(f.plugins) == 0 {
		return nil, usagef("no plugin, want --plugin FILE.wasm")
	}
	paired := []struct {
		flag   string
		values []string
		shared bool
	}{
		{"config", f.configs, false}, {"vm-config", f.vmConfigs, false}, {"root-id", f.rootIDs, false}, {"vm-id", f.vmIDs, true},
	}
	for _, p := range paired {
		n := len(p.values)
		if n != 0 && n != len(f.plugins) && !(p.shared && n == 1) {
			return nil, usagef("%d --plugin and %d --%s, want one for each, \"\" for none", len(f.plugins), n, p.flag)
		}
	}
	chain := make([]harness.Plugin, len(f.plugins))
	names := f.names()
	for i, file := range f.plugins {
		p := &chain[i]
		p.Name = names[i]
		p.RootID = nth(f.rootIDs, i)
		p.VMID = nth(f.vmIDs, i)
		if len(f.vmIDs) == 1 {
			p.VMID = f.vmIDs[0]
		}
		p.AllowOnHeadersStopIteration = f.onHeadersStop
		if f.failOpen {
			p.FailurePolicy = harness.FailOpen
		}
		var err error
		if p.Wasm, err = readFile(file); err != nil {
			return nil, err
		}
		if p.Configuration, err = readOptional(nth(f.configs, i)); err != nil {
			return nil, err
		}
		if p.VMConfiguration, err = readOptional(nth(f.vmConfigs, i)); err != nil {
			return nil, err
		}
	}
	if len(chain) == 1 && len(f.configs) == 0 {
		chain[0].Configuration = defaultConfig
	}
	return chain, nil
}

// names are what the plugins go by in logs: the names of their files, numbered
// where two have the same.
func (f *chainFlags) names() []string {
	names := make([]string, len(f.plugins))
	seen := map[string]int{}
	for i, file := range f.plugins {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, seen[name])
		}
		names[i] = name
	}
	return names
}

// nth is the value paired with the i-th plugin, "" for none.
func nth(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// options are the proxy's. recorded are callouts that a recording brings along.
func (f *chainFlags) options(recorded *traffic.Callouts) (harness.Options, error) {
	opts := harness.Options{CacheDir: f.cacheDir, Deadline: f.deadline, Upgrades: f.upgrades, AcceptHTTP10: f.acceptHTTP10}
	if f.deadline < 0 {
		return opts, usagef("--deadline %s, want more than 0", f.deadline)
	}
	if f.cacheDir != "" && f.cacheDir != "off" {
		if err := os.MkdirAll(f.cacheDir, 0o755); err != nil {
			return opts, fileError(f.cacheDir, err)
		}
	}
	callouts := recorded
	if f.callouts != "" {
		data, err := readFile(f.callouts)
		if err != nil {
			return opts, err
		}
		if callouts, err = traffic.ReadCallouts(f.callouts, data); err != nil {
			return opts, err
		}
	}
	if callouts != nil {
		opts.Clusters, opts.HTTPCallouts, opts.GRPCCallouts = callouts.Clusters, callouts.HTTP, callouts.GRPC
	}
	for _, text := range f.properties {
		key, value, found := strings.Cut(text, "=")
		if !found {
			return opts, usagef("--property %q, want PATH=VALUE", text)
		}
		path, encoded, err := traffic.Property(key, value)
		if err != nil {
			return opts, usagef("--property: %w", err)
		}
		if opts.Properties == nil {
			opts.Properties = map[string][]byte{}
		}
		opts.Properties[path] = encoded
	}
	return opts, nil
}

// readFile reads a file. The error names it and the reason, and leaves the
// system call out.
func readFile(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return data, nil
}

func readOptional(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return readFile(name)
}

// fileError is "FILE: reason", with the exit code of files.
func fileError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &exitError{exitFile, fmt.Errorf("%s: %w", name, err)}
}
