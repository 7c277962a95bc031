// Command inside is the redact plugin, which measures from inside Wasm what it costs
// there: what package measure measures, and, playing the proxy to itself, a stream
// that no rule is about. It logs the results.
package main

func main() {}
