package main

import (
	"github.com/spf13/cobra"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

// recordingFlags are the flags of commands that run a recording through a chain.
type recordingFlags struct {
	chainFlags
	traffic string
}

func (f *recordingFlags) add(cmd *cobra.Command) {
	f.chainFlags.add(cmd)
	cmd.Flags().StringVar(&f.traffic, "traffic", "", "recording `FILE`, HAR or txtar. Required")
}

// readRecording reads the recording in a file.
func readRecording(file string) (*traffic.Recording, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return traffic.Read(file, data)
}

// read reads the recording, the chain and the proxy's options. A recording may
// bring along the configuration of a single plugin, and callouts.
func (f *recordingFlags) read() (*traffic.Recording, []harness.Plugin, harness.Options, error) {
	if f.traffic == "" {
		return nil, nil, harness.Options{}, usagef("no recording, want --traffic FILE")
	}
	recording, err := readRecording(f.traffic)
	if err != nil {
		return nil, nil, harness.Options{}, err
	}
	chain, err := f.chain(recording.Configuration)
	if err != nil {
		return nil, nil, harness.Options{}, err
	}
	opts, err := f.chainFlags.options(recording.Callouts)
	return recording, chain, opts, err
}
