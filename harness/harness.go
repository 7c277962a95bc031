// Package harness is a Proxy-Wasm host on wazero that behaves as Envoy does: it
// loads plugins, configures them, and runs recorded exchanges through a chain of
// them on a laptop, with no cluster. It knows bytes, headers, logs and metrics,
// never a plugin's name.
package harness
