package inspect

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/queue"
)

// pause is how a message is held back.
type pause struct {
	// paused: the proxy stopped here, at the headers or at the body, and has not gone on.
	paused bool
	// releasing: it is to go on once the callback is over.
	releasing bool
	// apart: the last callback was stopped so that the next one is told the size of what
	// is new, without what the proxy holds.
	apart bool
}

// told is how much of what the proxy holds of a body that is rewritten is in the size that
// the next callback is told.
func (b *body) told() int {
	if b.apart {
		return 0
	}
	return b.kept
}

// settle returns what the callback of a body returns to the proxy that is to return an
// action. End says that the message is over, but for trailers in their own callback.
//
// To go on after a pause has the proxy take along what has come meanwhile, trailers
// included, which this filter is then not shown. So where trailers are looked at, a body
// that was paused goes on when its callback is over: if there are trailers already, their
// callback comes before that.
func (s *stream) settle(b *body, action types.Action, end bool) types.Action {
	if action != types.ActionContinue {
		b.paused = true
		return action
	}
	if !b.paused || end || s.state != open || !s.looksAtTrailers() {
		s.released(b)
		return types.ActionContinue
	}
	b.apart = true
	if b.releasing {
		return stopBody
	}
	b.releasing = true
	if err := s.plugin.releases.add(release{s, s.id, b}); err != nil {
		return s.fail("release: " + err.Error())
	}
	return stopBody
}

func (s *stream) looksAtTrailers() bool {
	_, ok := s.inspection.(policy.Trailed)
	return ok
}

// released notes that a body goes on, and all that the proxy held of it.
func (s *stream) released(b *body) {
	b.pause, b.kept = pause{}, 0
	if b == &s.download {
		s.headersOut = true
	}
}

// release is a body that goes on once the callback is over that stopped it.
type release struct {
	stream *stream
	// id is the stream's: contexts are used again.
	id   uint32
	body *body
}

// releases are bodies that go on, in the order in which the proxy calls back for each:
// it does for an item in a queue, at once but not from within a callback. Shared queues are
// for plugins to talk to each other; this one has a name that no other plugin knows.
type releases struct {
	waiting []release
	queue   uint32
	open    bool
}

// item is what stands in the queue for each: that it is there is all it says.
var item = []byte{1}

func (r *releases) add(one release) (err error) {
	if !r.open {
		name := "gatehouse/release/" + strconv.FormatUint(rand.Uint64(), 16)
		if r.queue, err = proxywasm.RegisterSharedQueue(name); err != nil {
			return err
		}
		r.open = true
	}
	r.waiting = append(r.waiting, one)
	return proxywasm.EnqueueSharedQueue(r.queue, item)
}

// OnQueueReady implements types.PluginContext.
func (p *pluginContext) OnQueueReady(queue uint32) {
	if _, err := proxywasm.DequeueSharedQueue(queue); err != nil || len(p.releases.waiting) == 0 {
		return
	}
	r := p.releases.waiting[0]
	p.releases.waiting = slices.Delete(p.releases.waiting, 0, 1)
	if r.stream.id != r.id || !r.body.releasing {
		return
	}
	r.body.releasing = false
	if r.stream.waitsAt(r.body) || r.stream.state != open || sdkshim.SetEffectiveContext(r.id) != nil {
		return
	}
	r.stream.released(r.body)
	resume := proxywasm.ResumeHttpRequest
	if r.body == &r.stream.download {
		resume = proxywasm.ResumeHttpResponse
	}
	if err := resume(); err != nil {
		r.stream.fail("release: " + err.Error())
	}
	sdkshim.SetEffectiveContext(p.id)
}

// waitsAt tells whether the request waits, and the body is its.
func (s *stream) waitsAt(b *body) bool { return s.wait.held != nil && b == &s.upload }
