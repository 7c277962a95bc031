package work

import (
	"errors"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// grace is how much longer than its timeout a call is waited for. The proxy ends
// calls itself, mostly: one to a cluster without endpoints may never be answered
// (DESIGN: gRPC).
const grace = 10 * time.Millisecond

// call is one that an engine has made, until it is answered.
type call struct {
	alarm
	worker *Worker
	id     uint64
	// cancel ends a gRPC call, nil where that cannot be done.
	cancel func() error
	// starting: the proxy is being told of it. over: the engine has its answer, or
	// will have it from the next tick.
	starting, over bool
}

// call makes one call. If the proxy does not take it, as it does with a cluster that
// it does not know, the next tick answers that it failed.
func (w *Worker) call(p *policy.Call) {
	c := &call{worker: w, id: p.ID, starting: true}
	c.owner, c.index = c, -1
	now := Monotonic()
	timeout := max(p.Timeout, time.Millisecond)
	err := c.start(p, timeout)
	c.starting = false
	if err != nil || c.over {
		c.cancel = nil
		w.timer.add(&c.alarm, now+resolution)
		return
	}
	w.timer.add(&c.alarm, now+timeout+grace)
}

func (c *call) start(p *policy.Call, timeout time.Duration) error {
	headers := make([][2]string, len(p.Headers))
	for i, h := range p.Headers {
		headers[i] = [2]string{h.Name, h.Value}
	}
	if p.Service == "" {
		return sdkshim.DispatchHTTPCall(c.worker.id, p.Cluster, headers, p.Body, uint32(timeout/time.Millisecond), func(numHeaders, size, _ int) {
			if c.ends() {
				a := response(c.id, numHeaders, size)
				c.worker.answer(sdkshim.Now(), &a)
			}
		})
	}
	token, err := sdkshim.GRPCCall(
		sdkshim.GRPCRequest{Cluster: p.Cluster, Service: p.Service, Method: p.Method, Metadata: headers, Message: p.Body, Timeout: timeout},
		sdkshim.GRPCEvents{
			Message: func(size int) {
				if c.ends() {
					a := message(c.id, size)
					c.worker.answer(sdkshim.Now(), &a)
				}
			},
			Closed: func(uint32) {
				if c.ends() {
					c.worker.answer(sdkshim.Now(), &policy.Answer{ID: c.id, Failed: true})
				}
			},
		})
	c.cancel = token.Cancel
	return err
}

// ends tells whether an answer is the first, and not too late. One that comes while
// the call is still being made is left to the next tick, and has failed.
func (c *call) ends() bool {
	if c.over {
		return false
	}
	c.over = true
	c.worker.timer.stop(&c.alarm)
	return !c.starting
}

// ring is the call's deadline.
func (c *call) ring(now time.Time) {
	c.over = true
	if c.cancel != nil {
		c.cancel()
	}
	c.worker.answer(now, &policy.Answer{ID: c.id, Failed: true})
}

// answer gives the engine an answer, and then resumes those that wait for it.
func (w *Worker) answer(now time.Time, a *policy.Answer) {
	w.Do(w.answered(now, a))
	if waiting, ok := w.room.lists[a.ID]; ok {
		w.wake(waiting, now)
	}
	w.wake(&w.room.any, now)
}

func (w *Worker) answered(now time.Time, a *policy.Answer) policy.Work {
	defer w.guard()
	return w.engine.Answer(now, a)
}

// response reads the HTTP response that the callback is for. No headers mean that
// there is none (DESIGN: a failed call).
func response(id uint64, numHeaders, size int) policy.Answer {
	failed := policy.Answer{ID: id, Failed: true}
	if numHeaders == 0 {
		return failed
	}
	pairs, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		return failed
	}
	a := policy.Answer{ID: id, Headers: host.Headers(nil, pairs), Size: size}
	if size > 0 {
		a.Body, err = proxywasm.GetHttpCallResponseBody(0, min(size, policy.MaxAnswer))
		if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
			return failed
		}
	}
	return a
}

// message reads the gRPC message that the callback is for.
func message(id uint64, size int) policy.Answer {
	a := policy.Answer{ID: id, Size: size}
	if size == 0 {
		return a
	}
	body, err := sdkshim.GRPCMessage()
	if err != nil {
		return policy.Answer{ID: id, Failed: true}
	}
	a.Body = body[:min(len(body), policy.MaxAnswer)]
	return a
}
