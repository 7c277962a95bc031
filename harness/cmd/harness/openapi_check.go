package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/plugins/scope"
)

type checkFlags struct {
	config, format string
}

func openapiCheckCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check --config FILE DOCUMENT",
		Short: "Compare a scope configuration with an OpenAPI document",
		Long: `check reports the operations of an OpenAPI document that no route of a scope
configuration covers, and the routes that no operation of the document has. It ends
with exit code 1 if there are any.

Conditions on headers and on the proxy's own routes count as met. Hosts are compared
where the document's servers have any.`,
		Example: `  harness openapi check --config scope.json orders.yaml`,
		Args:    oneDocument,
		RunE:    func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.config, "config", "", "configuration `FILE` of the plugin scope. Required")
	f.StringVar(&flags.format, "format", "text", "output `FORMAT`: text or json")
	return cmd
}

// checked is what check has to say.
type checked struct {
	Operations int                 `json:"operations"`
	Routes     int                 `json:"routes"`
	Uncovered  []uncoveredDocument `json:"uncovered"`
	Idle       []string            `json:"idle"`
}

// uncoveredDocument is an operation that no route covers.
type uncoveredDocument struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Where  string `json:"where"`
}

func (f *checkFlags) run(cmd *cobra.Command, file string) error {
	if f.format != "text" && f.format != "json" {
		return usagef("--format %q, want text or json", f.format)
	}
	config, err := readScope(f.config)
	if err != nil {
		return err
	}
	document, err := openDocument(file)
	if err != nil {
		return err
	}
	found, problems := operations(document)
	if len(problems) > 0 {
		return inDocument(file, problems)
	}
	described := make([]scope.Operation, len(found))
	for i := range found {
		described[i] = found[i].Operation
	}
	coverage, err := config.Cover(described)
	if err != nil {
		return inDocument(file, []error{err})
	}
	result := checked{Operations: len(found), Routes: len(config.Routes), Uncovered: []uncoveredDocument{}, Idle: append([]string{}, coverage.Idle...)}
	for _, i := range coverage.Uncovered {
		result.Uncovered = append(result.Uncovered, uncoveredDocument{found[i].Method, found[i].Path, found[i].where})
	}
	if err := result.write(cmd.OutOrStdout(), f.format); err != nil {
		return fileError("standard output", err)
	}
	if len(result.Uncovered)+len(result.Idle) > 0 {
		return errMismatch
	}
	return nil
}

func (c *checked) write(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, c)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, u := range c.Uncovered {
		fmt.Fprintf(table, "not covered\t%s %s\t%s\n", u.Method, u.Path, u.Where)
	}
	for _, name := range c.Idle {
		fmt.Fprintf(table, "idle\t%s\n", name)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d operations, %d not covered; %d routes, %d idle\n", c.Operations, len(c.Uncovered), c.Routes, len(c.Idle))
	return err
}

// writeJSON writes an indented document.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
