package replay

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

// Report is what came of a recording.
type Report struct {
	// Start is when the first exchange happened, on the virtual clock.
	Start time.Time
	// Outcomes are in the order of the recording.
	Outcomes []Outcome
	// Outside are the lines plugins wrote outside of the exchanges: at the start,
	// at the end and between them.
	Outside []harness.LogEntry
	// Metrics are those of the end.
	Metrics map[string]harness.Metric
	// Failures are the VMs that broke, in exchanges and outside.
	Failures []harness.Failure
	// Skipped are the entries of the recording that were no HTTP.
	Skipped []traffic.Skipped
}

// Summary is a report in numbers.
type Summary struct {
	// Exchanges is how many were run, Skipped how many entries were not.
	Exchanges int `json:"exchanges"`
	Skipped   int `json:"skipped"`
	// Upstream, Proxy and NoAnswer say how many were answered by the upstream, by
	// the proxy in its place (a plugin's answer or Envoy's own), or not at all.
	Upstream int `json:"answered_by_upstream"`
	Proxy    int `json:"answered_by_proxy"`
	NoAnswer int `json:"not_answered"`
	// Reached is how many the upstream saw.
	Reached int `json:"upstream_reached"`
	// Statuses counts the answers by status.
	Statuses map[string]int `json:"statuses"`
	// Events is how many events were written, outside of exchanges too.
	Events int `json:"events"`
	// Failures is how many VMs broke.
	Failures int `json:"failures"`
	// Checked is how many outcomes were compared with what was expected,
	// Mismatches how many of them differ.
	Checked    int `json:"checked"`
	Mismatches int `json:"mismatches"`
}

// Summary counts.
func (r *Report) Summary() Summary {
	s := Summary{
		Exchanges: len(r.Outcomes), Skipped: len(r.Skipped), Failures: len(r.Failures), Statuses: map[string]int{},
	}
	outside, _ := sortLines(r.Outside)
	s.Events = len(outside)
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		switch {
		case len(o.Result.Response.Headers) == 0:
			s.NoAnswer++
		case o.upstreamAnswered():
			s.Upstream++
		default:
			s.Proxy++
		}
		if o.Result.Upstream.Reached {
			s.Reached++
		}
		if status := o.Result.Status(); status != "" {
			s.Statuses[status]++
		}
		events, _ := sortLines(o.Result.Logs)
		s.Events += len(events)
		if o.Checked {
			s.Checked++
		}
		if len(o.Differences) > 0 {
			s.Mismatches++
		}
	}
	return s
}

// sortLines parts the security events, which are JSON objects with a member
// "class_uid" (OCSF), from other log lines.
//
// See https://schema.ocsf.io/ for the classes.
func sortLines(lines []harness.LogEntry) (events []json.RawMessage, logs []harness.LogEntry) {
	for _, entry := range lines {
		if event, ok := asEvent(entry); ok {
			events = append(events, event)
		} else {
			logs = append(logs, entry)
		}
	}
	return events, logs
}

func asEvent(entry harness.LogEntry) (json.RawMessage, bool) {
	text := strings.TrimSpace(entry.Message)
	if entry.Host || !strings.HasPrefix(text, "{") {
		return nil, false
	}
	var class struct {
		UID *int `json:"class_uid"`
	}
	if json.Unmarshal([]byte(text), &class) != nil || class.UID == nil {
		return nil, false
	}
	// What a plugin wrote over several lines still is one line here.
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(text)) != nil {
		return nil, false
	}
	return compact.Bytes(), true
}

// document is the JSON form of a report.
type document struct {
	Start     time.Time      `json:"start"`
	Exchanges []exchange     `json:"exchanges"`
	Outside   written        `json:"outside"`
	Metrics   map[string]any `json:"metrics"`
	Summary   Summary        `json:"summary"`
}

type exchange struct {
	Name     string    `json:"name,omitempty"`
	Line     int       `json:"line"`
	At       time.Time `json:"at"`
	Worker   int       `json:"worker"`
	Request  request   `json:"request"`
	Response response  `json:"response"`
	Upstream upstream  `json:"upstream"`
	State    state     `json:"filter_state,omitempty"`
	written
	Failures []failure `json:"failures,omitempty"`
	Expected *expected `json:"expected,omitempty"`
}

// written is what was logged: events and other lines.
type written struct {
	Events []json.RawMessage `json:"events"`
	Logs   []logLine         `json:"logs"`
}

type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

type response struct {
	Status   int    `json:"status"`
	Headers  fields `json:"headers"`
	content         // body, encoding
	Trailers fields `json:"trailers,omitempty"`
	Reset    bool   `json:"reset,omitempty"`
	Details  string `json:"details,omitempty"`
	Flags    string `json:"flags,omitempty"`
}

