//go:build !wasip1

package inspect

import (
	"slices"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/policy"
)

// FuzzChunks sends a body in pieces and wants what the inspection is given not to
// depend on them: the whole body once, or its first bytes where it is longer than
// the limit. All of it passes once it is allowed.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("a=1&b=2"), []byte{1}, uint8(0), false, false)
	f.Add([]byte("a=1&b=2"), []byte{3, 0, 9}, uint8(5), false, true)
	f.Add([]byte("a=1&b=2"), []byte{7}, uint8(7), true, false)
	f.Add([]byte("a=1&b=2"), []byte{0, 1}, uint8(6), true, true)
	f.Add([]byte{}, []byte{0}, uint8(1), true, true)
	f.Fuzz(func(t *testing.T, whole, sizes []byte, limit uint8, shadow, trailers bool) {
		d := policy.Decision{Outcome: policy.Allow, Reason: "good", Body: policy.BodyWhole, BodyLimit: int(limit)}
		if shadow {
			d.Mode = policy.Shadow
		}
		s := &script{decide: map[string]policy.Decision{responseHeaders: d}}
		h, p := start(t, s)
		id := h.InitializeHttpContext()
		h.CallOnRequestHeaders(id, get, true)
		h.CallOnResponseHeaders(id, ok, false)
		rest := whole
		action := types.ActionContinue
		for i := 0; len(rest) > 0; i++ {
			n := len(rest)
			if i < len(sizes) {
				n = min(n, int(sizes[i]))
			}
			action = h.CallOnResponseBody(id, rest[:n], !trailers && n == len(rest))
			rest = rest[n:]
			if shadow && action != types.ActionContinue {
				t.Fatal("shadow mode holds a body")
			}
		}
		if trailers {
			action = h.CallOnResponseTrailers(id, nil)
		} else if len(whole) == 0 {
			action = h.CallOnResponseBody(id, nil, true)
		}
		want := string(whole)
		switch {
		case limit > 0 && len(whole) > int(limit):
			want = want[:limit] + "…"
		case want == "":
			want = "nil"
		}
		if action != types.ActionContinue || !slices.Equal(s.bodies, []string{want}) || len(p.sent) != 0 {
			t.Errorf("action %v, bodies %q, answers %v; want continue, %q and none", action, s.bodies, p.sent, want)
		}
	})
}

func TestShadowModeCopiesNoMoreThanItMust(t *testing.T) {
	s := &script{decide: map[string]policy.Decision{requestHeaders: {Outcome: policy.Allow, Mode: policy.Shadow, Reason: "good", Body: policy.BodyWhole}}}
	h, _ := start(t, s)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, post, false)
	chunk := make([]byte, 300<<10)
	for range 6 {
		wantAction(t, "body", h.CallOnRequestBody(id, chunk, false), types.ActionContinue)
	}
	if want := maxCopied + len("…"); len(s.bodies) != 1 || len(s.bodies[0]) != want {
		t.Errorf("%d bodies, want one of %d bytes", len(s.bodies), want)
	}
}
