package image_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gatehouse/harness/image"
)

// store is a registry on loopback that can be made to fail.
type store struct {
	repository string
	mu         sync.Mutex
	// fault may answer a request in place of the registry, and tells whether it did.
	fault    func(w http.ResponseWriter, r *http.Request, registry http.Handler) bool
	requests []string
}

func newStore(t *testing.T, options ...registry.Option) *store {
	t.Helper()
	s := &store{}
	behind := registry.New(append(options, registry.Logger(log.New(io.Discard, "", 0)))...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		fault := s.fault
		s.mu.Unlock()
		if fault == nil || !fault(w, r, behind) {
			behind.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.repository = strings.TrimPrefix(server.URL, "http://") + "/plugins/guard"
	return s
}

func (s *store) setFault(f func(http.ResponseWriter, *http.Request, http.Handler) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.requests = f, nil
}

// seen counts the requests whose method and path have a prefix.
func (s *store) seen(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// tags are those of the repository with their digests, asked without faults.
func (s *store) tags(t *testing.T) map[string]string {
	t.Helper()
	s.setFault(nil)
	repo, err := name.NewRepository(s.repository)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	names, err := remote.List(repo)
	if err != nil {
		return all // a repository that nothing was pushed to
	}
	for _, tag := range names {
		// The registry lists what was put by digest, too.
		if strings.HasPrefix(tag, "sha256:") {
			continue
		}
		d, err := remote.Head(repo.Tag(tag))
		if err != nil {
			t.Fatal(err)
		}
		all[tag] = d.Digest.String()
	}
	return all
}

var quick = image.Options{Backoff: &remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 3}}

func push(t *testing.T, s *store, layout *image.Layout, tags ...string) []image.Pushed {
	t.Helper()
	pushed, err := image.Push(context.Background(), layout, s.repository, tags, quick)
	if err != nil {
		t.Fatal(err)
	}
	return pushed
}

func TestPushAndFetch(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	pushed := push(t, s, layout)
	if len(pushed) != 2 || pushed[0].Reference != s.repository+":v1.2.0" || pushed[1].Reference != s.repository+":v1.2.0-cncf" {
		t.Fatalf("pushed %+v", pushed)
	}
	for i, p := range pushed {
		if p.Digest != layout.Images[i].Digest || p.Before != (v1.Hash{}) {
			t.Errorf("pushed %+v, want the digest of the layout, and new", p)
		}
		for _, ref := range []string{p.Reference, s.repository + "@" + p.Digest.String()} {
			img, err := image.Fetch(context.Background(), ref, quick)
			if err != nil {
				t.Fatal(err)
			}
			wasm, _, err := img.Plugin()
			if err != nil || !bytes.Equal(wasm, described().Wasm) || img.Digest != p.Digest {
				t.Errorf("%s: %s with a plugin of %d bytes (%v)", ref, img.Digest, len(wasm), err)
			}
		}
	}
	// A second time nothing is uploaded, and the tags say that they were there.
	s.setFault(nil)
	for _, p := range push(t, s, layout) {
		if p.Before != p.Digest {
			t.Errorf("%s: before %s, want %s", p.Reference, p.Before, p.Digest)
		}
	}
	if n := s.seen("POST ") + s.seen("PATCH "); n > 0 {
		t.Errorf("%d uploads of what the registry has: %q", n, s.requests)
	}
}

func TestPushResumes(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	s.setFault(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
			return false
		}
		w.WriteHeader(http.StatusInsufficientStorage)
		return true
	})
	if _, err := image.Push(context.Background(), layout, s.repository, nil, quick); err == nil {
		t.Fatal("a push without manifests succeeded")
	}
	s.setFault(nil)
	push(t, s, layout)
	// The blobs of the first image were there: its layer and its config.
	if n := s.seen("PATCH "); n != 2 {
		t.Errorf("%d blobs were sent, want the 2 of the second image", n)
	}
}

func TestPushSetsTags(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	push(t, s, layout, "v1", "latest")
	compatible, cncf := layout.Images[0].Digest.String(), layout.Images[1].Digest.String()
	want := map[string]string{"v1": compatible, "v1-cncf": cncf, "latest": compatible, "latest-cncf": cncf}
	if got := s.tags(t); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("tags %v, want %v", got, want)
	}
	for _, tags := range [][]string{{"a b"}, {""}, {"v1", "v1"}, {"v1", "v1-cncf"}} {
		var reference *image.ReferenceError
		if _, err := image.Plan(layout, s.repository, tags, quick); !errors.As(err, &reference) {
			t.Errorf("Plan with tags %q: %v, want an error of the reference", tags, err)
		}
	}
}

