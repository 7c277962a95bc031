package probe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// With several worker threads the order of their starts is theirs; how often
// each callback comes is not.
func TestEveryThreadStartsThePluginAsInEnvoy(t *testing.T) {
	wasm := filepath.Join(t.TempDir(), "probe.wasm")
	if err := Build(t.Context(), wasm); err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(wasm)
	if err != nil {
		t.Fatal(err)
	}
	s := chain("threads", []string{on("configure", `set_shared_data "threads/k" "v" 0`), on("configure", `get_shared_data "threads/k" !2`)})
	config, err := bootstrap([]Scenario{s}, wasm)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 3} {
		const each = 2 * 7 // records of a thread: two plugins, three callbacks, a call
		want := (workers + 2) * each
		p, err := envoy.Start(t.Context(), envoy.Options{
			Bootstrap: config, Endpoints: map[string]string{upstreamCluster(&s): "127.0.0.1:9"},
			Concurrency: workers, LogLevel: "error", ComponentLogLevel: "wasm:info",
		})
		if err != nil {
			t.Fatal(err)
		}
		run := &envoyRun{process: p, index: map[string]int{s.Name: 0}, records: make([][]string, 1), access: make([][]string, 1)}
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && len(run.records[0]) < want; time.Sleep(10 * time.Millisecond) {
			run.collect()
		}
		time.Sleep(50 * time.Millisecond)
		run.collect()
		p.Stop()
		real := run.records[0]

		var plugins []harness.Plugin
		for i := range s.Filters {
			plugins = append(plugins, harness.Plugin{Name: pluginName(&s, i), RootID: s.Filters[i].rootID(&s, i), VMID: sharedVM, Wasm: code, Configuration: []byte(s.Filters[i].Script)})
		}
		proxy, err := harness.Start(t.Context(), plugins, harness.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		var replica []string
		for _, l := range proxy.Logs() {
			if _, record, ok := probeRecord(l.Plugin, l.Message); ok {
				replica = append(replica, record)
			}
		}
		proxy.Close(t.Context())
		slices.Sort(real)
		slices.Sort(replica)
		if len(real) != want || !slices.Equal(real, replica) {
			t.Errorf("%d workers: Envoy has %d records, the harness %d, want %d of the same:\n%s", workers, len(real), len(replica), want, strings.Join(diff(real, replica), "\n"))
		}
	}
}
