// Package requesttrailers exports proxy_on_request_trailers: importing it has the proxy
// call the SDK's HttpContext.OnHttpRequestTrailers.
package requesttrailers