// TestPushTriesAgain has a registry that is overloaded at first.
func TestPushTriesAgain(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	failures := 0
	s.setFault(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.Method != http.MethodPatch || failures == 2 {
			return false
		}
		failures++
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	var last [2]int64
	options := quick
	options.Progress = func(complete, total int64) { last = [2]int64{complete, total} }
	if _, err := image.Push(context.Background(), layout, s.repository, nil, options); err != nil {
		t.Fatal(err)
	}
	if failures != 2 {
		t.Errorf("the registry failed %d times, want 2", failures)
	}
	if last[0] == 0 || last[0] > last[1] {
		t.Errorf("progress ends with %d of %d bytes", last[0], last[1])
	}
	if got := s.tags(t); len(got) != 2 {
		t.Errorf("tags %v, want 2", got)
	}
}

// altered answers with what the registry says, changed.
func altered(w http.ResponseWriter, r *http.Request, behind http.Handler, change func([]byte) []byte) {
	answer := httptest.NewRecorder()
	behind.ServeHTTP(answer, r)
	for k, v := range answer.Header() {
		if k != "Content-Length" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(change(answer.Body.Bytes()))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

// fault is a way in which a registry goes wrong.
type fault struct {
	name   string
	answer func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool
	want   string // part of the error
}

// status answers the requests of a method, "" for any, and part of a path.
func status(method, path string, code int) func(http.ResponseWriter, *http.Request, http.Handler) bool {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if method != "" && r.Method != method || !strings.Contains(r.URL.Path, path) {
			return false
		}
		w.WriteHeader(code)
		return true
	}
}

// pushFaults are what may go wrong before the last tag is set.
func pushFaults() []fault {
	var set atomic.Bool
	flip := func(b []byte) []byte { b = slices.Clone(b); b[len(b)/2] ^= 1; return b }
	return []fault{
		{"no login", status("", "/v2/", http.StatusUnauthorized), "uploading sha256:"},
		{"no right to push", status("POST", "/blobs/uploads/", http.StatusForbidden), "uploading sha256:"},
		{"out of order", status("PATCH", "/blobs/uploads/", http.StatusInternalServerError), "uploading sha256:"},
		{"the upload is cut off", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if r.Method == http.MethodPatch {
				hangUp(w)
			}
			return r.Method == http.MethodPatch
		}, "uploading sha256:"},
		{"no manifest is taken", status("PUT", "/manifests/sha256:", http.StatusBadRequest), "uploading the manifest"},
		{"says that blobs are there which are not", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/") {
				w.WriteHeader(http.StatusOK)
				return true
			}
			return false
		}, ""},
		{"gives other blobs back", func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/sha256:") {
				altered(w, r, behind, flip)
				return true
			}
			return false
		}, "reading back what was uploaded"},
		{"gives half of a blob back", func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/sha256:") {
				altered(w, r, behind, func(b []byte) []byte { return b[:len(b)/2] })
				return true
			}
			return false
		}, "reading back what was uploaded"},
		{"gives another manifest back", func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/sha256:") {
				altered(w, r, behind, func(b []byte) []byte { return append(slices.Clone(b), '\n') })
				return true
			}
			return false
		}, "reading back what was uploaded"},
		{"does not say what a tag is", status("GET", "/manifests/v1", http.StatusInternalServerError), "reading the tag"},
		{"the first tag is protected", status("PUT", "/manifests/v1.2.0", http.StatusForbidden), "v1.2.0: setting the tag"},
		{"the second tag is protected", status("PUT", "/manifests/v1.2.0-cncf", http.StatusForbidden), "v1.2.0-cncf: setting the tag"},
		{"the second tag is set and the answer lost", func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/v1.2.0-cncf") {
				behind.ServeHTTP(httptest.NewRecorder(), r)
				hangUp(w)
				return true
			}
			return false
		}, "v1.2.0-cncf: setting the tag"},
		{"the tag is not what was set", func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/v1.2.0-cncf") {
				set.Store(true)
				return false
			}
			if set.Load() && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/manifests/v1.2.0-cncf") {
				altered(w, r, behind, func(b []byte) []byte { return append(slices.Clone(b), ' ') })
				return true
			}
			return false
		}, "reading the tag back"},
	}
}

