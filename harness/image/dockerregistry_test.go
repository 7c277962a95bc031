package image_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/harness/image"
)

// dockerRegistry starts Debian's docker-registry and returns the name of a repository
// in it. A password is wanted of the user robot, unless it is "".
func dockerRegistry(t *testing.T, password string) (repository string) {
	t.Helper()
	binary := os.Getenv("DOCKER_REGISTRY")
	if binary == "" {
		binary = "../../.cache/bin/docker-registry"
		if found, err := exec.LookPath("docker-registry"); err == nil {
			binary = found
		}
	}
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("no docker-registry: make docker-registry (or set DOCKER_REGISTRY to one): %v", err)
	}
	// A registry that cannot have a port, because another program took it in between, ends.
	for range 5 {
		folder := t.TempDir()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		_ = listener.Close()
		config := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %q}, delete: {enabled: true}}\n"+
			"http: {addr: %q}\n", filepath.Join(folder, "data"), address)
		if password != "" {
			hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
			if err != nil {
				t.Fatal(err)
			}
			users := filepath.Join(folder, "htpasswd")
			write(t, users, []byte("robot:"+string(hash)+"\n"))
			config += fmt.Sprintf("auth: {htpasswd: {realm: registry, path: %q}}\n", users)
		}
		write(t, filepath.Join(folder, "config.yml"), []byte(config))
		if startDockerRegistry(t, binary, folder, address) {
			return address + "/plugins/guard"
		}
	}
	t.Fatal("docker-registry does not start")
	return ""
}

func startDockerRegistry(t *testing.T, binary, folder, address string) bool {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.Command(binary, "serve", filepath.Join(folder, "config.yml"))
	cmd.Env = []string{"HOME=" + folder, "OTEL_TRACES_EXPORTER=none"}
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); {
		select {
		case <-ended:
			t.Logf("docker-registry ended: %s", output.String())
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if response, err := http.Get("http://" + address + "/v2/"); err == nil {
			_ = response.Body.Close()
			return true
		}
	}
	return false
}

// TestDockerRegistry has a registry that many run, and that knows no referrers.
func TestDockerRegistry(t *testing.T) {
	repository := dockerRegistry(t, "")
	ctx := context.Background()
	key, public := newKey(t)
	layout := pack(t, built(t))
	pushed, err := image.Push(ctx, layout, repository, []string{"v1.2.0", "latest"}, quick)
	if err != nil || len(pushed) != 4 {
		t.Fatalf("pushed %+v (%v), want both forms with two tags", pushed, err)
	}
	for _, p := range pushed {
		img, err := image.Fetch(ctx, p.Reference, quick)
		if err != nil || img.Digest != p.Digest {
			t.Fatalf("%s: %v", p.Reference, err)
		}
		if wasm, _, err := img.Plugin(); err != nil || !bytes.Equal(wasm, built(t).Wasm) {
			t.Errorf("%s: plugin of %d bytes (%v), want that which was pushed", p.Reference, len(wasm), err)
		}
	}
	for _, p := range pushed[:2] {
		sign(t, p.Reference, key, nil)
		if _, err := image.Attest(ctx, p.Reference, builder, key, quick); err != nil {
			t.Fatal(err)
		}
		if again := sign(t, p.Reference, key, nil); !again.Before {
			t.Errorf("%s: signed twice", p.Reference)
		}
		v, err := image.Verify(ctx, p.Reference, image.Check{Key: public, SBOM: true, Provenance: true}, quick)
		if err != nil || v.Signatures != 2 {
			t.Errorf("%s: verified %+v, %v", p.Reference, v, err)
		}
		// The tag that stands in for the API lists three, and the older signature has its own.
		response, err := http.Get("http://" + strings.Replace(repository, "/", "/v2/", 1) + "/referrers/" + p.Digest.String())
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		referrers, err := image.Referrers(ctx, p.Reference, quick)
		if err != nil || len(referrers) != 4 || response.StatusCode != http.StatusNotFound {
			t.Errorf("referrers %+v (%v), API answers %d; want four, and no API", referrers, err, response.StatusCode)
		}
	}
}

// breaking ends connections after some requests that write.
type breaking struct {
	mu    sync.Mutex
	after int
}

