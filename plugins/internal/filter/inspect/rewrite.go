package inspect

import (
	"bytes"
	"slices"
	"strconv"

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
	// announced: trailers may follow, so that the proxy is to hold the body: what it
	// holds can still be added to before them.
	announced bool
	// held: the last callback was paused, so that the proxy holds the body. kept is
	// how many bytes it holds, all of them rewritten.
	held bool
	kept int
	// left is how many bytes are still to come, less than 0 where the headers do not
	// say.
	left int64
	// ended: the rewriter has been told that the body ends.
	ended bool
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
	length := contentLength(headers)
	if d.Mode != policy.Shadow && !(end && length <= 0) {
		if err := s.removeLength(b); err != nil {
			s.fail("content-length: " + err.Error())
			return
		}
	}
	if end {
		return
	}
	_, announced := headers.First("trailer")
	b.stage = streaming
	b.rewriting = rewriting{
		rewriter:    rewriter,
		copies:      d.Mode == policy.Shadow,
		headersWait: d.HoldHeaders && d.Mode != policy.Shadow,
		announced:   announced && length < 0 && d.Mode != policy.Shadow,
		left:        length,
	}
}

// contentLength is the length that headers give of a body, -1 if they do not, or
// not in one voice.
func contentLength(headers policy.Headers) int64 {
	length := int64(-1)
	for i := range headers {
		if headers[i].Name != "content-length" {
			continue
		}
		n, err := strconv.ParseInt(headers[i].Value, 10, 64)
		if err != nil || length >= 0 {
			return -1
		}
		length = n
	}
	return length
}

// rewrite is a callback of a body that is rewritten: size bytes are there, and
// perhaps the end. Trailers are an end behind which the proxy takes no more, unless
// it holds the body.
func (s *stream) rewrite(b *body, size int, end, trailers bool) types.Action {
	r := &b.rewriting
	came := size - r.kept
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
	r.ended = end
	piece := p.piece[r.kept:]
	out := append(slices.Grow(p.out[:0], size+size/8), p.piece[:r.kept]...)
	var d *policy.Decision
	if b == &s.upload {
		out, d = r.rewriter.RewriteRequest(out, piece, end)
	} else {
		out, d = r.rewriter.RewriteResponse(out, piece, end)
	}
	p.out = out
	if d != nil && !s.passes(d) {
		return types.ActionPause
	}
	if r.copies {
		return types.ActionContinue
	}
	if trailers && !r.held {
		if len(out) > 0 {
			return s.fail("body: bytes are left that cannot go before the trailers")
		}
		return types.ActionContinue
	}
	if !bytes.Equal(out, p.piece) {
		if err := s.replace(b, out); err != nil {
			return s.fail("body: " + err.Error())
		}
	}
	return s.pass(b, len(out), end)
}

// pass lets the rewritten bytes go that the proxy has now: all of them are.
func (s *stream) pass(b *body, size int, end bool) types.Action {
	r := &b.rewriting
	if r.headersWait && size == 0 && !end {
		r.held = true
		return types.ActionPause
	}
	r.headersWait = false
	if b == &s.download {
		s.headersOut = true
	}
	if !r.announced || end {
		r.held = false
		return types.ActionContinue
	}
	if r.held {
		// They leave now, and the proxy goes on holding what comes.
		if err := s.resumeBody(b); err != nil {
			return s.fail("body: " + err.Error())
		}
		size = 0
	}
	r.held, r.kept = true, size
	return types.ActionPause
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

func (s *stream) resumeBody(b *body) error {
	if b == &s.upload {
		return proxywasm.ResumeHttpRequest()
	}
	return proxywasm.ResumeHttpResponse()
}

func (s *stream) removeLength(b *body) error {
	if b == &s.upload {
		return proxywasm.RemoveHttpRequestHeader("content-length")
	}
	return proxywasm.RemoveHttpResponseHeader("content-length")
}
