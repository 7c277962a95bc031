//go:build !wasip1

package waf_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/plugins/waf/waftest"
)

// suiteConfiguration says to the plugin what waftest.RegressionDirectives says in
// SecLang.
const suiteConfiguration = `{
  "mode": "shadow",
  "events": "all",
  "crs": {
    "paranoia_level": 4,
    "variables": {
      "crs_validate_utf8_encoding": "1",
      "arg_name_length": "100",
      "arg_length": "400",
      "total_arg_length": "64000",
      "max_num_args": "255",
      "max_file_size": "64100",
      "combined_file_sizes": "65535"
    }
  },
  "rules_before": [
    "SecResponseBodyMimeType text/plain",
    "SecAction \"id:900005,phase:1,nolog,pass,ctl:ruleRemoveById=910000\""
  ]
}`

// suiteEvent is what the suite reads of a security event.
type suiteEvent struct {
	Info struct {
		First   analytic   `json:"analytic"`
		Related []analytic `json:"related_analytics"`
	} `json:"finding_info"`
	Evidences []struct {
		Source struct {
			Port int `json:"port"`
		} `json:"src_endpoint"`
	} `json:"evidences"`
	Unmapped struct {
		Plugin string `json:"plugin"`
		// Omitted are the rules that have no more than their id in the event.
		Omitted []int `json:"omitted_rules"`
	} `json:"unmapped"`
}

type analytic struct {
	Name string `json:"name"`
	ID   string `json:"uid"`
}

// readEvent reads a line of a log, which is an event of the plugin or none.
func readEvent(line string) (e suiteEvent, ok bool) {
	return e, json.Unmarshal([]byte(line), &e) == nil && e.Unmapped.Plugin == "waf"
}

// outcome is what the rules of an event and the status that the client got come
// to. Lines of the log lack the data, which no event holds.
func (e *suiteEvent) outcome(status int) (waftest.Outcome, error) {
	out := waftest.Outcome{Status: status}
	for _, a := range append([]analytic{e.Info.First}, e.Info.Related...) {
		if a.ID == "" {
			continue // nothing was found
		}
		id, err := strconv.Atoi(a.ID)
		if err != nil {
			return out, err
		}
		out.IDs = append(out.IDs, id)
		out.Log = append(out.Log, waftest.LogLine(id, a.Name, ""))
	}
	out.IDs = append(out.IDs, e.Unmapped.Omitted...)
	slices.Sort(out.IDs)
	out.IDs = slices.Compact(out.IDs)
	return out, nil
}

// runSuite runs the suite on an engine that may fail what is listed in texts.txt,
// for want of a text but not of the rule, and in another file of
// testdata/regression.
func runSuite(t *testing.T, e waftest.Engine, name string) {
	t.Helper()
	texts, known := knownFailures(t, "texts.txt"), knownFailures(t, name)
	maps.Copy(known, texts)
	failed := waftest.RunSuite(t, e, known)
	for name := range texts {
		why := failed[name]
		if !strings.HasPrefix(why, "no line of the log matches") || !strings.Contains(why, strconv.Itoa(waftest.RuleOf(name))) {
			t.Errorf("%s: %s; want nothing but the text to be missing", name, why)
		}
	}
}

// knownFailures reads a list of testdata/regression.
func knownFailures(t *testing.T, name string) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/regression/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known, err := waftest.ReadKnown(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return known
}
