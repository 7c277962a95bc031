package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/harness"
)

func validateCommand() *cobra.Command {
	var flags chainFlags
	cmd := &cobra.Command{
		Use:   "validate --plugin FILE.wasm --config FILE",
		Short: "Start plugins with their configurations and print what they say",
		Long: `validate starts a plugin with its configuration, as Envoy does before the
configuration comes into force, and prints the plugin's own words if it refuses.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chain, err := flags.chain(nil)
			if err != nil {
				return err
			}
			opts, err := flags.options(nil)
			if err != nil {
				return err
			}
			proxy, err := harness.Start(cmd.Context(), chain, opts)
			if err != nil {
				return flags.located(err)
			}
			if err := proxy.Close(cmd.Context()); err != nil {
				return err
			}
			for i, file := range flags.plugins {
				with := "without a configuration"
				if config := nth(flags.configs, i); config != "" {
					with = "with " + config
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s starts %s\n", file, with); err != nil {
					return &exitError{exitFile, err}
				}
			}
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}
