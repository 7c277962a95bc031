package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/redact/bench/corpus"
	"gatehouse/plugins/redact/bench/measure"
)

// engineSize is how many bytes the bodies have that are read without a proxy.
const engineSize = 64 << 10

// Where bodies are read.
const (
	inV8 = iota
	inWazero
	natively
)

// table has the rates, in MB a second, by subject and body.
type table struct {
	rows    []row
	streams []measure.Result
	missing string
}

type row struct {
	subject, body string
	rate          [3]float64
}

func (t *table) add(where int, r measure.Result) {
	i := slices.IndexFunc(t.rows, func(row row) bool { return row.subject == r.Subject && row.body == r.Body })
	if i < 0 {
		i = len(t.rows)
		t.rows = append(t.rows, row{subject: r.Subject, body: r.Body})
	}
	t.rows[i].rate[where] = r.Rate()
}

// rate returns that of redact for a document.
func (t *table) rate(where int) float64 {
	i := slices.IndexFunc(t.rows, func(row row) bool { return row.subject == "redact" && row.body == "JSON" })
	return t.rows[i].rate[where]
}

// native measures in this process, and Presidio in one of its own.
func (t *table) native(ctx context.Context, o *options) error {
	progress("natively")
	if err := measure.All(engineSize, o.each, "", "", func(r measure.Result) { t.add(natively, r) }); err != nil {
		return err
	}
	if _, err := os.Stat(o.presidio); err != nil {
		t.missing = "Presidio is not measured: no " + o.presidio + " (python3 -m venv .cache/presidio && .cache/presidio/bin/pip install presidio-analyzer==2.2.360)"
		return nil
	}
	progress("Presidio")
	body := corpus.JSON(engineSize)
	cmd := exec.CommandContext(ctx, o.presidio, filepath.Join("plugins", "redact", "bench", "presidio.py"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(body.Text), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("presidio: %w", err)
	}
	var took struct {
		Seconds float64
		Found   int
	}
	if err := json.Unmarshal(out, &took); err != nil {
		return fmt.Errorf("presidio: %w", err)
	}
	if took.Found == 0 {
		return errors.New("presidio: found nothing")
	}
	t.add(natively, measure.Result{Subject: "Presidio's recognizers", Body: body.Name, Bytes: len(body.Text), Nanoseconds: int64(took.Seconds * 1e9)})
	return nil
}

// wazero measures in wazero's compiler.
func (t *table) wazero(ctx context.Context, dir string, o *options) error {
	progress("in wazero")
	path := filepath.Join(dir, "engine.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "gatehouse/plugins/redact/bench/engine")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", build, err, out)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	var out bytes.Buffer
	config := wazero.NewModuleConfig().WithArgs("engine", fmt.Sprint(engineSize), o.each.String()).WithStdout(&out).WithStderr(os.Stderr).WithSysNanotime().WithSysWalltime()
	if _, err := runtime.InstantiateWithConfig(ctx, module, config); err != nil {
		return fmt.Errorf("in wazero: %w", err)
	}
	var results []measure.Result
	if err := json.Unmarshal(out.Bytes(), &results); err != nil {
		return fmt.Errorf("in wazero: %w", err)
	}
	for _, r := range results {
		t.add(inWazero, r)
	}
	return nil
}

// v8 measures in the V8 of an Envoy.
func (t *table) v8(ctx context.Context, dir string, up *upstream) error {
	progress("in V8")
	module, err := bench.Compile(ctx, dir, "gatehouse/plugins/redact/bench/inside")
	if err != nil {
		return err
	}
	e, err := bench.Start(ctx, bench.Setup{Upstream: up.address(), Filters: []bench.Filter{bench.Wasm("redact", module, corpus.Configuration)}})
	if err != nil {
		return err
	}
	defer e.Stop()
	client, err := load.Dial(ctx, e.Address(bench.Listener), 1)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, path := range []string{"/other", "/customers/picture"} {
		// The first is answered when all is measured.
		request := load.Request("GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\n\r\n")
		if _, err := client.Send(ctx, []load.Request{request}, 1, func(status int) error {
			if status != 200 {
				return fmt.Errorf("answer: %d, want 200", status)
			}
			return nil
		}); err != nil {
			lines := e.Lines()
			return fmt.Errorf("in V8: %w: %s", err, strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
	}
	for _, line := range e.Lines() {
		_, text, ok := strings.Cut(line, "inside: ")
		if !ok {
			continue
		}
		var r measure.Result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return fmt.Errorf("in V8: %s", text)
		}
		if r.Subject == "stream" {
			t.streams = append(t.streams, r)
		} else {
			t.add(inV8, r)
		}
	}
	if len(t.streams) != 2 || t.rate(inV8) == 0 {
		return fmt.Errorf("in V8: the plugin logged %d results of streams", len(t.streams))
	}
	return nil
}

func progress(what string) {
	fmt.Fprintln(os.Stderr, "bench:", what, "…", time.Now().Format(time.TimeOnly))
}
