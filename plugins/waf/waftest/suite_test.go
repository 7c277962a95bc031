//go:build !wasip1

package waftest

import (
	"os"
	"sync"
	"testing"
)

// regression is Coraza set up for the regression tests.
var regression = sync.OnceValues(func() (Engine, error) { return NewCoraza(RegressionDirectives()) })

// TestCorazaBaseline runs the regression tests on Coraza. What fails is listed
// with its reason: an engine passes the bar if it passes all others.
func TestCorazaBaseline(t *testing.T) {
	f, err := os.Open("testdata/coraza.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known, err := ReadKnown(f)
	if err != nil {
		t.Fatalf("coraza.txt: %v", err)
	}
	e, err := regression()
	if err != nil {
		t.Fatal(err)
	}
	RunSuite(t, e, known)
}
