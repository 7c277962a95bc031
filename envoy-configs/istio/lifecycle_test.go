//go:build istio

package istio_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/harness/cluster"
	"gatehouse/harness/envoy/load"
	"gatehouse/harness/envoy/tokentest"
)

// kinds are the resources that attach a plugin to proxies: WasmPlugin, and TrafficExtension that is to
// follow it and has the plugin's part in a field of its own.
var kinds = []string{"WasmPlugin", "TrafficExtension"}

// extension is a resource of either kind. where has the fields that say what it is attached
// to, plugin those of the plugin, both indented by two.
func extension(kind, ns, name, where, plugin string) string {
	text := fmt.Sprintf("apiVersion: extensions.istio.io/v1alpha1\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec:\n  phase: AUTHN\n%s", kind, name, ns, where)
	if kind == "WasmPlugin" {
		return text + plugin
	}
	var inner strings.Builder
	for line := range strings.Lines(plugin) {
		inner.WriteString("  " + line)
	}
	return text + "  wasm:\n" + inner.String()
}

// tokens is the configuration of jwt-audience in which one audience is allowed.
func tokens(audience string) string {
	return fmt.Sprintf(`  pluginConfig:
    issuers:
    - issuer: https://idp.example.com
      audiences: [%s]
      algorithms: [EdDSA]
      jwks: {keys: [{kty: OKP, crv: Ed25519, kid: example, alg: EdDSA, use: sig, x: %s}]}
    routes:
    - {match: {path: {exact: /healthz}}, allow_anonymous: true}
`, audience, tokentest.PublicKey)
}

// selected attaches a plugin to proxies with a label.
func selected(label string) string { return "  selector: {matchLabels: {istio: " + label + "}}\n" }

// TestPluginAnswers loads a plugin through a manifest and sees what it answers, and
// what the operator is told.
func TestPluginAnswers(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			ns := namespace(t)
			p, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
			apply(t, extension(kind, ns, "jwt-audience", selected("ingressgateway"),
				"  url: "+url+"\n  sha256: "+sha256+"\n  failStrategy: FAIL_CLOSE\n"+tokens("orders-api")))
			turns(t, address, "/orders", "401")
			before := len(p.Lines())
			answer, err := send(address, "/orders")
			if err != nil {
				t.Fatal(err)
			}
			if got, want := field(answer, ":status")+" "+field(answer, "www-authenticate"), "401 Bearer"; !strings.HasPrefix(got, want) {
				t.Errorf("an answer to no token = %s, want %s", got, want)
			}
			t.Log(printed(t, p, before, "jwt-audience", "token_missing"))
			t.Log(printed(t, p, before, "GET /orders", "401"))
			for who, want := range map[string]string{"orders-api": "200", "another-api": "401"} {
				if got := status(address, "/orders", "authorization", tokentest.Bearer(t, map[string]any{"aud": who, "sub": "ada"})); got != want {
					t.Errorf("a token for %s = %s, want %s", who, got, want)
				}
			}
			if got := status(address, "/healthz"); got != "200" {
				t.Errorf("/healthz without a token = %s, want 200", got)
			}
		})
	}
}

// guarded starts a gateway with jwt-audience in force in it, which allows orders-api. put exchanges what stands
// for the plugin's fields, those that tokens returns included, and returns when kubectl does.
func guarded(t *testing.T, kind string, label string, plugin string) (p *cluster.Proxy, address string, put func(plugin string)) {
	t.Helper()
	ns := namespace(t)
	p, address = gateway(t, ns, map[string]string{"istio": label})
	apply(t, extension(kind, ns, "jwt-audience", selected(label), plugin))
	turns(t, address, "/orders", "401")
	return p, address, func(plugin string) {
		t.Helper()
		change(t, extension(kind, ns, "jwt-audience", selected(label), plugin))
	}
}

// each runs a test for both kinds.
func each(t *testing.T, test func(t *testing.T, kind string)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) { test(t, kind) })
	}
}

