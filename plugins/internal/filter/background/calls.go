package background

import (
	"errors"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// maxRounds bounds how often an engine is told at once that a call could not be
// made, and makes another.
const maxRounds = 4

// do does the work that an engine asks for. A call that the proxy does not take, to
// a cluster that it does not know, is answered as failed right away.
func (p *pluginContext) do(w policy.Work) {
	for round := 0; ; round++ {
		p.Report(&w)
		var refused []uint64
		for i := range w.Calls {
			if !p.call(&w.Calls[i]) {
				refused = append(refused, w.Calls[i].ID)
			}
		}
		if len(refused) == 0 || round == maxRounds {
			return
		}
		w = policy.Work{}
		for _, id := range refused {
			more := p.engine.Answer(sdkshim.Now(), &policy.Answer{ID: id, Failed: true})
			w.Calls = append(w.Calls, more.Calls...)
			w.Messages = append(w.Messages, more.Messages...)
			w.Count = append(w.Count, more.Count...)
		}
	}
}

// call makes one call, and tells whether the proxy took it.
func (p *pluginContext) call(c *policy.Call) bool {
	headers := make([][2]string, len(c.Headers))
	for i, h := range c.Headers {
		headers[i] = [2]string{h.Name, h.Value}
	}
	id := c.ID
	err := sdkshim.DispatchHTTPCall(p.id, c.Cluster, headers, c.Body, uint32(c.Timeout/time.Millisecond), func(numHeaders, size, _ int) {
		defer p.guard()
		a := answer(id, numHeaders, size)
		now := sdkshim.Now()
		p.do(p.engine.Answer(now, &a))
		p.again(now)
	})
	return err == nil
}

// answer reads the response that the callback is for. No headers mean that there is
// none (DESIGN: a failed call).
func answer(id uint64, numHeaders, size int) policy.Answer {
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
