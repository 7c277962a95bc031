//go:build !wasip1

package background

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

type (
	object = map[string]any
	list   = []any
)

func typed(name string, o object) object {
	o["@type"] = "type.googleapis.com/envoy.extensions." + name
	return o
}

// rig is an Envoy of one worker thread with the waiter in its chain, on a listener
// where bodies come while headers wait ("held") and on one where they do not
// ("plain"), in front of an upstream that answers with as many bytes as x-size says.
type rig struct {
	*envoy.Process
	// settled counts the calls of Settle.
	settled atomic.Int32
	sent    atomic.Int32
	one     *http.Client
	two     *http.Client
}

func startRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{one: client(false), two: client(true)}
	module := filepath.Join(t.TempDir(), "waiter.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./testdata/waiter"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream := serve(t, false, func(w http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		n, _ := strconv.Atoi(request.Header.Get("x-size"))
		w.Header().Set("x-resumed", request.Header.Get("x-resumed"))
		for n > 0 {
			piece := min(n, 1000)
			w.Write(make([]byte, piece))
			w.(http.Flusher).Flush()
			n -= piece
		}
	})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
		}
	}()
	two := typed("upstreams.http.v3.HttpProtocolOptions", object{"explicit_http_config": object{"http2_protocol_options": object{}}})
	many := object{"max_connections": 5000, "max_pending_requests": 5000, "max_requests": 5000}
	grpc := func(name string) object {
		return object{"name": name, "type": "STATIC", "circuit_breakers": object{"thresholds": list{many}}, "typed_extension_protocol_options": object{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": two}}
	}
	bootstrap, err := json.Marshal(object{"static_resources": object{
		"listeners": list{listener("plain", false), listener("held", true)},
		"clusters":  list{object{"name": "upstream", "type": "STATIC"}, grpc("service"), grpc("silent"), grpc("nobody"), grpc("away")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.Process, err = envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap,
		Plugins:   []envoy.Plugin{{Wasm: module}, {Wasm: module}},
		Endpoints: map[string]string{"upstream": upstream.Listener.Addr().String(), "silent": silent.Addr().String(), "away": "127.0.0.1:1",
			"service": serve(t, true, r.service).Listener.Addr().String()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

func serve(t *testing.T, two bool, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	if two {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 5000}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func client(two bool) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 2000, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!two)
	transport.Protocols.SetUnencryptedHTTP2(two)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func listener(name string, mayHold bool) object {
	return object{"name": name, "per_connection_buffer_limit_bytes": 20000, "filter_chains": list{object{"filters": list{object{"name": "http",
		"typed_config": typed("filters.network.http_connection_manager.v3.HttpConnectionManager", object{
			"stat_prefix": name,
			"route_config": object{"name": "local", "virtual_hosts": list{object{"name": "all", "domains": list{"*"}, "routes": list{
				object{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream"}},
			}}}},
			"http_filters": list{
				object{"name": "waiter", "typed_config": typed("filters.http.wasm.v3.Wasm", object{"config": object{
					"name": "waiter", "allow_on_headers_stop_iteration": mayHold, "vm_config": object{"runtime": "envoy.wasm.runtime.v8"},
				}})},
				object{"name": "router", "typed_config": typed("filters.http.router.v3.Router", object{})},
			}})}}}}}
}

// service speaks gRPC: x-do says how long it takes, in milliseconds, or "fail", "reset".
func (r *rig) service(w http.ResponseWriter, request *http.Request) {
	if strings.HasSuffix(request.URL.Path, "/Settle") {
		r.settled.Add(1)
	}
	message, err := io.ReadAll(request.Body)
	if err != nil || len(message) < 5 {
		return
	}
	do := request.Header.Get("x-do")
	switch do {
	case "reset":
		panic(http.ErrAbortHandler)
	case "fail":
		w.Header().Set("content-type", "application/grpc")
		w.Header().Set("grpc-status", "7")
		return
	}
	n, _ := strconv.Atoi(do)
	select {
	case <-time.After(time.Duration(n) * time.Millisecond):
	case <-request.Context().Done():
		return
	}
	w.Header().Set("content-type", "application/grpc")
	w.Header().Set("trailer", "grpc-status")
	answer := "told to " + string(message[5:])
	w.Write(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(answer))), answer...))
	w.Header().Set("grpc-status", "0")
}

// result is what a client saw.
type result struct {
	id      string
	status  int
	waited  string
	resumed string
	body    string
	took    time.Duration
}

// send sends a request with a body, nil for none, and headers given as name and
// value in turn.
func (r *rig) send(ctx context.Context, two bool, listener string, body io.Reader, headers ...string) (result, error) {
	method := "GET"
	if body != nil {
		method = "POST"
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.Address(listener)+"/", body)
	if err != nil {
		return result{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", r.sent.Add(1))
	request.Header.Set("x-request-id", id)
	do := r.one
	if two {
		do = r.two
	}
	began := time.Now()
	response, err := do.Do(request)
	if err != nil {
		return result{id: id}, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return result{id: id, status: response.StatusCode, waited: response.Header.Get("x-waited"), resumed: response.Header.Get("x-resumed"),
		body: string(got), took: time.Since(began)}, err
}

// seen waits for what the waiter says of a stream at its end.
func (r *rig) seen(t *testing.T, id string) string {
	t.Helper()
	for range 500 {
		for _, line := range r.Lines() {
			if _, rest, ok := strings.Cut(line, "seen "+id+" "); ok {
				return strings.TrimSpace(rest)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s never ended", id)
	return ""
}

// since are the waiter's counters, without what they were.
func (r *rig) since(t *testing.T, before map[string]uint64) map[string]uint64 {
	t.Helper()
	counters := r.counters(t)
	for name, n := range before {
		counters[name] -= n
	}
	return counters
}

// counters are the waiter's.
func (r *rig) counters(t *testing.T) map[string]uint64 {
	t.Helper()
	stats, err := r.Stats("gatehouse.waiter")
	if err != nil {
		t.Fatal(err)
	}
	counters := map[string]uint64{}
	for name, n := range stats {
		counters[strings.TrimPrefix(name, "wasmcustom.gatehouse.waiter.")] = n
	}
	return counters
}

// until waits until a condition holds, and fails if it never does.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("never: %s", what)
}
