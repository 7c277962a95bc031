package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imagePackFlags struct {
	plugin, schema, out string
	image.Plugin
}

func imagePackCommand() *cobra.Command {
	var flags imagePackFlags
	cmd := &cobra.Command{
		Use:   "pack --plugin FILE.wasm --version VERSION --out PATH",
		Short: "Make the images of a plugin: the compatible and the CNCF form",
		Long: `pack makes two images of a plugin, as an OCI image layout: the compatible form,
which Istio and Envoy Gateway take, with the tag VERSION, and the CNCF form with
VERSION-cncf. It prints tag, digest and form of each.

The same input gives the same digests anywhere. The time in the images is that of
SOURCE_DATE_EPOCH in the environment, else 1970-01-01.`,
		Example: `  harness image pack --plugin dist/scope.wasm --version v1.2.0 --schema plugins/scope/schema.json --out dist/scope.tar`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.plugin, "plugin", "", "plugin `FILE.wasm`. Required")
	f.StringVar(&flags.Version, "version", "", "`VERSION`, which becomes the tag. Required")
	f.StringVar(&flags.out, "out", "", "where to write: a `PATH` that ends in .tar, else a folder that is not there yet. Required")
	f.StringVar(&flags.schema, "schema", "", "JSON Schema `FILE` of the plugin's configuration")
	f.StringVar(&flags.Title, "title", "", "`NAME` of the plugin (default: that of its file)")
	f.StringVar(&flags.Description, "description", "", "`SENTENCE` about the plugin")
	f.StringVar(&flags.Source, "source", "", "`URL` of the source")
	f.StringVar(&flags.Revision, "revision", "", "`REVISION` of the source, such as a commit")
	f.StringVar(&flags.Licenses, "licenses", "", "SPDX `EXPRESSION` of the licence")
	return cmd
}

func (f *imagePackFlags) run(cmd *cobra.Command) error {
	switch {
	case f.plugin == "":
		return usagef("no plugin, want --plugin FILE.wasm")
	case f.Version == "":
		return usagef("no version, want --version VERSION")
	case f.out == "":
		return usagef("nowhere to write, want --out PATH")
	}
	var err error
	if f.Wasm, err = readFile(f.plugin); err != nil {
		return err
	}
	if f.Schema, err = readOptional(f.schema); err != nil {
		return err
	}
	if f.Title == "" {
		f.Title = strings.TrimSuffix(filepath.Base(f.plugin), ".wasm")
	}
	if f.Created, err = sourceDate(os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		return err
	}
	layout, err := image.Pack(f.Plugin)
	if err != nil {
		return imageError(f.plugin, err)
	}
	if err := layout.Write(f.out); err != nil {
		return fileError(f.out, err)
	}
	for _, img := range layout.Images {
		_, form, err := img.Plugin()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", img.Tag, img.Digest, form); err != nil {
			return fileError("standard output", err)
		}
	}
	return nil
}

// sourceDate is the time that builds agreed on, zero if there is none.
//
// See https://reproducible-builds.org/specs/source-date-epoch/
func sourceDate(seconds string) (time.Time, error) {
	if seconds == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n < 0 || n > 1<<33 {
		return time.Time{}, usagef("SOURCE_DATE_EPOCH %q, want seconds since 1970", seconds)
	}
	return time.Unix(n, 0).UTC(), nil
}
