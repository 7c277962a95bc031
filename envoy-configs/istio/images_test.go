//go:build istio

package istio_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy/tokentest"
)

// TestImagesThatCannotBeHad sees what a proxy does without the plugin: what failStrategy says.
func TestImagesThatCannotBeHad(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	pushImage(t, "gatehouse/no-module", "v1", []byte("this is no module"))
	ns := namespace(t)
	p, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
	for _, test := range []struct{ name, image, reason string }{
		{"another digest", "  url: " + url + "\n  sha256: " + strings.Repeat("a", 64) + "\n", "which does not match: aaaa"},
		{"a tag that is not there", "  url: " + url + "-gone\n  sha256: " + sha256 + "\n", "could not fetch Wasm OCI image"},
		{"a repository that is not there", "  url: oci://" + control.Registry() + "/gatehouse/gone:v1\n", "could not fetch Wasm OCI image"},
		{"no module in the image", "  url: oci://" + control.Registry() + "/gatehouse/no-module:v1\n", "is invalid"},
	} {
		for strategy, want := range map[string]string{"FAIL_CLOSE": "403", "FAIL_OPEN": "200"} {
			t.Run(test.name+"/"+strategy, func(t *testing.T) {
				each(t, func(t *testing.T, kind string) {
					before := len(p.Lines())
					apply(t, extension(kind, ns, "jwt-audience", selected("ingressgateway"), test.image+"  failStrategy: "+strategy+"\n"+tokens("orders-api")))
					line := printed(t, p, before, "error in converting the wasm config to local", test.reason)
					turns(t, address, "/healthz", want)
					if filter := map[string]string{"403": "applying deny RBAC filter", "200": "applying allow RBAC filter"}[want]; !strings.Contains(line, filter) {
						t.Errorf("the agent says %q, want %q", line, filter)
					}
				})
				turns(t, address, "/orders", "200")
			})
		}
	}
}

// private starts a registry that has the images of the cluster's and gives them to those alone
// who log in (RFC 7617), and returns its host. What a proxy keeps of a repository goes with the test.
func private(t *testing.T, repository, realm, user, password string) (host string) {
	t.Helper()
	behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: control.Registry()})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="`+realm+`"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host = strings.TrimPrefix(server.URL, "http://")
	t.Cleanup(func() {
		if err := cluster.Forget(host, repository); err != nil {
			t.Error(err)
		}
	})
	return host
}

// pullSecret is a Secret as kubectl create secret docker-registry makes one.
func pullSecret(t *testing.T, ns, name, host, user, password string) string {
	t.Helper()
	config, err := json.Marshal(map[string]any{"auths": map[string]any{host: map[string]string{"username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: %s}\ntype: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: %s}\n",
		name, ns, base64.StdEncoding.EncodeToString(config))
}

// TestImagePullSecret pulls from a registry that wants a login: with none, with a wrong one, and with
// that of a Secret. Istio reads the realm as if it were the address of a token service, also where it
// is none.
func TestImagePullSecret(t *testing.T) {
	const repository = "gatehouse/jwt-audience"
	_, sha256 := push(t, repository, "v1", "jwtaudience")
	each(t, func(t *testing.T, kind string) {
		host := private(t, repository, "https://registry.example.com", "puller", "s3cret-of-images")
		named := private(t, repository, "Registry Realm", "puller", "s3cret-of-images")
		ns := namespace(t)
		p, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
		apply(t, pullSecret(t, ns, "right", host, "puller", "s3cret-of-images"))
		apply(t, pullSecret(t, ns, "named", named, "puller", "s3cret-of-images"))
		apply(t, pullSecret(t, ns, "wrong", host, "puller", "guessed"))
		for _, test := range []struct{ name, host, field, reason string }{
			{"none", host, "", "who are you?"},
			{"a wrong one", host, "  imagePullSecret: wrong\n", "who are you?"},
			{"one that is not there", host, "  imagePullSecret: gone\n", "missing image pulling secret"},
			{"the right one for a realm that is no URL", named, "  imagePullSecret: named\n", "unsafe bearer realm"},
			{"the right one", host, "  imagePullSecret: right\n", ""},
		} {
			t.Run(test.name, func(t *testing.T) {
				before := len(p.Lines())
				apply(t, extension(kind, ns, "jwt-audience", selected("ingressgateway"),
					"  url: oci://"+test.host+"/"+repository+":v1\n  sha256: "+sha256+"\n  failStrategy: FAIL_CLOSE\n"+test.field+tokens("orders-api")))
				if test.reason == "" {
					turns(t, address, "/orders", "401")
					return
				}
				printed(t, p, before, "error in converting the wasm config to local", test.reason)
				turns(t, address, "/orders", "403")
			})
			turns(t, address, "/orders", "200")
		}
		for _, line := range p.Lines() {
			if strings.Contains(line, "s3cret-of-images") || strings.Contains(line, "guessed") {
				t.Errorf("a password is in the log: %s", line)
			}
		}
	})
}

// TestRegistryIsDown changes the policy while no image can be pulled: pilot-agent has it already.
func TestRegistryIsDown(t *testing.T) {
	url, _ := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	plugin := "  url: " + url + "\n  failStrategy: FAIL_CLOSE\n"
	_, address, put := guarded(t, "WasmPlugin", "ingressgateway", plugin+tokens("orders-api"))
	token := tokentest.Bearer(t, map[string]any{"aud": "another-api", "sub": "ada"})
	control.RegistryDown(true)
	defer control.RegistryDown(false)
	put(plugin + tokens("another-api"))
	turns(t, address, "/orders", "200", "authorization", token)
	put(plugin + "  imagePullPolicy: Always\n" + tokens("another-api"))
	turns(t, address, "/orders", "403", "authorization", token)
}

// pushImage pushes an image in the form that Istio takes, of anything.
func pushImage(t *testing.T, repository, tag string, module []byte) {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "plugin.wasm", Mode: 0o644, Size: int64(len(module))}); err != nil {
		t.Fatal(err)
	}
	w.Write(module)
	w.Close()
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.PushImage(t.Context(), repository, tag, img); err != nil {
		t.Fatal(err)
	}
}
