package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scriptWasm is testdata/script, built afresh for each run of the tests.
var scriptWasm []byte

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "harness")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "script.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, "./testdata/script")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build ./testdata/script: %v\n%s", err, output)
		return 1
	}
	if scriptWasm, err = os.ReadFile(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// script is a plugin that does what the lines say.
func script(name string, lines ...string) Plugin {
	return Plugin{Name: name, Wasm: scriptWasm, Configuration: []byte(strings.Join(lines, "\n"))}
}

func start(t *testing.T, opts Options, chain ...Plugin) *Proxy {
	t.Helper()
	p, err := Start(t.Context(), chain, opts)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

// get is a request without a body, and what its upstream answers.
func get(path string, headers ...string) Exchange {
	x := Exchange{
		Request: Message{Headers: []Header{{":method", "GET"}, {":path", path}, {":authority", "example.com"},
			{":scheme", "http"}}},
		Response: Message{Headers: []Header{{":status", "200"}, {"content-type", "text/plain"}},
			Body: [][]byte{[]byte("hello")}},
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, "=")
		x.Request.Headers = append(x.Request.Headers, Header{name, value})
	}
	return x
}

// post is a request with a body in chunks.
func post(path string, chunks ...string) Exchange {
	x := get(path)
	x.Request.Headers[0].Value = "POST"
	for _, chunk := range chunks {
		x.Request.Body = append(x.Request.Body, []byte(chunk))
	}
	return x
}

func exchange(t *testing.T, p *Proxy, x Exchange) Result {
	t.Helper()
	return exchangeOn(t, p, 0, x)
}

func exchangeOn(t *testing.T, p *Proxy, worker int, x Exchange) Result {
	t.Helper()
	result, err := p.Exchange(t.Context(), worker, x)
	if err != nil {
		t.Fatalf("Exchange: %v", err)
	}
	return result
}

// messages are what plugins wrote, "<plugin> <line>".
func messages(entries []LogEntry) []string {
	var list []string
	for _, e := range entries {
		if !e.Host {
			list = append(list, e.Plugin+" "+e.Message)
		}
	}
	return list
}

// wantLogs compares what plugins wrote during an exchange.
func wantLogs(t *testing.T, r Result, want ...string) {
	t.Helper()
	got := messages(r.Logs)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logs:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func wantStatus(t *testing.T, r Result, status, details string) {
	t.Helper()
	if r.Status() != status || r.Details != details {
		t.Errorf("response %s (%s), want %s (%s)", r.Status(), r.Details, status, details)
	}
}

func body(m Message) string {
	var b strings.Builder
	for _, chunk := range m.Body {
		b.Write(chunk)
	}
	return b.String()
}

func chunks(m Message) string {
	var list []string
	for _, chunk := range m.Body {
		list = append(list, string(chunk))
	}
	return strings.Join(list, "|")
}

func field(m Message, name string) string {
	var values []string
	for _, h := range m.Headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return strings.Join(values, "|")
}

func TestExchangePassesThroughPlugin(t *testing.T) {
	p := start(t, Options{}, script("a"))
	r := exchange(t, p, post("/orders", "one", "two"))
	wantStatus(t, r, "200", "via_upstream")
	if got := body(r.Response); got != "hello" {
		t.Errorf("body %q, want %q", got, "hello")
	}
	if got := chunks(r.Upstream.Request); !r.Upstream.Reached || !r.Upstream.Complete || got != "one|two" {
		t.Errorf("upstream %+v, want the body one|two", r.Upstream)
	}
	if r.Upstream.Request.Reset {
		t.Error("the request broke off at the upstream, want it whole")
	}
	if len(r.Failures) != 0 {
		t.Errorf("failures %v, want none", r.Failures)
	}
}

func TestSameInputGivesSameResult(t *testing.T) {
	run := func() string {
		p := start(t, Options{Now: time.Unix(1700000000, 0)}, script("a",
			"on_request_headers: random 16", "on_request_headers: time", "on_request_headers: clock",
			"on_request_headers: sleep 20"))
		r := exchange(t, p, get("/"))
		return strings.Join(messages(r.Logs), "\n")
	}
	first, second := run(), run()
	if first != second {
		t.Errorf("two runs differ:\n%s\n\n%s", first, second)
	}
	if !strings.Contains(first, "clock 2023-11-14T22:13:20Z") || !strings.Contains(first, "slept true") {
		t.Errorf("logs:\n%s\nwant the virtual clock and a sleep that ended", first)
	}
}
