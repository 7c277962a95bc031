package main

import "github.com/spf13/cobra"

func redactCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redact",
		Short: "Tools of the plugin redact",
		Args:  cobra.ArbitraryArgs,
		RunE:  helpOnly,
	}
	cmd.AddCommand(redactImportCommand(), redactMapCommand(), redactRevealCommand())
	return cmd
}
