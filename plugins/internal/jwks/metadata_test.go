package jwks

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

const issuer = "https://idp.example/realm"

func discovered() Source {
	return Source{Issuer: issuer, DiscoveryURI: OpenIDConfiguration(issuer), Cluster: "idp", MaxStale: time.Hour}
}

func document(issuer, uri string) string {
	return `{"issuer":"` + issuer + `","authorization_endpoint":"https://idp.example/auth","jwks_uri":"` + uri + `","x":[{}]}`
}

// provider answers for metadata and for a key set apart.
func provider(metadata, keys *policy.Answer) func(policy.Call) *policy.Answer {
	return func(call policy.Call) *policy.Answer {
		copied := *keys
		if path, _ := call.Headers.First(":path"); strings.Contains(path, "/.well-known/") {
			copied = *metadata
		}
		return &copied
	}
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t, 3, discovered())
	w.answer = provider(respond(200, document(issuer, "https://keys.example/k?x=1")), respond(200, setA, `etag: "1"`))
	w.tick()
	w.want(0, Pending, "")
	w.run(time.Second)
	w.want(0, Pending, "")
	w.run(2 * time.Second)
	w.want(0, Fresh, "a")
	if got := strings.Join(w.log, ", "); got != "0 0 idp.example/realm/.well-known/openid-configuration, 1 0 keys.example/k?x=1" {
		t.Errorf("calls %s", got)
	}
	for _, call := range w.calls {
		if call.Cluster != "idp" {
			t.Errorf("cluster %q", call.Cluster)
		}
	}
	w.wantCalls(2, 2)

	// The address is kept for an hour, on all workers.
	w.workers[0].dead = true
	w.run(50 * time.Minute)
	w.want(0, Fresh, "a")
	for _, line := range w.log {
		if !strings.HasSuffix(line, " keys.example/k?x=1") {
			t.Errorf("asked again: %s", line)
		}
	}
	w.wantCalls(10, 12)
	w.answer = provider(respond(200, document(issuer, "https://idp.example/new")), respond(200, setB))
	w.run(20 * time.Minute)
	if got := strings.Join(w.log, ", "); strings.Count(got, "well-known") != 1 || !strings.HasSuffix(got, "idp.example/new") {
		t.Errorf("calls %s", got)
	}
	w.want(0, Fresh, "b")
	// A key set that is no longer where it was is asked for anew.
	w.log = nil
	w.answer = func(call policy.Call) *policy.Answer {
		switch path, _ := call.Headers.First(":path"); path {
		case "/new":
			return respond(404, "")
		case "/newer":
			return respond(200, setA)
		}
		return respond(200, document(issuer, "https://idp.example/newer"))
	}
	w.run(6 * time.Minute)
	w.want(0, Fresh, "a")
	if got := w.problems(); got != "0 bad_status 404 #1" {
		t.Errorf("problems %s", got)
	}
}

// TestMovedKeySet has the address change and nothing else: the tag of the old
// address is not sent to the new one, and that of the new one is.
func TestMovedKeySet(t *testing.T) {
	w := newWorld(t, 1, discovered())
	keys := respond(200, setA, `etag: "1"`)
	w.answer = provider(respond(200, document(issuer, "https://idp.example/old")), keys)
	w.tick()
	w.run(10 * time.Minute)
	w.answer = provider(respond(200, document(issuer, "https://idp.example/new")), keys)
	w.run(time.Hour + 10*time.Minute)
	old, moved := 0, 0
	for _, call := range w.calls {
		tag, conditional := call.Headers.First("if-none-match")
		switch path, _ := call.Headers.First(":path"); path {
		case "/old":
			if conditional != (old > 0) {
				t.Errorf("call %d of the old address has the tag %q", old, tag)
			}
			old++
		case "/new":
			if conditional != (moved > 0) {
				t.Errorf("call %d of the new address has the tag %q", moved, tag)
			}
			moved++
		}
	}
	if old < 3 || moved < 3 {
		t.Errorf("%d calls and %d", old, moved)
	}
}

