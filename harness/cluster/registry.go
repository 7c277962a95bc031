package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	containerregistry "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gatehouse/harness/image"
)

// istioData is where pilot-agent keeps modules that it pulled: a constant of Istio
// (pkg/config/constants), which neither flag nor variable changes.
const istioData = "/var/lib/istio/data"

// dataFolder sees that pilot-agent can keep modules. Without the folder it would answer as if no
// image could be had.
func dataFolder() error {
	if err := os.MkdirAll(istioData, 0o755); err != nil {
		return fmt.Errorf("cluster: pilot-agent needs %s: run `make istio-tools`: %w", istioData, err)
	}
	f, err := os.CreateTemp(istioData, "probe-")
	if err != nil {
		return fmt.Errorf("cluster: pilot-agent writes to %s: run `make istio-tools`: %w", istioData, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// registry is a registry in this process. What is in it is gone when it stops.
type registry struct {
	host   string
	server *http.Server

	mu           sync.Mutex
	repositories map[string]bool
	down         bool
}

func startRegistry() (*registry, error) {
	l, err := net.Listen("tcp", loopback())
	if err != nil {
		return nil, err
	}
	r := &registry{host: l.Addr().String(), repositories: map[string]bool{}}
	behind := containerregistry.New(containerregistry.Logger(log.New(io.Discard, "", 0)))
	r.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		down := r.down
		r.mu.Unlock()
		if down {
			http.Error(w, "out of service", http.StatusServiceUnavailable)
			return
		}
		behind.ServeHTTP(w, request)
	})}
	go r.server.Serve(l)
	return r, nil
}

// stop ends the registry and removes what pilot-agents kept of its images. Their folders are
// named after its port too, so those of another cluster stay.
func (r *registry) stop() error {
	if r == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = r.server.Close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for repository := range r.repositories {
		err = errors.Join(err, Forget(r.host, repository))
	}
	return err
}

// Forget removes what pilot-agents kept of the images in a repository of a registry, under the
// names that Istio's pkg/wasm/cache.go gives their folders. A cluster does it for its own
// registry when it stops.
func Forget(host, repository string) error {
	sum := sha256.Sum256([]byte("oci://" + host + "/" + repository))
	return os.RemoveAll(filepath.Join(istioData, hex.EncodeToString(sum[:])))
}

// push stores an image under a tag and returns the digest of its manifest in hex.
func (r *registry) push(ctx context.Context, repository, tag string, img v1.Image) (string, error) {
	reference, err := name.NewTag(r.host + "/" + repository + ":" + tag)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.repositories[repository] = true
	r.mu.Unlock()
	if err := remote.Write(reference, img, remote.WithContext(ctx)); err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return digest.Hex, err
}

// pack makes the image of a plugin as `harness image push` does and stores it.
func (r *registry) pack(ctx context.Context, repository, tag string, wasm []byte) (string, error) {
	layout, err := image.Pack(image.Plugin{Wasm: wasm, Version: tag})
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.repositories[repository] = true
	r.mu.Unlock()
	pushed, err := image.Push(ctx, layout, r.host+"/"+repository, nil, image.Options{})
	if err != nil {
		return "", err
	}
	for _, p := range pushed {
		if !strings.HasSuffix(p.Reference, image.CNCFSuffix) {
			return p.Digest.Hex, nil
		}
	}
	return "", errors.New("cluster: no image in the form that Istio takes")
}

// Push packs a module as `harness image pack` does and pushes both forms of it to the
// registry. The digest is what sha256 in a WasmPlugin wants: of the manifest, in hex.
func (c *Cluster) Push(ctx context.Context, repository, tag string, wasm []byte) (sha256 string, err error) {
	return c.registry.pack(ctx, repository, tag, wasm)
}

// PushImage pushes an image as it is and returns the digest of its manifest in hex.
func (c *Cluster) PushImage(ctx context.Context, repository, tag string, img v1.Image) (sha256 string, err error) {
	return c.registry.push(ctx, repository, tag, img)
}

// RegistryDown has the registry answer 503 to everything while down.
func (c *Cluster) RegistryDown(down bool) {
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	c.registry.down = down
}
