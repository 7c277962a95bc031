package event

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// TestGoldenOthers holds what an event says of several plugins.
func TestGoldenOthers(t *testing.T) {
	e := Event{Time: time.UnixMilli(1795500000123), Class: APIActivity, Status: 403, IncidentID: "inc-1", Reason: "scope_missing", Route: "orders", Method: "POST", Path: "/orders"}
	for _, o := range []Event{
		{Class: DetectionFinding, Mode: policy.Shadow, Reason: "sqli", Route: "all", Denial: 2, Findings: []policy.Finding{{ID: 942100, Severity: "CRITICAL", Message: "SQL Injection", Target: "ARGS"}}},
		{Class: APIActivity, Outcome: policy.Allow, Reason: "near_limit", Policy: "per-client"},
		{Class: DataSecurityFinding, Outcome: policy.Allow, Reason: "redacted", Sightings: []policy.Sighting{maskedCard}},
	} {
		e.Others = append(e.Others, Other{Plugin: "one", Event: o})
	}
	const want = `{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":1,"type_uid":600301,"severity_id":3,"action_id":2,"disposition_id":2,"status_id":2,"status_code":"scope_missing","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"scope"}},"profiles":["security_control","trace"],"uid":"inc-1"},"api":{"operation":"POST"},"actor":{"user":{"name":"unknown"}},"src_endpoint":{"name":"unknown"},"http_request":{"http_method":"POST","url":{"path":"/orders"}},"http_response":{"code":403},"unmapped":{"plugin":"scope","mode":"enforce","outcome":"deny","reason":"scope_missing","route":"orders","others":[{"plugin":"one","mode":"shadow","outcome":"deny","reason":"sqli","route":"all","denial":2,"findings":[{"id":942100,"severity":"CRITICAL","target":"ARGS"}]},{"plugin":"one","mode":"enforce","outcome":"allow","reason":"near_limit","policy":"per-client"},{"plugin":"one","mode":"enforce","outcome":"allow","reason":"redacted","sightings":[{"kind":"card","place":"response.body","path":"customer.cards[*].pan","action":"mask","clauses":["PCI DSS v4.0.1, 3.4.1"],"count":3}]}]}}`
	got := NewWriter(&Config{}, "scope", "1.2.3", new(Redactor)).Append(nil, &e)
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checkOCSF(t, got)
	for range maxOthers {
		e.Others = append(e.Others, e.Others[1])
	}
	got = NewWriter(&Config{}, "scope", "1.2.3", new(Redactor)).Append(nil, &e)
	if !strings.Contains(string(got), `"others_omitted":3`) {
		t.Errorf("%d others are written as %s", len(e.Others), got)
	}
}
