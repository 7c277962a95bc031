package probe

import (
	"strings"
)

// bodyScenarios read, hold back and change bodies.
func bodyScenarios() []Scenario {
	read := []string{"get_buffer_bytes 0 0 100", "get_buffer_bytes 1 0 100", "get_buffer_status 0", "get_buffer_status 1"}
	requestEnd := "on request_body\nget_buffer_bytes 0 0 100\nreturn 1\n"
	// Over HTTP/2 three chunks are three calls and the third is the end.
	replace := func(name, first, second, third string) Scenario {
		return one(name,
			on("request_headers", `remove_header_map_value 0 "content-length"`)+
				on("request_body#1", first, "get_buffer_bytes 0 0 100", "return 1")+on("request_body#2", second, "get_buffer_bytes 0 0 100", "return 1")+on("request_body#3", third, "get_buffer_bytes 0 0 100")+
				on("response_headers", `remove_header_map_value 2 "content-length"`)+
				on("response_body#1", strings.Replace(first, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100", "return 1")+
				on("response_body#2", strings.Replace(second, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100", "return 1")+
				on("response_body#3", strings.Replace(third, "bytes 0", "bytes 1", 1), "get_buffer_bytes 1 0 100"),
			http2(post("/", "content-length: 11", "one", "two", "three"), ok("", "alpha", "beta")),
			impatient(http1(post("/", "", "one", "two"), ok("content-length: 5", "alpha"))))
	}
	s := []Scenario{
		one("body-chunks", everywhere([]string{"request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers", "log", "done"}, read...),
			plainPost(HTTP1), plainPost(HTTP2), trailerPost(HTTP2), trailerPost(HTTP1)),
		one("body-paused-to-the-end", on("request_body", "get_buffer_bytes 0 0 100", "get_buffer_bytes 0 2 3", "get_buffer_status 0", "return 1")+on("request_trailers", "get_buffer_bytes 0 0 100", "get_buffer_status 0")+
			on("response_body", "get_buffer_bytes 1 0 100", "get_buffer_bytes 1 2 3", "get_buffer_status 1", "return 1")+on("response_trailers", "get_buffer_bytes 1 0 100", "get_buffer_status 1"),
			trailerPost(HTTP1), trailerPost(HTTP2)),
		one("body-paused-without-end", requestEnd, impatient(plainPost(HTTP2)), impatient(plainPost(HTTP1))),
		one("body-response-paused-without-end", "on response_body\nget_buffer_bytes 1 0 100\nreturn 1\n", impatient(plainPost(HTTP2)), impatient(plainPost(HTTP1))),
		one("body-paused-then-continued", on("request_body#1", "return 1")+on("request_body#2", "return 1")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "return 1")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-paused-once-in-the-middle", on("request_body#2", "get_buffer_bytes 0 0 100", "return 1")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "get_buffer_bytes 1 0 100", "return 1")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-other-return-values", on("request_body#1", "return 2")+on("request_body#2", "return 3")+on("request_body#3", "get_buffer_bytes 0 0 100")+
			on("response_body#1", "return 3")+on("response_body#2", "get_buffer_bytes 1 0 100"), plainPost(HTTP2)),
		one("body-high-return-values", on("request_body#1", "return 4")+on("request_body#2", "get_buffer_bytes 0 0 100", "return 0"), http2(post("/", "", "one", "two"), ok("content-length: 0"))),
		replace("body-replaced-each", `set_buffer_bytes 0 0 1000 "[whole]"`, `set_buffer_bytes 0 0 1000 "[again]"`, `set_buffer_bytes 0 0 1000 "[end]"`),
		replace("body-prepended", `set_buffer_bytes 0 0 0 "<"`, `set_buffer_bytes 0 0 0 "<<"`, `set_buffer_bytes 0 0 0 "<<<"`),
		replace("body-appended", `set_buffer_bytes 0 1000 0 ">"`, `set_buffer_bytes 0 1000 5 ">>"`, `set_buffer_bytes 0 3 0 ">>>"`),
		replace("body-emptied", `set_buffer_bytes 0 0 1000 ""`, `set_buffer_bytes 0 0 1000 null`, `set_buffer_bytes 0 0 4294967295 "end"`),
		one("body-grown-unpaused", on("request_body", `set_buffer_bytes 0 1000 0 "+"`)+on("response_body", `set_buffer_bytes 1 0 0 "+"`), plainPost(HTTP1), plainPost(HTTP2)),
		one("body-of-the-other-direction", on("request_body", `set_buffer_bytes 1 0 0 "x"`, "get_buffer_bytes 1 0 10")+on("response_body", `set_buffer_bytes 0 0 0 "x"`, "get_buffer_bytes 0 0 10")+
			on("request_headers", `set_buffer_bytes 0 0 0 "x"`, "get_buffer_bytes 0 0 10")+on("response_headers", `set_buffer_bytes 1 0 0 "x"`, "get_buffer_bytes 1 0 10"), plainPost(HTTP2)),
		// The limit is the connection's over HTTP/1, and the stream's window, far
		// larger, over HTTP/2.
		{Name: "body-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", "get_buffer_status 0", "return 1") + on("log", "get_header_map_pairs 2")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000)), ok("content-length: 0"))), impatient(http1(post("/", "", strings.Repeat("a", 3000), "end"), ok("content-length: 0"))),
				impatient(http2(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("content-length: 0")))}},
		{Name: "body-response-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("response_body", "get_buffer_status 1", "return 1")}},
			Steps: []Step{impatient(http1(get("/", ""), ok("", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"))), impatient(http1(get("/", ""), ok("", strings.Repeat("a", 3000), "end")))}},
		{Name: "body-over-the-limit-unpaused", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", "get_buffer_status 0") + on("response_body", "get_buffer_status 1")}},
			Steps: []Step{http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"))}},
		{Name: "body-over-the-limit-while-headers-wait", BufferLimit: 5000, Filters: []Filter{{Script: on("request_headers", "return 1")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 3000), strings.Repeat("b", 3000), "end"), ok("content-length: 0")))}},
		{Name: "body-grown-over-the-limit", BufferLimit: 5000, Filters: []Filter{{Script: on("request_body", `set_buffer_bytes 0 100000 0 repeat:3000:"x"`, "return 1")}},
			Steps: []Step{impatient(http1(post("/", "", strings.Repeat("a", 100), "b", "end"), ok("content-length: 0")))}},
	}
	s = append(s, rewritten()...)
	for _, both := range []bool{false, true} {
		name := "body-at-stopped-headers"
		if both {
			name += "-with-bodies"
		}
		s = append(s, Scenario{Name: name, HTTP2Upstream: true, Filters: []Filter{{StopsAtHeaders: both, Script: on("request_headers", "return 1") + on("request_body#1", "get_header_map_pairs 0", `add_header_map_value 0 "x-late" "1"`, "get_buffer_bytes 0 0 100", "return 1") +
			on("request_body#2", "get_buffer_bytes 0 0 100", "return 1") + on("request_body#3", "get_header_map_pairs 0", "get_buffer_bytes 0 0 100") +
			on("response_headers", "return 1") + on("response_body#1", "get_header_map_pairs 2", `add_header_map_value 2 "x-late" "1"`, "get_buffer_bytes 1 0 100", "return 1") +
			on("response_body#2", "get_buffer_bytes 1 0 100")}},
			Steps: []Step{impatient(plainPost(HTTP2)), impatient(plainGet(HTTP2)), impatient(trailerPost(HTTP2))}})
	}
	return s
}

// rewritten are bodies that are changed piece by piece as they pass.
func rewritten() []Scenario {
	both := func(name, sections string, steps ...Step) Scenario {
		response := strings.NewReplacer("request_", "response_", "bytes 0", "bytes 1", "stream 0", "stream 1").Replace(sections)
		return one(name, sections+response, append(steps, trailerPost(HTTP1), trailerPost(HTTP2))...)
	}
	longer := func(p Protocol) Step {
		s := trailerPost(p)
		s.Request = withTrailers(post("/longer", "te: trailers", "one", "two", "three", "four"), "x-t: 1")
		s.Response = withTrailers(ok("", "alpha", "beta", "gamma", "delta"), "x-u: 1")
		return s
	}
	return []Scenario{
		// A piece in whose place nothing passes is no end.
		both("body-emptied-unpaused", on("request_body", `set_buffer_bytes 0 0 1000 ""`), plainPost(HTTP1), plainPost(HTTP2), longer(HTTP1), longer(HTTP2)),
		both("body-grown-in-the-middle", on("request_body#2", `set_buffer_bytes 0 0 1000 repeat:5000:"x"`), longer(HTTP1), longer(HTTP2)),
		// Behind the last piece of a body that is not paused there is nothing to change.
		both("body-changed-at-trailers", on("request_trailers", "get_buffer_bytes 0 0 100", `set_buffer_bytes 0 0 0 "[rest]"`, `set_buffer_bytes 0 1000 0 "[rest]"`), longer(HTTP1), longer(HTTP2)),
		// What is paused can be let go in the callback, which stays paused.
		both("body-let-go-while-paused", on("request_body#1", `set_buffer_bytes 0 0 1000 "[1]"`, "return 1")+on("request_body", "get_buffer_bytes 0 0 100", `set_buffer_bytes 0 0 1000 "[n]"`, "continue_stream 0", "get_buffer_bytes 0 0 100", "return 1")+
			on("request_trailers", "get_buffer_bytes 0 0 100", `set_buffer_bytes 0 0 0 "[rest]"`), longer(HTTP1), longer(HTTP2)),
	}
}
