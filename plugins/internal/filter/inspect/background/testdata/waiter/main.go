// Command waiter is the plugin of this package's tests. What a request's headers say
// is what it does with it:
//
//	x-wait       waits at the headers, x-wait-body at the body, for a number of
//	             milliseconds or, "<cluster> <at most> <timeout>", for a gRPC call
//	x-wait-piece waits for that at this piece of a body that is rewritten, from 1
//	x-again      what to wait for when resumed the first time
//	x-body       what it wants of both bodies: sizes, pieces, whole, or stream, of
//	             which it keeps the last 100 bytes back until the end
//	x-hold       whether it holds headers, x-no-response whether it wants no response
//	x-shadow     whether it does all that in shadow mode
//	x-deny       denies once it has waited
//
// It tells in the header x-waited of the response how a request was resumed, and in
// the log at the end what it saw. Its counters tell which calls came.
package main

import (
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect/background"
	"gatehouse/plugins/internal/policy"
)

func init() { background.Register("waiter", event.APIActivity, newWaiter) }

func main() {}

// waiter is the inspector and its configuration.
type waiter struct {
	// Events. Optional.
	Config event.Config `json:"events"`

	last    uint64
	answers map[uint64]string
}

func newWaiter(document []byte) (*waiter, error) {
	w := &waiter{answers: map[uint64]string{}}
	if len(document) == 0 {
		document = []byte("{}")
	}
	return w, config.Decode(document, w)
}

// never is the ID of no call.
const never = 1 << 63

// What is counted.
const (
	requestHeaders = iota
	requestBody
	resumed
	responseHeaders
	responseBody
	done
	ticked
	answered
)

var names = []string{"request_headers", "request_body", "resumed", "response_headers", "response_body", "done", "ticked", "answered"}

func (w *waiter) Counters() []string {
	var counters []string
	for _, name := range names {
		counters = append(counters, "calls."+name)
	}
	return counters
}

func (w *waiter) Reasons(o policy.Outcome) []policy.Reason {
	if o == policy.Allow {
		return []policy.Reason{"good"}
	}
	return []policy.Reason{"bad"}
}

func (w *waiter) Events() *event.Config { return &w.Config }

func (w *waiter) Tick(time.Time) policy.Work { return policy.Work{Count: []int{ticked}} }

func (w *waiter) Answer(_ time.Time, a *policy.Answer) policy.Work {
	w.answers[a.ID] = "answer " + string(a.Body)
	if a.Failed {
		w.answers[a.ID] = "failed"
	}
	return policy.Work{Count: []int{answered}}
}

func (w *waiter) Inspect() policy.Inspection { return &inspection{waiter: w} }

// inspection is one stream.
type inspection struct {
	*waiter
	request *policy.Request
	// body is what the wait is about, and how it ended.
	body   bool
	call   uint64
	again  string
	waited []string
	// seen is what passed of request and response, and kept what did not pass yet.
	seen [2]passed
	kept [2][]byte
}

type passed struct {
	sizes, pieces, ends int
	sum                 uint32
}

func (i *inspection) header(name string) string {
	value, _ := i.request.Headers.First(name)
	return value
}

func (i *inspection) decide(count int) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow, Reason: "good", Count: []int{count}}
	if i.header("x-shadow") != "" {
		d.Mode = policy.Shadow
	}
	if i.header("x-no-response") != "" {
		d.NoResponse = true
	}
	switch i.header("x-body") {
	case "sizes":
		d.Body = policy.BodySizes
	case "pieces":
		d.Body = policy.BodyPieces
	case "stream":
		d.Body = policy.BodyStream
	case "whole":
		d.Body = policy.BodyWhole
	}
	d.HoldHeaders = i.header("x-hold") != ""
	return d
}

func (i *inspection) wait(d policy.Decision, what string) policy.Decision {
	d.Outcome = policy.Wait
	fields := strings.Fields(what)
	if len(fields) == 1 {
		n, _ := strconv.Atoi(what)
		d.WaitFor, d.WaitAtMost = never, time.Duration(n)*time.Millisecond
		return d
	}
	i.last++
	i.call = i.last
	atMost, _ := strconv.Atoi(fields[1])
	timeout, _ := strconv.Atoi(fields[2])
	d.WaitFor, d.WaitAtMost = i.call, time.Duration(atMost)*time.Millisecond
	d.Work.Calls = []policy.Call{{
		ID: i.call, Cluster: fields[0], Service: "test.Service", Method: "Check", Timeout: time.Duration(timeout) * time.Millisecond,
		Headers: policy.Headers{{Name: "x-do", Value: i.header("x-do")}}, Body: []byte("ask"),
	}}
	return d
}

