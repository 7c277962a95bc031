package envoy

import (
	"context"
	"fmt"
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
// them in the words of the harness: Response and Upstream, no more. Envoy's clock
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
	return results, nil
}
