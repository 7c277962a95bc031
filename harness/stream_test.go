package harness

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestTimersRunOnTheVirtualClock(t *testing.T) {
	p := start(t, Options{Workers: 2, Now: time.Unix(100, 0)}, script("a",
		"on_configure: tick 1000", "on_tick: time"))
	if err := p.Advance(t.Context(), 2500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var ticks []string
	for _, e := range p.Logs() {
		if strings.Contains(e.Message, "on_tick") {
			ticks = append(ticks, e.Message)
		}
	}
	// The main thread and two workers, twice each.
	if len(ticks) != 6 || ticks[0] != "on_tick: time -> OK 101000000000" || ticks[5] != "on_tick: time -> OK 102000000000" {
		t.Errorf("ticks %q, want 6 at 101 s and 102 s", ticks)
	}
	x := get("/")
	x.At = time.Unix(110, 0)
	r := exchange(t, p, x)
	if !r.Started.Equal(time.Unix(110, 0)) || !p.Now().Equal(time.Unix(110, 0)) {
		t.Errorf("started at %v, now %v, want 110 s", r.Started, p.Now())
	}
}

func TestTickCanBeChangedAndStopped(t *testing.T) {
	p := start(t, Options{}, script("a", "on_configure: tick 10", "on_tick: say tick", "on_tick: tick 0"))
	before := len(p.Logs())
	if err := p.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := len(p.Logs()) - before; got != 4 {
		t.Errorf("%d lines, want one tick of two lines on the main thread and the worker", got)
	}
}

func TestCloseWaitsForDone(t *testing.T) {
	p, err := Start(t.Context(), []Plugin{script("a",
		"on_configure: tick 500", "on_done: say done", "on_done: return 0", "on_tick: done", "on_delete: say delete")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := len(p.Logs())
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantLogs(t, Result{Logs: p.Logs()[before:]},
		"a on_done: done []", "a on_done: done []",
		"a on_tick: done -> OK", "a on_delete: delete []", "a on_tick: done -> OK", "a on_delete: delete []")
}

func TestBreakingOff(t *testing.T) {
	reset := func(x Exchange) Exchange {
		x.Response.Reset = true
		return x
	}
	nothing := reset(get("/"))
	nothing.Response.Headers, nothing.Response.Body = nil, nil
	over2 := nothing
	over2.UpstreamProtocol = "HTTP/2"
	client := post("/", "part")
	client.Request.Reset = true
	client2 := client
	client2.Protocol = "HTTP/2"
	slow := get("/")
	slow.Response.Delay = time.Minute
	impatient := slow
	impatient.Patience = time.Second
	nobody := get("/")
	nobody.NoUpstream = true
	for _, tt := range []struct {
		name, status, details, flags, body string
		reset                              bool
		x                                  Exchange
	}{
		{"upstream before headers", "503", "upstream_reset_before_response_started{connection_termination}", "UC",
			"upstream connect error or disconnect/reset before headers. reset reason: connection termination", false, nothing},
		{"upstream before headers over HTTP/2", "503", "upstream_reset_before_response_started{remote_reset}", "UR",
			"upstream connect error or disconnect/reset before headers. reset reason: remote reset", false, over2},
		{"upstream in the body", "200", "upstream_reset_after_response_started{protocol_error}", "UPE", "hello", true, reset(get("/"))},
		{"client", "", "downstream_remote_disconnect", "DC", "", true, client},
		{"client over HTTP/2", "", "http2.remote_reset", "DR", "", true, client2},
		{"client without patience", "", "downstream_remote_disconnect", "DC", "", true, impatient},
		{"nobody upstream", "503", "no_healthy_upstream", "UH", "no healthy upstream", false, nobody},
		{"no answer in time", "504", "response_timeout", "UT", "upstream request timeout", false, slow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, Options{}, script("a", "on_log: say log", "on_delete: say delete"))
			r := exchange(t, p, tt.x)
			wantStatus(t, r, tt.status, tt.details)
			if r.Flags != tt.flags || body(r.Response) != tt.body || r.Response.Reset != tt.reset {
				t.Errorf("flags %q, body %q, reset %v; want %q, %q, %v", r.Flags, body(r.Response), r.Response.Reset, tt.flags, tt.body, tt.reset)
			}
			wantLogs(t, r, "a on_log: log []", "a on_delete: delete []")
		})
	}
}

func TestBreakingOffWhileHeadersWait(t *testing.T) {
	x := get("/")
	x.Response.Reset = true
	over2 := x
	over2.UpstreamProtocol = "HTTP/2"
	stuck := get("/")
	stuck.Response.Body = [][]byte{[]byte("hello"), make([]byte, 100), []byte("never read")}
	const prefix = "upstream connect error or disconnect/reset before headers. reset reason: "
	for _, tt := range []struct {
		name, status, details, flags, body string
		x                                  Exchange
	}{
		{"over HTTP/1", "502", "upstream_reset_after_response_started{protocol_error}", "UPE", prefix + "protocol error", x},
		{"over HTTP/2", "503", "upstream_reset_after_response_started{remote_reset}", "UR", prefix + "remote reset", over2},
		{"no end in time", "504", "response_timeout", "UT", "upstream request timeout", stuck},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, Options{BufferLimit: 50}, script("a", "on_response_headers: say never"),
				script("b", "on_response_headers: return 1", "on_log: get 2 :status"))
			r := exchange(t, p, tt.x)
			wantStatus(t, r, tt.status, tt.details)
			if r.Flags != tt.flags || body(r.Response) != tt.body || r.Response.Reset {
				t.Errorf("flags %q, body %q, reset %v; want %q, %q, false", r.Flags, body(r.Response), r.Response.Reset, tt.flags, tt.body)
			}
			wantLogs(t, r, "b on_log: get 2 :status -> OK "+tt.status)
		})
	}
}

