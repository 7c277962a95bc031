// Package replaytest is for the tests of plugins: it builds a plugin's Wasm
// fresh, so that no test passes on a stale file, and runs the recordings of a
// folder through it, each three ways: whole bodies, one byte at a time, and cut
// in the middle. What comes of an exchange must be the same each time and as its
// want section says.
//
//	func TestReplay(t *testing.T) {
//		plugin := harness.Plugin{Name: "jwt-audience", Wasm: replaytest.Build(t, "./wasm")}
//		replaytest.Dir(t, "testdata/replay", harness.Options{}, plugin)
//	}
//
// "go test -run TestReplay -update" writes the want sections; read the
// difference before it is committed.
package replaytest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"gatehouse/harness"
	"gatehouse/harness/replay"
	"gatehouse/harness/traffic"
)

var update = flag.Bool("update", false, "write the want sections of recordings")

// ways are how a recording is run: as the package says, and in the frames of
// the recording where it has any of its own.
func ways(recording *traffic.Recording) []replay.Chunks {
	for _, x := range recording.Exchanges {
		if len(x.Request.Body) > 1 || len(x.Response.Body) > 1 {
			return []replay.Chunks{replay.Whole, replay.Bytes, replay.Halves, replay.Recorded}
		}
	}
	return []replay.Chunks{replay.Whole, replay.Bytes, replay.Halves}
}

// Dir runs every *.txtar of a folder through the chain, as a subtest each. The
// config.json of a recording configures the first plugin of the chain, its
// callouts.yaml takes the place of those of opts. A folder without recordings,
// an exchange without a want section, and a VM that breaks where the want
// section does not say so fail the test.
func Dir(t *testing.T, dir string, opts harness.Options, chain ...harness.Plugin) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("%s: no recording, want at least one *.txtar", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			testFile(t, file, opts, chain)
		})
	}
}

func testFile(t *testing.T, file string, opts harness.Options, chain []harness.Plugin) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	recording, err := traffic.ReadTxtar(file, data)
	if err != nil {
		t.Fatal(err)
	}
	if recording.Comment == "" {
		t.Errorf("%s: no comment, want one that says why the recording exists", file)
	}
	var first []string
	for _, way := range ways(recording) {
		wants := Wants(t, recording, way, opts, chain...)
		if first == nil {
			first = wants
		}
		for i := range wants {
			if wants[i] != first[i] {
				t.Errorf("%s:%d: cutting bodies changes the outcome:\n%s", file, recording.Exchanges[i].Line,
					diff.Diff("whole", []byte(first[i]), way.String(), []byte(wants[i])))
			}
		}
	}
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile(file, traffic.SetWants(data, first), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i, x := range recording.Exchanges {
		switch {
		case x.Want == nil:
			t.Errorf("%s:%d: no section \"want\", write it with go test -run '^%s$' -update", file, x.Line, t.Name())
		case strings.TrimSpace(*x.Want) != strings.TrimSpace(first[i]):
			t.Errorf("%s:%d:\n%s", file, x.Line, diff.Diff("want", []byte(*x.Want), "got", []byte(first[i])))
		}
	}
}

// Wants runs a recording through a chain that is started for it, and returns
// the want section of each exchange.
func Wants(t testing.TB, recording *traffic.Recording, way replay.Chunks, opts harness.Options, chain ...harness.Plugin) []string {
	t.Helper()
	report := Run(t, recording, way, opts, chain...)
	wants := make([]string, len(report.Outcomes))
	for i := range report.Outcomes {
		wants[i] = report.Outcomes[i].Want()
	}
	return wants
}

// Run runs a recording through a chain that is started for it, and returns what came
// of each exchange.
func Run(t testing.TB, recording *traffic.Recording, way replay.Chunks, opts harness.Options, chain ...harness.Plugin) *replay.Report {
	t.Helper()
	chain = slices.Clone(chain)
	if recording.Configuration != nil && len(chain) > 0 {
		chain[0].Configuration = recording.Configuration
	}
	if c := recording.Callouts; c != nil {
		opts.Clusters, opts.HTTPCallouts, opts.GRPCCallouts = c.Clusters, c.HTTP, c.GRPC
	}
	run := replay.Options{Chunks: way, Workers: opts.Workers, Expect: replay.ExpectNothing}
	opts.Now = run.Start(recording)
	ctx := context.Background()
	proxy, err := harness.Start(ctx, chain, opts)
	if err != nil {
		t.Fatalf("%s: %v", recording.File, err)
	}
	report, err := replay.Run(ctx, proxy, recording, run)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
