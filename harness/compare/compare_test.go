package compare

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness"
)

func message(status string, fields ...string) harness.Message {
	m := harness.Message{Headers: []harness.Header{{Name: ":status", Value: status}}}
	for i := 0; i < len(fields); i += 2 {
		m.Headers = append(m.Headers, harness.Header{Name: fields[i], Value: fields[i+1]})
	}
	return m
}

func TestDifferences(t *testing.T) {
	same := harness.Result{Response: message("200", "a", "1"), Details: "via_upstream"}
	tests := []struct {
		name   string
		change func(r *harness.Result)
		want   []string
	}{
		{"nothing", func(*harness.Result) {}, nil},
		{"headers of the proxy are not compared", func(r *harness.Result) {
			r.Response = message("200", "date", "today", "a", "1", "server", "envoy")
		}, nil},
		{"the order of different names is not compared", func(r *harness.Result) {
			r.Response = harness.Message{Headers: []harness.Header{{Name: "a", Value: "1"}, {Name: ":status", Value: "200"}}}
		}, nil},
		{"status", func(r *harness.Result) { r.Response = message("403", "a", "1") },
			[]string{`response header: only the harness has ":status: 200"`, `response header: only envoy has ":status: 403"`}},
		{"a value twice", func(r *harness.Result) { r.Response = message("200", "a", "1", "a", "1") },
			[]string{"response headers: in another order or number"}},
		{"body", func(r *harness.Result) { r.Response.Body = [][]byte{[]byte("x")} },
			[]string{"response body: harness 0 bytes, envoy 1 bytes, or other ones"}},
		{"trailer", func(r *harness.Result) { r.Response.Trailers = []harness.Header{{Name: "t", Value: "1"}} },
			[]string{`response trailer: only envoy has "t: 1"`}},
		{"broken off", func(r *harness.Result) { r.Response.Reset = true },
			[]string{"response: broken off in the harness false, in envoy true"}},
		{"details", func(r *harness.Result) { r.Details = "other" },
			[]string{`details: harness "via_upstream", envoy "other"`}},
		{"upstream reached", func(r *harness.Result) { r.Upstream.Reached = true },
			[]string{"upstream: harness reached false, envoy true"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			other := same
			tt.change(&other)
			if got := differences(&same, &other); !slices.Equal(got, tt.want) {
				t.Errorf("differences = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatTheUpstreamSawIsCompared(t *testing.T) {
	h := harness.Result{Upstream: harness.Upstream{Reached: true, Request: message("", "x", "1")}}
	e := harness.Result{Upstream: harness.Upstream{Reached: true, Request: message("", "x", "2")}}
	want := []string{`upstream header: only the harness has "x: 1"`, `upstream header: only envoy has "x: 2"`}
	if got := differences(&h, &e); !slices.Equal(got, want) {
		t.Errorf("differences = %q, want %q", got, want)
	}
}

func TestTheTableQuotesWhatATerminalWouldObey(t *testing.T) {
	row := Row{
		Exchange: harness.Exchange{Request: harness.Message{Headers: []harness.Header{
			{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/\x1b[2J" + strings.Repeat("a", 100)}}}},
		Harness:     harness.Result{Response: message("200"), Details: "via_upstream"},
		Envoy:       harness.Result{},
		Differences: []string{"status"},
	}
	var b bytes.Buffer
	if err := WriteText(&b, []Row{row}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{`GET /\x1b[2Jaaa`, "200 upstream", "reset", "NO", "#1  status", "1 exchanges, 0 equal"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("the table has an escape character:\n%q", got)
	}
}
