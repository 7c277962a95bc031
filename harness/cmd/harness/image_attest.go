package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imageAttestFlags struct {
	key, passwordFile string
	image.Build
	insecure bool
}

func imageAttestCommand() *cobra.Command {
	var flags imageAttestFlags
	cmd := &cobra.Command{
		Use:   "attest REFERENCE... --builder URI [--key FILE]",
		Short: "Attach SBOM and SLSA provenance to images of plugins",
		Long: `attest makes an SBOM (CycloneDX 1.6) and a provenance (SLSA 1.0) of the plugin in an
image and attaches them to it, as referrers of OCI 1.1; a registry without the API for
that gets the tag that stands in for it. Which Go modules, version and settings of Go the
plugin was built with, it has on record itself; source and revision are those of the
image, if they are not given.

With --key both are signed, and "harness image verify" and "cosign verify-attestation"
take them. Without, they are there to read, and prove nothing. What is attached already
is not attached again.

` + passwordHelp,
		Example: `  harness image attest registry.example/gatehouse/scope:v1.2.0 --key gatehouse.key --builder https://ci.example/release`,
		Args:    someReferences,
		RunE:    func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.Builder, "builder", "", "`URI` of who built it, such as a pipeline. Required")
	f.StringVar(&flags.Source, "source", "", "`URI` of the source (default: that of the image)")
	f.StringVar(&flags.Revision, "revision", "", "`REVISION` of the source (default: that of the image)")
	f.StringVar(&flags.Invocation, "invocation", "", "`URI` of this run of the builder")
	f.StringVar(&flags.key, "key", "", "private key `FILE`, PEM, to sign with")
	passwordFlag(cmd, &flags.passwordFile)
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

func (f *imageAttestFlags) run(cmd *cobra.Command, references []string) error {
	if f.Builder == "" {
		return usagef("no builder, want --builder URI")
	}
	var key *image.PrivateKey
	if f.key != "" {
		var err error
		if key, err = privateKey(cmd, f.key, f.passwordFile); err != nil {
			return err
		}
	}
	for _, reference := range references {
		a, err := image.Attest(cmd.Context(), reference, f.Build, key, image.Options{Insecure: f.insecure})
		if err != nil {
			return imageError("", err)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s sbom %s provenance %s\n", a.Reference, a.SBOM.Digest, a.Provenance.Digest)
		if err != nil {
			return fileError("standard output", err)
		}
	}
	return nil
}

type imageSBOMFlags struct{ plugin, title, version, licenses string }

func imageSBOMCommand() *cobra.Command {
	var flags imageSBOMFlags
	cmd := &cobra.Command{
		Use:   "sbom --plugin FILE.wasm",
		Short: "Print the SBOM of a plugin",
		Long: `sbom prints what a plugin is made of, as a CycloneDX 1.6 document in JSON: the Go
modules and the version of Go that the plugin has on record. The same plugin gives the
same document. "image attest" attaches it to an image.`,
		Example: `  harness image sbom --plugin dist/scope.wasm --title scope --version v1.2.0 > scope.cdx.json`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.plugin, "plugin", "", "plugin `FILE.wasm`. Required")
	f.StringVar(&flags.title, "title", "", "`NAME` of the plugin (default: that of its Go package)")
	f.StringVar(&flags.version, "version", "", "`VERSION` of the plugin")
	f.StringVar(&flags.licenses, "licenses", "", "SPDX `EXPRESSION` of the licence")
	return cmd
}

func (f *imageSBOMFlags) run(cmd *cobra.Command) error {
	if f.plugin == "" {
		return usagef("no plugin, want --plugin FILE.wasm")
	}
	wasm, err := readFile(f.plugin)
	if err != nil {
		return err
	}
	bom, err := image.SBOM(image.Plugin{Wasm: wasm, Title: f.title, Version: f.version, Licenses: f.licenses})
	if err != nil {
		return imageError(f.plugin, err)
	}
	if _, err := cmd.OutOrStdout().Write(bom); err != nil {
		return fileError("standard output", err)
	}
	return nil
}
