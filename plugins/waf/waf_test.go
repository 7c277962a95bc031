package waf

import (
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

func inspectRequest(t *testing.T, configuration string, headers ...string) policy.Decision {
	t.Helper()
	i, err := New([]byte(configuration))
	if err != nil {
		t.Fatal(err)
	}
	r := &policy.Request{Now: time.Unix(1700000000, 0), IncidentID: "incident-1"}
	for j := 0; j < len(headers); j += 2 {
		r.Headers = append(r.Headers, policy.Header{Name: headers[j], Value: headers[j+1]})
	}
	return i.Inspect().RequestHeaders(r, true)
}

func TestAnAttackIsDenied(t *testing.T) {
	d := inspectRequest(t, `{"crs":{"paranoia_level":1}}`, ":method", "GET", ":authority", "api.example.com",
		":path", "/orders?id=1%27%20OR%20%271%27=%271", "user-agent", "x", "accept", "*/*")
	if d.Outcome != policy.Deny || d.Reason != ReasonInboundScore || d.Response.Status != 403 || d.Score < 5 {
		t.Errorf("decision %+v", d)
	}
}
