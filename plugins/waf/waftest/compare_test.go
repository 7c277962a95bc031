//go:build !wasip1

package waftest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDiffer(t *testing.T) {
	tests := []struct {
		name  string
		a, b  Outcome
		want  Difference
		agree bool
	}{
		{"nothing", Outcome{}, Outcome{}, Difference{}, true},
		{"the same", Outcome{IDs: []int{1, 3}, AllIDs: []int{1, 2, 3}, Status: 403, Phase: 2, ByRule: 3}, Outcome{IDs: []int{1, 3}, AllIDs: []int{1, 2, 3}, Status: 403, Phase: 2, ByRule: 3}, Difference{}, true},
		{"rules", Outcome{IDs: []int{1, 3}, AllIDs: []int{1, 3}}, Outcome{IDs: []int{2, 3}, AllIDs: []int{2, 3}}, Difference{OnlyA: []int{1}, OnlyB: []int{2}}, false},
		{"a rule that does not log", Outcome{IDs: []int{3}, AllIDs: []int{1, 3}}, Outcome{IDs: []int{3}, AllIDs: []int{3}}, Difference{Silent: true}, true},
		{"status", Outcome{Status: 403}, Outcome{}, Difference{Verdict: true}, false},
		{"phase", Outcome{Status: 403, Phase: 1}, Outcome{Status: 403, Phase: 2}, Difference{Verdict: true}, false},
		{"interrupting rule", Outcome{Status: 403, ByRule: 1}, Outcome{Status: 403, ByRule: 2}, Difference{Verdict: true}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Differ(tt.a, tt.b)
			if !reflect.DeepEqual(got, tt.want) || got.Agree() != tt.agree {
				t.Errorf("Differ is %+v, want %+v", got, tt.want)
			}
		})
	}
}

// script is an engine that answers by the request target.
type script map[string]Outcome

func (s script) Run(req *Request, _ *Response) Outcome { return s[req.URI] }

func TestCompare(t *testing.T) {
	reqs := slices.Values([]Request{{URI: "/same"}, {URI: "/a/long"}, {URI: "/a"}, {URI: "/b"}, {URI: "/verdict"}, {URI: "/silent"}})
	one, two := Outcome{IDs: []int{1}, AllIDs: []int{1}}, Outcome{IDs: []int{1, 2}, AllIDs: []int{1, 2}}
	a := script{"/same": one, "/a/long": two, "/a": two, "/b": one, "/verdict": {Status: 403}, "/silent": {AllIDs: []int{5}}}
	b := script{"/same": one, "/a/long": one, "/a": one, "/b": two}
	s := Compare(t, a, b, reqs)
	if s.Requests != 6 || s.Agree != 2 || s.Verdicts != 1 || s.Silent != 1 || s.Matched != 4 || s.Both[1] != 4 || s.Verdict.URI != "/verdict" {
		t.Errorf("%+v", s)
	}
	r := s.Rules[2]
	if len(s.Rules) != 1 || r == nil || r.OnlyA != 2 || r.OnlyB != 1 || r.ExampleA.URI != "/a" || r.ExampleB.URI != "/b" {
		t.Errorf("rule 2: %+v", r)
	}
	for _, want := range []string{"6 requests, 4 match on side A; 2 agree, 0 of them not at the first attempt, 4 do not; 1 verdicts differ", "rule 2: only side A, 2 times (both 0), such as\n\t/a", "rule 2: only side B"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, s.String())
		}
	}
}

// TestCorazaAgreesWithItself would find what makes outcomes depend on anything but
// the request: two instances, and requests in another order.
func TestCorazaAgreesWithItself(t *testing.T) {
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewCoraza(Directives(1, true))
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewCoraza(Directives(1, true))
	if err != nil {
		t.Fatal(err)
	}
	n := Requests(40)
	benign := Compare(t, a, b, Benign(n, 3))
	hostile := Compare(t, b, a, Mutations(tests, n, 3))
	for _, s := range []Stats{benign, hostile} {
		if s.Agree != n || s.Silent != 0 {
			t.Errorf("%d of %d agree, silent rules differ for %d", s.Agree, n, s.Silent)
		}
	}
	if hostile.Matched < n/2 {
		t.Errorf("%d of %d mutations match a rule, want half at least", hostile.Matched, n)
	}
}

