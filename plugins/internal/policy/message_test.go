package policy

import "testing"

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
			var h Headers
			for i := 0; i < len(tt.headers); i += 2 {
				h = append(h, Header{Name: tt.headers[i], Value: tt.headers[i+1]})
			}
			if got := h.AsksForTunnel(); got != tt.want {
				t.Errorf("AsksForTunnel = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestOpensTunnel(t *testing.T) {
	connect, upgrade := Headers{{":method", "CONNECT"}}, Headers{{":method", "GET"}, {"upgrade", "websocket"}}
	for _, tt := range []struct {
		name    string
		headers Headers
		status  int
		want    bool
	}{
		{"CONNECT", connect, 200, true}, {"CONNECT refused", connect, 403, false}, {"CONNECT and 101", connect, 101, false},
		{"an upgrade", upgrade, 101, true}, {"an upgrade refused", upgrade, 200, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.headers.OpensTunnel(tt.status); got != tt.want {
				t.Errorf("OpensTunnel = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestContentLength(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		want   int64
	}{
		{"none", nil, -1}, {"one", []string{"17"}, 17}, {"nothing", []string{"0"}, 0}, {"two", []string{"1", "2"}, -1},
		{"no number", []string{"1x"}, -1}, {"less than nothing", []string{"-1"}, -1}, {"too large", []string{"99999999999999999999"}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var h Headers
			for _, v := range tt.values {
				h = append(h, Header{"content-length", v})
			}
			if got := h.ContentLength(); got != tt.want {
				t.Errorf("ContentLength = %d, want %d", got, tt.want)
			}
		})
	}
}
