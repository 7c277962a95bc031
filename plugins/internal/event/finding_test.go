package event

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

func TestFindingsAreBounded(t *testing.T) {
	long := strings.Repeat("a", 1000)
	e := Event{Class: DetectionFinding, Reason: "anomaly_score", Method: "GET", Path: "/"}
	for i := range 140 {
		e.Findings = append(e.Findings, policy.Finding{ID: i + 1, Severity: long, Message: long, Target: long, Tags: strings.Split(strings.Repeat(long+" ", 30), " ")})
	}
	got := NewWriter(&Config{}, "waf", "", new(Redactor)).Append(nil, &e)
	checkOCSF(t, got)
	if len(got) > 64<<10 {
		t.Errorf("%d bytes, want at most 64 KiB", len(got))
	}
	var event struct {
		FindingInfo struct {
			Related []any `json:"related_analytics"`
		} `json:"finding_info"`
		Unmapped struct {
			Findings []struct{ Tags []string }
			Omitted  int   `json:"findings_omitted"`
			Rules    []int `json:"omitted_rules"`
		}
	}
	if err := json.Unmarshal(got, &event); err != nil {
		t.Fatal(err)
	}
	u := event.Unmapped
	if len(event.FindingInfo.Related) != 15 || len(u.Findings) != 16 || u.Omitted != 124 || len(u.Findings[0].Tags) != 16 {
		t.Errorf("%d related, %d findings, %d omitted, %d tags; want 15, 16, 124, 16", len(event.FindingInfo.Related), len(u.Findings), u.Omitted, len(u.Findings[0].Tags))
	}
	if len(u.Rules) != 112 || u.Rules[0] != 17 || u.Rules[111] != 128 {
		t.Errorf("omitted rules %v, want 17 to 128", u.Rules)
	}
}

func TestSeverityIsTheHighestOfTheFindings(t *testing.T) {
	tests := []struct {
		name  string
		words []string
		want  Severity
	}{
		{"no finding", nil, Medium},
		{"a finding without one", []string{""}, Medium},
		{"a word that nobody knows", []string{"severe"}, Medium},
		{"one word", []string{"NOTICE"}, Low},
		{"the highest of several, in any case", []string{"notice", "Error", "WARNING"}, High},
		{"an emergency", []string{"debug", "EMERGENCY"}, Critical},
		{"information", []string{"INFO"}, Informational},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Event{Class: DetectionFinding}
			for _, word := range tt.words {
				e.Findings = append(e.Findings, policy.Finding{Severity: word})
			}
			if got := e.severity(); got != tt.want {
				t.Errorf("severity = %d, want %d", got, tt.want)
			}
			e.Outcome = policy.Allow
			if got := e.severity(); got != Informational {
				t.Errorf("severity of what was allowed = %d, want %d", got, Informational)
			}
		})
	}
}

func TestCounterName(t *testing.T) {
	for name, want := range map[string]string{
		"rules.sqli": "gatehouse.api_waf.rules.sqli",
		"a-b:c":      "gatehouse.api_waf.a_b_c",
	} {
		if got := CounterName("api-waf", name); got != want {
			t.Errorf("CounterName(%q) = %q, want %q", name, got, want)
		}
	}
}
