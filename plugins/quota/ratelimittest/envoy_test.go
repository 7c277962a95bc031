//go:build !wasip1

package ratelimittest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/quota/ratelimittest"
)

// asking is a chain of Envoy's own filter with a failure mode, and with what the
// request's header "x-limit" names for the descriptor's key.
func asking(s *ratelimittest.Stack, key string, deny bool, workers int) ratelimittest.EnvoyConfig {
	return ratelimittest.EnvoyConfig{
		Service: s,
		Workers: workers,
		Filters: []any{ratelimittest.RateLimit("gatehouse", map[string]any{"failure_mode_deny": deny, "timeout": "0.25s"})},
		Actions: [][]map[string]any{{ratelimittest.Header("x-client", key)}},
	}
}

func request(client string) func(int) load.Request {
	r := load.Request("GET / HTTP/1.1\r\nhost: api.example.com\r\nx-client: " + client + "\r\n\r\n")
	return func(int) load.Request { return r }
}

func drive(t *testing.T, l ratelimittest.Load) []ratelimittest.Answer {
	t.Helper()
	answers, err := ratelimittest.Drive(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// TestThreeEnvoysShareALimit checks the rig's counts against each other: what the
// clients, the Envoys, the gate and Redis saw.
func TestThreeEnvoysShareALimit(t *testing.T) {
	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
	envoys := ratelimittest.Envoys(t, 3, asking(s, "yearly", true, 2))
	answers := drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Requests: 600, Connections: 4, Request: request("a")})
	if ok, over := ratelimittest.Count(answers, 200), ratelimittest.Count(answers, 429); ok != 200 || over != 400 || len(answers) != 600 {
		t.Errorf("%d answers with 200, %d with 429 of %d; want 200, 400 of 600", ok, over, len(answers))
	}
	calls := s.Gate.Calls(true)
	var hits uint64
	over := 0
	for i := range calls {
		c := &calls[i]
		hits += c.Hits()
		if c.Over() {
			over++
		}
		if c.Ended.Before(c.Began) {
			t.Errorf("call %d ended %v before it began", i, c.Began.Sub(c.Ended))
		}
	}
	if len(calls) != 600 || hits != 600 || over != 400 {
		t.Errorf("gate: %d calls, %d hits, %d over limit; want 600, 600, 400", len(calls), hits, over)
	}
	if left := s.Gate.Calls(false); len(left) != 0 {
		t.Errorf("gate: %d calls left, want none", len(left))
	}
	if n, err := envoys.Stat("cluster.ratelimit.upstream_rq_total"); err != nil || n != 600 {
		t.Errorf("Envoys: %d calls, %v, want 600", n, err)
	}
	keys, err := s.Command("KEYS", "gatehouse_yearly_a_*")
	if err != nil {
		t.Fatal(err)
	}
	if count, err := s.Command("GET", keys); err != nil || count != "600" {
		t.Errorf("Redis: %q of %q, %v, want 600", count, keys, err)
	}
	byEnvoy := map[int]int{}
	for _, a := range answers {
		byEnvoy[a.Address]++
	}
	if len(byEnvoy) != 3 {
		t.Errorf("requests by Envoy %v, want three of them", byEnvoy)
	}
}

// TestAdmittedInEachWindow drives four times a limit a second for some seconds.
func TestAdmittedInEachWindow(t *testing.T) {
	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
	envoys := ratelimittest.Envoys(t, 1, asking(s, "second", true, 2))
	began := time.Now().Truncate(time.Second).Add(time.Second)
	time.Sleep(time.Until(began) - 100*time.Millisecond)
	answers := drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Rate: 200, Duration: 3500 * time.Millisecond, Request: request("a")})
	if len(answers) != 700 {
		t.Errorf("%d requests, want 700", len(answers))
	}
	for i := range 3 {
		from := began.Add(time.Duration(i) * time.Second)
		certain, possible := ratelimittest.Within(answers, 200, from, from.Add(time.Second))
		if certain > 50 || possible < 50 {
			t.Errorf("second %d: %d to %d admitted, want 50", i, certain, possible)
		}
	}
}

