package replay

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gatehouse/harness"
)

// check compares an outcome with what is expected of it.
func (o *Outcome) check(expect Expectation) {
	switch expect {
	case ExpectWant:
		if o.Recorded.Want != nil {
			o.Checked = true
			o.Differences = compareWant(*o.Recorded.Want, o.Want())
		}
	case ExpectRecorded:
		o.Checked = true
		o.Differences = compareRecorded(o.Recorded.Response, o.Result.Response)
	}
}

// compareWant compares two want sections line by line, in any order of the
// lines. Empty lines and lines that begin with "#" say nothing.
func compareWant(want, got string) []string {
	count := map[string]int{}
	for _, line := range wantLines(got) {
		count[line]++
	}
	var differences []string
	for _, line := range wantLines(want) {
		if count[line]--; count[line] < 0 {
			differences = append(differences, "missing: "+line)
		}
	}
	clear(count)
	for _, line := range wantLines(want) {
		count[line]++
	}
	for _, line := range wantLines(got) {
		if count[line]--; count[line] < 0 {
			differences = append(differences, "not expected: "+line)
		}
	}
	return differences
}

func wantLines(text string) []string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// notCompared are response headers that differ from one run to the next, or
// follow from the transport and not from the answer.
var notCompared = map[string]bool{
	":status": true, "connection": true, "keep-alive": true, "proxy-connection": true, "transfer-encoding": true,
	"upgrade": true, "content-length": true, "date": true, "server": true, "age": true, "via": true, "x-request-id": true,
	"x-envoy-upstream-service-time": true,
}

// compareRecorded compares what the client sees with the recorded response: the
// status; the values of every header, added ones too, but for those that never
// stay the same; the body, byte for byte; the trailers.
func compareRecorded(want, got harness.Message) []string {
	if len(want.Headers) == 0 || len(got.Headers) == 0 {
		switch {
		case len(want.Headers) > 0:
			return []string{"response: reset, want status " + status(want)}
		case len(got.Headers) > 0:
			return []string{fmt.Sprintf("response: status %s, want a reset", status(got))}
		}
		return nil
	}
	var differences []string
	if status(got) != status(want) {
		differences = append(differences, fmt.Sprintf("status: %s, want %s", status(got), status(want)))
	}
	differences = append(differences, compareFields("header", want.Headers, got.Headers)...)
	a, b := bytes.Join(want.Body, nil), bytes.Join(got.Body, nil)
	if !bytes.Equal(a, b) {
		at := 0
		for at < len(a) && at < len(b) && a[at] == b[at] {
			at++
		}
		differences = append(differences, fmt.Sprintf("body: %s, want %s, other from byte %d on", count(len(b), "byte"), count(len(a), "byte"), at))
	}
	differences = append(differences, compareFields("trailer", want.Trailers, got.Trailers)...)
	if got.Reset != want.Reset {
		differences = append(differences, fmt.Sprintf("broken off: %t, want %t", got.Reset, want.Reset))
	}
	return differences
}

func compareFields(what string, want, got []harness.Header) []string {
	var differences []string
	wanted, found := byName(want), byName(got)
	names := sortedKeys(wanted)
	for _, name := range sortedKeys(found) {
		if _, both := wanted[name]; !both {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if notCompared[name] || slices.Equal(wanted[name], found[name]) {
			continue
		}
		differences = append(differences, fmt.Sprintf("%s %s: %s, want %s", what, name, values(found[name]), values(wanted[name])))
	}
	return differences
}

func byName(headers []harness.Header) map[string][]string {
	m := map[string][]string{}
	for _, h := range headers {
		m[h.Name] = append(m[h.Name], h.Value)
	}
	return m
}

func values(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return fmt.Sprintf("%q", list)
}

func status(m harness.Message) string {
	for _, h := range m.Headers {
		if h.Name == ":status" {
			return h.Value
		}
	}
	return "none"
}
