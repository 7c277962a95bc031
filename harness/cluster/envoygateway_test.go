package cluster

import (
	"strings"
	"testing"
)

// TestEnvoyGatewayWantsToBeAlone is about the way to start one that does not work; the
// one that does is driven by the tests of envoy-configs/envoy-gateway.
func TestEnvoyGatewayWantsToBeAlone(t *testing.T) {
	g, err := StartEnvoyGateway(t.Context(), "")
	if g != nil || err == nil || !strings.Contains(err.Error(), "AloneWithEnvoyGateway") {
		t.Errorf("%v, %v, want an error that names AloneWithEnvoyGateway", g, err)
	}
}
