//go:build !wasip1

package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// listener is a listener of the rig's Envoy, with the guard in its chain.
type listener struct {
	name          string
	configuration string
	// second is the configuration of another plugin behind the first, "" for none.
	second string
	// mayHold is allow_on_headers_stop_iteration.
	mayHold bool
	// http2 has the upstream speak HTTP/2, raw has it speak for itself.
	http2, raw bool
	// manager are further fields of the HTTP connection manager, and top of the
	// listener itself.
	manager, top map[string]any
}

// rig is a real Envoy with upstreams that answer as they are told.
type rig struct {
	*envoy.Process
	upstreams []*envoy.Upstream
	// talk is what the raw upstream does with a connection.
	talk    chan func(net.Conn)
	mu      sync.Mutex
	answers map[string]harness.Message
	arrived map[string]harness.Message
	sent    int
}

type object = map[string]any

type list = []any

func typed(name string, o object) object {
	o["@type"] = "type.googleapis.com/envoy.extensions." + name
	return o
}

// startEnvoy starts a rig.
func startEnvoy(t *testing.T, listeners ...listener) *rig {
	t.Helper()
	return startEnvoyWith(t, "./testdata/guard", listeners...)
}

// startEnvoyWith starts a rig with another plugin in the guard's place.
func startEnvoyWith(t *testing.T, plugin string, listeners ...listener) *rig {
	t.Helper()
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, plugin), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &rig{answers: map[string]harness.Message{}, arrived: map[string]harness.Message{}, talk: make(chan func(net.Conn), 1)}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	go r.serveRaw(raw)
	for _, start := range []func(func(harness.Message) harness.Message) (*envoy.Upstream, error){envoy.NewUpstream, envoy.NewHTTP2Upstream} {
		upstream, err := start(r.answer)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(upstream.Close)
		r.upstreams = append(r.upstreams, upstream)
	}
	var plugins []envoy.Plugin
	var ingress list
	for _, l := range listeners {
		plugins = append(plugins, envoy.Plugin{Wasm: module, Configuration: []byte(l.configuration)})
		if l.second != "" {
			plugins = append(plugins, envoy.Plugin{Wasm: module, Configuration: []byte(l.second)})
		}
		ingress = append(ingress, l.object())
	}
	bootstrap, err := json.Marshal(object{"static_resources": object{"listeners": ingress, "clusters": list{
		object{"name": "http1", "type": "STATIC", "typed_extension_protocol_options": options(object{"http_protocol_options": object{"enable_trailers": true}})},
		object{"name": "http2", "type": "STATIC", "typed_extension_protocol_options": options(object{"http2_protocol_options": object{"allow_connect": true}})},
		object{"name": "raw", "type": "STATIC"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r.Process, err = envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap, Plugins: plugins,
		Endpoints: map[string]string{"http1": r.upstreams[0].Address(), "http2": r.upstreams[1].Address(), "raw": raw.Addr().String()},
		Timeout:   3 * time.Minute, // on a machine that is busy
		AccessLog: "end-of-stream %REQ(X-REQUEST-ID)% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

// serveRaw gives each connection to what is asked to talk next.
func (r *rig) serveRaw(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			(<-r.talk)(conn)
		}()
	}
}

// next has the raw upstream talk so on its next connection.
func (r *rig) next(t *testing.T, talk func(net.Conn)) {
	t.Helper()
	select {
	case r.talk <- talk:
	case <-time.After(20 * time.Second):
		t.Fatal("the upstream's last part was never played")
	}
}

// heard is what a part of the raw upstream tells the test.
func heard(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case text := <-from:
		return text
	case <-time.After(20 * time.Second):
		t.Fatal("the upstream was not reached")
		return ""
	}
}

func options(explicit object) object {
	return object{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", object{"explicit_http_config": explicit})}
}

// object is the listener in Envoy's words.
func (l *listener) object() object {
	cluster := "http1"
	if l.http2 {
		cluster = "http2"
	}
	if l.raw {
		cluster = "raw"
	}
	manager := typed("filters.network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix":            l.name,
		"http_protocol_options":  object{"enable_trailers": true},
		"http2_protocol_options": object{"allow_connect": true},
		"route_config": object{"name": "local", "virtual_hosts": list{object{"name": "all", "domains": list{"*"}, "routes": list{
			object{"match": object{"path": "/direct"}, "direct_response": object{"status": 200, "body": object{"inline_string": "an attack"}}},
			object{"match": object{"connect_matcher": object{}}, "route": object{"cluster": cluster, "upgrade_configs": list{object{"upgrade_type": "CONNECT"}}}},
			object{"match": object{"prefix": "/"}, "route": object{"cluster": cluster}},
		}}}},
	})
	guard := object{"name": "guard", "typed_config": typed("filters.http.wasm.v3.Wasm", object{"config": object{
		"name": "guard", "allow_on_headers_stop_iteration": l.mayHold, "vm_config": object{"runtime": "envoy.wasm.runtime.v8"},
	}})}
	filters := list{guard}
	if l.second != "" {
		filters = append(filters, guard)
	}
	manager["http_filters"] = append(filters, object{"name": "router", "typed_config": typed("filters.http.router.v3.Router", object{})})
	for name, value := range l.manager {
		manager[name] = value
	}
	o := object{"name": l.name, "filter_chains": list{object{"filters": list{object{"name": "http", "typed_config": manager}}}}}
	for name, value := range l.top {
		o[name] = value
	}
	return o
}

// answer is what an upstream answers to a request: that of its exchange.
func (r *rig) answer(request harness.Message) harness.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers[value(request.Headers, "x-request-id")]
}

// send sends an exchange over "HTTP/1.1" or "HTTP/2", with an id of its own, and
// returns what came back and the id.
func (r *rig) send(t *testing.T, name, protocol string, x harness.Exchange) (harness.Message, string) {
	t.Helper()
	response, id, err := r.try(t.Context(), name, protocol, x)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return response, id
}

// try is send, which several may do at a time.
func (r *rig) try(ctx context.Context, name, protocol string, x harness.Exchange) (harness.Message, string, error) {
	r.mu.Lock()
	r.sent++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", r.sent)
	x.Response.Delay = 0
	r.answers[id] = x.Response
	r.mu.Unlock()
	x.Request.Headers = append(slices.DeleteFunc(slices.Clone(x.Request.Headers), func(h harness.Header) bool { return h.Name == "x-request-id" }),
		harness.Header{Name: "x-request-id", Value: id})
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	do := envoy.Do
	if protocol == "HTTP/2" {
		do = envoy.DoHTTP2
	}
	response, err := do(ctx, r.Address(name), x.Request)
	if x.Request.Reset || response.Reset {
		err = nil
	}
	return response, id, err
}

// upstream returns the request of an id as it came to the upstream. It waits for
// one that is wanted.
func (r *rig) upstream(id string, wanted bool) (request harness.Message, ok bool) {
	for range 200 {
		for _, u := range r.upstreams {
			for _, m := range u.Requests() {
				r.arrived[value(m.Headers, "x-request-id")] = m
			}
		}
		if request, ok = r.arrived[id]; ok || !wanted {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return request, ok
}

// details stops Envoy, which has it write its access log, and returns the response
// code details by id.
func (r *rig) details() map[string]string {
	r.Stop()
	details := map[string]string{}
	for _, line := range r.Lines() {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] == "end-of-stream" {
			details[fields[1]] = fields[2]
		}
	}
	return details
}

// counters are the guard's metrics that have a value, summed over all that ran.
func (r *rig) counters(t *testing.T) map[string]uint64 {
	t.Helper()
	stats, err := r.Stats("gatehouse")
	if err != nil {
		t.Fatal(err)
	}
	counters := map[string]uint64{}
	for name, n := range stats {
		if n > 0 {
			counters[strings.TrimPrefix(name, "wasmcustom.")] = n
		}
	}
	return counters
}

func value(headers []harness.Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}
