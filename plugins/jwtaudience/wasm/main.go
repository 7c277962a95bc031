// Command wasm is the jwt-audience plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/background"
	"gatehouse/plugins/jwtaudience"
)

func init() {
	background.Register("jwt-audience", event.Authentication, jwtaudience.New)
}

func main() {}
