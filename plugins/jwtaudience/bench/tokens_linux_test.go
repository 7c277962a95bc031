package main

import (
	"bufio"
	"bytes"
	"net/http"
	"testing"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/jwtaudience"
	"gatehouse/plugins/scope"
)

// decide judges a request as it goes over the wire.
func decide(t *testing.T, engine *jwtaudience.Engine, wire load.Request) policy.Decision {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	return engine.Decide(&policy.Request{Now: time.Now(), Headers: policy.Headers{
		{Name: ":method", Value: r.Method}, {Name: ":path", Value: r.RequestURI}, {Name: ":authority", Value: r.Host},
		{Name: "authorization", Value: r.Header.Get("Authorization")},
	}})
}

// TestTraffic judges what is sent by the engine itself: good tokens are good,
// tampered ones are not, and no first-seen token comes twice.
func TestTraffic(t *testing.T) {
	engine, err := jwtaudience.New([]byte(configuration()))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		seen := map[string]bool{}
		requests := k.traffic(3)
		for _, r := range requests {
			if d := decide(t, engine, r); d.Outcome != policy.Allow || d.Reason != jwtaudience.ReasonTokenAccepted {
				t.Errorf("%s: %s, %s", k.name, d.Outcome, d.Reason)
			}
			seen[string(r)] = true
		}
		if len(seen) != len(requests) || k.fresh && len(requests) != 3 {
			t.Errorf("%s: %d different requests of %d", k.name, len(seen), len(requests))
		}
	}
	bad := tampered()
	for i, r := range bad {
		if d := decide(t, engine, r); d.Outcome != policy.Deny || d.Response.Status != 401 {
			t.Errorf("tampered token %d: %s, %s, status %d", i, d.Outcome, d.Reason, d.Response.Status)
		}
	}
	if len(bad) != 10 {
		t.Errorf("%d tampered tokens, want 10", len(bad))
	}
	if _, err := scope.New([]byte(scopes)); err != nil {
		t.Errorf("configuration of scope: %v", err)
	}
}