type upstream struct {
	Reached  bool   `json:"reached"`
	Complete bool   `json:"complete"`
	Headers  fields `json:"headers"`
	content         // body, encoding
	Trailers fields `json:"trailers,omitempty"`
	Reset    bool   `json:"reset,omitempty"`
}

// content is a body as text, or as base64 where it is not UTF-8.
type content struct {
	Body     string `json:"body"`
	Encoding string `json:"encoding,omitempty"`
}

type state map[string]content

type fields [][2]string

type logLine struct {
	Level   string `json:"level"`
	Plugin  string `json:"plugin"`
	Worker  int    `json:"worker"`
	Host    bool   `json:"host,omitempty"`
	Message string `json:"message"`
}

type failure struct {
	Plugin   string `json:"plugin"`
	Worker   int    `json:"worker"`
	Callback string `json:"callback"`
	Reason   string `json:"reason"`
}

type expected struct {
	Matched     bool     `json:"matched"`
	Differences []string `json:"differences"`
}

// WriteJSON writes the report as one JSON document.
func (r *Report) WriteJSON(w io.Writer) error {
	d := document{
		Start: r.Start.UTC(), Exchanges: []exchange{}, Outside: asWritten(r.Outside),
		Metrics: map[string]any{}, Summary: r.Summary(),
	}
	for i := range r.Outcomes {
		d.Exchanges = append(d.Exchanges, r.Outcomes[i].document())
	}
	for name, m := range r.Metrics {
		if m.Type == "histogram" {
			d.Metrics[name] = map[string][]uint64{"samples": append([]uint64{}, m.Samples...)}
		} else {
			d.Metrics[name] = m.Value
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return err
	}
	_, err := w.Write(pair.ReplaceAll(out.Bytes(), []byte("[$1, $2]")))
	return err
}

// pair is an array of two strings as the encoder indents it; a header reads
// better on one line. Strings of JSON hold no line breaks, so that this matches
// nothing inside of them.
var pair = regexp.MustCompile(`\[\n\s+("(?:[^"\\]|\\.)*"),\n\s+("(?:[^"\\]|\\.)*")\n\s+\]`)

func (o *Outcome) document() exchange {
	r := &o.Result
	code, _ := strconv.Atoi(r.Status()) // no status is 0
	x := exchange{
		Name: o.Recorded.Name, Line: o.Recorded.Line, At: r.Started.UTC(), Worker: o.Worker,
		Request: request{Method: value(o.Recorded.Request.Headers, ":method"), Path: value(o.Recorded.Request.Headers, ":path")},
		Response: response{
			Status: code, Headers: asFields(r.Response.Headers, true), content: asContent(r.Response.Body),
			Trailers: asFields(r.Response.Trailers, false), Reset: r.Response.Reset, Details: r.Details, Flags: r.Flags,
		},
		Upstream: upstream{
			Reached: r.Upstream.Reached, Complete: r.Upstream.Complete,
			Headers: asFields(r.Upstream.Request.Headers, false), content: asContent(r.Upstream.Request.Body),
			Trailers: asFields(r.Upstream.Request.Trailers, false), Reset: r.Upstream.Request.Reset,
		},
		written: asWritten(r.Logs),
	}
	if len(r.FilterState) > 0 {
		x.State = state{}
		for key, bytes := range r.FilterState {
			x.State[key] = asContent([][]byte{bytes})
		}
	}
	for _, f := range r.Failures {
		x.Failures = append(x.Failures, failure{f.Plugin, f.Worker, f.Callback, f.Reason})
	}
	if o.Checked {
		x.Expected = &expected{Matched: len(o.Differences) == 0, Differences: append([]string{}, o.Differences...)}
	}
	return x
}

func asWritten(lines []harness.LogEntry) written {
	w := written{Events: []json.RawMessage{}, Logs: []logLine{}}
	events, logs := sortLines(lines)
	w.Events = append(w.Events, events...)
	for _, entry := range logs {
		w.Logs = append(w.Logs, logLine{entry.Level.String(), entry.Plugin, entry.Worker, entry.Host, entry.Message})
	}
	return w
}

// asFields writes headers as a list; a client has the status apart.
func asFields(headers []harness.Header, dropStatus bool) fields {
	list := fields{}
	for _, h := range headers {
		if !dropStatus || h.Name != ":status" {
			list = append(list, [2]string{h.Name, h.Value})
		}
	}
	return list
}

func asContent(chunks [][]byte) content {
	body := bytes.Join(chunks, nil)
	if utf8.Valid(body) {
		return content{Body: string(body)}
	}
	return content{Body: base64.StdEncoding.EncodeToString(body), Encoding: "base64"}
}

func value(headers []harness.Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}
