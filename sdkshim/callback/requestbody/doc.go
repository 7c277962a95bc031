// Package requestbody exports proxy_on_request_body: importing it has the proxy call
// the SDK's HttpContext.OnHttpRequestBody.
package requestbody
