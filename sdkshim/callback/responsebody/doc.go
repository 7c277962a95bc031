// Package responsebody exports proxy_on_response_body: importing it has the proxy call
// the SDK's HttpContext.OnHttpResponseBody.
package responsebody
