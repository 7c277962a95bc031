package probe

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/harness"
)

// RunHarness runs the scenarios, with the plugin at path wasm, through the
// harness, a proxy of its own for each.
func RunHarness(ctx context.Context, scenarios []Scenario, wasm string) ([]Outcome, error) {
	code, err := os.ReadFile(wasm)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	outcomes := make([]Outcome, len(scenarios))
	errs := make([]error, len(scenarios))
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := int(next.Add(1)) - 1; i < len(scenarios); i = int(next.Add(1)) - 1 {
				outcomes[i], errs[i] = runHarness(ctx, &scenarios[i], code)
			}
		}()
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("probe: scenario %s: %w", scenarios[i].Name, err)
		}
	}
	return outcomes, nil
}

func runHarness(ctx context.Context, s *Scenario, wasm []byte) (Outcome, error) {
	o := Outcome{Scenario: s.Name}
	var plugins []harness.Plugin
	for i := range s.Filters {
		f := &s.Filters[i]
		policy := harness.FailClosed
		switch {
		case f.Open:
			policy = harness.FailOpen
		case f.Reload:
			policy = harness.FailReload
		}
		plugins = append(plugins, harness.Plugin{
			Name: pluginName(s, i), RootID: f.rootID(s, i), VMID: f.vmID(), Wasm: wasm,
			Configuration: []byte(f.Script), VMConfiguration: []byte(f.VMScript), Environment: f.Environment,
			FailurePolicy: policy, AllowOnHeadersStopIteration: f.StopsAtHeaders,
		})
	}
	proxy, err := harness.Start(ctx, plugins, harness.Options{
		Now: time.Now().UTC(), BufferLimit: s.bufferLimit(), RouteTimeout: -1, LogLevel: harness.LogInfo,
		HTTPCallouts: httpCallouts(), GRPCCallouts: grpcCallouts(), Clusters: []string{"empty", upstreamCluster(s)},
		Properties: properties(),
	})
	if err != nil {
		return o, err
	}
	defer proxy.Close(ctx)
	read := 0
	records := func() []string {
		var lines []string
		logs := proxy.Logs()
		for _, l := range logs[read:] {
			if _, record, ok := probeRecord(logName(s, l), l.Message); ok && !l.Host {
				lines = append(lines, record)
			}
		}
		read = len(logs)
		return lines
	}
	o.Start = records()
	var access []string
	for i := range s.Steps {
		step := &s.Steps[i]
		x := exchange(s, step)
		if err := proxy.Advance(ctx, step.After); err != nil {
			return o, err
		}
		result, err := proxy.Exchange(ctx, 0, x)
		if err != nil {
			return o, fmt.Errorf("step %d: %w", i+1, err)
		}
		facts := records()
		if u := &result.Upstream; u.Reached {
			u.Request.Reset = !u.Complete
			facts = append(facts, describeUpstream(atUpstream(s, result.Upstream.Request))...)
		}
		o.Steps = append(o.Steps, append(facts, describeClient(atClient(step, result.Response))...))
		access = append(access, fmt.Sprintf("access %s|%s|%s|%s", or(result.Details, "-"), or(result.Flags, "-"),
			or(string(result.FilterState["wasm.probe.a"]), "-"), or(string(result.FilterState["wasm.probe.b"]), "-")))
		// Envoy's next request comes a moment later.
		if err := proxy.Advance(ctx, 10*time.Millisecond); err != nil {
			return o, err
		}
	}
	if err := proxy.Advance(ctx, s.Wait); err != nil {
		return o, err
	}
	o.End = append(o.End, records()...)
	o.End = append(o.End, access...)
	var metrics []string
	for name, m := range proxy.Metrics() {
		if m.Type != "histogram" && strings.HasPrefix(name, s.Name+".") {
			metrics = append(metrics, fmt.Sprintf("metric %s %d", name, m.Value))
		}
	}
	slices.Sort(metrics)
	o.End = append(o.End, metrics...)
	return o, nil
}