// TestPushLeavesNoTag has registries that fail, lie or cut off. Each is named in
// the error, and nobody finds a tag afterwards.
func TestPushLeavesNoTag(t *testing.T) {
	for _, tt := range pushFaults() {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			s.setFault(tt.answer)
			_, err := image.Push(context.Background(), pack(t, described()), s.repository, nil, quick)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), s.repository) {
				t.Errorf("%v, want the repository and %q", err, tt.want)
			}
			if got := s.tags(t); len(got) > 0 {
				t.Errorf("tags %v are left", got)
			}
		})
	}
}

// TestPushPutsTagsBack has the same registries, with an older version behind the
// tags: it stays.
func TestPushPutsTagsBack(t *testing.T) {
	older := described()
	older.Wasm, older.Created = plugin("proxy_abi_version_0_2_0"), time.Time{}
	for _, tt := range pushFaults() {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			push(t, s, pack(t, older))
			before := s.tags(t)
			s.setFault(tt.answer)
			if _, err := image.Push(context.Background(), pack(t, described()), s.repository, nil, quick); err == nil {
				t.Error("the push succeeded")
			}
			if got := s.tags(t); len(got) != 2 || fmt.Sprint(got) != fmt.Sprint(before) {
				t.Errorf("tags %v, want %v", got, before)
			}
		})
	}
}

// TestPushSaysWhichTagsStay has a registry from which tags cannot be deleted.
func TestPushSaysWhichTagsStay(t *testing.T) {
	s := newStore(t)
	s.setFault(func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return true
		}
		return status("PUT", "/manifests/v1.2.0-cncf", http.StatusForbidden)(w, r, behind)
	})
	_, err := image.Push(context.Background(), pack(t, described()), s.repository, nil, quick)
	if err == nil || !strings.Contains(err.Error(), "v1.2.0: taking the tag back, which may stay as it is") {
		t.Errorf("%v, want which tag may stay", err)
	}
}

// TestPushDeletesNoSharedImage fails to give more tags to an image that is there.
// Some registries delete an image with any of its tags.
func TestPushDeletesNoSharedImage(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	push(t, s, layout)
	s.setFault(status("PUT", "/manifests/latest-cncf", http.StatusForbidden))
	_, err := image.Push(context.Background(), layout, s.repository, []string{"latest"}, quick)
	if err == nil || !strings.Contains(err.Error(), "latest: taking the tag back, which may stay as it is: not deleted") {
		t.Errorf("%v, want which tag may stay", err)
	}
	if err != nil && strings.Contains(err.Error(), "latest-cncf: taking") {
		t.Errorf("%v, and latest-cncf was never set", err)
	}
	if n := s.seen("DELETE "); n > 0 {
		t.Errorf("%d images were deleted", n)
	}
	if got := s.tags(t); got["v1.2.0"] != layout.Images[0].Digest.String() {
		t.Errorf("tags %v, want v1.2.0 among them", got)
	}
}

func TestPushStops(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.setFault(func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/v1.2.0-cncf") {
			cancel()
			hangUp(w)
			return true
		}
		return false
	})
	if _, err := image.Push(ctx, pack(t, described()), s.repository, nil, quick); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was stopped", err)
	}
	if got := s.tags(t); len(got) > 0 {
		t.Errorf("tags %v are left", got)
	}
}

func TestFetchVerifies(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	push(t, s, layout)
	digest := layout.Images[0].Digest.String()
	on := func(path string, change func([]byte) []byte) func(http.ResponseWriter, *http.Request, http.Handler) bool {
		return func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
			if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, path) {
				return false
			}
			altered(w, r, behind, change)
			return true
		}
	}
	tests := []struct {
		name, ref string
		answer    func(http.ResponseWriter, *http.Request, http.Handler) bool
		want      string
	}{
		{"no such tag", ":v9", nil, "reading the manifest"},
		{"no such digest", "@sha256:" + strings.Repeat("0", 64), nil, "reading the manifest"},
		{"another manifest under a digest", "@" + digest, on("/manifests/", func(b []byte) []byte { return append(slices.Clone(b), ' ') }), "digest"},
		{"no manifest", ":v1.2.0", on("/manifests/", func([]byte) []byte { return []byte("<html>") }), "manifest"},
		{"a manifest of 5 MiB", ":v1.2.0", on("/manifests/", func(b []byte) []byte { return append(slices.Clone(b), make([]byte, 5<<20)...) }), "manifest"},
		{"other blobs", ":v1.2.0", on("/blobs/", func(b []byte) []byte { return make([]byte, len(b)) }), "reading the image"},
		{"blobs cut off", ":v1.2.0", on("/blobs/", func(b []byte) []byte { return b[:len(b)-1] }), "reading the image"},
		{"longer blobs", ":v1.2.0", on("/blobs/", func(b []byte) []byte { return append(slices.Clone(b), 0) }), "reading the image"},
		{"an answer that breaks off", ":v1.2.0", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if !strings.Contains(r.URL.Path, "/blobs/") {
				return false
			}
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write([]byte("begin"))
			hangUp(w)
			return true
		}, "reading the image"},
		{"out of order", ":v1.2.0", status("GET", "/manifests/", http.StatusBadGateway), "502"},
	}
	for _, tt := range tests {
		s.setFault(tt.answer)
		var failure *image.RegistryError
		_, err := image.Fetch(context.Background(), s.repository+tt.ref, quick)
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), s.repository) {
			t.Errorf("%s: %v, want the repository and %q", tt.name, err, tt.want)
		}
	}
}

