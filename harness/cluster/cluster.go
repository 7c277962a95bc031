package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Options configure Start.
type Options struct {
	// Mesh are settings of the mesh in YAML, in the form of Istio's MeshConfig, besides
	// those that every cluster here needs, for example "extensionProviders: […]". Optional.
	Mesh string
	// Environment are variables for istiod, as "NAME=value". They come after the cluster's own and
	// take their place. Optional.
	Environment []string
}

// Cluster is a running control plane. Stop it.
type Cluster struct {
	options  Options
	dir      string
	registry *registry
	etcd     *process
	api      *process
	istiod   *process
	kube     kubernetes
	xds      string // where istiod serves its proxies

	mu      sync.Mutex
	proxies []*Proxy
}

// Start starts a cluster and returns when it takes manifests and proxies: Istio's and
// the Gateway API's definitions are in place, istiod is ready, and so is an empty
// registry. An error carries what the part that failed has printed.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "gatehouse-cluster-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: o, dir: dir}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	if err := dataFolder(); err != nil {
		return err
	}
	if c.registry, err = startRegistry(); err != nil {
		return err
	}
	if err := c.startKubernetes(ctx); err != nil {
		return err
	}
	return c.startIstiod(ctx)
}

// Stop ends everything that Start and StartProxy started, each part before those it
// needs, and removes the cluster's files. It may be called more than once.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	proxies := c.proxies
	c.proxies = nil
	c.mu.Unlock()
	var all sync.WaitGroup
	for _, p := range proxies {
		all.Go(p.Stop)
	}
	all.Wait()
	c.istiod.stop()
	c.api.stop()
	c.etcd.stop()
	return errors.Join(c.registry.stop(), os.RemoveAll(c.dir))
}

// Run starts a cluster for tests, runs them and stops it. What it returns is for os.Exit:
// what tests returned, or 1 if the cluster could not be started or stopped. After tests
// that failed it prints what the parts said last.
//
//	func TestMain(m *testing.M) {
//		os.Exit(cluster.Run(cluster.Options{}, func(c *cluster.Cluster) int { control = c; return m.Run() }))
//	}
func Run(o Options, tests func(*Cluster) (code int)) (code int) {
	c, err := Start(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if code != 0 {
			fmt.Fprint(os.Stderr, c.Logs(30))
		}
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	return tests(c)
}

// Logs returns the last n lines that each part that runs has printed, for a test that
// fails.
func (c *Cluster) Logs(n int) string {
	var text strings.Builder
	for _, p := range []*process{c.etcd, c.api, c.istiod} {
		if p != nil {
			text.WriteString(p.tail(n))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.proxies {
		text.WriteString(p.process.tail(n))
	}
	return text.String()
}

// Registry is "127.0.0.1:port" of the cluster's registry, which proxies pull from as
// oci://127.0.0.1:port/REPOSITORY:TAG.
func (c *Cluster) Registry() string { return c.registry.host }

// sub makes a folder of the cluster.
func (c *Cluster) sub(name string) (string, error) {
	dir := filepath.Join(c.dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// run runs a program to its end and returns its standard output. The error has what it
// printed to standard error.
func run(ctx context.Context, stdin string, path string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	tie(cmd)
	output, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(output), &CommandError{Command: filepath.Base(path), Args: args, Stderr: strings.TrimSpace(string(exit.Stderr)), Err: err}
	}
	return string(output), err
}

// CommandError is a program that ended with an error.
type CommandError struct {
	Command string
	Args    []string
	// Stderr is what it printed to standard error.
	Stderr string
	Err    error
}

func (e *CommandError) Error() string {
	return "cluster: " + e.Command + " " + strings.Join(e.Args, " ") + ": " + e.Err.Error() + ": " + e.Stderr
}

func (e *CommandError) Unwrap() error { return e.Err }
