package inspect

import (
	"bytes"
	"slices"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// rewriting is a body that is rewritten as it passes.
type rewriting struct {
	rewriter policy.Rewriter
	// copies: the rewriter is shown the body, which passes as it is: shadow mode.
	copies bool
	// headersWait: nothing of the message has been passed on.
	headersWait bool
	// held: the last callback was paused, so that the proxy holds the body, and it can
	// be added to. kept is how many bytes it holds, all of them rewritten.
	held bool
	kept int
	// left is how many bytes are still to come, less than 0 where the headers do not
	// say.
	left int64
	// ended: the rewriter has been told that the body ends.
	ended bool
	// gathers: the first piece is not complete yet.
	gathers bool
	// waited is the piece that the request waits for, which is given again.
	waited struct {
		piece         bool
		size          int
		end, trailers bool
	}
}

// rewrites begins a body that is rewritten. End says that there is none.
func (s *stream) rewrites(b *body, d *policy.Decision, end bool) {
	rewriter, ok := s.inspection.(policy.Rewriter)
	if !ok {
		s.fail("the engine rewrites no bodies")
		return
	}
	headers := s.request.Headers
	if b == &s.download {
		headers = s.response.Headers
	}
	length := headers.ContentLength()
	if d.Mode != policy.Shadow && !d.KeepLength && !(end && length <= 0) {
		if err := s.removeLength(b); err != nil {
			s.fail("content-length: " + err.Error())
			return
		}
	}
	if end {
		return
	}
	b.stage = streaming
	b.rewriting = rewriting{
		rewriter:    rewriter,
		copies:      d.Mode == policy.Shadow,
		headersWait: d.HoldHeaders && d.Mode != policy.Shadow,
		left:        length,
		gathers:     d.Gather && d.Mode != policy.Shadow,
	}
}

// rewrite is a callback of a body that is rewritten: size bytes are there, and
// perhaps the end. Trailers are an end behind which the proxy takes no more, unless
// it holds the body.
func (s *stream) rewrite(b *body, size int, end, trailers bool) types.Action {
	r := &b.rewriting
	if r.gathers {
		b.size = size
		if !end && (b.limit == 0 || size <= b.limit) {
			r.held = true
			return types.ActionPause
		}
		r.gathers = false
	}
	before := b.told()
	came := size - before
	if r.left >= 0 {
		r.left -= int64(came)
		if r.left < 0 && !r.copies {
			return s.fail("body: longer than its content-length")
		}
		// What has been kept back leaves before any trailers.
		end = end || r.left <= 0
	}
	if r.ended {
		return types.ActionContinue
	}
	p := s.plugin
	var ok bool
	if p.piece, ok = s.readAgain(b, p.piece, size); !ok {
		return types.ActionPause
	}
	p.out = append(slices.Grow(p.out[:0], size+size/8), p.piece[:before]...)
	passes, goesOn := s.give(b, p.piece[before:], end)
	if !goesOn {
		if s.wait.held != nil {
			b.apart = false
			r.waited.trailers = trailers
			if r.left >= 0 {
				r.left += int64(came)
			}
		}
		return types.ActionPause
	}
	r.ended = end
	if r.copies {
		if passes {
			b.stage = passing
		}
		return types.ActionContinue
	}
	if trailers && !r.held {
		if len(p.out) > 0 {
			return s.fail("body: bytes are left that cannot go before the trailers")
		}
		return types.ActionContinue
	}
	if !bytes.Equal(p.out, p.piece) {
		if err := s.replace(b, p.out); err != nil {
			return s.fail("body: " + err.Error())
		}
	}
	r.kept += len(p.out) - before
	if passes {
		b.stage = passing
	}
	// All of it leaves now, unless the headers wait for the first of it.
	if r.held = r.headersWait && r.kept == 0 && !end; r.held {
		return types.ActionPause
	}
	r.headersWait = false
	return types.ActionContinue
}

// give gives a piece to the rewriter, and adds what comes of it to the plugin's out. It
// tells whether the rest of the body passes unseen, and whether the stream goes on: if not
// it waits, or is over.
func (s *stream) give(b *body, piece []byte, end bool) (passes, goesOn bool) {
	r := &b.rewriting
	for again := r.waited; ; {
		first, last := piece, end
		if again.piece {
			first, last = piece[:again.size], again.end
		}
		before := len(s.plugin.out)
		var d *policy.Decision
		if b == &s.upload {
			s.plugin.out, d = r.rewriter.RewriteRequest(s.plugin.out, first, last)
		} else {
			s.plugin.out, d = r.rewriter.RewriteResponse(s.plugin.out, first, last)
		}
		r.waited.piece = false
		if d != nil && d.Outcome == policy.Wait && b == &s.upload {
			s.plugin.out = s.plugin.out[:before]
			again.piece, again.size, again.end = true, len(first), last
			r.waited = again
			if s.waits(d, atBody) {
				return false, false
			}
			if !s.allows(b, d) {
				return false, false
			}
			continue
		}
		if d != nil {
			if !s.allows(b, d) {
				return false, false
			}
			passes = passes || d.Passes
		}
		piece = piece[len(first):]
		if last || len(piece) == 0 && !end || !again.piece {
			return passes, true
		}
		again.piece = false
	}
}

// allows carries out a decision on a piece, and tells whether the stream goes on.
func (s *stream) allows(b *body, d *policy.Decision) bool {
	if b == &s.upload {
		s.noResponse = s.noResponse || d.NoResponse
	}
	if !s.passes(d) {
		return false
	}
	if !b.headersWait {
		return true
	}
	if fault := s.forward(d, b == &s.download); fault != "" {
		s.fail(fault)
		return false
	}
	return true
}

// resumePiece goes on with the piece that the request has waited for. Size is what has
// come meanwhile of the body, with it, and end whether that is all.
func (s *stream) resumePiece(d *policy.Decision, size int, end bool) types.Action {
	if s.waits(d, atBody) || !s.allows(&s.upload, d) {
		return types.ActionPause
	}
	w := s.upload.waited
	return s.rewrite(&s.upload, max(size, s.upload.kept+w.size), end || w.end, w.trailers)
}

// maxIdlePiece is how much memory for pieces is kept between streams: what Envoy gives
// at once of a fast upstream's body, 1 MiB by default, may become somewhat longer.
const maxIdlePiece = 2 << 20

// shrink gives the memory of an unusually large piece back.
func (p *pluginContext) shrink() {
	if cap(p.piece) > maxIdlePiece {
		p.piece = nil
	}
	if cap(p.out) > maxIdlePiece {
		p.out = nil
	}
}

// readAgain is read into memory that is used again.
func (s *stream) readAgain(b *body, dst []byte, size int) (data []byte, ok bool) {
	if size == 0 {
		return dst[:0], true
	}
	t := sdkshim.BufferRequestBody
	if b == &s.download {
		t = sdkshim.BufferResponseBody
	}
	data, err := sdkshim.ReadBuffer(dst, t, 0, size)
	switch {
	case err != nil:
		s.fail("body: " + err.Error())
		return data, false
	case len(data) != size:
		s.fail("body: the proxy gave another size than it announced")
		return data, false
	}
	return data, true
}

func (s *stream) replace(b *body, data []byte) error {
	if b == &s.upload {
		return proxywasm.ReplaceHttpRequestBody(data)
	}
	return proxywasm.ReplaceHttpResponseBody(data)
}

func (s *stream) removeLength(b *body) error {
	if b == &s.upload {
		return proxywasm.RemoveHttpRequestHeader("content-length")
	}
	return proxywasm.RemoveHttpResponseHeader("content-length")
}