// platforms are what an index can say of the one image in it.
var platforms = []struct {
	name     string
	platform *v1.Platform
	refused  bool
}{
	{"linux/amd64", &v1.Platform{OS: "linux", Architecture: "amd64"}, false},
	{"no platform", nil, false},
	{"linux/arm64", &v1.Platform{OS: "linux", Architecture: "arm64"}, true},
	{"wasip1/wasm", &v1.Platform{OS: "wasip1", Architecture: "wasm"}, true},
}

// TestFetchOfIndex gets the image for linux/amd64, as Istio does.
func TestFetchOfIndex(t *testing.T) {
	s, layout := newStore(t), pack(t, described())
	push(t, s, layout)
	d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: layout.Images[0].Digest, Size: int64(len(layout.Images[0].Raw))}
	for _, tt := range platforms {
		d.Platform = tt.platform
		raw := encoded(t, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{d}})
		tag, err := name.NewTag(s.repository + ":index")
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Put(tag, index(raw)); err != nil {
			t.Fatal(err)
		}
		img, err := image.Fetch(context.Background(), tag.String(), quick)
		if tt.refused {
			if !errors.Is(err, image.ErrNoPlatform) {
				t.Errorf("%s: %v, want ErrNoPlatform", tt.name, err)
			}
			continue
		}
		if err != nil || img.Digest != d.Digest {
			t.Errorf("%s: %v, want the image of the index", tt.name, err)
		}
	}
}

// index is an index as it is stored.
type index []byte

func (i index) RawManifest() ([]byte, error)        { return i, nil }
func (i index) MediaType() (types.MediaType, error) { return types.OCIImageIndex, nil }

// TestLogin has a registry that wants a password, which is in a Docker config.json.
func TestLogin(t *testing.T) {
	const password = "canary-password"
	s := newStore(t)
	s.setFault(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if user, pass, ok := r.BasicAuth(); ok && user == "robot" && pass == password {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	host, _, _ := strings.Cut(s.repository, "/")
	for _, tt := range []struct {
		name, password string
		ok             bool
	}{{"the right one", password, true}, {"a wrong one", password + "x", false}} {
		folder := t.TempDir()
		auth := base64.StdEncoding.EncodeToString([]byte("robot:" + tt.password))
		write(t, filepath.Join(folder, "config.json"), encoded(t, map[string]any{"auths": map[string]any{host: map[string]string{"auth": auth}}}))
		t.Setenv("DOCKER_CONFIG", folder)
		_, err := image.Push(context.Background(), pack(t, described()), s.repository, nil, quick)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), auth)) {
			t.Errorf("%s: the password is in the error", tt.name)
		}
	}
}

// plain is a registry on another machine that does not speak TLS.
type plain struct{ inTheClear int }

func (p *plain) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return nil, errors.New("http: server gave HTTP response to HTTPS client")
	}
	p.inTheClear++
	return nil, errors.New("reached")
}

func TestPlainHTTPIsAskedFor(t *testing.T) {
	for _, host := range []string{"192.168.7.7:5000", "10.1.2.3:5000", "registry.local:5000", "registry.example"} {
		for _, insecure := range []bool{false, true} {
			p := &plain{}
			options := quick
			options.Transport, options.Insecure = p, insecure
			_, err := image.Fetch(context.Background(), host+"/plugins/guard:v1", options)
			if err == nil || (p.inTheClear > 0) != insecure {
				t.Errorf("%s, insecure=%v: %d requests in the clear, %v", host, insecure, p.inTheClear, err)
			}
		}
	}
}