func TestEndOfBodyByProtocol(t *testing.T) {
	lines := []string{"on_request_headers: say headers", "on_request_body: say body", "on_request_trailers: say trailers",
		"on_response_headers: say response", "on_response_body: say response", "on_response_trailers: say trailers"}
	for _, tt := range []struct {
		name string
		x    func(*Exchange)
		want []string
	}{
		{"HTTP/1", func(*Exchange) {}, []string{"headers [4 0]", "body [3 0]", "body [3 0]", "body [0 1]",
			"response [2 0]", "response [5 0]", "response [0 1]"}},
		{"HTTP/2", func(x *Exchange) { x.Protocol, x.UpstreamProtocol = "HTTP/2", "HTTP/2" }, []string{"headers [4 0]",
			"body [3 0]", "body [3 1]", "response [2 0]", "response [5 1]"}},
		{"trailers", func(x *Exchange) {
			x.Request.Trailers = []Header{{"t", "1"}}
			x.Response.Trailers = []Header{{"u", "1"}, {"v", "2"}}
		}, []string{"headers [4 0]", "body [3 0]", "body [3 0]", "trailers [1]",
			"response [2 0]", "response [5 0]", "trailers [2]"}},
		{"HEAD", func(x *Exchange) {
			x.Request.Headers[0].Value = "HEAD"
			x.Request.Body = nil
		}, []string{"headers [4 1]", "response [2 1]"}},
		{"204", func(x *Exchange) { x.Response.Headers[0].Value = "204" }, []string{"headers [4 0]", "body [3 0]", "body [3 0]", "body [0 1]",
			"response [2 1]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := post("/", "one", "two")
			tt.x(&x)
			p := start(t, Options{}, script("a", lines...))
			r := exchange(t, p, x)
			var got []string
			for _, m := range messages(r.Logs) {
				_, line, _ := strings.Cut(m, ": ")
				got = append(got, line)
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("callbacks %q, want %q", got, tt.want)
			}
			if len(r.Response.Trailers) != len(x.Response.Trailers) || len(r.Upstream.Request.Trailers) != len(x.Request.Trailers) {
				t.Errorf("trailers %v and %v, want those of the exchange", r.Upstream.Request.Trailers, r.Response.Trailers)
			}
		})
	}
}

