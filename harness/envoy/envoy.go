// Package envoy starts a real Envoy on the loopback interface and speaks to it
// byte for byte: it is what the harness is compared with. It knows Envoy's
// command line and bootstrap, nothing of plugins.
//
// Every process started here ends with the process that started it, also when
// that one is killed.
package envoy

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/yaml"
)

// Version is the Envoy release that everything here is measured against.
const Version = "1.40.0"

// binary is where `make envoy` puts Envoy below the repository's root.
const binary = ".cache/envoy/bin/envoy"

// Find returns the path of Envoy: the ENVOY variable of the environment if it is
// set, else the binary that `make envoy` fetched into .cache of this folder or
// one above it. The error names the command that helps.
func Find() (string, error) {
	if path := os.Getenv("ENVOY"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("envoy: ENVOY=%s: %w", path, err)
		}
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, filepath.FromSlash(binary))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("envoy: no " + binary + " here or above: run `make envoy`, or set ENVOY to an Envoy " + Version + " binary")
		}
		dir = parent
	}
}

// Options configure Start.
type Options struct {
	// Bootstrap is Envoy's bootstrap configuration in YAML or JSON. Listeners and
	// the admin interface are moved to free ports of the loopback interface.
	// Required.
	Bootstrap []byte
	// Endpoints gives clusters of the bootstrap, by name, the one address
	// ("127.0.0.1:port") they have instead of their own. A cluster named here that
	// the bootstrap lacks is an error.
	Endpoints map[string]string
	// Replace maps scalar strings of the bootstrap to what stands in their place,
	// for example the name of a file. One that does not occur is an error.
	Replace map[string]string
	// Plugins are put into the Wasm filters of the bootstrap, in the order in
	// which those stand there. There must be as many as filters; nil leaves all as
	// they are.
	Plugins []Plugin
	// AccessLog, if set, is a format that every HTTP connection manager writes a
	// line in to the standard output when a stream ends. Envoy keeps such lines for
	// some seconds; Stop has it write them all.
	AccessLog string
	// Concurrency is the number of worker threads. Default 1.
	Concurrency int
	// LogLevel is Envoy's --log-level. Default "warning".
	LogLevel string
	// ComponentLogLevel is Envoy's --component-log-level, such as "wasm:debug".
	ComponentLogLevel string
	// Dir is the folder that relative file names of the bootstrap start from.
	// Default: the current one.
	Dir string
	// Args are further arguments of Envoy's command line.
	Args []string
	// Timeout bounds the wait for Envoy to be ready. Default 3 minutes: a busy machine compiles several plugins in that time.
	Timeout time.Duration
}

// Plugin says what a Wasm filter of a bootstrap runs.
type Plugin struct {
	// Wasm is the path of the module's file.
	Wasm string
	// Configuration is the plugin configuration, handed to the plugin as it is.
	Configuration []byte
}

// Process is a running Envoy. Stop it.
type Process struct {
	cmd       *exec.Cmd
	dir       string
	admin     string
	listeners map[string]string
	done      chan struct{}
	waitErr   error

	mu    sync.Mutex
	lines []string
}

