// Command wasm is all plugins as one module for Envoy. Attached several times, with one
// vm_id, it is one virtual machine a worker thread: the root id of each attachment
// (Istio's pluginName) is the name of the plugin that it is. Attached once, as "pipeline"
// or without a root id, it runs the plugins of its configuration in order.
package main

import (
	"gatehouse/plugins/gatehouse"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter"
	"gatehouse/plugins/internal/filter/background"
	"gatehouse/plugins/internal/filter/inspect"
	inspectbackground "gatehouse/plugins/internal/filter/inspect/background"
	"gatehouse/plugins/jwtaudience"
	"gatehouse/plugins/quota"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/scope"
	"gatehouse/plugins/waf"
)

func init() {
	background.Register("jwt-audience", event.Authentication, jwtaudience.New)
	filter.Register("scope", event.APIActivity, scope.New)
	inspect.Register("waf", event.DetectionFinding, waf.New)
	inspect.Register("redact", event.DataSecurityFinding, redact.New)
	inspectbackground.Register("quota", event.APIActivity, quota.New)
	inspectbackground.Register("pipeline", event.APIActivity, gatehouse.New)
}

func main() {}
