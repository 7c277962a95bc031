package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// clock is a host that knows the time alone.
type clock struct{ policy.Host }

func (clock) Now() time.Time { return now }

// script is an engine and its one inspection: what it decides is what its functions say,
// and calls has what it was asked, by its name.
type script struct {
	name  string
	calls *[]string

	requestHeaders, resume func(*policy.Request) policy.Decision
	responseHeaders        func(*policy.ResponseHead) policy.Decision
	body                   func(body []byte, complete bool) policy.Decision
	rewrite                func(dst, piece []byte, end bool) ([]byte, *policy.Decision)
	tick, answer           func() policy.Work
	counters               []string
	holds                  bool
	environment            error
}

func (s *script) Reasons(policy.Outcome) []policy.Reason { return nil }
func (s *script) Events() *event.Config                  { return &event.Config{} }
func (s *script) Inspect() policy.Inspection             { return s }
func (s *script) Counters() []string                     { return s.counters }
func (s *script) HoldsHeaders() bool                     { return s.holds }

func (s *script) UseEnvironment(func(string) (string, bool)) error { return s.environment }

func (s *script) said(what string, arguments ...any) {
	*s.calls = append(*s.calls, s.name+" "+fmt.Sprintf(what, arguments...))
}

func (s *script) RequestHeaders(r *policy.Request, end bool) policy.Decision {
	s.said("request %s", shown(r.Headers))
	return decide(s.requestHeaders, r)
}

func (s *script) Resume(r *policy.Request) policy.Decision {
	s.said("resume %t", r.Overdue)
	return decide(s.resume, r)
}

func (s *script) RequestBody(body []byte, complete bool) policy.Decision {
	s.said("request body %q %t", body, complete)
	return s.decideBody(body, complete)
}

func (s *script) ResponseHeaders(r *policy.ResponseHead, end bool) policy.Decision {
	s.said("response %d %s", r.Status, shown(r.Headers))
	return decide(s.responseHeaders, r)
}

func (s *script) ResponseBody(body []byte, complete bool) policy.Decision {
	s.said("response body %q %t", body, complete)
	return s.decideBody(body, complete)
}

func (s *script) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	s.said("rewrite request %q %t", piece, end)
	return s.rewrite(dst, piece, end)
}

func (s *script) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	s.said("rewrite response %q %t", piece, end)
	return s.rewrite(dst, piece, end)
}

func (s *script) Done() policy.Decision {
	s.said("done")
	return policy.Decision{Outcome: policy.Allow, Reason: "good"}
}

func (s *script) Tick(time.Time) policy.Work { return s.tick() }
func (s *script) Answer(_ time.Time, a *policy.Answer) policy.Work {
	s.said("answer %d", a.ID)
	return s.answer()
}

func (s *script) decideBody(body []byte, complete bool) policy.Decision {
	if s.body == nil {
		return allowed()
	}
	return s.body(body, complete)
}

func decide[T any](f func(T) policy.Decision, of T) policy.Decision {
	if f == nil {
		return allowed()
	}
	return f(of)
}

func shown(headers policy.Headers) string {
	var lines []string
	for _, h := range headers {
		lines = append(lines, h.Name+"="+h.Value)
	}
	return strings.Join(lines, ",")
}

// newTest makes a pipeline of scripts called a, b, … and one stream of it.
func newTest(t *testing.T, scripts ...*script) (*Pipeline, *inspection, *[]string) {
	t.Helper()
	var calls []string
	var stages []Stage
	for i, s := range scripts {
		s.name, s.calls = string(rune('a'+i)), &calls
		stages = append(stages, Stage{Name: s.name, Engine: s})
	}
	p := New(stages)
	p.host = clock{}
	p.Members()
	return p, p.Inspect().(*inspection), &calls
}

