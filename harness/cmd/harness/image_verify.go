package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imageVerifyFlags struct {
	key         string
	annotations []string
	image.Check
	insecure bool
}

func imageVerifyCommand() *cobra.Command {
	var flags imageVerifyFlags
	cmd := &cobra.Command{
		Use:   "verify REFERENCE... --key FILE.pub",
		Short: "Verify that images of plugins are signed with a key",
		Long: `verify gets images, compares every byte with its digest, and wants a signature of the
key on the digest: one of "harness image sign" or of "cosign sign --key". It prints each
image by its digest, which is what to deploy: a tag may be another image later.

A signature says nothing of where a tag points. So a tag that is a full version, such as
v1.2.0, must be that of the image, which is signed with it; --version asks for one
whatever the tag.

It ends with 1 if an image is not verified, and with 4 if the registry cannot be read.`,
		Example: `  harness image verify registry.example/gatehouse/scope:v1.2.0 --key gatehouse.pub --sbom --provenance`,
		Args:    someReferences,
		RunE:    func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.key, "key", "", "public key `FILE`, PEM. Required")
	f.StringArrayVar(&flags.annotations, "annotation", nil, "`NAME=VALUE` that must be signed with the image; may be given several times")
	f.StringVar(&flags.Version, "version", "", "`VERSION` that the image must be")
	f.BoolVar(&flags.SBOM, "sbom", false, "want an SBOM, signed with the key, of the plugin in the image")
	f.BoolVar(&flags.Provenance, "provenance", false, "want SLSA provenance, signed with the key")
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

func (f *imageVerifyFlags) run(cmd *cobra.Command, references []string) error {
	if f.key == "" {
		return usagef("no key, want --key FILE.pub")
	}
	var err error
	if f.Annotations, err = annotations(f.annotations); err != nil {
		return err
	}
	if f.Key, err = publicKey(f.key); err != nil {
		return err
	}
	var refused []error
	for _, reference := range references {
		v, err := image.Verify(cmd.Context(), reference, f.Check, image.Options{Insecure: f.insecure})
		var refusal *image.VerificationError
		if errors.As(err, &refusal) {
			refused = append(refused, err)
			continue
		}
		if err != nil {
			return imageError("", err)
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), verifiedLine(v)); err != nil {
			return fileError("standard output", err)
		}
	}
	if len(refused) > 0 {
		return &exitError{exitMismatch, errors.Join(refused...)}
	}
	return nil
}

// verifiedLine says what was verified of an image.
func verifiedLine(v *image.Verified) string {
	line := v.Reference + " verified"
	for _, name := range slices.Sorted(maps.Keys(v.Annotations)) {
		line += " " + shown(name+"="+v.Annotations[name])
	}
	if v.SBOM != nil {
		line += " sbom"
	}
	if v.Provenance != nil {
		line += " provenance"
	}
	return line
}
