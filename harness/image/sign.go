package image

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The older form of signatures: an image with the tag sha256-DIGEST.sig, whose
// layers are the payloads that are signed.
//
// See https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
const (
	simpleSigning   = types.MediaType("application/vnd.dev.cosign.simplesigning.v1+json")
	simpleSignature = "dev.cosignproject.cosign/signature"
	simpleType      = "cosign container image signature"
)

// payload is what a signature of the older form signs.
type payload struct {
	Critical struct {
		Identity struct {
			Reference string `json:"docker-reference"`
		} `json:"identity"`
		Image struct {
			Digest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Type string `json:"type"`
	} `json:"critical"`
	Optional map[string]any `json:"optional"`
}

// Signed is an image that was signed.
type Signed struct {
	// Reference is the image by its digest.
	Reference string
	Digest    v1.Hash
	// Before tells that it had this signature already, and nothing was written.
	Before bool
}

// Sign signs the image of a plugin with a key and annotations, which are signed as
// well. It writes two signatures, both of which cosign verifies: as the tag
// sha256-DIGEST.sig, which Kyverno, Connaisseur and cosign before version 3 look for,
// and as a sigstore bundle that refers to the image, which cosign takes alone as soon
// as any bundle does, one with an SBOM included. What signatures there are of others,
// stay.
//
// What is signed is the digest: the image is read and verified first, and what has no
// plugin in it is not signed.
func Sign(ctx context.Context, reference string, key *PrivateKey, annotations map[string]string, o Options) (*Signed, error) {
	s, err := openSubject(ctx, reference, o)
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Plugin(); err != nil {
		return nil, fmt.Errorf("%s: no plugin to sign: %w", reference, err)
	}
	public, err := key.Public()
	if err != nil {
		return nil, err
	}
	signed := &Signed{Reference: s.pinned().String(), Digest: s.Digest, Before: true}
	for _, form := range []struct {
		find func() ([]signature, error)
		add  func(*PrivateKey, map[string]string) error
	}{{s.simple, s.addSimple}, {s.bundles, s.addBundle}} {
		found, err := form.find()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(found, func(f signature) bool {
			had, err := f.verify(public, s.Digest)
			return err == nil && maps.Equal(had, annotations)
		}) {
			continue
		}
		signed.Before = false
		if err := form.add(key, annotations); err != nil {
			return nil, err
		}
	}
	return signed, nil
}

// signature is one signature of an image, not yet verified.
type signature struct {
	where  string // what to call it
	verify func(*PublicKey, v1.Hash) (annotations map[string]string, err error)
}

func (s *subject) signatureTag() string {
	return strings.Replace(s.Digest.String(), ":", "-", 1) + ".sig"
}

// signatures reads the image that holds the signatures of the older form, nil if there is none.
func (s *subject) signatures() (*v1.Manifest, error) {
	found, err := s.puller.Get(s.ctx, s.repo.Tag(s.signatureTag()))
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := &v1.Manifest{}
	if err := json.Unmarshal(found.Manifest, m); err != nil {
		return nil, err
	}
	if n := len(m.Layers); n > maxReferrers {
		return nil, fmt.Errorf("%d signatures, want at most %d", n, maxReferrers)
	}
	return m, nil
}

// simple lists the signatures of the older form.
func (s *subject) simple() ([]signature, error) {
	m, err := s.signatures()
	if err != nil {
		return nil, s.fail("reading the tag "+s.signatureTag(), err)
	}
	if m == nil {
		return nil, nil
	}
	var all []signature
	for i, d := range m.Layers {
		one := signature{where: fmt.Sprintf("%s, signature %d", s.signatureTag(), i+1)}
		data, err := s.small(d)
		one.verify = func(key *PublicKey, digest v1.Hash) (map[string]string, error) {
			if err != nil {
				return nil, err
			}
			return verifySimple(d, data, key, digest)
		}
		all = append(all, one)
	}
	return all, nil
}

// verifySimple verifies a signature of the older form.
func verifySimple(d v1.Descriptor, data []byte, key *PublicKey, digest v1.Hash) (map[string]string, error) {
	if d.MediaType != simpleSigning {
		return nil, fmt.Errorf("media type %s, want %s", d.MediaType, simpleSigning)
	}
	sig, err := base64.StdEncoding.DecodeString(d.Annotations[simpleSignature])
	if err != nil || len(sig) == 0 {
		return nil, fmt.Errorf("no signature in the annotation %s", simpleSignature)
	}
	if !key.verify(data, sig) {
		return nil, errKey
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if p.Critical.Type != simpleType {
		return nil, fmt.Errorf("payload of type %q, want %q", p.Critical.Type, simpleType)
	}
	if p.Critical.Image.Digest != digest.String() {
		return nil, fmt.Errorf("it is about another image, %s", p.Critical.Image.Digest)
	}
	return texts(p.Optional), nil
}

// texts are the values of annotations that are text: no others are made or asked for.
func texts(values map[string]any) map[string]string {
	all := map[string]string{}
	for name, value := range values {
		if text, ok := value.(string); ok {
			all[name] = text
		}
	}
	return all
}

// addSimple adds a signature of the older form to those that are there.
func (s *subject) addSimple(key *PrivateKey, annotations map[string]string) error {
	doing := "writing the tag " + s.signatureTag()
	var p payload
	p.Critical.Identity.Reference = s.repo.Name()
	p.Critical.Image.Digest = s.Digest.String()
	p.Critical.Type = simpleType
	for name, value := range annotations {
		if p.Optional == nil {
			p.Optional = map[string]any{}
		}
		p.Optional[name] = value
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sig, err := key.sign(data)
	if err != nil {
		return err
	}
	before, err := s.signatures()
	if err != nil {
		return s.fail(doing, err)
	}
	contents := map[v1.Hash][]byte{}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	if before != nil {
		for _, d := range before.Layers {
			if contents[d.Digest], err = s.small(d); err != nil {
				return s.fail(doing, err)
			}
			m.Layers = append(m.Layers, d)
		}
	}
	digest, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return err
	}
	contents[digest] = data
	m.Layers = append(m.Layers, v1.Descriptor{
		MediaType: simpleSigning, Size: size, Digest: digest,
		Annotations: map[string]string{simpleSignature: base64.StdEncoding.EncodeToString(sig)},
	})
	config := v1.ConfigFile{RootFS: v1.RootFS{Type: "layers"}}
	for _, d := range m.Layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, d.Digest)
	}
	document, err := json.Marshal(config)
	if err != nil {
		return err
	}
	m.Config.MediaType = types.OCIConfigJSON
	if m.Config.Digest, m.Config.Size, err = v1.SHA256(bytes.NewReader(document)); err != nil {
		return err
	}
	contents[m.Config.Digest] = document
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	img, err := newImage(raw, func(d v1.Descriptor) ([]byte, error) { return contents[d.Digest], nil })
	if err != nil {
		return err
	}
	if err := s.put(s.repo.Tag(s.signatureTag()), img); err != nil {
		return s.fail(doing, err)
	}
	return nil
}

