package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// startIstiod starts istiod as it runs in a cluster, less what needs pods.
func (c *Cluster) startIstiod(ctx context.Context, o Options) error {
	path, err := tool("pilot-discovery")
	if err != nil {
		return err
	}
	dir, err := c.sub("istiod")
	if err != nil {
		return err
	}
	mesh := map[string]any{
		"rootNamespace":         "istio-system",
		"accessLogFile":         "/dev/stdout",
		"enablePrometheusMerge": false,
		"ingressControllerMode": "OFF",
		// No proxy gets a certificate here: Envoy would wait for one.
		"enableAutoMtls": false,
	}
	var own map[string]any
	if err := yaml.Unmarshal([]byte(o.Mesh), &own); err != nil {
		return fmt.Errorf("cluster: mesh: %w", err)
	}
	maps.Copy(mesh, own)
	text, err := yaml.Marshal(mesh)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "mesh.yaml"), text, 0o600); err != nil {
		return err
	}
	c.xds = loopback()
	web := loopback()
	c.istiod, err = launch(command{name: "istiod", path: path, dir: dir,
		env: append([]string{
			"POD_NAMESPACE=istio-system", "POD_NAME=istiod",
			// A stock Envoy has neither filter.
			"PILOT_ENABLE_METADATA_EXCHANGE=false", "PILOT_ENABLE_ALPN_FILTER=false",
			"ENABLE_CA_SERVER=false", "PILOT_CERT_PROVIDER=none", "INJECT_ENABLED=false",
			"VALIDATION_WEBHOOK_CONFIG_NAME=", "INJECTION_WEBHOOK_CONFIG_NAME=",
			"PILOT_ENABLE_IP_AUTOALLOCATE=false",
			// Nobody else asks to be the leader.
			"ENABLE_LEADER_ELECTION=false",
			// Deployments that istiod would make of Gateways run nowhere.
			"PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER=false",
		}, o.Environment...),
		args: []string{"discovery", "--meshConfig", "mesh.yaml", "--registries", "", "--kubeconfig", c.kube.config,
			"--grpcAddr", c.xds, "--httpAddr", web, "--httpsAddr", "", "--secureGRPCAddr", "",
			"--monitoringAddr", loopback(), "--ctrlz_port", "0"},
	})
	if err != nil {
		return err
	}
	return c.istiod.ready(ctx, func(ctx context.Context) error { return answers(ctx, http.DefaultClient, "http://"+web+"/ready", "") })
}

// Validate is `istioctl validate` of YAML documents, which asks no cluster. It knows
// fields, their types and values. It does not know a misspelt kind or apiVersion, nor
// what is in a pluginConfig.
func Validate(ctx context.Context, manifests string) error {
	path, err := tool("istioctl")
	if err != nil {
		return err
	}
	_, err = run(ctx, manifests, path, "validate", "-f", "-")
	return err
}

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
	// Name, Namespace and Account are those of the pod that it would be. Default gateway, default and default.
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
	binary, err := findEnvoy()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(c.dir, "proxy-")
	if err != nil {
		return nil, err
	}
	admin, status := FreePort(), FreePort()
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
		"FILE_MOUNTED_CERTS=true", "CREDENTIAL_FETCHER_TYPE=", "GRPC_XDS_BOOTSTRAP=",
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
