package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// sumProperty is the property of a component that has its line of go.sum.
const sumProperty = "gatehouse:go.sum"

// SBOM lists what a plugin is made of: the Go modules and the version of Go that the
// module itself has on record, as a CycloneDX document of version 1.6. Title, Version,
// Description, Licenses and Created of p are used, if they are there. The same plugin
// gives the same document.
//
// See https://cyclonedx.org/docs/1.6/json/
func SBOM(p Plugin) ([]byte, error) {
	info, err := buildInfo(p.Wasm)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(p.Wasm)
	title := p.Title
	if title == "" {
		title = info.Path
	}
	root := cyclonedx.Component{
		BOMRef: "plugin", Type: cyclonedx.ComponentTypeApplication,
		Name: title, Version: p.Version, Description: p.Description,
		Hashes: &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
	}
	if p.Licenses != "" {
		root.Licenses = &cyclonedx.Licenses{{Expression: p.Licenses}}
	}
	properties := []cyclonedx.Property{{Name: "gatehouse:go.main", Value: info.Path}}
	for _, s := range info.Settings {
		properties = append(properties, cyclonedx.Property{Name: "gatehouse:go.build." + s.Key, Value: s.Value})
	}
	root.Properties = &properties
	components := []cyclonedx.Component{golang("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		components = append(components, golang(m.Path, m.Version, m.Sum))
	}
	all := []string{}
	for _, c := range components {
		all = append(all, c.BOMRef)
	}
	// The number is that of the plugin: a UUID of version 8, RFC 9562 section 5.8.
	id := sum[:16]
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	bom := cyclonedx.NewBOM()
	bom.SpecVersion = cyclonedx.SpecVersion1_6
	bom.JSONSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	bom.Metadata = &cyclonedx.Metadata{Component: &root}
	if !p.Created.IsZero() {
		bom.Metadata.Timestamp = p.created().Format("2006-01-02T15:04:05Z")
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: root.BOMRef, Dependencies: &all}}
	var out bytes.Buffer
	encoder := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(bom); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// golang is a Go module as a component. Its identifier is that of
// https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md
func golang(path, version, sum string) cyclonedx.Component {
	c := cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version}
	c.PackageURL = "pkg:golang/" + strings.ReplaceAll(path, "+", "%2B")
	if version != "" {
		c.PackageURL += "@" + strings.ReplaceAll(version, "+", "%2B")
	}
	c.BOMRef = c.PackageURL
	if sum != "" {
		c.Properties = &[]cyclonedx.Property{{Name: sumProperty, Value: sum}}
	}
	return c
}

// sbomOf wants an SBOM to be that of a plugin.
func sbomOf(document json.RawMessage, wasm []byte) error {
	var bom cyclonedx.BOM
	if err := json.Unmarshal(document, &bom); err != nil {
		return fmt.Errorf("not a CycloneDX document: %w", err)
	}
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Metadata.Component.Hashes == nil {
		return errors.New("it does not say of which plugin it is")
	}
	sum := sha256.Sum256(wasm)
	for _, h := range *bom.Metadata.Component.Hashes {
		if h.Algorithm == cyclonedx.HashAlgoSHA256 && h.Value == hex.EncodeToString(sum[:]) {
			return nil
		}
	}
	return errors.New("it is of another plugin than that in the image")
}

// dirHash is the hash of a line of go.sum as in-toto has it, "" if it is none.
//
// See https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
func dirHash(m *debug.Module) string {
	sum, ok := strings.CutPrefix(m.Sum, "h1:")
	data, err := base64.StdEncoding.DecodeString(sum)
	if !ok || err != nil {
		return ""
	}
	return hex.EncodeToString(data)
}
