package image_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	intoto "github.com/in-toto/attestation/go/predicates/provenance/v1"
	statement "github.com/in-toto/attestation/go/v1"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"

	"gatehouse/harness/image"
	"gatehouse/harness/replay/replaytest"
)

// built is a plugin that Go built, and so knows of which modules it is made.
func built(t *testing.T) image.Plugin {
	t.Helper()
	p := described()
	p.Wasm = replaytest.Build(t, "gatehouse/sdkshim/bench/inside")
	p.Revision = strings.Repeat("ac1f3c20", 5)
	return p
}

var builder = image.Build{Builder: "https://ci.example/gatehouse/release"}

// schemaOf compiles the schema of CycloneDX 1.6, which is in the library's module.
func schemaOf(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	for url, file := range map[string]string{
		"http://cyclonedx.org/schema/bom-1.6.schema.json":  "bom-1.6.schema.json",
		"http://cyclonedx.org/schema/spdx.schema.json":     "spdx.schema.json",
		"http://cyclonedx.org/schema/jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(url, document); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSBOM(t *testing.T) {
	p, schema := built(t), schemaOf(t)
	bare := image.Plugin{Wasm: p.Wasm}
	for name, plugin := range map[string]image.Plugin{"described": p, "bare": bare} {
		bom, err := image.SBOM(plugin)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(bom))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := image.SBOM(plugin)
		if err != nil || !bytes.Equal(again, bom) {
			t.Errorf("%s: another SBOM the second time (%v)", name, err)
		}
	}
	bom, err := image.SBOM(p)
	if err != nil {
		t.Fatal(err)
	}
	goVersion := strings.Fields(strings.TrimPrefix(runtime.Version(), "go"))[0]
	for _, want := range []string{
		`"name":"guard"`, `"version":"v1.2.0"`, `"expression":"Apache-2.0"`, `"timestamp":"2023-11-14T22:13:20Z"`,
		`"purl":"pkg:golang/std@` + goVersion, `"purl":"pkg:golang/github.com/tetratelabs/proxy-wasm-go-sdk@v0.24.0"`,
		`"value":"h1:`, `"name":"gatehouse:go.build.GOOS"`, `"value":"wasip1"`,
	} {
		if !bytes.Contains(bom, []byte(want)) {
			t.Errorf("no %s in\n%s", want, bom)
		}
	}
	// A schema that takes anything would have said nothing.
	wrong, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(bom), `"type":"application"`, `"type":"plugin"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(wrong) == nil {
		t.Error("the schema takes a component of type plugin")
	}
}

// TestProvenance reads what is made with the types of in-toto, which refuse members
// that they do not know.
func TestProvenance(t *testing.T) {
	p := built(t)
	build := builder
	build.Source, build.Revision = "https://source.example/guard", p.Revision
	data, err := image.Provenance(p.Wasm, build)
	if err != nil {
		t.Fatal(err)
	}
	var got intoto.Provenance
	if err := protojson.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("%v in %s", err, data)
	}
	d := got.GetBuildDefinition()
	if d.GetBuildType() != image.BuildType || got.GetRunDetails().GetBuilder().GetId() != builder.Builder ||
		d.GetExternalParameters().GetFields()["revision"].GetStringValue() != p.Revision ||
		!strings.HasSuffix(d.GetExternalParameters().GetFields()["package"].GetStringValue(), "bench/inside") {
		t.Errorf("provenance %s", data)
	}
	sources := d.GetResolvedDependencies()
	if len(sources) < 2 || sources[0].GetUri() != "git+https://source.example/guard@"+p.Revision || sources[0].GetDigest()["gitCommit"] != p.Revision ||
		len(sources[1].GetDigest()["dirHash"]) != 64 {
		t.Errorf("dependencies %v, want the source and a module with their digests", sources)
	}
	tests := []struct {
		name   string
		change func(*image.Build)
		want   string
	}{
		{"no builder", func(b *image.Build) { b.Builder = "" }, "no builder, want a URI"},
		{"a builder that is no URI", func(b *image.Build) { b.Builder = "me" }, `builder "me", want a URI`},
		{"no source", func(b *image.Build) { b.Source = "" }, "no source, want a URI"},
		{"no revision", func(b *image.Build) { b.Revision = "" }, "no revision"},
	}
	for _, tt := range tests {
		b := build
		tt.change(&b)
		if _, err := image.Provenance(p.Wasm, b); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := image.Provenance(described().Wasm, build); err == nil || !strings.Contains(err.Error(), "no build information of Go") {
		t.Errorf("%v, want that the module has no build information", err)
	}
}

func TestAttestAndVerify(t *testing.T) {
	key, public := newKey(t)
	_, other := newKey(t)
	stores(t, func(t *testing.T, s *store) {
		ctx, want := context.Background(), image.Check{Key: public, SBOM: true, Provenance: true}
		for _, p := range push(t, s, pack(t, built(t))) {
			sign(t, p.Reference, key, nil)
			attested, err := image.Attest(ctx, p.Reference, builder, key, quick)
			if err != nil {
				t.Fatal(err)
			}
			v, err := image.Verify(ctx, p.Reference, want, quick)
			if err != nil {
				t.Fatal(err)
			}
			if v.SBOM.PredicateType != image.PredicateSBOM || v.Provenance.PredicateType != image.PredicateProvenance || v.Signatures != 2 {
				t.Errorf("verified %+v", v)
			}
			var st statement.Statement
			if err := protojson.Unmarshal(encoded(t, v.Provenance), &st); err != nil {
				t.Fatal(err)
			}
			if err := st.Validate(); err != nil {
				t.Errorf("statement: %v", err)
			}
			// Again nothing is written.
			s.setFault(nil)
			again, err := image.Attest(ctx, p.Reference, builder, key, quick)
			if err != nil || *again != *attested || s.seen("PUT ") > 0 {
				t.Errorf("attested again: %+v (%v), %d writes; want %+v and none", again, err, s.seen("PUT "), attested)
			}
			referrers, err := image.Referrers(ctx, p.Reference, quick)
			if err != nil || len(referrers) != 4 {
				t.Fatalf("referrers %+v (%v), want two signatures, SBOM and provenance", referrers, err)
			}
			// With another key none of it is taken, even where its own signature is there.
			c := want
			c.Key = other
			var refusal *image.VerificationError
			if _, err := image.Verify(ctx, p.Reference, c, quick); !errors.As(err, &refusal) {
				t.Errorf("with another key: %v", err)
			}
		}
	})
}

// TestUnsignedAttestations are there for anybody to see, and are not believed.
func TestUnsignedAttestations(t *testing.T) {
	key, public := newKey(t)
	stores(t, func(t *testing.T, s *store) {
		ctx := context.Background()
		reference := push(t, s, pack(t, built(t)))[0].Reference
		sign(t, reference, key, nil)
		first, err := image.Attest(ctx, reference, builder, nil, quick)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := image.Attest(ctx, reference, builder, nil, quick); err != nil || *again != *first {
			t.Errorf("attested again: %+v (%v), want %+v", again, err, first)
		}
		referrers, err := image.Referrers(ctx, reference, quick)
		types := map[string]int{}
		for _, r := range referrers {
			types[r.Type]++
		}
		if err != nil || len(referrers) != 4 || types["application/vnd.cyclonedx+json"] != 1 || types["application/vnd.in-toto+json"] != 1 {
			t.Errorf("referrers %+v (%v), want two signatures, an SBOM and a statement", referrers, err)
		}
		var refusal *image.VerificationError
		for _, c := range []image.Check{{Key: public, SBOM: true}, {Key: public, Provenance: true}} {
			if _, err := image.Verify(ctx, reference, c, quick); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "no signed ") {
				t.Errorf("%v, want that nothing is signed", err)
			}
		}
	})
}

// TestSBOMOfAnotherPlugin has an SBOM that is signed, about the image, and wrong.
func TestSBOMOfAnotherPlugin(t *testing.T) {
	key, public := newKey(t)
	s := newStore(t)
	reference := push(t, s, pack(t, built(t)))[0].Reference
	sign(t, reference, key, nil)
	p := built(t)
	p.Wasm = append(bytes.Clone(p.Wasm), 0, 2, 1, 'x') // a custom section
	bom, err := image.SBOM(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := image.AttachStatement(context.Background(), reference, image.PredicateSBOM, json.RawMessage(bom), key, quick); err != nil {
		t.Fatal(err)
	}
	_, err = image.Verify(context.Background(), reference, image.Check{Key: public, SBOM: true}, quick)
	if err == nil || !strings.Contains(err.Error(), "it is of another plugin than that in the image") {
		t.Errorf("%v, want that the SBOM is of another plugin", err)
	}
}

// TestSBOMIsNoSignature has an image that only an SBOM refers to, signed with the key:
// cosign 3.1.3 takes that for a signature of the image.
func TestSBOMIsNoSignature(t *testing.T) {
	key, public := newKey(t)
	stores(t, func(t *testing.T, s *store) {
		reference := push(t, s, pack(t, built(t)))[0].Reference
		if _, err := image.Attest(context.Background(), reference, builder, key, quick); err != nil {
			t.Fatal(err)
		}
		var refusal *image.VerificationError
		_, err := image.Verify(context.Background(), reference, image.Check{Key: public}, quick)
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "no signature: ") {
			t.Errorf("%v, want that it is not signed", err)
		}
	})
}
