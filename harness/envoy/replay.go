package envoy

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"gatehouse/harness"
)

// ReplayOptions say where Replay finds its way through the bootstrap.
type ReplayOptions struct {
	// Listener is the name of the listener that requests are sent to. Required.
	Listener string
	// Cluster is the name of the cluster that stands for the upstream; its
	// endpoint becomes a server that answers as recorded. Required.
	Cluster string
	// Timeout bounds one exchange. Default 10 s.
	Timeout time.Duration
}

// Replay starts Envoy, sends the exchanges through it one after the other over
// HTTP/1.1, the upstream answering each as recorded, and returns what became of
// them in the words of the harness: Response, Upstream, Details and Flags, no more. Envoy's clock
// is the machine's; the times of the exchanges are not kept.
func Replay(ctx context.Context, o Options, r ReplayOptions, exchanges []harness.Exchange) ([]harness.Result, error) {
	if r.Timeout == 0 {
		r.Timeout = 10 * time.Second
	}
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
	endpoints := map[string]string{r.Cluster: upstream.Address()}
	for name, address := range o.Endpoints {
		endpoints[name] = address
	}
	o.Endpoints = endpoints
	o.AccessLog = endOfStream + " %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%"
	p, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	address := p.Address(r.Listener)
	if address == "" {
		return nil, fmt.Errorf("envoy: no listener %q in the bootstrap", r.Listener)
	}
	results := make([]harness.Result, len(exchanges))
	for i, x := range exchanges {
		mu.Lock()
		current = x.Response
		current.Delay = 0
		mu.Unlock()
		ctx, cancel := context.WithTimeout(ctx, r.Timeout)
		response, err := Do(ctx, address, x.Request)
		cancel()
		if err != nil && !response.Reset {
			return nil, fmt.Errorf("envoy: exchange %d: %w", i+1, err)
		}
		results[i].Response = response
		if requests := upstream.Requests(); len(requests) > 0 {
			results[i].Upstream = harness.Upstream{Reached: true, Request: requests[0], Complete: !requests[0].Reset}
		}
	}
	p.Stop()
	return results, ends(results, p.Lines())
}

// endOfStream marks the lines that Replay has Envoy write of each stream.
const endOfStream = "gatehouse-end-of-stream"

// ends puts the details and flags of the access log into the results: streams
// came one after the other, and so do their lines.
func ends(results []harness.Result, lines []string) error {
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