// Start starts Envoy and returns when it is ready to serve. If Envoy refuses its
// configuration the error carries what it printed.
func Start(ctx context.Context, o Options) (*Process, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	if o.Concurrency == 0 {
		o.Concurrency = 1
	}
	if o.LogLevel == "" {
		o.LogLevel = "warning"
	}
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Minute
	}
	dir, err := os.MkdirTemp("", "gatehouse-envoy-")
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, done: make(chan struct{})}
	if err := p.start(ctx, path, o); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Process) start(ctx context.Context, path string, o Options) error {
	bootstrap, err := onLoopback(o)
	if err != nil {
		close(p.done)
		return err
	}
	config := filepath.Join(p.dir, "bootstrap.json")
	if err := os.WriteFile(config, bootstrap, 0o600); err != nil {
		close(p.done)
		return err
	}
	adminFile := filepath.Join(p.dir, "admin")
	args := []string{
		"-c", config, "--use-dynamic-base-id", "--concurrency", strconv.Itoa(o.Concurrency),
		"--admin-address-path", adminFile, "--log-level", o.LogLevel,
		// Lines of a plugin arrive whole and with their level in front.
		"--log-format", "[%l][%n] %v",
	}
	if o.ComponentLogLevel != "" {
		args = append(args, "--component-log-level", o.ComponentLogLevel)
	}
	p.cmd = exec.Command(path, append(args, o.Args...)...)
	p.cmd.Dir = o.Dir
	endWithParent(p.cmd)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		close(p.done)
		return err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		close(p.done)
		return err
	}
	started := make(chan error)
	go func() {
		defer close(p.done)
		// The signal that ends Envoy with its parent is bound to the thread.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		var pipes sync.WaitGroup
		pipes.Add(2)
		go p.collect(stderr, &pipes)
		go p.collect(stdout, &pipes)
		pipes.Wait()
		p.waitErr = p.cmd.Wait()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("envoy: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	for {
		if p.ready(ctx, adminFile) {
			return p.listen()
		}
		select {
		case <-p.done:
			return fmt.Errorf("envoy: exited before it was ready (%v):\n%s", p.waitErr, p.Output())
		case <-ctx.Done():
			return fmt.Errorf("envoy: not ready after %v:\n%s", o.Timeout, p.Output())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *Process) collect(r io.Reader, done *sync.WaitGroup) {
	defer done.Done()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, s.Text())
		p.mu.Unlock()
	}
	// A line over the bound must not block Envoy's writes.
	io.Copy(io.Discard, r)
}

