//go:build !wasip1

package quota_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/quota/ratelimittest"
)

// module is the file of the plugin.
func module(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "quota.wasm")
	if err := os.WriteFile(path, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// from is a request of a client that names itself.
func from(client, path string) load.Request {
	return load.Request("GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\nx-client: " + client + "\r\n\r\n")
}

func drive(t *testing.T, l ratelimittest.Load) []ratelimittest.Answer {
	t.Helper()
	answers, err := ratelimittest.Drive(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	for i := range answers {
		if s := answers[i].Status; s != 200 && s != 429 {
			t.Fatalf("request %d was answered %d", i, s)
		}
	}
	return answers
}

// TestExactOverWorkers drives limits in Envoys of 1 to 8 worker threads as hard as
// they go. A window admits its number, to the request; a rate what it admits in the
// time, of which the clients know only between which two moments each decision fell.
func TestExactOverWorkers(t *testing.T) {
	plugin := module(t)
	const configuration = `{"answer":{"fields":"none"},
		"limits":[
			{"name":"window","key":["header:x-client"],"fixed":{"requests":2000,"per":"365d"}},
			{"name":"rate","key":["header:x-client"],"rate":{"requests":100,"per":"1s","burst":500}}],
		"routes":[
			{"match":{"path":{"exact":"/window"}},"limits":["window"]},
			{"match":{"path":{"exact":"/rate"}},"limits":["rate"]}]}`
	for _, workers := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			envoys := ratelimittest.Envoys(t, 1, ratelimittest.EnvoyConfig{
				Workers: workers,
				Filters: []any{ratelimittest.Wasm("quota", plugin, configuration)},
			})
			// Two clients' requests over all connections, and so over all threads.
			answers := drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Connections: 32, Requests: 6000, Request: func(i int) load.Request { return from(fmt.Sprint(i%2), "/window") }})
			if admitted := ratelimittest.Count(answers, 200); admitted != 4000 {
				t.Errorf("%d admitted of two windows of 2000", admitted)
			}
			// The bucket takes five seconds to fill: once it is empty it is never full
			// again.
			answers = drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Connections: 32, Duration: 4 * time.Second, Request: func(int) load.Request { return from("a", "/rate") }})
			first, last, refused := answers[0], answers[0].Done, time.Time{}
			for i := range answers {
				a := &answers[i]
				if a.Sent.Before(first.Sent) {
					first = *a
				}
				if a.Done.After(last) {
					last = a.Done
				}
				if a.Status == 429 && a.Sent.After(refused) {
					refused = a.Sent
				}
			}
			// Until a request is refused, all has been used up that there was.
			least := 500 + int(refused.Sub(first.Done).Seconds()*100) - 1
			most := 500 + int(last.Sub(first.Sent).Seconds()*100)
			admitted := ratelimittest.Count(answers, 200)
			if refused.IsZero() || admitted > most || admitted < least {
				t.Errorf("%d of %d admitted, want %d to %d", admitted, len(answers), least, most)
			}
			t.Logf("%d workers: %d of %d admitted in %v; the model admits %d to %d", workers, admitted, len(answers), last.Sub(first.Sent).Round(time.Millisecond), least, most)
		})
	}
}

// TestManyKeys sends more made-up keys than there is room for, beside some that are
// used steadily: these keep their limits, and the memory of the process stays.
func TestManyKeys(t *testing.T) {
	plugin := module(t)
	envoys := ratelimittest.Envoys(t, 1, ratelimittest.EnvoyConfig{
		Workers: 2,
		Filters: []any{ratelimittest.Wasm("quota", plugin, `{"keys":4096,"answer":{"fields":"none"},"limits":[{"name":"l","key":["header:x-client"],"fixed":{"requests":20,"per":"365d"}}]}`)},
	})
	memory := func() int64 {
		resident, err := envoys[0].Memory()
		if err != nil {
			t.Fatal(err)
		}
		return int64(resident)
	}
	send := func(n int) (known map[string]int) {
		known = map[string]int{}
		names := make([]string, n)
		random := rand.New(rand.NewPCG(1, uint64(n)))
		for i := range names {
			names[i] = fmt.Sprintf("random-%x", random.Uint64())
			if i%10 == 0 {
				names[i] = fmt.Sprintf("known-%d", i/10%10)
			}
		}
		answers := drive(t, ratelimittest.Load{Addresses: envoys.Addresses(), Connections: 8, Requests: n, Request: func(i int) load.Request { return from(names[i], "/") }})
		for i := range answers {
			if answers[i].Status == 200 && strings.HasPrefix(names[i], "known-") {
				known[names[i]]++
			}
		}
		return known
	}
	known := send(20_000)
	before := memory()
	for client, n := range send(40_000) {
		known[client] += n
	}
	after := memory()
	t.Logf("resident: %d MB after 20,000 requests, %d MB after 60,000", before>>20, after>>20)
	if grown := after - before; grown > 8<<20 {
		t.Errorf("grown by %d MB", grown>>20)
	}
	for client, n := range known {
		if n != 20 {
			t.Errorf("%s: %d admitted of 20", client, n)
		}
	}
	if len(known) != 10 {
		t.Errorf("%d clients", len(known))
	}
}
