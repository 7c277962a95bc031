// Package requestheaders exports proxy_on_request_headers: importing it has the proxy call
// the SDK's HttpContext.OnHttpRequestHeaders.
package requestheaders
