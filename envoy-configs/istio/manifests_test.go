package istio_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// manifests are the files of this folder and of the plugins' own, with what each of
// their documents is. "istioctl validate" believes any apiVersion and any kind.
var manifests = map[string][]string{
	"gateway/wasmplugin.yaml":                           slices.Repeat([]string{wasmPlugin}, 5),
	"gateway/trafficextension.yaml":                     slices.Repeat([]string{trafficExtension}, 5),
	"pipeline/wasmplugin.yaml":                          {wasmPlugin},
	"pipeline/trafficextension.yaml":                    {trafficExtension},
	"sidecar/wasmplugin.yaml":                           {wasmPlugin, wasmPlugin},
	"sidecar/trafficextension.yaml":                     {trafficExtension, trafficExtension},
	"waypoint/gateway.yaml":                             {"gateway.networking.k8s.io/v1 Gateway"},
	"waypoint/wasmplugin.yaml":                          {wasmPlugin, wasmPlugin},
	"waypoint/trafficextension.yaml":                    {trafficExtension, trafficExtension},
	"request-authentication/requestauthentication.yaml": {"security.istio.io/v1 RequestAuthentication"},
	"request-authentication/wasmplugin.yaml":            {wasmPlugin},
	"authorization-policy/authorizationpolicy.yaml":     {"security.istio.io/v1 AuthorizationPolicy"},
	"authorization-policy/wasmplugin.yaml":              {wasmPlugin},
	"services/serviceentry.yaml":                        slices.Repeat([]string{"networking.istio.io/v1 ServiceEntry", "networking.istio.io/v1 DestinationRule"}, 3),
	"services/wasmplugin.yaml":                          {wasmPlugin, wasmPlugin},
	"../jwt-audience/wasmplugin.yaml":                   {wasmPlugin},
	"../mtls/wasmplugin.yaml":                           {wasmPlugin},
	"../oidc/wasmplugin.yaml":                           {wasmPlugin},
	"../quota/wasmplugin.yaml":                          {wasmPlugin},
	"../redact/wasmplugin.yaml":                         {wasmPlugin},
	"../scope/wasmplugin.yaml":                          {wasmPlugin},
	"../waf/wasmplugin.yaml":                            {wasmPlugin},
}

const (
	wasmPlugin       = "extensions.istio.io/v1alpha1 WasmPlugin"
	trafficExtension = "extensions.istio.io/v1alpha1 TrafficExtension"
)

// modules are the packages of the images that the manifests name.
var modules = map[string]string{
	"gatehouse": "gatehouse", "jwt-audience": "jwtaudience", "quota": "quota", "redact": "redact", "scope": "scope", "waf": "waf",
}

// attachment is how a plugin is attached, in either kind.
type attachment struct {
	// where has the fields that say to what, and where in the chain of filters.
	where map[string]any
	wasm
}

// wasm are the fields that both kinds have for the plugin itself.
type wasm struct {
	URL             string `json:"url"`
	SHA256          string `json:"sha256"`
	ImagePullPolicy string `json:"imagePullPolicy"`
	PluginName      string `json:"pluginName"`
	FailStrategy    string `json:"failStrategy"`
	VMConfig        struct {
		Env []struct {
			Name      string `json:"name"`
			ValueFrom string `json:"valueFrom"`
		} `json:"env"`
	} `json:"vmConfig"`
	PluginConfig json.RawMessage `json:"pluginConfig"`
}

// image is the last word of the image's repository.
func (w wasm) image() string {
	name, _, _ := strings.Cut(w.URL[strings.LastIndex(w.URL, "/")+1:], ":")
	return name
}

// resource is what all documents have.
type resource struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

// read returns the documents of a file.
func read(t *testing.T, path string) []resource {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []resource
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var r resource
		if err := yaml.UnmarshalStrict(document, &r); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, r)
	}
	return all
}

