package inspect

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// state is how far the adapter has come with a stream as a whole.
type state uint8

const (
	// open: what comes is inspected.
	open state = iota
	// answered: the adapter's own answer is on its way, and passes.
	answered
	// refused: there should have been an answer and the proxy did not take it.
	// Nothing passes.
	refused
)

// stream is the context of one stream.
type stream struct {
	types.DefaultHttpContext
	plugin *pluginContext
	id     uint32
	// inspection is nil before the request's headers, and after a panic.
	inspection policy.Inspection
	state      state
	// request and response are what the inspection was shown, and may keep.
	request  policy.Request
	response policy.ResponseHead
	// upload and download are the bodies of request and response.
	upload, download body
	tunnel           tunnel
	wait             wait
	// noResponse: the inspection wants nothing of the response.
	noResponse bool
	// headersOut: the headers of the response have gone to the client.
	headersOut bool
	// denials are how many there have been, those in shadow mode included.
	denials int
	// chronicle has what the plugins of a composite decided.
	chronicle host.Chronicle
}

// maxIdleHeaders is how many headers a context keeps room for, and maxIdleBody
// how many bytes of a copied body.
const (
	maxIdleHeaders = 256
	maxIdleBody    = 64 << 10
)

// closed tells whether the stream is no longer inspected, and what a callback
// then returns.
func (s *stream) closed() (types.Action, bool) {
	switch s.state {
	case open:
		return types.ActionContinue, false
	case answered:
		return types.ActionContinue, true
	}
	return types.ActionPause, true
}

// guard is deferred by every callback that calls the inspection. Inspections do
// not panic, and are fuzzed for it. If one does all the same this stream is
// refused and the next one judged. What was panicked with may hold request data
// and is not written.
func (s *stream) guard(action *types.Action) {
	if recover() != nil {
		s.abandon()
		*action = s.fail("the engine panicked")
	}
}

// abandon forgets an inspection that panicked. What is left of a composite is done with
// the stream.
func (s *stream) abandon() {
	c, composite := s.inspection.(policy.Composite)
	if !composite {
		s.inspection = nil
		return
	}
	defer func() {
		if recover() != nil {
			s.plugin.Log("the engine panicked again")
		}
		s.inspection = nil
	}()
	d := c.Abandon()
	s.recordEnd(&d)
}

// OnHttpStreamDone implements types.HttpContext: proxy_on_log, the last callback
// of a stream, and the only one where the proxy answered before the plugin was
// asked. Then there is no inspection to end.
func (s *stream) OnHttpStreamDone() {
	defer s.release()
	s.leave()
	if s.inspection == nil {
		return
	}
	defer func() {
		if recover() != nil {
			s.abandon()
			s.plugin.Log("the engine panicked at the end of a stream")
		}
	}()
	d := s.inspection.Done()
	s.recordEnd(&d)
	keep(&s.plugin.inspections, s.inspection)
}

// release forgets the stream and leaves the context to another one. After
// proxy_on_log the proxy only deletes the context, of which the SDK tells nobody.
func (s *stream) release() {
	p := s.plugin
	p.shrink()
	*s = stream{
		request:   policy.Request{Headers: emptied(s.request.Headers)},
		response:  policy.ResponseHead{Headers: emptied(s.response.Headers)},
		upload:    body{copied: room(s.upload.copied)},
		download:  body{copied: room(s.download.copied)},
		chronicle: s.chronicle,
	}
	keep(&p.streams, s)
}

// emptied returns the room of a header map without its strings, which hold on to
// memory that the proxy wrote.
func emptied(h policy.Headers) policy.Headers {
	if cap(h) > maxIdleHeaders {
		return nil
	}
	clear(h)
	return h[:0]
}

func room(b []byte) []byte {
	if cap(b) > maxIdleBody {
		return nil
	}
	return b[:0]
}

// when is the time of a decision on what came after the headers: now, or that of
// the headers if there is no clock.
func (s *stream) when(now time.Time) time.Time {
	if now.IsZero() {
		return s.request.Now
	}
	return now
}
