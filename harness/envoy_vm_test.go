package harness

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestEnvoy11OnlyLoggingWhileTheModuleStarts(t *testing.T) {
	allowed := assemble([]wasmFunc{{name: "env.proxy_log", params: []byte{i32, i32, i32}, results: []byte{i32}}},
		append(plain(), wasmFunc{name: "_initialize", code: []byte{
			opI32Const, 2, opI32Const, 0, opI32Const, 0, opCall, 0, opDrop}}))
	start(t, Options{}, Plugin{Name: "a", Wasm: allowed})

	refused := assemble([]wasmFunc{{name: "env.proxy_get_current_time_nanoseconds", params: []byte{i32}, results: []byte{i32}}},
		append(plain(), wasmFunc{name: "_initialize", code: []byte{opI32Const, 0, opCall, 0, opDrop}}))
	_, err := Start(t.Context(), []Plugin{{Name: "a", Wasm: refused}}, Options{})
	var config *ConfigurationError
	if !errors.As(err, &config) || config.Failure == nil || config.Callback != "_initialize" ||
		!strings.Contains(config.Failure.Reason, "restricted_callback") {
		t.Errorf("Start: %v, want a trap in _initialize", err)
	}
}

func TestEnvoy12EveryConfigurationRunsInACanaryFirst(t *testing.T) {
	p := start(t, Options{Workers: 3}, script("a", "on_configure: say hi", "on_configure: metric 0 n", "on_configure: increment 4 1"))
	var workers []int
	for _, e := range p.Logs() {
		if strings.Contains(e.Message, "hi") {
			workers = append(workers, e.Worker)
		}
	}
	if want := []int{CanaryWorker, MainWorker, 0, 1, 2}; !slices.Equal(workers, want) {
		t.Errorf("configured on %v, want %v", workers, want)
	}
	if got := p.Metrics()["n"]; got.Value != 5 || got.Type != "counter" {
		t.Errorf("metric n: %+v, want a counter at 5", got)
	}

	_, err := Start(t.Context(), []Plugin{script("a", "on_configure: say refusing", "on_configure: log 4 want a number", "on_configure: log 4 want a name", "on_configure: return 0")}, Options{})
	var config *ConfigurationError
	if !errors.As(err, &config) {
		t.Fatalf("Start: %v, want a ConfigurationError", err)
	}
	if got, want := config.Error(), "plugin a: proxy_on_configure refused the configuration: want a number; want a name"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if len(config.Logs) != 3 || config.Logs[0].Worker != CanaryWorker {
		t.Errorf("logs %v, want three of the canary", config.Logs)
	}

	refusing := script("a")
	refusing.VMConfiguration = []byte("refuse")
	_, err = Start(t.Context(), []Plugin{refusing}, Options{})
	if !errors.As(err, &config) || config.Callback != "proxy_on_vm_start" {
		t.Errorf("Start: %v, want a refusal of proxy_on_vm_start", err)
	}
}

func TestEnvoy13VMsAreSharedByIDConfigurationAndCode(t *testing.T) {
	a := script("a", "on_request_headers: sharedset key one", "on_request_headers: me", "on_request_headers: trap")
	b := script("b", "on_request_headers: sharedget key", "on_request_headers: me")
	other := script("c", "on_request_headers: sharedget key", "on_request_headers: me")
	other.VMID = "other"
	p := start(t, Options{}, a, b, other)
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: sharedset key one -> OK",
		"a on_request_headers: context 3",
		"a unknown operation trap",
		`b on_request_headers: sharedget key -> OK "one" cas 1`,
		"b on_request_headers: context 4",
		`c on_request_headers: sharedget key -> NOT_FOUND "" cas 0`,
		"c on_request_headers: context 2",
	)
	if value, ok := p.SharedData("", "key"); !ok || string(value) != "one" {
		t.Errorf("shared data %q %v, want one", value, ok)
	}
}

