package harness

import (
	"context"
	"testing"
)

// BenchmarkExchange is one request through a plugin that reads a header, and
// checks the answer.
func BenchmarkExchange(b *testing.B) {
	for _, bm := range []struct {
		name  string
		chain []Plugin
	}{
		{"floor", []Plugin{{Name: "floor", Wasm: assemble(nil, append(plain(), wasmFunc{name: "proxy_on_request_headers",
			params: []byte{i32, i32, i32}, results: []byte{i32}, code: []byte{opI32Const, 0}}))}}},
		{"script", []Plugin{script("a", "on_request_headers: get 0 :path")}},
		{"script of five", []Plugin{script("a"), script("b"), script("c"), script("d"), script("e")}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			p, err := Start(b.Context(), bm.chain, Options{LogLevel: LogCritical})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close(context.Background())
			x := get("/")
			b.ReportAllocs()
			for b.Loop() {
				r, err := p.Exchange(b.Context(), 0, x)
				if err != nil || r.Status() != "200" {
					b.Fatalf("Exchange: %q, %v, want 200", r.Status(), err)
				}
			}
		})
	}
}

// BenchmarkStart is a chain of one plugin being started, its code in the cache.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := Start(b.Context(), []Plugin{script("a")}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