// attached returns what a WasmPlugin or a TrafficExtension says of a plugin.
func (r resource) attached(t *testing.T) (a attachment) {
	t.Helper()
	if err := json.Unmarshal(r.Spec, &a.where); err != nil {
		t.Fatal(err)
	}
	fields := r.Spec
	if r.Kind == "TrafficExtension" {
		var inner struct {
			Wasm json.RawMessage `json:"wasm"`
		}
		if err := json.Unmarshal(r.Spec, &inner); err != nil {
			t.Fatal(err)
		}
		fields = inner.Wasm
		delete(a.where, "wasm")
	} else {
		for _, name := range []string{"url", "sha256", "imagePullPolicy", "pluginName", "failStrategy", "vmConfig", "pluginConfig"} {
			delete(a.where, name)
		}
	}
	if err := json.Unmarshal(fields, &a.wasm); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestManifests holds every manifest to the API that it is for, and has the plugins
// themselves read their configurations, which nothing in Istio does.
func TestManifests(t *testing.T) {
	found, err := filepath.Glob("*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob("../*/wasmplugin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found = slices.DeleteFunc(append(found, others...), func(path string) bool { return strings.HasPrefix(path, "../istio/") })
	slices.Sort(found)
	if want := slices.Sorted(maps.Keys(manifests)); !slices.Equal(found, want) {
		t.Errorf("files: %q, want those that are tested: %q", found, want)
	}
	for path, want := range manifests {
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("CHANGE")) {
				t.Error("nothing is marked CHANGE")
			}
			var kinds []string
			for _, r := range read(t, path) {
				kinds = append(kinds, r.APIVersion+" "+r.Kind)
				if r.Metadata.Name == "" || r.Metadata.Namespace == "" {
					t.Errorf("%s %q in the namespace %q, want both names", r.Kind, r.Metadata.Name, r.Metadata.Namespace)
				}
				if r.Kind == "WasmPlugin" || r.Kind == "TrafficExtension" {
					checkAttachment(t, r.attached(t))
				}
			}
			if !slices.Equal(kinds, want) {
				t.Errorf("documents: %q, want %q", kinds, want)
			}
		})
	}
}

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checkAttachment starts the plugin with its configuration.
func checkAttachment(t *testing.T, a attachment) {
	t.Helper()
	if a.FailStrategy != "FAIL_CLOSE" && a.FailStrategy != "FAIL_RELOAD" {
		t.Errorf("failStrategy = %s, want one that fails closed", a.FailStrategy)
	}
	if a.where["phase"] == nil || (a.where["selector"] == nil) == (a.where["targetRefs"] == nil) {
		t.Errorf("%v, want a phase, and either a selector or targetRefs", a.where)
	}
	combined := a.image() == "gatehouse"
	if combined != (a.PluginName != "") || combined != digest.MatchString(a.SHA256) {
		t.Errorf("%s with pluginName %q and sha256 %q, want both with the module of all plugins", a.URL, a.PluginName, a.SHA256)
	}
	environment := map[string]string{}
	for _, variable := range a.VMConfig.Env {
		if variable.ValueFrom != "HOST" {
			t.Errorf("%s: value from %s, want the proxy's environment (HOST): no secret stands in a manifest", variable.Name, variable.ValueFrom)
		}
		environment[variable.Name] = "a secret of tests, which nobody uses"
	}
	pkg, ok := modules[a.image()]
	if !ok {
		t.Fatalf("url = %s, want an image of this repository", a.URL)
	}
	proxy, err := harness.Start(t.Context(), []harness.Plugin{{
		Name: a.image(), RootID: a.PluginName, Wasm: replaytest.Build(t, "../../plugins/"+pkg+"/wasm"),
		Configuration: a.PluginConfig, Environment: environment,
	}}, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := proxy.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTrafficExtensionsSayTheSame holds each trafficextension.yaml to the
// wasmplugin.yaml beside it.
func TestTrafficExtensionsSayTheSame(t *testing.T) {
	compared := 0
	for path := range manifests {
		folder, ok := strings.CutSuffix(path, "/trafficextension.yaml")
		if !ok {
			continue
		}
		plugins, extensions := read(t, folder+"/wasmplugin.yaml"), read(t, path)
		if len(plugins) != len(extensions) {
			t.Fatalf("%s: %d documents, want %d", path, len(extensions), len(plugins))
		}
		for n := range plugins {
			if !reflect.DeepEqual(plugins[n].Metadata, extensions[n].Metadata) || !reflect.DeepEqual(plugins[n].attached(t), extensions[n].attached(t)) {
				t.Errorf("%s: %s is another than in wasmplugin.yaml", path, extensions[n].Metadata.Name)
			}
			compared++
		}
	}
	if compared != 10 {
		t.Errorf("%d TrafficExtensions compared, want 10", compared)
	}
}

// TestOneImageHasOneEnvironment: plugins of one image share a virtual machine if they have
// the same environment.
func TestOneImageHasOneEnvironment(t *testing.T) {
	for path := range manifests {
		images := map[string]attachment{}
		for _, r := range read(t, path) {
			if r.Kind != "WasmPlugin" && r.Kind != "TrafficExtension" {
				continue
			}
			a := r.attached(t)
			first, ok := images[a.URL]
			if !ok {
				images[a.URL] = a
				continue
			}
			if !reflect.DeepEqual(first.VMConfig, a.VMConfig) || first.SHA256 != a.SHA256 {
				t.Errorf("%s: %s: vmConfig or sha256 differs from another of the same image", path, r.Metadata.Name)
			}
		}
	}
}
