//go:build istio

package cluster_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness/cluster"
)

// TestStart starts everything once and sees that it takes manifests and proxies.
func TestStart(t *testing.T) {
	c, err := cluster.Start(t.Context(), cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.Logs(40))
		}
	})
	kinds, err := c.Kubectl(t.Context(), "", "api-resources", "--api-group=extensions.istio.io", "-o", "name")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(kinds)
	slices.Sort(got)
	if want := []string{"trafficextensions.extensions.istio.io", "wasmplugins.extensions.istio.io"}; !slices.Equal(got, want) {
		t.Errorf("kinds of extensions.istio.io = %v, want %v", got, want)
	}
	for _, kind := range []cluster.Kind{cluster.Gateway, cluster.Sidecar} {
		p, err := c.StartProxy(t.Context(), cluster.ProxyOptions{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Admin(http.MethodGet, "/ready"); err != nil {
			t.Error(err)
		}
		p.Stop()
		if _, err := p.Admin(http.MethodGet, "/ready"); err == nil {
			t.Error("Envoy answers after its agent was stopped")
		}
	}
}
