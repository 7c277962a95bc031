package envoyconfigs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
	"gatehouse/harness/envoy/load"
	"gatehouse/harness/envoy/tokentest"
	"gatehouse/harness/replay/replaytest"
)

// publish puts files into a directory that Envoy watches, all of them at once.
type publish func(t *testing.T, files map[string][]byte)

// renamed exchanges each file with a rename, as `mv` does.
func renamed(dir string) publish {
	return func(t *testing.T, files map[string][]byte) {
		t.Helper()
		for name, text := range files {
			rename(t, dir, name, text)
		}
	}
}

// rename has a file take the place of the one of that name in a directory, and returns its path.
func rename(t *testing.T, dir, name string, text []byte) (path string) {
	t.Helper()
	path = filepath.Join(dir, name)
	fresh := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// mounted exchanges all files as Kubernetes does in a mounted ConfigMap: they are links
// through ..data, which is a link itself and renamed.
func mounted(dir string) publish {
	n := 0
	current := map[string][]byte{}
	return func(t *testing.T, files map[string][]byte) {
		t.Helper()
		n++
		version := fmt.Sprintf("..version-%d", n)
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if _, ok := current[name]; !ok {
				if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			current[name] = text
		}
		for name, text := range current {
			if err := os.WriteFile(filepath.Join(dir, version, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(version, filepath.Join(dir, "..new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDynamicPolicy changes policy and routes while requests keep coming: none is lost,
// and what is broken leaves in force what was there.
func TestDynamicPolicy(t *testing.T) {
	for name, how := range map[string]func(string) publish{"renamed files": renamed, "a mounted ConfigMap": mounted} {
		t.Run(name, func(t *testing.T) { testDynamicPolicy(t, how) })
	}
}

func testDynamicPolicy(t *testing.T, how func(string) publish) {
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join("dynamic", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	exchange := func(text []byte, from, to string) []byte {
		t.Helper()
		if n := bytes.Count(text, []byte(from)); n != 1 {
			t.Fatalf("%q is %d times in the file, want 1", from, n)
		}
		return bytes.Replace(text, []byte(from), []byte(to), 1)
	}
	module := filepath.Join(t.TempDir(), "plugin.wasm")
	if err := os.WriteFile(module, replaytest.Build(t, "../plugins/jwtaudience/wasm"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := exchange(exchange(read("xds/policy.yaml"), placeholder, tokentest.PublicKey), "dist/jwt-audience.wasm", module)
	closed := exchange(open, `"audiences": ["orders-api"]`, `"audiences": ["another-api"]`)
	routes := read("xds/routes.yaml")
	gone := exchange(routes, "    routes:\n", "    routes:\n    - match: {prefix: /old}\n      direct_response: {status: 410, body: {inline_string: gone}}\n")

	dir := t.TempDir()
	put := how(dir)
	// The first policy is broken: nothing gets through until there is a good one.
	put(t, map[string][]byte{"policy.yaml": exchange(open, `"clock_skew"`, `"clock_skwe"`), "routes.yaml": routes})
	upstream, err := envoy.NewUpstream(func(harness.Message) harness.Message {
		return harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}, {Name: "content-length", Value: "2"}}, Body: [][]byte{[]byte("ok")}}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Close()
	p, err := envoy.Start(t.Context(), envoy.Options{
		Bootstrap: read("envoy.yaml"),
		Endpoints: map[string]string{"upstream": upstream.Address()},
		Replace: map[string]string{
			"envoy-configs/dynamic/xds":             dir,
			"envoy-configs/dynamic/xds/policy.yaml": filepath.Join(dir, "policy.yaml"),
			"envoy-configs/dynamic/xds/routes.yaml": filepath.Join(dir, "routes.yaml"),
		},
		Concurrency: 2,
		Args:        []string{"--reject-unknown-dynamic-fields"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	address, token := p.Address("ingress"), bearer(t, "ada")
	status := func(path string) string { return header(get(t, address, path, "authorization", token), ":status") }
	turns := func(path, want string) {
		t.Helper()
		until(t, path+" = "+want, func() bool { return status(path) == want })
	}
	if o, h, n := status("/orders"), status("/healthz"), len(upstream.Requests()); o != "500" || h != "500" || n != 0 {
		t.Errorf("without a policy /orders = %s, /healthz = %s and %d requests at the upstream, want 500 and none", o, h, n)
	}
	put(t, map[string][]byte{"policy.yaml": open})
	turns("/orders", "200")

	// The load: one keep-alive client of which every request is good under each policy,
	// one that the closed policy denies. A connection that ends is an error of Send.
	var answered atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	defer clients.Wait()
	halt := sync.OnceFunc(func() { close(stop) })
	defer halt()
	for path, allowed := range map[string][]int{"/healthz": {200}, "/orders": {200, 401}} {
		request := load.Request("GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\nauthorization: " + token + "\r\n\r\n")
		client, err := load.Dial(t.Context(), address, 4)
		if err != nil {
			t.Fatal(err)
		}
		clients.Go(func() {
			defer client.Close()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := client.Send(t.Context(), []load.Request{request}, 40, func(status int) error {
					answered.Add(1)
					if status != allowed[0] && status != allowed[len(allowed)-1] {
						return fmt.Errorf("%s: status %d", path, status)
					}
					return nil
				}); err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
			}
		})
	}
	rejected := func(what, filter string, text map[string][]byte) {
		t.Helper()
		before := sum(t, p, filter)
		put(t, text)
		until(t, "a rejection of "+what, func() bool { return sum(t, p, filter) > before })
	}

	for range 5 {
		put(t, map[string][]byte{"policy.yaml": closed})
		turns("/orders", "401")
		put(t, map[string][]byte{"policy.yaml": open})
		turns("/orders", "200")
	}
	put(t, map[string][]byte{"routes.yaml": gone})
	turns("/old/1", "410")
	put(t, map[string][]byte{"routes.yaml": routes})
	turns("/old/1", "200")

	put(t, map[string][]byte{"policy.yaml": closed})
	turns("/orders", "401")
	const policy = `extension_config_discovery\.http_filter\..*(config_fail|update_rejected|update_failure)$`
	for what, broken := range map[string][]byte{
		"an unknown field of the plugin": exchange(open, `"clock_skew"`, `"clock_skwe"`),
		"no JSON":                        exchange(open, `"issuers": [{`, `"issuers": [`),
		"no YAML":                        []byte("resources: ["),
		"another module":                 exchange(open, module, module+".gone"),
		"an unknown field of Envoy":      exchange(open, "failure_policy: FAIL_RELOAD", "failure_polcy: FAIL_RELOAD"),
	} {
		rejected(what, policy, map[string][]byte{"policy.yaml": broken})
		if o, h := status("/orders"), status("/healthz"); o != "401" || h != "200" {
			t.Errorf("%s: /orders = %s, /healthz = %s, want those of the policy before it, 401 and 200", what, o, h)
		}
	}
	rejected("routes", `http\.ingress\.rds\.local\.(update_rejected|update_failure)$`, map[string][]byte{"routes.yaml": exchange(routes, "cluster: upstream", "clutser: upstream")})
	if o := status("/healthz"); o != "200" {
		t.Errorf("broken routes: /healthz = %s, want 200", o)
	}
	put(t, map[string][]byte{"policy.yaml": open, "routes.yaml": routes})
	turns("/orders", "200")

	halt()
	clients.Wait()
	t.Logf("%d requests answered over 8 connections while policy and routes changed, none lost", answered.Load())
	if answered.Load() < 1000 {
		t.Errorf("%d requests were answered, want a load", answered.Load())
	}
}