func (i *inspection) RequestHeaders(r *policy.Request, _ bool) policy.Decision {
	*i = inspection{waiter: i.waiter, request: r}
	i.again = i.header("x-again")
	d := i.decide(requestHeaders)
	if what := i.header("x-wait"); what != "" {
		return i.wait(d, what)
	}
	return d
}

func (i *inspection) RequestBody(body []byte, _ bool) policy.Decision {
	i.seen[0].pieces++
	i.seen[0].sum = crc32.ChecksumIEEE(body)
	i.seen[0].sizes = len(body)
	d := i.decide(requestBody)
	if what := i.header("x-wait-body"); what != "" {
		i.body = true
		return i.wait(d, what)
	}
	return d
}

func (i *inspection) Resume(r *policy.Request) policy.Decision {
	how := i.answers[i.call]
	delete(i.answers, i.call)
	if r.Overdue {
		how = strings.TrimPrefix(how+" overdue", " ")
	}
	i.waited = append(i.waited, how)
	d := i.decide(resumed)
	if i.again != "" {
		what := i.again
		i.again = ""
		return i.wait(d, what)
	}
	d.SetHeaders = policy.Headers{{Name: "x-resumed", Value: how}}
	if i.header("x-deny") != "" {
		d.Outcome, d.Reason, d.Policy = policy.Deny, "bad", "a limit"
		d.Response = policy.Response{Status: 429, Body: []byte(how)}
	}
	return d
}

func (i *inspection) RequestPiece(piece []byte, size int, end bool) { i.pass(0, piece, size, end) }

func (i *inspection) ResponsePiece(piece []byte, size int, end bool) { i.pass(1, piece, size, end) }

func (i *inspection) pass(direction int, piece []byte, size int, end bool) {
	p := &i.seen[direction]
	p.pieces++
	p.sizes += size
	p.sum = crc32.Update(p.sum, crc32.IEEETable, piece)
	if end {
		p.ends++
	}
}

func (i *inspection) RewriteRequest(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	if i.header("x-wait-piece") == strconv.Itoa(i.seen[0].pieces+1) && !i.body {
		i.body = true
		d := i.wait(i.decide(requestBody), i.header("x-wait-body"))
		return dst, &d
	}
	return i.rewrite(0, dst, piece, end), nil
}

func (i *inspection) RewriteResponse(dst, piece []byte, end bool) ([]byte, *policy.Decision) {
	return i.rewrite(1, dst, piece, end), nil
}

func (i *inspection) rewrite(direction int, dst, piece []byte, end bool) []byte {
	i.pass(direction, piece, len(piece), end)
	kept := append(i.kept[direction], piece...)
	n := max(len(kept)-100, 0)
	if end {
		n = len(kept)
	}
	i.kept[direction] = kept[n:]
	return append(dst, kept[:n]...)
}

// RequestTrailers implements policy.Trailed, so that a body that was paused goes on when
// its callback is over.
func (i *inspection) RequestTrailers(policy.Headers) policy.Decision {
	return policy.Decision{Outcome: policy.Allow, Reason: "good"}
}

// ResponseTrailers implements policy.Trailed.
func (i *inspection) ResponseTrailers(trailers policy.Headers) policy.Decision {
	return i.RequestTrailers(trailers)
}

func (i *inspection) ResponseHeaders(*policy.ResponseHead, bool) policy.Decision {
	d := i.decide(responseHeaders)
	d.HoldHeaders, d.Mode = false, policy.Enforce
	d.SetHeaders = policy.Headers{{Name: "x-waited", Value: strings.Join(i.waited, ", ")}}
	return d
}

func (i *inspection) ResponseBody(body []byte, _ bool) policy.Decision {
	i.seen[1] = passed{sizes: len(body), pieces: 1, sum: crc32.ChecksumIEEE(body)}
	return i.decide(responseBody)
}

func (i *inspection) Done() policy.Decision {
	d := i.decide(done)
	text := "seen " + i.header("x-request-id")
	for _, p := range i.seen {
		text += " " + strconv.Itoa(p.sizes) + " " + strconv.Itoa(p.ends) + " " + strconv.FormatUint(uint64(p.sum), 16)
	}
	d.Work.Messages = []string{text}
	if settle := i.header("x-settle"); settle != "" {
		i.last++
		d.Work.Calls = []policy.Call{{ID: i.last, Cluster: settle, Service: "test.Service", Method: "Settle", Timeout: time.Second}}
	}
	return d
}
