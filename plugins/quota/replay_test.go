//go:build !wasip1

package quota_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// TestReplay runs the recordings through the plugin's Wasm, with bodies whole, byte by
// byte, and cut in the middle.
func TestReplay(t *testing.T) {
	plugin := harness.Plugin{Name: "quota", Wasm: replaytest.Build(t, "./wasm")}
	for folder := range folders {
		t.Run(folder, func(t *testing.T) {
			chain := []harness.Plugin{plugin}
			chain[0].AllowOnHeadersStopIteration = folder == "held"
			if folder == "twice" {
				chain = append(chain, plugin)
				chain[1].Configuration = []byte(twice[0].configuration())
			}
			replaytest.Dir(t, "testdata/"+folder, harness.Options{}, chain...)
		})
	}
}

// TestThreads spreads a recording of some hundred requests over worker threads, each
// with a VM of its own. Whatever they are, every one of them is answered as on a single
// thread: a limit is exact over all.
func TestThreads(t *testing.T) {
	plugin := harness.Plugin{Name: "quota", Wasm: replaytest.Build(t, "./wasm")}
	tests := []struct {
		name, members string
		// admitted are how many of 400 requests go on, of 4 clients, one each 10 ms.
		admitted int
	}{
		{"rate", by("header:x-key", `"rate":{"requests":5,"per":"1s","burst":7}`), 4 * (7 + 19)},
		{"sliding", by("header:x-key", `"sliding":{"requests":10,"per":"1h"}`), 4 * 10},
		{"fixed", by("header:x-key", `"fixed":{"requests":3,"per":"1s"}`), 4 * 3 * 4},
		{"calendar", by("header:x-key", `"calendar":{"requests":17,"per":"month"}`), 4 * 17},
		{"lockout", by("header:x-key", `"lockout":{"failures":5,"block":"1h"},"count":{"statuses":["2xx"]}`), 4 * 5},
		{"bandwidth", by("header:x-key", `"bandwidth":{"bytes":90,"per":"1h"}`), 4 * 10},
		{"settled", by("header:x-key", `"cost":{"fixed":2,"settle":{"bytes_per_unit":3}},"rate":{"requests":30,"per":"1h"}`), 4 * 10},
		{"nothing in flight", limited(`"concurrency":{"requests":1}`), 400},
		{"several", `"limits":[{"name":"all",` + ten + `},{"name":"l","key":["header:x-key"],` + three + `}]`, 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := recording{file: "threads", why: "Threads.", members: test.members + told}
			for i := range 400 {
				r.exchanges = append(r.exchanges, exchange{name: "one", fields: []string{fmt.Sprintf("X-Key: %d", i/3%4)}, after: "10ms"})
			}
			recorded, err := traffic.ReadTxtar("threads.txtar", r.generated())
			if err != nil {
				t.Fatal(err)
			}
			alone := replaytest.Wants(t, recorded, replay.Whole, harness.Options{Workers: 1}, plugin)
			spread := replaytest.Wants(t, recorded, replay.Whole, harness.Options{Workers: 8}, plugin)
			admitted := 0
			for i := range alone {
				if strings.HasPrefix(spread[i], "response 200\n") {
					admitted++
				}
				if alone[i] != spread[i] {
					t.Fatalf("request %d on 8 threads:\n%s\non one:\n%s", i+1, spread[i], alone[i])
				}
			}
			if admitted != test.admitted {
				t.Errorf("%d admitted, want %d", admitted, test.admitted)
			}
		})
	}
}

// TestRecordingsOnThreads: what comes of a recording does not depend on which threads
// its requests run on. Leases are left out: a thread waits for no other's call.
func TestRecordingsOnThreads(t *testing.T) {
	plugin := harness.Plugin{Name: "quota", Wasm: replaytest.Build(t, "./wasm")}
	ran := 0
	for _, folder := range []string{"replay", "clocked", "proxied"} {
		for i := range folders[folder] {
			file := filepath.Join("testdata", folder, folders[folder][i].file+".txtar")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recorded, err := traffic.ReadTxtar(file, data)
			if err != nil {
				t.Fatal(err)
			}
			got := replaytest.Wants(t, recorded, replay.Whole, harness.Options{Workers: 2}, plugin)
			for n, x := range recorded.Exchanges {
				if x.Want == nil || strings.TrimSpace(*x.Want) != strings.TrimSpace(got[n]) {
					t.Errorf("%s: %s, on 2 threads:\n%s", file, x.Name, got[n])
				}
			}
			ran++
		}
	}
	if ran < 80 {
		t.Errorf("%d recordings, want at least 80", ran)
	}
}
