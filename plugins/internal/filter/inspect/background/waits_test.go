//go:build !wasip1

package background

import (
	"fmt"
	"hash/crc32"
	"strings"
)

// body is one that Envoy can hold in these tests, and long one that it cannot.
var (
	body = strings.Repeat("0123456789", 500)
	long = strings.Repeat("0123456789", 10000)
)

func sum(s string) string { return fmt.Sprintf("%x", crc32.ChecksumIEEE([]byte(s))) }

// waits are requests to the waiter and what comes of them, in Envoy and in the
// harness.
var waits = []struct {
	name    string
	headers []string
	body    string
	status  int
	waited  string
	// least and most bound how long it takes, in milliseconds. In Envoy most is
	// generous, because the machine is busy.
	least, most int
	seen        string
}{
	{"nothing to wait for", nil, "", 200, "", 0, 5000, ""},
	{"5 ms", []string{"x-wait", "5"}, "", 200, "overdue", 4, 5000, ""},
	{"50 ms", []string{"x-wait", "50"}, "", 200, "overdue", 49, 5000, ""},
	{"500 ms", []string{"x-wait", "500"}, "", 200, "overdue", 499, 5000, ""},
	{"no time at all", []string{"x-wait", "0"}, "", 200, "overdue", 0, 5000, ""},
	{"an answer", []string{"x-wait", "service 5000 4000"}, "", 200, "answer told to ask", 0, 4900, ""},
	{"an answer that takes its time", []string{"x-wait", "service 5000 4000", "x-do", "300"}, "", 200, "answer told to ask", 300, 4900, ""},
	{"a status that is not OK", []string{"x-wait", "service 5000 4000", "x-do", "fail"}, "", 200, "failed", 0, 4900, ""},
	{"a service that resets", []string{"x-wait", "service 5000 4000", "x-do", "reset"}, "", 200, "failed", 0, 4900, ""},
	{"nobody listens", []string{"x-wait", "away 5000 4000"}, "", 200, "failed", 0, 4900, ""},
	{"a cluster without endpoints", []string{"x-wait", "nobody 5000 4000"}, "", 200, "failed", 0, 4900, ""},
	{"no such cluster", []string{"x-wait", "unknown 5000 4000"}, "", 200, "failed", 0, 4900, ""},
	{"a service that is silent, the call's time", []string{"x-wait", "silent 5000 200"}, "", 200, "failed", 199, 4900, ""},
	{"a service that is silent, the request's time", []string{"x-wait", "silent 200 5000"}, "", 200, "overdue", 199, 4900, ""},
	{"an answer after the request's time", []string{"x-wait", "service 100 4000", "x-do", "300"}, "", 200, "overdue", 99, 4900, ""},
	{"an answer after the call's time", []string{"x-wait", "service 4000 100", "x-do", "300"}, "", 200, "failed", 99, 3900, ""},
	{"waiting again", []string{"x-wait", "service 5000 4000", "x-again", "100"}, "", 200, "answer told to ask, overdue", 99, 4900, ""},
	{"waiting for an answer again", []string{"x-wait", "away 5000 4000", "x-again", "service 5000 4000"}, "", 200, "failed, answer told to ask", 0, 4900, ""},
	{"denied once it has waited", []string{"x-wait", "service 5000 4000", "x-deny", "1"}, "", 429, "", 0, 4900, ""},
	{"in shadow mode", []string{"x-wait", "100", "x-deny", "1", "x-shadow", "1"}, "", 200, "overdue", 99, 4900, ""},
	{"nothing of the response", []string{"x-wait", "5", "x-no-response", "1"}, "", 200, "", 4, 4900, ""},

	{"a body behind headers that wait", []string{"x-wait", "100"}, body, 200, "overdue", 99, 4900, ""},
	{"a body that is too long to be held, behind headers that wait", []string{"x-wait", "100"}, long, 200, "overdue", 99, 4900, ""},
	{"a body counted behind headers that wait", []string{"x-wait", "100", "x-body", "sizes"}, long, 200, "overdue", 99, 4900, "100000 1 0 0 1 0"},
	{"a body watched behind headers that wait", []string{"x-wait", "100", "x-body", "pieces"}, long, 200, "overdue", 99, 4900,
		"100000 1 " + sum(long) + " 0 1 0"},
	{"a body seen behind headers that wait", []string{"x-wait", "100", "x-body", "whole"}, body, 200, "overdue", 99, 4900,
		"5000 0 " + sum(body) + " 0 0 0"},
	{"a body rewritten behind headers that wait", []string{"x-wait", "100", "x-body", "stream"}, body, 200, "overdue", 99, 4900,
		"5000 1 " + sum(body) + " 0 0 0"},
	{"a long body rewritten behind headers that wait", []string{"x-wait", "service 5000 4000", "x-body", "stream"}, long, 200, "answer told to ask", 0, 4900,
		"100000 1 " + sum(long) + " 0 0 0"},
	{"waiting at the first piece of a body that is rewritten", []string{"x-wait-piece", "1", "x-wait-body", "100", "x-body", "stream"}, body, 200, "overdue", 99, 4900,
		"5000 1 " + sum(body) + " 0 0 0"},
	// How many pieces there are is Envoy's to say.
	{"waiting at another piece of a body that is rewritten", []string{"x-wait-piece", "2", "x-wait-body", "100", "x-body", "stream"}, body, 200, "any", 0, 4900,
		"5000 1 " + sum(body) + " 0 0 0"},
	{"waiting at the body", []string{"x-wait-body", "100", "x-body", "whole"}, body, 200, "overdue", 99, 4900,
		"5000 0 " + sum(body) + " 0 0 0"},
	{"waiting at headers and body", []string{"x-wait", "100", "x-wait-body", "100", "x-body", "whole"}, body, 200, "overdue, overdue", 199, 4900,
		"5000 0 " + sum(body) + " 0 0 0"},
	{"an answer at the body", []string{"x-wait-body", "service 5000 4000", "x-body", "whole"}, body, 200, "answer told to ask", 0, 4900,
		"5000 0 " + sum(body) + " 0 0 0"},
	{"waiting at a body that is none", []string{"x-wait-body", "100", "x-body", "whole"}, "", 200, "overdue", 99, 4900, ""},
	{"denied at the body", []string{"x-wait-body", "100", "x-body", "whole", "x-deny", "1"}, body, 429, "", 99, 4900, ""},
	// In shadow mode all of a body but its end has passed, so that an upstream that
	// knows the length answers without waiting.
	{"at the body in shadow mode", []string{"x-wait-body", "100", "x-body", "whole", "x-shadow", "1", "x-deny", "1"}, body, 200, "any", 0, 4900,
		"5000 0 " + sum(body) + " 0 0 0"},
}
