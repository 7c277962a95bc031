//go:build !wasip1

package background

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestEnvoy runs the waiter in a real Envoy.
func TestEnvoy(t *testing.T) {
	r := startRig(t)
	for name, test := range map[string]func(*testing.T, *rig){
		"waits": testEnvoyWaits, "delays": testEnvoyDelays, "many": testEnvoyManyWait, "leaves": testEnvoyLeaves,
		"settles": testEnvoySettles, "watches": testEnvoyWatches, "ticks": testEnvoyTicks,
	} {
		t.Run(name, func(t *testing.T) { test(t, r) })
	}
}

// testEnvoyWaits lets requests wait in a real Envoy, for answers and for time, with
// and without bodies, over HTTP/1 and HTTP/2.
func testEnvoyWaits(t *testing.T, r *rig) {
	before, begun := r.counters(t), 0
	for _, listener := range []string{"plain", "held"} {
		for _, two := range []bool{false, true} {
			for _, chunked := range []bool{false, true} {
				for _, tt := range waits {
					if chunked && tt.body == "" {
						continue
					}
					holds := []bool{false}
					if listener == "held" && len(tt.body) == len(body) {
						holds = []bool{false, true}
					}
					for _, hold := range holds {
						name := fmt.Sprintf("%s: %s, HTTP/2 %t, chunked %t, held %t", listener, tt.name, two, chunked, hold)
						var reader io.Reader
						if tt.body != "" {
							reader = bytes.NewReader([]byte(tt.body))
							if chunked {
								reader = io.MultiReader(bytes.NewReader([]byte(tt.body[:1000])), bytes.NewReader([]byte(tt.body[1000:])))
							}
						}
						headers := tt.headers
						if hold {
							headers = append(slices.Clone(headers), "x-hold", "1")
						}
						begun++
						got, err := r.send(t.Context(), two, listener, reader, headers...)
						if err != nil {
							t.Errorf("%s: %v", name, err)
							continue
						}
						if got.status != tt.status || got.waited != tt.waited && tt.waited != "any" {
							t.Errorf("%s: %d, waited %q; want %d and %q", name, got.status, got.waited, tt.status, tt.waited)
						}
						// Envoy's timers go by a clock that it reads once a round: they may be early.
						if ms := int(got.took.Milliseconds()); ms < tt.least-early || ms > tt.most {
							t.Errorf("%s: took %v, want %d to %d ms", name, got.took, tt.least, tt.most)
						}
						if tt.seen != "" {
							if seen := r.seen(t, got.id); seen != tt.seen {
								t.Errorf("%s: seen %s, want %s", name, seen, tt.seen)
							}
						}
					}
				}
			}
		}
	}
	if begun < 150 {
		t.Errorf("%d requests, want 150 at least", begun)
	}
	r.balanced(t, before, begun)
}

// balanced wants every stream that was begun to be done, and no panic.
func (r *rig) balanced(t *testing.T, before map[string]uint64, begun int) {
	t.Helper()
	until(t, fmt.Sprintf("%d streams begun and done", begun), func() bool {
		c := r.since(t, before)
		return c["calls.request_headers"] == uint64(begun) && c["calls.done"] == uint64(begun)
	})
	if t.Failed() {
		t.Log(r.since(t, before))
	}
}

// early is by how many milliseconds a time may be shorter than was asked for.
const early = 5

