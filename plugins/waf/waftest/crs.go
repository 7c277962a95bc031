package waftest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"

	crstests "github.com/corazawaf/coraza-coreruleset/v4/tests"
	"sigs.k8s.io/yaml"
)

// Numbers of what the Core Rule Set 4.25.0 ships.
const (
	// TestCount is how many regression tests there are.
	TestCount = 4674
	// StageCount is how many requests they send.
	StageCount = 4680
)

// Test is a regression test: it passes if each of its stages does.
type Test struct {
	// Name is rule id and number, such as "942100-1".
	Name string
	// File is the path of the YAML file in the module.
	File string
	// Stages are run in order.
	Stages []Stage
}

// Stage is a request and what is expected of it.
type Stage struct {
	Request Request
	// Response is what the application answers, nil where the test does not say.
	Response *Response
	Expect   Expect
}

// Expect is what must be true after a stage, all of it.
type Expect struct {
	// IDs are rules that must have logged.
	IDs []int
	// NoIDs are rules that must not have logged.
	NoIDs []int
	// Status is the status that the client must see, 0 for any.
	Status int
	// ExpectError means that the exchange must fail without a response.
	ExpectError bool
	// LogContains is a regular expression that a log line must match, "" for none.
	LogContains string
	// NoLogContains is one that no log line may match, "" for none.
	NoLogContains string
}

// testFile is a YAML file of go-ftw (github.com/coreruleset/go-ftw, schema v2.3),
// as far as the Core Rule Set uses it. The loader is strict, so that a key with
// a meaning of its own cannot be overlooked.
type testFile struct {
	Meta   map[string]any `json:"meta"`
	Author string         `json:"author"`
	RuleID int            `json:"rule_id"`
	Tests  []struct {
		ID     int    `json:"test_id"`
		Desc   string `json:"desc"`
		Stages []struct {
			Input  stageInput  `json:"input"`
			Output stageOutput `json:"output"`
		} `json:"stages"`
	} `json:"tests"`
}

type stageInput struct {
	DestAddr     string            `json:"dest_addr"`
	Port         int               `json:"port"`
	Method       *string           `json:"method"`
	URI          *string           `json:"uri"`
	Version      *string           `json:"version"`
	Headers      map[string]string `json:"headers"`
	Data         *string           `json:"data"`
	Encoded      string            `json:"encoded_request"`
	Autocomplete *bool             `json:"autocomplete_headers"`
}

type stageOutput struct {
	Status      int  `json:"status"`
	ExpectError bool `json:"expect_error"`
	// RetryOnce asks for a second try if a log line came late. Here none can.
	RetryOnce bool `json:"retry_once"`
	Log       struct {
		ExpectIDs    []int  `json:"expect_ids"`
		NoExpectIDs  []int  `json:"no_expect_ids"`
		MatchRegex   string `json:"match_regex"`
		NoMatchRegex string `json:"no_match_regex"`
	} `json:"log"`
}

// Tests returns the regression tests by rule id and number. They are read once; the
// result is shared and must not be changed.
func Tests() ([]Test, error) { return loadTests() }

var loadTests = sync.OnceValues(func() ([]Test, error) {
	server := newServer()
	defer server.close()
	type ordered struct {
		rule, number int
		test         Test
	}
	var all []ordered
	stages := 0
	err := fs.WalkDir(crstests.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(crstests.FS, name)
		if err != nil {
			return err
		}
		var f testFile
		if err := yaml.UnmarshalStrict(text, &f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, tc := range f.Tests {
			t := Test{Name: fmt.Sprintf("%d-%d", f.RuleID, tc.ID), File: name}
			for i := range tc.Stages {
				s, err := newStage(server, &tc.Stages[i].Input, &tc.Stages[i].Output)
				if err != nil {
					return fmt.Errorf("%s: %s: stage %d: %w", name, t.Name, i, err)
				}
				t.Stages = append(t.Stages, s)
				stages++
			}
			all = append(all, ordered{f.RuleID, tc.ID, t})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("regression tests: %w", err)
	}
	if len(all) != TestCount || stages != StageCount {
		return nil, fmt.Errorf("regression tests: read %d with %d stages, want %d with %d", len(all), stages, TestCount, StageCount)
	}
	slices.SortFunc(all, func(a, b ordered) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.number, b.number))
	})
	tests := make([]Test, len(all))
	for i, o := range all {
		if i > 0 && o.test.Name == tests[i-1].Name {
			return nil, fmt.Errorf("regression tests: %s is in %s and %s", o.test.Name, tests[i-1].File, o.test.File)
		}
		tests[i] = o.test
	}
	return tests, nil
})

func newStage(server *server, in *stageInput, out *stageOutput) (Stage, error) {
	raw, err := message(in)
	if err != nil {
		return Stage{}, err
	}
	req := server.receive(raw)
	return Stage{
		Request:  req,
		Response: Reflect(&req),
		Expect: Expect{
			IDs:           out.Log.ExpectIDs,
			NoIDs:         out.Log.NoExpectIDs,
			Status:        out.Status,
			ExpectError:   out.ExpectError,
			LogContains:   out.Log.MatchRegex,
			NoLogContains: out.Log.NoMatchRegex,
		},
	}, nil
}

// message is what go-ftw sends for an input.
func message(in *stageInput) ([]byte, error) {
	if in.Encoded != "" {
		if in.Data != nil {
			return nil, fmt.Errorf("data and encoded_request, want one of them")
		}
		raw, err := base64.StdEncoding.DecodeString(in.Encoded)
		if err != nil {
			return nil, fmt.Errorf("encoded_request: %w", err)
		}
		return raw, nil
	}
	var data []byte
	if in.Data != nil {
		var err error
		if data, err = expand(*in.Data); err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
	}
	m := outgoing{
		method:       valueOr(in.Method, "GET"),
		uri:          valueOr(in.URI, "/"),
		version:      valueOr(in.Version, "HTTP/1.1"),
		data:         data,
		autocomplete: in.Autocomplete == nil || *in.Autocomplete,
	}
	for name, value := range in.Headers {
		m.headers = append(m.headers, [2]string{name, value})
	}
	slices.SortFunc(m.headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return m.bytes(), nil
}

func valueOr(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}

// expand evaluates the templates in data. Of the functions that go-ftw offers the
// tests use repeat.
func expand(data string) ([]byte, error) {
	if !strings.Contains(data, "{{") {
		return []byte(data), nil
	}
	t, err := template.New("data").Funcs(template.FuncMap{
		"repeat": func(n int, s string) string { return strings.Repeat(s, n) },
	}).Parse(data)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// RuleOf is the rule id in a test's name, 0 if there is none.
func RuleOf(name string) int {
	rule, _, _ := strings.Cut(name, "-")
	id, err := strconv.Atoi(rule)
	if err != nil {
		return 0
	}
	return id
}