func wantCalls(t *testing.T, calls *[]string, want ...string) {
	t.Helper()
	if !slices.Equal(*calls, want) {
		t.Errorf("calls\n  %s\nwant\n  %s", strings.Join(*calls, "\n  "), strings.Join(want, "\n  "))
	}
	*calls = nil
}

func request(headers ...string) *policy.Request {
	r := &policy.Request{Now: now, IncidentID: "inc-1"}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, policy.Header{Name: headers[i], Value: headers[i+1]})
	}
	return r
}

func denial(status int) func(*policy.Request) policy.Decision {
	return func(*policy.Request) policy.Decision {
		return policy.Decision{Reason: "bad", Response: policy.Response{Status: status, Body: []byte("no")}}
	}
}

func parts(d policy.Decision) string {
	var texts []string
	for _, p := range d.Parts {
		texts = append(texts, fmt.Sprintf("%d:%s:%s:%t", p.Plugin, p.Outcome, p.Mode, p.Done))
	}
	return strings.Join(texts, " ")
}

func TestAStageSeesWhatThoseInFrontLeave(t *testing.T) {
	var found string
	a := &script{requestHeaders: func(*policy.Request) policy.Decision {
		return policy.Decision{Outcome: policy.Allow, RemoveHeaders: []string{"x", "absent"}, SetHeaders: policy.Headers{{Name: "y", Value: "2"}, {Name: "y", Value: "3"}},
			Properties: []policy.Property{{Name: "identity", Value: []byte("alice")}}}
	}}
	b := &script{requestHeaders: func(r *policy.Request) policy.Decision {
		one, _ := r.Attribute("identity")
		other, _ := r.Attribute("filter_state", "wasm.identity")
		_, unknown := r.Attribute("unknown")
		found = fmt.Sprintf("%s %s %t", one, other, unknown)
		return allowed()
	}}
	_, s, calls := newTest(t, a, b)
	d := s.RequestHeaders(request(":path", "/", "x", "1", "y", "1"), true)
	if d.Outcome != policy.Allow || d.Body != policy.BodyNone {
		t.Errorf("decision %+v, want one that allows and wants no body", d)
	}
	wantCalls(t, calls, "a request :path=/,x=1,y=1", "b request :path=/,y=2,y=3")
	if found != "alice alice false" {
		t.Errorf("attributes %q", found)
	}
	if len(d.Parts) != 1 || !slices.Equal(d.Parts[0].RemoveHeaders, []string{"x"}) {
		t.Errorf("parts %+v, want the changes of a, without what is not there", d.Parts)
	}
	s.ResponseHeaders(&policy.ResponseHead{Status: 200}, true)
	wantCalls(t, calls, "b response 200 ", "a response 200 ")
	if got, want := parts(s.Done()), "0:allow:enforce:true 1:allow:enforce:true"; got != want {
		t.Errorf("at the end %s, want %s", got, want)
	}
}

