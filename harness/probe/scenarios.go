package probe

import (
	"slices"
	"strings"
	"time"

	"gatehouse/harness"
)

// Scenarios are all scripted scenarios, in the order in which they run.
func Scenarios() []Scenario {
	return slices.Concat(
		matrixScenarios(),
		headerScenarios(),
		bodyScenarios(),
		flowScenarios(),
		replyScenarios(),
		trafficScenarios(),
		refusalScenarios(),
		chainScenarios(),
		calloutScenarios(),
		propertyScenarios(),
		stateScenarios(),
		failureScenarios(),
	)
}

// one is a scenario of one filter.
func one(name, script string, steps ...Step) Scenario {
	return Scenario{Name: name, Filters: []Filter{{Script: script}}, Steps: steps}
}

// chain is a scenario of several filters that differ in their scripts only.
func chain(name string, scripts []string, steps ...Step) Scenario {
	s := Scenario{Name: name, Steps: steps}
	for _, script := range scripts {
		s.Filters = append(s.Filters, Filter{Script: script})
	}
	return s
}

func http1(request, response harness.Message) Step {
	return Step{Request: request, Response: response}
}

func http2(request, response harness.Message) Step {
	return Step{Protocol: HTTP2, Request: request, Response: response}
}

// impatient is a step whose client leaves after a while.
func impatient(s Step) Step {
	s.Patience = 250 * time.Millisecond
	return s
}

// plainGet, plainPost and trailerPost are the traffic of scenarios that do not
// care for it.
func plainGet(p Protocol) Step {
	return Step{Protocol: p, Request: get("/plain?x=1", "x-a: 1\nx-a: 2\nx-c: 3"), Response: ok("x-b: 1\nx-b: 2\ncontent-length: 5", "hello")}
}

func plainPost(p Protocol) Step {
	return Step{Protocol: p, Request: post("/plain", "x-a: 1", "one", "two", "three"), Response: ok("x-b: 1", "alpha", "beta")}
}

func trailerPost(p Protocol) Step {
	return Step{Protocol: p,
		Request:  withTrailers(post("/trailers", "x-a: 1\nte: trailers", "one", "two"), "x-t: 1\nx-t: 2"),
		Response: withTrailers(ok("x-b: 1", "alpha", "beta"), "x-u: 1\nx-u: 2")}
}

// on is a section of a script.
func on(selector string, lines ...string) string {
	return "on " + selector + "\n" + strings.Join(lines, "\n") + "\n"
}

// everywhere makes the same calls in each of the callbacks.
func everywhere(callbacks []string, lines ...string) string {
	var b strings.Builder
	for _, c := range callbacks {
		b.WriteString(on(c, lines...))
	}
	return b.String()
}

// streamCallbacks are those of an HTTP stream, in their order.
var streamCallbacks = []string{
	"context_create", "request_headers", "request_body", "request_trailers",
	"response_headers", "response_body", "response_trailers", "log", "done", "delete",
}
