//go:build !wasip1

package inspect

import (
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

func TestAsksForTunnel(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		want    bool
	}{
		{"a request", []string{":method", "GET"}, false},
		{"CONNECT", []string{":method", "CONNECT"}, true},
		{"an upgrade", []string{":method", "GET", "connection", "Upgrade", "upgrade", "websocket"}, true},
		{"an upgrade among other tokens", []string{":method", "GET", "upgrade", "websocket", "connection", "keep-alive ,\tUPGRADE"}, true},
		{"an upgrade of no length", []string{":method", "GET", "content-length", "0", "connection", "upgrade", "upgrade", "websocket"}, true},
		{"a token without an upgrade", []string{":method", "GET", "connection", "upgrade"}, false},
		{"an upgrade without its token", []string{":method", "GET", "connection", "close", "upgrade", "websocket"}, false},
		{"a token that only looks like it", []string{":method", "GET", "connection", "x-upgrade", "upgrade", "websocket"}, false},
		{"an upgrade with a method that has a body", []string{":method", "POST", "connection", "upgrade", "upgrade", "websocket"}, false},
		{"an upgrade with a body's length", []string{":method", "GET", "content-length", "7", "connection", "upgrade", "upgrade", "websocket"}, false},
		{"an upgrade with a coded body", []string{":method", "GET", "transfer-encoding", "chunked", "connection", "upgrade", "upgrade", "websocket"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h policy.Headers
			for i := 0; i < len(tt.headers); i += 2 {
				h = append(h, policy.Header{Name: tt.headers[i], Value: tt.headers[i+1]})
			}
			if got := asksForTunnel(h); got != tt.want {
				t.Errorf("asksForTunnel = %t, want %t", got, tt.want)
			}
		})
	}
}

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
