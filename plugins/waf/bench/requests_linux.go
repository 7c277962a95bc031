package main

import (
	"fmt"
	"strings"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/waf/waftest"
)

// kinds are the requests that are measured: harmless, and the same that the
// engines' own benchmarks use.
var kinds = []struct {
	name string
	make func(int) waftest.Request
}{
	{"GET", waftest.BenchGET},
	{"JSON of 280 bytes", waftest.BenchPOST},
	{"JSON of 10 KiB", waftest.BenchLarge},
}

// variants is how many requests of a kind take turns.
const variants = 64

// traffic is the requests of each kind, and attacks, in the two forms they are
// needed in.
type traffic struct {
	requests [][]waftest.Request
	wire     [][]load.Request
}

// benign and attacks are what every variant is given.
var benign, attacks = func() (b, a traffic) {
	for _, k := range kinds {
		var requests []waftest.Request
		for i := range variants {
			requests = append(requests, k.make(i))
		}
		b.add(requests)
	}
	query := waftest.BenchGET(0)
	query.URI = "/api/v1/orders?q=1%27%20or%20%271%27=%271"
	body := waftest.BenchPOST(0)
	// As long as it was, so that Content-Length holds.
	body.Body = []byte(strings.Replace(string(body.Body), string(body.Body[len(body.Body)-40:len(body.Body)-2]), `1' or '1'='1' union select password --`, 1))
	a.add([]waftest.Request{query, body})
	return b, a
}()

func (t *traffic) add(requests []waftest.Request) {
	var wire []load.Request
	for i := range requests {
		wire = append(wire, overTheWire(&requests[i]))
	}
	t.requests = append(t.requests, requests)
	t.wire = append(t.wire, wire)
}

// overTheWire is a request as HTTP/1.1. Its headers have the length of its body.
func overTheWire(r *waftest.Request) load.Request {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, r.URI)
	for _, h := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	return load.Request(b.String())
}

// want is a check that answers have one status.
func want(status int) func(int) error {
	return func(got int) error {
		if got != status {
			return fmt.Errorf("status %d, want %d", got, status)
		}
		return nil
	}
}