func TestADenialRunsBackThroughThoseInFront(t *testing.T) {
	upper := func(dst, piece []byte, _ bool) ([]byte, *policy.Decision) {
		return append(dst, strings.ToUpper(string(piece))...), nil
	}
	tests := []struct {
		name     string
		a        *script
		headers  []string
		status   int
		response string
		body     string
		calls    []string
		parts    string
	}{
		{"unchanged", &script{}, nil, 403, "", "no", []string{"a response 403 :status=403,content-length=2,content-type=text/plain"}, "1:deny:enforce:false"},
		{"with a header", &script{responseHeaders: func(*policy.ResponseHead) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, SetHeaders: policy.Headers{{Name: "ratelimit", Value: "r"}}}
		}}, nil, 403, "ratelimit=r", "no", []string{"a response 403 :status=403,content-length=2,content-type=text/plain"}, "1:deny:enforce:false 0:allow:enforce:false"},
		{"rewritten", &script{rewrite: upper, responseHeaders: func(*policy.ResponseHead) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, Body: policy.BodyStream}
		}}, nil, 403, "", "NO", []string{"a response 403 :status=403,content-length=2,content-type=text/plain", `a rewrite response "no" true`}, "1:deny:enforce:false 0:allow:enforce:false"},
		{"denied again", &script{responseHeaders: func(*policy.ResponseHead) policy.Decision {
			return policy.Decision{Reason: "worse", Response: policy.Response{Status: 404}}
		}}, nil, 404, "", "", []string{"a response 403 :status=403,content-length=2,content-type=text/plain"}, "1:deny:enforce:false 0:deny:enforce:false"},
		{"to HEAD", &script{}, []string{":method", "HEAD"}, 403, "", "no", []string{"a response 403 :status=403,content-length=2,content-type=text/plain"}, "1:deny:enforce:false"},
		{"of gRPC", &script{}, []string{"content-type", "application/grpc"}, 403, "", "no", []string{"a response 200 :status=200,content-type=application/grpc,grpc-status=7"}, "1:deny:enforce:false"},
		{"to who wants nothing of it", &script{requestHeaders: func(*policy.Request) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, NoResponse: true}
		}}, nil, 403, "", "no", nil, "1:deny:enforce:false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, s, calls := newTest(t, tt.a, &script{requestHeaders: denial(403)}, &script{})
			d := s.RequestHeaders(request(tt.headers...), true)
			if d.Outcome != policy.Deny || d.Response.Status != tt.status || shown(d.Response.Headers) != tt.response || string(d.Response.Body) != tt.body {
				t.Errorf("answered %d %s %q, want %d %s %q", d.Response.Status, shown(d.Response.Headers), d.Response.Body, tt.status, tt.response, tt.body)
			}
			sent := shown(request(tt.headers...).Headers)
			wantCalls(t, calls, append([]string{"a request " + sent, "b request " + sent}, tt.calls...)...)
			if got := parts(d); got != tt.parts {
				t.Errorf("parts %s, want %s", got, tt.parts)
			}
			s.Done()
			wantCalls(t, calls, "a done", "b done")
		})
	}
}

// TestThoseBehindSeeADenialOfTheBody: they have let its headers pass.
func TestThoseBehindSeeADenialOfTheBody(t *testing.T) {
	a := &script{
		requestHeaders: func(*policy.Request) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, Body: policy.BodyWhole}
		},
		body: func([]byte, bool) policy.Decision { return policy.Decision{Response: policy.Response{Status: 403}} },
	}
	_, s, calls := newTest(t, a, &script{})
	s.RequestHeaders(request(), false)
	if _, d := s.RewriteRequest(nil, []byte("x"), true); d == nil || d.Outcome != policy.Deny {
		t.Errorf("decision %+v, want a denial", d)
	}
	wantCalls(t, calls, "a request ", "b request ", `a request body "x" true`, "b response 403 :status=403")
}

