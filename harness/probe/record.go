package probe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gatehouse/harness"
)

// An Outcome is what one side, Envoy or the harness, made of a scenario: lines
// of text, in order, each a fact. The two sides' outcomes compare line by line.
type Outcome struct {
	Scenario string
	// Crash is not empty if the side itself broke down in the scenario: nothing
	// else of the outcome counts then.
	Crash string
	// Start are the records before the first step: starting and configuring.
	Start []string
	// Steps are, for each step, the records of the plugins, then what the upstream
	// saw and what the client saw.
	Steps [][]string
	// End are the records after the last step, the access log's lines and the
	// metrics.
	End []string
}

// Lines are all facts of an outcome with the part they belong to in front.
func (o *Outcome) Lines() []string {
	var lines []string
	for _, l := range o.Start {
		lines = append(lines, "start "+l)
	}
	for i, step := range o.Steps {
		for _, l := range step {
			lines = append(lines, fmt.Sprintf("step %d %s", i+1, l))
		}
	}
	for _, l := range o.End {
		lines = append(lines, "end "+l)
	}
	return lines
}

// describeUpstream are the facts of a request that came to an upstream whole. How
// much of one that broke off comes there is a matter of time.
func describeUpstream(m harness.Message) []string {
	if m.Reset {
		return nil
	}
	// Where a request has no body, HTTP/1 says so for some methods.
	m.Headers = slices.DeleteFunc(slices.Clone(m.Headers), func(h harness.Header) bool { return h.Name == "content-length" && h.Value == "0" })
	return describe("upstream", m)
}

// describeClient are the facts of a response.
func describeClient(m harness.Message) []string {
	if len(m.Headers) == 0 {
		return []string{"client got no answer"}
	}
	return describe("client", m)
}

// describe turns a message that one end saw into facts.
func describe(who string, m harness.Message) []string {
	var lines []string
	for _, h := range m.Headers {
		if !slices.Contains(hopHeaders, h.Name) {
			lines = append(lines, fmt.Sprintf("%s header %s: %q", who, h.Name, h.Value))
		}
	}
	if body := slices.Concat(m.Body...); len(body) > 200 {
		lines = append(lines, fmt.Sprintf("%s body of %d bytes, %q…", who, len(body), body[:40]))
	} else if len(body) > 0 {
		lines = append(lines, fmt.Sprintf("%s body %q", who, body))
	}
	for _, h := range m.Trailers {
		lines = append(lines, fmt.Sprintf("%s trailer %s: %q", who, h.Name, h.Value))
	}
	if m.Reset {
		lines = append(lines, who+" broke off")
	}
	return lines
}

// hopHeaders belong to a connection or to the moment, not to the message.
var hopHeaders = []string{"date", "connection", "transfer-encoding"}

// probeRecord cuts a plugin's log line down to the record, and marks it with the
// filter's place in the chain.
func probeRecord(plugin, text string) (scenario, record string, ok bool) {
	text, ok = strings.CutPrefix(text, "probe ")
	if !ok {
		return "", "", false
	}
	scenario, place, ok := strings.Cut(plugin, "/")
	return scenario, "filter " + place + " " + normalise(text), ok
}

// normalise takes what differs from run to run out of a record.
func normalise(record string) string {
	call, result, ok := strings.Cut(record, " = ")
	if !ok {
		return record
	}
	for _, name := range unordered {
		if strings.HasSuffix(call, name) {
			status, _, _ := strings.Cut(result, " ")
			if _, size, ok := strings.Cut(result, " alloc "); ok {
				status += " in some order, alloc " + size
			}
			return call + " = " + status
		}
	}
	for _, name := range varying {
		if strings.Contains(call, name) {
			status, _, _ := strings.Cut(result, " ")
			return call + " = " + status + " …"
		}
	}
	// The connection manager writes the date after the filters, and the router of
	// a callout how long it took.
	if r := date.ReplaceAllString(result, ""); r != result {
		result, _, _ = strings.Cut(r, " alloc")
	} else if strings.Contains(call, " log get_header_map_pairs 2") {
		result, _, _ = strings.Cut(result, " alloc")
	}
	if r := serviceTime.ReplaceAllString(result, `"x-envoy-upstream-service-time"="…"`); r != result {
		result, _, _ = strings.Cut(r, " alloc")
	}
	return call + " = " + result
}

var (
	date        = regexp.MustCompile(` "date"="[A-Z][^"]*GMT"`)
	serviceTime = regexp.MustCompile(`"x-envoy-upstream-service-time"="\d+"`)
)

// unordered are the properties that are maps, which Envoy serialises in an order
// that differs from run to run.
var unordered = []string{
	`get_property "request\x00headers"`, `get_property "response\x00headers"`, `get_property "response\x00trailers"`,
	`get_property "xds\x00route_metadata"`, `get_property "xds\x00route_metadata\x00filter_metadata\x00gatehouse"`,
}

// varying are the properties whose values no two runs share.
var varying = []string{
	`get_property "request\x00time"`, `get_property "request\x00duration"`,
	`get_property "connection\x00id"`, `get_property "connection_id"`,
	`get_property "source\x00address"`, `get_property "source\x00port"`,
	`get_property "destination\x00address"`, `get_property "destination\x00port"`,
	`get_property "upstream\x00address"`, `get_property "upstream\x00port"`, `get_property "upstream\x00local_address"`,
	`get_property "response\x00backend_latency"`, `get_property "upstream\x00cx_pool_ready_duration"`,
	// The whole node holds the list of all that Envoy was built with.
	`get_property "xds\x00node"`,
}
