package harness

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The behaviours of Envoy that cost days to find, one test each: those of
// streams here, those of plugins and VMs in envoy_vm_test.go.

func TestEnvoy01PauseInHeadersKeepsTheBodyBack(t *testing.T) {
	lines := []string{
		"on_request_headers: httpcall auth 1000 :method=GET :path=/ :authority=a",
		"on_request_headers: return 1",
		"on_request_body: say body",
		"on_http_call_response: effective 2",
		"on_http_call_response: continue 0",
	}
	opts := Options{HTTPCallouts: []HTTPCallout{{Cluster: "auth"}}}
	p := start(t, opts, script("a", lines...))
	r := exchange(t, p, post("/", "one", "two"))
	wantLogs(t, r,
		"a on_request_headers: httpcall auth 1000 :method=GET :path=/ :authority=a -> OK token 4",
		"a on_http_call_response: effective 2 -> OK",
		"a on_http_call_response: continue 0 -> OK",
		"a on_request_body: body [6 1]",
	)
	wantStatus(t, r, "200", "via_upstream")

	stopping := script("a", lines...)
	stopping.AllowOnHeadersStopIteration = true
	p = start(t, opts, stopping)
	r = exchange(t, p, post("/", "one", "two"))
	if got := messages(r.Logs); len(got) < 2 || got[1] != "a on_request_body: body [3 0]" {
		t.Errorf("with allow_on_headers_stop_iteration: %q, want body callbacks before the callout answers", got)
	}
}

func TestEnvoy01PauseForEverEndsInTheIdleTimeout(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: return 1"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "504", "stream_idle_timeout")
	if got := r.Ended.Sub(r.Started); got != 5*time.Minute || r.Flags != "SI" || r.Upstream.Reached {
		t.Errorf("after %v, flags %q, upstream reached %v; want 5m0s, SI, false", got, r.Flags, r.Upstream.Reached)
	}
}

func TestEnvoy02MapsAreGoneAfterContinue(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: get 0 :path",
		"on_request_body: get 0 :path",
		"on_request_body: pairs 0",
		"on_request_body: add 0 x y",
		"on_request_body: set 0 x y",
		"on_request_body: remove 0 x",
		"on_request_body: mapsize 0",
		"on_request_body: prop request/path",
		"on_log: get 0 :path",
		"on_log: get 1 x",
		"on_log: mapsize 0",
		"on_log: prop request/path",
	))
	x := post("/here", "b")
	x.Protocol = "HTTP/2"
	r := exchange(t, p, x)
	wantLogs(t, r,
		"a on_request_headers: get 0 :path -> OK /here",
		"a on_request_body: get 0 :path -> BAD_ARGUMENT",
		"a on_request_body: pairs 0 -> OK",
		"a on_request_body: add 0 x y -> BAD_ARGUMENT",
		"a on_request_body: set 0 x y -> BAD_ARGUMENT",
		"a on_request_body: remove 0 x -> BAD_ARGUMENT",
		"a on_request_body: mapsize 0 -> BAD_ARGUMENT",
		"a size 0",
		"a on_request_body: prop request/path -> NOT_FOUND",
		"a on_log: get 0 :path -> OK /here",
		"a on_log: get 1 x -> NOT_FOUND",
		"a on_log: mapsize 0 -> BAD_ARGUMENT",
		"a size 0",
		"a on_log: prop request/path -> OK /here",
	)
}

func TestEnvoy03ContinueOfTheResponseDropsTheRequest(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: continue 2",
		"on_request_headers: continue 3",
		"on_request_headers: continue 4",
		"on_request_headers: reply 204",
		"on_response_headers: get 0 :path",
		"on_response_headers: continue 1",
		"on_response_headers: get 0 :path",
		"on_response_headers: return 1",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: continue 2 -> OK",
		"a on_request_headers: continue 3 -> UNIMPLEMENTED",
		"a on_request_headers: continue 4 -> BAD_ARGUMENT",
		"a on_request_headers: reply 204 -> OK",
		"a on_response_headers: get 0 :path -> OK /",
		"a on_response_headers: continue 1 -> OK",
		"a on_response_headers: get 0 :path -> BAD_ARGUMENT",
	)
	wantStatus(t, r, "204", "")
}

