package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Sizes past which nothing is read. A manifest of 4 MiB is what registries take.
const (
	maxManifest = 4 << 20
	maxBlob     = 256 << 20
)

// Image is one image, all of it in memory. Each part has the digest that the
// manifest gives it, and the manifest has the digest that the image goes by.
type Image struct {
	// Digest is that of the manifest: what sha256 in Istio's WasmPlugin and Envoy
	// Gateway's EnvoyExtensionPolicy want, without "sha256:".
	Digest v1.Hash
	// Manifest is the manifest, read.
	Manifest v1.Manifest
	// Raw is the manifest as it is stored.
	Raw []byte
	// Config is the document that the manifest names as its configuration.
	Config []byte
	// Layers are the contents of the layers as they are stored, in order.
	Layers [][]byte
}

// newImage makes an image of parts. blob returns the contents of a descriptor.
func newImage(raw []byte, blob func(v1.Descriptor) ([]byte, error)) (*Image, error) {
	img := &Image{Raw: raw}
	var err error
	if img.Digest, _, err = v1.SHA256(bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &img.Manifest); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", img.Digest, err)
	}
	if mt := img.mediaType(); !mt.IsImage() {
		return nil, fmt.Errorf("manifest %s: media type %q, want that of an image", img.Digest, mt)
	}
	verified := func(what string, d v1.Descriptor) ([]byte, error) {
		if d.Size < 0 || d.Size > maxBlob {
			return nil, fmt.Errorf("%s %s: %d bytes, want at most %d", what, d.Digest, d.Size, maxBlob)
		}
		data, err := blob(d)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", what, d.Digest, err)
		}
		got, _, err := v1.SHA256(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if got != d.Digest || int64(len(data)) != d.Size {
			return nil, fmt.Errorf("%s: %d bytes with digest %s, want %d with %s", what, len(data), got, d.Size, d.Digest)
		}
		return data, nil
	}
	if img.Config, err = verified("config", img.Manifest.Config); err != nil {
		return nil, err
	}
	for _, d := range img.Manifest.Layers {
		data, err := verified("layer", d)
		if err != nil {
			return nil, err
		}
		img.Layers = append(img.Layers, data)
	}
	return img, nil
}

// mediaType is the manifest's. OCI lets it be left out.
func (img *Image) mediaType() types.MediaType {
	if img.Manifest.MediaType == "" {
		return types.OCIManifestSchema1
	}
	return img.Manifest.MediaType
}

// blobs are the descriptors of all that a manifest needs, with their contents.
func (img *Image) blobs(each func(v1.Descriptor, []byte) error) error {
	for i, d := range img.Manifest.Layers {
		if err := each(d, img.Layers[i]); err != nil {
			return err
		}
	}
	return each(img.Manifest.Config, img.Config)
}

// remote is the image as the registry client takes it.
func (img *Image) remote() (v1.Image, error) { return partial.CompressedToImage(core{img}) }

// core is the least that the client needs to know of an image.
type core struct{ img *Image }

func (c core) RawConfigFile() ([]byte, error)      { return c.img.Config, nil }
func (c core) RawManifest() ([]byte, error)        { return c.img.Raw, nil }
func (c core) MediaType() (types.MediaType, error) { return c.img.mediaType(), nil }
func (c core) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	var found *blobLayer
	_ = c.img.blobs(func(d v1.Descriptor, data []byte) error {
		if d.Digest == h {
			found = &blobLayer{d, data}
		}
		return nil
	})
	if found == nil {
		return nil, fmt.Errorf("no layer %s", h)
	}
	return found, nil
}

// blobLayer is a blob as the registry client takes it.
type blobLayer struct {
	descriptor v1.Descriptor
	data       []byte
}

func (l *blobLayer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *blobLayer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *blobLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l *blobLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.data)), nil
}
