// Command plugin is the probe: a Proxy-Wasm plugin that calls whatever host
// functions its configuration, a script, lists for each callback, and logs each
// call with the status and the value it got. It decides nothing about traffic
// but what the script says. It uses neither the SDK nor sdkshim, so that bad
// pointers, bad types and calls at the wrong time reach the host unchanged.
//
// Built with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared.
package main

func main() {}
