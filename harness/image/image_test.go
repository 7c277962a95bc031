package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gatehouse/harness/image"
)

// plugin is a module with one function, which is exported under a name.
func plugin(export string) []byte {
	exports := "\x01" + string(rune(len(export))) + export + "\x00\x00"
	return []byte("\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" +
		"\x07" + string(rune(len(exports))) + exports + "\x0a\x04\x01\x02\x00\x0b")
}

// described is a plugin with all that one can say of it.
func described() image.Plugin {
	return image.Plugin{
		Wasm: plugin("proxy_abi_version_0_2_1"), Version: "v1.2.0", Title: "guard", Description: "Keeps /admin shut",
		Source: "https://source.example/guard", Revision: "ac1f3c2", Licenses: "Apache-2.0",
		Schema: []byte("{\n  \"type\": \"object\"\n}\n"), Created: time.Unix(1_700_000_000, 0),
	}
}

func pack(t *testing.T, p image.Plugin) *image.Layout {
	t.Helper()
	layout, err := image.Pack(p)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func TestPackGivesBothForms(t *testing.T) {
	layout := pack(t, described())
	want := []struct {
		tag      string
		form     image.Form
		accepted bool
	}{{"v1.2.0", image.FormCompatible, true}, {"v1.2.0-cncf", image.FormCNCF, false}}
	if len(layout.Images) != len(want) {
		t.Fatalf("%d images, want %d", len(layout.Images), len(want))
	}
	for i, img := range layout.Images {
		wasm, form, err := img.Plugin()
		if err != nil || !bytes.Equal(wasm, described().Wasm) {
			t.Errorf("%s: plugin of %d bytes (%v), want that which was packed", img.Tag, len(wasm), err)
		}
		if img.Tag != want[i].tag || form != want[i].form || (img.Refusal() == nil) != want[i].accepted {
			t.Errorf("image %d: %s %s accepted=%v, want %+v", i, img.Tag, form, img.Refusal() == nil, want[i])
		}
		for name, value := range map[string]string{
			"org.opencontainers.image.version": "v1.2.0", "org.opencontainers.image.title": "guard",
			"org.opencontainers.image.description": "Keeps /admin shut", "org.opencontainers.image.revision": "ac1f3c2",
			"org.opencontainers.image.source": "https://source.example/guard", "org.opencontainers.image.licenses": "Apache-2.0",
			"org.opencontainers.image.created": "2023-11-14T22:13:20Z",
			image.AnnotationABI:                "0.2.1", image.AnnotationSchema: `{"type":"object"}`,
		} {
			if got := img.Manifest.Annotations[name]; got != value {
				t.Errorf("%s: annotation %s = %q, want %q", img.Tag, name, got, value)
			}
		}
	}
	cncf := layout.Images[1]
	if got := cncf.Manifest.Config.MediaType; got != "application/vnd.wasm.config.v0+json" {
		t.Errorf("CNCF config is %s", got)
	}
	var config struct{ LayerDigests []string }
	if err := json.Unmarshal(cncf.Config, &config); err != nil || len(config.LayerDigests) != 1 ||
		config.LayerDigests[0] != cncf.Manifest.Layers[0].Digest.String() {
		t.Errorf("CNCF config %s (%v), want the digest of the layer in it", cncf.Config, err)
	}
}

// TestPackIsReproducible packs at two times into two folders, of files with other
// times, and wants the same bytes.
func TestPackIsReproducible(t *testing.T) {
	undated := described()
	undated.Created = time.Time{}
	for name, p := range map[string]image.Plugin{"dated": described(), "undated": undated} {
		for _, file := range []string{"layout", "layout.tar"} {
			var all []map[string]string
			for range 2 {
				out := filepath.Join(t.TempDir(), file)
				if err := pack(t, p).Write(out); err != nil {
					t.Fatal(err)
				}
				all = append(all, contents(t, out))
				// The zone and the clock of a machine are not part of an image.
				p.Created = p.Created.In(time.FixedZone("elsewhere", 3600))
				time.Sleep(5 * time.Millisecond)
			}
			if len(all[0]) == 0 || len(all[0]) != len(all[1]) {
				t.Fatalf("%s %s: %d and %d files", name, file, len(all[0]), len(all[1]))
			}
			for f, data := range all[0] {
				if all[1][f] != data {
					t.Errorf("%s %s: %s differs", name, file, f)
				}
			}
		}
	}
	// The CNCF form does not depend on the version of Go either.
	const want = "sha256:ac1782445a465f6ffb878f2e3fd4ab4932897a1ddd0b47ce4c7823d001ef8715"
	if got := pack(t, described()).Images[1].Digest.String(); got != want {
		t.Errorf("CNCF digest %s, want %s", got, want)
	}
}

// contents are the files below a path, or the one that it is.
func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(root, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		all[strings.TrimPrefix(file, root)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPackRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*image.Plugin)
		want   string
	}{
		{"no version", func(p *image.Plugin) { p.Version = "" }, "version: tag"},
		{"a version that is no tag", func(p *image.Plugin) { p.Version = "v1+build" }, "version: tag"},
		{"nothing", func(p *image.Plugin) { p.Wasm = nil }, "not a WebAssembly module"},
		{"another file", func(p *image.Plugin) { p.Wasm = []byte("#!/bin/sh\n") }, "not a WebAssembly module"},
		{"a component", func(p *image.Plugin) { p.Wasm = []byte("\x00asm\x0d\x00\x01\x00") }, "not a WebAssembly module of version 1"},
		{"a module that is no plugin", func(p *image.Plugin) { p.Wasm = plugin("run") }, "no export proxy_abi_version_"},
		{"a module that is cut", func(p *image.Plugin) { p.Wasm = p.Wasm[:30] }, "ends too early"},
		{"a schema that is no JSON", func(p *image.Plugin) { p.Schema = []byte("{") }, "schema: "},
		{"a schema that is no object", func(p *image.Plugin) { p.Schema = []byte("null") }, "schema: null"},
		{"a schema that no registry takes", func(p *image.Plugin) {
			p.Schema = []byte(`{"title":"` + strings.Repeat("x", 5<<20) + `"}`)
		}, "is the schema too long"},
	}
	for _, tt := range tests {
		p := described()
		tt.change(&p)
		if _, err := image.Pack(p); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// entry is a file of a tar archive.
type entry struct{ name, data string }

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// blob is a part of an image with its type.
type blob struct {
	mediaType types.MediaType
	data      []byte
}

// made is a layout with one image of any form, read from a folder.
func made(t *testing.T, manifestType types.MediaType, config blob, layers ...blob) *image.Image {
	t.Helper()
	root := t.TempDir()
	put := func(data []byte) (v1.Hash, int64) {
		h, n, err := v1.SHA256(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, "blobs/sha256", h.Hex), data)
		return h, n
	}
	describe := func(b blob) v1.Descriptor {
		h, n := put(b.data)
		return v1.Descriptor{MediaType: b.mediaType, Digest: h, Size: n}
	}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: manifestType, Config: describe(config), Layers: []v1.Descriptor{}}
	for _, l := range layers {
		manifest.Layers = append(manifest.Layers, describe(l))
	}
	raw := encoded(t, manifest)
	h, n := put(raw)
	write(t, filepath.Join(root, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`))
	write(t, filepath.Join(root, "index.json"), encoded(t, v1.IndexManifest{
		SchemaVersion: 2, Manifests: []v1.Descriptor{{MediaType: types.OCIManifestSchema1, Digest: h, Size: n}},
	}))
	layout, err := image.ReadLayout(root)
	if err != nil {
		t.Fatal(err)
	}
	return layout.Images[0].Image
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// form is a way in which a plugin can lie in an image.
type form struct {
	name     string
	manifest types.MediaType
	layers   []blob
	form     image.Form
	refused  string // "" if it is taken
}

// forms is the table of what Istio and Envoy Gateway take, as their code has it
// (pkg/wasm/imagefetcher.go of Istio), of a plugin.
func forms(t *testing.T, wasm string) []form {
	t.Helper()
	good := zipped(t, archive(t, entry{"plugin.wasm", wasm}))
	other := zipped(t, archive(t, entry{"README", "none"}))
	const (
		oci      = types.OCIManifestSchema1
		docker   = types.DockerManifestSchema2
		artifact = types.MediaType("application/vnd.module.wasm.content.layer.v1+wasm")
		settings = types.MediaType("application/vnd.module.wasm.config.v1+json")
	)
	return []form{
		{"OCI, one layer", oci, []blob{{types.OCILayer, good}}, image.FormCompatible, ""},
		{"OCI without a media type", "", []blob{{types.OCILayer, good}}, image.FormCompatible, ""},
		{"OCI, the last of two layers", oci, []blob{{types.OCILayer, other}, {types.OCILayer, good}}, image.FormCompatible, ""},
		{"Docker, one layer", docker, []blob{{types.DockerLayer, good}}, image.FormCompatible, ""},
		{"two layers, one the module", oci, []blob{{settings, []byte("{}")}, {artifact, []byte(wasm)}}, image.FormArtifact, ""},
		{"other files beside it", oci, []blob{{types.OCILayer, zipped(t, archive(t, entry{"a", "b"}, entry{"plugin.wasm", wasm}))}}, image.FormCompatible, ""},
		{"in a folder", oci, []blob{{types.OCILayer, zipped(t, archive(t, entry{"./opt/plugin.wasm", wasm}))}}, image.FormCompatible, ""},
		{"no layers", oci, nil, image.FormUnknown, "no layers"},
		{"not the last layer", oci, []blob{{types.OCILayer, good}, {types.OCILayer, other}}, image.FormUnknown, "no file plugin.wasm"},
		{"CNCF", oci, []blob{{"application/wasm", []byte(wasm)}}, image.FormUnknown, "application/wasm, want"},
		{"zstd", oci, []blob{{types.OCILayerZStd, good}}, image.FormUnknown, "tar+zstd, want"},
		{"zstd that says it is gzip", oci, []blob{{types.OCILayer, []byte("\x28\xb5\x2f\xfd\x00\x00\x00\x00\x00\x00")}}, image.FormUnknown, "not gzip"},
		{"plain tar", oci, []blob{{types.OCIUncompressedLayer, archive(t, entry{"plugin.wasm", wasm})}}, image.FormUnknown, "layer.v1.tar, want"},
		{"plain tar that says it is gzip", oci, []blob{{types.OCILayer, archive(t, entry{"plugin.wasm", wasm})}}, image.FormUnknown, "not gzip"},
		{"gzip without tar", oci, []blob{{types.OCILayer, zipped(t, []byte(wasm))}}, image.FormUnknown, "not a tar archive"},
		{"another file name", oci, []blob{{types.OCILayer, zipped(t, archive(t, entry{"filter.wasm", wasm}))}}, image.FormUnknown, "no file plugin.wasm"},
		{"another case", oci, []blob{{types.OCILayer, zipped(t, archive(t, entry{"Plugin.wasm", wasm}))}}, image.FormUnknown, "no file plugin.wasm"},
		{"no WebAssembly", oci, []blob{{types.OCILayer, zipped(t, archive(t, entry{"plugin.wasm", "#!"}))}}, image.FormUnknown, "not a WebAssembly module"},
		{"Docker manifest, OCI layer", docker, []blob{{types.OCILayer, good}}, image.FormUnknown, "want application/vnd.docker"},
		{"OCI manifest, Docker layer", oci, []blob{{types.DockerLayer, good}}, image.FormUnknown, "want application/vnd.oci"},
		{"three layers, one the module", oci, []blob{{settings, []byte("{}")}, {settings, []byte("[]")}, {artifact, []byte(wasm)}}, image.FormUnknown, "want application/vnd.oci"},
		{"one layer, the module", oci, []blob{{artifact, []byte(wasm)}}, image.FormUnknown, "want application/vnd.oci"},
		{"cut archive", oci, []blob{{types.OCILayer, good[:len(good)/2]}}, image.FormUnknown, "last layer: "},
	}
}

func TestRefusal(t *testing.T) {
	wasm := string(plugin("proxy_abi_version_0_2_1"))
	tests := forms(t, wasm)
	if len(tests) < 23 {
		t.Fatalf("%d forms, want at least 23", len(tests))
	}
	for _, tt := range tests {
		img := made(t, tt.manifest, blob{types.OCIConfigJSON, []byte("{}")}, tt.layers...)
		data, form, err := img.Plugin()
		refusal := img.Refusal()
		if tt.refused == "" {
			if refusal != nil || err != nil || form != tt.form || string(data) != wasm {
				t.Errorf("%s: %s, plugin of %d bytes, refused %v, %v; want %s and the plugin", tt.name, form, len(data), refusal, err, tt.form)
			}
			continue
		}
		if refusal == nil || !strings.Contains(refusal.Error(), tt.refused) || err == nil {
			t.Errorf("%s: refused %v, plugin: %v; want %q", tt.name, refusal, err, tt.refused)
		}
	}
}

func TestLayoutRoundTrip(t *testing.T) {
	layout := pack(t, described())
	for _, file := range []string{"layout", "layout.tar"} {
		out := filepath.Join(t.TempDir(), file)
		if err := layout.Write(out); err != nil {
			t.Fatal(err)
		}
		back, err := image.ReadLayout(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(back.Images) != 2 {
			t.Fatalf("%s: %d images, want 2", file, len(back.Images))
		}
		for i, img := range back.Images {
			if img.Tag != layout.Images[i].Tag || img.Digest != layout.Images[i].Digest {
				t.Errorf("%s: image %d is %s %s, want %s %s", file, i, img.Tag, img.Digest, layout.Images[i].Tag, layout.Images[i].Digest)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(out), ".*")); len(left) > 0 {
			t.Errorf("%s: drafts are left: %v", file, left)
		}
	}
}

func TestWriteKeepsAFolderThatIsThere(t *testing.T) {
	out := t.TempDir()
	write(t, filepath.Join(out, "mine"), []byte("data"))
	if err := pack(t, described()).Write(out); !os.IsExist(err) {
		t.Errorf("Write over a folder: %v, want that it exists", err)
	}
	if got := contents(t, out); len(got) != 1 || got["/mine"] != "data" {
		t.Errorf("the folder has %v, want what was in it", got)
	}
}

func TestReadLayoutVerifies(t *testing.T) {
	img := pack(t, described()).Images[0]
	layer := "blobs/sha256/" + img.Manifest.Layers[0].Digest.Hex
	config := "blobs/sha256/" + img.Manifest.Config.Digest.Hex
	manifest := "blobs/sha256/" + img.Digest.Hex
	tests := []struct {
		name, file string
		change     func([]byte) []byte
		want       string
	}{
		{"a bit of the layer", layer, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, "layer: "},
		{"a layer cut off", layer, func(b []byte) []byte { return b[:len(b)-1] }, "layer: "},
		{"a layer with more behind it", layer, func(b []byte) []byte { return append(b, 0) }, "layer "},
		{"the config", config, func(b []byte) []byte { return append(b[:len(b)-1], '\n') }, "config: "},
		{"the manifest", manifest, func(b []byte) []byte { return append(b, '\n') }, "manifest: digest"},
		{"no index", "index.json", func([]byte) []byte { return []byte("{}") }, "no images"},
		{"not a layout", "oci-layout", nil, "not an OCI layout"},
		{"no layer", layer, nil, "layer "},
	}
	for _, tt := range tests {
		out := filepath.Join(t.TempDir(), "layout")
		if err := pack(t, described()).Write(out); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(out, tt.file)
		if tt.change == nil {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		} else {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, tt.change(data))
		}
		if _, err := image.ReadLayout(out); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
