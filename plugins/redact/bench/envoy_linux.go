package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"gatehouse/harness/envoy/bench"
	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/redact/bench/corpus"
	"gatehouse/plugins/redact/bench/measure"
)

// upstream is what Envoys stand before.
type upstream struct {
	listener net.Listener
	server   *http.Server
	body     corpus.Body
	// release has the rest of a slow answer sent.
	release chan struct{}
}

// beginning is how much of a slow answer is sent at once.
const beginning = 16 << 10

func startUpstream(size int) (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{listener: listener, body: corpus.JSON(size), release: make(chan struct{})}
	u.server = &http.Server{Handler: u, ReadHeaderTimeout: time.Minute}
	go u.server.Serve(listener) // ends with close
	return u, nil
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", u.body.ContentType)
	switch r.URL.Path {
	case "/customers":
		w.Write(u.body.Text)
	case "/customers/slow":
		w.Write(u.body.Text[:beginning])
		w.(http.Flusher).Flush()
		<-u.release
		w.Write(u.body.Text[beginning:])
	case "/customers/picture":
		w.Header().Set("Content-Type", "image/png")
		w.Write([]byte("\x89PNG"))
	default:
		w.Write([]byte("{}"))
	}
}

func (u *upstream) address() string { return u.listener.Addr().String() }

func (u *upstream) close() { u.server.Close() }

// variant is one way to pass bodies on.
type variant struct {
	name  string
	envoy *bench.Envoy
	// want is what the body becomes.
	want []byte
	// cpu is the processor time of each round, in µs a MB of the body, first how long
	// the first byte took to come, in µs.
	cpu, first []float64
}

// proxies measures bodies through Envoy, and returns the memory of a VM with all
// detectors, in MB.
func proxies(ctx context.Context, dir string, up *upstream, o *options) (memory float64, err error) {
	progress("through Envoy")
	plugin, err := bench.Compile(ctx, dir, "gatehouse/plugins/redact/wasm")
	if err != nil {
		return 0, err
	}
	empty, err := bench.Compile(ctx, dir, "gatehouse/plugins/redact/bench/empty")
	if err != nil {
		return 0, err
	}
	engine, err := measure.NewEngine(corpus.Configuration)
	if err != nil {
		return 0, err
	}
	reference, err := engine.Reference(up.body)
	if err != nil {
		return 0, err
	}
	if err := measure.Check(up.body, reference); err != nil {
		return 0, err
	}
	fields, err := measure.NewEngine(corpus.FieldsOnly)
	if err != nil {
		return 0, err
	}
	fieldsReference, err := fields.Reference(up.body)
	if err != nil {
		return 0, err
	}
	var variants []*variant
	defer func() {
		for _, v := range variants {
			v.envoy.Stop()
		}
	}()
	for _, v := range []struct {
		name          string
		module        bench.Module
		configuration string
		want          []byte
	}{
		{"no filter", bench.Module{}, "", up.body.Text},
		{"the plugin without its engine", empty, "", up.body.Text},
		{"redact, fields only", plugin, corpus.FieldsOnly, fieldsReference},
		{"redact", plugin, corpus.Configuration, reference},
		{"redact, all detectors", plugin, corpus.Every(), nil},
	} {
		setup := bench.Setup{Upstream: up.address()}
		if v.module != (bench.Module{}) {
			setup.Filters = []bench.Filter{bench.Wasm("redact", v.module, v.configuration)}
		}
		e, err := bench.Start(ctx, setup)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.name, err)
		}
		variants = append(variants, &variant{name: v.name, envoy: e, want: v.want})
	}
	for i := range o.rounds + 1 {
		for _, v := range variants {
			if err := v.round(ctx, up, i > 0); err != nil {
				return 0, fmt.Errorf("%s: %w", v.name, err)
			}
		}
		if i%5 == 0 {
			progress(fmt.Sprintf("round %d of %d", i, o.rounds))
		}
	}
	return reportProxies(variants, len(up.body.Text), o.rounds)
}

// bodies is how many a round has.
const bodies = 8

// round sends requests and notes what their answers cost, if it counts.
func (v *variant) round(ctx context.Context, up *upstream, counts bool) error {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	used, err := load.Used(v.envoy.PID(), func() error {
		for range bodies {
			body, err := v.get(ctx, client, "/customers")
			if err != nil {
				return err
			}
			if v.want == nil {
				v.want = body // the same every time
			}
			if !bytes.Equal(body, v.want) {
				return fmt.Errorf("%d bytes, want %d others", len(body), len(v.want))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	first, err := v.firstByte(ctx, client, up)
	if err != nil || !counts {
		return err
	}
	v.cpu = append(v.cpu, float64(used.Nanoseconds())/1e3/bodies/(float64(len(up.body.Text))/1e6))
	v.first = append(v.first, float64(first.Nanoseconds())/1e3)
	return nil
}

func (v *variant) request(ctx context.Context, client *http.Client, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+v.envoy.Address(bench.Listener)+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("answer: %d, want 200", response.StatusCode)
	}
	return response, err
}

func (v *variant) get(ctx context.Context, client *http.Client, path string) ([]byte, error) {
	response, err := v.request(ctx, client, path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// firstByte returns how long the first byte of an answer takes whose rest is sent only
// when most of its beginning has come.
func (v *variant) firstByte(ctx context.Context, client *http.Client, up *upstream) (time.Duration, error) {
	began := time.Now()
	response, err := v.request(ctx, client, "/customers/slow")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	one := make([]byte, 1)
	if _, err := io.ReadFull(response.Body, one); err != nil {
		return 0, err
	}
	first := time.Since(began)
	// What is left out may make up to a tenth of it.
	if _, err := io.CopyN(io.Discard, response.Body, beginning*4/5); err != nil {
		return 0, err
	}
	up.release <- struct{}{}
	_, err = io.Copy(io.Discard, response.Body)
	return first, err
}

func reportProxies(variants []*variant, size, rounds int) (memory float64, err error) {
	fmt.Printf("\nThrough Envoy, one worker, bodies of %d KB of JSON, medians of %d interleaved rounds (quartiles). Each answer was compared with the reference.\n\n", size>>10, rounds)
	fmt.Println("| variant | µs of processor time a MB | over no filter | MB/s of that | over the plugin without its engine | MB/s of that | first byte after, µs | linear memory, MB | RSS, MB (over no filter) |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	none, empty := variants[0], variants[1]
	noneMemory, err := none.envoy.Memory()
	if err != nil {
		return 0, err
	}
	for _, v := range variants {
		fmt.Printf("| %s | %.0f |", v.name, load.Quantile(v.cpu, 0.5))
		for _, base := range []*variant{none, empty} {
			if v == none || v == base {
				fmt.Print(" | |")
				continue
			}
			added := bench.Added(v.cpu, base.cpu)
			fmt.Printf(" %.0f (%.0f to %.0f) | %.0f |", load.Quantile(added, 0.5), load.Quantile(added, 0.25), load.Quantile(added, 0.75), 1e6/load.Quantile(added, 0.5))
		}
		linear, err := v.envoy.LinearMemory()
		if err != nil {
			return 0, err
		}
		resident, err := v.envoy.Memory()
		if err != nil {
			return 0, err
		}
		memory = float64(linear) / 1e6
		fmt.Printf(" %.0f (%.0f to %.0f) | %.1f | %.1f (%.1f) |\n", load.Quantile(v.first, 0.5), load.Quantile(v.first, 0.25), load.Quantile(v.first, 0.75),
			memory, float64(resident)/1e6, (float64(resident)-float64(noneMemory))/1e6)
	}
	return memory, nil
}
