package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

func headers(pairs ...string) (list []harness.Header) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, harness.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func body(chunks ...string) (list [][]byte) {
	for _, c := range chunks {
		list = append(list, []byte(c))
	}
	return list
}

func TestChunks(t *testing.T) {
	recording := body("ab", "c", "de")
	tests := []struct {
		plan string
		in   [][]byte
		want [][]byte
	}{
		{"recorded", recording, recording},
		{"whole", recording, body("abcde")},
		{"bytes", recording, body("a", "b", "c", "d", "e")},
		{"halves", recording, body("abc", "de")},
		{"halves", body("a"), body("a")},
		{"2", recording, body("ab", "cd", "e")},
		{"99", recording, body("abcde")},
		{"bytes", nil, nil},
	}
	for _, test := range tests {
		plan, err := ParseChunks(test.plan)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.cut(test.in); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s of %q = %q, want %q", test.plan, test.in, got, test.want)
		}
		if plan.String() != test.plan {
			t.Errorf("ParseChunks(%q).String() = %q", test.plan, plan)
		}
	}
	for _, s := range []string{"", "0", "-1", "half", "1.5"} {
		if _, err := ParseChunks(s); err == nil {
			t.Errorf("ParseChunks(%q): no error", s)
		}
	}
}

func TestSchedule(t *testing.T) {
	at := func(seconds int) time.Time { return traffic.Epoch.Add(time.Duration(seconds) * time.Second) }
	recording := func(times ...time.Time) *traffic.Recording {
		r := &traffic.Recording{}
		for _, t := range times {
			r.Exchanges = append(r.Exchanges, traffic.Exchange{Exchange: harness.Exchange{At: t}})
		}
		return r
	}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))
	tests := []struct {
		name string
		now  time.Time
		in   *traffic.Recording
		want []time.Time
	}{
		{"the recording's own times", time.Time{}, recording(at(5), at(7)), []time.Time{at(5), at(7)}},
		{"first exchange now, the others at their distance", now, recording(at(5), at(7)), []time.Time{now.UTC(), now.UTC().Add(2 * time.Second)}},
		{"the first in time is the first, not the first in the file", now, recording(at(7), at(5)), []time.Time{now.UTC().Add(2 * time.Second), now.UTC()}},
		{"no times at all", time.Time{}, recording(time.Time{}, time.Time{}), []time.Time{traffic.Epoch, traffic.Epoch}},
		{"one without a time follows the one before it", time.Time{}, recording(at(5), time.Time{}), []time.Time{at(5), at(5)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := schedule(test.in, Options{Now: test.now})
			for i := range test.want {
				if !got[i].Equal(test.want[i]) {
					t.Errorf("exchange %d at %v, want %v", i, got[i], test.want[i])
				}
			}
		})
	}
}

var (
	before = map[string]harness.Metric{
		"c": {Type: "counter", Value: 1}, "h": {Type: "histogram", Samples: []uint64{1}}, "same": {Type: "counter", Value: 3},
	}
	after = map[string]harness.Metric{
		"c": {Type: "counter", Value: 3}, "h": {Type: "histogram", Samples: []uint64{1, 5, 6}},
		"g": {Type: "gauge", Value: 7}, "same": {Type: "counter", Value: 3}, "zero": {Type: "counter"},
	}
)

// outcome is a request that a plugin let through, with something changed
// everywhere.
func outcome() *Outcome {
	return &Outcome{
		Recorded: traffic.Exchange{Exchange: harness.Exchange{
			Request: harness.Message{
				Headers:  headers(":method", "POST", ":path", "/a", "x", "1", "x", "2", "authorization", "b c"),
				Body:     body("in"),
				Trailers: headers("t", "1"),
			},
			Response: harness.Message{
				Headers: headers(":status", "200", "connection", "close", "server", "s"),
				Body:    body("out"),
			},
		}},
		Result: harness.Result{
			Details: "via_upstream",
			Response: harness.Message{
				Headers:  headers(":status", "200", "server", "s", "set-cookie", "a=1", "set-cookie", "a=1"),
				Body:     body("OU", "T\n"),
				Trailers: headers("end", "1"),
			},
			Upstream: harness.Upstream{
				Reached: true, Complete: true,
				Request: harness.Message{Headers: headers(":method", "POST", ":path", "/a", "x", "1", "y", " z"), Body: body("i", "n")},
			},
			FilterState: map[string][]byte{"wasm.b": []byte("\xff"), "wasm.a": []byte(`{"sub":"1"}`)},
			Logs: []harness.LogEntry{
				{Level: harness.LogInfo, Message: "{\"class_uid\": 3002,\n \"x\": 1}"},
				{Level: harness.LogInfo, Message: `{"class_uid": "3002"}`},
				{Level: harness.LogDebug, Message: "quiet"},
				{Level: harness.LogWarn, Message: "two\nlines"},
				{Level: harness.LogCritical, Message: "of the host", Host: true},
			},
			Failures: []harness.Failure{{Plugin: "p", Callback: "proxy_on_log", Reason: "unreachable"}},
		},
		Metrics: metricChanges(before, after),
	}
}

