// Command bare does what the trivial plugin does, in Go but without an SDK: what
// it costs beyond the floor is the language, and what the plugin costs beyond it
// is the SDK and the shim.
package main

func main() {}
