package problem

import "testing"

func TestResponse(t *testing.T) {
	tests := []struct {
		name                       string
		detail, incidentID, method string
		want                       string
	}{
		{"everything", "no token", "7b1e-44", "GET", `{"type":"about:blank","title":"Forbidden","status":403,"detail":"no token","incident_id":"7b1e-44"}` + "\n"},
		{"nothing but the status", "", "", "GET", `{"type":"about:blank","title":"Forbidden","status":403}` + "\n"},
		{"an incident id that needs an escape", "", `a"b`, "GET", `{"type":"about:blank","title":"Forbidden","status":403}` + "\n"},
		{"text that needs an escape", `"\` + "\n", "", "GET", `{"type":"about:blank","title":"Forbidden","status":403,"detail":"\"\\?"}` + "\n"},
		{"an answer to HEAD", "no token", "7b1e-44", "HEAD", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Response(403, "Forbidden", tt.detail, tt.incidentID, tt.method)
			if string(r.Body) != tt.want {
				t.Errorf("body %q, want %q", r.Body, tt.want)
			}
			if kind, _ := r.Headers.First("content-type"); kind != "application/problem+json" || r.Status != 403 {
				t.Errorf("status %d, content-type %q", r.Status, kind)
			}
		})
	}
}

func TestProblemWithATypeAndExtensions(t *testing.T) {
	p := Problem{
		Type: "https://example.com/problems#quota", Title: "Quota exceeded", Status: 429, Detail: "later", IncidentID: "7b1e-44",
		Members: []Member{{"violated-policies", `["a","b"]`}},
	}
	const want = `{"type":"https://example.com/problems#quota","title":"Quota exceeded","status":429,"detail":"later","violated-policies":["a","b"],"incident_id":"7b1e-44"}` + "\n"
	if r := p.Answer(Document); string(r.Body) != want || r.Status != 429 {
		t.Errorf("%d %s, want %s", r.Status, r.Body, want)
	}
	if r := p.Answer(Bodiless); r.Body != nil || r.Status != 429 {
		t.Errorf("%d %q, want no body", r.Status, r.Body)
	}
	if code, _ := p.Answer(GRPC).Headers.First("grpc-status"); code != "8" {
		t.Errorf("grpc-status %s, want 8, RESOURCE_EXHAUSTED", code)
	}
}
