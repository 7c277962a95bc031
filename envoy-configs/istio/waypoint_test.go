//go:build istio

package istio_test

import (
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/cluster"
)

// TestWaypoint has the Kubernetes API take all that a waypoint needs, and a gateway of the
// name that targetRefs say. A waypoint itself needs Istio's own Envoy: a stock one has no
// istio.workload.BootstrapExtension, and does not start with the configuration of "proxy waypoint".
func TestWaypoint(t *testing.T) {
	f := own(t)
	f.apply(t, manifest(t, "waypoint/gateway.yaml"))
	f.apply(t, manifest(t, "waypoint/trafficextension.yaml"))
	f.apply(t, manifest(t, "waypoint/wasmplugin.yaml"))
	f.address = f.listen(t, "orders")
	f.start(t, cluster.ProxyOptions{Labels: map[string]string{"istio": "ingressgateway", "gateway.networking.k8s.io/gateway-name": "waypoint"}})
	f.walk(t, []step{
		{name: "no token", path: "/orders/17", status: "401", reason: "gatehouse.jwt-audience.token_missing"},
		{name: "a good token, and a scope that is for a Service of waypoints", path: "/orders/17", status: "200", headers: []harness.Header{bearer(t, nil)}},
	})
}
