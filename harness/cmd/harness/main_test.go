package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/harness/envoy"
	"gatehouse/harness/replay/replaytest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"harness": main})
}

// TestScripts runs the command line as a user would. Every script has the
// plugin guard.wasm (see package replaytest) and the recordings of
// testdata/recording in its folder, and finds the Envoy that the tests were given;
// "exits N harness …" runs the command and
// wants that exit code; "registry" starts a registry at $REGISTRY.
func TestScripts(t *testing.T) {
	guard := replaytest.Build(t, "../../replay/replaytest/testdata/guard")
	cache := t.TempDir() // one for all scripts: the plugin is compiled once
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) < 9 {
		t.Fatalf("%d scripts, want at least 9 (%v)", len(scripts), err)
	}
	recordings, err := filepath.Glob("testdata/recording/*")
	if err != nil || len(recordings) < 3 {
		t.Fatalf("%d recordings, want at least 3 (%v)", len(recordings), err)
	}
	binary, err := envoy.Find()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("ENVOY", binary)
			for _, recording := range recordings {
				data, err := os.ReadFile(recording)
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(env.WorkDir, filepath.Base(recording)), data, 0o644); err != nil {
					return err
				}
			}
			for name, module := range modules(guard) {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), module, 0o644); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "registry": startRegistry},
	})
}

// modules are the plugin and what can be mistaken for one.
func modules(guard []byte) map[string][]byte {
	header := "\x00asm\x01\x00\x00\x00"
	return map[string][]byte{
		"guard.wasm": guard,
		// A module with nothing in it.
		"empty.wasm": []byte(header),
		// A plugin that was not copied to its end.
		"cut.wasm": guard[:len(guard)/2],
		// One function, exported as proxy_abi_version_0_2_1, and nothing else: no
		// memory, no callbacks.
		"bare.wasm": []byte(header +
			"\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" +
			"\x07\x1b\x01\x17proxy_abi_version_0_2_1\x00\x00" + "\x0a\x04\x01\x02\x00\x0b"),
	}
}

func exits(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}
