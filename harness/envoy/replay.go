package envoy

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"gatehouse/harness"
)

// Recording is a list of exchanges and the listener that takes them.
type Recording struct {
	// Listener is the name of the listener that requests are sent to.
	Listener string
	// Exchanges are sent one after the other.
	Exchanges []harness.Exchange
}

// timeout bounds one exchange.
const timeout = 10 * time.Second

// Replay starts Envoy and sends the recordings through it, over HTTP/1.1 or, where
// an exchange says so, HTTP/1.0 or HTTP/2, one exchange after the other, each answered as
// recorded by a server that stands for the cluster. It returns what became of them, a list for each recording, in the
// words of the harness: Response, Upstream, Details and Flags, no more. Envoy's
// clock is the machine's; the times of the exchanges are not kept.
func Replay(ctx context.Context, o Options, cluster string, recordings []Recording) ([][]harness.Result, error) {
	var mu sync.Mutex
	var current harness.Message
	upstream, err := NewUpstream(func(harness.Message) harness.Message {
		mu.Lock()
		defer mu.Unlock()
		return current
	})
	if err != nil {
		return nil, err
	}
	defer upstream.Close()
	o.Endpoints = maps.Clone(o.Endpoints)
	if o.Endpoints == nil {
		o.Endpoints = make(map[string]string)
	}
	o.Endpoints[cluster] = upstream.Address()
	o.AccessLog = endOfStream + " %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%"
	p, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	results := make([][]harness.Result, len(recordings))
	var flat []*harness.Result
	for i, recording := range recordings {
		address := p.Address(recording.Listener)
		if address == "" {
			return nil, fmt.Errorf("envoy: no listener %q in the bootstrap", recording.Listener)
		}
		results[i] = make([]harness.Result, len(recording.Exchanges))
		for j, x := range recording.Exchanges {
			mu.Lock()
			current = x.Response
			current.Delay = 0
			mu.Unlock()
			ctx, cancel := context.WithTimeout(ctx, timeout)
			client := Client{HTTP10: x.Protocol == "HTTP/1.0"}
			do := client.Do
			if x.Protocol == "HTTP/2" {
				do = client.DoHTTP2
			}
			response, err := do(ctx, address, x.Request)
			cancel()
			if err != nil && !response.Reset {
				return nil, fmt.Errorf("envoy: exchange %d: %w", j+1, err)
			}
			result := &results[i][j]
			flat = append(flat, result)
			result.Response = response
			if requests := upstream.Requests(); len(requests) > 0 {
				result.Upstream = harness.Upstream{Reached: true, Request: requests[0], Complete: !requests[0].Reset}
			}
		}
	}
	p.Stop()
	return results, ends(flat, p.Lines())
}

// endOfStream marks the lines that Replay has Envoy write of each stream.
const endOfStream = "gatehouse-end-of-stream"

// ends puts the details and flags of the access log into the results: streams
// came one after the other, and so do their lines.
func ends(results []*harness.Result, lines []string) error {
	n := 0
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != endOfStream {
			continue
		}
		if n < len(results) {
			results[n].Details = fields[1]
			results[n].Flags = strings.Trim(fields[2], "-")
		}
		n++
	}
	if n != len(results) {
		return fmt.Errorf("envoy: %d streams in the access log, want %d", n, len(results))
	}
	return nil
}