var errBroken = errors.New("connection broke")

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if b.after == 0 {
			return nil, errBroken
		}
		b.after--
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestDockerRegistryResumes breaks a push off after each of its requests that write,
// and pushes again: what had arrived is not sent a second time.
func TestDockerRegistryResumes(t *testing.T) {
	ctx := context.Background()
	layout := pack(t, described())
	registry := dockerRegistry(t, "")
	writes := 0
	for after := 0; ; after++ {
		repository := fmt.Sprintf("%s-%d", registry, after)
		first, second := &breaking{after: after}, &breaking{after: 1000}
		options := quick
		options.Transport = first
		_, err := image.Push(ctx, layout, repository, nil, options)
		if err == nil {
			writes = after
			break
		}
		if !strings.Contains(err.Error(), errBroken.Error()) {
			t.Fatalf("after %d requests: %v", after, err)
		}
		if _, err := image.Fetch(ctx, repository+":v1.2.0-cncf", quick); err == nil && first.after == 0 {
			t.Errorf("after %d requests: the last tag is there", after)
		}
		options.Transport = second
		if _, err := image.Push(ctx, layout, repository, nil, options); err != nil {
			t.Errorf("after %d requests, again: %v", after, err)
		}
		for _, tag := range []string{":v1.2.0", ":v1.2.0-cncf"} {
			if _, err := image.Fetch(ctx, repository+tag, quick); err != nil {
				t.Errorf("after %d requests, again: %v", after, err)
			}
		}
		// Three requests are a blob: a start, its bytes, its digest. Then one is the manifest.
		arrived := min(after/7*2+min(after%7/3, 2), 4)
		if again := 1000 - second.after; again > writesOf(layout)-3*arrived {
			t.Errorf("after %d requests, again: %d requests, want those of %d blobs less", after, again, arrived)
		}
	}
	if writes != writesOf(layout) {
		t.Errorf("a push has %d requests that write, want %d", writes, writesOf(layout))
	}
}

// writesOf counts the requests of a push that write: three a blob, one a manifest,
// one a tag.
func writesOf(layout *image.Layout) int {
	n := 0
	for _, img := range layout.Images {
		n += 3*(len(img.Layers)+1) + 2
	}
	return n
}

// helper puts a credential helper of Docker on PATH, which knows one login.
//
// See https://github.com/docker/docker-credential-helpers#development
func helper(t *testing.T, name, host, user, secret string) {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\nread -r server\n" +
		`[ "$1" = get ] && [ "$server" = "` + host + `" ] || { echo "credentials not found in native keychain"; exit 1; }` + "\n" +
		`echo '{"ServerURL":"` + host + `","Username":"` + user + `","Secret":"` + secret + `"}'` + "\n"
	file := filepath.Join(folder, "docker-credential-"+name)
	write(t, file, []byte(script))
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestDockerRegistryLogin has the login in each place where docker login puts one.
func TestDockerRegistryLogin(t *testing.T) {
	const password = "canary-password"
	repository := dockerRegistry(t, password)
	loginTests(t, repository, "robot", password)
}

// loginTests pushes with logins from each place that Docker keeps them in.
func loginTests(t *testing.T, repository, user, password string) {
	t.Helper()
	host, _, _ := strings.Cut(repository, "/")
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	wrong := base64.StdEncoding.EncodeToString([]byte(user + ":" + password + "-wrong"))
	helper(t, "gatehouse-test", host, user, password)
	helper(t, "gatehouse-wrong", host, user, password+"-wrong")
	tests := []struct {
		name   string
		config map[string]any
		ok     bool
	}{
		{"config.json", map[string]any{"auths": map[string]any{host: map[string]string{"auth": basic}}}, true},
		{"a helper of the registry", map[string]any{"credHelpers": map[string]string{host: "gatehouse-test"}}, true},
		{"a store of all logins", map[string]any{"credsStore": "gatehouse-test"}, true},
		{"a wrong password in config.json", map[string]any{"auths": map[string]any{host: map[string]string{"auth": wrong}}}, false},
		{"a wrong password in a helper", map[string]any{"credHelpers": map[string]string{host: "gatehouse-wrong"}}, false},
		{"a helper that is not there", map[string]any{"credHelpers": map[string]string{host: "gatehouse-none"}}, false},
		{"a login of another registry", map[string]any{"auths": map[string]any{"registry.example": map[string]string{"auth": basic}}}, false},
		{"no login", map[string]any{}, false},
	}
	key, public := newKey(t)
	for _, tt := range tests {
		folder := t.TempDir()
		write(t, filepath.Join(folder, "config.json"), encoded(t, tt.config))
		t.Setenv("DOCKER_CONFIG", folder)
		ctx := context.Background()
		pushed, err := image.Push(ctx, pack(t, described()), repository, nil, quick)
		if err == nil {
			_, err = image.Sign(ctx, pushed[0].Reference, key, nil, quick)
		}
		if err == nil {
			_, err = image.Verify(ctx, pushed[0].Reference, image.Check{Key: public}, quick)
		}
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil {
			continue
		}
		for _, secret := range []string{"canary", basic, wrong} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the password is in the error", tt.name)
			}
		}
		if !strings.Contains(err.Error(), host) {
			t.Errorf("%s: %v, want the registry in it", tt.name, err)
		}
	}
}

// TestTokenLogin has a registry that takes tokens, which another service gives for
// logins: https://distribution.github.io/distribution/spec/auth/token/
func TestTokenLogin(t *testing.T) {
	const password, token = "canary-password", "canary-token"
	s := newStore(t)
	s.setFault(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.URL.Path == "/token" {
			user, pass, ok := r.BasicAuth()
			if !ok || user != "robot" || pass != password {
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			if !strings.Contains(r.URL.RawQuery, "scope=") || r.URL.Query().Get("service") != "registry" {
				w.WriteHeader(http.StatusBadRequest)
				return true
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"token":%q,"expires_in":300}`, token)
			return true
		}
		if r.Header.Get("Authorization") == "Bearer "+token {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="registry",scope="repository:plugins/guard:pull"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	loginTests(t, s.repository, "robot", password)
}
