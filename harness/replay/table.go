package replay

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// longPath is where a table cuts paths, which attackers make long.
const longPath = 60

// WriteText writes the report as tables for people. It has no colours and quotes
// what a terminal could take for commands. With logs, lines that are no events
// are written too.
func (r *Report) WriteText(w io.Writer, logs bool) error {
	out := &bytes.Buffer{}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "#\tTIME\tMETHOD\tPATH\tSTATUS\tANSWERED BY\tUPSTREAM\tEVENTS\t\n")
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		events, _ := sortLines(o.Result.Logs)
		note := ""
		if o.Checked && len(o.Differences) == 0 {
			note = "as expected"
		} else if len(o.Differences) > 0 {
			note = "MISMATCH"
		}
		if len(o.Result.Failures) > 0 {
			note = strings.TrimSpace(note + " TRAP")
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", i+1, offset(o.Result.Started.Sub(r.Start)),
			cell(value(o.Recorded.Request.Headers, ":method")), cell(value(o.Recorded.Request.Headers, ":path")),
			o.statusCell(), o.answeredBy(), o.upstreamCell(), len(events), note)
	}
	table.Flush()
	trimLines(out)
	for _, s := range r.Skipped {
		fmt.Fprintf(out, "skipped: line %d, %s\n", s.Line, s.Reason)
	}
	r.writeDetails(out, logs)
	r.writeMetrics(out)
	r.writeSummary(out)
	_, err := w.Write(out.Bytes())
	return err
}

// trimLines takes off the blanks at the end of lines that padding leaves.
func trimLines(b *bytes.Buffer) {
	lines := strings.Split(b.String(), "\n")
	b.Reset()
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	b.WriteString(strings.Join(lines, "\n"))
}

// writeDetails writes differences, traps, events and logs, exchange by exchange.
func (r *Report) writeDetails(out io.Writer, logs bool) {
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		var lines []string
		for _, d := range o.Differences {
			lines = append(lines, "mismatch  "+d)
		}
		for _, f := range o.Result.Failures {
			lines = append(lines, "trap      "+oneLine(f.Error()))
		}
		events, others := sortLines(o.Result.Logs)
		for _, e := range events {
			lines = append(lines, "event     "+oneLine(string(e)))
		}
		if logs {
			for _, entry := range others {
				lines = append(lines, fmt.Sprintf("%-8s  %s", entry.Level, oneLine(entry.Message)))
			}
		}
		if len(lines) == 0 {
			continue
		}
		name := ""
		if o.Recorded.Name != "" {
			name = " " + oneLine(o.Recorded.Name)
		}
		fmt.Fprintf(out, "\n#%d%s\n", i+1, name)
		for _, line := range lines {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
	if events, others := sortLines(r.Outside); len(events) > 0 || logs && len(others) > 0 {
		fmt.Fprintf(out, "\noutside of exchanges\n")
		for _, e := range events {
			fmt.Fprintf(out, "  event     %s\n", oneLine(string(e)))
		}
		if logs {
			for _, entry := range others {
				fmt.Fprintf(out, "  %-8s  %s\n", entry.Level, oneLine(entry.Message))
			}
		}
	}
}

func (r *Report) writeMetrics(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	header := "\nMETRIC\tTYPE\tVALUE\n"
	for _, name := range sortedKeys(r.Metrics) {
		m := r.Metrics[name]
		text := strconv.FormatUint(m.Value, 10)
		if m.Type == "histogram" {
			text = strconv.Itoa(len(m.Samples)) + " samples"
		}
		if text == "0" || text == "0 samples" {
			continue
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s\n", header, cell(name), m.Type, text)
		header = ""
	}
	table.Flush()
}

func (r *Report) writeSummary(out io.Writer) {
	s := r.Summary()
	parts := []string{
		count(s.Exchanges, "exchange"), fmt.Sprintf("%d answered by the upstream", s.Upstream),
		fmt.Sprintf("%d by the proxy", s.Proxy),
	}
	if s.NoAnswer > 0 {
		parts = append(parts, fmt.Sprintf("%d not answered", s.NoAnswer))
	}
	parts = append(parts, count(s.Events, "event"))
	if s.Failures > 0 {
		parts = append(parts, count(s.Failures, "trap"))
	}
	if s.Checked > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d as expected", s.Checked-s.Mismatches, s.Checked))
	}
	fmt.Fprintf(out, "\n%s\n", strings.Join(parts, ", "))
}

func (o *Outcome) statusCell() string {
	switch {
	case len(o.Result.Response.Headers) == 0:
		return "reset"
	case o.Result.Response.Reset:
		return o.Result.Status() + " cut"
	}
	return o.Result.Status()
}

func (o *Outcome) answeredBy() string {
	switch {
	case o.upstreamAnswered():
		return "upstream"
	case o.Result.Details != "":
		return cell(o.Result.Details)
	case len(o.Result.Response.Headers) == 0:
		return "nobody"
	}
	return "proxy"
}

func (o *Outcome) upstreamCell() string {
	switch up := &o.Result.Upstream; {
	case !up.Reached:
		return "-"
	case !up.Complete:
		return "in part"
	}
	return "reached"
}

// cell bounds and quotes one cell of a table.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	s = oneLine(s)
	if runes := []rune(s); len(runes) > longPath {
		return string(runes[:longPath-1]) + "…"
	}
	return s
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// offset writes a distance in time, to the millisecond.
func offset(d time.Duration) string { return "+" + d.Round(time.Millisecond).String() }
