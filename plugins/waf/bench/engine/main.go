// Command engine is the waf engine without a proxy, for a Wasm runtime or for none.
// It reads requests from the standard input, the JSON of a list of lists, inspects
// those of each list in turn for the time that its argument names, and prints, as
// the JSON of a list, the least time that a request took, in nanoseconds, as a
// mean over the requests of each list. A request that is not allowed ends it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/waf"
)

// request is a waftest.Request.
type request struct {
	Method, URI string
	Headers     [][2]string
	Body        []byte
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: engine configuration duration < requests")
	}
	duration, err := time.ParseDuration(os.Args[2])
	if err != nil {
		return err
	}
	var kinds [][]request
	if err := json.NewDecoder(os.Stdin).Decode(&kinds); err != nil {
		return err
	}
	inspector, err := waf.New([]byte(os.Args[1]))
	if err != nil {
		return err
	}
	inspection := inspector.Inspect()
	means := make([]int64, len(kinds))
	for kind, requests := range kinds {
		least := make([]time.Duration, len(requests))
		for end := time.Now().Add(duration); time.Now().Before(end); {
			for i := range requests {
				began := time.Now()
				if d := inspect(inspection, &requests[i]); d.Outcome != policy.Allow {
					return fmt.Errorf("request %d of list %d: %s, want it allowed", i, kind, d.Reason)
				}
				if took := time.Since(began); least[i] == 0 || took < least[i] {
					least[i] = took
				}
			}
		}
		var sum time.Duration
		for _, took := range least {
			sum += took
		}
		means[kind] = sum.Nanoseconds() / int64(len(requests))
	}
	return json.NewEncoder(os.Stdout).Encode(means)
}

// headers are used again, as the adapter does it.
var headers policy.Headers

// inspect is one stream.
func inspect(inspection policy.Inspection, r *request) policy.Decision {
	headers = append(headers[:0], policy.Header{Name: ":method", Value: r.Method}, policy.Header{Name: ":path", Value: r.URI})
	for _, h := range r.Headers {
		name := strings.ToLower(h[0])
		if name == "host" {
			name = ":authority"
		}
		headers = append(headers, policy.Header{Name: name, Value: h[1]})
	}
	now := time.Unix(1700000000, 0)
	d := inspection.RequestHeaders(&policy.Request{Now: now, IncidentID: "0123456789abcdef", Headers: headers, Attributes: stream{}}, len(r.Body) == 0)
	if d.Outcome == policy.Allow && d.Body == policy.BodyWhole {
		d = inspection.RequestBody(r.Body, true)
	}
	if d.Outcome == policy.Allow {
		d = inspection.ResponseHeaders(&policy.ResponseHead{Now: now, Status: 200, Headers: policy.Headers{{Name: "content-type", Value: "application/json"}}}, false)
	}
	inspection.Done()
	return d
}

// stream is what a proxy knows of a stream.
type stream struct{}

func (stream) Attribute(path ...string) ([]byte, bool) {
	switch path[0] {
	case "source":
		return []byte("198.51.100.7:40000"), true
	case "destination":
		return []byte("192.0.2.10:443"), true
	case "request":
		return []byte("HTTP/1.1"), true
	}
	return nil, false
}
