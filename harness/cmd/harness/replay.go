package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/harness"
	"gatehouse/harness/replay"
)

// maxWorkers is as many worker threads as a recording can be spread over; each
// has VMs of its own, of a few megabytes.
const maxWorkers = 64

type replayFlags struct {
	recordingFlags
	format, now, chunks, expect, output string
	workers                             int
	verbose                             bool
}

func replayCommand() *cobra.Command {
	var flags replayFlags
	cmd := &cobra.Command{
		Use:   "replay --plugin FILE.wasm --config FILE --traffic FILE",
		Short: "Run recorded traffic through a chain of plugins",
		Long: `replay runs the exchanges of a recording (HAR, or txtar as package traffic
describes it) through a chain of plugins and prints what came of each.

The clock of the plugins is the recording's. The recorded response is what the
upstream answers; with --expect recorded it is also what the client has to see.
The want sections of a txtar recording are compared unless --expect says
otherwise. A single plugin without --config takes the recording's config.json.`,
		Example: `  harness replay --plugin dist/jwt-audience.wasm --config policy.json --traffic orders.har
  harness replay --plugin a.wasm --config a.json --plugin b.wasm --config b.json \
      --traffic orders.har --now 2026-03-01T12:00:00Z --chunks bytes --workers 4 --format json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.format, "format", "text", "output `FORMAT`: text or json")
	f.StringVar(&flags.output, "output", "", "write to `FILE` instead of standard output")
	f.StringVar(&flags.now, "now", "", "`TIME` of the first exchange (RFC 3339); the others keep their distance")
	f.StringVar(&flags.chunks, "chunks", "recorded", "data frames of bodies: whole, bytes, halves, recorded or a `NUMBER` of bytes")
	f.IntVar(&flags.workers, "workers", 1, "`NUMBER` of worker threads that take turns")
	f.StringVar(&flags.expect, "expect", "want", "what to compare with: `WHAT` is want (sections of a txtar), recorded (responses) or nothing")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "print events and other log lines in full (text)")
	return cmd
}

// options reads the flags that say how to replay.
func (f *replayFlags) options() (opts replay.Options, err error) {
	if f.format != "text" && f.format != "json" {
		return opts, usagef("--format %q, want text or json", f.format)
	}
	if opts.Chunks, err = replay.ParseChunks(f.chunks); err != nil {
		return opts, usagef("--%w", err)
	}
	if f.now != "" {
		if opts.Now, err = time.Parse(time.RFC3339Nano, f.now); err != nil {
			return opts, usagef("--now %q, want a time like 2026-03-01T12:00:00Z", f.now)
		}
	}
	if f.workers < 1 || f.workers > maxWorkers {
		return opts, usagef("--workers %d, want 1 to %d", f.workers, maxWorkers)
	}
	opts.Workers = f.workers
	expectations := map[string]replay.Expectation{
		"want": replay.ExpectWant, "recorded": replay.ExpectRecorded, "nothing": replay.ExpectNothing,
	}
	expect, ok := expectations[f.expect]
	if !ok {
		return opts, usagef("--expect %q, want want, recorded or nothing", f.expect)
	}
	opts.Expect = expect
	return opts, nil
}

func (f *replayFlags) run(cmd *cobra.Command) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	recording, chain, proxyOptions, err := f.read()
	if err != nil {
		return err
	}
	proxyOptions.Workers = f.workers
	proxyOptions.Now = opts.Start(recording)
	proxy, err := harness.Start(cmd.Context(), chain, proxyOptions)
	if err != nil {
		return f.located(err)
	}
	report, err := replay.Run(cmd.Context(), proxy, recording, opts)
	if err != nil {
		return err
	}
	if err := f.write(cmd, report); err != nil {
		return err
	}
	if len(report.Failures) > 0 {
		failure := report.Failures[0]
		fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s: broke in %s: %s\n",
			f.fileOf(failure.Plugin, f.plugins), failure.Callback, singleLine(failure.Reason))
		return errTrap
	}
	if summary := report.Summary(); summary.Mismatches > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s: %d of %d exchanges are not as expected\n", f.traffic, summary.Mismatches, summary.Checked)
		return errMismatch
	}
	return nil
}

// write prints the report, or puts it in the file that was asked for, whole or
// not at all.
func (f *replayFlags) write(cmd *cobra.Command, report *replay.Report) error {
	var out bytes.Buffer
	var err error
	if f.format == "json" {
		err = report.WriteJSON(&out)
	} else {
		err = report.WriteText(&out, f.verbose)
	}
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := os.WriteFile(f.output, out.Bytes(), 0o644); err != nil {
			return fileError(f.output, err)
		}
		return nil
	}
	if _, err := cmd.OutOrStdout().Write(out.Bytes()); err != nil {
		return fileError("standard output", err)
	}
	return nil
}
