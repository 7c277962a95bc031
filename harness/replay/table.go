package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/harness"
)

// longPath is where a table cuts paths, which attackers make long.
const longPath = 60

// WriteText writes the report as tables for people. It has no colours and quotes
// what a terminal could take for commands. Of an event it shows the status code;
// verbose adds the whole of it, and the lines that are no events.
func (r *Report) WriteText(w io.Writer, verbose bool) error {
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
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, offset(o.Result.Started.Sub(r.Start)),
			cell(value(o.Recorded.Request.Headers, ":method")), cell(value(o.Recorded.Request.Headers, ":path")),
			o.statusCell(), o.answeredBy(), o.upstreamCell(), eventCell(events), note)
	}
	table.Flush()
	trimLines(out)
	for _, s := range r.Skipped {
		fmt.Fprintf(out, "skipped: line %d, %s\n", s.Line, s.Reason)
	}
	r.writeDetails(out, verbose)
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

// writeDetails writes differences and traps, and if verbose events and logs,
// exchange by exchange.
func (r *Report) writeDetails(out io.Writer, verbose bool) {
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		var lines []string
		for _, d := range o.Differences {
			lines = append(lines, "mismatch  "+d)
		}
		for _, f := range o.Result.Failures {
			lines = append(lines, "trap      "+oneLine(f.Error()))
		}
		if verbose {
			lines = append(lines, logLines(o.Result.Logs)...)
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
	if lines := logLines(r.Outside); verbose && len(lines) > 0 {
		fmt.Fprintf(out, "\noutside of exchanges\n")
		for _, line := range lines {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
}

// logLines writes what was logged, in its order.
func logLines(entries []harness.LogEntry) []string {
	var lines []string
	for _, entry := range entries {
		if event, ok := asEvent(entry); ok {
			lines = append(lines, "event     "+oneLine(string(event)))
		} else {
			lines = append(lines, fmt.Sprintf("%-8s  %s", entry.Level, oneLine(entry.Message)))
		}
	}
	return lines
}

// eventCell names the events of an exchange by their status code, which in OCSF
// is the reason in the product's own words, or by their class.
func eventCell(events []json.RawMessage) string {
	var names []string
	for _, event := range events {
		var e struct {
			Class  int    `json:"class_uid"`
			Status string `json:"status_code"`
		}
		if json.Unmarshal(event, &e) != nil || e.Status == "" {
			e.Status = fmt.Sprintf("class %d", e.Class)
		}
		names = append(names, e.Status)
	}
	return cell(strings.Join(names, ", "))
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
	// Envoy names every answer of its own, a plugin need not.
	return "plugin"
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
