//go:build !wasip1

package inspect

import (
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

func TestATunnelHasNoBodyAndWaitsForTheUpstream(t *testing.T) {
	tests := []struct {
		name    string
		headers [][2]string
		status  string
		opens   bool
	}{
		{"an upgrade", [][2]string{{":method", "GET"}, {"connection", "upgrade"}, {"upgrade", "websocket"}}, "101", true},
		{"an upgrade that is refused", [][2]string{{":method", "GET"}, {"connection", "upgrade"}, {"upgrade", "websocket"}}, "200", false},
		{"CONNECT", [][2]string{{":method", "CONNECT"}}, "200", true},
		{"CONNECT that is refused", [][2]string{{":method", "CONNECT"}}, "403", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{whole: true}
			h, _ := start(t, s)
			id := h.InitializeHttpContext()
			wantAction(t, "request", h.CallOnRequestHeaders(id, tt.headers, false), types.ActionContinue)
			wantCalls(t, s, requestHeaders, requestBody)
			wantAction(t, "bytes before the answer", h.CallOnRequestBody(id, []byte("a"), false), types.ActionPause)
			wantAction(t, "response", h.CallOnResponseHeaders(id, [][2]string{{":status", tt.status}}, false), types.ActionContinue)
			after, calls := types.ActionPause, []string{requestHeaders, requestBody, responseHeaders}
			if tt.opens {
				after, calls = types.ActionContinue, append(calls, responseBody)
			}
			wantAction(t, "bytes after the answer", h.CallOnRequestBody(id, []byte("b"), false), after)
			wantAction(t, "bytes of the upstream", h.CallOnResponseBody(id, []byte("c"), false), after)
			wantCalls(t, s, calls...)
		})
	}
}
