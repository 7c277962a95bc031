//go:build !wasip1

package waf_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/waf/waftest"
)

var inRealEnvoy = flag.Bool("crs-envoy", false, "send the regression tests of the Core Rule Set through a real Envoy")

// clients is how many requests are under way at a time.
const clients = 8

// TestRegressionTestsInEnvoy sends the regression tests of the Core Rule Set byte
// for byte through a real Envoy to a real upstream. What Envoy answers itself,
// or hands on otherwise than it came, is listed in envoy.txt.
func TestRegressionTestsInEnvoy(t *testing.T) {
	if !*inRealEnvoy {
		t.Skip("takes a while: run `make test-crs-envoy`, or give the test binary the flag -crs-envoy")
	}
	rig := startSuiteEnvoy(t)
	rig.sendAll(t)
	runSuite(t, rig.sent, "envoy.txt")
	tests, err := waftest.Tests()
	if err != nil {
		t.Fatal(err)
	}
	listed := knownFailures(t, "envoy.txt")
	for _, tc := range tests {
		for i := range tc.Stages {
			s := &tc.Stages[i]
			// The suite is content with a refusal by Go's net/http. Here Envoy has to refuse.
			got := rig.sent[&s.Request].Status
			if s.Request.Refused != 0 && s.Expect.Status == s.Request.Refused && got != s.Expect.Status && cleaned[tc.Name] == "" {
				t.Errorf("%s: status %d, want %d", tc.Name, got, s.Expect.Status)
			}
			if strings.HasPrefix(listed[tc.Name], "invalid Referer") && rig.referers[s.Request.Header("Referer")] {
				t.Errorf("%s: the upstream has seen the Referer", tc.Name)
			}
		}
	}
}

// cleaned are tests that expect a refusal where Envoy makes a request harmless.
var cleaned = map[string]string{
	"921140-1": "Envoy takes a carriage return out of a header's value: there is no injected header",
}