// TestAttachment attaches a plugin to some of the gateways in a namespace.
func TestAttachment(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	ns := namespace(t)
	_, blue := gateway(t, ns, map[string]string{"istio": "blue", "gateway.networking.k8s.io/gateway-name": "blue"})
	_, green := gateway(t, ns, map[string]string{"istio": "green", "gateway.networking.k8s.io/gateway-name": "green"})
	_, elsewhere := gateway(t, namespace(t), map[string]string{"istio": "blue", "gateway.networking.k8s.io/gateway-name": "blue"})
	addresses := []string{blue, green, elsewhere}
	for _, test := range []struct {
		name, where string
		want        []string // of /orders at blue, green and elsewhere
	}{
		{"a selector", selected("blue"), []string{"401", "200", "200"}},
		{"a selector of another gateway", selected("green"), []string{"200", "401", "200"}},
		{"a target", "  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: green}]\n", []string{"200", "401", "200"}},
		{"two targets", "  targetRefs:\n  - {group: gateway.networking.k8s.io, kind: Gateway, name: green}\n  - {group: gateway.networking.k8s.io, kind: Gateway, name: blue}\n",
			[]string{"401", "401", "200"}},
		{"neither", "", []string{"401", "401", "200"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, kind string) {
				apply(t, extension(kind, ns, "jwt-audience", test.where, "  url: "+url+"\n  sha256: "+sha256+"\n  failStrategy: FAIL_CLOSE\n"+tokens("orders-api")))
				for i, address := range addresses {
					turns(t, address, "/orders", test.want[i])
				}
			})
			for _, address := range addresses {
				turns(t, address, "/orders", "200")
			}
		})
	}
}

