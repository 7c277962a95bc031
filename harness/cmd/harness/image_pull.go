package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imagePullFlags struct {
	out      string
	insecure bool
}

func imagePullCommand() *cobra.Command {
	var flags imagePullFlags
	cmd := &cobra.Command{
		Use:   "pull REFERENCE",
		Short: "Get the plugin of an image, in whichever form",
		Long: `pull gets an image by REPOSITORY:TAG or REPOSITORY@DIGEST, verifies every part of
it against its digest and writes the plugin in it to a file. It takes the compatible
form, the CNCF form and the older artifact form of two layers.`,
		Example: `  harness image pull registry.example/gatehouse/scope:v1.2.0 --out scope.wasm`,
		Args:    oneReference,
		RunE:    func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&flags.out, "out", "plugin.wasm", "`FILE` to write")
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

func (f *imagePullFlags) run(cmd *cobra.Command, reference string) error {
	img, err := image.Fetch(cmd.Context(), reference, image.Options{Insecure: f.insecure})
	if err != nil {
		return imageError("", err)
	}
	wasm, form, err := img.Plugin()
	if err != nil {
		return imageError(reference, err)
	}
	err = image.WriteFile(f.out, func(w io.Writer) error {
		_, err := w.Write(wasm)
		return err
	})
	if err != nil {
		return fileError(f.out, err)
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", f.out, img.Digest, form); err != nil {
		return fileError("standard output", err)
	}
	return nil
}