func TestTrailersThatAPluginAdds(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_body: more? add 1 early x", "on_request_body: end? add 1 added yes", "on_request_trailers: say never",
		"on_response_body: end? add 3 also yes"),
		script("b", "on_request_body: say body", "on_request_trailers: pairs 1"))
	r := exchange(t, p, post("/", "x"))
	wantLogs(t, r,
		"a on_request_body: add 1 early x -> BAD_ARGUMENT", "b on_request_body: body [1 0]",
		"a on_request_body: add 1 added yes -> OK", "b on_request_body: body [0 0]", "b on_request_trailers: pairs 1 -> OK added=yes",
		"a on_response_body: add 3 also yes -> OK")
	if len(r.Upstream.Request.Trailers) != 1 || len(r.Response.Trailers) != 1 {
		t.Errorf("trailers %v and %v, want one each", r.Upstream.Request.Trailers, r.Response.Trailers)
	}
}

func TestBodyHeldByOneFilterAndChangedByTheNext(t *testing.T) {
	p := start(t, Options{},
		script("hold", "on_request_body: more? return 1", "on_request_body: end? setbody 0 0 0 <",
			"on_response_body: more? return 1"),
		script("change", "on_request_body: end? setbody 0 99 0 >", "on_response_body: say response"))
	r := exchange(t, p, post("/", "a", "b", "c"))
	if got := chunks(r.Upstream.Request); got != "<abc>" {
		t.Errorf("upstream body %q, want <abc>", got)
	}
	if got := chunks(r.Response); got != "hello" {
		t.Errorf("body %q, want hello", got)
	}
}

func TestHeadersThatPluginsChange(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: add 0 X-New one", "on_request_headers: add 0 x-new two", "on_request_headers: set 0 :path /other",
		"on_request_headers: remove 0 x-gone", "on_request_headers: add 0 accept b",
		"on_response_headers: setpairs 2 :status=299 x=y"),
		script("b", "on_request_headers: get 0 :path"))
	r := exchange(t, p, get("/", "x-gone=1", "accept=a", "x-gone=2"))
	wantStatus(t, r, "299", "via_upstream")
	want := []Header{{":method", "GET"}, {":authority", "example.com"}, {":scheme", "http"}, {":path", "/other"},
		{"accept", "a,b"}, {"x-new", "one"}, {"x-new", "two"}}
	if got := r.Upstream.Request.Headers; len(got) != len(want) {
		t.Fatalf("upstream headers %v, want %v", got, want)
	}
	for i, h := range r.Upstream.Request.Headers {
		if h != want[i] {
			t.Errorf("upstream header %d: %v, want %v", i, h, want[i])
		}
	}
	if field(r.Response, "x") != "y" || field(r.Response, "content-type") != "" {
		t.Errorf("response headers %v, want those of the plugin", r.Response.Headers)
	}

	p = start(t, Options{}, script("a", "on_request_headers: remove 0 :path"))
	r = exchange(t, p, get("/"))
	wantStatus(t, r, "503", "filter_removed_required_request_headers{missing_required_header:_:path}")
}

func TestGRPCStream(t *testing.T) {
	opts := Options{GRPCCallouts: []GRPCCallout{{Cluster: "s", Delay: time.Second, Messages: [][]byte{[]byte("one"), []byte("two")},
		InitialMetadata: []Header{{"i", "1"}}, TrailingMetadata: []Header{{"t", "1"}}, Status: 5, StatusMessage: "gone"},
		{Cluster: "down", Unreachable: true}}}
	p := start(t, opts, script("a",
		"on_configure: grpcstream s 0 svc method", "on_configure: grpcsend 6 hello 0", "on_configure: grpcsend 5 hello 0",
		"on_configure: grpcsend 10 hello 0", "on_configure: grpcclose 6",
		"on_grpc_receive_initial_metadata: pairs 4", "on_grpc_receive: body 5 0 9",
		"on_grpc_receive_trailing_metadata: pairs 5", "on_grpc_close: status", "on_grpc_close: grpcclose 6"))
	before := len(p.Logs())
	if err := p.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	one := []string{
		"a on_grpc_receive_initial_metadata: pairs 4 -> OK :status=200 content-type=application/grpc i=1",
		`a on_grpc_receive: body 5 0 9 -> OK 3 "one"`, `a on_grpc_receive: body 5 0 9 -> OK 3 "two"`,
		"a on_grpc_receive_trailing_metadata: pairs 5 -> OK grpc-status=5 grpc-message=gone t=1",
		`a on_grpc_close: status -> OK 5 "gone{via_upstream}"`, "a on_grpc_close: grpcclose 6 -> OK"}
	wantLogs(t, Result{Logs: p.Logs()[before:]}, append(append([]string{}, one...), one...)...)
	wantLogs(t, Result{Logs: p.Logs()[:5]}, "a on_configure: grpcstream s 0 svc method -> OK token 6",
		"a on_configure: grpcsend 6 hello 0 -> OK", "a on_configure: grpcsend 5 hello 0 -> BAD_ARGUMENT",
		"a on_configure: grpcsend 10 hello 0 -> NOT_FOUND", "a on_configure: grpcclose 6 -> OK")
}

