//go:build istio

// Package admission_test applies the policy to a real Kubernetes API and shows it plugins.
package admission_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness/cluster"
	"gatehouse/harness/image"
	"gatehouse/harness/replay/replaytest"
)

const (
	patience = 2 * time.Minute
	unknown  = "1111111111111111111111111111111111111111111111111111111111111111"
)

// wasmPlugin is one with the lines given in its spec.
func wasmPlugin(lines ...string) string {
	return "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: guard, namespace: default}\nspec:\n  " +
		strings.Join(lines, "\n  ") + "\n"
}

func trafficExtension(lines ...string) string {
	return "apiVersion: extensions.istio.io/v1alpha1\nkind: TrafficExtension\nmetadata: {name: guard, namespace: default}\nspec:\n  " +
		strings.Join(lines, "\n  ") + "\n"
}

// extensionPolicy is one of Envoy Gateway with one plugin.
func extensionPolicy(plugin string) string {
	return "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {name: guard, namespace: default}\nspec:\n" +
		"  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: orders}]\n  " + plugin + "\n"
}

// envoyGatewayCRD is that of EnvoyExtensionPolicy, of the version that the tests run.
func envoyGatewayCRD(t *testing.T) string {
	t.Helper()
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/envoyproxy/gateway")
	list.Dir = "../../harness/cluster/tools/envoygateway"
	dir, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)),
		"charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_envoyextensionpolicies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestPolicy signs an image, verifies it, writes its digest down as a pipeline would, and
