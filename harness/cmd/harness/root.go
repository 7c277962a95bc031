package main

// What the commands print, and where:
//
// What was asked for goes to standard output. Everything else goes to standard
// error, one line with "harness:" in front, lower case and without a period. An
// error says where, what and what is wanted; a file is named as it was given.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

// The exit codes are part of the interface: scripts tell a policy that failed
// its test from a test that could not be run.
const (
	exitMatch    = 0 // as expected
	exitMismatch = 1 // an outcome that is not the expected one
	exitUsage    = 2 // usage, configuration, or an input that is not what it claims to be
	exitTrap     = 3 // a plugin broke
	exitFile     = 4 // a file that cannot be read or written, or a registry that refuses
)

// exitError is an error with its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usagef is an error in how the command was called.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// errMismatch and errTrap end a command whose output has said everything.
var (
	errMismatch = &exitError{code: exitMismatch, err: errors.New("outcome is not the expected one")}
	errTrap     = &exitError{code: exitTrap, err: errors.New("a plugin broke")}
)

// exitCode is the code that an error ends the command with.
func exitCode(err error) int {
	var (
		coded         *exitError
		recording     *traffic.Error
		module        *harness.ModuleError
		configuration *harness.ConfigurationError
		file          *fs.PathError
		system        syscall.Errno
	)
	switch {
	case err == nil:
		return exitMatch
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &recording), errors.As(err, &module):
		return exitUsage
	case errors.As(err, &configuration):
		if configuration.Failure != nil {
			return exitTrap
		}
		return exitUsage
	case errors.As(err, &file), errors.As(err, &system):
		return exitFile
	}
	return exitUsage
}

// run is main with its world as parameters.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err != error(errMismatch) && err != error(errTrap) {
		for _, problem := range problems(err) {
			fmt.Fprintf(stderr, "harness: %s\n", singleLine(problem.Error()))
		}
	}
	return exitCode(err)
}

// problems takes errors apart that were joined.
func problems(err error) []error {
	var joined interface{ Unwrap() []error }
	if coded := (*exitError)(nil); errors.As(err, &coded) && errors.As(coded.err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// singleLine keeps an error on one line, whatever a plugin or a library wrote.
func singleLine(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.Join(fields, " "))
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "harness",
		Short: "Run Proxy-Wasm plugins on recorded traffic, the way Envoy would",
		Long: `harness runs Proxy-Wasm plugins on recorded traffic the way Envoy would,
without a cluster.

Exit codes: 0 as expected, 1 an outcome that is not the expected one, 2 usage,
configuration, or an input that is not what it claims to be, 3 a plugin broke,
4 a file that cannot be read or written, or a registry that does not do what it is
asked.`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          helpOnly,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(replayCommand(), compareCommand(), validateCommand(), imageCommand(), openapiCommand(), redactCommand(), scopeCommand(), versionCommand())
	return root
}

// helpOnly is what a command does that has only others below it.
func helpOnly(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	path := strings.Replace(cmd.CommandPath(), "harness", "harness help", 1)
	return usagef("unknown command %q, see %q", args[0], path)
}

// noArguments refuses what is neither a flag nor the value of one.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s: argument %q, want only flags", cmd.Name(), args[0])
	}
	return nil
}
