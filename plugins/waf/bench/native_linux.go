package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/waf"
	"gatehouse/plugins/waf/waftest"
)

// inProcess is a target that is a function of this process: it returns the
// status that a request comes to.
type inProcess func(*waftest.Request) int

func (f inProcess) send(ctx context.Context, t *traffic, kind, n, status int) (time.Duration, error) {
	return load.Used(os.Getpid(), func() error {
		_, err := f.alone(ctx, t, kind, n, status)
		return err
	})
}

func (f inProcess) alone(ctx context.Context, t *traffic, kind, n, status int) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		began := time.Now()
		got := f(&t.requests[kind][i%len(t.requests[kind])])
		took[i] = time.Since(began)
		if err := want(status)(got); err != nil {
			return nil, err
		}
	}
	return took, nil
}

func (inProcess) stop() {}

// stream is what a proxy knows of a stream.
type stream struct{}

func (stream) Attribute(path ...string) ([]byte, bool) {
	switch strings.Join(path, ".") {
	case "source.address":
		return []byte("198.51.100.7:40000"), true
	case "destination.address":
		return []byte("192.0.2.10:443"), true
	case "request.protocol":
		return []byte("HTTP/1.1"), true
	}
	return nil, false
}

// startEngine is the waf plugin's engine.
func startEngine() (*run, error) {
	inspector, err := waf.New([]byte(level1))
	if err != nil {
		return nil, err
	}
	inspection := inspector.Inspect()
	now := time.Unix(1700000000, 0)
	response := policy.ResponseHead{Now: now, Status: 200, Headers: policy.Headers{{Name: "content-type", Value: "application/json"}}}
	var headers policy.Headers
	judge := func(r *waftest.Request) policy.Decision {
		headers = append(headers[:0], policy.Header{Name: ":method", Value: r.Method}, policy.Header{Name: ":path", Value: r.URI})
		for _, h := range r.Headers {
			name := strings.ToLower(h[0])
			if name == "host" {
				name = ":authority"
			}
			headers = append(headers, policy.Header{Name: name, Value: h[1]})
		}
		d := inspection.RequestHeaders(&policy.Request{Now: now, IncidentID: "0123456789abcdef", Headers: headers, Attributes: stream{}}, len(r.Body) == 0)
		if d.Outcome == policy.Allow && d.Body == policy.BodyWhole {
			d = inspection.RequestBody(r.Body, true)
		}
		if d.Outcome == policy.Allow {
			d = inspection.ResponseHeaders(&response, false)
		}
		return d
	}
	return &run{name: "no proxy, waf", blocks: true, target: inProcess(func(r *waftest.Request) int {
		d := judge(r)
		inspection.Done()
		if d.Outcome == policy.Allow {
			return 200
		}
		return d.Response.Status
	})}, nil
}

// startCoraza is Coraza.
func startCoraza() (*run, error) {
	engine, err := waftest.NewCoraza(waftest.Directives(1, true))
	if err != nil {
		return nil, fmt.Errorf("no proxy, Coraza: %w", err)
	}
	response := &waftest.Response{Status: 200, Protocol: "HTTP/1.1", Headers: [][2]string{{"Content-Type", "application/json"}}}
	return &run{name: "no proxy, Coraza", blocks: true, target: inProcess(func(r *waftest.Request) int {
		if outcome := engine.Run(r, response); outcome.Status != 0 {
			return outcome.Status
		}
		return 200
	})}, nil
}