func TestEnvoy03CallsThatCrashEnvoy(t *testing.T) {
	for _, tt := range []struct{ name, line, callback string }{
		{"continuing a response that has not begun", "on_request_headers: continue 1", "proxy_on_request_headers"},
		{"continuing response trailers", "on_response_trailers: continue 1", "proxy_on_response_trailers"},
		{"closing in the log", "on_log: close 0", "proxy_on_log"},
		{"closing at the end", "on_done: close 1", "proxy_on_done"},
		{"answering in the log", "on_log: reply 200", "proxy_on_log"},
		{"answering at the end", "on_done: reply 200", "proxy_on_done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, Options{}, script("a", tt.line))
			x := get("/")
			x.Response.Trailers = []Header{{"t", "1"}}
			r := exchange(t, p, x)
			if len(r.Failures) != 1 || r.Failures[0].Callback != tt.callback || !strings.HasPrefix(r.Failures[0].Reason, "Envoy crashes here") {
				t.Errorf("failures %v, want one that says Envoy crashes in %s", r.Failures, tt.callback)
			}
		})
	}
}

func TestEnvoy03ContinuingWhatIsNotPausedDoublesTheRequest(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: continue 0"), script("b", "on_request_headers: say b"))
	r := exchange(t, p, get("/"))
	wantLogs(t, r, "a on_request_headers: continue 0 -> OK",
		"b on_request_headers: b [4 1]", "b on_request_headers: b [4 1]")
	if r.Upstream.Requests != 2 || r.Status() != "200" {
		t.Errorf("%d requests upstream, status %s; want 2, 200", r.Upstream.Requests, r.Status())
	}
	warned := slices.ContainsFunc(r.Logs, func(e LogEntry) bool { return e.Host && strings.Contains(e.Message, "not paused") })
	if !warned {
		t.Errorf("logs %v, want a warning of the host", r.Logs)
	}
}

func TestEnvoy03ClosingWaitsForTheCallbackToReturn(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: close 0",
		"on_request_headers: get 0 :path",
		"on_log: say log",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: close 0 -> OK",
		"a on_request_headers: get 0 :path -> OK /",
		"a on_log: log []",
	)
	if !r.Response.Reset || r.Details != "wasm_close_stream" || r.Upstream.Reached {
		t.Errorf("reset %v, details %q, upstream reached %v; want true, wasm_close_stream, false",
			r.Response.Reset, r.Details, r.Upstream.Reached)
	}
}

func TestEnvoy04GetSeesOnlyTheFirstDuplicate(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: get 0 X-Twice",
		"on_request_headers: pairs 0",
		"on_request_headers: prop request/headers/x-twice",
		"on_request_headers: get 0 authorization",
	))
	r := exchange(t, p, get("/", "x-twice=1", "x-twice=2", "authorization=a", "authorization=b"))
	wantLogs(t, r,
		"a on_request_headers: get 0 X-Twice -> OK 1",
		"a on_request_headers: pairs 0 -> OK :method=GET :path=/ :authority=example.com :scheme=http x-twice=1 x-twice=2 authorization=a,b",
		"a on_request_headers: prop request/headers/x-twice -> OK 1,2",
		"a on_request_headers: get 0 authorization -> OK a,b",
	)
}

func TestEnvoy05PauseInBodyAccumulates(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_body: say body",
		"on_request_body: more? return 1",
		"on_request_body: end? body 0 0 100",
		"on_request_body: end? body 0 2 2",
		"on_request_body: end? body 0 9 5",
		"on_request_body: end? body 0 4 100",
		"on_request_body: end? body 9 0 1",
		"on_request_body: end? bodysize 0",
	))
	r := exchange(t, p, post("/", "one", "two"))
	wantLogs(t, r,
		"a on_request_body: body [3 0]",
		"a on_request_body: body [6 0]",
		"a on_request_body: body [6 1]",
		`a on_request_body: body 0 0 100 -> OK 6 "onetwo"`,
		`a on_request_body: body 0 2 2 -> OK 2 "et"`,
		`a on_request_body: body 0 9 5 -> OK 0 ""`,
		`a on_request_body: body 0 4 100 -> OK 2 "wo"`,
		`a on_request_body: body 9 0 1 -> BAD_ARGUMENT 0 ""`,
		"a on_request_body: bodysize 0 -> OK 6",
	)
	if got := chunks(r.Upstream.Request); got != "onetwo" {
		t.Errorf("upstream body %q, want onetwo in one piece", got)
	}
}

