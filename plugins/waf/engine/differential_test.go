//go:build !wasip1

package engine_test

import (
	"fmt"
	"iter"
	"testing"

	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/waftest"
)

// TestTheEngineAgreesWithCoraza holds rule ids and verdicts against Coraza's,
// request by request.
func TestTheEngineAgreesWithCoraza(t *testing.T) {
	tests, err := waftest.Tests()
	if err != nil {
		t.Fatal(err)
	}
	n := waftest.Requests(150)
	corpora := []struct {
		name     string
		requests func() iter.Seq[waftest.Request]
	}{
		{"benign", func() iter.Seq[waftest.Request] { return waftest.Benign(n, 1) }},
		{"mutations", func() iter.Seq[waftest.Request] { return waftest.Mutations(tests, n, 2) }},
		{"regression", func() iter.Seq[waftest.Request] { return regression(tests, n) }},
	}
	for paranoia := 1; paranoia <= 4; paranoia++ {
		directives := waftest.Directives(paranoia, false)
		coraza, err := waftest.NewCoraza(directives)
		if err != nil {
			t.Fatal(err)
		}
		ours := newSubject(t, directives, engine.Options{})
		for _, corpus := range corpora {
			t.Run(fmt.Sprintf("%s/paranoia%d", corpus.name, paranoia), func(t *testing.T) {
				stats := waftest.Compare(t, coraza, ours, corpus.requests())
				if share := float64(stats.Agree) / float64(stats.Requests); share < 0.999 {
					t.Errorf("agree on %.2f%% of %d requests, want 99.9%%", 100*share, stats.Requests)
				}
			})
		}
	}
}

// regression yields n requests of the regression tests, spread over all of them.
func regression(tests []waftest.Test, n int) iter.Seq[waftest.Request] {
	return func(yield func(waftest.Request) bool) {
		step := max(1, len(tests)/n)
		for i := 0; i < len(tests); i += step {
			for j := range tests[i].Stages {
				if !yield(tests[i].Stages[j].Request) {
					return
				}
			}
		}
	}
}
