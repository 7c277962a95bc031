//go:build !wasip1

package inspect

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
)

// editor is a script whose inspections rewrite: they turn letters into capitals and
// keep the last bytes back.
type editor struct {
	script
	keep   int
	pieces []string
	then   *policy.Decision
}

func (e *editor) Inspect() policy.Inspection {
	e.made++
	return &edited{scripted: scripted{script: &e.script}, editor: e}
}

type edited struct {
	scripted
	editor *editor
	kept   []byte
}

func (i *edited) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return i.RewriteResponse(dst, piece, end)
}

func (i *edited) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	if i.panics == "rewrite" {
		panic("with a secret")
	}
	if i.editor.pieces != nil {
		note := string(piece)
		if end {
			note += "."
		}
		i.editor.pieces = append(i.editor.pieces, note)
	}
	i.kept = append(i.kept, piece...)
	n := max(len(i.kept)-i.editor.keep, 0)
	if end {
		n = len(i.kept)
	}
	for _, c := range i.kept[:n] {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	i.kept = append(i.kept[:0], i.kept[n:]...)
	return dst, i.editor.then
}

var rewritten = policy.Decision{Outcome: policy.Allow, Reason: "good", Body: policy.BodyStream}

// edit has the bodies of both directions rewritten.
func edit(d policy.Decision) *editor {
	return &editor{script: script{decide: map[string]policy.Decision{requestHeaders: d, responseHeaders: d}}, pieces: []string{}}
}

func TestABodyIsRewrittenAsItPasses(t *testing.T) {
	e := edit(rewritten)
	e.keep = 2
	h, p := startAny(t, e)
	id := h.InitializeHttpContext()
	wantAction(t, "headers", h.CallOnRequestHeaders(id, [][2]string{{":method", "POST"}, {"content-length", "6"}}, false), types.ActionContinue)
	if got := h.GetCurrentRequestHeaders(id); !slices.Equal(got, post) {
		t.Errorf("request headers = %q, want no content-length", got)
	}
	for _, step := range []struct{ piece, want string }{{"abc", "A"}, {"d", "B"}, {"ef", "CDEF"}} {
		wantAction(t, step.piece, h.CallOnRequestBody(id, []byte(step.piece), false), types.ActionContinue)
		if got := string(h.GetCurrentRequestBody(id)); got != step.want {
			t.Errorf("in place of %q goes %q, want %q", step.piece, got, step.want)
		}
	}
	wantAction(t, "trailers", h.CallOnRequestTrailers(id, nil), types.ActionContinue)
	wantAction(t, "headers", h.CallOnResponseHeaders(id, [][2]string{{":status", "200"}}, false), types.ActionContinue)
	wantAction(t, "body", h.CallOnResponseBody(id, []byte("a"), false), types.ActionContinue)
	if got := h.GetCurrentResponseBody(id); len(got) != 0 {
		t.Errorf("what is kept back goes: %q", got)
	}
	wantAction(t, "the end", h.CallOnResponseBody(id, nil, true), types.ActionContinue)
	if got := string(h.GetCurrentResponseBody(id)); got != "A" {
		t.Errorf("at the end goes %q, want A", got)
	}
	h.CompleteHttpContext(id)
	if want := []string{"abc", "d", "ef.", "a", "."}; !slices.Equal(e.pieces, want) || len(p.sent) != 0 {
		t.Errorf("pieces = %q, answers %v; want %q and none", e.pieces, p.sent, want)
	}
	wantCalls(t, &e.script, requestHeaders, responseHeaders, done)
}

func TestWhatHasNoBodyIsNotRewritten(t *testing.T) {
	tests := []struct {
		name          string
		request       [][2]string
		response      [][2]string
		end           bool
		lengthRemoved bool
	}{
		{"an answer to HEAD", [][2]string{{":method", "HEAD"}}, [][2]string{{":status", "200"}, {"content-length", "7"}}, true, true},
		{"304", get, [][2]string{{":status", "304"}, {"content-length", "7"}}, true, true},
		{"204", get, [][2]string{{":status", "204"}}, true, false},
		{"a body of no bytes", get, [][2]string{{":status", "200"}, {"content-length", "0"}}, true, false},
		{"a tunnel", [][2]string{{":method", "CONNECT"}}, ok, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := edit(rewritten)
			h, p := startAny(t, e)
			id := h.InitializeHttpContext()
			wantAction(t, "request", h.CallOnRequestHeaders(id, tt.request, !slices.Equal(tt.request, [][2]string{{":method", "CONNECT"}})), types.ActionContinue)
			wantAction(t, "response", h.CallOnResponseHeaders(id, tt.response, tt.end), types.ActionContinue)
			want := tt.response
			if tt.lengthRemoved {
				want = want[:1]
			}
			if got := h.GetCurrentResponseHeaders(id); !slices.Equal(got, want) {
				t.Errorf("response headers = %q, want %q", got, want)
			}
			if !tt.end {
				wantAction(t, "bytes of a tunnel", h.CallOnResponseBody(id, []byte("a"), false), types.ActionContinue)
				wantAction(t, "bytes of a tunnel", h.CallOnRequestBody(id, []byte("a"), false), types.ActionContinue)
			}
			h.CompleteHttpContext(id)
			if len(e.pieces) != 0 || len(p.sent) != 0 {
				t.Errorf("pieces %q, answers %v; want none", e.pieces, p.sent)
			}
		})
	}
}

