// Package compare runs one recording twice, through the harness and through a
// real Envoy with the same plugins and configurations, and says exchange by
// exchange whether client and upstream saw the same. It decides what counts as
// the same; running is for the packages harness and envoy.
//
// Both run at the machine's time, because Envoy's clock cannot be set, and one
// exchange follows the other at once.
package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// Scenario is a recording and the chain of plugins that it runs through.
type Scenario struct {
	// Chain are the plugins, in order. Required.
	Chain []harness.Plugin
	// Files are the paths of the chain's modules, for Envoy to load. Required, one
	// for each of Chain.
	Files []string
	// Exchanges are what is replayed.
	Exchanges []harness.Exchange
}

// Options are what all scenarios have in common.
type Options struct {
	// Harness are the options of the harness; Now is set here.
	Harness harness.Options
	// Bootstrap is Envoy's configuration, with as many Wasm filters as the chain
	// of the one scenario has plugins. Nil makes one that has nothing but a
	// listener with its chain for each scenario.
	Bootstrap []byte
	// Listener and Cluster are the names of the bootstrap's listener and of the
	// cluster that stands for the upstream. Required with Bootstrap.
	Listener, Cluster string
}

// Row is one exchange, run twice.
type Row struct {
	// Exchange is what was sent.
	Exchange harness.Exchange
	// Harness and Envoy are what came of it. Of Envoy only Response, Upstream,
	// Details and Flags are known.
	Harness, Envoy harness.Result
	// Differences say in what the two are not the same, a line each.
	Differences []string
}

// Run compares, and returns a list of rows for each scenario. All run in one
// Envoy. An error means that one of the two could not be run; what they answer
// differently is in the rows.
func Run(ctx context.Context, scenarios []Scenario, o Options) ([][]Row, error) {
	var plugins []envoy.Plugin
	recordings := make([]envoy.Recording, len(scenarios))
	rows := make([][]Row, len(scenarios))
	for i, s := range scenarios {
		exchanges := slices.Clone(s.Exchanges)
		for j := range exchanges {
			exchanges[j].At = time.Time{}
			exchanges[j].Request.Headers = withRequestID(exchanges[j].Request.Headers, j)
		}
		var err error
		if rows[i], err = inHarness(ctx, s.Chain, exchanges, o.Harness); err != nil {
			return nil, err
		}
		for j := range s.Chain {
			plugins = append(plugins, envoy.Plugin{Wasm: s.Files[j], Configuration: s.Chain[j].Configuration})
		}
		recordings[i] = envoy.Recording{Listener: listenerName(i), Exchanges: exchanges}
	}
	cluster := clusterName
	bootstrap := o.Bootstrap
	if bootstrap == nil {
		bootstrap = bootstrapOf(scenarios, o.Harness)
	} else {
		recordings[0].Listener, cluster = o.Listener, o.Cluster
	}
	results, err := envoy.Replay(ctx, envoy.Options{Bootstrap: bootstrap, Plugins: plugins}, cluster, recordings)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		for j := range rows[i] {
			r := &rows[i][j]
			r.Envoy = results[i][j]
			r.Differences = differences(&r.Harness, &r.Envoy)
		}
	}
	return rows, nil
}

// inHarness runs exchanges through a chain in the harness.
func inHarness(ctx context.Context, chain []harness.Plugin, exchanges []harness.Exchange, o harness.Options) ([]Row, error) {
	o.Now = time.Now()
	proxy, err := harness.Start(ctx, chain, o)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(exchanges))
	for i, x := range exchanges {
		result, err := proxy.Exchange(ctx, 0, x)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("exchange %d: %w", i+1, err), proxy.Close(ctx))
		}
		rows[i] = Row{Exchange: x, Harness: result}
	}
	return rows, proxy.Close(ctx)
}

// withRequestID gives a request without an id the one that both sides see:
// Envoy would make one of its own, by chance.
func withRequestID(headers []harness.Header, i int) []harness.Header {
	for _, h := range headers {
		if h.Name == "x-request-id" {
			return headers
		}
	}
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1)
	return append(slices.Clone(headers), harness.Header{Name: "x-request-id", Value: id})
}

// byTheProxy are headers that Envoy's connection manager and router write around
// the filter chain, and those that belong to one connection.
var byTheProxy = map[string]bool{
	"connection": true, "transfer-encoding": true, "keep-alive": true,
	"date": true, "server": true, "x-envoy-upstream-service-time": true,
	"x-forwarded-proto": true, "x-forwarded-for": true, "x-envoy-expected-rq-timeout-ms": true,
	"x-envoy-external-address": true, "x-envoy-internal": true, ":scheme": true,
}

