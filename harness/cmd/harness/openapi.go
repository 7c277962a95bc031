package main

import (
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"
)

func openapiCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "openapi",
		Short: "Make a scope configuration of an OpenAPI document, or compare the two",
		Long: `openapi reads an OpenAPI 3.0 or 3.1 document, JSON or YAML. References to other
documents are not followed.`,
		Args: cobra.ArbitraryArgs,
		RunE: helpOnly,
	}
	cmd.AddCommand(openapiImportCommand(), openapiCheckCommand())
	return cmd
}

// openDocument reads an OpenAPI document.
func openDocument(file string) (*openapi3.T, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", file, err)}
	}
	if document.OpenAPI == "" || document.OpenAPI[0] != '3' {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: openapi: %q, want 3.0 or 3.1", file, document.OpenAPI)}
	}
	return document, nil
}

// oneDocument is the argument of a command that takes one.
func oneDocument(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s %s: %d arguments, want one OpenAPI document", cmd.Parent().Name(), cmd.Name(), len(args))
	}
	return nil
}

// inDocument puts the file in front of each of the problems.
func inDocument(file string, problems []error) error {
	located := make([]error, len(problems))
	for i, problem := range problems {
		located[i] = fmt.Errorf("%s: %w", file, problem)
	}
	return &exitError{exitUsage, errors.Join(located...)}
}
