package image

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Options say how a registry is spoken to.
type Options struct {
	// Insecure allows HTTP without TLS to registries that are not on this machine.
	// Passwords and images then pass in the clear. Default false. Optional.
	Insecure bool
	// Keychain has the logins. Default the Docker credential store: config.json in
	// DOCKER_CONFIG or ~/.docker, and the helpers that it names. Optional.
	Keychain authn.Keychain
	// Backoff says how often something is tried that may work later, and how long
	// the waits are. Default three times, with 1 s and 3 s between. Optional.
	Backoff *remote.Backoff
	// Transport sends requests. Default remote.DefaultTransport. Optional.
	Transport http.RoundTripper
	// Progress is told how many bytes of how many are uploaded; both grow. Optional.
	Progress func(complete, total int64)
}

// RegistryError says what could not be done with a registry.
type RegistryError struct {
	Reference string // the image, or the repository
	Doing     string // such as "uploading sha256:…"
	Err       error
}

func (e *RegistryError) Error() string { return fmt.Sprintf("%s: %s: %v", e.Reference, e.Doing, e.Err) }
func (e *RegistryError) Unwrap() error { return e.Err }

// ReferenceError is a name of an image that is none.
type ReferenceError struct{ Err error }

func (e *ReferenceError) Error() string { return e.Err.Error() }
func (e *ReferenceError) Unwrap() error { return e.Err }

// ErrNoPlatform is an index without an image for linux/amd64. Istio and Envoy
// Gateway look for that one on every machine.
var ErrNoPlatform = errors.New("an index without an image for linux/amd64, which Istio and Envoy Gateway refuse")

func (o *Options) names() []name.Option {
	if o.Insecure {
		return []name.Option{name.Insecure}
	}
	return nil
}

// remotes are the options of the client.
func (o *Options) remotes(ctx context.Context) []remote.Option {
	keychain, transport := o.Keychain, o.Transport
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	if transport == nil {
		transport = remote.DefaultTransport
	}
	if !o.Insecure {
		transport = tlsOnly{transport}
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain), remote.WithTransport(transport)}
	if o.Backoff != nil {
		options = append(options, remote.WithRetryBackoff(*o.Backoff))
	}
	return options
}

// tlsOnly refuses HTTP without TLS to another machine. The client would use it
// for private addresses without being asked, and would follow redirects to it.
type tlsOnly struct{ next http.RoundTripper }

func (t tlsOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !onThisMachine(r.URL.Hostname()) {
		if r.Body != nil {
			_ = r.Body.Close() // a transport always closes it
		}
		return nil, fmt.Errorf("%s does not speak TLS here, and is not on this machine: want --insecure", r.URL.Host)
	}
	return t.next.RoundTrip(r)
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Fetch gets an image from a registry by REPOSITORY:TAG or REPOSITORY@DIGEST and
// verifies every part of it. Of an index it gets the image for linux/amd64.
func Fetch(ctx context.Context, reference string, o Options) (*Image, error) {
	ref, err := name.ParseReference(reference, o.names()...)
	if err != nil {
		return nil, &ReferenceError{err}
	}
	puller, err := remote.NewPuller(o.remotes(ctx)...)
	if err != nil {
		return nil, err
	}
	return fetch(ctx, puller, ref)
}

func fetch(ctx context.Context, puller *remote.Puller, ref name.Reference) (*Image, error) {
	fail := func(doing string, err error) error { return &RegistryError{ref.String(), doing, err} }
	found, err := puller.Get(ctx, ref)
	if err != nil {
		return nil, fail("reading the manifest", err)
	}
	raw := found.Manifest
	if found.MediaType.IsIndex() {
		digest, err := onLinux(raw)
		if err != nil {
			return nil, fail("reading the index", err)
		}
		child, err := puller.Get(ctx, ref.Context().Digest(digest.String()))
		if err != nil {
			return nil, fail("reading the manifest "+digest.String(), err)
		}
		raw = child.Manifest
	}
	if len(raw) > maxManifest {
		return nil, fail("reading the manifest", fmt.Errorf("%d bytes, want at most %d", len(raw), maxManifest))
	}
	img, err := newImage(raw, func(d v1.Descriptor) ([]byte, error) {
		return download(ctx, puller, ref.Context().Digest(d.Digest.String()), d.Size)
	})
	if err != nil {
		return nil, fail("reading the image", err)
	}
	return img, nil
}

// onLinux finds the image for linux/amd64 in an index, as Istio's client does: an
// entry without a platform counts as one for it.
func onLinux(index []byte) (v1.Hash, error) {
	manifest, err := parseIndex(index)
	if err != nil {
		return v1.Hash{}, err
	}
	for _, d := range manifest.Manifests {
		if p := d.Platform; p == nil || p.OS == "linux" && p.Architecture == "amd64" {
			return d.Digest, nil
		}
	}
	return v1.Hash{}, ErrNoPlatform
}

// download gets a blob.
func download(ctx context.Context, puller *remote.Puller, ref name.Digest, size int64) ([]byte, error) {
	layer, err := puller.Layer(ctx, ref)
	if err != nil {
		return nil, err
	}
	r, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAtMost(r, size)
}

// progress passes updates of the client on until stop is called.
func (o *Options) progress() (option []remote.Option, stop func()) {
	if o.Progress == nil {
		return nil, func() {}
	}
	updates, done := make(chan v1.Update, 64), make(chan struct{})
	go func() {
		defer close(done)
		for u := range updates {
			o.Progress(u.Complete, u.Total)
		}
	}()
	return []remote.Option{remote.WithProgress(updates)}, func() {
		close(updates)
		<-done
	}
}

// undoTime is how long a failed push may take to put tags back, although the
// command that pushes was told to stop.
const undoTime = 30 * time.Second
