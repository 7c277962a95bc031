package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// found is an event of data in a response.
func found(sightings ...policy.Sighting) Event {
	return Event{
		Time: time.UnixMilli(1795500000123), Class: DataSecurityFinding, IncidentID: "inc-1", Outcome: policy.Allow, Reason: "redacted", Route: "customers",
		Identity: policy.Identity{Issuer: "https://idp.example.com", Subject: "alice", ClientID: "web"},
		Method:   "GET", Host: "api.example.com", Path: "/customers/17", RequestID: "req-1", Source: "192.0.2.7:4711", Sightings: sightings,
	}
}

var (
	maskedCard = policy.Sighting{Kind: "card", Place: "response.body", Path: "customer.cards[*].pan", Action: "mask", Clauses: []string{"PCI DSS v4.0.1, 3.4.1"}, Count: 3}
	hashedMail = policy.Sighting{Kind: "email", Place: "response.body", Path: "customer.email", Action: "hash", Count: 1}
	headerCard = policy.Sighting{Kind: "card", Place: "response.headers", Path: "x-card", Action: "mask", Count: 1}
	droppedCVV = policy.Sighting{Kind: "field", Place: "request.body", Path: "**.cvv", Action: "drop", Count: 1}
)

func TestGoldenSightings(t *testing.T) {
	tests := []struct {
		name  string
		event func() Event
		want  string
	}{
		{"data of several kinds that was hidden", func() Event { return found(maskedCard, hashedMail, headerCard) },
			`{"time":1795500000123,"category_uid":2,"class_uid":2006,"activity_id":1,"type_uid":200601,"severity_id":1,"action_id":4,"disposition_id":11,"status_id":1,"status_code":"redacted","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"redact"}},"profiles":["security_control"],"uid":"inc-1"},"finding_info":{"title":"Personal or secret data in a response","uid":"inc-1"},"data_security":{"category_id":99,"data_lifecycle_state_id":2,"detection_system_id":2,"total":5,"discovery_details":[{"type":"card","count":4},{"type":"email","count":1}]},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"dst_endpoint":{"hostname":"api.example.com"},"unmapped":{"plugin":"redact","mode":"enforce","outcome":"allow","reason":"redacted","route":"customers","http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com","path":"/customers/17"}},"sightings":[{"kind":"card","place":"response.body","path":"customer.cards[*].pan","action":"mask","clauses":["PCI DSS v4.0.1, 3.4.1"],"count":3},{"kind":"email","place":"response.body","path":"customer.email","action":"hash","count":1},{"kind":"card","place":"response.headers","path":"x-card","action":"mask","count":1}]}}`},
		{"a denial in shadow mode", func() Event {
			e := found(maskedCard)
			e.Outcome, e.Mode, e.Reason = policy.Deny, policy.Shadow, "blocked"
			return e
		},
			`{"time":1795500000123,"category_uid":2,"class_uid":2006,"activity_id":1,"type_uid":200601,"severity_id":3,"action_id":3,"disposition_id":17,"status_id":1,"status_code":"blocked","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"redact"}},"profiles":["security_control"],"uid":"inc-1"},"finding_info":{"title":"Personal or secret data in a response","uid":"inc-1"},"data_security":{"category_id":3,"data_lifecycle_state_id":2,"detection_system_id":2,"total":3,"discovery_details":[{"type":"card","count":3}]},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"dst_endpoint":{"hostname":"api.example.com"},"unmapped":{"plugin":"redact","mode":"shadow","outcome":"deny","reason":"blocked","route":"customers","http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com","path":"/customers/17"}},"sightings":[{"kind":"card","place":"response.body","path":"customer.cards[*].pan","action":"mask","clauses":["PCI DSS v4.0.1, 3.4.1"],"count":3}]}}`},
		{"nothing found", func() Event { return found() },
			`{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":2,"type_uid":600302,"severity_id":1,"action_id":1,"disposition_id":1,"status_id":1,"status_code":"redacted","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"redact"}},"profiles":["security_control","trace"],"uid":"inc-1"},"api":{"operation":"GET"},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com","path":"/customers/17"}},"unmapped":{"plugin":"redact","mode":"enforce","outcome":"allow","reason":"redacted","route":"customers"}}`},
		{"sightings of a plugin of another class", func() Event { e := found(droppedCVV); e.Class = APIActivity; return e },
			`{"time":1795500000123,"category_uid":6,"class_uid":6003,"activity_id":2,"type_uid":600302,"severity_id":1,"action_id":4,"disposition_id":11,"status_id":1,"status_code":"redacted","metadata":{"version":"1.6.0","product":{"name":"Gatehouse","vendor_name":"Gatehouse","version":"1.2.3","feature":{"name":"redact"}},"profiles":["security_control","trace"],"uid":"inc-1"},"api":{"operation":"GET"},"actor":{"user":{"uid":"alice"},"app_uid":"web","session":{"issuer":"https://idp.example.com"}},"src_endpoint":{"ip":"192.0.2.7","port":4711},"http_request":{"http_method":"GET","uid":"req-1","url":{"hostname":"api.example.com","path":"/customers/17"}},"unmapped":{"plugin":"redact","mode":"enforce","outcome":"allow","reason":"redacted","route":"customers","sightings":[{"kind":"field","place":"request.body","path":"**.cvv","action":"drop","count":1}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.event()
			got := string(NewWriter(&Config{}, "redact", "1.2.3", new(Redactor)).Append(nil, &e))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			checkOCSF(t, []byte(got))
		})
	}
}

func TestWhatSightingsAreCalled(t *testing.T) {
	tests := []struct {
		name      string
		sightings []policy.Sighting
		title     string
		category  int
		outcome   policy.Outcome
		mode      policy.Mode
		action    int
	}{
		{"a card in a response", []policy.Sighting{headerCard}, "Personal or secret data in a response", 3, policy.Allow, policy.Enforce, 4},
		{"a field in a request", []policy.Sighting{droppedCVV}, "Personal or secret data in a request", 99, policy.Allow, policy.Enforce, 4},
		{"both", []policy.Sighting{droppedCVV, headerCard}, "Personal or secret data in a request and its response", 99, policy.Allow, policy.Enforce, 4},
		{"an address of a person", []policy.Sighting{hashedMail}, "Personal or secret data in a response", 1, policy.Allow, policy.Shadow, 3},
		{"a national identifier", []policy.Sighting{{Kind: "us_ssn", Place: "response.trailers", Count: 1}}, "Personal or secret data in a response", 2, policy.Deny, policy.Enforce, 2},
		{"a key", []policy.Sighting{{Kind: "api_key", Place: "request.headers", Count: 1}}, "Personal or secret data in a request", 6, policy.Deny, policy.Shadow, 3},
	}
	for _, tt := range tests {
		e := found(tt.sightings...)
		e.Outcome, e.Mode = tt.outcome, tt.mode
		line := NewWriter(&Config{}, "redact", "", new(Redactor)).Append(nil, &e)
		var got struct {
			Action  int                    `json:"action_id"`
			Status  int                    `json:"status_id"`
			Finding struct{ Title string } `json:"finding_info"`
			Data    struct {
				Category int `json:"category_id"`
			} `json:"data_security"`
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if got.Finding.Title != tt.title || got.Data.Category != tt.category || got.Action != tt.action || got.Status != 1 {
			t.Errorf("%s: %+v, want title %q, category %d, action %d, status 1", tt.name, got, tt.title, tt.category, tt.action)
		}
	}
}

// TestSightingsAreBoundedAndRedacted writes as many as nobody reads, with paths that hold
// what a path must not.
func TestSightingsAreBoundedAndRedacted(t *testing.T) {
	long := strings.Repeat("a", 1000)
	var sightings []policy.Sighting
	for range 100 {
		sightings = append(sightings, policy.Sighting{Kind: long, Place: long, Path: "customers.bob@example.com 4111111111111111." + long, Action: long,
			Clauses: strings.Split(strings.Repeat(long+" ", 30), " "), Count: 1 << 40})
	}
	e := found(sightings...)
	line := NewWriter(&Config{}, "redact", "", new(Redactor)).Append(nil, &e)
	checkOCSF(t, line)
	if len(line) > 256<<10 {
		t.Errorf("%d bytes, want at most 256 KiB", len(line))
	}
	if s := string(line); strings.Contains(s, "bob") || strings.Contains(s, "4111") {
		t.Errorf("data in a path: %.800s", s)
	}
	var got struct {
		Unmapped struct {
			Sightings []struct{ Clauses []string }
			Omitted   int `json:"sightings_omitted"`
		}
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if u := got.Unmapped; len(u.Sightings) != 64 || u.Omitted != 36 || len(u.Sightings[0].Clauses) != 16 {
		t.Errorf("%d sightings, %d omitted, %d clauses; want 64, 36, 16", len(u.Sightings), u.Omitted, len(u.Sightings[0].Clauses))
	}
}
