package image_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"gatehouse/harness/image"
)

// FuzzPack packs anything: what is taken for a plugin comes out of both forms again.
func FuzzPack(f *testing.F) {
	f.Add(plugin("proxy_abi_version_0_2_1"))
	f.Add(plugin("run"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x07\x05\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		layout, err := image.Pack(image.Plugin{Wasm: wasm, Version: "v1"})
		if err != nil {
			return
		}
		for _, img := range layout.Images {
			if got, _, err := img.Plugin(); err != nil || !bytes.Equal(got, wasm) {
				t.Errorf("%s: plugin of %d bytes (%v), want %d", img.Tag, len(got), err, len(wasm))
			}
		}
	})
}

// FuzzSBOM makes an SBOM of anything: what has one has the same a second time, and
// names what it is of.
func FuzzSBOM(f *testing.F) {
	f.Add(plugin("proxy_abi_version_0_2_1"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0b\x0b\x01\x00\x41\xff\xff\xff\xff\x07\x0b\x01x"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x12\x09producers\x01\x08language\x01\x02Go\x03go1"))
	f.Add(withBuildInfo("path\tx\nmod\tx\t(devel)\t\ndep\tgithub.com/a/b\tv1.0.0\th1:AAAA\n"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		bom, err := image.SBOM(image.Plugin{Wasm: wasm})
		if err != nil {
			return
		}
		again, err := image.SBOM(image.Plugin{Wasm: wasm})
		if err != nil || !bytes.Equal(bom, again) {
			t.Errorf("another SBOM the second time (%v)", err)
		}
	})
}

// withBuildInfo is a module with the record that Go leaves, split over two segments.
func withBuildInfo(text string) []byte {
	text = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6" + text +
		"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
	section := func(id byte, body string) string { return string(id) + size(len(body)) + body }
	segment := func(at int, data string) string {
		return "\x00\x41" + string(rune(at)) + "\x0b" + size(len(data)) + data
	}
	const producers = "\x09producers\x01\x08language\x01\x02Go\x08go1.26.8"
	return []byte("\x00asm\x01\x00\x00\x00" +
		section(11, "\x02"+segment(0, text[:20])+segment(20, text[20:])) +
		section(0, producers))
}

// size is a number as LEB128.
func size(n int) string {
	out := ""
	for ; n > 0x7f; n >>= 7 {
		out += string([]byte{byte(n&0x7f | 0x80)})
	}
	return out + string([]byte{byte(n)})
}

func TestBuildInfoInTwoSegments(t *testing.T) {
	bom, err := image.SBOM(image.Plugin{Wasm: withBuildInfo("path\tx\nmod\tx\t(devel)\t\ndep\tgithub.com/a/b+c\tv1.0.0\th1:AAAA\n")})
	if err != nil || !bytes.Contains(bom, []byte(`"purl":"pkg:golang/github.com/a/b%2Bc@v1.0.0"`)) || !bytes.Contains(bom, []byte("golang/std@1.26.8")) {
		t.Errorf("%s (%v), want both modules", bom, err)
	}
}

// FuzzBundle changes a bundle that is signed: whatever still opens says the same.
func FuzzBundle(f *testing.F) {
	key := fixedKey(f)
	public, err := key.Public()
	if err != nil {
		f.Fatal(err)
	}
	want := &image.Statement{Type: "https://in-toto.io/Statement/v1", PredicateType: image.PredicateSignature, Predicate: []byte("{}")}
	good, err := image.SealStatement(want, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":""}]}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := image.OpenBundle(data, public)
		if err == nil && (got.Type != want.Type || got.PredicateType != want.PredicateType || string(got.Predicate) != "{}") {
			t.Errorf("%q opens as %+v", data, got)
		}
	})
}

// fixedKey is the same key in every process that fuzzes.
func fixedKey(t testing.TB) *image.PrivateKey {
	t.Helper()
	raw, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	key, err := image.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