// TestABodyOnItsWay holds a body for one stage and rewrites it for the next.
func TestABodyOnItsWay(t *testing.T) {
	whole := func(limit int, hold bool) func(*policy.Request) policy.Decision {
		return func(*policy.Request) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, Body: policy.BodyWhole, BodyLimit: limit, HoldHeaders: hold}
		}
	}
	rewriter := func() *script {
		return &script{
			requestHeaders: func(*policy.Request) policy.Decision {
				return policy.Decision{Outcome: policy.Allow, Body: policy.BodyStream}
			},
			rewrite: func(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
				dst = append(dst, strings.ToUpper(string(piece))...)
				if end {
					dst = append(dst, '.')
				}
				return dst, nil
			},
		}
	}
	t.Run("held with its headers", func(t *testing.T) {
		_, s, calls := newTest(t, &script{requestHeaders: whole(0, true), holds: true}, rewriter(), &script{requestHeaders: whole(0, false)})
		d := s.RequestHeaders(request("content-length", "2"), false)
		if d.Body != policy.BodyStream || !d.Gather || !d.HoldHeaders || d.BodyLimit != 0 {
			t.Errorf("wishes %+v, want all of the body and the headers held", d)
		}
		wantCalls(t, calls, "a request content-length=2")
		out, after := s.RewriteRequest([]byte("x"), []byte("ab"), true)
		if string(out) != "xAB." || after == nil || after.Outcome != policy.Allow || len(after.Parts) != 1 {
			t.Errorf("passed on %q, %+v, want AB. and the length removed", out, after)
		}
		wantCalls(t, calls, `a request body "ab" true`, "b request content-length=2", "c request ", `b rewrite request "ab" true`, `c request body "AB." true`)
	})
	t.Run("longer than its limit", func(t *testing.T) {
		_, s, calls := newTest(t, rewriter(), &script{requestHeaders: whole(3, false)})
		if d := s.RequestHeaders(request(), false); !d.Gather || d.HoldHeaders || d.BodyLimit != 3 {
			t.Errorf("wishes %+v, want 3 bytes gathered", d)
		}
		*calls = nil
		out, _ := s.RewriteRequest(nil, []byte("abcd"), false)
		out, _ = s.RewriteRequest(out, []byte("ef"), true)
		if string(out) != "ABCDEF." {
			t.Errorf("passed on %q", out)
		}
		wantCalls(t, calls, `a rewrite request "abcd" false`, `b request body "ABC" false`, `a rewrite request "ef" true`)
	})
	t.Run("nothing to rewrite", func(t *testing.T) {
		_, s, _ := newTest(t, &script{requestHeaders: whole(3, false)}, &script{})
		s.RequestHeaders(request(), false)
		out, d := s.RewriteRequest(nil, []byte("abcd"), false)
		if string(out) != "abcd" || d == nil || !d.Passes {
			t.Errorf("passed on %q, %+v, want the rest to pass unseen", out, d)
		}
	})
	t.Run("in shadow mode", func(t *testing.T) {
		shadow := func(*policy.Request) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, Mode: policy.Shadow, Body: policy.BodyWhole}
		}
		_, s, calls := newTest(t, &script{requestHeaders: shadow})
		if d := s.RequestHeaders(request(), false); d.Body != policy.BodyStream || d.Mode != policy.Shadow || d.Gather {
			t.Errorf("wishes %+v, want copies", d)
		}
		*calls = nil
		s.RewriteRequest(nil, []byte("a"), false)
		s.RewriteRequest(nil, []byte("b"), true)
		wantCalls(t, calls, `a request body "ab" true`)
	})
	t.Run("no body", func(t *testing.T) {
		_, s, calls := newTest(t, &script{requestHeaders: whole(0, true)}, rewriter())
		if d := s.RequestHeaders(request(), true); d.Body != policy.BodyNone || d.HoldHeaders {
			t.Errorf("wishes %+v, want none", d)
		}
		wantCalls(t, calls, "a request ", `a request body "" true`, "b request ")
	})
}

