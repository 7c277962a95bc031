package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/harness"
	"gatehouse/plugins/redact"
)

type redactMapFlags struct {
	config, format, openapi string
	traffic                 []string
}

func redactMapCommand() *cobra.Command {
	var flags redactMapFlags
	cmd := &cobra.Command{
		Use:   "map --traffic FILE",
		Short: "List which fields of which routes carry personal or secret data",
		Long: `map reads recorded traffic and lists at which places of the requests and responses
of which routes there is which kind of data, how many values in how many streams, and
the clauses of PCI DSS, HIPAA and the GDPR that are about it. It looks with all
detectors, at confidence 60, and for all names of the three profiles; "field" is the
kind of what only its name tells of. Paths and queries are looked at too, although the
plugin changes nothing there. Bodies that cannot be read are listed below.

With --config it is the shadow report of a configuration of the plugin redact, too:
what it would do with each of them, by which rule, which messages it would refuse, and
what it would let pass: ACTION is "-". Its keys are not needed.

Values are never in the output, and neither is what may be one in paths: segments that
are numbers, ids or addresses, that follow a plural ("/users/alice"), or of which there
are many in one place are "{}". --openapi tells paths by the templates of a document
instead. Who asks is taken from the property gatehouse.identity of an exchange, or else
from its bearer token, which is read and not verified.`,
		Example: `  harness redact map --traffic monday.har --traffic tuesday.har
  harness redact map --traffic monday.har --config redact.json --openapi customers.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.traffic, "traffic", nil, "recording `FILE`, HAR or txtar; may be given several times. Required")
	f.StringVar(&flags.config, "config", "", "configuration `FILE` of the plugin redact, to say what it would do")
	f.StringVar(&flags.openapi, "openapi", "", "OpenAPI `DOCUMENT` whose templates paths are told by")
	f.StringVar(&flags.format, "format", "text", "output `FORMAT`: text or json")
	return cmd
}

func (f *redactMapFlags) run(cmd *cobra.Command) error {
	if f.format != "text" && f.format != "json" {
		return usagef("--format %q, want text or json", f.format)
	}
	if len(f.traffic) == 0 {
		return usagef("no recording, want --traffic FILE")
	}
	audit, err := f.audit()
	if err != nil {
		return err
	}
	for _, file := range f.traffic {
		recording, err := readRecording(file)
		if err != nil {
			return err
		}
		for i := range recording.Exchanges {
			audit.Add(recordedExchange(&recording.Exchanges[i].Exchange))
		}
	}
	found := audit.Map()
	if f.format == "json" {
		err = writeJSON(cmd.OutOrStdout(), found)
	} else {
		err = writeMap(cmd.OutOrStdout(), &found, f.config != "")
	}
	if err != nil {
		return fileError("standard output", err)
	}
	return nil
}

// audit makes the audit that the flags ask for.
func (f *redactMapFlags) audit() (*redact.Audit, error) {
	config, err := readOptional(f.config)
	if err != nil {
		return nil, err
	}
	// What keys make of values is not shown.
	audit, err := redact.NewAudit(config, anySecret)
	if err != nil {
		return nil, inConfiguration(f.config, err)
	}
	if f.openapi == "" {
		return audit, nil
	}
	document, err := openDocument(f.openapi)
	if err != nil {
		return nil, err
	}
	found, problems := operations(document)
	if len(problems) > 0 {
		return nil, inDocument(f.openapi, problems)
	}
	described := make([]redact.Operation, len(found))
	for i, o := range found {
		described[i] = redact.Operation{Method: o.Method, Path: o.Path}
	}
	if err := audit.UseOperations(described); err != nil {
		return nil, inDocument(f.openapi, []error{err})
	}
	return audit, nil
}

// recordedExchange is an exchange as the plugin would see it.
func recordedExchange(x *harness.Exchange) *redact.Exchange {
	recorded := &redact.Exchange{Request: recordedMessage(&x.Request), Response: recordedMessage(&x.Response), Attributes: x.Properties}
	const identity = "gatehouse.identity"
	if _, ok := x.Properties[identity]; !ok {
		if claims := claimsOf(recorded.Request.Headers); claims != nil {
			recorded.Attributes = map[string][]byte{identity: claims}
			for path, value := range x.Properties {
				recorded.Attributes[path] = value
			}
		}
	}
	return recorded
}

func recordedMessage(m *harness.Message) redact.Message {
	return redact.Message{Headers: headerPairs(m.Headers), Trailers: headerPairs(m.Trailers), Body: m.Body, Broken: m.Reset}
}

func headerPairs(headers []harness.Header) [][2]string {
	pairs := make([][2]string, len(headers))
	for i, h := range headers {
		pairs[i] = [2]string{h.Name, h.Value}
	}
	return pairs
}

// writeMap writes a map as tables, with what a configuration does if there is one.
func writeMap(w io.Writer, m *redact.DataMap, configured bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	columns := []string{"ROUTE", "PLACE", "FIELD", "KIND", "COUNT", "STREAMS", "ACTION"}
	if configured {
		columns = append(columns, "RULE")
	}
	fmt.Fprintln(table, strings.Join(append(columns, "CLAUSES"), "\t"))
	values, untouched := 0, 0
	for _, d := range m.Data {
		values += d.Count
		if d.Action == "" {
			untouched += d.Count
		}
		row := []string{shown(d.Method + " " + d.Path), d.Place, shown(d.Field), d.Kind, strconv.Itoa(d.Count), strconv.Itoa(d.Streams), shown(d.Action)}
		if configured {
			row = append(row, shown(d.Rule))
		}
		clauses := strings.Join(d.Clauses, "; ")
		if clauses == "" {
			clauses = "-"
		}
		fmt.Fprintln(table, strings.Join(append(row, clauses), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	separate := func(some bool, title string) {
		if some {
			fmt.Fprintf(table, "\n%s\n", title)
		}
	}
	separate(len(m.Unread) > 0, "NOT READ\tPLACE\tMEDIA TYPE\tSTREAMS\tREASON")
	for _, u := range m.Unread {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", shown(u.Method+" "+u.Path), u.Place, u.MediaType, u.Streams, u.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	separate(len(m.Refused) > 0, "REFUSED\tMESSAGE\tSTREAMS\tRULE\tREASON")
	refusals := 0
	for _, r := range m.Refused {
		refusals += r.Streams
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", shown(r.Method+" "+r.Path), r.Message, r.Streams, shown(r.Rule), r.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	unread := 0
	for _, u := range m.Unread {
		unread += u.Streams
	}
	routes := map[[2]string]bool{}
	for _, d := range m.Data {
		routes[[2]string{d.Method, d.Path}] = true
	}
	summary := fmt.Sprintf("\n%d exchanges: %d values on %d routes, %d bodies not read", m.Streams, values, len(routes), unread)
	if configured {
		summary += fmt.Sprintf("; the configuration lets %d values pass as they are and refuses %d messages", untouched, refusals)
	}
	_, err := fmt.Fprintln(w, summary)
	return err
}
