// Package httpcall exports proxy_on_http_call_response: importing it has the proxy
// call what was handed to proxywasm.DispatchHttpCall. A plugin that dispatches
// without this import never hears of an answer.
package httpcall
