package cluster

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// WithoutIstiod stops istiod while f runs and starts it again, at the address that proxies know.
func (c *Cluster) WithoutIstiod(ctx context.Context, f func()) error {
	c.istiod.stop()
	f()
	return c.startIstiod(ctx)
}

// startIstiod starts istiod as it runs in a cluster, less what needs pods.
func (c *Cluster) startIstiod(ctx context.Context) error {
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
	if err := yaml.Unmarshal([]byte(c.options.Mesh), &own); err != nil {
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
	if c.xds == "" {
		c.xds = loopback()
	}
	web := loopback()
	c.istiod, err = launch(command{name: "istiod", path: path, dir: dir,
		env: append([]string{
			"POD_NAMESPACE=istio-system", "POD_NAME=istiod",
			// A stock Envoy has neither filter.
			"PILOT_ENABLE_METADATA_EXCHANGE=false", "PILOT_ENABLE_ALPN_FILTER=false",
			"ENABLE_CA_SERVER=false", "PILOT_CERT_PROVIDER=none", "INJECT_ENABLED=false",
			// Proxies log in as in a cluster, with a token of their account, but not over TLS.
			"XDS_AUTH_PLAINTEXT=true",
			"VALIDATION_WEBHOOK_CONFIG_NAME=", "INJECTION_WEBHOOK_CONFIG_NAME=",
			"PILOT_ENABLE_IP_AUTOALLOCATE=false",
			// Nobody else asks to be the leader.
			"ENABLE_LEADER_ELECTION=false",
			// Deployments that istiod would make of Gateways run nowhere.
			"PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER=false",
		}, c.options.Environment...),
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
