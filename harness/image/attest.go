package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// sbomMedia is the artifact type of an SBOM that nobody signed.
const sbomMedia = types.MediaType("application/vnd.cyclonedx+json")

// Attested says what is attached to an image.
type Attested struct {
	// Reference is the image by its digest.
	Reference string
	// SBOM and Provenance are what is attached, each by its own digest.
	SBOM, Provenance Referrer
}

// Attest makes SBOM and provenance of a plugin from its image and attaches them to
// it as referrers. With a key both are signed, as cosign attest does: sigstore bundles
// that cosign verify-attestation takes. Without one (nil) they are a CycloneDX document
// and an in-toto statement, which anybody could have put there: Verify does not take
// them. Source and Revision of b default to what the image says of itself.
//
// Again with the same key nothing is written. A registry without the referrers API
// gets the tag that stands in for it.
func Attest(ctx context.Context, reference string, b Build, key *PrivateKey, o Options) (*Attested, error) {
	s, err := openSubject(ctx, reference, o)
	if err != nil {
		return nil, err
	}
	wasm, _, err := s.Plugin()
	if err != nil {
		return nil, fmt.Errorf("%s: no plugin to attest: %w", reference, err)
	}
	p := s.described()
	p.Wasm = wasm
	if b.Source == "" {
		b.Source = p.Source
	}
	if b.Revision == "" {
		b.Revision = p.Revision
	}
	bom, err := SBOM(p)
	if err != nil {
		return nil, fmt.Errorf("%s: SBOM: %w", reference, err)
	}
	built, err := Provenance(wasm, b)
	if err != nil {
		return nil, fmt.Errorf("%s: provenance: %w", reference, err)
	}
	attested := &Attested{Reference: s.pinned().String()}
	if key == nil {
		if attested.SBOM, err = s.attach(sbomMedia, sbomMedia, bom, nil); err != nil {
			return nil, err
		}
		statement, err := json.Marshal(newStatement(s.Digest, PredicateProvenance, built))
		if err != nil {
			return nil, err
		}
		attested.Provenance, err = s.attach(statementMedia, statementMedia, statement, nil)
		return attested, err
	}
	if attested.SBOM, err = s.attest(PredicateSBOM, bom, key); err != nil {
		return nil, err
	}
	attested.Provenance, err = s.attest(PredicateProvenance, built, key)
	return attested, err
}

// attest attaches a signed statement, unless it is there.
func (s *subject) attest(predicateType string, predicate []byte, key *PrivateKey) (Referrer, error) {
	public, err := key.Public()
	if err != nil {
		return Referrer{}, err
	}
	all, err := s.statements(predicateType)
	if err != nil {
		return Referrer{}, err
	}
	// As the statement will have it, with the same spaces and escapes.
	document, err := json.Marshal(json.RawMessage(predicate))
	if err != nil {
		return Referrer{}, err
	}
	for _, one := range all {
		had, _, err := one.verify(public, s.Digest, predicateType)
		if err == nil && bytes.Equal(had.Predicate, document) {
			return one.referrer, nil
		}
	}
	return s.attachSealed(newStatement(s.Digest, predicateType, document), key)
}

// described is what an image says of its plugin.
func (img *Image) described() Plugin {
	a := img.Manifest.Annotations
	p := Plugin{
		Version: a[annotationOCI+"version"], Title: a[annotationOCI+"title"], Description: a[annotationOCI+"description"],
		Source: a[annotationOCI+"source"], Revision: a[annotationOCI+"revision"], Licenses: a[annotationOCI+"licenses"],
	}
	if created, err := time.Parse(time.RFC3339, a[annotationOCI+"created"]); err == nil {
		p.Created = created
	}
	return p
}
