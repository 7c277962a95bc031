// Package responsetrailers exports proxy_on_response_trailers: importing it has the proxy
// call the SDK's HttpContext.OnHttpResponseTrailers.
package responsetrailers
