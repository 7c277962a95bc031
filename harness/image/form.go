package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Form is how a plugin lies in an image.
type Form string

// The forms that are known.
const (
	FormCompatible Form = "compatible" // the last layer is tar+gzip with plugin.wasm
	FormCNCF       Form = "cncf"       // one layer, the module itself
	FormArtifact   Form = "artifact"   // two layers, one the module itself, the other its configuration
	FormUnknown    Form = "unknown"    // none of them
)

const (
	pluginFile     = "plugin.wasm"
	cncfConfigType = types.MediaType("application/vnd.wasm.config.v0+json")
	cncfLayerType  = types.MediaType("application/wasm")
	// artifactLayerType is the layer of https://github.com/solo-io/wasm/blob/master/spec/spec.md
	artifactLayerType = types.MediaType("application/vnd.module.wasm.content.layer.v1+wasm")
)

// Plugin returns the plugin's module and the form in which it lies. An error says
// why no known form has one.
func (img *Image) Plugin() ([]byte, Form, error) {
	wasm, form, refused := img.accepted()
	if refused == nil {
		return wasm, form, nil
	}
	// Whether the one layer is a CNCF one, its config says, too.
	if img.Manifest.Config.MediaType == cncfConfigType {
		if n := len(img.Layers); n != 1 || img.Manifest.Layers[0].MediaType != cncfLayerType {
			return nil, FormUnknown, fmt.Errorf("%d layers, want one %s", n, cncfLayerType)
		}
		wasm, err := module(img.Layers[0])
		if err != nil {
			return nil, FormUnknown, err
		}
		return wasm, FormCNCF, nil
	}
	return nil, FormUnknown, refused
}

// Refusal says why Istio and Envoy Gateway, which share their rules, would not
// take an image; nil if they would. The rules are those of pkg/wasm/imagefetcher.go
// of Istio, commit 01348d903a1f.
func (img *Image) Refusal() error {
	_, _, err := img.accepted()
	return err
}

// accepted finds the plugin as Istio does.
func (img *Image) accepted() ([]byte, Form, error) {
	if img.mediaType() == types.DockerManifestSchema2 {
		wasm, err := img.lastLayer(types.DockerLayer)
		return wasm, FormCompatible, err
	}
	wasm, compatible := img.lastLayer(types.OCILayer)
	if compatible == nil {
		return wasm, FormCompatible, nil
	}
	if len(img.Layers) == 2 {
		for i, d := range img.Manifest.Layers {
			if d.MediaType == artifactLayerType {
				wasm, err := module(img.Layers[i])
				return wasm, FormArtifact, err
			}
		}
	}
	return nil, FormUnknown, compatible
}

// lastLayer reads plugin.wasm of the last layer, which must be of a type.
func (img *Image) lastLayer(want types.MediaType) ([]byte, error) {
	n := len(img.Layers)
	if n == 0 {
		return nil, errors.New("no layers, want at least one")
	}
	if got := img.Manifest.Layers[n-1].MediaType; got != want {
		return nil, fmt.Errorf("last layer: media type %s, want %s", got, want)
	}
	wasm, err := unpack(img.Layers[n-1])
	if err != nil {
		return nil, fmt.Errorf("last layer: %w", err)
	}
	return wasm, nil
}

// unpack reads plugin.wasm out of a compressed archive, from whatever folder.
func unpack(layer []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(layer))
	if err != nil {
		return nil, fmt.Errorf("not gzip: %w", err)
	}
	// What is read is bounded here, so that a small layer cannot fill the memory.
	archive := tar.NewReader(io.LimitReader(z, maxBlob+1<<20))
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return nil, fmt.Errorf("no file %s", pluginFile)
		}
		if err != nil {
			return nil, fmt.Errorf("not a tar archive: %w", err)
		}
		if path.Base(h.Name) != pluginFile {
			continue
		}
		wasm, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pluginFile, err)
		}
		return module(wasm)
	}
}

// module wants WebAssembly: Istio refuses anything else before Envoy sees it.
func module(data []byte) ([]byte, error) {
	if !strings.HasPrefix(string(data[:min(len(data), 4)]), magic[:4]) {
		return nil, fmt.Errorf("%s: not a WebAssembly module", pluginFile)
	}
	return data, nil
}
