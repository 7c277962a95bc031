package sdkshim

import _ "unsafe" // for go:wasmimport

//go:wasmimport env proxy_set_tick_period_milliseconds
func proxySetTickPeriodMilliseconds(period uint32) uint32

// ProxySetTickPeriodMilliseconds sets the period of proxy_on_tick for this plugin
// context; 0 stops it. It answers OK.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_tick_period_milliseconds
func (host) ProxySetTickPeriodMilliseconds(period uint32) uint32 {
	return proxySetTickPeriodMilliseconds(period)
}