// startSuiteEnvoy starts an Envoy with the plugin in front of an upstream that
// answers as waftest.Reflect says. HTTP/1.0, any method and CONNECT are let in:
// what to think of them is the rules' business.
func startSuiteEnvoy(t *testing.T) *suiteRig {
	t.Helper()
	rig := &suiteRig{sent: inEnvoy{}, ports: map[int]*waftest.Request{}, referers: map[string]bool{}}
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream, err := envoy.NewUpstream(func(m harness.Message) harness.Message {
		var req waftest.Request
		for _, h := range m.Headers {
			switch h.Name {
			case ":method":
				req.Method = h.Value
			case ":path":
				req.URI = h.Value
			case "referer":
				rig.mu.Lock()
				rig.referers[h.Value] = true
				rig.mu.Unlock()
			}
		}
		req.Body = bytes.Join(m.Body, nil)
		return answer(waftest.Reflect(&req))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	const types = "type.googleapis.com/envoy.extensions.filters."
	route := object{"cluster": "upstream"}
	bootstrap, err := json.Marshal(object{"static_resources": object{
		"clusters": list{object{"name": "upstream", "type": "STATIC"}},
		"listeners": list{object{"name": "ingress", "filter_chains": list{object{"filters": list{object{"name": "http", "typed_config": object{
			"@type":                 types + "network.http_connection_manager.v3.HttpConnectionManager",
			"stat_prefix":           "ingress",
			"http_protocol_options": object{"accept_http_10": true, "allow_custom_methods": true},
			"upgrade_configs":       list{object{"upgrade_type": "CONNECT"}},
			"route_config": object{"virtual_hosts": list{object{"name": "all", "domains": list{"*"}, "routes": list{
				object{"match": object{"connect_matcher": object{}}, "route": route},
				object{"match": object{"prefix": "/"}, "route": route},
			}}}},
			"http_filters": list{
				object{"name": "waf", "typed_config": object{
					"@type":  types + "http.wasm.v3.Wasm",
					"config": object{"name": "waf", "vm_config": object{"runtime": "envoy.wasm.runtime.v8"}},
				}},
				object{"name": "router", "typed_config": object{"@type": types + "http.router.v3.Router"}},
			},
		}}}}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	rig.Process, err = envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap,
		Plugins:   []envoy.Plugin{{Wasm: module, Configuration: []byte(suiteConfiguration)}},
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Timeout:   3 * time.Minute, // on a machine that is busy
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rig.Stop)
	return rig
}

type object = map[string]any

type list = []any

// inEnvoy is the plugin in Envoy as an engine that has run already.
type inEnvoy map[*waftest.Request]waftest.Outcome

func (sent inEnvoy) Run(req *waftest.Request, _ *waftest.Response) waftest.Outcome { return sent[req] }

// suiteRig is an Envoy and what became of the requests that were sent to it.
type suiteRig struct {
	*envoy.Process
	mu   sync.Mutex
	sent inEnvoy
	// ports are the clients' ends of the connections.
	ports map[int]*waftest.Request
	// referers are what the upstream has seen.
	referers map[string]bool
}

// sendAll sends each request of the suite over a connection of its own, whose
// port tells which event is its, and stops Envoy.
func (rig *suiteRig) sendAll(t *testing.T) {
	t.Helper()
	tests, err := waftest.Tests()
	if err != nil {
		t.Fatal(err)
	}
	queue := make(chan *waftest.Request)
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for req := range queue {
				conn, err := rig.dial(req)
				if err != nil {
					t.Error(err)
					continue
				}
				status := exchangeRaw(conn, req)
				rig.mu.Lock()
				rig.sent[req] = waftest.Outcome{Status: status}
				rig.mu.Unlock()
			}
		})
	}
	for _, tc := range tests {
		for i := range tc.Stages {
			queue <- &tc.Stages[i].Request
		}
	}
	close(queue)
	running.Wait()
	rig.Stop()
	rig.readEvents(t)
}

// dial opens a connection from a port that no other request was sent from.
func (rig *suiteRig) dial(req *waftest.Request) (net.Conn, error) {
	for {
		conn, err := net.Dial("tcp", rig.Address("ingress"))
		if err != nil {
			return nil, err
		}
		port := conn.LocalAddr().(*net.TCPAddr).Port
		rig.mu.Lock()
		taken := rig.ports[port] != nil
		if !taken {
			rig.ports[port] = req
		}
		rig.mu.Unlock()
		if !taken {
			return conn, nil
		}
		conn.Close()
	}
}

// readEvents puts the rules of the events to the requests. Without an event are
// only those that Envoy has refused.
func (rig *suiteRig) readEvents(t *testing.T) {
	t.Helper()
	seen := map[*waftest.Request]bool{}
	for _, line := range rig.Lines() {
		e, ok := readEvent(line[max(0, strings.IndexByte(line, '{')):])
		if !ok || len(e.Evidences) != 1 {
			continue
		}
		req := rig.ports[e.Evidences[0].Source.Port]
		if req == nil || seen[req] {
			continue // what follows the request on its connection
		}
		seen[req] = true
		var err error
		if rig.sent[req], err = e.outcome(rig.sent[req].Status); err != nil {
			t.Error(err)
		}
	}
	for req, out := range rig.sent {
		if !seen[req] && out.Status != 400 && out.Status != 404 {
			t.Errorf("status %d and no event\n%s", out.Status, req)
		}
	}
	t.Logf("%d events of %d requests", len(seen), len(rig.sent))
}

// Times that a client waits: for the answer to a request, and for one to what is
// none, since Envoy may wait for the rest of it.
const (
	patience      = 30 * time.Second
	shortPatience = 2 * time.Second
)

// exchangeRaw sends a request as its bytes are and returns the status of the
// answer, 0 for none, when all of it has come.
func exchangeRaw(conn net.Conn, req *waftest.Request) int {
	defer conn.Close()
	wait := patience
	if !complete(req.Raw) {
		wait = shortPatience
	}
	conn.SetDeadline(time.Now().Add(wait))
	go conn.Write(req.Raw) // Envoy may answer before it has read all
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: req.Method})
		if err != nil {
			return 0
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		// What breaks off has a status all the same.
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.StatusCode
	}
}

// complete tells whether a message is a request with all of its body.
func complete(raw []byte) bool {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil || errors.Is(err, io.EOF)
}
