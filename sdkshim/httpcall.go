package sdkshim

// DispatchHTTPCall is proxywasm.DispatchHttpCall for a call that is a plugin's and
// not a stream's: called in a stream's callback, it reports the response even if
// the stream is gone by then, with the plugin's context in effect.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_http_call
func DispatchHTTPCall(pluginContextID uint32, cluster string, headers [][2]string, body []byte, timeoutMilliseconds uint32, done func(numHeaders, bodySize, numTrailers int)) error {
	return hostHTTPCall(pluginContextID, cluster, headers, body, timeoutMilliseconds, done)
}
