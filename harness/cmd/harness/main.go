// Command harness runs Proxy-Wasm plugins on recorded traffic the way Envoy
// would, on a laptop and without a cluster. See "harness help".
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
