// Command wasm is the scope plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter"
	"gatehouse/plugins/scope"
)

func init() {
	filter.Register("scope", event.APIActivity, scope.New)
}

func main() {}