// TestLocalRateLimitIsExactOverWorkers has Envoy's other filter for its subject.
func TestLocalRateLimitIsExactOverWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			envoys := ratelimittest.Envoys(t, 1, ratelimittest.EnvoyConfig{Workers: workers, Filters: []any{ratelimittest.LocalRateLimit(300, "3600s", nil)}})
			answers := drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Connections: 16, Requests: 1000, Request: request("a")})
			if ok, over := ratelimittest.Count(answers, 200), ratelimittest.Count(answers, 429); ok != 300 || over != 700 {
				t.Errorf("%d answers with 200, %d with 429, want 300 and 700", ok, over)
			}
		})
	}
}

// TestFaults breaks what is behind Envoy's filter in each way, looks what that
// does with requests, and mends it.
func TestFaults(t *testing.T) {
	for _, namespace := range []bool{false, true} {
		s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits, Namespace: namespace})
		closed := ratelimittest.Envoys(t, 1, asking(s, "yearly", true, 1))
		open := ratelimittest.Envoys(t, 1, asking(s, "yearly", false, 1))
		nothing := func() error { return nil }
		faults := []struct {
			name         string
			breaks, mend func() error
			gate         bool // whether it needs the gate for the network
		}{
			{"nothing", nothing, nothing, false},
			{"the service paused", s.Service.Pause, s.Service.Resume, false},
			{"the service killed", s.Service.Kill, func() error { return s.Service.Start(t.Context()) }, false},
			{"Redis killed", s.Redis.Kill, func() error { return s.Redis.Start(t.Context()) }, false},
			{"Redis paused", s.Redis.Pause, s.Redis.Resume, false},
			{"the network cut", s.Cut, s.Mend, false},
			{"what is sent lost", func() error { return s.Gate.Set(ratelimittest.Drop) }, func() error { return s.Gate.Set(ratelimittest.Pass) }, true},
			{"connections reset", func() error { return s.Gate.Set(ratelimittest.Reset) }, func() error { return s.Gate.Set(ratelimittest.Pass) }, true},
			{"connections refused", func() error { return s.Gate.Set(ratelimittest.Refuse) }, func() error { return s.Gate.Set(ratelimittest.Pass) }, true},
			{"everything late", func() error { s.Gate.Delay(400 * time.Millisecond); return nil }, func() error { s.Gate.Delay(0); return nil }, true},
		}
		network := "proxy"
		if s.Namespaced() {
			network = "namespace"
		}
		for i, f := range faults {
			if f.gate && s.Namespaced() {
				continue
			}
			t.Run(network+": "+f.name, func(t *testing.T) {
				client := request(fmt.Sprintf("%s-%d", network, i))
				answer := func(envoys ratelimittest.Fleet) []int {
					var statuses []int
					for _, a := range drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Connections: 2, Requests: 4, Request: client}) {
						statuses = append(statuses, a.Status)
					}
					return statuses
				}
				if err := f.breaks(); err != nil {
					t.Fatal(err)
				}
				want := []int{500, 500, 500, 500}
				if f.name == "nothing" {
					want = []int{200, 200, 200, 200}
				}
				if got := answer(closed); !slices.Equal(got, want) {
					t.Errorf("failing closed: %v, want %v", got, want)
				}
				if got := answer(open); !slices.Equal(got, []int{200, 200, 200, 200}) {
					t.Errorf("failing open: %v, want 200", got)
				}
				began := time.Now()
				if err := f.mend(); err != nil {
					t.Fatal(err)
				}
				for {
					if slices.Equal(answer(closed), []int{200, 200, 200, 200}) {
						t.Logf("well again after %v", time.Since(began).Round(time.Millisecond))
						break
					}
					if time.Since(began) > 30*time.Second {
						t.Fatalf("not well after %v", time.Since(began))
					}
					time.Sleep(50 * time.Millisecond)
				}
			})
		}
	}
}
