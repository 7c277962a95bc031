package cluster

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gatehouse/harness/envoy"
)

// envoyGatewayHost is the name under which Envoy asks Envoy Gateway for modules, and
// envoyGatewayCertificates the folder in which Envoy looks for the authority of its
// certificate: constants of Envoy Gateway 1.9 (internal/wasm/httpserver.go,
// internal/xds/translator/globalresources.go).
const (
	envoyGatewayHost         = "envoy-gateway.envoy-gateway-system.svc.cluster.local"
	envoyGatewayCertificates = "/certs"
)

// AloneWithEnvoyGateway runs run, testing.M's Run, as Alone does, with what Envoy Gateway
// wants of a machine: a test package that starts one calls it in TestMain. Envoy
// Gateway has its own fixed ports too (8081, 18000 to 18002, 19000, 19001).
func AloneWithEnvoyGateway(run func() int) int {
	return Alone(run, []string{envoyGatewayHost}, []string{envoyGatewayCertificates})
}

// EnvoyGateway is a running Envoy Gateway with its Envoy, without Kubernetes: resources
// come from a file. Stop it.
type EnvoyGateway struct {
	dir      string
	process  *process
	registry *registry
}

// StartEnvoyGateway starts Envoy Gateway with resources, manifests as kubectl would take
// them. A GatewayClass named "eg", an EnvoyProxy that has the stock Envoy run, and the
// certificates between the two are added. environment are variables for Envoy, NAME=value.
// It returns when Envoy Gateway is ready; when Envoy is, Ready tells. Only one runs at a
// time, in a process of AloneWithEnvoyGateway.
//
// What has no meaning here, because Envoy Gateway drops it: Services and EndpointSlices. A
// Backend says where an upstream is.
func StartEnvoyGateway(ctx context.Context, resources string, environment ...string) (_ *EnvoyGateway, err error) {
	if os.Getenv(aloneEnv) == "" {
		return nil, errors.New("cluster: Envoy Gateway has names and ports that no flag changes: have TestMain call AloneWithEnvoyGateway")
	}
	program, err := tool("envoy-gateway")
	if err != nil {
		return nil, err
	}
	proxy, err := envoy.Find()
	if err != nil {
		return nil, err
	}
	if proxy, err = filepath.Abs(proxy); err != nil {
		return nil, err
	}
	g := &EnvoyGateway{}
	defer func() {
		if err != nil {
			g.Stop()
		}
	}()
	if g.dir, err = os.MkdirTemp("", "envoy-gateway-"); err != nil {
		return nil, err
	}
	for _, folder := range []string{"config", "state", "run", "resources", "data/envoy-versions/" + envoy.Version + "/bin"} {
		if err := os.MkdirAll(filepath.Join(g.dir, folder), 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.Symlink(proxy, filepath.Join(g.dir, "data/envoy-versions", envoy.Version, "bin/envoy")); err != nil {
		return nil, err
	}
	certgen := exec.CommandContext(ctx, program, "certgen", "--local", "--config-home", filepath.Join(g.dir, "config"))
	certgen.Env = []string{"HOME=" + g.dir}
	if out, err := certgen.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cluster: envoy-gateway certgen: %w\n%s", err, out)
	}
	authority, err := os.ReadFile(filepath.Join(g.dir, "config/certs/envoy/ca.crt"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(envoyGatewayCertificates, "ca.crt"), authority, 0o644); err != nil {
		return nil, err
	}
	if g.registry, err = startRegistry(); err != nil {
		return nil, err
	}
	configuration := fmt.Sprintf(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
gateway: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
provider:
  type: Custom
  custom:
    resource: {type: File, file: {paths: [%[1]s/resources/resources.yaml]}}
    infrastructure:
      type: Host
      host: {configHome: %[1]s/config, dataHome: %[1]s/data, stateHome: %[1]s/state, runtimeDir: %[1]s/run}
logging: {level: {default: info}}
extensionApis: {enableBackend: true, enableEnvoyPatchPolicy: true}
`, g.dir)
	file := filepath.Join(g.dir, "envoy-gateway.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	if err := g.Apply(resources); err != nil {
		return nil, err
	}
	if g.process, err = launch(command{
		name: "envoy-gateway", path: program, args: []string{"server", "--config-path", file}, env: environment, dir: g.dir,
	}); err != nil {
		return nil, err
	}
	return g, g.process.ready(ctx, func(ctx context.Context) error {
		return answers(ctx, http.DefaultClient, "http://127.0.0.1:8081/readyz", "")
	})
}

// machinery is what resources get besides their own.
func (g *EnvoyGateway) machinery() (string, error) {
	text := `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec:
  controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: stock, namespace: envoy-gateway-system}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: stock, namespace: envoy-gateway-system}
spec:
  concurrency: 1
  provider: {type: Host, host: {envoyVersion: ` + envoy.Version + `}}
---
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: {name: envoy, namespace: envoy-gateway-system}
data:
`
	for _, name := range []string{"ca.crt", "tls.crt", "tls.key"} {
		content, err := os.ReadFile(filepath.Join(g.dir, "config/certs/envoy", name))
		if err != nil {
			return "", err
		}
		text += "  " + name + ": " + base64.StdEncoding.EncodeToString(content) + "\n"
	}
	return text + "---\n", nil
}

// Apply takes the place of all resources that there are, at once. What becomes of them is
// seen later: in the answers of Envoy, and in Lines.
func (g *EnvoyGateway) Apply(resources string) error {
	machinery, err := g.machinery()
	if err != nil {
		return err
	}
	// A rename: nobody reads half a file.
	next := filepath.Join(g.dir, "next.yaml")
	if err := os.WriteFile(next, []byte(machinery+resources), 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(g.dir, "resources/resources.yaml"))
}

// Registry is the address of a registry that Envoy Gateway fetches images from, host and port.
func (g *EnvoyGateway) Registry() string { return g.registry.host }

// Push packs a module as `harness image pack` does and pushes both forms of it to the
// registry. The digest is what sha256 in an EnvoyExtensionPolicy wants: of the
// manifest of the compatible form, in hex.
func (g *EnvoyGateway) Push(ctx context.Context, repository, tag string, wasm []byte) (sha256 string, err error) {
	return g.registry.pack(ctx, repository, tag, wasm)
}

// PushImage pushes an image as it is and returns the digest of its manifest in hex.
func (g *EnvoyGateway) PushImage(ctx context.Context, repository, tag string, img v1.Image) (sha256 string, err error) {
	return g.registry.push(ctx, repository, tag, img)
}

// Ready waits until Envoy runs and has all that a Gateway asks for.
func (g *EnvoyGateway) Ready(ctx context.Context) error {
	return g.process.ready(ctx, func(context.Context) error {
		_, err := g.Admin(http.MethodGet, "/ready")
		return err
	})
}

// Admin calls the administration interface of Envoy and returns the body. A status other
// than 200 is an error.
func (g *EnvoyGateway) Admin(method, path string) ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(g.dir, "run/*/admin-address.txt"))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("cluster: %d Envoys of Envoy Gateway, want 1", len(found))
	}
	address, err := os.ReadFile(found[0])
	if err != nil {
		return nil, err
	}
	return envoy.Administration(bytes.TrimSpace(address)).Call(method, path)
}

// Lines returns what Envoy Gateway and its Envoy have printed so far, a line each,
// without the first n.
func (g *EnvoyGateway) Lines(n int) []string { return g.process.output(n) }

// Tail returns the last n of Lines as one text.
func (g *EnvoyGateway) Tail(n int) string { return g.process.tail(n) }

// Stop ends Envoy Gateway, its Envoy and the registry, and removes their files.
func (g *EnvoyGateway) Stop() error {
	g.process.stop()
	return errors.Join(g.registry.stop(), os.RemoveAll(g.dir))
}