func TestEnvoy05RequestBodyOverTheLimit(t *testing.T) {
	p := start(t, Options{BufferLimit: 10}, script("a",
		"on_request_body: say request", "on_request_body: return 1",
		"on_response_headers: say headers",
		"on_response_body: say response",
	))
	r := exchange(t, p, post("/", "12345", "67890", "1", "2"))
	wantStatus(t, r, "413", "request_payload_too_large")
	// The plugin sees the size that is too much; its answer counts no more.
	wantLogs(t, r, "a on_request_body: request [5 0]", "a on_request_body: request [10 0]",
		"a on_request_body: request [11 0]",
		"a on_response_headers: headers [3 0]", "a on_response_body: response [17 1]")
	if body(r.Response) != "Payload Too Large" || r.Upstream.Complete {
		t.Errorf("body %q, upstream complete %v; want Payload Too Large, false", body(r.Response), r.Upstream.Complete)
	}
}

func TestEnvoy05ResponseBodyOverTheLimit(t *testing.T) {
	x := get("/")
	x.Response.Body = [][]byte{[]byte("12345"), []byte("678901"), []byte("2")}

	// The headers are out already: the stream can only break off.
	p := start(t, Options{BufferLimit: 10}, script("a",
		"on_response_body: say response", "on_response_body: return 1"))
	r := exchange(t, p, x)
	wantStatus(t, r, "200", "response_payload_too_large")
	if !r.Response.Reset || r.Response.Body != nil {
		t.Errorf("reset %v, body %q; want true and none", r.Response.Reset, body(r.Response))
	}

	// Headers that were held back too: 500.
	holding := script("a", "on_response_headers: return 1",
		"on_response_body: say response", "on_response_body: return 1")
	holding.AllowOnHeadersStopIteration = true
	p = start(t, Options{BufferLimit: 10}, holding)
	r = exchange(t, p, x)
	wantStatus(t, r, "500", "response_payload_too_large")
	if body(r.Response) != "Internal Server Error" {
		t.Errorf("body %q, want Internal Server Error", body(r.Response))
	}
}

func TestEnvoy05PauseInHeadersStopsReadingAtTheLimit(t *testing.T) {
	p := start(t, Options{BufferLimit: 10, HTTPCallouts: []HTTPCallout{{Cluster: "auth"}}}, script("a",
		"on_request_headers: httpcall auth 1000 :method=GET :path=/ :authority=a",
		"on_request_headers: return 1",
		"on_http_call_response: effective 2",
		"on_http_call_response: continue 0",
		"on_request_body: say body",
	))
	r := exchange(t, p, post("/", "123456", "789012", "345678", "901234"))
	wantStatus(t, r, "200", "via_upstream")
	wantLogs(t, r,
		"a on_request_headers: httpcall auth 1000 :method=GET :path=/ :authority=a -> OK token 4",
		"a on_http_call_response: effective 2 -> OK", "a on_http_call_response: continue 0 -> OK",
		"a on_request_body: body [12 0]", "a on_request_body: body [6 0]", "a on_request_body: body [6 0]",
		"a on_request_body: body [0 1]")
	if got := body(r.Upstream.Request); got != "123456789012345678901234" {
		t.Errorf("upstream body %q, want all of it in order", got)
	}
}

func TestEnvoy05WritingTheBody(t *testing.T) {
	for _, tt := range []struct {
		name, operation, want, status string
	}{
		{"prepend", "setbody 0 0 0 >", ">body", "OK"},
		{"replace", "setbody 0 0 4 new", "new", "OK"},
		{"replace with a longer range", "setbody 0 0 99 new", "new", "OK"},
		{"append", "setbody 0 4 0 <", "body<", "OK"},
		{"append past the end", "setbody 0 50 7 <", "body<", "OK"},
		{"the first bytes", "setbody 0 0 2 x", "xdy", "OK"},
		{"the middle", "setbody 0 1 2 x", "body", "BAD_ARGUMENT"},
		{"a buffer that cannot be written", "setbody 7 0 0 x", "body", "NOT_FOUND"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, Options{}, script("a", "on_request_body: more? "+tt.operation))
			r := exchange(t, p, post("/", "body"))
			if got := body(r.Upstream.Request); got != tt.want {
				t.Errorf("upstream body %q, want %q", got, tt.want)
			}
			wantLogs(t, r, "a on_request_body: "+tt.operation+" -> "+tt.status)
		})
	}
}