// TestTwoStagesWait has one stage wait at the headers, and the next one for the body.
func TestTwoStagesWait(t *testing.T) {
	wait := func(id uint64) policy.Decision {
		return policy.Decision{Outcome: policy.Wait, WaitFor: id, WaitAtMost: time.Second, Work: policy.Work{Calls: []policy.Call{{ID: id, Cluster: "c"}}}}
	}
	a := &script{requestHeaders: func(*policy.Request) policy.Decision { return wait(7) }}
	b := &script{
		holds: true,
		requestHeaders: func(*policy.Request) policy.Decision {
			return policy.Decision{Outcome: policy.Allow, Body: policy.BodyWhole, HoldHeaders: true}
		},
		body: func([]byte, bool) policy.Decision { return wait(7) },
	}
	c := &script{requestHeaders: func(*policy.Request) policy.Decision { return wait(0) }}
	p, s, calls := newTest(t, a, b, c)
	d := s.RequestHeaders(request(), false)
	if d.Outcome != policy.Wait || d.WaitFor != 1 || !d.HoldHeaders || len(d.Work.Calls) != 1 || d.Work.Calls[0].ID != 1 {
		t.Fatalf("decision %+v, want to wait for call 1, with the body coming", d)
	}
	a.answer = func() policy.Work { return policy.Work{} }
	p.Answer(now, &policy.Answer{ID: 1})
	d = s.Resume(request())
	if d.Outcome != policy.Allow || !d.HoldHeaders || !d.Gather {
		t.Fatalf("decision %+v, want the body", d)
	}
	_, piece := s.RewriteRequest(nil, []byte("body"), true)
	if piece == nil || piece.Outcome != policy.Wait || piece.WaitFor != 2 || !piece.WaitAnew {
		t.Fatalf("decision %+v, want to wait for call 2", piece)
	}
	d = s.Resume(&policy.Request{Now: now, Overdue: true})
	if d.Outcome != policy.Wait || !d.WaitAnew || d.WaitFor != 0 {
		t.Fatalf("decision %+v, want another wait", d)
	}
	if d = s.Resume(request()); d.Outcome != policy.Allow {
		t.Fatalf("decision %+v, want one that allows", d)
	}
	if out, _ := s.RewriteRequest(nil, []byte("body"), true); string(out) != "body" {
		t.Errorf("passed on %q", out)
	}
	wantCalls(t, calls, "a request ", "a answer 7", "a resume false", "b request ", `b request body "body" true`, "b resume true", "c request ", "c resume false")
}

func TestAPanicLeavesTheOthersDone(t *testing.T) {
	_, s, calls := newTest(t, &script{}, &script{requestHeaders: func(*policy.Request) policy.Decision { panic("with a secret") }}, &script{})
	func() {
		defer func() { recover() }()
		s.RequestHeaders(request(), true)
	}()
	if got := parts(s.Abandon()); got != "0:allow:enforce:true" {
		t.Errorf("parts %s, want that of a", got)
	}
	wantCalls(t, calls, "a request ", "b request ", "a done")
}

func TestWorkIsThatOfAStage(t *testing.T) {
	work := func() policy.Work {
		return policy.Work{Calls: []policy.Call{{ID: 1}}, Messages: []string{"fetched"}, Count: []int{1}}
	}
	a, b := &script{tick: work, counters: []string{"x", "y"}}, &script{tick: work, counters: []string{"z", "u"}}
	p, _, calls := newTest(t, a, b)
	w := p.Tick(now)
	if len(w.Calls) != 2 || w.Calls[0].ID == w.Calls[1].ID {
		t.Errorf("calls %+v, want two that differ", w.Calls)
	}
	if want := []string{"a: fetched", "b: fetched"}; !slices.Equal(w.Messages, want) {
		t.Errorf("messages %q, want %q", w.Messages, want)
	}
	if want := []int{1, 3}; !slices.Equal(w.Count, want) {
		t.Errorf("counted %v, want %v", w.Count, want)
	}
	b.answer = func() policy.Work { return policy.Work{Count: []int{0}} }
	if w := p.Answer(now, &policy.Answer{ID: w.Calls[1].ID}); !slices.Equal(w.Count, []int{2}) {
		t.Errorf("counted %v, want 2", w.Count)
	}
	p.Answer(now, &policy.Answer{ID: w.Calls[1].ID})
	wantCalls(t, calls, "b answer 1")
}

func TestAnErrorOfTheEnvironmentNamesItsStage(t *testing.T) {
	p, _, _ := newTest(t, &script{}, &script{environment: errors.New("no key")})
	var of *StageError
	if err := p.UseEnvironment(nil); !errors.As(err, &of) || of.Stage != 1 || err.Error() != "no key" {
		t.Errorf("error %v, want one of stage 1", err)
	}
}
