//go:build istio

package envoygateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness/image"
)

// logged waits until Envoy Gateway or its Envoy has printed a text since line n.
func logged(t *testing.T, n int, text string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(50 * time.Millisecond) {
		if strings.Contains(strings.Join(control.Lines(n), "\n"), text) {
			return
		}
	}
	t.Errorf("nobody has printed %q", text)
}

// TestWhatCannotBeFetched is about images that are not there or not what the policy says:
// the routes of the policy answer 500, also where there was a policy before, and nothing
// gets through, or with failOpen go on without the plugin, as if there were no policy.
func TestWhatCannotBeFetched(t *testing.T) {
	digest := push(t, "jwt-audience")
	scope := push(t, "scope") // a digest, but of another image
	img, err := image.Fetch(t.Context(), control.Registry()+"/gatehouse/jwt-audience:v1-cncf", image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if img.Refusal() == nil {
		t.Error("harness/image has nothing against the CNCF form")
	}
	if img, err := image.Fetch(t.Context(), control.Registry()+"/gatehouse/jwt-audience:v1", image.Options{}); err != nil || img.Refusal() != nil || img.Digest.Hex != digest {
		t.Errorf("the compatible form: %v, refused: %v, digest %s, want %s", err, img.Refusal(), img.Digest.Hex, digest)
	}
	for name, broken := range map[string]struct{ url, sha256, says string }{
		"a tag that is not there": {":v9", "", "MANIFEST_UNKNOWN"},
		"another digest":          {":v1", scope, "does not match"},
		"the CNCF form":           {":v1-cncf", "", "could not parse as"},
	} {
		t.Run(name, func(t *testing.T) {
			image := "url: " + control.Registry() + "/gatehouse/jwt-audience" + broken.url
			if broken.sha256 != "" {
				image += "\n        sha256: " + broken.sha256
			}
			good := manifests(t, "jwt-audience.yaml")
			apply(t, good)
			turns(t, "/orders", "", "401!")
			text := exchange(t, good, "url: "+control.Registry()+"/gatehouse/jwt-audience:v1", image)
			n := len(control.Lines(0))
			if err := control.Apply(manifests(t, "gateway.yaml") + "\n---\n" + text); err != nil {
				t.Fatal(err)
			}
			turns(t, "/orders", "", "500!")
			if status, _ := get("/orders", bearer(t, "any")); status != "500!" {
				t.Errorf("with a good token /orders = %s, want 500!", status)
			}
			logged(t, n, broken.says)
			if err := control.Apply(manifests(t, "gateway.yaml") + "\n---\n" + exchange(t, text, "failOpen: false", "failOpen: true")); err != nil {
				t.Fatal(err)
			}
			turns(t, "/orders", "", "200")
		})
	}
}

// TestRoutePolicyReplacesGatewayPolicy is the first trap: a policy of a route switches
// that of its Gateway off for the route, and mergeType does not help, for one list takes
// the place of the other.
func TestRoutePolicyReplacesGatewayPolicy(t *testing.T) {
	push(t, "jwt-audience")
	push(t, "waf")
	attack := "/orders?id=1%27%20OR%20%271%27=%271"
	onRoute := exchange(t, exchange(t, manifests(t, "waf.yaml"), "kind: Gateway\n", "kind: HTTPRoute\n"), "name: api ", "name: orders ")
	apply(t, manifests(t, "jwt-audience.yaml")+"\n---\n"+onRoute)
	turns(t, "/things", "", "401!")
	turns(t, attack, "", "403!")
	if status, _ := get("/orders", ""); status != "200" {
		t.Errorf("without a token /orders = %s, want 200: the route's policy stands alone", status)
	}
	for _, how := range []string{"JSONMerge", "StrategicMerge"} {
		merged := exchange(t, onRoute, "spec:\n", "spec:\n  mergeType: "+how+"\n")
		n := len(control.Lines(0))
		if err := control.Apply(manifests(t, "gateway.yaml", "jwt-audience.yaml") + "\n---\n" + merged); err != nil {
			t.Fatal(err)
		}
		logged(t, n, "reconciled gateways successfully")
		if token, _ := get("/orders", ""); token != "200" {
			t.Errorf("mergeType %s: without a token /orders = %s, want 200: the list of the route stands alone", how, token)
		}
		turns(t, attack, "", "403!")
	}
}

// TestPolicyChangesUnderLoad changes a policy while requests come.
func TestPolicyChangesUnderLoad(t *testing.T) {
	push(t, "jwt-audience")
	open := manifests(t, "jwt-audience.yaml")
	closed := exchange(t, open, "audiences: [orders-api]", "audiences: [another-api]")
	apply(t, open)
	turns(t, "/orders", "", "401!")
	token := bearer(t, "any")

	statuses := map[string]map[int]int{"/healthz": {}, "/orders": {}}
	var mu sync.Mutex
	var answered atomic.Int64
	stop, halt := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for path := range statuses {
		for range 2 {
			clients.Go(func() {
				client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
				defer client.CloseIdleConnections()
				for stop.Err() == nil {
					request, _ := http.NewRequest(http.MethodGet, "http://"+gateway+path, nil)
					request.Host = "api.example.com"
					request.Header.Set("Authorization", token)
					response, err := client.Do(request)
					if err != nil {
						t.Errorf("a request was lost: %v", err)
						return
					}
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
					answered.Add(1)
					mu.Lock()
					statuses[path][response.StatusCode]++
					mu.Unlock()
					time.Sleep(5 * time.Millisecond)
				}
			})
		}
	}
	defer clients.Wait()
	defer halt()
	base := manifests(t, "gateway.yaml") + "\n---\n"
	put := func(text, want string) {
		t.Helper()
		if err := control.Apply(base + text); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s after %v", want, turns(t, "/orders", token, want))
	}
	for range 2 {
		put(closed, "401!")
		put(open, "200")
	}
	mu.Lock()
	t.Logf("%d requests answered while the policy changed 4 times: %v", answered.Load(), statuses)
	for path, found := range statuses {
		for status := range found {
			if status != 200 && (path == "/healthz" || status != 401) {
				t.Errorf("%s: %d times %d", path, found[status], status)
			}
		}
	}
	mu.Unlock()
	halt()
	clients.Wait()
}

// TestBrokenConfiguration is about one that the plugin refuses: Envoy then refuses the
// listener as a whole. The policy before it stays in force. Where there was none, nothing
// is: that is the second trap, for failOpen false does not help.
func TestBrokenConfiguration(t *testing.T) {
	push(t, "jwt-audience")
	open := manifests(t, "jwt-audience.yaml")
	broken := manifests(t, "gateway.yaml") + "\n---\n" + exchange(t, open, "clock_skew:", "clock_skwe:")
	put := func(want string, says ...string) {
		t.Helper()
		n := len(control.Lines(0))
		if err := control.Apply(broken); err != nil {
			t.Fatal(err)
		}
		for _, text := range append(says, "listener 'default/api/http' config rejected") {
			logged(t, n, text)
		}
		if status, _ := get("/orders", ""); status != want {
			t.Errorf("with a broken configuration and no token /orders = %s, want %s", status, want)
		}
	}
	apply(t, open)
	turns(t, "/orders", "", "401!")
	put("401!", `unknown field "clock_skwe", did you mean "clock_skew"?`)
	if status, _ := get("/orders", bearer(t, "any")); status != "200" {
		t.Errorf("with a broken configuration and a good token /orders = %s, want 200", status)
	}
	if err := control.Apply(manifests(t, "gateway.yaml")); err != nil {
		t.Fatal(err)
	}
	turns(t, "/orders", "", "200")
	put("200") // nothing protects the route
	// A field that goes from a file stays while its policy is there: it has to go first.
	n := len(control.Lines(0))
	if err := control.Apply(manifests(t, "gateway.yaml")); err != nil {
		t.Fatal(err)
	}
	logged(t, n, "reload resources finished")
	if err := control.Apply(manifests(t, "gateway.yaml") + "\n---\n" + open); err != nil {
		t.Fatal(err)
	}
	turns(t, "/orders", "", "401!") // a good one is taken again
}