func TestShadowModeRewritesCopies(t *testing.T) {
	shadow := rewritten
	shadow.Mode, shadow.HoldHeaders = policy.Shadow, true
	e := edit(shadow)
	e.then = &policy.Decision{Mode: policy.Shadow, Reason: "bad"}
	h, p := startAny(t, e)
	id := h.InitializeHttpContext()
	headers := [][2]string{{":method", "POST"}, {"content-length", "3"}}
	wantAction(t, "headers", h.CallOnRequestHeaders(id, headers, false), types.ActionContinue)
	// A length that is wrong is not ours to refuse here.
	for _, piece := range []string{"ab", "cd", "ef"} {
		wantAction(t, piece, h.CallOnRequestBody(id, []byte(piece), false), types.ActionContinue)
		if got := string(h.GetCurrentRequestBody(id)); got != piece {
			t.Errorf("in place of %q goes %q", piece, got)
		}
	}
	if got := h.GetCurrentRequestHeaders(id); !slices.Equal(got, headers) {
		t.Errorf("request headers = %q, want %q", got, headers)
	}
	h.CompleteHttpContext(id)
	if want := []string{"ab", "cd."}; !slices.Equal(e.pieces, want) || len(p.sent) != 0 || len(h.GetWarnLogs()) != 2 {
		t.Errorf("pieces = %q, answers %v, %d events; want %q, none and 2", e.pieces, p.sent, len(h.GetWarnLogs()), want)
	}
}

func TestABodyThatCannotBeRewrittenIsRefused(t *testing.T) {
	deny := &policy.Decision{Reason: "bad", Response: policy.Response{Status: 403}}
	tests := []struct {
		name    string
		prepare func(*editor)
		status  int
	}{
		{"a denial", func(e *editor) { e.then = deny }, 403},
		{"a panic", func(e *editor) { e.panics = "rewrite" }, 500},
		{"a piece that waits", func(e *editor) { e.then = &policy.Decision{Outcome: policy.Wait} }, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := edit(rewritten)
			tt.prepare(e)
			h, p := startAny(t, e)
			id := h.InitializeHttpContext()
			wantAction(t, "headers", h.CallOnRequestHeaders(id, post, false), types.ActionContinue)
			wantAction(t, "body", h.CallOnRequestBody(id, []byte("a"), false), types.ActionPause)
			if len(p.sent) != 1 || p.sent[0].Status != tt.status {
				t.Errorf("answers %+v, want one of %d", p.sent, tt.status)
			}
			h.CompleteHttpContext(id)
			for _, line := range h.GetCriticalLogs() {
				if strings.Contains(line, "secret") {
					t.Errorf("the log has what was panicked with: %q", line)
				}
			}
		})
	}
	t.Run("more than its length", func(t *testing.T) {
		h, p := startAny(t, edit(rewritten))
		id := h.InitializeHttpContext()
		h.CallOnRequestHeaders(id, [][2]string{{":method", "POST"}, {"content-length", "2"}}, false)
		wantAction(t, "all of it", h.CallOnRequestBody(id, []byte("ab"), false), types.ActionContinue)
		wantAction(t, "more", h.CallOnRequestBody(id, []byte("c"), true), types.ActionPause)
		if len(p.sent) != 1 || p.sent[0].Status != 500 {
			t.Errorf("answers %+v, want one of 500", p.sent)
		}
	})
	t.Run("what is left at trailers", func(t *testing.T) {
		e := edit(rewritten)
		e.keep = 1
		h, p := startAny(t, e)
		id := h.InitializeHttpContext()
		h.CallOnRequestHeaders(id, post, false)
		wantAction(t, "body", h.CallOnRequestBody(id, []byte("ab"), false), types.ActionContinue)
		wantAction(t, "trailers", h.CallOnRequestTrailers(id, nil), types.ActionPause)
		if len(p.sent) != 1 || p.sent[0].Status != 500 {
			t.Errorf("answers %+v, want one of 500", p.sent)
		}
	})
	t.Run("an inspection that rewrites nothing", func(t *testing.T) {
		s := &script{decide: map[string]policy.Decision{requestHeaders: rewritten}}
		h, p := start(t, s)
		wantAction(t, "headers", h.CallOnRequestHeaders(h.InitializeHttpContext(), post, false), types.ActionPause)
		if len(p.sent) != 1 || p.sent[0].Status != 500 {
			t.Errorf("answers %+v, want one of 500", p.sent)
		}
	})
}

