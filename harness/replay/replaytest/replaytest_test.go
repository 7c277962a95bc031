package replaytest

import (
	"bytes"
	"testing"

	"gatehouse/harness"
)

func TestDir(t *testing.T) {
	Dir(t, "testdata/replay", harness.Options{}, harness.Plugin{Name: "guard", Wasm: Build(t, "./testdata/guard")})
}

func TestBuildIsFreshAndOncePerBinary(t *testing.T) {
	wasm := Build(t, "./testdata/guard")
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		t.Fatalf("built %x…, want a Wasm module", wasm[:8])
	}
	if again := Build(t, "./testdata/guard"); &again[0] != &wasm[0] {
		t.Error("built twice, want the first build")
	}
}