// bundles lists the signatures that are bundles, those of other statements left out.
func (s *subject) bundles() ([]signature, error) {
	statements, err := s.statements(PredicateSignature)
	if err != nil {
		return nil, err
	}
	var all []signature
	for _, b := range statements {
		all = append(all, signature{b.where(), func(key *PublicKey, digest v1.Hash) (map[string]string, error) {
			_, about, err := b.verify(key, digest, PredicateSignature)
			if err != nil {
				return nil, err
			}
			return texts(about.Annotations), nil
		}})
	}
	return all, nil
}

// sealed is a bundle that refers to an image, not yet verified.
type sealed struct {
	referrer Referrer
	data     []byte
	err      error // why there is none
}

// where is what to call it.
func (b *sealed) where() string { return "bundle " + b.referrer.Digest.String() }

// statements lists the bundles that say they have a predicate of a type. Who says
// nothing of it may have it.
func (s *subject) statements(predicateType string) ([]sealed, error) {
	referrers, err := s.referrers()
	if err != nil {
		return nil, err
	}
	var all []sealed
	for _, r := range referrers {
		if r.Type != bundleMedia || r.Predicate != "" && r.Predicate != predicateType {
			continue
		}
		data, err := s.read(r.Digest, bundleMedia)
		all = append(all, sealed{r, data, err})
	}
	return all, nil
}

// verify opens the bundle and finds the image in its statement.
func (b *sealed) verify(key *PublicKey, digest v1.Hash, predicateType string) (*Statement, *Subject, error) {
	if b.err != nil {
		return nil, nil, b.err
	}
	statement, err := open(b.data, key)
	if err != nil {
		return nil, nil, err
	}
	if statement.PredicateType != predicateType {
		return nil, nil, fmt.Errorf("predicate of type %q, want %q", statement.PredicateType, predicateType)
	}
	about, err := statement.about(digest)
	return statement, about, err
}

// addBundle attaches a signature as a bundle.
func (s *subject) addBundle(key *PrivateKey, annotations map[string]string) error {
	statement := newStatement(s.Digest, PredicateSignature, json.RawMessage("{}"))
	for name, value := range annotations {
		if statement.Subject[0].Annotations == nil {
			statement.Subject[0].Annotations = map[string]any{}
		}
		statement.Subject[0].Annotations[name] = value
	}
	_, err := s.attachSealed(statement, key)
	return err
}

func (s *subject) attachSealed(statement *Statement, key *PrivateKey) (Referrer, error) {
	data, err := statement.seal(key)
	if err != nil {
		return Referrer{}, err
	}
	if len(data) > maxReferrer {
		return Referrer{}, errors.New("the statement is too long")
	}
	return s.attach(bundleMedia, bundleMedia, data, map[string]string{
		bundleContent: bundleContentDSSE, bundlePredicate: statement.PredicateType,
	})
}
