package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

func imageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Make, push, pull, sign, verify and inspect OCI images of plugins",
		Long: `image makes OCI images of plugins, brings them to a registry and back, signs them and
verifies that they are signed.

Logins are those of "docker login": config.json in DOCKER_CONFIG or ~/.docker, and
the credential helpers that it names. Registries on this machine may speak HTTP
without TLS, others only with --insecure.`,
		Args: cobra.ArbitraryArgs,
		RunE: helpOnly,
	}
	cmd.AddCommand(
		imagePackCommand(), imagePushCommand(), imagePullCommand(), imageInspectCommand(),
		imageKeygenCommand(), imageSignCommand(), imageVerifyCommand(), imageAttestCommand(), imageSBOMCommand(),
	)
	return cmd
}

// insecureFlag is the flag of all commands that speak to a registry.
func insecureFlag(cmd *cobra.Command, insecure *bool) {
	cmd.Flags().BoolVar(insecure, "insecure", false, "allow HTTP without TLS to a registry on another machine: logins and images pass in the clear")
}

// oneReference takes the reference of an image as the only argument.
func oneReference(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s: %d arguments, want one REFERENCE", cmd.Name(), len(args))
	}
	return nil
}

// imageError gives an error of package image its exit code, and says of which file
// it is where there is one.
func imageError(file string, err error) error {
	var (
		reference *image.ReferenceError
		registry  *image.RegistryError
		path      *fs.PathError
		coded     *exitError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return err
	case errors.As(err, &reference), errors.Is(err, image.ErrNoPlatform):
		return &exitError{exitUsage, err}
	case errors.As(err, &registry):
		return &exitError{exitFile, err}
	case errors.As(err, &path):
		return fileError(path.Path, err)
	case file != "":
		err = fmt.Errorf("%s: %w", file, err)
	}
	return &exitError{exitUsage, err}
}

// readLayout reads the layout that a flag names.
func readLayout(name string) (*image.Layout, error) {
	if name == "" {
		return nil, usagef("no images, want --layout FOLDER or FILE.tar")
	}
	layout, err := image.ReadLayout(name)
	return layout, imageError(name, err)
}
