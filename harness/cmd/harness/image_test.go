package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	bar := &progressBar{out: &out}
	bar.show(500_000, 2_000_000)
	bar.clear()
	const want = "\r[=======                       ] 0.5 of 2.0 MB\r\x1b[K"
	if out.String() != want {
		t.Errorf("drew %q, want %q", out.String(), want)
	}
	silent := newProgressBar(&out)
	silent.show(1, 2)
	silent.clear()
	if out.String() != want {
		t.Errorf("drew %q where there is no terminal", out.String()[len(want):])
	}
}

// startRegistry starts a registry on loopback until the script ends and puts its
// address into $REGISTRY. In one that is "protected" nobody may set the tag
// protected-cncf; "login" wants the user robot with canary-password.
func startRegistry(ts *testscript.TestScript, negated bool, args []string) {
	kind := strings.Join(args, " ")
	if negated || kind != "" && kind != "protected" && kind != "login" {
		ts.Fatalf("usage: registry [protected | login]")
	}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); kind == "login" && (user != "robot" || password != "canary-password") {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if kind == "protected" && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/protected-cncf") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", strings.TrimPrefix(server.URL, "http://"))
}
