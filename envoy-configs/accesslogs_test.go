package envoyconfigs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness/envoy"
)

// TestAccessLogs finds each request in the access log, each denial in the log of
// denials and among the events under the same id, and nothing secret anywhere.
func TestAccessLogs(t *testing.T) {
	upstream := plainUpstream(t)
	p := behindTokens(t, "access-logs", upstream.Address(), nil, envoy.Options{})
	address, token := p.Address("ingress"), bearer(t, "ada")
	requests := []struct {
		path, status, reason string
		headers              []string
		logged               string // the path, where normalize_path made another of it
	}{
		{"/orders/1?card=4111111111111111", "200", "via_upstream", []string{"authorization", token, "x-request-id", "chosen-by-the-client"}, ""},
		{"/orders/2?card=4111111111111111", "401", "gatehouse.jwt-audience.token_missing", []string{"x-request-id", "chosen-by-the-client"}, ""},
		{"/orders/3?access_token=" + token[7:], "401", "gatehouse.jwt-audience.token_missing", nil, ""},
		{"/orders/4", "401", "gatehouse.jwt-audience.signature_invalid", []string{"authorization", token[:len(token)-4] + "AAAA"}, ""},
		{"/admin/5", "401", "gatehouse.jwt-audience.audience_mismatch", []string{"authorization", token}, ""},
		{"/orders/6\"\\u000a{", "401", "gatehouse.jwt-audience.token_missing", nil, "/orders/6%22/u000a%7B"},
	}
	for _, r := range requests {
		if got := header(get(t, address, r.path, r.headers...), ":status"); got != r.status {
			t.Errorf("%s: status %s, want %s", r.path, got, r.status)
		}
	}
	p.Stop() // It has the logs written.

	type line struct {
		Log       string `json:"log"`
		RequestID string `json:"request_id"`
		Path      string `json:"path"`
		Status    int    `json:"status"`
		Reason    string `json:"reason"`
		Upstream  string `json:"upstream"`
	}
	logs := map[string][]line{}
	events := map[string]string{} // reasons by request id
	for _, text := range p.Lines() {
		for _, secret := range []string{token[7:], token[7:80], "4111111111111111", "card="} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the log: %s", text)
			}
		}
		if _, event, ok := strings.Cut(text, "wasm log jwt-audience jwt-audience: "); ok {
			var e struct {
				Reason   string `json:"status_code"`
				Metadata struct {
					UID string `json:"uid"`
				} `json:"metadata"`
			}
			if err := json.Unmarshal([]byte(event), &e); err != nil {
				t.Fatalf("%v: %s", err, event)
			}
			events[e.Metadata.UID] = e.Reason
			continue
		}
		if strings.HasPrefix(text, "{") {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			logs[l.Log] = append(logs[l.Log], l)
		}
	}
	if len(logs["all"]) != len(requests) {
		t.Fatalf("%d lines of access log, want %d\n%s", len(logs["all"]), len(requests), p.Output())
	}
	denied := 0
	for i, r := range requests {
		l := logs["all"][i]
		path, _, _ := strings.Cut(r.path, "?")
		if r.logged != "" {
			path = r.logged
		}
		if l.Path != path || l.Reason != r.reason || (l.Upstream != "") != (r.status == "200") {
			t.Errorf("%s: %+v, want reason %s", r.path, l, r.reason)
		}
		if len(l.RequestID) != 36 {
			t.Errorf("%s: request id %q, want one of Envoy's", r.path, l.RequestID)
		}
		inLog := slices.ContainsFunc(logs["denied"], func(d line) bool { return d.RequestID == l.RequestID && d.Reason == l.Reason })
		if want := strings.HasPrefix(l.Reason, "gatehouse."); inLog != want {
			t.Errorf("%s: in the log of denials = %v, want %v", r.path, inLog, want)
		} else if want {
			denied++
			if got := "gatehouse.jwt-audience." + events[l.RequestID]; got != l.Reason {
				t.Errorf("%s: the event of the same id says %s, the access log %s", r.path, got, l.Reason)
			}
		}
	}
	if len(logs["denied"]) != denied || len(events) != denied || denied < 4 {
		t.Errorf("%d denials in their log and %d events, want %d of each", len(logs["denied"]), len(events), denied)
	}
}
