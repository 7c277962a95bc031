package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"gatehouse/harness/image"
)

type imageInspectFlags struct {
	layout, format string
	insecure       bool
}

func imageInspectCommand() *cobra.Command {
	var flags imageInspectFlags
	cmd := &cobra.Command{
		Use:   "inspect REFERENCE | --layout PATH",
		Short: "Print what an image is, and whether Istio and Envoy Gateway take it",
		Long: `inspect gets an image, or reads those of a layout, verifies it and prints digest,
form, layers, annotations, and whether Istio and Envoy Gateway would take it. The
digest is what sha256 wants in a WasmPlugin, without "sha256:" in front. Of an image in a
registry it also lists what is attached: signatures, SBOM, provenance. It does not verify
them, "image verify" does.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.layout, "layout", "", "`PATH` of a layout, a folder or a tar archive")
	f.StringVar(&flags.format, "format", "text", "output `FORMAT`: text or json")
	insecureFlag(cmd, &flags.insecure)
	return cmd
}

// inspection is what inspect has to say of an image.
type inspection struct {
	Reference string          `json:"reference"`
	Digest    v1.Hash         `json:"digest"`
	Form      image.Form      `json:"form"`
	Accepted  bool            `json:"accepted"` // by Istio and Envoy Gateway
	Refusal   string          `json:"refusal,omitempty"`
	Manifest  json.RawMessage `json:"manifest"`
	// Referrers are what is attached to it, in a registry. Nothing of it is verified.
	Referrers []image.Referrer `json:"referrers,omitempty"`
	manifest  v1.Manifest
}

func inspect(reference string, img *image.Image) inspection {
	// That no form has a plugin is told by the refusal.
	_, form, _ := img.Plugin()
	found := inspection{Reference: reference, Digest: img.Digest, Form: form, Accepted: true, Manifest: img.Raw, manifest: img.Manifest}
	if err := img.Refusal(); err != nil {
		found.Accepted, found.Refusal = false, err.Error()
	}
	return found
}

func (f *imageInspectFlags) run(cmd *cobra.Command, args []string) error {
	if f.format != "text" && f.format != "json" {
		return usagef("--format %q, want text or json", f.format)
	}
	if len(args) > 1 || (f.layout == "") == (len(args) == 0) {
		return usagef("inspect: want a REFERENCE or --layout PATH, one of the two")
	}
	var all []inspection
	if f.layout != "" {
		layout, err := readLayout(f.layout)
		if err != nil {
			return err
		}
		for _, img := range layout.Images {
			all = append(all, inspect(img.Tag, img.Image))
		}
	} else {
		img, err := image.Fetch(cmd.Context(), args[0], image.Options{Insecure: f.insecure})
		if err != nil {
			return imageError("", err)
		}
		found := inspect(args[0], img)
		if found.Referrers, err = image.Referrers(cmd.Context(), args[0], image.Options{Insecure: f.insecure}); err != nil {
			return imageError("", err)
		}
		all = append(all, found)
	}
	if f.format == "json" {
		if err := writeJSON(cmd.OutOrStdout(), all); err != nil {
			return fileError("standard output", err)
		}
		return nil
	}
	for i, found := range all {
		if i > 0 {
			fmt.Fprintln(cmd.OutOrStdout())
		}
		if err := found.write(cmd.OutOrStdout()); err != nil {
			return fileError("standard output", err)
		}
	}
	return nil
}

// longestValue is how much of an annotation is printed: schemas are long.
const longestValue = 100

func (n *inspection) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	accepted := "yes"
	if !n.Accepted {
		accepted = "no: " + singleLine(n.Refusal)
	}
	fmt.Fprintf(table, "reference\t%s\ndigest\t%s\nform\t%s\n", shown(n.Reference), n.Digest, n.Form)
	fmt.Fprintf(table, "Istio and Envoy Gateway take it\t%s\n", accepted)
	blob := func(label string, d v1.Descriptor) {
		fmt.Fprintf(table, "%s\t%s %s, %d bytes\n", label, shown(string(d.MediaType)), d.Digest, d.Size)
	}
	blob("config", n.manifest.Config)
	for i, d := range n.manifest.Layers {
		blob(fmt.Sprintf("layer %d", i+1), d)
	}
	for _, r := range n.Referrers {
		what := r.Type
		if r.Predicate != "" {
			what = "bundle with " + r.Predicate
		}
		fmt.Fprintf(table, "attached\t%s %s\n", shown(what), r.Digest)
	}
	for _, name := range slices.Sorted(maps.Keys(n.manifest.Annotations)) {
		value := n.manifest.Annotations[name]
		if len(value) > longestValue {
			value = fmt.Sprintf("(%d bytes, see --format json)", len(value))
		}
		fmt.Fprintf(table, "%s\t%s\n", shown(name), shown(value))
	}
	return table.Flush()
}