// TestGatewayAPI attaches a plugin to a Gateway of the Gateway API, with an HTTPRoute behind it. The
// ServiceEntry stands for the Service in front of the gateway's pods.
func TestGatewayAPI(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	ns, port := namespace(t), cluster.FreePort()
	apply(t, fmt.Sprintf(`apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: %[1]s}
spec:
  gatewayClassName: istio
  addresses: [{type: Hostname, value: edge.%[1]s.example.test}]
  listeners: [{name: http, port: %[2]d, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: %[1]s}
spec:
  parentRefs: [{name: edge}]
  rules:
  - backendRefs: [{group: networking.istio.io, kind: Hostname, name: upstream.%[1]s.example.test, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: edge, namespace: %[1]s}
spec:
  hosts: [edge.%[1]s.example.test]
  resolution: STATIC
  ports: [{number: %[2]d, name: http, protocol: HTTP}]
  endpoints: [{address: 127.0.0.7}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: upstream, namespace: %[1]s}
spec:
  hosts: [upstream.%[1]s.example.test]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: %[3]s}]
  endpoints: [{address: 127.0.0.1}]
`, ns, port, backend(t)))
	start(t, cluster.ProxyOptions{Name: "edge", Namespace: ns, Address: "127.0.0.7", Labels: map[string]string{"gateway.networking.k8s.io/gateway-name": "edge"}})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	turns(t, address, "/orders", "200")
	each(t, func(t *testing.T, kind string) {
		apply(t, extension(kind, ns, "jwt-audience", "  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]\n",
			"  url: "+url+"\n  sha256: "+sha256+"\n"+tokens("orders-api")))
		turns(t, address, "/orders", "401")
		turns(t, address, "/orders", "200", "authorization", tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada"}))
	})
	turns(t, address, "/orders", "200")
}

// TestPolicyChangesUnderLoad changes the configuration back and forth while requests keep coming.
func TestPolicyChangesUnderLoad(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	each(t, func(t *testing.T, kind string) {
		plugin := "  url: " + url + "\n  sha256: " + sha256 + "\n  failStrategy: FAIL_CLOSE\n"
		_, address, put := guarded(t, kind, "ingressgateway", plugin+tokens("orders-api"))
		token := tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada"})
		turns(t, address, "/orders", "200", "authorization", token)
		stop := flood(t, address, token, map[string][]int{"/healthz": {200}, "/orders": {200, 401}})
		var live []time.Duration
		for range 5 {
			for _, change := range [][2]string{{"another-api", "401"}, {"orders-api", "200"}} {
				put(plugin + tokens(change[0]))
				began := time.Now()
				turns(t, address, "/orders", change[1], "authorization", token)
				live = append(live, time.Since(began))
			}
		}
		answered := stop()
		slices.Sort(live)
		t.Logf("%d requests on 8 connections while the policy changed 10 times, none lost; live %v (median) and %v (slowest) after kubectl returned",
			answered, live[len(live)/2].Round(time.Millisecond), live[len(live)-1].Round(time.Millisecond))
	})
}

// TestImageUpgradesUnderLoad moves to other images while requests keep coming.
func TestImageUpgradesUnderLoad(t *testing.T) {
	v1, sha1 := pushModule(t, "gatehouse/upgraded", "v1", release(t, "1"))
	v2, sha2 := pushModule(t, "gatehouse/upgraded", "v2", release(t, "2"))
	v3, sha3 := pushModule(t, "gatehouse/upgraded", "v3", release(t, "3"))
	if sha1 == sha2 || sha2 == sha3 {
		t.Fatal("images with different modules have one digest")
	}
	pushImage(t, "gatehouse/upgraded", "corrupt", append([]byte("\x00asm\x01\x00\x00\x00"), "this is no module"...))
	corrupt := strings.Replace(v1, ":v1", ":corrupt", 1)
	each(t, func(t *testing.T, kind string) {
		image := func(lines string) string { return lines + "  failStrategy: FAIL_CLOSE\n" + tokens("orders-api") }
		p, address, put := guarded(t, kind, "ingressgateway", image("  url: "+v1+"\n"))
		is := func(want string) bool {
			answer, err := send(address, "/orders")
			return err == nil && bytes.Contains(bytes.Join(answer.Body, nil), []byte(`"title":"Unauthorize`+want+`"`))
		}
		if !is("1") {
			t.Fatal("v1 does not answer")
		}
		token := tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada"})
		stopAllowed := flood(t, address, token, map[string][]int{"/healthz": {200}, "/orders": {200}})
		stopDenied := flood(t, address, "", map[string][]int{"/orders": {401}})
		for _, step := range []struct{ name, lines, want string }{
			{"another tag", "  url: " + v2 + "\n", "2"},
			{"another tag with its digest", "  url: " + v3 + "\n  sha256: " + sha3 + "\n", "3"},
			{"a digest in place of a tag", "  url: " + strings.Replace(v1, ":v1", "@sha256:"+sha1, 1) + "\n", "1"},
		} {
			put(image(step.lines))
			began := time.Now()
			until(t, step.name, func() bool { return is(step.want) })
			t.Logf("%s: live %v after kubectl returned", step.name, time.Since(began).Round(time.Millisecond))
		}
		// What Envoy cannot compile it refuses, and the module before it serves on.
		before := len(p.Lines())
		put(image("  url: " + corrupt + "\n"))
		t.Log(printed(t, p, before, "Failed to load Wasm"))
		if !is("1") {
			t.Error("after a corrupt module the one before it does not answer")
		}
		allowed, denied := stopAllowed(), stopDenied()
		t.Logf("%d requests allowed and %d denied on 12 connections while the image changed 4 times, none lost", allowed, denied)

		// An image that cannot be had is another matter: the policy before it is gone.
		put(image("  url: " + v1 + "-gone\n"))
		turns(t, address, "/orders", "403", "authorization", token)
		put(image("  url: " + v2 + "\n"))
		until(t, "an image that is there again", func() bool { return is("2") })
	})
}

// TestBrokenPolicy applies configurations that the plugin refuses: the one before stays in force.
func TestBrokenPolicy(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	each(t, func(t *testing.T, kind string) {
		plugin := "  url: " + url + "\n  sha256: " + sha256 + "\n  failStrategy: FAIL_CLOSE\n"
		good := plugin + tokens("orders-api")
		p, address, put := guarded(t, kind, "ingressgateway", good)
		token := tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada"})
		stop := flood(t, address, token, map[string][]int{"/healthz": {200}, "/orders": {200}})
		for _, test := range []struct{ name, from, to, said string }{
			{"a field that is not known", "algorithms:", "algoritms:", `issuers[0]: unknown field "algoritms"`},
			{"a field that is missing", "      audiences: [orders-api]\n", "", "issuers[0].audiences"},
			{"a value of another type", "audiences: [orders-api]", "audiences: 17", "issuers[0].audiences"},
			{"an algorithm that there is not", "algorithms: [EdDSA]", "algorithms: [HS256]", "issuers[0].algorithms[0]"},
			{"a path that is none", "exact: /healthz", "exact: healthz", "routes[0].match.path.exact"},
		} {
			broken := strings.Replace(good, test.from, test.to, 1)
			if broken == good {
				t.Fatalf("%s: %q is not in the configuration", test.name, test.from)
			}
			before := len(p.Lines())
			put(broken)
			t.Log(printed(t, p, before, "jwt-audience: config: ", test.said))
			for who, want := range map[string]string{"": "401", token: "200"} {
				if got := status(address, "/orders", "authorization", who); got != want {
					t.Errorf("%s: /orders = %s, want %s as before", test.name, got, want)
				}
			}
		}
		put(plugin + tokens("another-api"))
		if n := stop(); n == 0 {
			t.Error("no load")
		}
		turns(t, address, "/orders", "401", "authorization", token)
	})
}

// TestFirstPolicyIsBroken attaches a configuration that the plugin refuses where there was none before:
// nothing gets through, with either strategy, until there is a good one.
func TestFirstPolicyIsBroken(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	for _, strategy := range []string{"FAIL_CLOSE", "FAIL_OPEN"} {
		t.Run(strategy, func(t *testing.T) {
			ns := namespace(t)
			_, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
			plugin := "  url: " + url + "\n  sha256: " + sha256 + "\n  failStrategy: " + strategy + "\n"
			apply(t, extension("WasmPlugin", ns, "jwt-audience", selected("ingressgateway"), plugin+"  pluginConfig: {isuers: []}\n"))
			turns(t, address, "/healthz", "500")
			change(t, extension("WasmPlugin", ns, "jwt-audience", selected("ingressgateway"), plugin+tokens("orders-api")))
			turns(t, address, "/healthz", "200")
			turns(t, address, "/orders", "401")
		})
	}
}

// TestIstiodIsAway sees a gateway hold to its policy while there is no istiod, and take what was applied meanwhile.
func TestIstiodIsAway(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	plugin := "  url: " + url + "\n  sha256: " + sha256 + "\n  failStrategy: FAIL_CLOSE\n"
	_, address, put := guarded(t, "WasmPlugin", "ingressgateway", plugin+tokens("orders-api"))
	token := tokentest.Bearer(t, map[string]any{"aud": "orders-api", "sub": "ada"})
	stop := flood(t, address, token, map[string][]int{"/healthz": {200}})
	if err := control.WithoutIstiod(t.Context(), func() {
		put(plugin + tokens("another-api"))
		for range 20 {
			if with, without := status(address, "/orders", "authorization", token), status(address, "/orders"); with != "200" || without != "401" {
				t.Errorf("without istiod: /orders = %s with a token and %s without, want 200 and 401", with, without)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	turns(t, address, "/orders", "401", "authorization", token)
	t.Logf("%d requests while istiod was away and came back, none lost", stop())
}

// TestPluginComesAndGoesUnderLoad attaches a plugin to a gateway that serves, and takes it away: clients that keep
// to HTTP, which ends a connection when the server says so (RFC 9112, Section 9.6), lose no request.
func TestPluginComesAndGoesUnderLoad(t *testing.T) {
	url, sha256 := push(t, "gatehouse/jwt-audience", "v1", "jwtaudience")
	ns := namespace(t)
	_, address := gateway(t, ns, map[string]string{"istio": "ingressgateway"})
	var answered, lost atomic.Int64
	halt := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-halt:
					return
				case <-time.After(5 * time.Millisecond):
				}
				// A POST, for Go sends others again by itself.
				response, err := client.Post("http://"+address+"/healthz", "text/plain", strings.NewReader("x"))
				if err != nil {
					lost.Add(1)
					t.Log(err)
					continue
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					lost.Add(1)
					t.Log(response.Status)
				}
				answered.Add(1)
			}
		})
	}
	document := extension("WasmPlugin", ns, "jwt-audience", selected("ingressgateway"),
		"  url: "+url+"\n  sha256: "+sha256+"\n  failStrategy: FAIL_CLOSE\n"+tokens("orders-api"))
	for range 3 {
		change(t, document)
		turns(t, address, "/orders", "401")
		if err := control.Delete(t.Context(), document); err != nil {
			t.Fatal(err)
		}
		turns(t, address, "/orders", "200")
	}
	close(halt)
	clients.Wait()
	if lost.Load() != 0 || answered.Load() < 200 {
		t.Errorf("%d requests were lost and %d answered, want none and a load", lost.Load(), answered.Load())
	}
	t.Logf("%d requests while a plugin came and went three times, none lost", answered.Load())
}

