package image_test

import (
	"bytes"
	"testing"

	"gatehouse/harness/image"
)

// FuzzPack packs anything: what is taken for a plugin comes out of both forms again.
func FuzzPack(f *testing.F) {
	f.Add(plugin("proxy_abi_version_0_2_1"))
	f.Add(plugin("run"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x07\x05\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		layout, err := image.Pack(image.Plugin{Wasm: wasm, Version: "v1"})
		if err != nil {
			return
		}
		for _, img := range layout.Images {
			if got, _, err := img.Plugin(); err != nil || !bytes.Equal(got, wasm) {
				t.Errorf("%s: plugin of %d bytes (%v), want %d", img.Tag, len(got), err, len(wasm))
			}
		}
	})
}
