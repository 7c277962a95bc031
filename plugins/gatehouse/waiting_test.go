//go:build !wasip1

package gatehouse_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/jose/josetest"
)

// TestABodyWaitsInAPipeline holds bodies for the waf and has them wait for jwt-audience's
// keys in a real Envoy, with redact behind that rewrites them: all of a body arrives, once,
// as redact leaves it.
func TestABodyWaitsInAPipeline(t *testing.T) {
	key := josetest.New("ES256", "waiting")
	asked, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { close(asked) })
		<-release
		w.Header().Set("Content-Type", "application/jwk-set+json")
		io.WriteString(w, josetest.Set(key))
	}))
	defer idp.Close()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Write(body)
	}))
	defer upstream.Close()
	bootstrap, err := os.ReadFile("testdata/waiting.yaml")
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "gatehouse.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "./wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: bootstrap,
		Endpoints: map[string]string{"upstream": upstream.Listener.Addr().String(), "idp": idp.Listener.Addr().String()},
		Plugins: []envoy.Plugin{{Wasm: module, Configuration: []byte(`{"pipeline":[
			{"plugin":"waf","config":{"hold_headers":true,"rules":["SecRequestBodyAccess On","SecRequestBodyLimit 4096","SecRequestBodyLimitAction ProcessPartial",
				"SecRule ARGS \"@contains attack\" \"id:1000,phase:2,deny,status:403\""]}},
			{"plugin":"jwt-audience","config":{"issuers":[{"issuer":"https://idp.example.com","audiences":["orders-api"],"algorithms":["ES256"],
				"jwks_uri":{"uri":"https://idp.example.com/keys","cluster":"idp","timeout":"4s"}}]}},
			{"plugin":"redact","config":{"requests":[{"match":{},"detectors":[{"type":"card","action":{"mask":{"keep_last":4}}}]}]}}]}`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	now := time.Now().Unix()
	token := key.Token(fmt.Sprintf(`{"iss":"https://idp.example.com","aud":"orders-api","sub":"ada","iat":%d,"exp":%d}`, now, now+600))
	text := func(n int) string {
		if n > 4096 { // of JSON the waf refuses what it cannot read to its end
			return "4111111111111111, " + strings.Repeat("x", n) + ", 4111111111111111"
		}
		return `{"card":"4111111111111111","note":"` + strings.Repeat("x", n) + `","again":"4111111111111111"}`
	}
	tests := []struct {
		name, token, body string
		status            int
		want              string
	}{
		{"a short body", token, text(10), 200, strings.ReplaceAll(text(10), "4111111111111111", "************1111")},
		{"a body longer than the waf looks at", token, text(200_000), 200, strings.ReplaceAll(text(200_000), "4111111111111111", "************1111")},
		{"no token", "", text(10), 401, ""},
		{"an attack", token, `{"note":"attack"}`, 403, ""},
		{"a token of another key", josetest.New("ES256", "other").Token(`{"iss":"https://idp.example.com","aud":"orders-api","sub":"ada"}`), text(10), 401, ""},
	}
	var done sync.WaitGroup
	for _, tt := range tests {
		for _, chunked := range []bool{false, true} {
			done.Go(func() {
				name := fmt.Sprintf("%s, chunked %t", tt.name, chunked)
				// A reader that is none of strings has no length.
				var body io.Reader = strings.NewReader(tt.body)
				if chunked {
					body = io.MultiReader(strings.NewReader(tt.body[:len(tt.body)/2]), strings.NewReader(tt.body[len(tt.body)/2:]))
				}
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.Address("ingress")+"/orders", body)
				if err != nil {
					t.Error(err)
					return
				}
				request.Header.Set("Content-Type", "application/json")
				if tt.body[0] != '{' {
					request.Header.Set("Content-Type", "text/plain")
				}
				if tt.token != "" {
					request.Header.Set("Authorization", "Bearer "+tt.token)
				}
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				defer response.Body.Close()
				got, err := io.ReadAll(response.Body)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if response.StatusCode != tt.status {
					t.Errorf("%s: status %d, want %d: %.200s", name, response.StatusCode, tt.status, got)
				}
				if tt.want != "" && !bytes.Equal(got, []byte(tt.want)) {
					t.Errorf("%s: the upstream had %d bytes, want %d", name, len(got), len(tt.want))
				}
			})
		}
	}
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Fatal("nobody asked for keys in a minute")
	}
	time.Sleep(500 * time.Millisecond) // for the bodies to come
	close(release)
	done.Wait()
	if t.Failed() {
		t.Log(p.Output())
	}
}
