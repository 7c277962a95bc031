//go:build oracle

package image_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"gatehouse/harness/image"
)

// tool finds a program that make test-images builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../.cache/bin/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no %s: make test-images builds it: %v", name, err)
	}
	return path
}

// cosign runs cosign in a folder of its own.
type cosign struct{ binary, folder string }

func newCosign(t *testing.T) *cosign { return &cosign{tool(t, "cosign"), t.TempDir()} }

func (c *cosign) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(c.folder, name)
	write(t, file, data)
	return file
}

func (c *cosign) run(arguments ...string) (string, error) {
	cmd := exec.Command(c.binary, arguments...)
	cmd.Dir = c.folder
	cmd.Env = []string{"HOME=" + c.folder, "PATH=" + os.Getenv("PATH"), "COSIGN_PASSWORD=secret"}
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", errors.New(err.Error() + ": " + problems.String())
	}
	return out.String(), nil
}

func (c *cosign) must(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := c.run(arguments...)
	if err != nil {
		t.Fatalf("cosign %q: %v", arguments, err)
	}
	return out
}

// registries are those of which cosign is asked.
func registries(t *testing.T, test func(t *testing.T, repository string)) {
	t.Run("referrers", func(t *testing.T) { test(t, newStore(t, registry.WithReferrersSupport(true)).repository) })
	t.Run("fallback tag", func(t *testing.T) { test(t, newStore(t).repository) })
	t.Run("docker-registry", func(t *testing.T) { test(t, dockerRegistry(t, "")) })
}

// without runs a command of cosign that signs, without a transparency log.
func (c *cosign) without(t *testing.T, command string, arguments ...string) {
	t.Helper()
	c.must(t, append([]string{command, "--tlog-upload=false", "--use-signing-config=false", "--yes", "--key", "cosign.key"}, arguments...)...)
}

// TestCosignVerifies has cosign verify what is signed here.
func TestCosignVerifies(t *testing.T) {
	registries(t, func(t *testing.T, repository string) {
		ctx, c := context.Background(), newCosign(t)
		key, public := newKey(t)
		_, other := newKey(t)
		right, wrong := c.file(t, "right.pub", public.Marshal()), c.file(t, "wrong.pub", other.Marshal())
		pushed, err := image.Push(ctx, pack(t, built(t)), repository, nil, quick)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pushed {
			sign(t, p.Reference, key, map[string]string{"env": "production"})
			verify := func(flags ...string) (string, error) {
				return c.run(append(append([]string{"verify", "--insecure-ignore-tlog"}, flags...), p.Reference)...)
			}
			check := func(when string) {
				for _, format := range []string{"--new-bundle-format=true", "--new-bundle-format=false"} {
					out, err := verify(format, "--key", right, "-a", "env=production")
					if err != nil || !strings.Contains(out, p.Digest.String()) || !strings.Contains(out, `"env":"production"`) {
						t.Errorf("%s, %s, %s: %q, %v", p.Reference, when, format, out, err)
					}
					for name, flags := range map[string][]string{"another key": {"--key", wrong}, "another annotation": {"--key", right, "-a", "env=test"}} {
						if out, err := verify(append(flags, format)...); err == nil {
							t.Errorf("%s, %s, %s, %s: verified: %s", p.Reference, when, format, name, out)
						}
					}
				}
			}
			check("signed")
			if _, err := image.Attest(ctx, p.Reference, builder, key, quick); err != nil {
				t.Fatal(err)
			}
			check("attested")
			for _, kind := range []string{"cyclonedx", "slsaprovenance1"} {
				attestation := func(key string) (string, error) {
					return c.run("verify-attestation", "--insecure-ignore-tlog", "--key", key, "--type", kind, p.Reference)
				}
				if out, err := attestation(right); err != nil || !strings.Contains(out, "payload") {
					t.Errorf("%s: attestation %s: %q, %v", p.Reference, kind, out, err)
				}
				if out, err := attestation(wrong); err == nil {
					t.Errorf("%s: attestation %s with another key: verified: %s", p.Reference, kind, out)
				}
			}
		}
	})
}

// TestCosignSigns verifies what cosign signed, with a key that cosign made.
func TestCosignSigns(t *testing.T) {
	registries(t, func(t *testing.T, repository string) {
		ctx, c := context.Background(), newCosign(t)
		c.must(t, "generate-key-pair")
		data, err := os.ReadFile(filepath.Join(c.folder, "cosign.pub"))
		if err != nil {
			t.Fatal(err)
		}
		public, err := image.ParsePublicKey(data)
		if err != nil {
			t.Fatal(err)
		}
		_, other := newKey(t)
		pushed, err := image.Push(ctx, pack(t, built(t)), repository, nil, quick)
		if err != nil {
			t.Fatal(err)
		}
		for i, format := range []string{"--new-bundle-format=true", "--new-bundle-format=false"} {
			p := pushed[i]
			pinned := repository + "@" + p.Digest.String()
			c.without(t, "sign", "-a", "env=production", format, pinned)
			check := image.Check{Key: public, Annotations: map[string]string{"env": "production"}}
			v, err := image.Verify(ctx, p.Reference, check, quick)
			if err != nil || v.Signatures != 1 {
				t.Errorf("%s: verified %+v, %v", format, v, err)
			}
			var refusal *image.VerificationError
			for name, c := range map[string]image.Check{"another key": {Key: other}, "another annotation": {Key: public, Annotations: map[string]string{"env": "test"}}} {
				if _, err := image.Verify(ctx, p.Reference, c, quick); !errors.As(err, &refusal) {
					t.Errorf("%s, %s: %v, want a refusal", format, name, err)
				}
			}
			// An SBOM that cosign attached is one, too.
			bom, err := image.SBOM(built(t))
			if err != nil {
				t.Fatal(err)
			}
			c.without(t, "attest", "--type", "cyclonedx", "--predicate", c.file(t, "bom.json", bom), pinned)
			check.SBOM = true
			if _, err := image.Verify(ctx, p.Reference, check, quick); err != nil {
				t.Errorf("%s: SBOM: %v", format, err)
			}
		}
		// The private key of cosign signs here as well.
		sealed, err := os.ReadFile(filepath.Join(c.folder, "cosign.key"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := image.ParsePrivateKey(sealed, func() ([]byte, error) { return []byte("secret"), nil })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.Public(); err != nil || got.Hint() != public.Hint() {
			t.Errorf("the key that was read is another (%v)", err)
		}
	})
}
