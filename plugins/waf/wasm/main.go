// Command wasm is the waf plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/waf"
)

func init() { inspect.Register("waf", event.DetectionFinding, waf.New) }

func main() {}
