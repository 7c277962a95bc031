package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Annotations of an image besides those of the OCI image specification
// (https://github.com/opencontainers/image-spec/blob/main/annotations.md).
const (
	// AnnotationSchema is the JSON Schema of the plugin's configuration.
	AnnotationSchema = "gatehouse.plugin.schema"
	// AnnotationABI is the version of the Proxy-Wasm ABI that the plugin speaks.
	AnnotationABI = "gatehouse.plugin.abi"

	annotationOCI     = "org.opencontainers.image."
	annotationVariant = "module.wasm.image/variant"
)

// CNCFSuffix is what the tag of the CNCF form has behind that of the compatible.
const CNCFSuffix = "-cncf"

// Plugin is what an image is made of.
type Plugin struct {
	// Wasm is the module. Required.
	Wasm []byte
	// Version becomes the tag, such as v1.2.3. Required.
	Version string
	// Title is the plugin's name, Description a sentence about it, Source where its
	// source lies, Revision which of it, Licenses an SPDX expression. Optional.
	Title, Description, Source, Revision, Licenses string
	// Schema is the JSON Schema of the plugin's configuration. Optional.
	Schema []byte
	// Created is when the plugin was made: SOURCE_DATE_EPOCH of the build, never the
	// time of packing. Zero for none. Optional.
	Created time.Time
}

// tagSyntax is a tag of the OCI distribution specification, short enough that the
// suffix fits behind it.
var tagSyntax = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,122}$`)

func checkTag(tag string) error {
	if !tagSyntax.MatchString(tag) {
		return fmt.Errorf("tag %q, want letters, digits and any of \"._-\", at most 123", tag)
	}
	return nil
}

// Pack makes the images of a plugin: the compatible form and the CNCF form.
func Pack(p Plugin) (*Layout, error) {
	if err := checkTag(p.Version); err != nil {
		return nil, fmt.Errorf("version: %w", err)
	}
	if int64(len(p.Wasm)) > maxBlob {
		return nil, fmt.Errorf("plugin: %d bytes, want at most %d", len(p.Wasm), maxBlob)
	}
	annotations, err := p.annotations()
	if err != nil {
		return nil, err
	}
	compatible, err := p.compatible(annotations)
	if err != nil {
		return nil, err
	}
	cncf, err := p.cncf(annotations)
	if err != nil {
		return nil, err
	}
	return &Layout{Images: []Tagged{{p.Version, compatible}, {p.Version + CNCFSuffix, cncf}}}, nil
}

func (p *Plugin) annotations() (map[string]string, error) {
	abi, err := abiVersion(p.Wasm)
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	all := map[string]string{AnnotationABI: abi}
	for name, value := range map[string]string{
		"version": p.Version, "title": p.Title, "description": p.Description,
		"source": p.Source, "revision": p.Revision, "licenses": p.Licenses,
	} {
		if value != "" {
			all[annotationOCI+name] = value
		}
	}
	if !p.Created.IsZero() {
		all[annotationOCI+"created"] = p.Created.UTC().Format(time.RFC3339)
	}
	if p.Schema != nil {
		var object map[string]any
		if err := json.Unmarshal(p.Schema, &object); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		if object == nil {
			return nil, errors.New("schema: null, want an object")
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, p.Schema); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		all[AnnotationSchema] = compact.String()
	}
	return all, nil
}

// created is the time that documents have which must have one.
func (p *Plugin) created() time.Time {
	if p.Created.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return p.Created.UTC().Truncate(time.Second)
}

// compatible makes the form that Istio and Envoy Gateway take.
func (p *Plugin) compatible(annotations map[string]string) (*Image, error) {
	archive, err := p.archive()
	if err != nil {
		return nil, err
	}
	diffID, _, err := v1.SHA256(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	// The header has no time, no name and no system, so that it is the same everywhere.
	var layer bytes.Buffer
	z, err := gzip.NewWriterLevel(&layer, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(archive); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	// A module runs anywhere; linux/amd64 is what fetchers look for.
	config := v1.ConfigFile{
		Architecture: "amd64", OS: "linux",
		Created: v1.Time{Time: p.created()},
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diffID}},
	}
	all := map[string]string{annotationVariant: "compat"}
	for name, value := range annotations {
		all[name] = value
	}
	return assemble(types.OCIConfigJSON, config, types.OCILayer, layer.Bytes(), all)
}

// archive is a tar archive with the plugin in it and nothing of this machine.
func (p *Plugin) archive() ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: pluginFile, Mode: 0o644, Size: int64(len(p.Wasm)),
		ModTime: p.created(), Format: tar.FormatUSTAR,
	}
	if err := w.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := w.Write(p.Wasm); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// cncfConfig is the configuration document of the CNCF form.
type cncfConfig struct {
	Created      time.Time `json:"created"`
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	LayerDigests []v1.Hash `json:"layerDigests"`
}

func (p *Plugin) cncf(annotations map[string]string) (*Image, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(p.Wasm))
	if err != nil {
		return nil, err
	}
	config := cncfConfig{Created: p.created(), Architecture: "wasm", OS: "wasip1", LayerDigests: []v1.Hash{digest}}
	return assemble(cncfConfigType, config, cncfLayerType, p.Wasm, annotations)
}

// blobs are the contents of an image that is made, by their digests.
type blobs map[v1.Hash][]byte

// add adds contents and returns what a manifest says of them.
func (b blobs) add(mediaType types.MediaType, data []byte) v1.Descriptor {
	digest, size, _ := v1.SHA256(bytes.NewReader(data)) // reading memory does not fail
	b[digest] = data
	return v1.Descriptor{MediaType: mediaType, Size: size, Digest: digest}
}

// assemble makes an image with one layer.
func assemble(configType types.MediaType, config any, layerType types.MediaType, layer []byte, annotations map[string]string) (*Image, error) {
	document, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	contents := blobs{}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        contents.add(configType, document),
		Layers:        []v1.Descriptor{contents.add(layerType, layer)},
		Annotations:   annotations,
	})
	if err != nil {
		return nil, err
	}
	if len(raw) > maxManifest {
		return nil, fmt.Errorf("manifest: %d bytes, want at most %d: is the schema too long?", len(raw), maxManifest)
	}
	return newImage(raw, func(d v1.Descriptor) ([]byte, error) { return contents[d.Digest], nil })
}
