package image_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gatehouse/harness/image"
)

func newKey(t *testing.T) (*image.PrivateKey, *image.PublicKey) {
	t.Helper()
	key, err := image.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// stores are registries with and without the referrers API.
func stores(t *testing.T, test func(t *testing.T, s *store)) {
	t.Run("referrers", func(t *testing.T) { test(t, newStore(t, registry.WithReferrersSupport(true))) })
	t.Run("fallback tag", func(t *testing.T) { test(t, newStore(t)) })
}

func sign(t *testing.T, reference string, key *image.PrivateKey, annotations map[string]string) *image.Signed {
	t.Helper()
	signed, err := image.Sign(context.Background(), reference, key, annotations, quick)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestSignAndVerify(t *testing.T) {
	key, public := newKey(t)
	second, secondPublic := newKey(t)
	stores(t, func(t *testing.T, s *store) {
		for _, p := range push(t, s, pack(t, described())) {
			signed := sign(t, p.Reference, key, map[string]string{"env": "production"})
			if want := s.repository + "@" + p.Digest.String(); signed.Reference != want || signed.Digest != p.Digest || signed.Before {
				t.Errorf("signed %+v, want %s, and new", signed, want)
			}
			check := image.Check{Key: public, Annotations: map[string]string{"env": "production"}}
			for _, reference := range []string{p.Reference, signed.Reference} {
				v, err := image.Verify(context.Background(), reference, check, quick)
				if err != nil {
					t.Fatal(err)
				}
				wasm, form, err := v.Image.Plugin()
				if v.Reference != signed.Reference || v.Signatures != 2 || v.Annotations["env"] != "production" || v.Form != form ||
					err != nil || !bytes.Equal(wasm, described().Wasm) {
					t.Errorf("%s: verified %+v (%v), want two signatures and the plugin", reference, v, err)
				}
			}
			// Again nothing is written; with another key or annotation the first ones stay.
			before := len(s.tags(t))
			if again := sign(t, p.Reference, key, map[string]string{"env": "production"}); !again.Before {
				t.Error("signed again, want that nothing is written")
			}
			if n := s.seen("PUT "); n > 0 {
				t.Errorf("%d requests that write, want none", n)
			}
			sign(t, p.Reference, second, nil)
			sign(t, p.Reference, key, map[string]string{"env": "test"})
			for _, c := range []image.Check{check, {Key: secondPublic}, {Key: public, Annotations: map[string]string{"env": "test"}}} {
				if v, err := image.Verify(context.Background(), p.Reference, c, quick); err != nil || v.Signatures != 2 {
					t.Errorf("%+v after three signatures: %+v, %v", c, v, err)
				}
			}
			if after := len(s.tags(t)); after != before {
				t.Errorf("%d tags became %d", before, after)
			}
		}
	})
}

// tampering is something that was done to an image or its signatures.
type tampering struct {
	name   string
	change func(t *testing.T, s *store, digests []v1.Hash)
	check  func(*image.Check)
	want   string // part of the refusal
}

// put writes a manifest as it is.
func put(t *testing.T, reference string, raw []byte) {
	t.Helper()
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Put(ref, manifest(raw)); err != nil {
		t.Fatal(err)
	}
}

type manifest []byte

func (m manifest) RawManifest() ([]byte, error)        { return m, nil }
func (m manifest) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

func get(t *testing.T, reference string) []byte {
	t.Helper()
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	d, err := remote.Get(ref)
	if err != nil {
		t.Fatal(err)
	}
	return d.Manifest
}

// upload uploads a blob and returns its descriptor.
func upload(t *testing.T, repository string, mediaType types.MediaType, data []byte) v1.Descriptor {
	t.Helper()
	h, n, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post("http://"+strings.Replace(repository, "/", "/v2/", 1)+"/blobs/uploads/?digest="+h.String(),
		"application/octet-stream", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("uploading a blob: %s", response.Status)
	}
	return v1.Descriptor{MediaType: mediaType, Digest: h, Size: n}
}

func sigTag(repository string, digest v1.Hash) string {
	return repository + ":sha256-" + digest.Hex + ".sig"
}

// signatureManifest reads the older form's manifest and lets it be changed.
func signatureManifest(t *testing.T, s *store, digest v1.Hash, change func(m *v1.Manifest)) {
	t.Helper()
	var m v1.Manifest
	if err := json.Unmarshal(get(t, sigTag(s.repository, digest)), &m); err != nil {
		t.Fatal(err)
	}
	change(&m)
	put(t, sigTag(s.repository, digest), encoded(t, m))
}

// TestVerifyRefuses has a registry in which v1.1.0 and v1.2.0 are signed, in the older
// form only, and then something is done to v1.2.0.
func TestVerifyRefuses(t *testing.T) {
	key, public := newKey(t)
	_, other := newKey(t)
	tests := []tampering{
		{"another key", nil, func(c *image.Check) { c.Key = other }, "the key does not verify it"},
		{"another annotation", nil, func(c *image.Check) { c.Annotations = map[string]string{"env": "test"} }, `annotation "env" is "production", want "test"`},
		{"an annotation that is not signed", nil, func(c *image.Check) { c.Annotations = map[string]string{"owner": "me"} }, `annotation "owner" is not signed`},
		{"another version", nil, func(c *image.Check) { c.Version = "v1.3.0" }, `it is version "v1.2.0", want "v1.3.0"`},
		{"no SBOM", nil, func(c *image.Check) { c.SBOM = true }, "no signed SBOM"},
		{"no provenance", nil, func(c *image.Check) { c.Provenance = true }, "no signed provenance"},
		{"the signature deleted", func(t *testing.T, s *store, d []v1.Hash) {
			ref, err := name.ParseReference(sigTag(s.repository, d[1]))
			if err != nil {
				t.Fatal(err)
			}
			if err := remote.Delete(ref); err != nil {
				t.Fatal(err)
			}
		}, nil, "no signature: "},
		{"a manifest with another annotation", func(t *testing.T, s *store, d []v1.Hash) {
			raw := bytes.Replace(get(t, s.repository+":v1.2.0"), []byte("Keeps /admin shut"), []byte("Keeps /admin open"), 1)
			put(t, s.repository+":v1.2.0", raw)
		}, nil, "no signature: "},
		{"the tag on another image that is signed", func(t *testing.T, s *store, d []v1.Hash) {
			put(t, s.repository+":v1.2.0", get(t, s.repository+":v1.1.0"))
		}, nil, `the tag says "v1.2.0", but the image is version "v1.1.0"`},
		{"the signature of another image", func(t *testing.T, s *store, d []v1.Hash) {
			put(t, sigTag(s.repository, d[1]), get(t, sigTag(s.repository, d[0])))
		}, nil, "it is about another image, sha256:"},
		{"a tampered payload", func(t *testing.T, s *store, d []v1.Hash) {
			payload := `{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":"` + d[1].String() +
				`"},"type":"cosign container image signature"},"optional":{"env":"production"}}`
			layer := upload(t, s.repository, "application/vnd.dev.cosign.simplesigning.v1+json", []byte(payload))
			signatureManifest(t, s, d[1], func(m *v1.Manifest) {
				layer.Annotations = m.Layers[0].Annotations
				m.Layers[0] = layer
			})
		}, nil, "the key does not verify it"},
		{"no signature in the annotation", func(t *testing.T, s *store, d []v1.Hash) {
			signatureManifest(t, s, d[1], func(m *v1.Manifest) { m.Layers[0].Annotations = nil })
		}, nil, "no signature in the annotation"},
		{"half of a signature", func(t *testing.T, s *store, d []v1.Hash) {
			signatureManifest(t, s, d[1], func(m *v1.Manifest) {
				for k, v := range m.Layers[0].Annotations {
					m.Layers[0].Annotations[k] = v[:len(v)/2/4*4]
				}
			})
		}, nil, "the key does not verify it"},
		{"another media type", func(t *testing.T, s *store, d []v1.Hash) {
			signatureManifest(t, s, d[1], func(m *v1.Manifest) { m.Layers[0].MediaType = types.OCILayer })
		}, nil, "media type application/vnd.oci.image.layer.v1.tar+gzip, want"},
		{"no layers", func(t *testing.T, s *store, d []v1.Hash) {
			signatureManifest(t, s, d[1], func(m *v1.Manifest) { m.Layers = nil })
		}, nil, "no signature: "},
		{"the signature as large as an image", func(t *testing.T, s *store, d []v1.Hash) {
			signatureManifest(t, s, d[1], func(m *v1.Manifest) { m.Layers[0].Size = 1 << 30 })
		}, nil, "1073741824 bytes, want at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			var digests []v1.Hash
			for _, version := range []string{"v1.1.0", "v1.2.0"} {
				p := described()
				p.Version = version
				reference := push(t, s, pack(t, p))[0]
				// A registry that refuses bundles leaves the older form alone.
				digests = append(digests, reference.Digest)
				s.setFault(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
					if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/sha256:") {
						return false
					}
					w.WriteHeader(http.StatusForbidden)
					return true
				})
				if _, err := image.Sign(context.Background(), reference.Reference, key, map[string]string{"env": "production"}, quick); err == nil {
					t.Fatal("signed, want the bundle refused")
				}
				s.setFault(nil)
			}
			check := image.Check{Key: public, Annotations: map[string]string{"env": "production"}}
			if v, err := image.Verify(context.Background(), s.repository+":v1.2.0", check, quick); err != nil || v.Signatures != 1 {
				t.Fatalf("before: %+v, %v", v, err)
			}
			if tt.change != nil {
				tt.change(t, s, digests)
			}
			if tt.check != nil {
				tt.check(&check)
			}
			var refusal *image.VerificationError
			_, err := image.Verify(context.Background(), s.repository+":v1.2.0", check, quick)
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), s.repository) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestVerifyRefusesBundles changes what a bundle has, and its manifest says.
func TestVerifyRefusesBundles(t *testing.T) {
	key, public := newKey(t)
	const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	// payload changes the payload of a bundle and keeps its signature.
	payload := func(from, to string) func([]byte) []byte {
		return func(data []byte) []byte {
			var b map[string]any
			if err := json.Unmarshal(data, &b); err != nil {
				t.Fatal(err)
			}
			envelope := b["dsseEnvelope"].(map[string]any)
			text, err := base64.StdEncoding.DecodeString(envelope["payload"].(string))
			if err != nil {
				t.Fatal(err)
			}
			envelope["payload"] = base64.StdEncoding.EncodeToString(bytes.ReplaceAll(text, []byte(from), []byte(to)))
			return encoded(t, b)
		}
	}
	replace := func(from, to string) func([]byte) []byte {
		return func(data []byte) []byte { return bytes.ReplaceAll(data, []byte(from), []byte(to)) }
	}
	tests := []struct {
		name   string
		change func([]byte) []byte
		want   string
	}{
		{"nothing", func(b []byte) []byte { return b }, ""},
		{"a tampered payload", payload("production", "test"), "the key does not verify it"},
		{"another type of payload", replace("application/vnd.in-toto+json", "text/plain"), `payload of type "text/plain"`},
		{"no statement", func([]byte) []byte { return []byte(`{"mediaType":"` + bundleType + `"}`) }, "a bundle without a statement"},
		{"no signature", replace(`"sig":"`, `"not":"`), "the key does not verify it"},
		{"no JSON", func([]byte) []byte { return []byte("<html>") }, "not a bundle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to := newStore(t), newStore(t)
			reference := push(t, from, pack(t, described()))[0]
			push(t, to, pack(t, described()))
			sign(t, reference.Reference, key, map[string]string{"env": "production"})
			referrers, err := image.Referrers(context.Background(), reference.Reference, quick)
			if err != nil || len(referrers) != 2 || referrers[0].Type != bundleType {
				t.Fatalf("referrers %+v (%v), want one bundle and the older form", referrers, err)
			}
			var m v1.Manifest
			if err := json.Unmarshal(get(t, from.repository+"@"+referrers[0].Digest.String()), &m); err != nil {
				t.Fatal(err)
			}
			m.Layers[0] = upload(t, to.repository, bundleType, tt.change(blobOf(t, from.repository, m.Layers[0].Digest)))
			upload(t, to.repository, "", []byte("{}"))
			raw := encoded(t, m)
			h, _, err := v1.SHA256(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			put(t, to.repository+"@"+h.String(), raw)
			_, err = image.Verify(context.Background(), to.repository+":v1.2.0", image.Check{Key: public}, quick)
			var refusal *image.VerificationError
			if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// blobOf gets a blob.
func blobOf(t *testing.T, repository string, digest v1.Hash) []byte {
	t.Helper()
	response, err := http.Get("http://" + strings.Replace(repository, "/", "/v2/", 1) + "/blobs/" + digest.String())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", response.Status, err)
	}
	return data
}

// TestBundleOfAnotherImage has a registry that lists the bundle of another image.
func TestBundleOfAnotherImage(t *testing.T) {
	key, public := newKey(t)
	s := newStore(t, registry.WithReferrersSupport(true))
	pushed := push(t, s, pack(t, described()))
	signed := sign(t, pushed[1].Reference, key, nil)
	s.setFault(func(w http.ResponseWriter, r *http.Request, behind http.Handler) bool {
		if !strings.HasSuffix(r.URL.Path, "/referrers/"+pushed[0].Digest.String()) {
			return false
		}
		r.URL.Path = strings.Replace(r.URL.Path, pushed[0].Digest.String(), signed.Digest.String(), 1)
		behind.ServeHTTP(w, r)
		return true
	})
	var refusal *image.VerificationError
	_, err := image.Verify(context.Background(), pushed[0].Reference, image.Check{Key: public}, quick)
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "it refers to another image") {
		t.Errorf("%v, want that the bundle is of another image", err)
	}
}

// TestVerifyNeedsTheRegistry tells a registry that is out of order from an image that
// is not signed.
func TestVerifyNeedsTheRegistry(t *testing.T) {
	key, public := newKey(t)
	for _, path := range []string{"/manifests/v1.2.0", ".sig", "/referrers/"} {
		s := newStore(t, registry.WithReferrersSupport(true))
		reference := push(t, s, pack(t, described()))[0].Reference
		sign(t, reference, key, nil)
		s.setFault(status("GET", path, http.StatusForbidden))
		var failure *image.RegistryError
		if _, err := image.Verify(context.Background(), reference, image.Check{Key: public}, quick); !errors.As(err, &failure) {
			t.Errorf("%s: %v, want an error of the registry", path, err)
		}
	}
}

func TestKeys(t *testing.T) {
	key, public := newKey(t)
	sealed, err := key.Encrypt([]byte("canary-password"))
	if err != nil {
		t.Fatal(err)
	}
	password := func(p string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(p), nil } }
	back, err := image.ParsePrivateKey(sealed, password("canary-password"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := back.Public(); err != nil || got.Hint() != public.Hint() {
		t.Errorf("the key is another after encryption (%v)", err)
	}
	if got, err := image.ParsePublicKey(public.Marshal()); err != nil || got.Hint() != public.Hint() {
		t.Errorf("the public key is another (%v)", err)
	}
	tests := []struct {
		name, pem, password, want string
	}{
		{"another password", string(sealed), "canary", "the password does not open the key"},
		{"no PEM", "canary-password", "", "not a key in PEM"},
		{"a public key", string(public.Marshal()), "", "a public key, want the private one"},
		{"a broken key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "not a private key in PKCS #8"},
		{"PKCS #8 with a password", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "", "encrypted as PKCS #8"},
		{"a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", `PEM block "CERTIFICATE"`},
	}
	for _, tt := range tests {
		_, err := image.ParsePrivateKey([]byte(tt.pem), password(tt.password))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q and nothing of the input", tt.name, err, tt.want)
		}
	}
	if _, err := image.ParsePublicKey(sealed); err == nil {
		t.Error("a private key is taken for a public one")
	}
}

// TestSignRefuses signs nothing that is no plugin.
func TestSignRefuses(t *testing.T) {
	key, _ := newKey(t)
	s := newStore(t)
	config, layer := upload(t, s.repository, types.OCIConfigJSON, []byte("{}")), upload(t, s.repository, types.OCILayer, []byte("none"))
	put(t, s.repository+":v1", encoded(t, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: []v1.Descriptor{layer},
	}))
	if _, err := image.Sign(context.Background(), s.repository+":v1", key, nil, quick); err == nil || !strings.Contains(err.Error(), "no plugin to sign") {
		t.Errorf("%v, want that there is no plugin", err)
	}
	var reference *image.ReferenceError
	if _, err := image.Sign(context.Background(), "not an image", key, nil, quick); !errors.As(err, &reference) {
		t.Errorf("%v, want an error of the reference", err)
	}
}

// TestKeysOfOpenssl takes keys that are not encrypted, in both forms that openssl writes.
func TestKeysOfOpenssl(t *testing.T) {
	raw, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	larger, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(raw)
	first := encode("PRIVATE KEY", pkcs8, err)
	sec1, err := x509.MarshalECPrivateKey(raw)
	second := encode("EC PRIVATE KEY", sec1, err)
	spki, err := x509.MarshalPKIXPublicKey(&raw.PublicKey)
	want, err := image.ParsePublicKey(encode("PUBLIC KEY", spki, err))
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{first, second} {
		key, err := image.ParsePrivateKey(data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.Public(); err != nil || got.Hint() != want.Hint() {
			t.Errorf("the key that was read is another (%v)", err)
		}
	}
	sec1, err = x509.MarshalECPrivateKey(larger)
	if _, err := image.ParsePrivateKey(encode("EC PRIVATE KEY", sec1, err), nil); err == nil || !strings.Contains(err.Error(), "want ECDSA on the curve P-256") {
		t.Errorf("a key on P-384: %v", err)
	}
	spki, err = x509.MarshalPKIXPublicKey(&larger.PublicKey)
	if _, err := image.ParsePublicKey(encode("PUBLIC KEY", spki, err)); err == nil || !strings.Contains(err.Error(), "want ECDSA on the curve P-256") {
		t.Errorf("a public key on P-384: %v", err)
	}
}

// TestSignCompletes has registries that refuse one of the two signatures, or an SBOM: the
// error says so, and the same command later writes what is missing, and only that.
func TestSignCompletes(t *testing.T) {
	key, public := newKey(t)
	for _, refused := range []string{".sig", "/manifests/sha256:"} {
		s := newStore(t)
		reference := push(t, s, pack(t, built(t)))[0].Reference
		fault := func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, refused) {
				return false
			}
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		s.setFault(fault)
		var failure *image.RegistryError
		if _, err := image.Sign(context.Background(), reference, key, nil, quick); !errors.As(err, &failure) || !strings.Contains(err.Error(), "403") {
			t.Errorf("%s: %v, want what the registry says", refused, err)
		}
		s.setFault(nil)
		if signed := sign(t, reference, key, nil); signed.Before {
			t.Errorf("%s: signed before, want that one is written", refused)
		}
		if n := s.seen("PUT "); n == 0 {
			t.Errorf("%s: nothing is written", refused)
		}
		v, err := image.Verify(context.Background(), reference, image.Check{Key: public}, quick)
		if err != nil || v.Signatures != 2 {
			t.Errorf("%s: verified %+v, %v", refused, v, err)
		}
		s.setFault(status("PUT", "/manifests/sha256:", http.StatusForbidden))
		if _, err := image.Attest(context.Background(), reference, builder, key, quick); !errors.As(err, &failure) {
			t.Errorf("%s: attested: %v, want an error of the registry", refused, err)
		}
		s.setFault(nil)
		if _, err := image.Attest(context.Background(), reference, builder, key, quick); err != nil {
			t.Errorf("%s: attested later: %v", refused, err)
		}
	}
}
