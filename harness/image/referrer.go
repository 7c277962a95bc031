package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Bounds for what others attach to an image: anybody who may push can.
const (
	maxReferrers = 200
	maxReferrer  = 16 << 20 // bytes
)

const (
	emptyConfigType = types.MediaType("application/vnd.oci.empty.v1+json")
	emptyConfig     = "{}"
)

// Referrer is something that is attached to an image.
//
// See https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
type Referrer struct {
	Digest v1.Hash `json:"digest"` // of its manifest
	// Type is its artifact type, such as application/vnd.cyclonedx+json.
	Type string `json:"type"`
	// Predicate is the type of the signed statement that it says it has, "" for none.
	// Nothing of it is verified.
	Predicate string `json:"predicate,omitempty"`
}

// Referrers lists what is attached to an image, in the order of the registry, by
// REPOSITORY@DIGEST or REPOSITORY:TAG; last, if it is there, the image with the tag
// sha256-DIGEST.sig, which has signatures and refers to nothing. A registry without the
// API for referrers is asked for the tag that stands in. Nothing that is listed is verified.
func Referrers(ctx context.Context, reference string, o Options) ([]Referrer, error) {
	s, err := openSubject(ctx, reference, o)
	if err != nil {
		return nil, err
	}
	all, err := s.referrers()
	if err != nil {
		return nil, err
	}
	found, err := s.puller.Head(ctx, s.repo.Tag(s.signatureTag()))
	if err != nil && !notFound(err) {
		return nil, s.fail("reading the tag "+s.signatureTag(), err)
	}
	if err == nil {
		all = append(all, Referrer{Digest: found.Digest, Type: string(simpleSigning)})
	}
	return all, nil
}

// subject is an image to which something is attached.
type subject struct {
	*Image
	ctx     context.Context
	ref     name.Reference
	repo    name.Repository
	options []remote.Option
	puller  *remote.Puller
}

// openSubject gets an image, all of it verified against its digest.
func openSubject(ctx context.Context, reference string, o Options) (*subject, error) {
	ref, err := name.ParseReference(reference, o.names()...)
	if err != nil {
		return nil, &ReferenceError{err}
	}
	options := o.remotes(ctx)
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	img, err := fetch(ctx, puller, ref)
	if err != nil {
		return nil, err
	}
	return &subject{img, ctx, ref, ref.Context(), options, puller}, nil
}

// pinned is the image by its digest.
func (s *subject) pinned() name.Digest { return s.repo.Digest(s.Digest.String()) }

func (s *subject) fail(doing string, err error) error {
	return &RegistryError{s.pinned().String(), doing, err}
}

func (s *subject) referrers() ([]Referrer, error) {
	const doing = "listing what refers to it"
	index, err := remote.Referrers(s.pinned(), s.options...)
	if err != nil {
		return nil, s.fail(doing, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, s.fail(doing, err)
	}
	if n := len(manifest.Manifests); n > maxReferrers {
		return nil, s.fail(doing, fmt.Errorf("%d of them, want at most %d", n, maxReferrers))
	}
	var all []Referrer
	for _, d := range manifest.Manifests {
		r := Referrer{d.Digest, d.ArtifactType, d.Annotations[bundlePredicate]}
		// Some registries and clients list the type of the configuration instead, or
		// leave annotations out: then the manifest itself tells.
		if r.Type == "" || r.Type == string(emptyConfigType) || r.Type == bundleMedia && r.Predicate == "" {
			m, err := s.manifest(r.Digest)
			if err != nil {
				return nil, s.fail(doing, err)
			}
			r.Type, r.Predicate = m.ArtifactType, m.Annotations[bundlePredicate]
		}
		all = append(all, r)
	}
	return all, nil
}

// manifest reads the manifest of a referrer.
func (s *subject) manifest(digest v1.Hash) (*v1.Manifest, error) {
	found, err := s.puller.Get(s.ctx, s.repo.Digest(digest.String()))
	if err != nil {
		return nil, err
	}
	m := &v1.Manifest{}
	return m, json.Unmarshal(found.Manifest, m)
}

// read gets the one document that a referrer is.
func (s *subject) read(digest v1.Hash, mediaType types.MediaType) ([]byte, error) {
	m, err := s.manifest(digest)
	if err != nil {
		return nil, err
	}
	if m.Subject == nil || m.Subject.Digest != s.Digest {
		return nil, errors.New("it refers to another image")
	}
	if len(m.Layers) != 1 || m.Layers[0].MediaType != mediaType {
		return nil, fmt.Errorf("%d layers, want one %s", len(m.Layers), mediaType)
	}
	return s.small(m.Layers[0])
}

// small gets a blob that must not be large.
func (s *subject) small(d v1.Descriptor) ([]byte, error) {
	if d.Size < 0 || d.Size > maxReferrer {
		return nil, fmt.Errorf("%d bytes, want at most %d", d.Size, maxReferrer)
	}
	return download(s.ctx, s.puller, s.repo.Digest(d.Digest.String()), d.Size)
}

// attach makes a document refer to the image. The same document again changes
// nothing. With a registry that has no API for it the tag that lists them is written
// as well: two that attach to one image at the same time may then lose one.
func (s *subject) attach(artifactType, mediaType types.MediaType, document []byte, annotations map[string]string) (Referrer, error) {
	contents := blobs{}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		ArtifactType:  string(artifactType),
		Config:        contents.add(emptyConfigType, []byte(emptyConfig)),
		Layers:        []v1.Descriptor{contents.add(mediaType, document)},
		Annotations:   annotations,
		Subject:       &v1.Descriptor{MediaType: s.mediaType(), Digest: s.Digest, Size: int64(len(s.Raw))},
	})
	if err != nil {
		return Referrer{}, err
	}
	img, err := newImage(raw, func(d v1.Descriptor) ([]byte, error) { return contents[d.Digest], nil })
	if err != nil {
		return Referrer{}, err
	}
	if err := s.put(s.repo.Digest(img.Digest.String()), img); err != nil {
		return Referrer{}, s.fail("attaching "+string(artifactType), err)
	}
	return Referrer{img.Digest, string(artifactType), annotations[bundlePredicate]}, nil
}

// put uploads an image, its contents first.
func (s *subject) put(ref name.Reference, img *Image) error {
	pusher, err := remote.NewPusher(s.options...)
	if err != nil {
		return err
	}
	err = img.blobs(func(d v1.Descriptor, data []byte) error {
		layer, err := partial.CompressedToLayer(&blobLayer{d, data})
		if err != nil {
			return err
		}
		return pusher.Upload(s.ctx, s.repo, layer)
	})
	if err != nil {
		return err
	}
	manifest, err := img.remote()
	if err != nil {
		return err
	}
	return pusher.Put(s.ctx, ref, manifest)
}
