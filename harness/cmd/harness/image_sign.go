package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imageSignFlags struct {
	key, passwordFile string
	annotations       []string
	insecure          bool
}

func imageSignCommand() *cobra.Command {
	var flags imageSignFlags
	cmd := &cobra.Command{
		Use:   "sign REFERENCE... --key FILE",
		Short: "Sign images of plugins with a private key",
		Long: `sign signs images by their digests, and annotations with them. Each image is read
and compared with its digest first, and must have a plugin in it. "cosign verify --key"
takes the signatures, and "harness image verify" those of "cosign sign --key".

Two signatures are written, beside the image and without changing it: the tag
sha256-DIGEST.sig, which Kyverno, Connaisseur and cosign 2 look for, and a sigstore
bundle that refers to the image, for cosign 3. Signatures of others stay, and an image
that has the same signature already is left as it is. Nothing is sent to a transparency
log.

` + passwordHelp,
		Example: `  harness image sign registry.example/gatehouse/scope:v1.2.0 registry.example/gatehouse/scope:v1.2.0-cncf --key gatehouse.key`,
		Args:    someReferences,
		RunE:    func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.key, "key", "", "private key `FILE`, PEM. Required")
	f.StringArrayVar(&flags.annotations, "annotation", nil, "`NAME=VALUE` to sign with the image; may be given several times")
	passwordFlag(cmd, &flags.passwordFile)
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

func (f *imageSignFlags) run(cmd *cobra.Command, references []string) error {
	if f.key == "" {
		return usagef("no key, want --key FILE")
	}
	signed, err := annotations(f.annotations)
	if err != nil {
		return err
	}
	key, err := privateKey(cmd, f.key, f.passwordFile)
	if err != nil {
		return err
	}
	for _, reference := range references {
		s, err := image.Sign(cmd.Context(), reference, key, signed, image.Options{Insecure: f.insecure})
		if err != nil {
			return imageError("", err)
		}
		remark := ""
		if s.Before {
			remark = " (as before)"
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s signed%s\n", s.Reference, remark); err != nil {
			return fileError("standard output", err)
		}
	}
	return nil
}
