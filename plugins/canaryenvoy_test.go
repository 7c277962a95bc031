//go:build !wasip1

package plugins_test

import (
	"encoding/json"
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

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

type object = map[string]any

// canaryBootstrap is an Envoy with the chain in each mode, and a listener "control" with no
// plugin, whose access log writes what it should not.
func canaryBootstrap(t *testing.T) []byte {
	t.Helper()
	typed := func(name string, o object) object {
		o["@type"] = "type.googleapis.com/envoy.extensions." + name
		return o
	}
	router := object{"name": "router", "typed_config": typed("filters.http.router.v3.Router", object{})}
	listener := func(name, log string, filters ...any) object {
		manager := typed("filters.network.http_connection_manager.v3.HttpConnectionManager", object{
			"stat_prefix": name,
			"access_log": []any{object{"name": "log", "typed_config": typed("access_loggers.stream.v3.StdoutAccessLog", object{
				"log_format": object{"text_format_source": object{"inline_string": "access log: " + log + "\n"}}})}},
			"route_config": object{"name": "local", "virtual_hosts": []any{object{
				"name": "all", "domains": []any{"*"},
				"routes": []any{object{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream"}}},
			}}},
			"http_filters": append(filters, router),
		})
		return object{"name": name, "filter_chains": []any{object{"filters": []any{object{"name": "http", "typed_config": manager}}}}}
	}
	var chain []any
	for _, p := range canaryChain {
		chain = append(chain, object{"name": p.name, "typed_config": typed("filters.http.wasm.v3.Wasm", object{"config": object{
			"name": p.name, "vm_config": object{"runtime": "envoy.wasm.runtime.v8"}}})})
	}
	const log = "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %ROUTE_NAME% %CONNECTION_TERMINATION_DETAILS% " +
		"%DYNAMIC_METADATA(envoy.filters.http.wasm)% %FILTER_STATE(wasm.gatehouse.redact:PLAIN)%"
	bootstrap, err := json.Marshal(object{"static_resources": object{
		"listeners": []any{listener("enforce", log, chain...), listener("shadow", log, chain...),
			listener("control", "%REQ(X-NOTE)%"), listener("identity", "%FILTER_STATE(wasm.gatehouse.identity:PLAIN)%", chain[1])},
		"clusters": []any{object{"name": "upstream", "type": "STATIC"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return bootstrap
}

// TestNoCanaryIsWrittenInEnvoy is TestNoCanaryIsWritten in a real Envoy, whose log tells all
// that the host of Wasm has to say, and whose access log and statistics are looked through
// as well.
func TestNoCanaryIsWrittenInEnvoy(t *testing.T) {
	s := newSearch()
	dir := t.TempDir()
	var plugins []envoy.Plugin
	for _, mode := range []string{"enforce", "shadow"} {
		for _, p := range canaryChain {
			file := filepath.Join(dir, p.name+".wasm")
			if err := os.WriteFile(file, replaytest.Build(t, "./"+p.folder+"/wasm"), 0o600); err != nil {
				t.Fatal(err)
			}
			plugins = append(plugins, envoy.Plugin{Wasm: file, Configuration: configured(p.configuration, mode)})
		}
	}
	plugins = append(plugins, plugins[1])
	// The upstream answers with what the probe under way says.
	var under atomic.Pointer[harness.Message]
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m := under.Load()
		for _, h := range m.Headers[1:] {
			w.Header().Add(h.Name, h.Value)
		}
		w.Header().Set("x-from", "upstream")
		status, _ := strconv.Atoi(m.Headers[0].Value)
		w.WriteHeader(status)
		for _, chunk := range m.Body {
			w.Write(chunk)
		}
	}))
	defer upstream.Close()
	process, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: canaryBootstrap(t), Endpoints: map[string]string{"upstream": upstream.Listener.Addr().(*net.TCPAddr).String()}, Plugins: plugins,
		LogLevel: "info", ComponentLogLevel: "wasm:trace",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stop()

	sent, answers := 0, 0
	for _, listener := range []string{"enforce", "shadow"} {
		for _, c := range canaries {
			for _, p := range probes(c) {
				under.Store(&p.exchange.Response)
				response, err := envoy.Do(t.Context(), process.Address(listener), p.exchange.Request)
				if err != nil {
					t.Fatalf("%s: %v", p.name, err)
				}
				sent++
				fromUpstream := false
				for _, h := range response.Headers {
					fromUpstream = fromUpstream || h.Name == "x-from"
				}
				if !fromUpstream {
					answers++
					s.hold(t, p.name+", answered", textOf(&response))
				}
			}
		}
	}
	stats, err := process.Admin("GET", "/stats")
	if err != nil {
		t.Fatal(err)
	}
	s.hold(t, "the statistics", string(stats))
	prometheus, err := process.Admin("GET", "/stats/prometheus")
	if err != nil {
		t.Fatal(err)
	}
	s.hold(t, "the statistics for Prometheus", string(prometheus))

	// What the search must find: a canary in an access log, and one that an access log
	// writes of the identity, as an operator may want it to.
	const control = "canary.jane@roost.example.org"
	ok := message(200, "text/plain", "ok")
	under.Store(&ok)
	for listener, field := range map[string]harness.Header{
		"control": {Name: "x-note", Value: control}, "identity": {Name: "authorization", Value: "Bearer " + canaryToken(`,"sub":"`+control+`"`)},
	} {
		if _, err := envoy.Do(t.Context(), process.Address(listener), asked("GET", "/x", field)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // the log of the last stream
	process.Stop()
	events, lines, found, failures := map[string]int{}, 0, 0, 0
	seen := map[string]bool{}
	for _, line := range process.Lines() {
		lines++
		if seen[line] {
			continue // what the host of Wasm traces is much the same for each request
		}
		seen[line] = true
		leaked := s.in(line)
		switch {
		case strings.Contains(line, "access log: ") && strings.Contains(line, control):
			found++
		case leaked != "":
			if failures++; failures <= 20 {
				t.Errorf("%s in %.1500s", leaked, line)
			}
		}
		for _, p := range canaryChain {
			if strings.Contains(line, `"plugin":"`+p.name+`"`) {
				events[p.name]++
			}
		}
	}
	t.Logf("%d requests, %d answers at the gateway, %d lines, %d of them different, events %v", sent, answers, lines, len(seen), events)
	if found != 2 {
		t.Errorf("%d of the 2 canaries in access logs are found", found)
	}
	if sent < 2000 || answers < 500 || lines < 10000 {
		t.Errorf("%d requests, %d answers, %d lines; want at least 2000, 500, 10000", sent, answers, lines)
	}
	for _, p := range canaryChain {
		if events[p.name] < 500 {
			t.Errorf("%d events of %s, want at least 500", events[p.name], p.name)
		}
	}
}
