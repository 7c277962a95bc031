// Command wasm is the redact plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/redact"
)

func init() {
	inspect.Register("redact", event.DataSecurityFinding, redact.New)
}

func main() {}
