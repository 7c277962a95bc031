package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRequestsAreWhole reads what is sent as a server does: a body that is not as
// long as it says would have connections wait for ever.
func TestRequestsAreWhole(t *testing.T) {
	read := 0
	for _, traffic := range []traffic{benign, attacks} {
		for kind, requests := range traffic.wire {
			for i, wire := range requests {
				r := bufio.NewReader(bytes.NewReader(wire))
				request, err := http.ReadRequest(r)
				if err != nil {
					t.Fatalf("list %d, request %d: %v", kind, i, err)
				}
				body, err := io.ReadAll(request.Body)
				if err != nil || !bytes.Equal(body, traffic.requests[kind][i].Body) {
					t.Errorf("list %d, request %d: body %q, %v; want %q", kind, i, body, err, traffic.requests[kind][i].Body)
				}
				if rest, _ := io.ReadAll(r); len(rest) > 0 {
					t.Errorf("list %d, request %d: %q after the body", kind, i, rest)
				}
				read++
			}
		}
	}
	if want := len(kinds)*variants + 2; read != want {
		t.Errorf("%d requests, want %d", read, want)
	}
	if body := string(attacks.requests[0][1].Body); !strings.HasSuffix(body, `union select password --"}`) {
		t.Errorf("attack in JSON: %s", body)
	}
}

// TestEnginesPassTheCheck tries the two that need nothing installed.
func TestEnginesPassTheCheck(t *testing.T) {
	for _, start := range []func() (*run, error){startEngine, startCoraza} {
		r, err := start()
		if err != nil {
			t.Fatal(err)
		}
		for kind := range kinds {
			if _, err := r.target.send(t.Context(), &benign, kind, 2, 200); err != nil {
				t.Errorf("%s: %s: %v", r.name, kinds[kind].name, err)
			}
		}
		if _, err := r.target.send(t.Context(), &attacks, 0, 2, 403); err != nil {
			t.Errorf("%s: attacks: %v", r.name, err)
		}
	}
}

// TestRulesForModSecurity holds what its parser needs against the file.
func TestRulesForModSecurity(t *testing.T) {
	path, err := writeRules(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rules, before := 0, ""
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "Include "), strings.HasPrefix(line, "SecRequestBodyInMemoryLimit"):
			t.Errorf("ModSecurity does not take %q", line)
		case strings.HasPrefix(line, "Sec") && strings.TrimSpace(before) != "":
			t.Errorf("%q comes right after %q, want an empty line", line, before)
		}
		if strings.HasPrefix(line, "SecRule ") {
			rules++
		}
		before = line
	}
	if rules < 500 {
		t.Errorf("%d rules, want those of the Core Rule Set", rules)
	}
	data, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.data"))
	if err != nil || len(data) < 15 {
		t.Errorf("%d files of data beside the rules, %v", len(data), err)
	}
}