// TestAPIPolicy sends harmless requests: the policy must let all methods and types
// pass, whatever other rules say about values.
func TestAPIPolicy(t *testing.T) {
	e, err := NewCoraza(Directives(1, false, APIPolicy))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for req := range Benign(2000, 5) {
		kind := req.Method + " " + req.Header("Content-Type")
		if strings.Contains(kind, "boundary=") {
			kind = "multipart"
		}
		if seen[kind] {
			continue
		}
		seen[kind] = true
		out := e.Run(&req, nil)
		if slices.Contains(out.IDs, 911100) || slices.Contains(out.IDs, 920420) {
			t.Errorf("matched %v:\n%s", out.IDs, req.String())
		}
	}
	if len(seen) < 20 {
		t.Errorf("saw %d methods with types, want at least 20", len(seen))
	}
}

// TestCorazaInterrupts looks at what an outcome says besides rules.
func TestCorazaInterrupts(t *testing.T) {
	headers := [][2]string{{"Host", "example.com"}, {"User-Agent", "test"}, {"Accept", "*/*"}, {"Content-Type", "application/json"}}
	attack := Request{Method: "POST", URI: "/", Protocol: "HTTP/1.1", Headers: headers, Body: []byte(`{"a":"1' or sleep(9)='"}`)}
	leak := &Response{Status: 200, Protocol: "HTTP/1.1", Headers: [][2]string{{"Content-Type", "text/html"}}, Body: []byte("<title>r57 Shell Version 1</title>")}
	const own = `
SecRule REQUEST_URI "@streq /first" "id:1,phase:1,log,deny,status:451"
SecRule REQUEST_URI "@streq /first" "id:2,phase:5,log,pass"
SecRule RESPONSE_STATUS "@streq 500" "id:3,phase:3,nolog,deny"
`
	tests := []struct {
		name       string
		directives string
		req        Request
		resp       *Response
		want       Outcome
	}{
		{"phase 1, then phase 5", "SecRuleEngine On" + own, Request{URI: "/first"}, leak, Outcome{IDs: []int{1, 2}, AllIDs: []int{1, 2}, Status: 451, Phase: 1, ByRule: 1}},
		{"phase 3 by a silent rule", "SecRuleEngine On" + own, Request{URI: "/"}, &Response{Status: 500}, Outcome{AllIDs: []int{3}, Status: 403, Phase: 3, ByRule: 3}},
		{"no response, no phase 3", "SecRuleEngine On" + own, Request{URI: "/"}, nil, Outcome{}},
		{"detection only", "SecRuleEngine DetectionOnly" + own, Request{URI: "/first"}, nil, Outcome{IDs: []int{1, 2}, AllIDs: []int{1, 2}}},
		{"anomaly score of a request", Directives(1, true), attack, leak, Outcome{Status: 403, Phase: 2, ByRule: 949110}},
		{"anomaly score of a response", Directives(1, true), Request{Method: "GET", URI: "/", Protocol: "HTTP/1.1", Headers: headers[:3]}, leak, Outcome{Status: 403, Phase: 4, ByRule: 959100}},
		{"anomaly score without blocking", Directives(1, false), attack, leak, Outcome{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := NewCoraza(tt.directives)
			if err != nil {
				t.Fatal(err)
			}
			got := e.Run(&tt.req, tt.resp)
			t.Log(got.Log)
			if got.Status != tt.want.Status || got.Phase != tt.want.Phase || got.ByRule != tt.want.ByRule {
				t.Errorf("status %d in phase %d by rule %d, want %d in %d by %d; matched %v", got.Status, got.Phase, got.ByRule, tt.want.Status, tt.want.Phase, tt.want.ByRule, got.IDs)
			}
			if tt.want.AllIDs != nil && !(slices.Equal(got.IDs, tt.want.IDs) && slices.Equal(got.AllIDs, tt.want.AllIDs)) {
				t.Errorf("matched %v of %v, want %v of %v", got.IDs, got.AllIDs, tt.want.IDs, tt.want.AllIDs)
			}
		})
	}
	if _, err := NewCoraza("SecRule"); err == nil {
		t.Error("a directive without arguments: no error")
	}
}