func TestEnvoy06LocalReplyStopsWhateverTheAnswer(t *testing.T) {
	p := start(t, Options{}, script("first",
		"on_response_headers: pairs 2",
	), script("a",
		"on_request_headers: reply 403 not_for you content-type=application/json x-why=because",
		"on_request_headers: get 0 :path",
		"on_request_headers: return 0",
		"on_response_headers: say headers",
		"on_response_headers: add 2 x-more 1",
		"on_response_body: body 1 0 100",
	), script("after", "on_request_headers: say never", "on_response_headers: say too"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "403", "not_for")
	wantLogs(t, r,
		"a on_request_headers: reply 403 not_for you content-type=application/json x-why=because -> OK",
		"a on_request_headers: get 0 :path -> OK /",
		"a on_response_headers: headers [4 0]",
		"a on_response_headers: add 2 x-more 1 -> OK",
		"first on_response_headers: pairs 2 -> OK :status=403 content-type=application/json x-why=because content-length=3 x-more=1",
		`a on_response_body: body 1 0 100 -> OK 3 "you"`,
	)
	if r.Upstream.Reached || body(r.Response) != "you" {
		t.Errorf("upstream reached %v, body %q; want false, you", r.Upstream.Reached, body(r.Response))
	}
}

func TestEnvoy06LocalReplyToGRPCIsTrailersOnly(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: reply 403 d no x=1"))
	x := post("/svc/method", "m")
	x.Request.Headers = append(x.Request.Headers, Header{"content-type", "application/grpc"})
	r := exchange(t, p, x)
	want := []Header{{":status", "200"}, {"x", "1"}, {"content-type", "application/grpc"}, {"grpc-status", "7"}, {"grpc-message", "no"}}
	if len(r.Response.Headers) != len(want) || r.Response.Body != nil {
		t.Fatalf("response %+v, want the headers %v and no body", r.Response, want)
	}
	for i := range want {
		if r.Response.Headers[i] != want[i] {
			t.Errorf("header %d: %v, want %v", i, r.Response.Headers[i], want[i])
		}
	}
}

func TestEnvoy06LocalReplyToResponseHeadersGoesStraightOut(t *testing.T) {
	p := start(t, Options{},
		script("outer", "on_response_headers: say outer"),
		script("a", "on_response_headers: reply 502 bad answer", "on_response_body: say never"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "502", "bad")
	wantLogs(t, r, "a on_response_headers: reply 502 bad answer -> OK")
	if body(r.Response) != "answer" {
		t.Errorf("body %q, want answer", body(r.Response))
	}
}

func TestEnvoy06LocalReplyOvertakesALocalReply(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: reply 403 first one", "on_response_headers: reply 500 second two",
		"on_response_body: say body", "on_log: say log"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "500", "second")
	wantLogs(t, r, "a on_request_headers: reply 403 first one -> OK", "a on_response_headers: reply 500 second two -> OK",
		"a on_response_body: body [3 1]", "a on_log: log []")
	if body(r.Response) != "two" {
		t.Errorf("body %q, want two", body(r.Response))
	}
}

func TestEnvoy06ContinueAfterALocalReplyDoesNothing(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: reply 403 d b", "on_request_headers: continue 0"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "403", "d")
	if r.Upstream.Reached {
		t.Error("the upstream was reached, want it left alone")
	}
}

func TestEnvoy07CalloutsBelongToTheRoot(t *testing.T) {
	opts := Options{HTTPCallouts: []HTTPCallout{
		{Cluster: "slow", Response: Message{Delay: time.Minute, Headers: []Header{{":status", "201"}, {"x", "y"}},
			Body: [][]byte{[]byte("late")}, Trailers: []Header{{"t", "1"}}}},
		{Cluster: "broken", Response: Message{Headers: []Header{{":status", "200"}}, Reset: true}},
		{Cluster: "down", Unreachable: true},
		{Cluster: "silent", Silent: true},
	}, Clusters: []string{"empty"}}
	p := start(t, opts, script("a",
		"on_request_headers: httpcall slow 0 :method=GET :path=/ :authority=a",
		"on_request_headers: httpcall nosuch 0 :method=GET :path=/ :authority=a",
		"on_request_headers: httpcall slow 0 :method=GET :path=/",
		"on_request_headers: httpcall slow -1 :method=GET :path=/ :authority=a",
		"on_request_headers: httpcall empty 0 :method=GET :path=/ :authority=a",
		"on_http_call_response: me",
		"on_http_call_response: say response",
		"on_http_call_response: status",
		"on_http_call_response: pairs 6",
		"on_http_call_response: body 4 0 200",
		"on_http_call_response: pairs 7",
		"on_http_call_response: setbody 4 0 0 x",
		"on_http_call_response: effective 2",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: httpcall slow 0 :method=GET :path=/ :authority=a -> OK token 4",
		"a on_request_headers: httpcall nosuch 0 :method=GET :path=/ :authority=a -> BAD_ARGUMENT token 0",
		"a on_request_headers: httpcall slow 0 :method=GET :path=/ -> BAD_ARGUMENT token 0",
		"a on_request_headers: httpcall slow -1 :method=GET :path=/ :authority=a -> BAD_ARGUMENT token 0",
		"a on_request_headers: httpcall empty 0 :method=GET :path=/ :authority=a -> INTERNAL_FAILURE token 0",
	)
	seen := len(p.Logs())
	if err := p.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	wantLogs(t, Result{Logs: p.Logs()[seen:]},
		"a on_http_call_response: context 1",
		"a on_http_call_response: response [4 2 4 1]",
		`a on_http_call_response: status -> OK 0 ""`,
		"a on_http_call_response: pairs 6 -> OK :status=201 x=y",
		`a on_http_call_response: body 4 0 200 -> OK 4 "late"`,
		"a on_http_call_response: pairs 7 -> OK t=1",
		"a on_http_call_response: setbody 4 0 0 x -> BAD_ARGUMENT",
		"a on_http_call_response: effective 2 -> BAD_ARGUMENT",
	)

	p = start(t, opts, script("a",
		"on_request_headers: httpcall broken 0 :method=GET :path=/ :authority=a",
		"on_request_headers: httpcall down 0 :method=GET :path=/ :authority=a",
		"on_request_headers: httpcall silent 700 :method=GET :path=/ :authority=a",
		"on_http_call_response: say response",
		"on_http_call_response: status",
		"on_http_call_response: get 6 :status",
		"on_http_call_response: body 4 0 24",
	))
	exchange(t, p, get("/"))
	seen = 3
	if err := p.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	wantLogs(t, Result{Logs: p.Logs()[seen:]},
		"a on_http_call_response: response [4 0 0 0]",
		`a on_http_call_response: status -> OK 11 "reset"`,
		"a on_http_call_response: get 6 :status -> BAD_ARGUMENT",
		`a on_http_call_response: body 4 0 24 -> NOT_FOUND 0 ""`,
		"a on_http_call_response: response [8 3 98 0]",
		`a on_http_call_response: status -> OK 11 ""`,
		"a on_http_call_response: get 6 :status -> OK 503",
		`a on_http_call_response: body 4 0 24 -> OK 24 "upstream connect error o"`,
		"a on_http_call_response: response [12 3 24 0]",
		`a on_http_call_response: status -> OK 11 ""`,
		"a on_http_call_response: get 6 :status -> OK 504",
		`a on_http_call_response: body 4 0 24 -> OK 24 "upstream request timeout"`,
	)
}

func TestEnvoy08ABareClusterNameMayAbortEnvoy(t *testing.T) {
	opts := Options{GRPCCallouts: []GRPCCallout{
		{Cluster: "users", Messages: [][]byte{[]byte("answer")}},
		{Cluster: "limits", Messages: [][]byte{[]byte("answer")}},
	}}
	p := start(t, opts, script("a",
		"on_request_headers: grpccall users 100 svc method",
		"on_request_headers: grpcraw limits 100 svc method",
		"on_request_headers: grpcraw nosuch 100 svc method",
		"on_grpc_receive: say message",
		"on_grpc_receive: body 5 0 100",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: grpccall users 100 svc method -> OK token 5",
		"a on_request_headers: grpcraw limits 100 svc method -> OK token 9",
		"a on_request_headers: grpcraw nosuch 100 svc method -> PARSE_FAILURE token 0",
		"a on_grpc_receive: message [5 6]",
		`a on_grpc_receive: body 5 0 100 -> OK 6 "answer"`,
		"a on_grpc_receive: message [9 6]",
		`a on_grpc_receive: body 5 0 100 -> OK 6 "answer"`,
	)

	p = start(t, opts, script("a", "on_request_headers: grpcraw users 100 svc method"))
	r = exchange(t, p, get("/"))
	if len(r.Failures) != 1 || !strings.Contains(r.Failures[0].Reason, "Envoy aborts here") {
		t.Errorf("failures %v, want one that says Envoy aborts", r.Failures)
	}
	wantStatus(t, r, "503", "wasm_fail_stream")
}

func TestEnvoy09GRPCCallsThatFail(t *testing.T) {
	opts := Options{Clusters: []string{"empty"}, GRPCCallouts: []GRPCCallout{
		{Cluster: "silent", Silent: true},
		{Cluster: "down", Unreachable: true},
		{Cluster: "denies", Status: 7, StatusMessage: "no"},
	}}
	p := start(t, opts, script("a",
		"on_request_headers: grpccall silent 0 svc method",
		"on_request_headers: grpccall silent 500 svc method",
		"on_request_headers: grpccall nosuch 100 svc method",
		"on_request_headers: grpccall empty 100 svc method",
		"on_request_headers: grpccall down 100 svc method",
		"on_request_headers: grpccall denies 100 svc method",
		"on_grpc_close: say close",
		"on_grpc_close: status",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: grpccall silent 0 svc method -> OK token 5",
		"a on_request_headers: grpccall silent 500 svc method -> OK token 9",
		"a on_request_headers: grpccall nosuch 100 svc method -> INTERNAL_FAILURE token 0",
		"a on_request_headers: grpccall empty 100 svc method -> INTERNAL_FAILURE token 0",
		"a on_request_headers: grpccall down 100 svc method -> OK token 21",
		"a on_request_headers: grpccall denies 100 svc method -> OK token 25",
		"a on_grpc_close: close [13 14]",
		`a on_grpc_close: status -> OK 14 "Cluster not available"`,
		"a on_grpc_close: close [17 14]",
		`a on_grpc_close: status -> OK 14 "no healthy upstream{no_healthy_upstream}"`,
		"a on_grpc_close: close [21 14]",
		`a on_grpc_close: status -> OK 14 "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure`+
			`{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}"`,
		"a on_grpc_close: close [25 7]",
		`a on_grpc_close: status -> OK 7 "no{via_upstream}"`,
	)
	seen := len(p.Logs())
	if err := p.Advance(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	// Without a timeout the first call never hears anything.
	wantLogs(t, Result{Logs: p.Logs()[seen:]},
		"a on_grpc_close: close [9 14]",
		`a on_grpc_close: status -> OK 14 "upstream request timeout{response_timeout}"`)
}

func TestEnvoy10OrderAtTheEnd(t *testing.T) {
	end := []string{"on_log: say log", "on_done: say done", "on_delete: say delete",
		"on_request_headers: say headers", "on_response_headers: say response"}
	p := start(t, Options{}, script("a", end...), script("b", end...))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: headers [4 1]", "b on_request_headers: headers [4 1]",
		"b on_response_headers: response [2 0]", "a on_response_headers: response [2 0]",
		"a on_log: log []", "b on_log: log []",
		"a on_done: done []", "a on_delete: delete []", "b on_done: done []", "b on_delete: delete []",
	)
}

func TestEnvoy10LogMayComeFirst(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_context_create: say create", "on_request_headers: say never",
		"on_log: pairs 0", "on_log: get 0 :path", "on_log: get 2 :status",
		"on_done: say done", "on_delete: say delete"))
	for _, tt := range []struct {
		name, details string
		x             Exchange
	}{
		{"too large", "http1.headers_too_large", get("/", "x="+strings.Repeat("a", 60<<10))},
		{"too many", "http1.too_many_headers", func() Exchange {
			x := get("/")
			for range 100 {
				x.Request.Headers = append(x.Request.Headers, Header{"x", "y"})
			}
			return x
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := exchange(t, p, tt.x)
			wantStatus(t, r, "431", tt.details)
			wantLogs(t, r,
				"a on_context_create: create [1]", "a on_log: pairs 0 -> OK",
				"a on_log: get 0 :path -> NOT_FOUND", "a on_log: get 2 :status -> OK 431",
				"a on_done: done []", "a on_delete: delete []")
		})
	}

	over2 := get("/", "x="+strings.Repeat("a", 60<<10))
	over2.Protocol = "HTTP/2"
	r := exchange(t, p, over2)
	wantStatus(t, r, "", "http2.header_list_size_too_large")
	wantLogs(t, r)
	if !r.Response.Reset || r.Flags != "DR" {
		t.Errorf("reset %v, flags %q; want true, DR", r.Response.Reset, r.Flags)
	}
}
