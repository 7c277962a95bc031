//go:build !wasip1

package gatehouse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/replay"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// recordings are the folders of every plugin's recordings.
var recordings = []struct {
	name, dir string
	folders   []string
	// holds are folders whose recordings hold headers.
	holds []string
}{
	{"jwt-audience", "jwtaudience", []string{"replay", "fetched"}, nil},
	{"scope", "scope", []string{"replay"}, nil},
	{"waf", "waf", []string{"replay", "held", "unheld"}, []string{"replay", "held"}},
	{"quota", "quota", []string{"replay", "clocked", "proxied", "held", "service", "twice"}, []string{"held"}},
	{"redact", "redact", []string{"replay", "broken", "compressed", "random"}, nil},
}

// neighbours are plugins around the one of a recording, that see and change what it does.
var neighbours = struct{ front, back []stage }{
	front: []stage{
		{"quota", `{"limits":[{"name":"front","rate":{"requests":4,"per":"1h"},"count":{"statuses":["2xx"]},"near_percent":50}],"answer":{"fields":"both","fields_on":"all"},"events":"all"}`},
		{"waf", `{"hold_headers":true,` + rules + `}`},
	},
	back: []stage{
		{"scope", `{"mode":"shadow","default":"deny","routes":[{"match":{"path":{"exact":"/healthz"}},"public":true}]}`},
		{"redact", `{"responses":[{"match":{},"unread":"pass","detectors":[{"type":"card","action":{"mask":{"keep_last":4}}},{"type":"email","action":{"replace":"[e-mail]"}}]}],"requests":[{"match":{},"unread":"pass","detectors":[{"type":"card","action":{"mask":{"keep_last":4}}}]}]}`},
		{"waf", `{"mode":"shadow",` + rules + `}`},
		{"quota", `{"limits":[{"name":"back","rate":{"requests":5,"per":"1h"}}]}`},
	},
}

// rules are few, because a module with the Core Rule Set takes a second to start. They look
// at both bodies and change an answer.
const rules = `"rules":[
	"SecRequestBodyAccess On","SecResponseBodyAccess On","SecResponseBodyMimeType text/plain application/json text/html",
	"SecRule REQUEST_BODY|ARGS|REQUEST_HEADERS \"@contains e\" \"id:1000,phase:2,pass,log,msg:'A letter'\"",
	"SecRule RESPONSE_BODY \"@contains e\" \"id:1001,phase:4,pass,log,msg:'A letter'\"",
	"SecRule RESPONSE_STATUS \"@streq 403\" \"id:1002,phase:3,deny,status:404,log,msg:'Forbidden is not found'\""]`

type stage struct{ plugin, configuration string }

// TestAPipelineAnswersAsSeparateFilters runs every recording of every plugin through the
// plugin alone and among others, attached one by one and as a pipeline: clients and
// upstreams see the same, the same is counted and found, and the pipeline writes one event.
func TestAPipelineAnswersAsSeparateFilters(t *testing.T) {
	module := replaytest.Build(t, "./wasm")
	ran := 0
	for _, plugin := range recordings {
		for _, folder := range plugin.folders {
			files, err := filepath.Glob(filepath.Join("..", plugin.dir, "testdata", folder, "*.txtar"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				ran++
				t.Run(plugin.name+"/"+folder+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
					t.Parallel()
					data, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					recording, err := traffic.ReadTxtar(file, data)
					if err != nil {
						t.Fatal(err)
					}
					own := stage{plugin.name, string(recording.Configuration)}
					recording.Configuration = nil
					holds := slices.Contains(plugin.holds, folder)
					same(t, module, recording, replay.Halves, holds, own)
					same(t, module, recording, replay.Halves, true, slices.Concat(neighbours.front, []stage{own}, neighbours.back)...)
				})
			}
		}
	}
	if ran < 290 {
		t.Errorf("%d recordings, want at least 290", ran)
	}
}

