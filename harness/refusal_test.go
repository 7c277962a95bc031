package harness

import (
	"slices"
	"testing"
)

// with is a request with other pseudo-header fields, "" for none.
func with(x Exchange, pseudo ...string) Exchange {
	for i := 0; i < len(pseudo); i += 2 {
		x.Request.Headers = slices.DeleteFunc(x.Request.Headers, func(h Header) bool { return h.Name == pseudo[i] })
		if pseudo[i+1] != "" {
			x.Request.Headers = append([]Header{{pseudo[i], pseudo[i+1]}}, x.Request.Headers...)
		}
	}
	return x
}

// TestEnvoyRefuses is what package probe compares with Envoy, in short: who
// answers what, and that no plugin has a say.
func TestEnvoyRefuses(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: say never", "on_log: get 0 :method"))
	tests := []struct {
		name            string
		x               Exchange
		status, details string
		method          string // what the plugin finds in the log
	}{
		{"raw UTF-8 in the path", get("/caf\u00e9"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a space in the path", get("/a b"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a control character", get("/a\x01"), "400", "http1.invalid_characters", "NOT_FOUND"},
		{"a carriage return in the path", get("/a\rb"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a carriage return in a name", get("/", "x\r-a=b"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a carriage return in a length", get("/", "content-length=0\r0"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a method that no codec knows", with(get("/"), ":method", "FOO"), "400", "http1.codec_error", "NOT_FOUND"},
		{"an asterisk for another method", get("*"), "400", "http1.invalid_url", "NOT_FOUND"},
		{"an asterisk for OPTIONS", with(get("*"), ":method", "OPTIONS"), "404", "absolute_path_rejected", "OK OPTIONS"},
		{"CONNECT with a path", with(get("/a"), ":method", "CONNECT"), "400", "http1.invalid_url", "NOT_FOUND"},
		{"CONNECT without a port", with(get("/"), ":method", "CONNECT", ":path", ""), "400", "http1.invalid_url", "NOT_FOUND"},
		{"a host that cannot be one", with(get("/"), ":authority", "a/b"), "400", "http.invalid_authority", "NOT_FOUND"},
		{"no host", with(get("/"), ":authority", ""), "400", "missing_host_header", "OK GET"},
		{"QUERY without a type", with(get("/"), ":method", "QUERY"), "400", "query_missing_content_type", "OK QUERY"},
		{"a fragment", get("/a#b"), "400", "path_normalization_failed", "OK GET"},
		{"an upgrade", get("/", "connection=upgrade", "upgrade=websocket"), "403", "upgrade_failed", "OK GET"},
		{"two lengths", get("/", "content-length=0", "content-length=0"), "400", "http1.codec_error", "NOT_FOUND"},
		{"a length of a chunked body", get("/", "content-length=0", "transfer-encoding=chunked"), "400",
			"http1.content_length_and_chunked_not_allowed", "NOT_FOUND"},
		{"a coding", get("/", "transfer-encoding=gzip"), "501", "http1.invalid_transfer_encoding", "NOT_FOUND"},
		{"HTTP/1.0", func() Exchange { x := get("/"); x.Protocol = "HTTP/1.0"; return x }(), "426", "low_version", "NOT_FOUND"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := exchange(t, p, tt.x)
			wantStatus(t, r, tt.status, tt.details)
			wantLogs(t, r, "a on_log: get 0 :method -> "+tt.method)
			if r.Upstream.Reached {
				t.Error("the upstream was reached")
			}
		})
	}
}

func TestCarriageReturnsInValuesAreDropped(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: get 0 x-a", "on_request_headers: get 0 :authority", "on_response_headers: get 2 x-b"))
	x := with(get("/", "x-a=\r a\r\rb \r", "content-length=0\r"), ":authority", "a\r.b")
	x.Response.Headers = append(x.Response.Headers, Header{"x-b", "c\rd"})
	sent := slices.Clone(x.Request.Headers)
	r := exchange(t, p, x)
	wantStatus(t, r, "200", "via_upstream")
	wantLogs(t, r, "a on_request_headers: get 0 x-a -> OK ab", "a on_request_headers: get 0 :authority -> OK a.b", "a on_response_headers: get 2 x-b -> OK cd")
	if !slices.Equal(x.Request.Headers, sent) {
		t.Errorf("the exchange was changed to %q", x.Request.Headers)
	}
	x.Protocol = "HTTP/2"
	wantStatus(t, exchange(t, p, x), "", "http2.invalid.header.field")
}

func TestHTTP10PassesWhereItIsAccepted(t *testing.T) {
	p := start(t, Options{AcceptHTTP10: true}, script("a"))
	x := get("/")
	x.Protocol = "HTTP/1.0"
	wantStatus(t, exchange(t, p, x), "200", "via_upstream")
}

func TestEnvoyResetsOverHTTP2(t *testing.T) {
	p := start(t, Options{}, script("a", "on_context_create: say never"))
	for _, tt := range []struct {
		name    string
		x       Exchange
		details string
	}{
		{"a space in the path", get("/a b"), "http2.invalid.header.field"},
		{"a field of the connection", get("/", "connection=close"), "http2.invalid.header.field"},
		{"te", get("/", "te=gzip"), "http2.invalid.header.field"},
		{"an extended CONNECT", with(get("/"), ":method", "CONNECT", ":protocol", "websocket"), "http2.invalid.header.field"},
		{"CONNECT with a path", with(get("/"), ":method", "CONNECT"), "http2.violation.of.messaging.rule"},
		{"no scheme", with(get("/"), ":scheme", ""), "http2.violation.of.messaging.rule"},
		{"a path that does not begin with a slash", get("a"), "http2.violation.of.messaging.rule"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.x.Protocol = "HTTP/2"
			r := exchange(t, p, tt.x)
			wantStatus(t, r, "", tt.details)
			wantLogs(t, r)
			if !r.Response.Reset || r.Flags != "DPE" {
				t.Errorf("reset %v, flags %q; want true, DPE", r.Response.Reset, r.Flags)
			}
		})
	}
	utf8 := get("/caf\u00e9")
	utf8.Protocol = "HTTP/2"
	if r := exchange(t, start(t, Options{}, script("a")), utf8); !r.Upstream.Reached {
		t.Errorf("raw UTF-8 over HTTP/2: details %q, want it to pass", r.Details)
	}
}

func TestConnectFindsNoRoute(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: get 0 :authority", "on_response_headers: get 2 :status"))
	r := exchange(t, p, with(get("/"), ":method", "CONNECT", ":path", "", ":authority", "example.com:443"))
	wantStatus(t, r, "404", "route_not_found")
	wantLogs(t, r, "a on_request_headers: get 0 :authority -> OK example.com:443", "a on_response_headers: get 2 :status -> OK 404")
}

func TestUpgradesThatAreAllowedPass(t *testing.T) {
	p := start(t, Options{Upgrades: []string{"websocket"}}, script("a", "on_request_headers: get 0 upgrade"))
	x := get("/", "connection=Upgrade", "upgrade=WebSocket")
	x.Response = Message{Headers: []Header{{":status", "101"}, {"upgrade", "websocket"}}}
	r := exchange(t, p, x)
	wantStatus(t, r, "101", "via_upstream")
	wantLogs(t, r, "a on_request_headers: get 0 upgrade -> OK WebSocket")
	wantStatus(t, exchange(t, p, get("/", "connection=upgrade", "upgrade=other")), "403", "upgrade_failed")
}