// differences compares what client and upstream saw.
func differences(h, e *harness.Result) []string {
	lines := compareMessages("response", &h.Response, &e.Response)
	if h.Details != e.Details {
		lines = append(lines, fmt.Sprintf("details: harness %q, envoy %q", h.Details, e.Details))
	}
	if h.Upstream.Reached != e.Upstream.Reached {
		return append(lines, fmt.Sprintf("upstream: harness reached %t, envoy %t", h.Upstream.Reached, e.Upstream.Reached))
	}
	if h.Upstream.Reached {
		lines = append(lines, compareMessages("upstream", &h.Upstream.Request, &e.Upstream.Request)...)
	}
	return lines
}

func compareMessages(what string, h, e *harness.Message) []string {
	var lines []string
	fields := func(part string, a, b []harness.Header) {
		x, y := fieldLines(a), fieldLines(b)
		for _, line := range x {
			if !slices.Contains(y, line) {
				lines = append(lines, fmt.Sprintf("%s %s: only the harness has %q", what, part, line))
			}
		}
		for _, line := range y {
			if !slices.Contains(x, line) {
				lines = append(lines, fmt.Sprintf("%s %s: only envoy has %q", what, part, line))
			}
		}
		if len(lines) == 0 && !slices.Equal(x, y) {
			lines = append(lines, fmt.Sprintf("%s %ss: in another order or number", what, part))
		}
	}
	fields("header", h.Headers, e.Headers)
	fields("trailer", h.Trailers, e.Trailers)
	if a, b := bytes.Join(h.Body, nil), bytes.Join(e.Body, nil); !bytes.Equal(a, b) {
		lines = append(lines, fmt.Sprintf("%s body: harness %d bytes, envoy %d bytes, or other ones", what, len(a), len(b)))
	}
	if h.Reset != e.Reset {
		lines = append(lines, fmt.Sprintf("%s: broken off in the harness %t, in envoy %t", what, h.Reset, e.Reset))
	}
	return lines
}

// fieldLines are the fields that the filter chain answers for, sorted by name
// with the order of one name's values kept.
func fieldLines(headers []harness.Header) []string {
	kept := slices.DeleteFunc(slices.Clone(headers), func(h harness.Header) bool {
		// Envoy's HTTP/1 codec says of some requests and answers without a body
		// that they have none.
		return byTheProxy[h.Name] || h.Name == "content-length" && h.Value == "0"
	})
	slices.SortStableFunc(kept, func(a, b harness.Header) int { return strings.Compare(a.Name, b.Name) })
	lines := make([]string, len(kept))
	for i, h := range kept {
		lines[i] = h.Name + ": " + h.Value
	}
	return lines
}

// Equal is how many rows have no difference.
func Equal(rows []Row) int {
	n := 0
	for i := range rows {
		if len(rows[i].Differences) == 0 {
			n++
		}
	}
	return n
}

// longPath is where the table cuts paths, which attackers make long.
const longPath = 44

// WriteText writes the rows as a table, then the differences, then one line that
// counts.
func WriteText(w io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "#\tREQUEST\tHARNESS\tENVOY\tEQUAL")
	for i := range rows {
		r := &rows[i]
		equal := "yes"
		if len(r.Differences) > 0 {
			equal = "NO"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", i+1, request(&r.Exchange), answer(&r.Harness), answer(&r.Envoy), equal)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i := range rows {
		for _, line := range rows[i].Differences {
			fmt.Fprintf(w, "#%d  %s\n", i+1, line)
		}
	}
	_, err := fmt.Fprintf(w, "\n%d exchanges, %d equal\n", len(rows), Equal(rows))
	return err
}

func request(x *harness.Exchange) string {
	var method, path string
	for _, h := range x.Request.Headers {
		switch h.Name {
		case ":method":
			method = h.Value
		case ":path":
			path = h.Value
		}
	}
	quoted := fmt.Sprintf("%q", path)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > longPath {
		quoted = quoted[:longPath-3] + "..."
	}
	return method + " " + quoted
}

// answer says what the client got and why, in the words of the response code
// details.
func answer(r *harness.Result) string {
	status := r.Status()
	if status == "" {
		status = "reset"
	}
	if r.Details == "via_upstream" {
		return status + " upstream"
	}
	return status + " " + r.Details
}
