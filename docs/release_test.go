package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRelease runs the target in a repository of its own: what must not be released is
// refused with the reason, and nothing is run; what may be is shown step by step.
func TestRelease(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write("Makefile", string(makefile))
	write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n## [1.3.0-rc.1] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n\n## [1.4.0]\n")
	write(".gitignore", "*.key\n")
	write("release.key", "a key")
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	git("tag", "v1.1.0")
	git("commit", "-q", "--allow-empty", "-m", "second")
	release := func(variables ...string) (string, error) {
		cmd := exec.Command("make", append([]string{"-C", dir, "--no-print-directory", "release"}, variables...)...)
		// Variables of a make that runs this test are none of the one that is tested.
		for _, v := range os.Environ() {
			if name, _, _ := strings.Cut(v, "="); name != "MAKEFLAGS" && name != "MAKELEVEL" && name != "MFLAGS" && name != "TAG" && name != "RELEASE_KEY" && name != "REGISTRY" && name != "SOURCE" {
				cmd.Env = append(cmd.Env, v)
			}
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	whole := []string{"REGISTRY=registry.example/gatehouse", "SOURCE=https://source.example/gatehouse", "RELEASE_KEY=release.key", "DRY_RUN=1"}
	tests := []struct {
		name      string
		variables []string
		want      string
	}{
		{"no tag", nil, `has no heading "## [0.0.0-dev] - DATE"`},
		{"a tag without v", []string{"TAG=1.2.0"}, "release: TAG=1.2.0, want a semantic version such as TAG=v1.2.0"},
		{"a tag of two numbers", []string{"TAG=v1.2"}, "want a semantic version"},
		{"a number with a zero in front", []string{"TAG=v1.02.0"}, "want a semantic version"},
		{"a prerelease with a zero in front", []string{"TAG=v1.2.0-rc.01"}, "want a semantic version"},
		{"build metadata, which no tag of an image can hold", []string{"TAG=v1.2.0+1"}, "want a semantic version"},
		{"a version that the changelog does not have", []string{"TAG=v1.5.0"}, `release: CHANGELOG.md has no heading "## [1.5.0] - DATE"`},
		{"a version without a date in the changelog", []string{"TAG=v1.4.0"}, `CHANGELOG.md has no heading "## [1.4.0] - DATE"`},
		{"a version that only looks like one in the changelog", []string{"TAG=v1.2.00"}, "want a semantic version"},
		{"a tag of another commit", []string{"TAG=v1.1.0"}, "release: v1.1.0 is the tag of commit "},
		{"no registry", []string{"REGISTRY="}, "release: no REGISTRY"},
		{"no source", []string{"SOURCE="}, "release: no SOURCE"},
		{"no key", []string{"RELEASE_KEY=gone.key"}, "release: no RELEASE_KEY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			variables := append([]string{}, whole...)
			if tt.name != "no tag" {
				variables = append(variables, "TAG=v1.2.0")
			}
			out, err := release(append(variables, tt.variables...)...)
			if err == nil || !strings.Contains(out, tt.want) || strings.Contains(out, "harness") {
				t.Errorf("%v, %s\nwant %s", err, out, tt.want)
			}
		})
	}
	t.Run("a tree that is not clean", func(t *testing.T) {
		write("new", "")
		defer os.Remove(filepath.Join(dir, "new"))
		out, err := release(append(whole, "TAG=v1.2.0")...)
		if err == nil || !strings.Contains(out, "?? new") || !strings.Contains(out, "release: the tree is not clean") || strings.Contains(out, "harness") {
			t.Errorf("%v, %s", err, out)
		}
	})
	for _, tag := range []string{"v1.2.0", "v1.3.0-rc.1"} {
		out, err := release(append(whole, "TAG="+tag)...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tag, err, out)
		}
		rest := out
		for _, step := range []string{
			" check\n", " test\n", " build publish TAG=" + tag + " REGISTRY=registry.example/gatehouse", "host.version=" + tag,
			"harness image sign registry.example/gatehouse/jwt-audience:" + tag + " --key release.key\n",
			"harness image attest registry.example/gatehouse/jwt-audience:" + tag + " --key release.key ",
			"harness image verify registry.example/gatehouse/jwt-audience:" + tag + " --key release.pub --sbom --provenance\n",
			"harness image sign registry.example/gatehouse/jwt-audience:" + tag + "-cncf --key release.key\n",
			"harness image sign registry.example/gatehouse/gatehouse:" + tag + " --key release.key\n",
			"main.version=" + tag + " -o dist/harness-linux-amd64", "SHA256SUMS",
		} {
			_, after, ok := strings.Cut(rest, step)
			if !ok {
				t.Fatalf("%s: no step %q, or not in this order:\n%s", tag, step, out)
			}
			rest = after
		}
	}
	if out, err := release(append(whole, "TAG=v1.2.0", "RELEASE_TESTS=")...); err != nil || strings.Contains(out, " check\n") {
		t.Errorf("without tests: %v\n%s", err, out)
	}
}
