package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/envoy"
)

// RunEnvoy runs the scenarios, with the plugin at path wasm, through an Envoy.
// An Envoy that crashes in a scenario is replaced for those after it; that
// scenario's outcome says so.
func RunEnvoy(ctx context.Context, scenarios []Scenario, wasm string) ([]Outcome, error) {
	outcomes, err := runEnvoy(ctx, scenarios, wasm, 4)
	if !errors.Is(err, errCrash) {
		return outcomes, err
	}
	for len(outcomes) < len(scenarios) {
		more, err := runEnvoy(ctx, scenarios[len(outcomes):], wasm, 1)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, more...)
	}
	return outcomes, nil
}

// errCrash is an Envoy that ended by itself.
var errCrash = errors.New("probe: envoy crashed")

// runEnvoy runs the scenarios up to one that crashes Envoy.
func runEnvoy(ctx context.Context, scenarios []Scenario, wasm string, together int) ([]Outcome, error) {
	run := &envoyRun{together: together, outcomes: make([]Outcome, len(scenarios)), upstreams: make([]*envoy.Upstream, len(scenarios)), answers: make([]answer, len(scenarios))}
	defer run.close()
	config, err := bootstrap(scenarios, wasm)
	if err != nil {
		return nil, err
	}
	endpoints, err := run.listen(scenarios)
	if err != nil {
		return nil, err
	}
	run.process, err = envoy.Start(ctx, envoy.Options{
		Bootstrap: config, Endpoints: endpoints, LogLevel: "error", ComponentLogLevel: "wasm:info",
		Args: []string{"--file-flush-interval-msec", "20"}, Timeout: 5 * time.Minute,
	})
	if err != nil {
		return nil, err
	}
	defer run.process.Stop()
	run.index = make(map[string]int)
	for i := range scenarios {
		run.outcomes[i].Scenario = scenarios[i].Name
		run.index[scenarios[i].Name] = i
	}
	run.records = make([][]string, len(scenarios))
	run.access = make([][]string, len(scenarios))
	time.Sleep(50 * time.Millisecond)
	run.collect()
	for i := range scenarios {
		run.outcomes[i].Start = run.take(i)
	}
	if err := run.all(ctx, scenarios); err != nil {
		return nil, err
	}
	// Records that nobody waited for, and what Envoy flushes late.
	time.Sleep(100 * time.Millisecond)
	stats := make(map[string]uint64)
	if run.outcomes[len(run.outcomes)-1].Crash == "" {
		if stats, err = run.process.Stats("wasmcustom"); err != nil {
			return nil, err
		}
	}
	run.collect()
	for i := range run.outcomes {
		o := &run.outcomes[i]
		o.End = append(o.End, run.take(i)...)
		o.End = append(o.End, run.access[i]...)
		var metrics []string
		for name, value := range stats {
			if strings.HasPrefix(name, "wasmcustom."+scenarios[i].Name+".") {
				metrics = append(metrics, fmt.Sprintf("metric %s %d", strings.TrimPrefix(name, "wasmcustom."), value))
			}
		}
		slices.Sort(metrics)
		o.End = append(o.End, metrics...)
	}
	return run.outcomes, nil
}

// all runs the scenarios, a few at a time: most of the time they wait. After a
// crash, whose scenario is only found one by one, the outcomes end before the
// first scenario that was under way, or with it if it was alone.
func (r *envoyRun) all(ctx context.Context, scenarios []Scenario) error {
	errs := make([]error, len(scenarios))
	var next atomic.Int64
	var group sync.WaitGroup
	for range r.together {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(scenarios) || ctx.Err() != nil {
					return
				}
				if errs[i] = r.scenario(ctx, i, &scenarios[i]); errs[i] != nil {
					return
				}
			}
		}()
	}
	group.Wait()
	for i, err := range errs {
		if errors.Is(err, errCrash) && r.together == 1 {
			r.outcomes[i].Crash = crashOf(r.process.Lines())
			r.outcomes = r.outcomes[:i+1]
			return nil
		}
		if err != nil {
			return fmt.Errorf("probe: scenario %s: %w", scenarios[i].Name, err)
		}
	}
	return ctx.Err()
}

type envoyRun struct {
	together  int // scenarios at a time
	process   *envoy.Process
	upstreams []*envoy.Upstream
	answers   []answer
	others    []*envoy.Upstream
	outcomes  []Outcome

	mu      sync.Mutex // guards the rest
	index   map[string]int
	records [][]string // by scenario, not yet taken
	access  [][]string
	read    int // lines of the process
}

// answer is what a scenario's upstream says next.
type answer struct {
	mu      sync.Mutex
	message harness.Message
}