// attaches it. What was not verified is refused, for the reason that the policy gives.
func TestPolicy(t *testing.T) {
	ctx := t.Context()
	c, err := cluster.Start(ctx, cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := c.Kubectl(ctx, envoyGatewayCRD(t), "apply", "--server-side", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"policy.yaml", "rbac.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Apply(ctx, string(data)); err != nil {
			t.Fatal(err)
		}
	}

	// The pipeline: push, sign, verify, and write down what was verified.
	repository := c.Registry() + "/gatehouse/guard"
	layout, err := image.Pack(image.Plugin{Wasm: replaytest.Build(t, "../../harness/replay/replaytest/testdata/guard"), Version: "v1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Push(ctx, layout, repository, nil, image.Options{}); err != nil {
		t.Fatal(err)
	}
	key, err := image.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Sign(ctx, repository+":v1.0.0", key, nil, image.Options{}); err != nil {
		t.Fatal(err)
	}
	build := image.Build{Builder: "https://ci.example/release", Source: "https://source.example/guard", Revision: "ac1f3c2"}
	if _, err := image.Attest(ctx, repository+":v1.0.0", build, key, image.Options{}); err != nil {
		t.Fatal(err)
	}
	digest := layout.Images[0].Digest.Hex
	reference := repository + "@sha256:" + digest

	url, pinned := "url: oci://"+repository+":v1.0.0", "sha256: '"+digest+"'"
	before, policy := wasmPlugin(url, pinned), extensionPolicy("wasm: [{code: {type: Image, image: {url: "+repository+":v1.0.0, sha256: '"+digest+"'}}}]")
	until(t, c, before, "no verified image has this digest")
	until(t, c, policy, "no verified image has the digest of each")
	pipeline(t, c, repository+":v1.0.0", public)
	until(t, c, before, "")
	until(t, c, policy, "")

	tests := []struct {
		name, manifest string
		want           string // part of the refusal, "" if it is admitted
	}{
		{"sha256 of a verified image", wasmPlugin(url, pinned), ""},
		{"the digest in the URL", wasmPlugin("url: oci://" + reference), ""},
		{"an extension with sha256", trafficExtension("wasm: {url: 'oci://" + repository + ":v1.0.0', sha256: '" + digest + "'}"), ""},
		{"an extension without a plugin", trafficExtension("lua: {inlineCode: 'function envoy_on_request(h) end'}"), ""},
		{"only a tag", wasmPlugin(url), "want the digest of the image in sha256"},
		{"an extension with only a tag", trafficExtension("wasm: {url: 'oci://" + repository + ":v1.0.0'}"), "want the digest of the image in sha256"},
		{"another digest", wasmPlugin(url, "sha256: '"+unknown+"'"), "sha256 " + unknown + ": no verified image has this digest"},
		{"another digest in the URL", wasmPlugin("url: oci://" + repository + "@sha256:" + unknown), "no verified image has this digest"},
		{"sha256 counts, not the URL", wasmPlugin("url: oci://"+reference, "sha256: '"+unknown+"'"), "no verified image has this digest"},
		{"a file from a server", wasmPlugin("url: https://files.example/guard.wasm", pinned), "want an image, oci://"},
		{"open on failure", wasmPlugin(url, pinned, "failStrategy: FAIL_OPEN"), "failStrategy FAIL_OPEN"},
		{"closed on failure", wasmPlugin(url, pinned, "failStrategy: FAIL_CLOSE"), ""},
		{"Envoy Gateway, sha256 of a verified image", policy, ""},
		{"Envoy Gateway, only a tag", extensionPolicy("wasm: [{code: {type: Image, image: {url: " + repository + ":v1.0.0}}}]"), "want the digest of the image in code.image.sha256"},
		{"Envoy Gateway, the second of two", extensionPolicy("wasm: [{name: a, code: {type: Image, image: {url: " + repository + ":v1.0.0, sha256: '" + digest +
			"'}}}, {name: b, code: {type: Image, image: {url: " + repository + ":v1.0.0, sha256: '" + unknown + "'}}}]"), "no verified image has the digest of each"},
		{"Envoy Gateway, a file", extensionPolicy("wasm: [{code: {type: HTTP, http: {url: https://files.example/guard.wasm, sha256: '" + digest + "'}}}]"), "want an image, code.type Image"},
		{"Envoy Gateway, open on failure", extensionPolicy("wasm: [{failOpen: true, code: {type: Image, image: {url: " + repository + ":v1.0.0, sha256: '" + digest + "'}}}]"), "wasm: failOpen"},
		{"Envoy Gateway, no plugin", extensionPolicy("lua: [{type: Inline, inline: 'function envoy_on_request(h) end'}]"), ""},
	}
	for _, tt := range tests {
		_, err := c.Kubectl(ctx, tt.manifest, "apply", "--dry-run=server", "-f", "-")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}

	// What is attached stays as it is until somebody changes it, and then it counts.
	if err := c.Apply(ctx, before); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kubectl(ctx, "", "-n", "gatehouse-verified", "patch", "configmap", "images", "--type", "merge", "-p", fmt.Sprintf(`{"data":{%q:null}}`, digest)); err != nil {
		t.Fatal(err)
	}
	until(t, c, wasmPlugin(url, pinned, "priority: 3"), "no verified image has this digest")
	if err := c.Delete(ctx, before); err != nil {
		t.Errorf("deleting what is no longer verified: %v", err)
	}
	// Without the list nothing is admitted.
	if _, err := c.Kubectl(ctx, "", "-n", "gatehouse-verified", "delete", "configmap", "images"); err != nil {
		t.Fatal(err)
	}
	until(t, c, before, "no params found")
}

// pipeline runs the commands that README.md gives to the pipeline that deploys.
func pipeline(t *testing.T, c *cluster.Cluster, reference string, key *image.PublicKey) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, found := strings.Cut(string(readme), "```\n")
	script, _, ended := strings.Cut(script, "```")
	const example = "registry.example/gatehouse/scope:v1.2.0"
	if !found || !ended || !strings.Contains(script, example) {
		t.Fatalf("README.md: no commands with %s", example)
	}
	folder := t.TempDir()
	kubeconfig, err := c.Kubectl(t.Context(), "", "config", "view", "--raw")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"kubeconfig": []byte(kubeconfig), "gatehouse.pub": key.Marshal()} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(folder, "harness"), "../../harness/cmd/harness").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tools, err := filepath.Abs("../../.cache/bin")
	if err != nil {
		t.Fatal(err)
	}
	sh := exec.Command("sh", "-c", strings.ReplaceAll(script, example, reference))
	sh.Dir = folder
	sh.Env = []string{"PATH=" + strings.Join([]string{folder, tools, os.Getenv("PATH")}, ":"), "KUBECONFIG=kubeconfig", "HOME=" + folder}
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
}

// until applies a manifest without storing it until it has the outcome: the API server
// takes a moment to see a new policy.
func until(t *testing.T, c *cluster.Cluster, manifest, want string) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_, err = c.Kubectl(context.Background(), manifest, "apply", "--dry-run=server", "-f", "-")
		if want == "" && err == nil || want != "" && err != nil && strings.Contains(err.Error(), want) {
			return
		}
	}
	t.Fatalf("%v, want %q within %v", err, want, patience)
}
