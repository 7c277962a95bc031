//go:build !wasip1

package waftest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// regression is Coraza set up for the regression tests.
var regression = sync.OnceValues(func() (Engine, error) { return NewCoraza(RegressionDirectives()) })

// TestCorazaBaseline runs the regression tests on Coraza. What fails is listed
// with its reason: an engine passes the bar if it passes all others.
func TestCorazaBaseline(t *testing.T) {
	f, err := os.Open("testdata/coraza.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known, err := ReadKnown(f)
	if err != nil {
		t.Fatalf("coraza.txt: %v", err)
	}
	e, err := regression()
	if err != nil {
		t.Fatal(err)
	}
	RunSuite(t, e, known)
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name string
		want Expect
		resp *Response
		out  Outcome
		ok   bool
	}{
		{"a rule that matched", Expect{IDs: []int{2}}, nil, Outcome{IDs: []int{1, 2}}, true},
		{"a rule that did not", Expect{IDs: []int{2, 3}}, nil, Outcome{IDs: []int{1, 2}}, false},
		{"a rule that matched without a log", Expect{IDs: []int{2}}, nil, Outcome{AllIDs: []int{2}}, false},
		{"a rule that must not match", Expect{NoIDs: []int{2}}, nil, Outcome{IDs: []int{2}}, false},
		{"another rule that may", Expect{NoIDs: []int{2}}, nil, Outcome{IDs: []int{1}}, true},
		{"status of an interruption", Expect{Status: 403}, &Response{Status: 200}, Outcome{Status: 403}, true},
		{"status of the application", Expect{Status: 500}, &Response{Status: 500}, Outcome{}, true},
		{"status by default", Expect{Status: 200}, nil, Outcome{}, true},
		{"another status", Expect{Status: 400}, nil, Outcome{}, false},
		{"a text in the log", Expect{LogContains: `^.id "7". .*found$`}, nil, Outcome{Log: []string{"x", `[id "7"] found`}}, true},
		{"a text that no single line has", Expect{LogContains: "a.*b"}, nil, Outcome{Log: []string{"a", "b"}}, false},
		{"a text that must not be there", Expect{NoLogContains: "b"}, nil, Outcome{Log: []string{"a", "b"}}, false},
		{"no answer", Expect{ExpectError: true}, nil, Outcome{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Stage{Response: tt.resp, Expect: tt.want}
			if why := s.judge(&tt.out); (why == "") != tt.ok {
				t.Errorf("judged %q, want it to pass: %v", why, tt.ok)
			}
		})
	}
}

// recorder keeps what a test would have failed with.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// TestSuiteBites runs the suite on an engine that never matches.
func TestSuiteBites(t *testing.T) {
	r := &recorder{TB: t}
	known := map[string]string{"942100-1": "must fail, as listed", "942100-2000": "no test", "920100-1": "passes without rules"}
	failed := RunSuite(r, script{}, known)
	if len(failed) < 3600 || failed["942100-1"] != "rule 942100 did not match, [] did" {
		t.Errorf("%d tests failed, 942100-1 because %q", len(failed), failed["942100-1"])
	}
	if want := len(failed) - 1 + 2; len(r.errors) != want {
		t.Errorf("%d errors, want %d: all failures but one, and two lines of the list", len(r.errors), want)
	}
	for _, want := range []string{"942100-2000: listed as a known failure, want the name of a test", "920100-1: passes, want it off the list of known failures"} {
		if !slices.Contains(r.errors, want) {
			t.Errorf("no error %q", want)
		}
	}
}

func TestReadKnown(t *testing.T) {
	known, err := ReadKnown(strings.NewReader("# note\n\n1-1 one\n 2-1  two words \n"))
	if err != nil || len(known) != 2 || known["1-1"] != "one" || known["2-1"] != "two words" {
		t.Errorf("ReadKnown returned %v, %v", known, err)
	}
	for _, bad := range []string{"1-1", "1-1 a\n1-1 b"} {
		if _, err := ReadKnown(strings.NewReader(bad)); err == nil {
			t.Errorf("ReadKnown(%q): no error", bad)
		}
	}
}

// FuzzReceive looks for messages that the server takes and the lenient reading
// understands differently, and takes each apart and puts it together again.
func FuzzReceive(f *testing.F) {
	for _, raw := range []string{
		"GET /?a=b&c HTTP/1.1\r\nHost: h\r\nCookie: a=b; c\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
		"POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n1\na\n0\n\n",
		"GET  / HTTP/1.1\r\n: x\r\n\r\n",
	} {
		f.Add([]byte(raw))
	}
	s := newServer()
	f.Cleanup(s.close)
	f.Fuzz(func(t *testing.T, raw []byte) {
		req := s.receive(raw)
		if req.Refused == 0 {
			own := lenient(raw)
			if req.Method != own.Method || req.URI != own.URI || req.Protocol != own.Protocol {
				t.Errorf("server reads %q %q %q, lenient reading %q %q %q", req.Method, req.URI, req.Protocol, own.Method, own.URI, own.Protocol)
			}
		}
		again := takeApart(&req).putTogether()
		if stable := takeApart(&again).putTogether(); stable.String() != again.String() {
			t.Errorf("put together twice:\n%s\nwant\n%s", stable.String(), again.String())
		}
		for _, h := range again.Headers {
			if strings.ContainsAny(h[0], " \r\n\x00:") || strings.ContainsAny(h[1], "\r\n\x00") {
				t.Errorf("header %q: %q is not legal", h[0], h[1])
			}
		}
	})
}
