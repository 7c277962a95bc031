// Command inside measures, from inside Wasm, what a request costs the quota plugin
// there: it plays the proxy to itself, over and over, and logs the least time that
// a round of many took. Caches are warm, which they are not in a proxy.
package main

func main() {}