func TestEnvoy13AVMThatBreaksTakesItsOtherPluginsWithIt(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: say a"), script("b", "on_request_headers: panic"))
	exchange(t, p, get("/"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "503", "wasm_fail_stream")
	wantLogs(t, r)
}

func TestEnvoy14ATrapBreaksTheVMForGood(t *testing.T) {
	onHeaders := func(code ...byte) Plugin {
		return Plugin{Name: "a", Wasm: assemble(nil, append(plain(), wasmFunc{name: "proxy_on_request_headers",
			params: []byte{i32, i32, i32}, results: []byte{i32}, code: code}))}
	}
	for _, tt := range []struct {
		name     string
		plugin   Plugin
		reason   string
		deadline bool
	}{
		{"panic", script("a", "on_request_headers: panic", "on_response_headers: say never", "on_log: say never"), "unreachable", false},
		{"unreachable", onHeaders(opUnreachable), "unreachable", false},
		{"endless recursion", onHeaders(opI32Const, 0, opI32Const, 0, opI32Const, 0, opCall, 2), "stack overflow", false},
		{"endless loop", script("a", "on_request_headers: loop"), "deadline of 1s exceeded", true},
		{"memory past its limit", onHeaders(
			opI32Const, 0x80, 0x80, 0x01, opMemoryGrow, 0, // 16384 more pages than the one it has
			opI32Const, 0x7f, opI32Eq, opIf, blockVoid, opUnreachable, opEnd, opI32Const, 0), "unreachable", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, Options{Deadline: time.Second}, tt.plugin)
			r := exchange(t, p, get("/"))
			wantStatus(t, r, "503", "wasm_fail_stream")
			wantLogs(t, Result{Logs: slices.DeleteFunc(r.Logs, func(e LogEntry) bool { return e.Level == LogError })})
			if len(r.Failures) != 1 {
				t.Fatalf("failures %v, want one", r.Failures)
			}
			f := r.Failures[0]
			if f.Plugin != "a" || f.Callback != "proxy_on_request_headers" || f.Deadline != tt.deadline ||
				!strings.Contains(f.Reason, tt.reason) {
				t.Errorf("failure %+v, want %q in proxy_on_request_headers", f, tt.reason)
			}
			r = exchange(t, p, get("/"))
			wantStatus(t, r, "503", "wasm_fail_stream")
			if len(r.Failures) != 0 || r.Upstream.Reached {
				t.Errorf("second exchange: failures %v, upstream reached %v; want none, false", r.Failures, r.Upstream.Reached)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	for _, tt := range []struct {
		name     string
		deadline time.Duration
		failure  string
	}{
		{"that is short", time.Millisecond, "deadline of 1ms exceeded"},
		{"by default", 0, ""},
		{"none", -1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onHeaders := Plugin{Name: "a", Wasm: assemble(nil, append(plain(), wasmFunc{name: "proxy_on_request_headers",
				params: []byte{i32, i32, i32}, results: []byte{i32}, code: append(countDown(), opI32Const, 0)}))}
			r := exchange(t, start(t, Options{Deadline: tt.deadline}, onHeaders), get("/"))
			reason := ""
			for _, f := range r.Failures {
				reason = f.Reason
			}
			if reason != tt.failure || (r.Status() == "200") != (tt.failure == "") {
				t.Errorf("failure %q, status %s; want %q", reason, r.Status(), tt.failure)
			}
			onConfigure := Plugin{Name: "a", Wasm: assemble(nil, append(plain(), wasmFunc{name: "proxy_on_configure",
				params: []byte{i32, i32}, results: []byte{i32}, code: append(countDown(), opI32Const, 1)}))}
			p, err := Start(t.Context(), []Plugin{onConfigure}, Options{Deadline: tt.deadline})
			reason = ""
			if e := (*ConfigurationError)(nil); errors.As(err, &e) && e.Failure != nil && e.Failure.Deadline {
				reason = e.Failure.Reason
			} else if err != nil {
				t.Fatal(err)
			} else if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if reason != tt.failure {
				t.Errorf("starting: failure %q, want %q", reason, tt.failure)
			}
		})
	}
}

func TestStartingMayTakeLonger(t *testing.T) {
	var p *Proxy
	limits := map[string]time.Duration{}
	plugin := script("a", "on_configure: say configure", "on_request_headers: say request", "on_response_headers: panic")
	plugin.FailurePolicy = FailReload
	p = start(t, Options{Log: func(e LogEntry) {
		if callback, _, _ := strings.Cut(e.Message, ":"); p != nil && !e.Host {
			limits[callback] = p.current.vm.deadline()
		}
	}}, plugin)
	exchange(t, p, get("/"))
	if err := p.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	exchange(t, p, get("/"))
	if configure, request := limits["on_configure"], limits["on_request_headers"]; configure != time.Minute || request != 5*time.Second {
		t.Errorf("limits of %v to configure and %v for a request, want 1m0s and 5s", configure, request)
	}
}

func TestEnvoy14ProcExitReturns(t *testing.T) {
	p := start(t, Options{}, script("a", "on_request_headers: exit", "on_response_headers: say on"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "200", "via_upstream")
	wantLogs(t, r, "a on_response_headers: on [2 0]")
}

func TestEnvoy14FailOpenPassesBy(t *testing.T) {
	open := script("a", "on_request_body: panic", "on_response_headers: say never")
	open.FailurePolicy = FailOpen
	p := start(t, Options{}, open, script("b", "on_request_headers: say b"))
	wantStatus(t, exchange(t, p, post("/", "x")), "503", "wasm_fail_stream")
	// Both share a VM: it is broken for b too, which fails closed.
	wantStatus(t, exchange(t, p, get("/")), "503", "wasm_fail_stream")

	open.VMID = "alone"
	p = start(t, Options{}, open, script("b", "on_request_headers: say b"))
	wantStatus(t, exchange(t, p, post("/", "x")), "503", "wasm_fail_stream")
	r := exchange(t, p, post("/", "x"))
	wantStatus(t, r, "200", "via_upstream")
	wantLogs(t, r, "b on_request_headers: b [4 0]")

	// The deprecated fail_open lets also the request pass that breaks the VM.
	open.FailurePolicy = FailOpenAlways
	p = start(t, Options{}, open)
	r = exchange(t, p, post("/", "x"))
	wantStatus(t, r, "200", "via_upstream")
	if len(r.Failures) != 1 {
		t.Errorf("failures %v, want one", r.Failures)
	}
}

func TestEnvoy14ReloadTriesAgainAfterABackOff(t *testing.T) {
	reload := script("a", "on_configure: log 2 configured", "on_request_headers: get 0 x-fault", "on_request_trailers: panic")
	reload.FailurePolicy = FailReload
	p := start(t, Options{}, reload)
	if err := p.Advance(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	fault := post("/", "x")
	fault.Request.Trailers = []Header{{"t", "1"}}
	wantStatus(t, exchange(t, p, fault), "503", "wasm_fail_stream")
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "200", "via_upstream")
	wantLogs(t, r, "a configured", "a on_request_headers: get 0 x-fault -> NOT_FOUND")

	wantStatus(t, exchange(t, p, fault), "503", "wasm_fail_stream")
	wantStatus(t, exchange(t, p, get("/")), "503", "wasm_fail_stream")
	later := get("/")
	later.At = p.Now().Add(time.Second)
	wantStatus(t, exchange(t, p, later), "200", "via_upstream")
}

func TestEnvoy14ATrapInACalloutLeavesTheStreamHanging(t *testing.T) {
	p := start(t, Options{HTTPCallouts: []HTTPCallout{{Cluster: "auth"}}}, script("a",
		"on_request_headers: httpcall auth 0 :method=GET :path=/ :authority=a",
		"on_request_headers: return 1",
		"on_http_call_response: panic"))
	r := exchange(t, p, get("/"))
	wantStatus(t, r, "503", "wasm_fail_stream")
	if waited := r.Ended.Sub(r.Started); waited != 5*time.Minute {
		t.Errorf("answered after %v, want 5m0s: only the idle timeout ends the stream", waited)
	}
	if len(r.Failures) != 1 || r.Failures[0].Callback != "proxy_on_http_call_response" {
		t.Errorf("failures %v, want one in proxy_on_http_call_response", r.Failures)
	}
}

func TestEnvoy15Limits(t *testing.T) {
	environment := script("a",
		"on_request_headers: manypairs 0 1025", "on_request_headers: pairs 0",
		"on_request_headers: manypairs 0 1024", "on_request_headers: get 0 n1023",
		"on_request_headers: random 65536", "on_request_headers: random 65537",
		"on_request_headers: file", "on_request_headers: environ", "on_request_headers: outside",
		"on_request_headers: log 6 x", "on_request_headers: print on stdout",
		"on_request_headers: setpairs 0 :method=GET :path=/ :authority=a",
	)
	environment.Environment = map[string]string{"B": "2", "A": "1"}
	p := start(t, Options{}, environment)
	r := exchange(t, p, get("/"))
	got := messages(r.Logs)
	if len(got) > 4 {
		got[4] = strings.SplitAfter(got[4], "65536 ")[0] // the random bytes
		got[5] = strings.SplitAfter(got[5], "65537 ")[0]
		got[4] = strings.Split(got[4], " 65536")[0]
	}
	want := []string{
		"a on_request_headers: manypairs 0 1025 -> OK", "a on_request_headers: pairs 0 -> OK",
		"a on_request_headers: manypairs 0 1024 -> OK", "a on_request_headers: get 0 n1023 -> OK v",
		got[4], "a random 28 00000000",
		"a file true", "a environ A=1 B=2 args ", "a on_request_headers: outside -> INVALID_MEMORY_ACCESS",
		"a on_request_headers: log 6 x -> BAD_ARGUMENT", "a on stdout",
		"a on_request_headers: setpairs 0 :method=GET :path=/ :authority=a -> OK",
	}
	if !strings.HasPrefix(got[4], "a random 0 ") {
		t.Errorf("random: %q, want status 0", got[4])
	}
	if !slices.Equal(got, want) {
		t.Errorf("logs:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEnvoy16CountersGoUpAndStatusStays(t *testing.T) {
	p := start(t, Options{}, script("a",
		"on_request_headers: metric 0 count", "on_request_headers: metric 1 level", "on_request_headers: metric 2 time",
		"on_request_headers: metric 3 none",
		"on_request_headers: increment 4 0", "on_request_headers: increment 4 -1", "on_request_headers: increment 4 2",
		"on_request_headers: metricvalue 4",
		"on_request_headers: record 5 7", "on_request_headers: increment 5 -9", "on_request_headers: metricvalue 5",
		"on_request_headers: record 6 3", "on_request_headers: increment 6 1", "on_request_headers: metricvalue 6",
		"on_request_headers: increment 8 1", "on_request_headers: record 8 1", "on_request_headers: metricvalue 8",
		"on_response_headers: remove 2 :status",
	))
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"a on_request_headers: metric 0 count -> OK 4", "a on_request_headers: metric 1 level -> OK 5",
		"a on_request_headers: metric 2 time -> OK 6", "a on_request_headers: metric 3 none -> BAD_ARGUMENT 0",
		"a on_request_headers: increment 4 0 -> BAD_ARGUMENT", "a on_request_headers: increment 4 -1 -> BAD_ARGUMENT",
		"a on_request_headers: increment 4 2 -> OK", "a on_request_headers: metricvalue 4 -> OK 2",
		"a on_request_headers: record 5 7 -> OK", "a on_request_headers: increment 5 -9 -> OK",
		"a on_request_headers: metricvalue 5 -> OK -2",
		"a on_request_headers: record 6 3 -> OK", "a on_request_headers: increment 6 1 -> BAD_ARGUMENT",
		"a on_request_headers: metricvalue 6 -> BAD_ARGUMENT 0",
		"a on_request_headers: increment 8 1 -> NOT_FOUND", "a on_request_headers: record 8 1 -> NOT_FOUND",
		"a on_request_headers: metricvalue 8 -> NOT_FOUND 0",
		"a on_response_headers: remove 2 :status -> OK",
	)
	wantStatus(t, r, "502", "filter_removed_required_response_headers{missing_required_header:_:status}")
	if got := p.Metrics(); got["count"].Value != 2 || !slices.Equal(got["time"].Samples, []uint64{3}) {
		t.Errorf("metrics %v, want count 2 and time [3]", got)
	}
}

func TestEnvoy17PropertiesBecomeFilterState(t *testing.T) {
	reader := script("reader",
		"on_request_headers: prop gatehouse.identity",
		"on_request_headers: prop filter_state/wasm.gatehouse.identity",
		"on_request_headers: prop gatehouse/identity")
	reader.VMID = "another"
	p := start(t, Options{}, script("writer",
		"on_configure: setprop x y",
		"on_request_headers: setprop gatehouse.identity {}", "on_request_headers: setprop gatehouse.identity {1}"), reader)
	r := exchange(t, p, get("/"))
	wantLogs(t, r,
		"writer on_request_headers: setprop gatehouse.identity {} -> OK",
		"writer on_request_headers: setprop gatehouse.identity {1} -> OK",
		"reader on_request_headers: prop gatehouse.identity -> OK {1}",
		"reader on_request_headers: prop filter_state/wasm.gatehouse.identity -> OK {1}",
		"reader on_request_headers: prop gatehouse/identity -> NOT_FOUND")
	if got := string(r.FilterState["wasm.gatehouse.identity"]); got != "{1}" {
		t.Errorf("filter state %q, want {1}", got)
	}
	if first := messages(p.Logs())[0]; first != "writer on_configure: setprop x y -> NOT_FOUND" {
		t.Errorf("first line %q, want NOT_FOUND without a stream", first)
	}
	r = exchange(t, p, get("/"))
	if _, ok := r.FilterState["wasm.x"]; ok || len(r.FilterState) != 1 {
		t.Errorf("filter state %v, want that of this stream only", r.FilterState)
	}
}

func TestEnvoy18RoutesAreSeenThroughProperties(t *testing.T) {
	p := start(t, Options{Properties: map[string][]byte{"xds.virtual_host_name": []byte("shop")}}, script("a",
		"on_request_headers: prop xds/route_name",
		"on_request_headers: prop xds/virtual_host_name",
		"on_request_headers: prop xds/route_metadata/filter_metadata/gatehouse/audience"))
	x := get("/")
	x.Properties = map[string][]byte{"xds.route_name": []byte("orders"),
		"xds.route_metadata.filter_metadata.gatehouse.audience": []byte("orders-api")}
	wantLogs(t, exchange(t, p, x),
		"a on_request_headers: prop xds/route_name -> OK orders",
		"a on_request_headers: prop xds/virtual_host_name -> OK shop",
		"a on_request_headers: prop xds/route_metadata/filter_metadata/gatehouse/audience -> OK orders-api")
	wantLogs(t, exchange(t, p, get("/")),
		"a on_request_headers: prop xds/route_name -> OK",
		"a on_request_headers: prop xds/virtual_host_name -> OK shop",
		"a on_request_headers: prop xds/route_metadata/filter_metadata/gatehouse/audience -> NOT_FOUND")
}

// signatureArguments are those of verify_signature.
func signatureArguments(hash string, key, signature, text []byte) string {
	var b []byte
	for i, part := range [][]byte{[]byte(hash), key, signature, text} {
		b = protowire.AppendTag(b, protowire.Number(i+1), protowire.BytesType)
		b = protowire.AppendBytes(b, part)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func TestEnvoy19ForeignFunctions(t *testing.T) {
	text := []byte("signed")
	sum := sha256.Sum256(text)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaSignature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecSignature, err := ecdsa.SignASN1(rand.Reader, ecKey, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	edKey, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := func(key any) []byte {
		b, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	failed := func(reason string) string {
		b := append([]byte{0x12, byte(len(reason))}, reason...)
		return base64.StdEncoding.EncodeToString(b)
	}
	state := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "envoy.string")
	state = protowire.AppendString(protowire.AppendTag(state, 2, protowire.BytesType), "v")
	for _, tt := range []struct {
		name, function, arguments, want string
	}{
		{"good RSA", "verify_signature", signatureArguments("sha256", der(&rsaKey.PublicKey), rsaSignature, text), "OK 2 CAE="},
		{"bytes after the key", "verify_signature", signatureArguments("sha256", append(der(&rsaKey.PublicKey), 0), rsaSignature, text), "OK 2 CAE="},
		{"good ECDSA", "verify_signature", signatureArguments("SHA256", der(&ecKey.PublicKey), ecSignature, text), "OK 2 CAE="},
		{"another text", "verify_signature", signatureArguments("sha256", der(&rsaKey.PublicKey), rsaSignature, []byte("x")),
			"OK 40 " + failed("Failed to verify digest. Error code: 0")},
		{"another hash", "verify_signature", signatureArguments("sha512", der(&rsaKey.PublicKey), rsaSignature, text),
			"OK 40 " + failed("Failed to verify digest. Error code: 0")},
		{"unknown hash", "verify_signature", signatureArguments("md5", der(&rsaKey.PublicKey), rsaSignature, text),
			"OK 23 " + failed("md5 is not supported.")},
		{"a key without digest", "verify_signature", signatureArguments("sha256", der(edKey), rsaSignature, text),
			"OK 37 " + failed("Failed to initialize digest verify.")},
		{"no key", "verify_signature", signatureArguments("sha256", nil, rsaSignature, text), "BAD_ARGUMENT 0"},
		{"a broken key", "verify_signature", signatureArguments("sha256", []byte("key"), rsaSignature, text),
			"OK 37 " + failed("Failed to initialize digest verify.")},
		{"no message", "verify_signature", "/w==", "BAD_ARGUMENT 0"},
		{"filter state", "set_envoy_filter_state", base64.StdEncoding.EncodeToString(state), "OK 0"},
		{"unknown filter state", "set_envoy_filter_state", "CgF4", "NOT_FOUND 0"},
		{"route cache", "clear_route_cache", "", "OK 0"},
		{"declare", "declare_property", "CgF4EAE=", "OK 0"},
		{"not zlib", "uncompress", "AAAA", "SERIALIZATION_FAILURE 0"},
		{"unknown", "nosuch", "", "NOT_FOUND 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := strings.TrimSpace("foreign " + tt.function + " " + tt.arguments)
			p := start(t, Options{}, script("a", "on_request_headers: "+line))
			wantLogs(t, exchange(t, p, get("/")), strings.TrimRight("a on_request_headers: "+line+" -> "+tt.want, " ")+
				map[bool]string{true: " "}[strings.HasSuffix(tt.want, " 0")])
		})
	}
}

func TestEnvoy19WhatSignSignsVerifies(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{rsaKey, ecKey} {
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		signature, reason := sign("sha384", private, []byte("text"))
		if reason != "" {
			t.Fatalf("sign with %T: %s", key, reason)
		}
		if reason := verify("sha384", key.Public(), signature, []byte("text")); reason != "" {
			t.Errorf("verify what %T signed: %s", key, reason)
		}
	}
	if _, reason := sign("md5", nil, nil); reason != "md5 is not supported." {
		t.Errorf("sign with md5: %q", reason)
	}
	if _, s := foreignSign(nil, []byte("x")); s != statusBadArgument {
		t.Errorf("sign without a message: %v, want BAD_ARGUMENT", s)
	}
}

func TestEnvoy19CompressIsUndoneByUncompress(t *testing.T) {
	text := bytes.Repeat([]byte("text "), 100)
	packed, s := foreignCompress(nil, text)
	if s != statusOK || len(packed) >= len(text) {
		t.Fatalf("compress: %v, %d bytes, want OK and less than %d", s, len(packed), len(text))
	}
	unpacked, s := foreignUncompress(nil, packed)
	if s != statusOK || !bytes.Equal(unpacked, text) {
		t.Errorf("uncompress: %v %q, want the text", s, unpacked)
	}
}

func TestEnvoy19ReadOnlyPropertiesAreSetOnce(t *testing.T) {
	p := start(t, Options{}, script("a", "on_configure: foreign declare_property CgF4EAE=", "on_configure: foreign declare_property CgF4EAE=",
		"on_request_headers: setprop x 1", "on_request_headers: setprop x 2", "on_request_headers: prop x"))
	wantLogs(t, exchange(t, p, get("/")), "a on_request_headers: setprop x 1 -> OK",
		"a on_request_headers: setprop x 2 -> BAD_ARGUMENT", "a on_request_headers: prop x -> OK 1")
	if got := messages(p.Logs())[1]; !strings.Contains(got, "BAD_ARGUMENT") {
		t.Errorf("second declaration: %q, want BAD_ARGUMENT", got)
	}
}

func TestEnvoy20Properties(t *testing.T) {
	number := func(n byte) string {
		return `\x` + string("0123456789abcdef"[n>>4]) + string("0123456789abcdef"[n&15]) + strings.Repeat(`\x00`, 7)
	}
	p := start(t, Options{Now: time.Unix(1, 0)}, script("a",
		"on_request_headers: prop request/path", "on_request_headers: prop request/url_path", "on_request_headers: prop request/query",
		"on_request_headers: prop request/host", "on_request_headers: prop request/scheme", "on_request_headers: prop request/method",
		"on_request_headers: prop request/id", "on_request_headers: prop request/protocol", "on_request_headers: prop request/time",
		"on_request_headers: prop request", "on_request_headers: prop connection/mtls",
		"on_request_headers: prop connection/tls_version", "on_request_headers: prop source/address",
		"on_request_headers: prop plugin_name", "on_request_headers: prop upstream/address", "on_request_headers: prop response/code",
		"on_request_headers: prop nosuch", "on_request_headers: prop metadata/filter_metadata/x",
		"on_response_headers: prop response/code", "on_response_headers: prop response/headers/content-type",
		"on_response_headers: prop upstream/address", "on_response_headers: prop request/method",
		"on_log: prop response/code_details", "on_log: prop response/size", "on_log: prop request/headers/x",
	))
	r := exchange(t, p, get("/a/b?x=1&y", "x-request-id=7", "x=1", "x=2"))
	wantLogs(t, r,
		"a on_request_headers: prop request/path -> OK /a/b?x=1&y", "a on_request_headers: prop request/url_path -> OK /a/b",
		"a on_request_headers: prop request/query -> OK x=1&y", "a on_request_headers: prop request/host -> OK example.com",
		"a on_request_headers: prop request/scheme -> OK http", "a on_request_headers: prop request/method -> OK GET",
		"a on_request_headers: prop request/id -> OK 7", "a on_request_headers: prop request/protocol -> OK HTTP/1.1",
		`a on_request_headers: prop request/time -> OK \x00ʚ;\x00\x00\x00\x00`,
		"a on_request_headers: prop request -> SERIALIZATION_FAILURE",
		`a on_request_headers: prop connection/mtls -> OK \x00`, "a on_request_headers: prop connection/tls_version -> NOT_FOUND",
		"a on_request_headers: prop source/address -> OK 127.0.0.1:40000", "a on_request_headers: prop plugin_name -> OK a",
		"a on_request_headers: prop upstream/address -> NOT_FOUND", "a on_request_headers: prop response/code -> NOT_FOUND",
		"a on_request_headers: prop nosuch -> NOT_FOUND", "a on_request_headers: prop metadata/filter_metadata/x -> NOT_FOUND",
		"a on_response_headers: prop response/code -> OK "+number(200), "a on_response_headers: prop response/headers/content-type -> OK text/plain",
		"a on_response_headers: prop upstream/address -> OK 127.0.0.1:20000", "a on_response_headers: prop request/method -> NOT_FOUND",
		"a on_log: prop response/code_details -> OK via_upstream", "a on_log: prop response/size -> OK "+number(5),
		"a on_log: prop request/headers/x -> OK 1,2",
	)
}

func TestEnvoy21SharedDataAndItsCAS(t *testing.T) {
	p := start(t, Options{Workers: 2}, script("a",
		"on_request_headers: sharedget k", "on_request_headers: sharedset k new 7",
		"on_request_headers: sharedset k other 7", "on_request_headers: sharedset k other 0",
		"on_request_headers: sharedget k"))
	wantLogs(t, exchangeOn(t, p, 0, get("/")),
		`a on_request_headers: sharedget k -> NOT_FOUND "" cas 0`,
		"a on_request_headers: sharedset k new 7 -> OK",
		"a on_request_headers: sharedset k other 7 -> CAS_MISMATCH",
		"a on_request_headers: sharedset k other 0 -> OK",
		`a on_request_headers: sharedget k -> OK "other" cas 2`)
	r := exchangeOn(t, p, 1, get("/"))
	if got := messages(r.Logs)[0]; got != `a on_request_headers: sharedget k -> OK "other" cas 2` {
		t.Errorf("on the other worker: %q, want the value of the first", got)
	}
}

func TestEnvoy21QueuesCrossWorkers(t *testing.T) {
	p := start(t, Options{Workers: 2}, script("a",
		"on_configure: register q",
		"on_request_headers: resolve \"\" q", "on_request_headers: resolve \"\" none",
		"on_request_headers: enqueue 1 item", "on_request_headers: enqueue 9 item",
		"on_queue_ready: say ready", "on_queue_ready: dequeue 1", "on_queue_ready: dequeue 1", "on_queue_ready: dequeue 9"))
	r := exchangeOn(t, p, 0, get("/"))
	wantLogs(t, r,
		`a on_request_headers: resolve "" q -> OK 1`, `a on_request_headers: resolve "" none -> NOT_FOUND 0`,
		"a on_request_headers: enqueue 1 item -> OK", "a on_request_headers: enqueue 9 item -> NOT_FOUND",
		"a on_queue_ready: ready [1]", "a on_queue_ready: dequeue 1 -> OK item",
		"a on_queue_ready: dequeue 1 -> EMPTY", "a on_queue_ready: dequeue 9 -> NOT_FOUND")
	if last := r.Logs[len(r.Logs)-1]; last.Worker != 1 {
		t.Errorf("told on worker %d, want 1, which registered last", last.Worker)
	}
}

func TestEnvoy22CodeIsCompiledWhenItIsLoaded(t *testing.T) {
	// A function nobody calls leaves a value too many on the stack.
	broken := assemble(nil, append(plain(), wasmFunc{name: "unused", code: []byte{opI32Const, 0}}))
	_, err := Start(t.Context(), []Plugin{{Name: "a", Wasm: broken}}, Options{})
	var module *ModuleError
	if !errors.As(err, &module) || !strings.Contains(module.Reason, "invalid WebAssembly") {
		t.Errorf("Start: %v, want a ModuleError for the function", err)
	}
}