func (r *envoyRun) listen(scenarios []Scenario) (map[string]string, error) {
	endpoints := make(map[string]string)
	for i := range scenarios {
		s := &scenarios[i]
		if s.NoUpstream {
			continue
		}
		start := envoy.NewUpstream
		if s.HTTP2Upstream {
			start = envoy.NewHTTP2Upstream
		}
		u, err := start(func(harness.Message) harness.Message {
			a := &r.answers[i]
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.message
		})
		if err != nil {
			return nil, err
		}
		r.upstreams[i] = u
		endpoints[upstreamCluster(s)] = u.Address()
	}
	callout, err := envoy.NewUpstream(answerCallout)
	if err != nil {
		return nil, err
	}
	r.others = append(r.others, callout)
	endpoints["callout"] = callout.Address()
	grpc, err := envoy.NewHTTP2Upstream(answerGRPC)
	if err != nil {
		return nil, err
	}
	r.others = append(r.others, grpc)
	endpoints["grpc"] = grpc.Address()
	// A port that was free a moment ago refuses connections.
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	endpoints["dead"] = dead.Addr().String()
	endpoints["grpc-dead"] = dead.Addr().String()
	return endpoints, dead.Close()
}

func (r *envoyRun) close() {
	for _, u := range append(r.upstreams, r.others...) {
		if u != nil {
			u.Close()
		}
	}
}

var logLine = regexp.MustCompile(`^\[[a-z]+\]\[wasm\] (?:\[[^\]]*\] )?wasm log(?: (\S+))?.*?: (probe .*)$`)

// collect sorts what Envoy has printed since the last call.
func (r *envoyRun) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.process.LinesFrom(r.read)
	r.read += len(lines)
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "access|"); ok {
			name, facts, _ := strings.Cut(rest, "|")
			if i, ok := r.index[name]; ok {
				details, rest, _ := strings.Cut(facts, "|")
				r.access[i] = append(r.access[i], "access "+or(details, "-")+"|"+rest)
			}
			continue
		}
		m := logLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if name, record, ok := probeRecord(m[1], m[2]); ok {
			if i, ok := r.index[name]; ok {
				r.records[i] = append(r.records[i], record)
			}
		}
	}
}

func (r *envoyRun) take(i int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	records := r.records[i]
	r.records[i] = nil
	return records
}

func (r *envoyRun) scenario(ctx context.Context, i int, s *Scenario) error {
	for j := range s.Steps {
		facts, err := r.step(ctx, i, s, &s.Steps[j])
		if err != nil {
			return fmt.Errorf("step %d: %w", j+1, err)
		}
		r.outcomes[i].Steps = append(r.outcomes[i].Steps, facts)
	}
	if s.Wait > 0 {
		time.Sleep(s.Wait)
		r.collect()
	}
	return nil
}

func (r *envoyRun) step(ctx context.Context, i int, s *Scenario, step *Step) ([]string, error) {
	a := &r.answers[i]
	a.mu.Lock()
	a.message = step.Response
	a.mu.Unlock()
	time.Sleep(step.After)
	ctx, cancel := context.WithTimeout(ctx, step.patience())
	defer cancel()
	client := envoy.Client{TLS: clientTLS(s.TLS)}
	do := client.Do
	if step.Protocol == HTTP2 {
		do = client.DoHTTP2
	}
	_, logged := r.state(i)
	// That no answer comes is a finding too.
	response, _ := do(ctx, r.process.Address(s.Name), step.Request)
	// The stream's last callbacks and its access log come after the answer, by
	// another pipe. Where a VM broke or the codec refused, callbacks do not come.
	quiet, seen := time.Now(), 0
	for deadline := quiet.Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		r.collect()
		select {
		case <-r.process.Exited():
			return nil, errCrash
		default:
		}
		records, access := r.state(i)
		if len(records) != seen {
			quiet, seen = time.Now(), len(records)
		}
		if access > logged && (len(records) > 0 && settled(records) || time.Since(quiet) > 250*time.Millisecond) {
			break
		}
	}
	facts := r.take(i)
	if u := r.upstreams[i]; u != nil {
		for _, m := range u.Requests() {
			facts = append(facts, describeUpstream(m)...)
		}
	}
	return append(facts, describeClient(response)...), nil
}

// state returns the records of a scenario that are not yet taken, and how many
// lines its access log has.
func (r *envoyRun) state(i int) (records []string, access int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.records[i], len(r.access[i])
}

// settled says whether every stream that began in these records has ended.
func settled(records []string) bool {
	open := 0
	for _, r := range records {
		switch {
		case strings.Contains(r, " < s") && strings.HasSuffix(r, " context_create 0"):
			open++
		case strings.Contains(r, " < s") && strings.HasSuffix(r, " delete 0"):
			open--
		}
	}
	return open <= 0
}

// crashOf finds what Envoy says about its own end.
func crashOf(lines []string) string {
	for _, l := range lines {
		if strings.Contains(l, "[critical]") && !strings.Contains(l, "#") {
			return l
		}
	}
	return "Envoy ended without a word"
}
