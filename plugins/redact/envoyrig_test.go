//go:build !wasip1

package redact_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

// both is what redact does in these tests, in both directions.
const both = `{"responses":[` + bothRule + `],"requests":[` + bothRule + `]}`

const bothRule = `{"match":{},"fields":[{"path":"**.cvv","action":{"drop":true}}],
	"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}}]}`

// rig is an Envoy with redact in its listeners, and an upstream that speaks HTTP/1.1
// and HTTP/2 and plays a part for each path.
type rig struct {
	*envoy.Process
	mu    sync.Mutex
	parts []http.HandlerFunc
}

// way is how a request gets to Envoy and on to the upstream.
type way struct {
	name, listener string
	client         *http.Client
}

var ways = []way{
	{"HTTP/1.1", "over HTTP/1.1", speaking(false)},
	{"HTTP/2", "over HTTP/2", speaking(true)},
	{"HTTP/1.1, HTTP/2 to the upstream", "over HTTP/2", speaking(false)},
	{"HTTP/2, HTTP/1.1 to the upstream", "over HTTP/1.1", speaking(true)},
}

// speaking is a client of HTTP/1.1 or of HTTP/2 with prior knowledge.
func speaking(http2 bool) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetUnencryptedHTTP2(http2)
	return &http.Client{Transport: &http.Transport{Protocols: protocols, DisableCompression: true, ExpectContinueTimeout: 20 * time.Second}}
}

// startRig starts Envoy with testdata/envoy/bootstrap.yaml.
func startRig(t *testing.T) *rig {
	t.Helper()
	module := func(name, pkg, configuration string) envoy.Plugin {
		file := filepath.Join(t.TempDir(), name+".wasm")
		if err := os.WriteFile(file, replaytest.Build(t, pkg), 0o600); err != nil {
			t.Fatal(err)
		}
		return envoy.Plugin{Wasm: file, Configuration: []byte(configuration)}
	}
	redact := module("redact", "./wasm", both)
	r := &rig{}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(r.play))
	upstream.Config.Protocols = protocols
	upstream.Start()
	t.Cleanup(upstream.CloseClientConnections)
	bootstrap, err := os.ReadFile("testdata/envoy/bootstrap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// Where tunnels may be asked for, requests for them have no rule, and answers do.
	posted := redact
	posted.Configuration = []byte(strings.Replace(both, `"requests":[{"match":{}`, `"requests":[{"match":{"methods":["POST"]}`, 1))
	forCards := redact
	forCards.Configuration = []byte(strings.Replace(both, `{"type":"card",`, `{"type":"card","unless":{"scope":"cards:read"},`, 1))
	ofMail, ofCards := redact, redact
	ofMail.Configuration = []byte(`{"hold_headers":true,"responses":[{"match":{},"detectors":[{"type":"email","action":{"replace":"[e-mail]"}}]}]}`)
	ofCards.Configuration = []byte(`{"responses":[{"match":{},"detectors":[{"type":"card","action":{"replace":"[card]"}}]}]}`)
	address := strings.TrimPrefix(upstream.URL, "http://")
	r.Process, err = envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap, Endpoints: map[string]string{"http1": address, "http2": address},
		Plugins: []envoy.Plugin{redact, redact, posted,
			module("jwt-audience", "../jwtaudience/wasm", tokensOfTests),
			module("quota", "../quota/wasm", `{"limits":[{"name":"client","key":["client_id"],"rate":{"requests":100,"per":"1h"}}],"answer":{"fields_on":"all"}}`),
			forCards, ofMail, ofCards},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

// play plays the part that the path is for.
func (r *rig) play(w http.ResponseWriter, request *http.Request) {
	var n int
	fmt.Sscanf(request.URL.Path, "/%d", &n)
	r.mu.Lock()
	part := r.parts[n]
	r.mu.Unlock()
	part(w, request)
}

// url has the upstream play a part, and returns where it does.
func (r *rig) url(listener string, part http.HandlerFunc) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts = append(r.parts, part)
	return fmt.Sprintf("http://%s/%d", r.Address(listener), len(r.parts)-1)
}

// get asks for what the upstream then plays.
func (r *rig) get(t *testing.T, by way, part http.HandlerFunc) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url(by.listener, part), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.do(t, by, request)
}

func (r *rig) do(t *testing.T, by way, request *http.Request) *http.Response {
	t.Helper()
	response, err := by.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// counter is the value of one of redact's counters.
func (r *rig) counter(t *testing.T, name string) uint64 {
	t.Helper()
	stats, err := r.Stats("gatehouse.redact")
	if err != nil {
		t.Fatal(err)
	}
	return stats["wasmcustom.gatehouse.redact."+name]
}

// counts waits until a counter has grown to a value.
func (r *rig) counts(t *testing.T, name string, want uint64) {
	t.Helper()
	var got uint64
	for range 200 {
		if got = r.counter(t, name); got >= want {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if got != want {
		t.Errorf("%s counts %d, want %d", name, got, want)
	}
}

// unharmed fails the test if a VM of Envoy has failed.
func (r *rig) unharmed(t *testing.T) {
	t.Helper()
	for _, line := range r.Lines() {
		if strings.HasPrefix(line, "[critical]") || strings.HasPrefix(line, "[error]") {
			t.Errorf("Envoy says %.300s", line)
		}
	}
}

// page is n records of customers as the inside of a JSON array, and what the client
// is to get of them.
func page(n int) (sent, want []byte) {
	var a, b bytes.Buffer
	for i := range n {
		if i > 0 {
			a.WriteString(",\n")
			b.WriteString(",\n")
		}
		note := strings.Repeat("of several teapots, in the usual colours, ", i%16+1)
		fmt.Fprintf(&a, `{"id": %d, "cvv": %d, "card": "4111 1111 1111 1111", "contact": {"name": "Customer %d", "email": "customer-%d@example.com"}, "note": "an order %s"}`, i, i%900+100, i, i, note)
		fmt.Fprintf(&b, `{"id": %d, "card": "***************1111", "contact": {"name": "Customer %d", "email": "[e-mail]"}, "note": "an order %s"}`, i, i, note)
	}
	return a.Bytes(), b.Bytes()
}

// pages are so many copies of a page as a JSON array, read or compared piece by piece.
type pages struct {
	page  []byte
	times int
}

// WriteTo writes the array.
func (p pages) WriteTo(w io.Writer) (n int64, err error) {
	for i := range p.times {
		mark := ",\n"
		if i == 0 {
			mark = "["
		}
		if _, err := io.WriteString(w, mark); err != nil {
			return n, err
		}
		m, err := w.Write(p.page)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	_, err = io.WriteString(w, "]")
	return n, err
}

// compare reads the array and calls each between its copies. What it returns says
// where what came differs.
func (p pages) compare(r io.Reader, each func(i int)) error {
	piece := make([]byte, len(p.page)+2)
	for i := range p.times {
		mark := ",\n"
		if i == 0 {
			mark = "["
		}
		got := piece[:len(p.page)+len(mark)]
		if n, err := io.ReadFull(r, got); err != nil {
			return fmt.Errorf("page %d of %d, byte %d: %w", i, p.times, n, err)
		}
		if string(got[:len(mark)]) != mark || !bytes.Equal(got[len(mark):], p.page) {
			return fmt.Errorf("page %d of %d is another one: %.200q", i, p.times, got)
		}
		if each != nil {
			each(i)
		}
	}
	rest, err := io.ReadAll(r)
	if err != nil || string(rest) != "]" {
		return fmt.Errorf("at the end: %.200q, %v", rest, err)
	}
	return nil
}
