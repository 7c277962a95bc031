// Package image makes, pushes and pulls OCI images of Proxy-Wasm plugins.
//
// A plugin is published in two forms, from the same plugin.wasm:
//
//   - the compatible form, tag vX: an OCI image whose last layer is a tar archive
//     compressed with gzip and with one file in it, plugin.wasm. Istio and Envoy
//     Gateway take it (https://github.com/solo-io/wasm/blob/master/spec/spec-compat.md).
//   - the CNCF form, tag vX-cncf: one layer application/wasm, the module itself
//     (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/). Wasm
//     tools take it; Istio and Envoy Gateway refuse it.
//
// Pack makes both, as a Layout: a folder or a tar archive (OCI image layout 1.0.0).
// The same plugin and the same description give the same digests, whenever and
// wherever they are made, with the same version of Go: its gzip is part of them.
//
// Push sends a layout to a registry, with tags last: what fails leaves no new tag.
// Fetch gets an image back and verifies every byte of it. Refusal says whether
// Istio and Envoy Gateway would take an image.
//
// Sign signs images with a local key, and Verify verifies them, in the formats of
// cosign, which takes the one and makes the other. Attest attaches SBOM and provenance to
// an image, as referrers of OCI 1.1. RATIONALE.md says why they are made as they are.
package image
