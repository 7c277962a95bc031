// Package replay runs recordings through a chain of plugins and says what came
// of each exchange: as a document for programs, as a table for people, and as
// the want section of a recording for tests. It also compares: with the answers
// that were recorded, and with the want sections.
//
// It decides the order, the times, the worker and the data frames of the
// exchanges. What happens to them is package harness's to decide, and what a
// recording means package traffic's.
package replay

import (
	"context"
	"fmt"
	"sort"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
)

// Expectation is what the outcome of an exchange is compared with.
type Expectation uint8

const (
	// ExpectWant compares with the want section, where an exchange has one.
	ExpectWant Expectation = iota
	// ExpectNothing compares nothing.
	ExpectNothing
	// ExpectRecorded compares what the client sees with the recorded response.
	ExpectRecorded
)

// Options are how a recording is run. The zero value runs it at its own times,
// on one worker, in the frames it was recorded in.
type Options struct {
	// Now moves the recording in time so that its first exchange happens then;
	// the others keep their distance. Zero leaves the recorded times.
	Now time.Time
	// Chunks cuts the bodies, of requests and of upstream responses.
	Chunks Chunks
	// Workers is the number of worker threads the proxy was started with; the
	// exchanges take turns on them, the n-th on worker n modulo Workers. 0 is 1.
	Workers int
	// Expect is what outcomes are compared with.
	Expect Expectation
}

// Start is when the first exchange of a recording happens, which is where the
// proxy's clock is to start: Options.Now, else the first time in the recording,
// else traffic.Epoch.
func (o Options) Start(recording *traffic.Recording) time.Time {
	if !o.Now.IsZero() {
		return o.Now
	}
	if first := earliest(recording); !first.IsZero() {
		return first
	}
	return traffic.Epoch
}

func earliest(recording *traffic.Recording) time.Time {
	var first time.Time
	for i := range recording.Exchanges {
		at := recording.Exchanges[i].At
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// Outcome is what became of one exchange.
type Outcome struct {
	// Recorded is the exchange as it stands in the recording.
	Recorded traffic.Exchange
	// Worker is the worker thread it ran on.
	Worker int
	// Result is what the harness saw.
	Result harness.Result
	// Metrics are the metrics it changed, as a want section names them.
	Metrics []string
	// Checked says that the outcome was compared with something.
	Checked bool
	// Differences are in what it differs, one line each; nil if it does not.
	Differences []string
}

// Run runs a recording through a started chain, in the order of its times, and
// then closes the chain. The outcomes are in the order of the recording. What
// goes wrong in an exchange is in its outcome; an error is one of the harness.
func Run(ctx context.Context, proxy *harness.Proxy, recording *traffic.Recording, opts Options) (*Report, error) {
	workers := max(opts.Workers, 1)
	order := make([]int, len(recording.Exchanges))
	for i := range order {
		order[i] = i
	}
	times := schedule(recording, opts)
	sort.SliceStable(order, func(a, b int) bool { return times[order[a]].Before(times[order[b]]) })

	report := &Report{
		Start:    opts.Start(recording),
		Outcomes: make([]Outcome, len(order)),
		Skipped:  recording.Skipped,
	}
	metrics := proxy.Metrics()
	for n, i := range order {
		x := recording.Exchanges[i].Exchange
		x.At = times[i]
		x.Request.Body = opts.Chunks.cut(x.Request.Body)
		x.Response.Body = opts.Chunks.cut(x.Response.Body)
		outcome := Outcome{Recorded: recording.Exchanges[i], Worker: n % workers}
		result, err := proxy.Exchange(ctx, outcome.Worker, x)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", recording.File, recording.Exchanges[i].Line, err)
		}
		outcome.Result = result
		before := metrics
		metrics = proxy.Metrics()
		outcome.Metrics = metricChanges(before, metrics)
		outcome.check(opts.Expect)
		report.Outcomes[i] = outcome
	}
	if err := proxy.Close(ctx); err != nil {
		return nil, err
	}
	report.Outside = outside(proxy.Logs(), report.Outcomes, order)
	report.Metrics = proxy.Metrics()
	report.Failures = proxy.Failures()
	return report, nil
}

// outside returns the lines that no exchange wrote: those of the start, of the
// end, and of whatever the harness ran in between. What an exchange wrote stands
// in all in one piece.
func outside(all []harness.LogEntry, outcomes []Outcome, order []int) []harness.LogEntry {
	var rest []harness.LogEntry
	for _, i := range order {
		lines := outcomes[i].Result.Logs
		for len(lines) > 0 && len(all) > 0 && all[0] != lines[0] {
			rest, all = append(rest, all[0]), all[1:]
		}
		all = all[min(len(lines), len(all)):]
	}
	return append(rest, all...)
}

// schedule returns when each exchange happens. One without a time happens when
// the one before it in the recording does.
func schedule(recording *traffic.Recording, opts Options) []time.Time {
	start := opts.Start(recording)
	var shift time.Duration
	if first := earliest(recording); !first.IsZero() {
		shift = start.Sub(first)
	}
	times := make([]time.Time, len(recording.Exchanges))
	last := start
	for i := range times {
		if at := recording.Exchanges[i].At; !at.IsZero() {
			last = at.Add(shift)
		}
		times[i] = last.UTC()
	}
	return times
}
