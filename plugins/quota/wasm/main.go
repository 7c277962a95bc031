// Command wasm is the quota plugin as a module for Envoy.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect/background"
	"gatehouse/plugins/quota"
)

func init() {
	background.Register("quota", event.APIActivity, quota.New)
}

func main() {}
