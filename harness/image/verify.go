package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Check is what an image must show.
type Check struct {
	// Key is the one that must have signed. Required.
	Key *PublicKey
	// Annotations must be signed with these values; others may be there. Optional.
	Annotations map[string]string
	// Version must be that of the image, the annotation org.opencontainers.image.version.
	// Default: if the tag is a full version, such as v1.2.0, that one. Optional.
	Version string
	// SBOM and Provenance want these attached and signed with the key, too. An SBOM must
	// be that of the plugin in the image. Default false. Optional.
	SBOM, Provenance bool
}

// Verified is an image that showed what it must.
type Verified struct {
	// Reference is the image by its digest: what to use from now on, because a tag may
	// be another image a moment later.
	Reference string
	Image     *Image
	Form      Form
	// Signatures says how many signatures the key verified.
	Signatures int
	// Annotations are those that are signed.
	Annotations map[string]string
	// SBOM and Provenance are the statements that were asked for, else nil.
	SBOM, Provenance *Statement
}

// VerificationError is an image that does not show what it must.
type VerificationError struct {
	Reference string
	Digest    v1.Hash
	Err       error
}

func (e *VerificationError) Error() string {
	return fmt.Sprintf("%s: %s: not verified: %v", e.Reference, e.Digest, e.Err)
}
func (e *VerificationError) Unwrap() error { return e.Err }

// fullVersion is a tag that names one version, of either form.
var fullVersion = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+`)

// Verify gets an image, every byte of it compared with its digest, and verifies that
// the digest is signed with the key. What is wrong is a VerificationError; that the
// registry cannot be read is a RegistryError.
//
// A signature says that the holder of the key signed this image once, and nothing of
// where its tag points today. So that an old image that was signed is not taken for a
// new one, the version that the image says it has, which is signed with it, must be
// the one that is asked for.
func Verify(ctx context.Context, reference string, c Check, o Options) (*Verified, error) {
	s, err := openSubject(ctx, reference, o)
	if err != nil {
		return nil, err
	}
	fail := func(err error) error { return &VerificationError{reference, s.Digest, err} }
	v := &Verified{Reference: s.pinned().String(), Image: s.Image}
	simple, err := s.simple()
	if err != nil {
		return nil, err
	}
	bundles, err := s.bundles()
	if err != nil {
		return nil, err
	}
	if err := v.signatures(append(simple, bundles...), c, s); err != nil {
		return nil, fail(err)
	}
	if err := version(s, c.Version); err != nil {
		return nil, fail(err)
	}
	var wasm []byte
	if wasm, v.Form, err = s.Plugin(); err != nil {
		return nil, fail(err)
	}
	if c.SBOM {
		v.SBOM, err = s.statement(PredicateSBOM, "SBOM", c.Key, func(statement *Statement) error {
			return sbomOf(statement.Predicate, wasm)
		})
		if err != nil {
			return nil, err
		}
	}
	if c.Provenance {
		v.Provenance, err = s.statement(PredicateProvenance, "provenance", c.Key, func(*Statement) error { return nil })
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// signatures wants one signature of the key with the annotations.
func (v *Verified) signatures(all []signature, c Check, s *subject) error {
	if len(all) == 0 {
		return fmt.Errorf("no signature: there is neither a tag %s nor a bundle with one that refers to it", s.signatureTag())
	}
	var refused []string
	for _, one := range all {
		annotations, err := one.verify(c.Key, s.Digest)
		if err == nil {
			err = wanted(annotations, c.Annotations)
		}
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s: %v", one.where, err))
			continue
		}
		if v.Signatures == 0 {
			v.Annotations = annotations
		}
		v.Signatures++
	}
	if v.Signatures == 0 {
		return errors.New(strings.Join(refused, "; "))
	}
	return nil
}

// wanted compares annotations that are signed with those that are asked for.
func wanted(got, want map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[name]
		if !ok {
			return fmt.Errorf("annotation %q is not signed, want %q", name, want[name])
		}
		if value != want[name] {
			return fmt.Errorf("annotation %q is %q, want %q", name, value, want[name])
		}
	}
	return nil
}

// version wants the image to be the version that is asked for.
func version(s *subject, want string) error {
	got := s.Manifest.Annotations[annotationOCI+"version"]
	if want != "" {
		if got != want {
			return fmt.Errorf("it is version %q, want %q", got, want)
		}
		return nil
	}
	tag, ok := s.ref.(name.Tag)
	if !ok {
		return nil
	}
	want = strings.TrimSuffix(tag.TagStr(), CNCFSuffix)
	if fullVersion.MatchString(want) && fullVersion.MatchString(got) && got != want {
		return fmt.Errorf("the tag says %q, but the image is version %q", want, got)
	}
	return nil
}

// statement finds a statement of the key about the image that fits.
func (s *subject) statement(predicateType, what string, key *PublicKey, fits func(*Statement) error) (*Statement, error) {
	fail := func(err error) error { return &VerificationError{s.ref.String(), s.Digest, err} }
	all, err := s.statements(predicateType)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fail(fmt.Errorf("no signed %s: no bundle with %s refers to it", what, predicateType))
	}
	var refused []string
	for _, one := range all {
		statement, _, err := one.verify(key, s.Digest, predicateType)
		if err == nil {
			err = fits(statement)
		}
		if err == nil {
			return statement, nil
		}
		refused = append(refused, fmt.Sprintf("%s: %v", one.where(), err))
	}
	return nil, fail(fmt.Errorf("no %s: %s", what, strings.Join(refused, "; ")))
}
