//go:build !wasip1

package plugins_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/gatehouse"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/jwtaudience"
	"gatehouse/plugins/quota"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/scope"
	"gatehouse/plugins/waf"
)

// engine is what all plugins are started as.
type engine interface {
	Reasons(policy.Outcome) []policy.Reason
}

// promise is a plugin whose names are promised.
type promise struct {
	name, dir string
	// start makes the engine, as the plugin does when it is configured.
	start func(document []byte) (engine, error)
	// example is a good configuration, with all that makes the plugin count more than
	// decisions.
	example string
}

var promised = []promise{
	{"jwt-audience", "jwtaudience", func(d []byte) (engine, error) { return jwtaudience.New(d) },
		`{"issuers":[{"issuer":"https://idp.example.com","audiences":["orders-api"],"jwks_uri":{"uri":"https://idp.example.com/keys","cluster":"idp"}}]}`},
	{"quota", "quota", func(d []byte) (engine, error) { return quota.New(d) },
		`{"limits":[{"name":"LIMIT","key":["client_id"],"rate":{"requests":1,"per":"1s"},"global":true}],"global":{"cluster":"ratelimit","domain":"gateway"}}`},
	{"redact", "redact", func(d []byte) (engine, error) {
		i, err := redact.New(d)
		if err != nil {
			return nil, err
		}
		return i, i.UseEnvironment(func(string) (string, bool) { return "", false })
	}, `{"profile":["pci","gdpr","hipaa"]}`},
	{"scope", "scope", func(d []byte) (engine, error) { return scope.New(d) }, `{"routes":[{"match":{},"authenticated":true}]}`},
	{"pipeline", "gatehouse", func(d []byte) (engine, error) { return gatehouse.New(d) }, `{"pipeline":[{"plugin":"scope","config":{"routes":[{"match":{},"public":true}]}}]}`},
	{"waf", "waf", func(d []byte) (engine, error) { return waf.New(d) }, `{"crs":{}}`},
}

// TestVersionOfTheConfiguration: every plugin starts with a configuration of the version
// it reads and with none of another, of which it says nothing but that.
func TestVersionOfTheConfiguration(t *testing.T) {
	for _, p := range promised {
		t.Run(p.name, func(t *testing.T) {
			if _, err := p.start([]byte(`{"version":1,` + p.example[1:])); err != nil {
				t.Errorf("of version 1: %v", err)
			}
			for value, want := range map[string]string{
				`2`:   `config: version: another version of the format than this module reads, want 1 (line 1, column 12)`,
				`0`:   `config: version: another version of the format than this module reads, want 1 (line 1, column 12)`,
				`"1"`: `config: version: want a number, got string (line 1, column 12)`,
			} {
				for _, document := range []string{p.example, `{"a key of a later version":true}`} {
					if _, err := p.start([]byte(`{"version":` + value + `,` + document[1:])); err == nil || err.Error() != want {
						t.Errorf("of version %s:\n got %v\nwant %s", value, err, want)
					}
				}
			}
		})
	}
}

