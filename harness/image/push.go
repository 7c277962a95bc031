package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Pushed is a tag that a push sets.
type Pushed struct {
	Reference string  // REPOSITORY:TAG
	Digest    v1.Hash // of the manifest
	// Before is the digest that the tag had, zero if it is new.
	Before v1.Hash
	img    *Image
	tag    name.Tag
}

// Plan says which tags a push of a layout would set, without asking the registry.
// tags take the place of the layout's own; the CNCF form gets each with CNCFSuffix.
func Plan(l *Layout, repository string, tags []string, o Options) ([]Pushed, error) {
	repo, err := name.NewRepository(repository, o.names()...)
	if err != nil {
		return nil, &ReferenceError{err}
	}
	var plan []Pushed
	taken := map[string]bool{}
	for _, img := range l.Images {
		names := []string{img.Tag}
		if len(tags) > 0 {
			names = nil
			for _, tag := range tags {
				if err := checkTag(tag); err != nil {
					return nil, &ReferenceError{err}
				}
				if img.Manifest.Config.MediaType == cncfConfigType {
					tag += CNCFSuffix
				}
				names = append(names, tag)
			}
		}
		for _, tag := range names {
			if err := checkTag(strings.TrimSuffix(tag, CNCFSuffix)); err != nil {
				return nil, &ReferenceError{err}
			}
			if taken[tag] {
				return nil, &ReferenceError{fmt.Errorf("tag %q twice", tag)}
			}
			taken[tag] = true
			ref := repo.Tag(tag)
			plan = append(plan, Pushed{Reference: ref.String(), Digest: img.Digest, img: img.Image, tag: ref})
		}
	}
	return plan, nil
}

// Push sends a layout to a registry and sets tags, as Plan says.
//
// The order is such that nobody finds half an image: contents first, then
// manifests without tags, then all of it is read back and compared, and only then
// are tags set. If one of them cannot be set, those set before are put back to
// what they were, and the error has those that may not be: some registries delete
// no tags, and the tag of an image that was there before is not deleted. What the
// registry has already is not sent again.
func Push(ctx context.Context, l *Layout, repository string, tags []string, o Options) ([]Pushed, error) {
	plan, err := Plan(l, repository, tags, o)
	if err != nil {
		return nil, err
	}
	options := o.remotes(ctx)
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	reporting, stop := o.progress()
	pusher, err := remote.NewPusher(append(options, reporting...)...)
	if err != nil {
		stop()
		return nil, err
	}
	p := push{ctx: ctx, puller: puller, pusher: pusher, had: map[v1.Hash]bool{}}
	err = p.run(plan)
	stop()
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// push is one push.
type push struct {
	ctx    context.Context
	puller *remote.Puller
	pusher *remote.Pusher
	// had are the images that may have been there before.
	had map[v1.Hash]bool
}

func (p *push) run(plan []Pushed) error {
	sent := map[v1.Hash]bool{}
	for _, t := range plan {
		if sent[t.Digest] {
			continue
		}
		sent[t.Digest] = true
		if err := p.send(t.tag.Context(), t.img); err != nil {
			return err
		}
	}
	before := make([]*remote.Descriptor, len(plan))
	for i, t := range plan {
		old, err := p.puller.Get(p.ctx, t.tag)
		if err != nil && !notFound(err) {
			return &RegistryError{t.Reference, "reading the tag", err}
		}
		if err == nil {
			before[i], plan[i].Before = old, old.Digest
		}
	}
	for i, t := range plan {
		if t.Before == t.Digest {
			continue
		}
		if err := p.setTag(t); err != nil {
			// The answer may be lost and the tag set: it is put back as well.
			return errors.Join(append([]error{err}, p.undo(plan[:i+1], before)...)...)
		}
	}
	return nil
}

// send uploads an image without a tag and reads it back.
func (p *push) send(repo name.Repository, img *Image) error {
	ref := repo.Digest(img.Digest.String())
	_, err := p.puller.Head(p.ctx, ref)
	p.had[img.Digest] = !notFound(err)
	err = img.blobs(func(d v1.Descriptor, data []byte) error {
		layer, err := partial.CompressedToLayer(&blobLayer{d, data})
		if err != nil {
			return err
		}
		if err := p.pusher.Upload(p.ctx, repo, layer); err != nil {
			return &RegistryError{repo.String(), "uploading " + d.Digest.String(), err}
		}
		return nil
	})
	if err != nil {
		return err
	}
	manifest, err := img.remote()
	if err != nil {
		return err
	}
	if err := p.pusher.Put(p.ctx, ref, manifest); err != nil {
		return &RegistryError{repo.String(), "uploading the manifest " + img.Digest.String(), err}
	}
	back, err := fetch(p.ctx, p.puller, ref)
	if err != nil {
		return &RegistryError{repo.String(), "reading back what was uploaded", err}
	}
	if !bytes.Equal(back.Raw, img.Raw) {
		return &RegistryError{repo.String(), "reading back what was uploaded", errors.New("the manifest is another")}
	}
	return nil
}

// setTag sets a tag and looks that it is set.
func (p *push) setTag(t Pushed) error {
	manifest, err := t.img.remote()
	if err != nil {
		return err
	}
	if err := p.pusher.Put(p.ctx, t.tag, manifest); err != nil {
		return &RegistryError{t.Reference, "setting the tag", err}
	}
	got, err := p.puller.Get(p.ctx, t.tag)
	if err != nil {
		return &RegistryError{t.Reference, "reading the tag back", err}
	}
	if got.Digest != t.Digest {
		return &RegistryError{t.Reference, "reading the tag back", fmt.Errorf("it is %s, want %s", got.Digest, t.Digest)}
	}
	return nil
}

var errShared = errors.New("not deleted, because the image was there before and may have other tags")

// undo puts tags back to what they were, the last first.
func (p *push) undo(plan []Pushed, before []*remote.Descriptor) []error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), undoTime)
	defer cancel()
	var left []error
	for i := len(plan) - 1; i >= 0; i-- {
		t := plan[i]
		if t.Before == t.Digest {
			continue
		}
		var err error
		switch {
		case before[i] != nil:
			err = p.pusher.Put(ctx, t.tag, stored{before[i]})
		case p.had[t.Digest]:
			// Some registries delete the image with the tag, and its other tags.
			if _, err = p.puller.Get(ctx, t.tag); notFound(err) {
				err = nil
			} else {
				err = errShared
			}
		default:
			if err = p.pusher.Delete(ctx, t.tag); notFound(err) {
				err = nil
			}
		}
		if err != nil {
			left = append(left, &RegistryError{t.Reference, "taking the tag back, which may stay as it is", err})
		}
	}
	return left
}

// stored is a manifest that a registry had, to be written as it was.
type stored struct{ found *remote.Descriptor }

func (s stored) RawManifest() ([]byte, error)        { return s.found.Manifest, nil }
func (s stored) MediaType() (types.MediaType, error) { return s.found.MediaType, nil }

// notFound tells whether a registry says that something is not there.
func notFound(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}