func TestCalloutsThatArePickedByRequestAndUse(t *testing.T) {
	answer := func(status string) Message { return Message{Headers: []Header{{":status", status}}} }
	p := start(t, Options{HTTPCallouts: []HTTPCallout{
		{Cluster: "c", Path: "/keys", Times: 1, Response: answer("500")},
		{Cluster: "c", Path: "/keys", Response: answer("200")},
		{Cluster: "c", Method: "POST", Response: answer("201")},
	}}, script("a",
		"on_request_headers: httpcall c 0 :method=GET :path=/keys :authority=a",
		"on_request_headers: httpcall c 0 :method=GET :path=/keys :authority=a",
		"on_request_headers: httpcall c 0 :method=POST :path=/x :authority=a",
		"on_request_headers: httpcall c 0 :method=GET :path=/x :authority=a",
		"on_http_call_response: get 6 :status"))
	r := exchange(t, p, get("/"))
	got := messages(r.Logs)
	want := []string{"a on_http_call_response: get 6 :status -> OK 500", "a on_http_call_response: get 6 :status -> OK 200",
		"a on_http_call_response: get 6 :status -> OK 201"}
	if len(got) != 7 || strings.Join(got[4:], "\n") != strings.Join(want, "\n") {
		t.Errorf("logs %q, want the last three %q", got, want)
	}
	if last := r.Logs[3]; !last.Host || !strings.Contains(last.Message, `no callout is declared for GET /x on cluster "c"`) {
		t.Errorf("host line %+v, want one that names the call without a callout", last)
	}
}

func TestRequestsThatNeverReachTheChain(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: pairs 0", "on_log: say log"))
	r := exchange(t, p, get("/a?b#c"))
	wantStatus(t, r, "400", "path_normalization_failed")
	wantLogs(t, r, "a on_log: log []")
	crumbs := get("/", "cookie=a=1", "x=y", "cookie=b=2")
	crumbs.Protocol = "HTTP/2"
	r = exchange(t, p, crumbs)
	if got := field(r.Upstream.Request, "cookie"); got != "a=1; b=2" {
		t.Errorf("cookie %q, want one field a=1; b=2", got)
	}
	r = exchange(t, p, get("/", "expect=100-continue"))
	wantLogs(t, r, "a on_request_headers: pairs 0 -> OK :method=GET :path=/ :authority=example.com :scheme=http", "a on_log: log []")
}

func TestExchangesThatCannotBe(t *testing.T) {
	p := start(t, Options{Workers: 2}, script("a"))
	if _, err := p.Exchange(t.Context(), 2, get("/")); err == nil || !strings.Contains(err.Error(), "worker 2, want 0 to 1") {
		t.Errorf("worker 2 of 2: %v, want an error that says so", err)
	}
	if _, err := p.Exchange(t.Context(), 0, Exchange{Name: "x"}); err == nil || !strings.Contains(err.Error(), "without headers") {
		t.Errorf("no headers: %v, want an error that says so", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Exchange(ctx, 0, get("/")); err == nil {
		t.Error("context done: no error, want one")
	}
}

func TestPluginsThatKeepEachOtherBusy(t *testing.T) {
	p := start(t, Options{}, script("a", "on_configure: register q",
		"on_request_headers: enqueue 1 x", "on_queue_ready: enqueue 1 x"))
	_, err := p.Exchange(t.Context(), 0, get("/"))
	if err == nil || !strings.Contains(err.Error(), "at one time") {
		t.Errorf("Exchange: %v, want an error that says time does not go on", err)
	}
}
