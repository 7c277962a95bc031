package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/harness/envoy"
)

// Kind is the part that a proxy has in the mesh, as pilot-agent names it.
type Kind string

const (
	Gateway  Kind = "router"
	Sidecar  Kind = "sidecar" // without iptables: it listens where a Sidecar resource says, with captureMode NONE
	Waypoint Kind = "waypoint"
)

// ProxyOptions configure StartProxy.
type ProxyOptions struct {
	// Kind is the proxy's part. Default Gateway.
	Kind Kind
	// Name, Namespace and Account are those of the pod that it would be. Default gateway, default and
	// default. The namespace has to exist; the account is made.
	Name, Namespace, Account string
	// Labels are those of the pod, which selectors of resources see.
	Labels map[string]string
	// Address is the proxy's, on loopback, which tells it from others to a ServiceEntry or WorkloadEntry.
	// Default 127.0.0.1.
	Address string
	// Environment are variables of Envoy, as "NAME=value", which a WasmPlugin may hand
	// to its plugin with valueFrom HOST, and of pilot-agent. Optional.
	Environment []string
	// LogLevel is Envoy's, in the form of pilot-agent's --proxyLogLevel. Default warning, at
	// which denials and refused configurations are seen.
	LogLevel string
	// ComponentLogLevel is that of parts of Envoy, such as "wasm:debug". Default "misc:error".
	ComponentLogLevel string
}

// StartProxy starts pilot-agent with Envoy and returns when Envoy has what istiod gives
// it. Listeners that depend on manifests applied later come and go after that.
func (c *Cluster) StartProxy(ctx context.Context, o ProxyOptions) (*Proxy, error) {
	if o.Kind == "" {
		o.Kind = Gateway
	}
	if o.Name == "" {
		o.Name = "gateway"
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Account == "" {
		o.Account = "default"
	}
	if o.Address == "" {
		o.Address = "127.0.0.1"
	}
	if o.LogLevel == "" {
		o.LogLevel = "warning"
	}
	if o.ComponentLogLevel == "" {
		o.ComponentLogLevel = "misc:error"
	}
	p, err := c.startProxy(ctx, o)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.proxies = append(c.proxies, p)
	c.mu.Unlock()
	return p, nil
}

func (c *Cluster) startProxy(ctx context.Context, o ProxyOptions) (*Proxy, error) {
	agent, err := tool("pilot-agent")
	if err != nil {
		return nil, err
	}
	template, err := find("istio/envoy_bootstrap.json")
	if err != nil {
		return nil, err
	}
	binary, err := envoy.Find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(c.dir, "proxy-")
	if err != nil {
		return nil, err
	}
	admin, status := FreePort(), FreePort()
	if err := c.logIn(ctx, dir, o); err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"discoveryAddress": c.xds, "controlPlaneAuthPolicy": "NONE",
		"binaryPath": binary, "configPath": filepath.Join(dir, "envoy"),
		"proxyAdminPort": admin, "statusPort": status, "concurrency": 1, "terminationDrainDuration": "0.2s",
	})
	if err != nil {
		return nil, err
	}
	labels, err := json.Marshal(o.Labels)
	if err != nil {
		return nil, err
	}
	env := []string{
		"PROXY_CONFIG=" + string(config),
		"POD_NAME=" + o.Name, "POD_NAMESPACE=" + o.Namespace, "SERVICE_ACCOUNT=" + o.Account,
		"INSTANCE_IP=" + o.Address, "ISTIO_META_CLUSTER_ID=Kubernetes",
		"FILE_MOUNTED_CERTS=true", "GRPC_XDS_BOOTSTRAP=",
		fmt.Sprintf("ENVOY_PROMETHEUS_PORT=%d", FreePort()), fmt.Sprintf("ENVOY_STATUS_PORT=%d", FreePort()),
		"PROXY_XDS_DEBUG_VIA_AGENT=false",
		// It ends at once when it is told to.
		"MINIMUM_DRAIN_DURATION=0s",
	}
	if o.Labels != nil {
		env = append(env, "ISTIO_METAJSON_LABELS="+string(labels))
	}
	if o.Kind == Sidecar {
		env = append(env, "ISTIO_META_INTERCEPTION_MODE=NONE")
	}
	p := &Proxy{cluster: c, admin: fmt.Sprintf("127.0.0.1:%d", admin)}
	p.process, err = launch(command{
		name: o.Namespace + "/" + o.Name, path: agent, dir: dir, env: append(env, o.Environment...),
		args: []string{"proxy", string(o.Kind), "--templateFile", template, "--log_output_level", "default:warn,wasm:info",
			"--proxyLogLevel", o.LogLevel, "--proxyComponentLogLevel", o.ComponentLogLevel},
	})
	if err != nil {
		return nil, err
	}
	url := "http://" + net.JoinHostPort("127.0.0.1", fmt.Sprint(status)) + "/healthz/ready"
	if err := p.process.ready(ctx, func(ctx context.Context) error { return answers(ctx, http.DefaultClient, url, "") }); err != nil {
		p.process.stop()
		return nil, err
	}
	return p, nil
}

// logIn makes the account of a proxy and writes a token of it where pilot-agent looks for one
// (constants.ThirdPartyJwtPath of Istio). Nothing else makes accounts here.
func (c *Cluster) logIn(ctx context.Context, dir string, o ProxyOptions) error {
	account := fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s}\n", o.Account, o.Namespace)
	if err := c.Apply(ctx, account); err != nil {
		return err
	}
	token, err := c.Kubectl(ctx, "", "create", "token", o.Account, "--namespace", o.Namespace, "--audience", "istio-ca")
	if err != nil {
		return err
	}
	tokens := filepath.Join(dir, "var", "run", "secrets", "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(tokens, "istio-token"), []byte(strings.TrimSpace(token)), 0o600)
}

// Proxy is a running pilot-agent with its Envoy.
type Proxy struct {
	cluster *Cluster
	process *process
	admin   string
}

// Admin calls Envoy's administration interface and returns the body. A status
// other than 200 is an error.
func (p *Proxy) Admin(method, path string) ([]byte, error) {
	return envoy.Administration(p.admin).Call(method, path)
}

// Stats returns the counters and gauges whose names contain filter, a regular
// expression as Envoy reads it.
func (p *Proxy) Stats(filter string) (map[string]uint64, error) {
	return envoy.Administration(p.admin).Stats(filter)
}

// Lines returns what pilot-agent and Envoy have printed so far, events of plugins and
// the access log included.
func (p *Proxy) Lines() []string { return p.process.output(0) }

// LinesFrom is Lines without the first n.
func (p *Proxy) LinesFrom(n int) []string { return p.process.output(n) }

// Stop ends the proxy and waits until it is gone. It may be called more than once.
func (p *Proxy) Stop() {
	p.process.stop()
	c := p.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proxies = slices.DeleteFunc(c.proxies, func(other *Proxy) bool { return other == p })
}