// testEnvoyDelays measures how long a delay takes, beside a request without.
func testEnvoyDelays(t *testing.T, r *rig) {
	const rounds = 40
	median := func(headers ...string) time.Duration {
		var took []time.Duration
		for range rounds {
			got, err := r.send(t.Context(), false, "plain", nil, headers...)
			if err != nil || got.status != 200 {
				t.Fatalf("%v, %v", got, err)
			}
			took = append(took, got.took)
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	without := median()
	t.Logf("without: %v", without)
	for _, ms := range []int{1, 5, 50, 500} {
		if testing.Short() && ms > 50 {
			continue
		}
		took := median("x-wait", fmt.Sprint(ms)) - without
		want := time.Duration(ms) * time.Millisecond
		t.Logf("%v: %v more", want, took)
		if took < want-early*time.Millisecond || took > 2*want+50*time.Millisecond {
			t.Errorf("a delay of %v takes %v", want, took)
		}
	}
}

// testEnvoyManyWait has a thousand requests wait at a time, for a time, for one
// answer each, and for nobody's.
func testEnvoyManyWait(t *testing.T, r *rig) {
	const many = 1000
	before := r.counters(t)
	for _, tt := range []struct{ wait, do, waited string }{
		{"500", "", "overdue"},
		{"service 20000 15000", "500", "answer told to ask"},
		{"silent 20000 500", "", "failed"},
		{"silent 500 20000", "", "overdue"},
	} {
		began := time.Now()
		var all sync.WaitGroup
		results := make(chan string, many)
		for range many {
			all.Go(func() {
				got, err := r.send(t.Context(), false, "plain", nil, "x-wait", tt.wait, "x-do", tt.do)
				results <- fmt.Sprint(got.status, " ", got.waited, " ", err)
			})
		}
		all.Wait()
		close(results)
		counts := map[string]int{}
		for result := range results {
			counts[result]++
		}
		if want := "200 " + tt.waited + " <nil>"; counts[want] != many {
			t.Errorf("%s: %v, want %d times %q", tt.wait, counts, many, want)
		}
		t.Logf("%d requests that wait for %q: %v", many, tt.wait, time.Since(began))
	}
	r.balanced(t, before, 4*many)
}

// testEnvoyLeaves has clients leave while their requests wait, at the headers and in
// the body, and wants each stream to be done once and not resumed.
func testEnvoyLeaves(t *testing.T, r *rig) {
	const clients = 30
	before := r.counters(t)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			headers := []string{"x-wait", "service 1500 1000", "x-do", "700"}
			var body io.Reader
			if i%3 > 0 {
				headers = []string{"x-wait-body", headers[1], "x-do", "700", "x-body", "whole"}
				body = bytes.NewReader(make([]byte, 3000))
			}
			if _, err := r.send(ctx, i%2 == 0, "plain", body, headers...); err == nil {
				t.Error("an answer came in time")
			}
		})
	}
	all.Wait()
	conn, err := net.Dial("tcp", r.Address("plain"))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "POST / HTTP/1.1\r\nhost: a\r\nx-wait: 500\r\ncontent-length: 100\r\n\r\nabc")
	time.Sleep(200 * time.Millisecond)
	conn.Close()
	r.balanced(t, before, clients+1)
	until(t, "each call is answered", func() bool { return r.since(t, before)["calls.answered"] >= clients })
	if n := r.since(t, before)["calls.resumed"]; n != 0 {
		t.Errorf("%d streams were resumed after they had ended", n)
	}
	got, err := r.send(t.Context(), false, "plain", nil, "x-wait", "service 5000 4000")
	if err != nil || got.waited != "answer told to ask" {
		t.Errorf("and then %v, %v; want an answer", got, err)
	}
}

// testEnvoySettles makes a call when a stream is over, and wants it made.
func testEnvoySettles(t *testing.T, r *rig) {
	const n = 20
	for range n {
		if _, err := r.send(t.Context(), false, "plain", nil, "x-settle", "service"); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "every stream is settled", func() bool { return r.settled.Load() == n })
}

// testEnvoyWatches lets bodies pass before an inspection's eyes.
func testEnvoyWatches(t *testing.T, r *rig) {
	const up, down = 70_001, 123_457
	before, begun := r.counters(t), 0
	body := bytes.Repeat([]byte("a"), up)
	zeros := crc32.ChecksumIEEE(make([]byte, down))
	for _, two := range []bool{false, true} {
		for _, chunked := range []bool{false, true} {
			for _, shadow := range []string{"", "1"} {
				for need, want := range map[string]string{
					"sizes":  fmt.Sprintf("%d 1 0 %d 1 0", up, down),
					"pieces": fmt.Sprintf("%d 1 %x %d 1 %x", up, crc32.ChecksumIEEE(body), down, zeros),
					"":       "0 0 0 0 0 0",
				} {
					var reader io.Reader = bytes.NewReader(body)
					if chunked {
						reader = io.MultiReader(reader)
					}
					begun++
					got, err := r.send(t.Context(), two, "plain", reader, "x-body", need, "x-size", fmt.Sprint(down), "x-shadow", shadow)
					if err != nil || len(got.body) != down {
						t.Fatalf("%v, %v", got.status, err)
					}
					if seen := r.seen(t, got.id); seen != want {
						t.Errorf("%q, HTTP/2 %t, chunked %t: seen %s, want %s", need, two, chunked, seen, want)
					}
				}
			}
		}
	}
	// Without bodies there is an end all the same.
	begun++
	got, err := r.send(t.Context(), true, "plain", nil, "x-body", "pieces")
	if err != nil {
		t.Fatal(err)
	}
	if seen := r.seen(t, got.id); seen != "0 1 0 0 1 0" {
		t.Errorf("no bodies: seen %s", seen)
	}
	r.balanced(t, before, begun)
}

// testEnvoyTicks wants the engine's tick about once a second on each thread (the
// main thread ticks too), whether or not requests wait.
func testEnvoyTicks(t *testing.T, r *rig) {
	ticks := func() uint64 { return r.counters(t)["calls.ticked"] }
	for _, wait := range []string{"", "7"} {
		before, began := ticks(), time.Now()
		for time.Since(began) < 3*time.Second {
			if wait == "" {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			if _, err := r.send(t.Context(), false, "plain", nil, "x-wait", wait); err != nil {
				t.Fatal(err)
			}
		}
		// Two listeners, each with a plugin context on two threads.
		seconds := time.Since(began).Seconds()
		if n := float64(ticks() - before); n < 4*(seconds-1.2) || n > 4*(seconds+1.2) {
			t.Errorf("%v ticks in %.1f s of waits of %q, want 4 a second", n, seconds, wait)
		}
	}
}