// logName is the name under which Envoy logs a line: that of the plugin for a
// stream, the root id for a root context.
func logName(s *Scenario, l harness.LogEntry) string {
	if !strings.Contains(l.Message, "probe > root ") && !strings.Contains(l.Message, "probe . root ") && !strings.Contains(l.Message, "probe < root ") {
		return l.Plugin
	}
	for i := range s.Filters {
		if pluginName(s, i) == l.Plugin {
			return s.Filters[i].rootID(s, i)
		}
	}
	return l.Plugin
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// exchange is a step as the harness takes it: as Envoy's codecs hand it on.
func exchange(s *Scenario, step *Step) harness.Exchange {
	x := harness.Exchange{
		Request: lower(step.Request), Response: lower(step.Response),
		Protocol: step.Protocol.String(), UpstreamProtocol: HTTP1.String(),
		NoUpstream: s.NoUpstream, Patience: step.patience(), Properties: routeProperties(s),
	}
	if s.HTTP2Upstream {
		x.UpstreamProtocol = HTTP2.String()
	}
	if step.Protocol == HTTP1 {
		x.Request.Headers = pseudoFirst(x.Request.Headers, ":authority", ":path", ":method", ":scheme")
		if path, _ := value(x.Request.Headers, ":path"); strings.HasPrefix(path, "?") {
			// The client sends an absolute url, which has a scheme of its own.
			x.Request.Headers = pseudoFirst(x.Request.Headers, ":authority", ":scheme")
		}
	}
	if r := &x.Response; !s.HTTP2Upstream && len(r.Headers) > 0 {
		// The upstream of the comparison frames its answers so.
		status := r.Headers[0].Value
		_, sized := value(r.Headers, "content-length")
		_, coded := value(r.Headers, "transfer-encoding")
		method, _ := value(x.Request.Headers, ":method")
		switch {
		case sized || coded || status == "204" || status == "304" || method == "HEAD":
		case len(r.Body) > 0 || len(r.Trailers) > 0:
			r.Headers = append(r.Headers, harness.Header{Name: "transfer-encoding", Value: "chunked"})
		default:
			r.Headers = append(r.Headers, harness.Header{Name: "content-length", Value: "0"})
		}
	}
	return x
}

func lower(m harness.Message) harness.Message {
	m.Headers = slices.Clone(m.Headers)
	for i := range m.Headers {
		m.Headers[i].Name = strings.ToLower(m.Headers[i].Name)
	}
	return m
}

func value(headers []harness.Header, name string) (string, bool) {
	for _, h := range headers {
		if h.Name == name {
			return h.Value, true
		}
	}
	return "", false
}

func pseudoFirst(headers []harness.Header, names ...string) []harness.Header {
	var sorted []harness.Header
	for _, name := range names {
		if v, ok := value(headers, name); ok {
			sorted = append(sorted, harness.Header{Name: name, Value: v})
		}
	}
	for _, h := range headers {
		if !slices.Contains(names, h.Name) {
			sorted = append(sorted, h)
		}
	}
	return sorted
}

// atUpstream is a request as an upstream reads it: HTTP/1 has a start line.
func atUpstream(s *Scenario, m harness.Message) harness.Message {
	if s.HTTP2Upstream {
		return m
	}
	m.Headers = slices.DeleteFunc(pseudoFirst(m.Headers, ":method", ":path", ":authority"), func(h harness.Header) bool { return h.Name == ":scheme" })
	return m
}

// atClient is a response as a client reads it: without a body HTTP/1 says so, and
// after a body of known length it has no trailers.
func atClient(step *Step, m harness.Message) harness.Message {
	status, _ := value(m.Headers, ":status")
	method, _ := value(step.Request.Headers, ":method")
	_, sized := value(m.Headers, "content-length")
	_, coded := value(m.Headers, "transfer-encoding")
	if step.Protocol == HTTP1 && sized {
		m.Trailers = nil
		length, _ := value(m.Headers, "content-length")
		if n, err := strconv.Atoi(length); err == nil {
			body := slices.Concat(m.Body...)
			m.Body = [][]byte{body[:min(n, len(body))]}
		}
	}
	if step.Protocol == HTTP1 && len(m.Headers) > 0 && !sized && !coded && len(m.Body) == 0 && !m.Reset && status != "204" && status != "304" && method != "HEAD" {
		m.Headers = append(slices.Clone(m.Headers), harness.Header{Name: "content-length", Value: "0"})
	}
	return m
}

var serviceTimeHeader = harness.Header{Name: "x-envoy-upstream-service-time", Value: "0"}

func httpCallouts() []harness.HTTPCallout {
	var all []harness.HTTPCallout
	for path, response := range callouts {
		if !strings.HasPrefix(path, "/probe.") {
			// The router of a callout says how long the upstream took.
			if len(response.Headers) > 0 {
				response.Headers = append(slices.Clone(response.Headers), serviceTimeHeader)
			}
			all = append(all, harness.HTTPCallout{Cluster: "callout", Path: path, Response: response})
		}
	}
	return append(all,
		harness.HTTPCallout{Cluster: "callout", Response: message(":status: 404\ncontent-length: 0\nx-envoy-upstream-service-time: 0")},
		harness.HTTPCallout{Cluster: "dead", Unreachable: true})
}

func grpcCallouts() []harness.GRPCCallout {
	at := func(method string) harness.GRPCCallout {
		return harness.GRPCCallout{Cluster: "grpc", Service: "probe.Echo", Method: method, InitialMetadata: []harness.Header{serviceTimeHeader}}
	}
	unary := at("Unary")
	unary.InitialMetadata = append(headers("x-initial: i"), serviceTimeHeader)
	unary.Messages = [][]byte{[]byte("pong")}
	unary.TrailingMetadata = headers("x-trailing: t")
	unary.StatusMessage = "fine"
	denied := at("Denied")
	denied.Status, denied.StatusMessage = 7, "not you"
	only := at("TrailersOnly")
	only.Status, only.StatusMessage = 5, "nothing here"
	busy := at("HTTPError")
	busy.Status, busy.StatusMessage = 14, ""
	broken := at("Reset")
	broken.Unreachable = true
	slow := at("Slow")
	slow.Messages = [][]byte{[]byte("late")}
	slow.Delay = 300 * time.Millisecond
	stream := at("Stream")
	stream.Messages = [][]byte{[]byte("one"), []byte("two")}
	none := harness.GRPCCallout{Cluster: "grpc", Status: 12}
	return []harness.GRPCCallout{unary, denied, only, busy, broken, slow, stream, none, {Cluster: "grpc-dead", Unreachable: true}}
}

// properties are what Envoy knows from its configuration, in the encoding of
// the host: numbers as eight bytes.
func properties() map[string][]byte {
	return map[string][]byte{
		"xds.listener_direction":   binary.LittleEndian.AppendUint64(nil, 1),
		"xds.node.id":              []byte(nodeID),
		"xds.node.cluster":         []byte(nodeCluster),
		"xds.node.metadata.region": []byte("lab"),
		"xds.listener_metadata.filter_metadata.gatehouse.zone": []byte("edge"),
	}
}

// routeProperties are those of the route and its cluster.
func routeProperties(s *Scenario) map[string][]byte {
	properties := map[string][]byte{
		"xds.route_name":        []byte(routeName),
		"xds.virtual_host_name": []byte(virtualHost),
		"xds.cluster_name":      []byte(upstreamCluster(s)),
		"xds.route_metadata.filter_metadata.gatehouse.team":        []byte("orders"),
		"xds.route_metadata.filter_metadata.gatehouse.open":        {1},
		"xds.route_metadata.filter_metadata.gatehouse.limits.rate": binary.LittleEndian.AppendUint64(nil, math.Float64bits(5)),
		"xds.cluster_metadata.filter_metadata.gatehouse.tier":      []byte("gold"),
	}
	maps.Copy(properties, tlsProperties(s.TLS))
	return properties
}