func TestWantSaysEveryDifference(t *testing.T) {
	want := `response 200
response + set-cookie: a=1
response + set-cookie: a=1
response trailer + end: 1
response body "OUT\n"
upstream reached
upstream - x: 2
upstream - authorization: b c
upstream + y:  z
upstream trailer - t: 1
state wasm.a {"sub":"1"}
state wasm.b "\xff"
event {"class_uid":3002,"x":1}
log info {"class_uid": "3002"}
log warn "two\nlines"
metric c +2
metric g = 7
metric h ~ 5 6
failed p: proxy_on_log: unreachable
`
	if got := outcome().Want(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestWantOfAnswersThatAreNotTheUpstreams(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Outcome)
		want   string
	}{
		{
			"a plugin's answer is all new",
			func(o *Outcome) {
				o.Result = harness.Result{Response: harness.Message{Headers: headers(":status", "401", "server", "s"), Body: body("no")}}
			},
			"response 401\nresponse + server: s\nresponse body no\nupstream not reached\n",
		},
		{
			"no answer",
			func(o *Outcome) { o.Result = harness.Result{Details: "downstream_remote_disconnect"} },
			"response reset\ndetails downstream_remote_disconnect\nupstream not reached\n",
		},
		{
			"an answer that broke off began as the upstream's",
			func(o *Outcome) {
				o.Result = harness.Result{
					Details:  "upstream_reset_after_response_started{connection_termination}",
					Response: harness.Message{Headers: headers(":status", "200", "server", "s"), Body: body("ou"), Reset: true},
					Upstream: harness.Upstream{Reached: true, Request: o.Recorded.Request},
				}
			},
			"response 200, reset\ndetails upstream_reset_after_response_started{connection_termination}\nresponse body ou\nupstream reached in part\n",
		},
		{
			"a long body is its digest",
			func(o *Outcome) {
				o.Result = harness.Result{Response: harness.Message{Headers: headers(":status", "200"), Body: body(strings.Repeat("a", 20000))}}
			},
			"response 200\nresponse body of 20000 bytes, sha256 cc17faaad36649c4603dda4d8ff97cb149722af0bcac0746305a2134ad2d0b97\nupstream not reached\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := outcome()
			o.Metrics = nil
			test.change(o)
			if got := o.Want(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestCompareWant(t *testing.T) {
	got := "response 200\nmetric a +1\nmetric b +1\n"
	tests := []struct {
		name, want  string
		differences []string
	}{
		{"the same", got, nil},
		{"in another order, with empty lines and remarks", "\n# why\nmetric b +1 \nresponse 200\r\nmetric a +1\n", nil},
		{"a line less and one more", "response 200\nmetric a +1\nmetric c +1\n", []string{"missing: metric c +1", "not expected: metric b +1"}},
		{"a line twice", got + "metric a +1\n", []string{"missing: metric a +1"}},
		{"nothing", "", []string{"not expected: response 200", "not expected: metric a +1", "not expected: metric b +1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := compareWant(test.want, got); !reflect.DeepEqual(d, test.differences) {
				t.Errorf("differences %q, want %q", d, test.differences)
			}
		})
	}
}

func TestCompareRecorded(t *testing.T) {
	want := harness.Message{
		Headers: headers(":status", "200", "Date", "x", "set-cookie", "a", "content-type", "t", "set-cookie", "b", "content-length", "2"),
		Body:    body("ab"),
	}
	want.Headers[1].Name = "date"
	tests := []struct {
		name        string
		got         harness.Message
		differences []string
	}{
		{"the same, but for the transport", harness.Message{
			Headers: headers(":status", "200", "set-cookie", "a", "set-cookie", "b", "content-type", "t", "server", "envoy"), Body: body("a", "b"),
		}, nil},
		{"everything else", harness.Message{
			Headers: headers(":status", "403", "set-cookie", "b", "set-cookie", "a", "x-new", "1"), Body: body("aX"), Trailers: headers("t", "1"), Reset: true,
		}, []string{
			"status: 403, want 200", `header content-type: none, want ["t"]`, `header set-cookie: ["b" "a"], want ["a" "b"]`,
			`header x-new: ["1"], want none`, "body: 2 bytes, want 2 bytes, other from byte 1 on", `trailer t: ["1"], want none`, "broken off: true, want false",
		}},
		{"no answer", harness.Message{}, []string{"response: reset, want status 200"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := compareRecorded(want, test.got); !reflect.DeepEqual(d, test.differences) {
				t.Errorf("differences %q\nwant        %q", d, test.differences)
			}
		})
	}
	aborted := harness.Message{Reset: true}
	if d := compareRecorded(aborted, aborted); d != nil {
		t.Errorf("an abort that was recorded: %q", d)
	}
	if d := compareRecorded(aborted, want); len(d) != 1 {
		t.Errorf("an answer where an abort was recorded: %q", d)
	}
}

// The document keeps what a program needs to know apart: which bodies are text,
// what is an event, what was compared.
func TestWriteJSON(t *testing.T) {
	o := outcome()
	o.Result.Response.Body = body("\xff\x00")
	o.check(ExpectRecorded)
	report := &Report{
		Outcomes: []Outcome{*o},
		Outside:  []harness.LogEntry{{Level: harness.LogInfo, Plugin: "p", Worker: -1, Message: "[\n  \"a\",\n  \"b\"\n]"}},
		Metrics:  after,
	}
	var out bytes.Buffer
	if err := report.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Exchanges []struct {
			Response struct {
				Status         int
				Headers        [][2]string
				Body, Encoding string
			}
			Upstream struct {
				Reached bool
				Headers [][2]string
				Body    string
			}
			Events   []map[string]any
			Logs     []struct{ Level, Message string }
			Expected struct {
				Matched     bool
				Differences []string
			}
		}
		Outside struct {
			Logs []struct {
				Worker  int
				Message string
			}
		}
		Metrics map[string]any
		Summary Summary
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	x := d.Exchanges[0]
	if x.Response.Status != 200 || x.Response.Body != "/wA=" || x.Response.Encoding != "base64" || x.Response.Headers[0] != [2]string{"server", "s"} {
		t.Errorf("response %+v", x.Response)
	}
	if !x.Upstream.Reached || x.Upstream.Body != "in" || x.Upstream.Headers[0] != [2]string{":method", "POST"} {
		t.Errorf("upstream %+v", x.Upstream)
	}
	if len(x.Events) != 1 || len(x.Logs) != 4 || x.Expected.Matched || len(x.Expected.Differences) == 0 {
		t.Errorf("%d events, %d logs, expected %+v", len(x.Events), len(x.Logs), x.Expected)
	}
	if got := d.Outside.Logs[0]; got.Worker != -1 || got.Message != "[\n  \"a\",\n  \"b\"\n]" {
		t.Errorf("outside %+v", got)
	}
	if d.Metrics["c"] != 3.0 || !reflect.DeepEqual(d.Metrics["h"], map[string]any{"samples": []any{1.0, 5.0, 6.0}}) {
		t.Errorf("metrics %v", d.Metrics)
	}
	want := Summary{Exchanges: 1, Upstream: 1, Reached: 1, Statuses: map[string]int{"200": 1}, Events: 1, Checked: 1, Mismatches: 1}
	if !reflect.DeepEqual(d.Summary, want) {
		t.Errorf("summary %+v, want %+v", d.Summary, want)
	}
}

// A table shows what came of a request without letting the request write on the
// terminal.
func TestWriteTextQuotesWhatTheClientSent(t *testing.T) {
	o := outcome()
	o.Recorded.Request.Headers[1].Value = "/\x1b[2J" + strings.Repeat("x", 100)
	var out bytes.Buffer
	if err := (&Report{Outcomes: []Outcome{*o}}).WriteText(&out, true); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "\x1b") || !strings.Contains(text, `"/\x1b[2Jxx`) || !strings.Contains(text, "xxx…  200") {
		t.Errorf("table:\n%q", text)
	}
}

func TestOutsideIsWhatNoExchangeWrote(t *testing.T) {
	line := func(text string) harness.LogEntry { return harness.LogEntry{Message: text} }
	all := []harness.LogEntry{line("start"), line("a"), line("b"), line("tick"), line("c"), line("end")}
	outcomes := []Outcome{
		{Result: harness.Result{Logs: all[4:5]}},
		{Result: harness.Result{Logs: all[1:3]}},
		{},
	}
	want := []harness.LogEntry{line("start"), line("tick"), line("end")}
	if got := outside(all, outcomes, []int{1, 2, 0}); !reflect.DeepEqual(got, want) {
		t.Errorf("outside %v, want %v", got, want)
	}
}

// Without a plugin in its way a recording comes out as it went in.
func TestRunWithoutPlugins(t *testing.T) {
	archive := "-- exchange --\nat: 2026-03-01T12:00:05Z\n-- request --\nGET /late HTTP/1.1\nHost: h\n-- upstream --\nHTTP/1.1 200 OK\n\nlate\n" +
		"-- exchange --\nat: 2026-03-01T12:00:00Z\n-- request --\nPOST /early HTTP/1.1\nHost: h\n\nin\n-- upstream --\nHTTP/1.1 201 Created\n\nearly\n"
	recording, err := traffic.ReadTxtar("x.txtar", []byte(archive))
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Expect: ExpectRecorded, Chunks: Bytes, Workers: 2}
	ctx := context.Background()
	proxy, err := harness.Start(ctx, nil, harness.Options{Now: opts.Start(recording), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	report, err := Run(ctx, proxy, recording, opts)
	if err != nil {
		t.Fatal(err)
	}
	s := report.Summary()
	if s.Checked != 2 || s.Mismatches != 0 {
		t.Errorf("summary %+v, differences %q %q", s, report.Outcomes[0].Differences, report.Outcomes[1].Differences)
	}
	late, early := report.Outcomes[0], report.Outcomes[1]
	if late.Worker != 1 || early.Worker != 0 || late.Result.Started.Sub(early.Result.Started) != 5*time.Second {
		t.Errorf("late on worker %d, early on %d, %v apart", late.Worker, early.Worker, late.Result.Started.Sub(early.Result.Started))
	}
}
