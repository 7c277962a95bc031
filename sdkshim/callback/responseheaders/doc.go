// Package responseheaders exports proxy_on_response_headers: importing it has the proxy call
// the SDK's HttpContext.OnHttpResponseHeaders.
package responseheaders