// flood sends requests to paths, with a token if it is not "", over four keep-alive connections a path, until stop.
// Each gets one of the statuses of its path; anything else, and a connection that ends, is a request lost.
func flood(t *testing.T, address, token string, paths map[string][]int) (stop func() int64) {
	t.Helper()
	var answered atomic.Int64
	halt := make(chan struct{})
	var clients sync.WaitGroup
	for path, allowed := range paths {
		request := "GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\n"
		if token != "" {
			request += "authorization: " + token + "\r\n"
		}
		client, err := load.Dial(t.Context(), address, 4)
		if err != nil {
			t.Fatal(err)
		}
		clients.Go(func() {
			defer client.Close()
			for {
				select {
				case <-halt:
					return
				default:
				}
				if _, err := client.Send(t.Context(), []load.Request{load.Request(request + "\r\n")}, 8, func(status int) error {
					answered.Add(1)
					if !slices.Contains(allowed, status) {
						return fmt.Errorf("%s: status %d, want one of %d", path, status, allowed)
					}
					return nil
				}); err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				time.Sleep(20 * time.Millisecond) // the change needs processors too
			}
		})
	}
	end := sync.OnceFunc(func() { close(halt); clients.Wait() })
	t.Cleanup(end)
	return func() int64 {
		t.Helper()
		end()
		n := answered.Load()
		if n < 200 {
			t.Errorf("%d requests were answered, want a load", n)
		}
		return n
	}
}

// release returns jwt-audience as if it were another release of it: the title of a denial
// ends in n.
func release(t *testing.T, n string) []byte {
	t.Helper()
	module := build(t, "jwtaudience")
	changed := bytes.ReplaceAll(module, []byte("Unauthorized"), []byte("Unauthorize"+n))
	if bytes.Equal(changed, module) {
		t.Fatal("the title of a denial is not in the module")
	}
	return changed
}
