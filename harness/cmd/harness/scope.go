package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/plugins/scope"
)

func scopeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scope",
		Short: "Tools of the plugin scope",
		Args:  cobra.ArbitraryArgs,
		RunE:  helpOnly,
	}
	cmd.AddCommand(scopeReportCommand())
	return cmd
}

type scopeReportFlags struct {
	config, format string
	traffic        []string
}

func scopeReportCommand() *cobra.Command {
	var flags scopeReportFlags
	cmd := &cobra.Command{
		Use:   "report --config FILE --traffic FILE",
		Short: "Find the scopes that clients hold and never need",
		Long: `report reads recorded traffic and says for each client which scopes its tokens
hold, which few of them its requests would have needed under a scope configuration,
and which it never needs.

A token's claims are those of the property gatehouse.identity of an exchange, or
else those in its bearer token, which is read and not verified. Tokens are not in
the output.`,
		Example: `  harness scope report --config scope.json --traffic monday.har --traffic tuesday.har`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.config, "config", "", "configuration `FILE` of the plugin scope. Required")
	f.StringArrayVar(&flags.traffic, "traffic", nil, "recording `FILE`, HAR or txtar; may be given several times. Required")
	f.StringVar(&flags.format, "format", "text", "output `FORMAT`: text or json")
	return cmd
}

// readScope reads a scope configuration.
func readScope(file string) (*scope.Config, error) {
	if file == "" {
		return nil, usagef("no configuration, want --config FILE")
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	config, err := scope.Parse(data)
	return config, inConfiguration(file, err)
}

// inConfiguration puts the file in front of each fault of a configuration.
func inConfiguration(file string, err error) error {
	if err == nil {
		return nil
	}
	var faults []error
	for line := range strings.Lines(err.Error()) {
		faults = append(faults, errors.New(strings.TrimSpace(line)))
	}
	return inDocument(file, faults)
}

// scopeReport is what report has to say.
type scopeReport struct {
	scope.Counts
	Clients []scope.Client `json:"clients"`
}

func (f *scopeReportFlags) run(cmd *cobra.Command) error {
	if f.format != "text" && f.format != "json" {
		return usagef("--format %q, want text or json", f.format)
	}
	if f.config == "" {
		return usagef("no configuration, want --config FILE")
	}
	if len(f.traffic) == 0 {
		return usagef("no recording, want --traffic FILE")
	}
	data, err := readFile(f.config)
	if err != nil {
		return err
	}
	audit, err := scope.NewAudit(data)
	if err != nil {
		return inConfiguration(f.config, err)
	}
	for _, file := range f.traffic {
		recording, err := readRecording(file)
		if err != nil {
			return err
		}
		for _, x := range recording.Exchanges {
			headers := headerPairs(x.Request.Headers)
			claims, ok := x.Properties["gatehouse.identity"]
			if !ok {
				claims = claimsOf(headers)
			}
			audit.Add(headers, claims)
		}
	}
	report := scopeReport{audit.Counts(), audit.Clients()}
	if f.format == "json" {
		err = writeJSON(cmd.OutOrStdout(), report)
	} else {
		err = report.write(cmd.OutOrStdout())
	}
	if err != nil {
		return fileError("standard output", err)
	}
	return nil
}

// claimsOf returns the claims of a request's token, nil if it has none. What is
// no JWT has claims that nobody can read.
func claimsOf(headers [][2]string) []byte {
	for _, h := range headers {
		if h[0] != "authorization" {
			continue
		}
		kind, token, _ := strings.Cut(h[1], " ")
		if !strings.EqualFold(kind, "bearer") && !strings.EqualFold(kind, "dpop") {
			continue
		}
		parts := strings.Split(strings.TrimSpace(token), ".")
		if len(parts) != 3 {
			return []byte{}
		}
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return []byte{}
		}
		return claims
	}
	return nil
}

func (r *scopeReport) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CLIENT\tISSUER\tREQUESTS\tREFUSED\tNEEDS\tNEVER NEEDS")
	named, unused := 0, 0
	for _, c := range r.Clients {
		named += c.Requests
		unused += len(c.Unused)
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", shown(c.ID), shown(c.Issuer), c.Requests, c.Refused, list(c.Needed), list(c.Unused))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, c := range r.Clients {
		for _, b := range c.Broader {
			fmt.Fprintf(w, "%s: %s covers more than it needs, %s would do\n", shown(c.ID), shown(b.Scope), list(b.Instead))
		}
		if len(c.Lacking) > 0 {
			fmt.Fprintf(w, "%s: lacks %s\n", shown(c.ID), list(c.Lacking))
		}
	}
	_, err := fmt.Fprintf(w, "\n%d requests: %d on public routes, %d on none, %d without a token, %d with one that cannot be used, %d of %d clients, which never need %d scopes\n",
		r.Requests, r.Public, r.Unknown, r.Anonymous, r.Unusable, named, len(r.Clients), unused)
	return err
}

// shown is a text of a token as a terminal can show it.
func shown(s string) string {
	if s == "" {
		return "-"
	}
	if quoted := strconv.QuoteToASCII(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}

func list(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = shown(name)
	}
	return strings.Join(quoted, " ")
}
