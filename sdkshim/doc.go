// Package sdkshim runs the tetratelabs Proxy-Wasm SDK, unmodified, on the
// standard Go compiler, and adds the calls of ABI 0.2.1 and of Envoy that the SDK
// lacks: gRPC callouts, foreign functions, the clock, sizes and statuses.
//
// A plugin imports it for its effect and then writes against the SDK as usual:
//
//	import (
//		_ "gatehouse/sdkshim"
//		_ "gatehouse/sdkshim/callback/requestheaders"
//	)
//
// It is built with GOOS=wasip1 GOARCH=wasm -buildmode=c-shared. Anywhere else the
// package resolves too: the SDK then keeps its own mock host, and the calls of
// this package go to the Host given to SetHost.
//
// # Callbacks
//
// A proxy calls into Wasm once for every callback that a module exports, wanted
// or not, and each of these crossings costs more than what most plugins do in
// it. This package therefore exports only what no plugin can do without
// (proxy_abi_version_0_2_1, proxy_on_memory_allocate, proxy_on_vm_start,
// proxy_on_configure, proxy_on_context_create and proxy_on_delete). Every other
// callback has a package below callback/ that exports it; a method of the SDK's
// contexts is called only if that package is imported.
//
// # What never passes
//
// A panic that reaches the host, and any fatal error of the Go runtime, ends in
// the Wasm instruction unreachable: the proxy then holds the VM for broken and
// answers as its failure policy says, which is 503 unless the configuration
// opens it by name. Of the message only the parts that the runtime itself wrote
// are logged, because the value of a panic may hold request data.
//
// Two things are out of reach and a plugin must not do them. os.Exit returns to
// its caller, because Envoy's proc_exit does. An endless loop blocks the worker
// thread for good, because Envoy does not interrupt Wasm.
//
// What it decides: nothing. It holds the ABI, no types of the plugins.
// RATIONALE.md says why it is built as it is.
//
// The specification is
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1, below: the
// spec.
package sdkshim