// TestVersionInAPipeline: the configuration of a stage has a version of its own.
func TestVersionInAPipeline(t *testing.T) {
	_, err := gatehouse.New([]byte(`{"version":1,"pipeline":[{"plugin":"scope","config":{"version":2,"rules":[]}}]}`))
	want := `config: pipeline[0].config.version: another version of the format than this module reads, want 1 (line 1, column 64)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

var writeInventory = flag.Bool("inventory", false, "write docs/inventory/plugins.txt")

// whatWasPromised is what a change of the inventory is answered with.
const whatWasPromised = `docs/compatibility.md promises these names to whoever runs Gatehouse: they do not go, and mean nothing else, before the next major version.
A name that is new is fine: run "go test ./plugins -run TestInventory -inventory" and say so in CHANGELOG.md under "Added".
A name that is gone needs a new major version, a line in CHANGELOG.md under "Removed", and where it can be a time in which both are there.`

// TestInventory holds every name that is promised to what the code has.
func TestInventory(t *testing.T) {
	const file = "../docs/inventory/plugins.txt"
	var have []string
	for _, p := range promised {
		have = append(have, configurationKeys(t, p.name, p.dir)...)
		e, err := p.start([]byte(p.example))
		if err != nil {
			t.Fatal(err)
		}
		for word, outcome := range map[string]policy.Outcome{"allow": policy.Allow, "deny": policy.Deny} {
			for _, reason := range e.Reasons(outcome) {
				have = append(have, fmt.Sprintf("reason %s %s %s", p.name, word, reason))
			}
		}
		for _, m := range event.Metrics(e) {
			have = append(have, "metric "+m.Name(p.name))
		}
		if c, ok := e.(policy.Counters); ok {
			for _, name := range c.Counters() {
				have = append(have, "metric "+event.CounterName(p.name, name))
			}
		}
	}
	have = append(have, eventFields(t)...)
	have = append(have, "property "+jwtaudience.IdentityProperty)
	slices.Sort(have)
	have = slices.Compact(have)
	if *writeInventory {
		if err := os.WriteFile(file, []byte(strings.Join(have, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(want) < 1500 {
		t.Errorf("%s has %d names, want at least 1500", file, len(want))
	}
	gone, added := difference(want, have), difference(have, want)
	if len(gone)+len(added) > 0 {
		t.Errorf("gone or changed:\n  %s\nnew:\n  %s\n%s", strings.Join(gone, "\n  "), strings.Join(added, "\n  "), whatWasPromised)
	}
}

// TestEveryPluginIsPromised finds plugins that the inventory forgets.
func TestEveryPluginIsPromised(t *testing.T) {
	schemas, err := filepath.Glob("*/schema.json")
	if err != nil || len(schemas) < 5 {
		t.Fatalf("%d schemas, %v, want at least 5", len(schemas), err)
	}
	for _, file := range schemas {
		dir := filepath.Dir(file)
		if !slices.ContainsFunc(promised, func(p promise) bool { return p.dir == dir }) {
			t.Errorf("%s: the inventory of docs/compatibility.md has no such plugin", dir)
		}
	}
}

// difference is what a has and b has not.
func difference(a, b []string) []string {
	var d []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			d = append(d, s)
		}
	}
	return d
}

// configurationKeys lists the keys of a plugin's schema, whether each has to be there,
// its default, and the words that it can be.
func configurationKeys(t *testing.T, name, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		Ref        string                     `json:"$ref"`
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
		Items      json.RawMessage            `json:"items"`
		More       json.RawMessage            `json:"additionalProperties"`
		Default    json.RawMessage            `json:"default"`
		Enum       []json.RawMessage          `json:"enum"`
		Const      json.RawMessage            `json:"const"`
		OneOf      []json.RawMessage          `json:"oneOf"`
		AnyOf      []json.RawMessage          `json:"anyOf"`
		AllOf      []json.RawMessage          `json:"allOf"`
		Defs       map[string]json.RawMessage `json:"$defs"`
	}
	var root node
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	var lines []string
	add := func(format string, args ...any) {
		lines = append(lines, "config "+name+" "+fmt.Sprintf(format, args...))
	}
	var walk func(path string, raw json.RawMessage, within []string)
	walk = func(path string, raw json.RawMessage, within []string) {
		var n node
		if json.Unmarshal(raw, &n) != nil {
			return // true or false, which say nothing of keys
		}
		if n.Ref != "" {
			// What holds itself, as a condition does, has no new names the second time.
			if !slices.Contains(within, n.Ref) {
				walk(path, root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")], append(slices.Clone(within), n.Ref))
			}
		}
		for _, word := range append(n.Enum, n.Const) {
			if word != nil {
				add("%s can be %s", path, word)
			}
		}
		if n.Default != nil {
			var compact strings.Builder
			_ = json.NewEncoder(&compact).Encode(n.Default)
			add("%s is by default %s", path, strings.TrimSpace(compact.String()))
		}
		for key, value := range n.Properties {
			inner := strings.TrimPrefix(path+"."+key, ".")
			if slices.Contains(n.Required, key) {
				add("%s is required", inner)
			} else {
				add("%s is optional", inner)
			}
			walk(inner, value, within)
		}
		walk(path+"[]", n.Items, within)
		walk(path+".*", n.More, within)
		for _, alternative := range slices.Concat(n.OneOf, n.AnyOf, n.AllOf) {
			walk(path, alternative, within)
		}
	}
	walk("", data, nil)
	return lines
}

// eventFields lists the fields of events with all that an event can have, by class.
func eventFields(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, class := range []event.Class{event.Authentication, event.APIActivity, event.DetectionFinding, event.DataSecurityFinding} {
		e := event.Event{
			Time: time.UnixMilli(1), Class: class, Status: 403, IncidentID: "i", Denial: 2, Score: 5, Title: "t",
			Reason: "r", Route: "r", Policy: "p", Identity: policy.Identity{Issuer: "i", Subject: "s", ClientID: "c"},
			Method: "GET", Host: "h", Path: "/", RequestID: "r", TraceID: "t", ParentID: "p", Source: "192.0.2.1:80",
		}
		switch class {
		case event.DetectionFinding:
			for range 20 {
				e.Findings = append(e.Findings, policy.Finding{ID: 1, Severity: "CRITICAL", Message: "m", Tags: []string{"t"}, Target: "ARGS"})
			}
		case event.DataSecurityFinding:
			for range 70 {
				e.Sightings = append(e.Sightings, policy.Sighting{Kind: "card", Place: "response.body", Path: "p", Action: "mask", Clauses: []string{"c"}, Count: 1})
			}
		}
		for range 10 {
			other := e
			other.Others = nil
			other.Findings = []policy.Finding{{ID: 1, Severity: "CRITICAL", Message: "m", Tags: []string{"t"}, Target: "ARGS"}}
			other.Sightings = []policy.Sighting{{Kind: "card", Place: "response.body", Path: "p", Action: "mask", Clauses: []string{"c"}, Count: 1}}
			e.Others = append(e.Others, event.Other{Plugin: "scope", Event: other})
		}
		written := event.NewWriter(&event.Config{}, "plugin", "1.0.0", new(event.Redactor)).Append(nil, &e)
		var fields map[string]any
		if err := json.Unmarshal(written, &fields); err != nil {
			t.Fatal(err)
		}
		var walk func(path string, v any)
		walk = func(path string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for key, inner := range v {
					walk(strings.TrimPrefix(path+"."+key, "."), inner)
				}
			case []any:
				for _, inner := range v {
					walk(path+"[]", inner)
				}
			default:
				lines = append(lines, fmt.Sprintf("event %d %s", class, path))
			}
		}
		walk("", fields)
	}
	slices.SortFunc(lines, cmp.Compare)
	return slices.Compact(lines)
}
