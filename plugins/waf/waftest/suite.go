package waftest

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// RunSuite runs all regression tests on an engine that was made from
// [RegressionDirectives]. Known failures are test names with the reason; each
// must fail, and no other test may. It returns why the tests that failed did, by
// name.
func RunSuite(t testing.TB, e Engine, known map[string]string) map[string]string {
	t.Helper()
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]string{}
	ran := 0
	for i := range tests {
		if why := tests[i].Run(e); why != "" {
			failed[tests[i].Name] = why
		}
		ran++
	}
	if ran != TestCount {
		t.Errorf("ran %d regression tests, want %d", ran, TestCount)
	}
	for i := range tests {
		name := tests[i].Name
		why, fails := failed[name]
		_, expected := known[name]
		switch {
		case fails && !expected:
			t.Errorf("%s (%s): %s", name, tests[i].File, why)
		case !fails && expected:
			t.Errorf("%s: passes, want it off the list of known failures", name)
		}
	}
	for name := range known {
		if !slices.ContainsFunc(tests, func(tc Test) bool { return tc.Name == name }) {
			t.Errorf("%s: listed as a known failure, want the name of a test", name)
		}
	}
	t.Logf("%d of %d regression tests pass, %d known to fail", ran-len(failed), ran, len(known))
	return failed
}

// Run returns why a test fails on an engine, "" if it passes. Where the server
// refuses the request its answer may be the one expected; if not, the engine's
// outcome for the lenient reading has to be.
func (tc *Test) Run(e Engine) string {
	for i := range tc.Stages {
		s := &tc.Stages[i]
		out := e.Run(&s.Request, s.Response)
		why := s.judge(&out)
		if s.Request.Refused != 0 && s.judge(&Outcome{Status: s.Request.Refused}) == "" {
			why = "" // the server did for the engine what the test is about
		}
		if why != "" {
			if len(tc.Stages) > 1 {
				why = fmt.Sprintf("stage %d: %s", i, why)
			}
			return why
		}
	}
	return ""
}

// judge returns why an outcome is not the expected one, "" if it is.
func (s *Stage) judge(out *Outcome) string {
	if s.Expect.ExpectError {
		return "expects that the exchange fails, which no answer does"
	}
	status := 200
	switch {
	case out.Status != 0:
		status = out.Status
	case s.Response != nil:
		status = s.Response.Status
	}
	if s.Expect.Status != 0 && status != s.Expect.Status {
		return fmt.Sprintf("status %d, want %d; matched %v", status, s.Expect.Status, out.IDs)
	}
	for _, id := range s.Expect.IDs {
		if !slices.Contains(out.IDs, id) {
			return fmt.Sprintf("rule %d did not match, %v did", id, out.IDs)
		}
	}
	for _, id := range s.Expect.NoIDs {
		if slices.Contains(out.IDs, id) {
			return fmt.Sprintf("rule %d matched among %v, want it not to", id, out.IDs)
		}
	}
	if re := s.Expect.LogContains; re != "" && !slices.ContainsFunc(out.Log, expression(re).MatchString) {
		return fmt.Sprintf("no line of the log matches %q; matched %v", re, out.IDs)
	}
	if re := s.Expect.NoLogContains; re != "" && slices.ContainsFunc(out.Log, expression(re).MatchString) {
		return fmt.Sprintf("a line of the log matches %q; matched %v", re, out.IDs)
	}
	return ""
}

var expressions sync.Map

// expression compiles what a test expects of the log. One that does not compile
// is a fault of the test's, and there is none.
func expression(re string) *regexp.Regexp {
	if r, ok := expressions.Load(re); ok {
		return r.(*regexp.Regexp)
	}
	r := regexp.MustCompile(re)
	expressions.Store(re, r)
	return r
}

// ReadKnown reads a list of known failures: a test's name, a blank and the reason
// on each line; empty lines and lines that begin with # are notes.
func ReadKnown(r io.Reader) (map[string]string, error) {
	known := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		if reason = strings.TrimSpace(reason); reason == "" {
			return nil, fmt.Errorf("line %d: %s: no reason, want one", n, name)
		}
		if _, twice := known[name]; twice {
			return nil, fmt.Errorf("line %d: %s: already listed", n, name)
		}
		known[name] = reason
	}
	return known, lines.Err()
}
