package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

// maxCopied is the most that is copied of a body in shadow mode where the engine
// has no limit of its own. It is what Envoy holds of a body by default.
const maxCopied = 1 << 20

// body is the body of one direction.
type body struct {
	stage stage
	// limit is the engine's, 0 for none.
	limit int
	// size is how much the proxy holds.
	size int
	// copied is what has passed, in shadow mode.
	copied []byte
	// watcher is told of what passes.
	watcher policy.Watcher
	pause
	rewriting
}

// stage is what becomes of a piece of a body that comes in.
type stage uint8

const (
	// passing: it passes unseen.
	passing stage = iota
	// holding: the proxy holds it until the body is complete.
	holding
	// copying: it passes, and a copy is kept.
	copying
	// counting: it passes, and a watcher is told how long it is.
	counting
	// watching: it passes, and a watcher is shown it.
	watching
	// streaming: what passes is what a rewriter makes of it.
	streaming
)

// want begins a body as the decision on its headers says, and tells whether the
// inspection is to hear of it. End says that there is none.
func (s *stream) want(b *body, d *policy.Decision, end bool) bool {
	b.limit = max(d.BodyLimit, 0)
	switch {
	case d.Body == policy.BodyNone:
		b.stage = passing
	case d.Body == policy.BodyStream:
		s.rewrites(b, d, end)
	case d.Body != policy.BodyWhole:
		s.watch(b, d.Body)
	case d.Mode == policy.Shadow:
		b.stage = copying
		if b.limit == 0 {
			b.limit = maxCopied
		}
	default:
		b.stage = holding
	}
	return b.stage != passing
}

// holdsHeaders tells whether headers wait for the body behind them.
func (b *body) holdsHeaders(d *policy.Decision) bool {
	return d.HoldHeaders && (b.stage == holding || b.stage == streaming && !b.copies)
}

// watch lets a body pass before the eyes of an inspection that can watch.
func (s *stream) watch(b *body, need policy.BodyNeed) {
	watcher, ok := s.inspection.(policy.Watcher)
	if !ok {
		b.stage = passing
		return
	}
	b.watcher, b.stage = watcher, counting
	if need == policy.BodyPieces {
		b.stage = watching
	}
}

// receive is a callback of a body: size bytes are there, and perhaps the end.
// While a body is held the proxy gathers it and size counts all of it, so that it
// is fetched once, when it is complete or too long.
func (s *stream) receive(b *body, size int, end bool) types.Action {
	switch b.stage {
	case holding:
		b.size = size
		complete := b.limit == 0 || size <= b.limit
		if complete && !end {
			return types.ActionPause
		}
		if !complete {
			size = b.limit
		}
		data, ok := s.read(b, size)
		if !ok {
			return types.ActionPause
		}
		return s.finish(b, data, complete)
	case copying:
		room := b.limit - len(b.copied)
		data, ok := s.read(b, min(size, room))
		if !ok {
			return types.ActionPause
		}
		b.copied = append(b.copied, data...)
		if end || size > room {
			return s.finish(b, b.copied, size <= room)
		}
	case watching:
		data, ok := s.read(b, size)
		if !ok {
			return types.ActionPause
		}
		s.show(b, data, size, end)
	case counting:
		s.show(b, nil, size, end)
	case streaming:
		return s.rewrite(b, size, end, false)
	}
	return types.ActionContinue
}

// show tells a watcher of a piece.
func (s *stream) show(b *body, data []byte, size int, end bool) {
	if end {
		b.stage = passing
	}
	if b == &s.upload {
		b.watcher.RequestPiece(data, size, end)
	} else {
		b.watcher.ResponsePiece(data, size, end)
	}
}

// ends is the callback of trailers: the body is complete before them.
func (s *stream) ends(b *body) types.Action {
	switch b.stage {
	case holding:
		return s.receive(b, b.size, true)
	case streaming:
		size := b.told()
		if b.gathers {
			size = b.size
		}
		return s.rewrite(b, size, true, true)
	}
	return s.receive(b, 0, true)
}

// finish gives a body to the inspection. What comes after it passes.
func (s *stream) finish(b *body, data []byte, complete bool) types.Action {
	b.stage = passing
	if len(data) == 0 {
		data = nil
	}
	var d policy.Decision
	if b == &s.upload {
		d = s.inspection.RequestBody(data, complete)
	} else {
		d = s.inspection.ResponseBody(data, complete)
	}
	return s.decideBody(b, &d)
}

// decideBody carries out a decision on a body.
func (s *stream) decideBody(b *body, d *policy.Decision) types.Action {
	if b == &s.upload {
		if s.waits(d, atBody) {
			return types.ActionPause
		}
		s.noResponse = s.noResponse || d.NoResponse
	}
	if !s.passes(d) {
		return types.ActionPause
	}
	return types.ActionContinue
}

// read fetches the first size bytes of a body. If it cannot, the stream is
// refused: what is not there cannot be judged.
func (s *stream) read(b *body, size int) (data []byte, ok bool) {
	if size == 0 {
		return nil, true
	}
	var err error
	if b == &s.upload {
		data, err = proxywasm.GetHttpRequestBody(0, size)
	} else {
		data, err = proxywasm.GetHttpResponseBody(0, size)
	}
	switch {
	case err != nil:
		s.fail("body: " + err.Error())
		return nil, false
	case len(data) != size:
		s.fail("body: the proxy gave another size than it announced")
		return nil, false
	}
	return data, true
}