// TestMetadataAnswers gives metadata of each kind to a worker that knows nothing
// yet.
func TestMetadataAnswers(t *testing.T) {
	mismatch := "0 issuer_mismatch discovery 200 (issuer: want the issuer of the configuration, character for character) #1"
	form := "0 bad_key_set_uri discovery 200 (jwks_uri: want https://host/path or http://host/path, of at most 2048 bytes"
	tests := []struct {
		name     string
		metadata *policy.Answer
		problem  string
	}{
		{"good", respond(200, document(issuer, "https://other.example/")), ""},
		{"another issuer", respond(200, document("https://evil.example", "https://idp.example/k")), mismatch},
		{"issuer with a slash", respond(200, document(issuer+"/", "https://idp.example/k")), mismatch},
		{"issuer in another case", respond(200, document(strings.ToUpper(issuer), "https://idp.example/k")), mismatch},
		{"no issuer", respond(200, `{"jwks_uri":"https://idp.example/k"}`), mismatch},
		{"issuer that is a list", respond(200, `{"issuer":["`+issuer+`"],"jwks_uri":"https://idp.example/k"}`), mismatch},
		{"no key set", respond(200, `{"issuer":"`+issuer+`"}`), "0 bad_key_set_uri discovery 200 (jwks_uri: want a string) #1"},
		{"plain http", respond(200, document(issuer, "http://idp.example/k")), "0 bad_key_set_uri discovery 200 (jwks_uri: want https://, as that of the metadata) #1"},
		{"file", respond(200, document(issuer, "file:///etc/passwd")), form + ") #1"},
		{"password", respond(200, document(issuer, "https://user:secret@idp.example/k")), "0 bad_key_set_uri discovery 200 (jwks_uri: want a host, and nothing before it) #1"},
		{"header injection", respond(200, document(issuer, `https://idp.example/k\r\nx: y`)), "0 bad_key_set_uri discovery 200 (jwks_uri: want the characters of a URI, without a fragment) #1"},
		{"two issuers", respond(200, `{"issuer":"`+issuer+`","issuer":"x","jwks_uri":"https://idp.example/k"}`), "0 bad_document discovery 200 (want a JSON object without duplicate members) #1"},
		{"garbage", respond(200, "<html>"), "0 bad_document discovery 200 (want a JSON object without duplicate members) #1"},
		{"too large", respond(200, document(issuer, "https://idp.example/k")+strings.Repeat(" ", maxMetadataSize)), "0 too_large discovery 200 #1"},
		{"redirect", respond(301, "", "location: https://idp.example/x"), "0 bad_status discovery 301 #1"},
		{"not modified", respond(304, ""), "0 bad_status discovery 304 #1"},
		{"nobody answers", failed(), "0 unreachable discovery #1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, 1, discovered())
			w.answer = provider(test.metadata, respond(200, setA))
			w.tick()
			w.run(time.Second)
			if got := w.problems(); got != test.problem || strings.Contains(got, "secret") {
				t.Errorf("problems %s, want %s", got, test.problem)
			}
			if test.problem != "" {
				w.want(0, Unavailable, "")
				return
			}
			w.run(time.Second)
			w.want(0, Fresh, "a")
		})
	}
	t.Run("plain http from plain http", func(t *testing.T) {
		s := discovered()
		s.DiscoveryURI = "http://idp.example/.well-known/openid-configuration"
		w := newWorld(t, 1, s)
		w.answer = provider(respond(200, document(issuer, "http://idp.example/k")), respond(200, setA))
		w.tick()
		w.run(2 * time.Second)
		w.want(0, Fresh, "a")
		if scheme, _ := w.calls[1].Headers.First(":scheme"); scheme != "http" {
			t.Errorf("scheme %q", scheme)
		}
	})
}

// TestMetadataOutage has only the metadata fail: its last word holds on.
func TestMetadataOutage(t *testing.T) {
	s := discovered()
	w := newWorld(t, 2, s)
	keys := respond(200, setA)
	w.answer = provider(respond(200, document(issuer, "https://idp.example/k"), "cache-control: max-age=60"), keys)
	w.tick()
	w.run(3 * time.Second)
	w.answer = provider(respond(500, ""), keys)
	w.run(50 * time.Minute)
	w.want(0, Fresh, "a")
	if got := w.problems(); !strings.HasPrefix(got, "0 bad_status discovery 500; 0 bad_status discovery 500") || strings.Contains(got, "#") {
		t.Errorf("problems %s", got)
	}
	// Not so if the metadata is there and wrong.
	w.answer = provider(respond(200, document("https://evil.example", "https://idp.example/k")), keys)
	w.run(6 * time.Minute)
	w.want(0, Stale, "a")
	// And not for ever.
	w.answer = provider(respond(500, ""), keys)
	w.run(20 * time.Minute)
	w.want(0, Stale, "a")
}

// TestDeadWorkerBetweenCalls stops the worker that has the metadata and waits
// for the key set.
func TestDeadWorkerBetweenCalls(t *testing.T) {
	w := newWorld(t, 2, discovered())
	w.answer = provider(respond(200, document(issuer, "https://idp.example/k")), respond(200, setA))
	w.tick()
	w.run(time.Second)
	w.workers[0].dead = true
	w.wantCalls(2, 2)
	w.run(12 * time.Second)
	w.want(0, Fresh, "a")
	w.wantCalls(1, 1)
}
