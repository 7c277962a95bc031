//go:build oracle

package image_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gatehouse/harness/image"
)

// fetched is what Istio's own code says of an image.
type fetched struct{ URL, SHA256, Error string }

// istioFetches asks Istio's own code for images: lines of a URL and a checksum.
func istioFetches(t *testing.T, lines []string) []fetched {
	t.Helper()
	cmd := exec.Command(tool(t, "imagefetch"))
	cmd.Env = []string{"HOME=" + t.TempDir()}
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("imagefetch: %v: %s", err, problems.String())
	}
	var all []fetched
	for answers := json.NewDecoder(bytes.NewReader(out)); answers.More(); {
		var f fetched
		if err := answers.Decode(&f); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	if len(all) != len(lines) {
		t.Fatalf("%d answers to %d images: %s", len(all), len(lines), problems.String())
	}
	return all
}

// TestIstioFetches compares Refusal with what Istio's own code takes, on every form of
// the table and on what Pack makes.
func TestIstioFetches(t *testing.T) {
	s := newStore(t)
	wasm := string(plugin("proxy_abi_version_0_2_1"))
	var images []image.Tagged
	var names []string
	for i, f := range forms(t, wasm) {
		img := made(t, f.manifest, blob{types.OCIConfigJSON, []byte("{}")}, f.layers...)
		images, names = append(images, image.Tagged{Tag: fmt.Sprintf("form-%d", i), Image: img}), append(names, f.name)
	}
	layout := pack(t, described())
	packed := layout.Images[0]
	for _, img := range layout.Images {
		images, names = append(images, img), append(names, "pack "+img.Tag)
	}
	push(t, s, &image.Layout{Images: images})
	var lines []string
	for _, img := range images {
		lines = append(lines, "oci://"+s.repository+":"+img.Tag)
	}
	taken := 0
	for i, got := range istioFetches(t, lines) {
		refusal := images[i].Refusal()
		if (got.Error == "") != (refusal == nil) {
			t.Errorf("%s: Istio says %q, Refusal %v", names[i], got.Error, refusal)
		}
		if got.Error != "" {
			continue
		}
		taken++
		want, _, err := images[i].Plugin()
		if err != nil || got.SHA256 != fmt.Sprintf("%x", sha256.Sum256(want)) {
			t.Errorf("%s: Istio has another plugin than Plugin (%v)", names[i], err)
		}
	}
	// An index is taken for the image for linux/amd64 in it.
	for _, p := range platforms {
		d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: packed.Digest, Size: int64(len(packed.Raw)), Platform: p.platform}
		reference := s.repository + ":index"
		tag, err := name.NewTag(reference)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Put(tag, index(encoded(t, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{d}}))); err != nil {
			t.Fatal(err)
		}
		if got := istioFetches(t, []string{"oci://" + reference})[0]; (got.Error != "") != p.refused {
			t.Errorf("index, %s: Istio says %q, Fetch refuses it: %v", p.name, got.Error, p.refused)
		}
	}
	if taken < 8 || taken > len(images)-15 {
		t.Errorf("Istio took %d of %d images", taken, len(images))
	}
}

// TestIstioPinsTheManifest has Istio compare sha256 with the digest of the manifest,
// the one that pack, push and inspect print.
func TestIstioPinsTheManifest(t *testing.T) {
	s := newStore(t)
	layout := pack(t, described())
	push(t, s, layout)
	url, digest := "oci://"+s.repository+":v1.2.0", layout.Images[0].Digest.Hex
	got := istioFetches(t, []string{url + " " + digest, url + "?wrong " + strings.Repeat("0", 64)})
	if got[0].Error != "" {
		t.Errorf("with the digest of the manifest: %s", got[0].Error)
	}
	module := istioFetches(t, []string{url + " " + fmt.Sprintf("%x", sha256.Sum256(described().Wasm))})
	for _, f := range append(got[1:], module...) {
		if f.Error == "" {
			t.Errorf("%s: Istio took it with another digest", f.URL)
		}
	}
	// By digest it is the same image, and its signature is beside it.
	pinned := "oci://" + s.repository + "@sha256:" + digest
	key, _ := newKey(t)
	if _, err := image.Sign(context.Background(), s.repository+":v1.2.0", key, nil, quick); err != nil {
		t.Fatal(err)
	}
	if got := istioFetches(t, []string{pinned}); got[0].Error != "" {
		t.Errorf("by its digest, signed: %s", got[0].Error)
	}
}
