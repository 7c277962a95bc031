package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"gatehouse/harness/compare"
	"gatehouse/harness/envoy"
)

type compareFlags struct {
	recordingFlags
	envoyConfig, listener, cluster string
}

func compareCommand() *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare --plugin FILE.wasm --config FILE --traffic FILE",
		Short: "Run recorded traffic through the harness and a real Envoy, and compare",
		Long: `compare runs a recording through a chain of plugins in the harness, then
through the same chain in a real Envoy on the loopback interface, whose upstream
answers as recorded, and prints for each exchange what both answered and whether
client and upstream saw the same.

Envoy is the binary that the variable ENVOY of the environment names, or else
.cache/envoy/bin/envoy here or in a folder above. Both sides run at the machine's
time, one exchange right after the other.`,
		Example: `  harness compare --plugin dist/jwt-audience.wasm --config policy.json --traffic orders.har
  harness compare --plugin dist/jwt-audience.wasm --config policy.json --traffic orders.har \
      --envoy-config envoy.yaml --listener ingress --cluster upstream`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.envoyConfig, "envoy-config", "", "Envoy's configuration `FILE`, whose Wasm filters get the plugins (default: nothing but the chain)")
	f.StringVar(&flags.listener, "listener", "ingress", "`NAME` of the listener in --envoy-config that takes the requests")
	f.StringVar(&flags.cluster, "cluster", "upstream", "`NAME` of the cluster in --envoy-config that stands for the upstream")
	return cmd
}

func (f *compareFlags) run(cmd *cobra.Command) error {
	recording, chain, opts, err := f.read()
	if err != nil {
		return err
	}
	options := compare.Options{Harness: opts, Listener: f.listener, Cluster: f.cluster}
	if options.Bootstrap, err = readOptional(f.envoyConfig); err != nil {
		return err
	}
	if _, err := envoy.Find(); err != nil {
		return &exitError{exitFile, err}
	}
	scenario := compare.Scenario{Chain: chain, Files: f.plugins}
	for _, x := range recording.Exchanges {
		scenario.Exchanges = append(scenario.Exchanges, x.Exchange)
	}
	all, err := compare.Run(cmd.Context(), []compare.Scenario{scenario}, options)
	if err != nil {
		return f.located(err)
	}
	rows := all[0]
	if err := compare.WriteText(cmd.OutOrStdout(), rows); err != nil {
		return fileError("standard output", err)
	}
	if n := len(rows) - compare.Equal(rows); n > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s: %d of %d exchanges are not equal\n", f.traffic, n, len(rows))
		return errMismatch
	}
	return nil
}
