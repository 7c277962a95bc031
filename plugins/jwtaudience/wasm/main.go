// Command wasm is the jwt-audience plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter"
	"gatehouse/plugins/jwtaudience"
)

func init() {
	filter.Register("jwt-audience", event.Authentication, jwtaudience.New)
}

func main() {}
