// Package host is what the adapters for engines share of the proxy: registering a
// plugin, reading headers and attributes, answering in the upstream's place, and
// reporting decisions. It exports no callback: what a module is called for is up
// to the adapter it imports.
package host