// same holds a pipeline of stages to the same plugins attached one by one.
func same(t *testing.T, module []byte, recording *traffic.Recording, way replay.Chunks, holds bool, stages ...stage) {
	t.Helper()
	var apart []harness.Plugin
	var entries, names []string
	for _, s := range stages {
		apart = append(apart, harness.Plugin{Name: s.plugin, RootID: s.plugin, VMID: "gatehouse", Wasm: module, Configuration: []byte(s.configuration), AllowOnHeadersStopIteration: holds})
		entries = append(entries, fmt.Sprintf(`{"plugin":%q,"config":%s}`, s.plugin, s.configuration))
		names = append(names, s.plugin)
	}
	pipeline := harness.Plugin{Name: "pipeline", RootID: "pipeline", VMID: "gatehouse", Wasm: module, AllowOnHeadersStopIteration: holds,
		Configuration: []byte(`{"pipeline":[` + strings.Join(entries, ",") + `]}`)}
	want := replaytest.Run(t, recording, way, harness.Options{}, apart...)
	got := replaytest.Run(t, recording, way, harness.Options{}, pipeline)
	for i := range want.Outcomes {
		w, wantDecisions, _ := outcome(t, &want.Outcomes[i])
		g, gotDecisions, events := outcome(t, &got.Outcomes[i])
		name := fmt.Sprintf("%s, %s, %s", strings.Join(names, "+"), way, recording.Exchanges[i].Name)
		denied := strings.Contains(w["details"], "gatehouse.")
		if denied {
			// How much those see of a body that another one denies depends on how long it is
			// held, and by whom.
			wantDecisions, gotDecisions = unseen(wantDecisions), unseen(gotDecisions)
			w["metrics"], g["metrics"] = found.ReplaceAllString(w["metrics"], ""), found.ReplaceAllString(g["metrics"], "")
		}
		if denied && !got.Outcomes[i].Result.Upstream.Reached {
			// Behind a plugin that holds the headers of a request, those that see a body
			// before it is passed on let headers go to the upstream one by one. A pipeline
			// passes nothing on before all of them have decided.
			delete(w, "upstream")
		}
		for _, field := range slices.Sorted(maps.Keys(w)) {
			if !reflect.DeepEqual(w[field], g[field]) {
				t.Errorf("%s: %s\n  apart    %s\n  pipeline %s", name, field, w[field], g[field])
			}
		}
		if !slices.Equal(wantDecisions, gotDecisions) {
			t.Errorf("%s: events\n  apart    %s\n  pipeline %s", name, strings.Join(wantDecisions, "\n           "), strings.Join(gotDecisions, "\n           "))
		}
		if events > 1 || (events == 0) != (len(wantDecisions) == 0) {
			t.Errorf("%s: %d events of %d decisions", name, events, len(wantDecisions))
		}
	}
}

var (
	sightings = regexp.MustCompile(`,?"sightings":\[.*?\}\]`)
	found     = regexp.MustCompile(`gatehouse\.redact\.(found|fields|profile).*\n?|gatehouse\.redact\.allow\.(redacted|untouched).*\n?`)
)

// unseen are decisions without what was found in bodies, and what follows from it.
func unseen(decisions []string) (texts []string) {
	for _, d := range decisions {
		d = sightings.ReplaceAllString(d, "")
		if !strings.Contains(d, `"outcome":"allow","plugin":"redact"`) {
			texts = append(texts, d)
		}
	}
	slices.Sort(texts)
	return texts
}

// outcome is what client, upstream, access log and metrics saw, and what events tell of
// decisions, in the order of their text, and how many events there are.
func outcome(t *testing.T, o *replay.Outcome) (seen map[string]string, decisions []string, events int) {
	t.Helper()
	r := &o.Result
	metrics := slices.Clone(o.Metrics)
	slices.Sort(metrics)
	seen = map[string]string{
		"response": fmt.Sprintf("%s %q %v", printed(sized(r)), bytes.Join(r.Response.Body, nil), r.Response.Trailers),
		"upstream": fmt.Sprintf("%s %q %v", printed(r.Upstream.Request.Headers), bytes.Join(r.Upstream.Request.Body, nil), r.Upstream.Request.Trailers),
		"details":  fmt.Sprintf("%d %s %s", r.Code, r.Details, r.Flags),
		"state":    fmt.Sprintf("%q", r.FilterState),
		"failures": fmt.Sprint(r.Failures),
		"metrics":  strings.Join(metrics, "\n"),
	}
	for _, entry := range r.Logs {
		if !strings.HasPrefix(entry.Message, "{") {
			continue
		}
		events++
		var e struct {
			Policy   struct{ Name string }
			Unmapped map[string]any
		}
		if err := json.Unmarshal([]byte(entry.Message), &e); err != nil {
			t.Fatal(err)
		}
		if e.Policy.Name != "" {
			e.Unmapped["policy"] = e.Policy.Name
		}
		others, _ := e.Unmapped["others"].([]any)
		for _, d := range append(others, any(e.Unmapped)) {
			m := d.(map[string]any)
			// A plugin of several does not know whether one in front of it still holds the
			// headers of the response, and so its status.
			for _, of := range []string{"others", "parent_span_id", "http_request", "http_response"} {
				delete(m, of)
			}
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			decisions = append(decisions, string(text))
		}
	}
	slices.Sort(decisions)
	for field, text := range seen {
		seen[field] = ciphertext.ReplaceAllString(text, "$1…")
	}
	return seen, decisions, events
}

// ciphertext is what redact makes of a value with a number that nobody can foretell.
var ciphertext = regexp.MustCompile(`(enc(?::|%3A)k1(?::|%3A))[A-Za-z0-9_-]+`)

// sized are the headers of the response, without the length of an answer of the proxy's: one
// that redact in front has rewritten has none, and in a pipeline the proxy knows it.
func sized(r *harness.Result) []harness.Header {
	if !strings.HasPrefix(r.Details, "gatehouse.") {
		return r.Response.Headers
	}
	return slices.DeleteFunc(slices.Clone(r.Response.Headers), func(h harness.Header) bool { return h.Name == "content-length" })
}

// printed are headers in the order of their names: an answer has its length wherever the
// proxy puts it.
func printed(headers []harness.Header) string {
	headers = slices.Clone(headers)
	slices.SortStableFunc(headers, func(a, b harness.Header) int { return strings.Compare(a.Name, b.Name) })
	var lines []string
	for _, h := range headers {
		lines = append(lines, h.Name+": "+h.Value)
	}
	return strings.Join(lines, "; ")
}
