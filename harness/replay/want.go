package replay

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/harness"
)

// longBody is the size over which a want section holds the digest of a body
// and not the body.
const longBody = 16 << 10

// Want writes an outcome as the want section of its exchange, one fact a line:
//
//	response 401                          what the client sees; "response reset"
//	details wasm_fail_stream              how Envoy names what it was, if not the upstream's answer
//	response + NAME: VALUE                a header the upstream's answer did not have
//	response - NAME: VALUE                one it had (all are "+" where it did not answer)
//	response trailer + NAME: VALUE
//	response body TEXT                    where it is not the upstream's
//	upstream reached                      or "not reached", "reached in part", "reached, reset"
//	upstream + NAME: VALUE                request headers that were added, "-" removed
//	upstream body TEXT                    where it is not the client's
//	state KEY VALUE                       filter state at the end
//	event JSON                            as the plugin wrote it
//	log LEVEL TEXT                        other lines of level info and above
//	metric NAME +1                        what a counter grew by; "= 3" a gauge, "~ 1 2" samples
//	failed PLUGIN: CALLBACK: REASON       a VM that broke
//
// The text of a body is quoted where it is not one printable line, and replaced
// by size and digest over 16 KiB. Fields of the connection are left out, as is
// what the harness itself logs.
func (o *Outcome) Want() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	r := &o.Result
	recorded := &o.Recorded

	response := recorded.Response
	if !o.upstreamAnswered() {
		response = harness.Message{}
	}
	switch {
	case len(r.Response.Headers) == 0:
		line("response reset")
	case r.Response.Reset:
		line("response %s, reset", r.Status())
	default:
		line("response %s", r.Status())
	}
	if r.Details != "via_upstream" && r.Details != "" {
		line("details %s", oneLine(r.Details))
	}
	diff(line, "response", response.Headers, r.Response.Headers)
	diff(line, "response trailer", response.Trailers, r.Response.Trailers)
	if got := bytes.Join(r.Response.Body, nil); len(r.Response.Headers) > 0 && !bytes.Equal(got, bytes.Join(response.Body, nil)) {
		line("response body %s", bodyText(got))
	}

	up := &r.Upstream
	switch {
	case !up.Reached:
		line("upstream not reached")
	case up.Request.Reset:
		line("upstream reached, reset")
	case !up.Complete:
		line("upstream reached in part")
	default:
		line("upstream reached")
	}
	if up.Reached {
		diff(line, "upstream", recorded.Request.Headers, up.Request.Headers)
		diff(line, "upstream trailer", recorded.Request.Trailers, up.Request.Trailers)
		if got := bytes.Join(up.Request.Body, nil); !bytes.Equal(got, bytes.Join(recorded.Request.Body, nil)) && up.Complete {
			line("upstream body %s", bodyText(got))
		}
	}

	for _, key := range sortedKeys(r.FilterState) {
		line("state %s %s", key, bodyText(r.FilterState[key]))
	}
	events, logs := sortLines(r.Logs)
	for _, event := range events {
		line("event %s", event)
	}
	for _, entry := range logs {
		if entry.Level >= harness.LogInfo && !entry.Host {
			line("log %s %s", entry.Level, oneLine(entry.Message))
		}
	}
	for _, change := range o.Metrics {
		line("metric %s", change)
	}
	for _, f := range r.Failures {
		line("failed %s: %s: %s", f.Plugin, f.Callback, oneLine(f.Reason))
	}
	return b.String()
}

// upstreamAnswered says whether what the client sees began as the upstream's.
// An answer that broke off on its way has details of its own.
func (o *Outcome) upstreamAnswered() bool {
	return o.Result.Details == "via_upstream" || strings.HasPrefix(o.Result.Details, "upstream_reset_after_response_started")
}

// ofConnection are the header fields that end at each hop.
var ofConnection = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-connection": true, "transfer-encoding": true, "upgrade": true, ":status": true,
}

// diff writes what was added to and removed from headers, in their order.
func diff(line func(string, ...any), what string, before, after []harness.Header) {
	count := map[harness.Header]int{}
	for _, h := range after {
		count[h]++
	}
	for _, h := range before {
		if count[h]--; count[h] < 0 && !ofConnection[h.Name] {
			line("%s - %s", what, oneLine(h.Name+": "+h.Value))
		}
	}
	clear(count)
	for _, h := range before {
		count[h]++
	}
	for _, h := range after {
		if count[h]--; count[h] < 0 && !ofConnection[h.Name] {
			line("%s + %s", what, oneLine(h.Name+": "+h.Value))
		}
	}
}

// metricChanges are the metrics that differ, by name.
func metricChanges(earlier, later map[string]harness.Metric) []string {
	var changes []string
	for _, name := range sortedKeys(later) {
		before, after := earlier[name], later[name]
		switch after.Type {
		case "histogram":
			if len(after.Samples) > len(before.Samples) {
				samples := strings.Trim(fmt.Sprint(after.Samples[len(before.Samples):]), "[]")
				changes = append(changes, fmt.Sprintf("%s ~ %s", name, samples))
			}
		case "gauge":
			if after.Value != before.Value {
				changes = append(changes, fmt.Sprintf("%s = %d", name, after.Value))
			}
		default:
			if after.Value != before.Value {
				changes = append(changes, fmt.Sprintf("%s +%d", name, after.Value-before.Value))
			}
		}
	}
	return changes
}

// bodyText writes a body on one line.
func bodyText(body []byte) string {
	if len(body) > longBody {
		return fmt.Sprintf("of %d bytes, sha256 %x", len(body), sha256.Sum256(body))
	}
	return oneLine(string(body))
}

// oneLine quotes text that is not one printable line, and text that a reader
// could take for quoted.
func oneLine(s string) string {
	if s == "" || s[0] == '"' || s[0] == ' ' || s[len(s)-1] == ' ' || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