func TestHeadersWaitForTheFirstBytes(t *testing.T) {
	hold := rewritten
	hold.HoldHeaders = true
	e := edit(hold)
	e.keep = 3
	h, _ := startAny(t, e)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, get, true)
	wantAction(t, "headers", h.CallOnResponseHeaders(id, ok, false), types.ActionPause)
	wantAction(t, "what is kept back", h.CallOnResponseBody(id, []byte("abc"), false), types.ActionPause)
	wantAction(t, "more", h.CallOnResponseBody(id, []byte("d"), false), types.ActionContinue)
	if got := string(h.GetCurrentResponseBody(id)); got != "A" {
		t.Errorf("first goes %q, want A", got)
	}
	wantAction(t, "the rest", h.CallOnResponseBody(id, nil, true), types.ActionContinue)
	if got := string(h.GetCurrentResponseBody(id)); got != "BCD" {
		t.Errorf("then goes %q, want BCD", got)
	}
}

// TestAPieceAllocatesNothing rewrites a piece again and again, as it has become. The
// SDK's emulator gives it through the SDK.
func TestAPieceAllocatesNothing(t *testing.T) {
	e := edit(rewritten)
	e.pieces, e.keep = nil, 1
	h, _ := startAny(t, e)
	id := h.InitializeHttpContext()
	h.CallOnRequestHeaders(id, get, true)
	h.CallOnResponseHeaders(id, ok, false)
	h.CallOnResponseBody(id, []byte(strings.Repeat("ab", 500)), false)
	p := host.VM.NewPluginContext(1)
	if p.OnPluginStart(0) != types.OnPluginStartStatusOK {
		t.Fatal("the plugin did not start")
	}
	x := p.NewHttpContext(id)
	x.OnHttpRequestHeaders(1, true)
	x.OnHttpResponseHeaders(1, false)
	piece := func(size int) {
		if x.OnHttpResponseBody(size, false) != types.ActionContinue {
			t.Fatal("the body does not go on")
		}
	}
	piece(999)
	reading := testing.AllocsPerRun(100, func() {
		if _, err := proxywasm.GetHttpResponseBody(0, 998); err != nil {
			t.Fatal(err)
		}
	})
	if n := testing.AllocsPerRun(100, func() { piece(998) }); n > reading {
		t.Errorf("a piece allocates %v times, reading it through the SDK alone %v", n, reading)
	}
}

// FuzzPieces sends a body in pieces and wants what passes to be the whole body
// rewritten, however it is cut and whatever is kept back.
func FuzzPieces(f *testing.F) {
	f.Add([]byte("some text"), []byte{1}, uint8(0), true, false)
	f.Add([]byte("some text"), []byte{3, 0, 9}, uint8(5), false, false)
	f.Add([]byte("some text"), []byte{9}, uint8(20), false, true)
	f.Add([]byte{}, []byte{0}, uint8(1), true, true)
	f.Fuzz(func(t *testing.T, whole, sizes []byte, keep uint8, sized, hold bool) {
		d := rewritten
		d.HoldHeaders = hold
		e := edit(d)
		e.keep = int(keep)
		h, p := startAny(t, e)
		id := h.InitializeHttpContext()
		h.CallOnRequestHeaders(id, get, true)
		headers := ok
		if sized {
			headers = append(slices.Clone(ok), [2]string{"content-length", strconv.Itoa(len(whole))})
		}
		h.CallOnResponseHeaders(id, headers, false)
		var got []byte
		rest := whole
		for i := 0; ; i++ {
			n := len(rest)
			if i < len(sizes) {
				n = min(n, int(sizes[i]))
			}
			end := n == len(rest)
			action := h.CallOnResponseBody(id, slices.Clone(rest[:n]), end)
			rest = rest[n:]
			if action == types.ActionContinue {
				got = append(got, h.GetCurrentResponseBody(id)...)
			} else if len(h.GetCurrentResponseBody(id)) != 0 || !hold || end {
				t.Fatalf("%q is held", h.GetCurrentResponseBody(id))
			}
			if end {
				break
			}
		}
		var want []byte
		for _, c := range whole {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			want = append(want, c)
		}
		if !bytes.Equal(got, want) || len(p.sent) != 0 {
			t.Errorf("passed on %q, answers %v; want %q and none", got, p.sent, want)
		}
	})
}