func (p *Process) ready(ctx context.Context, adminFile string) bool {
	address, err := os.ReadFile(adminFile)
	if err != nil || len(address) == 0 {
		return false
	}
	p.admin = string(address)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+"/ready", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// listen asks Envoy for the ports its listeners got.
func (p *Process) listen() error {
	answer, err := p.Admin(http.MethodGet, "/listeners?format=json")
	if err != nil {
		return err
	}
	var status struct {
		Listeners []struct {
			Name    string `json:"name"`
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(answer, &status); err != nil {
		return fmt.Errorf("envoy: listeners: %w", err)
	}
	p.listeners = make(map[string]string)
	for _, l := range status.Listeners {
		p.listeners[l.Name] = fmt.Sprintf("%s:%d", l.Address.Socket.Address, l.Address.Socket.Port)
	}
	return nil
}

// Address returns "127.0.0.1:port" of the listener with that name, "" if Envoy
// has none.
func (p *Process) Address(listener string) string { return p.listeners[listener] }

// PID is Envoy's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Admin calls Envoy's administration interface and returns the body. A status
// other than 200 is an error.
func (p *Process) Admin(method, path string) ([]byte, error) {
	return Administration(p.admin).Call(method, path)
}

// Stats returns the counters and gauges whose names contain filter, a regular
// expression as Envoy reads it.
func (p *Process) Stats(filter string) (map[string]uint64, error) {
	return Administration(p.admin).Stats(filter)
}

// Lines returns what Envoy has printed so far, a line each, in the form
// "[level][logger] text".
func (p *Process) Lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// LinesFrom is Lines without the first n.
func (p *Process) LinesFrom(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines[min(n, len(p.lines)):]...)
}

// Output is Lines as one text.
func (p *Process) Output() string { return strings.Join(p.Lines(), "\n") }

// Exited is closed when Envoy has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Stop ends Envoy and waits until it is gone. It may be called more than once.
func (p *Process) Stop() {
	if p.cmd != nil && p.cmd.Process != nil {
		p.cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.done:
		case <-time.After(5 * time.Second):
			p.cmd.Process.Kill()
		}
	}
	<-p.done
	os.RemoveAll(p.dir)
}

// onLoopback returns the bootstrap as JSON with every listener and the admin
// interface on a free port, and the endpoints and strings of o in place.
func onLoopback(o Options) ([]byte, error) {
	var bootstrap map[string]any
	if err := yaml.Unmarshal(o.Bootstrap, &bootstrap); err != nil {
		return nil, fmt.Errorf("envoy: bootstrap: %w", err)
	}
	bootstrap["admin"] = map[string]any{"address": socketAddress("127.0.0.1", 0)}
	resources, _ := bootstrap["static_resources"].(map[string]any)
	listeners, _ := resources["listeners"].([]any)
	for _, l := range listeners {
		l, _ := l.(map[string]any)
		l["address"] = socketAddress("127.0.0.1", 0)
	}
	clusters, _ := resources["clusters"].([]any)
	found := 0
	for _, c := range clusters {
		c, _ := c.(map[string]any)
		name, _ := c["name"].(string)
		address, ok := o.Endpoints[name]
		if !ok {
			continue
		}
		found++
		host, port, ok := strings.Cut(address, ":")
		n, err := strconv.Atoi(port)
		if !ok || err != nil {
			return nil, fmt.Errorf("envoy: endpoints: cluster %s: %q, want host:port", name, address)
		}
		c["load_assignment"] = map[string]any{
			"cluster_name": name,
			"endpoints": []any{map[string]any{"lb_endpoints": []any{map[string]any{
				"endpoint": map[string]any{"address": socketAddress(host, n)}}}}},
		}
	}
	if found != len(o.Endpoints) {
		return nil, fmt.Errorf("envoy: endpoints: %d clusters of the bootstrap named, want %d", found, len(o.Endpoints))
	}
	if o.Plugins != nil {
		filters := configs(bootstrap, wasmType, nil)
		if len(filters) != len(o.Plugins) {
			return nil, fmt.Errorf("envoy: plugins: %d Wasm filters in the bootstrap, want %d", len(filters), len(o.Plugins))
		}
		for i, plugin := range o.Plugins {
			path, err := filepath.Abs(plugin.Wasm)
			if err != nil {
				return nil, err
			}
			config, _ := filters[i]["config"].(map[string]any)
			vm, _ := config["vm_config"].(map[string]any)
			if vm == nil {
				return nil, fmt.Errorf("envoy: plugins: Wasm filter %d of the bootstrap: no vm_config", i)
			}
			vm["code"] = map[string]any{"local": map[string]any{"filename": path}}
			config["configuration"] = map[string]any{
				"@type": "type.googleapis.com/google.protobuf.StringValue",
				"value": string(plugin.Configuration),
			}
		}
	}
	if o.AccessLog != "" {
		for _, manager := range configs(bootstrap, managerType, nil) {
			logs, _ := manager["access_log"].([]any)
			manager["access_log"] = append(logs, map[string]any{
				"name": "stdout",
				"typed_config": map[string]any{
					"@type":      "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
					"log_format": map[string]any{"text_format_source": map[string]any{"inline_string": o.AccessLog + "\n"}},
				},
			})
		}
	}
	seen := make(map[string]bool)
	replaced := replace(bootstrap, o.Replace, seen)
	for from := range o.Replace {
		if !seen[from] {
			return nil, fmt.Errorf("envoy: replace: %q is not in the bootstrap", from)
		}
	}
	return json.Marshal(replaced)
}

func socketAddress(host string, port int) map[string]any {
	return map[string]any{"socket_address": map[string]any{"address": host, "port_value": port}}
}

// Types of the typed_config of filters.
const (
	wasmType    = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
	managerType = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)

// configs appends the messages of a type below v, in the order of the lists they
// stand in.
func configs(v any, typeURL string, found []map[string]any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		if v["@type"] == typeURL {
			found = append(found, v)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = configs(v[key], typeURL, found)
		}
	case []any:
		for _, item := range v {
			found = configs(item, typeURL, found)
		}
	}
	return found
}

// replace returns v with the scalar strings in by exchanged, and notes in seen
// which of them occurred.
func replace(v any, by map[string]string, seen map[string]bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = replace(v[k], by, seen)
		}
	case []any:
		for i := range v {
			v[i] = replace(v[i], by, seen)
		}
	case string:
		if to, ok := by[v]; ok {
			seen[v] = true
			return to
		}
	}
	return v
}
