//go:build !wasip1

package waf_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/waf/waftest"
)

// TestRegressionTestsInWasm runs the regression tests of the Core Rule Set against
// the plugin's Wasm.
func TestRegressionTestsInWasm(t *testing.T) {
	proxy, err := harness.Start(t.Context(), []harness.Plugin{{
		Name: "waf", Wasm: replaytest.Build(t, "./wasm"), Configuration: []byte(suiteConfiguration),
	}}, harness.Options{LogLevel: harness.LogWarn, Deadline: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close(t.Context())
	runSuite(t, &inHarness{t, proxy}, "wasm.txt")
	if failures := proxy.Failures(); len(failures) > 0 {
		t.Errorf("the VM failed: %v", failures)
	}
}

// inHarness is the plugin in the harness as an engine.
type inHarness struct {
	t     *testing.T
	proxy *harness.Proxy
}

func (h *inHarness) Run(req *waftest.Request, resp *waftest.Response) waftest.Outcome {
	h.t.Helper()
	result, err := h.proxy.Exchange(h.t.Context(), 0, exchange(req, resp))
	if err != nil {
		h.t.Fatalf("%v\n%s", err, req)
	}
	status, err := strconv.Atoi(result.Status())
	if err != nil {
		h.t.Fatalf("no status: %s\n%s", result.Details, req)
	}
	for _, entry := range result.Logs {
		if e, ok := readEvent(entry.Message); ok {
			out, err := e.outcome(status)
			if err != nil {
				h.t.Errorf("%v\n%s", err, req)
			}
			return out
		}
	}
	if result.Upstream.Reached {
		h.t.Errorf("no event\n%s", req)
	}
	return waftest.Outcome{Status: status}
}

// exchange is a request as Envoy's codec hands it on, and what the upstream
// answers.
func exchange(req *waftest.Request, resp *waftest.Response) harness.Exchange {
	host, hasHost := "", false
	var fields []harness.Header
	for _, h := range req.Headers {
		if name := strings.ToLower(h[0]); name == "host" && !hasHost {
			host, hasHost = h[1], true
		} else {
			fields = append(fields, harness.Header{Name: name, Value: h[1]})
		}
	}
	x := harness.Exchange{Properties: map[string][]byte{
		"source.address":   []byte(net.JoinHostPort(req.RemoteAddr, strconv.Itoa(req.RemotePort))),
		"request.protocol": []byte(req.Protocol),
	}}
	x.Request.Headers = []harness.Header{{Name: ":method", Value: req.Method}}
	if req.Method == "CONNECT" {
		host, hasHost = req.URI, true
	} else {
		x.Request.Headers = append(x.Request.Headers, harness.Header{Name: ":path", Value: req.URI}, harness.Header{Name: ":scheme", Value: "http"})
	}
	if hasHost {
		x.Request.Headers = append(x.Request.Headers, harness.Header{Name: ":authority", Value: host})
	}
	x.Request.Headers = append(x.Request.Headers, fields...)
	if len(req.Body) > 0 {
		x.Request.Body = [][]byte{req.Body}
	}
	x.Response = answer(resp)
	return x
}

// answer is a response of the upstream.
func answer(resp *waftest.Response) harness.Message {
	if resp == nil {
		resp = &waftest.Response{Status: 200, Headers: [][2]string{{"Content-Type", "text/plain"}}}
	}
	m := harness.Message{Headers: []harness.Header{{Name: ":status", Value: strconv.Itoa(resp.Status)}}}
	for _, h := range resp.Headers {
		m.Headers = append(m.Headers, harness.Header{Name: strings.ToLower(h[0]), Value: h[1]})
	}
	if len(resp.Body) > 0 {
		m.Body = [][]byte{resp.Body}
	}
	return m
}
