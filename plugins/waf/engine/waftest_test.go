//go:build !wasip1

package engine_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/plugins/waf/crs/source"
	"gatehouse/plugins/waf/engine"
	"gatehouse/plugins/waf/waftest"
)

// subject is the engine as the judge wants it.
type subject struct {
	mu sync.Mutex
	e  *engine.Engine
}

func newSubject(t testing.TB, directives string, o engine.Options) *subject {
	t.Helper()
	set, err := source.Compile(directives)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(set, o)
	if err != nil {
		t.Fatal(err)
	}
	return &subject{e: e}
}

func (s *subject) Run(req *waftest.Request, resp *waftest.Response) waftest.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := s.e.Begin(time.Unix(1700000000, 0).UTC(), "0123456789abcdef")
	defer tx.Close()
	var out waftest.Outcome
	stop, phase := request(tx, req)
	if stop == nil && resp != nil {
		stop, phase = response(tx, resp)
	}
	tx.Logging()
	if stop != nil {
		out.Status, out.Phase, out.ByRule = stop.Status, phase, stop.Rule
		if out.Status == 0 {
			out.Status = 403
		}
	}
	for _, m := range tx.Matches() {
		out.AllIDs = append(out.AllIDs, m.ID)
		if m.Log {
			out.IDs = append(out.IDs, m.ID)
			out.Log = append(out.Log, waftest.LogLine(m.ID, m.Message, m.Data))
		}
	}
	slices.Sort(out.IDs)
	slices.Sort(out.AllIDs)
	out.IDs, out.AllIDs = slices.Compact(out.IDs), slices.Compact(out.AllIDs)
	return out
}

func request(tx *engine.Transaction, req *waftest.Request) (*engine.Interruption, int) {
	tx.Connection(req.RemoteAddr, req.RemotePort, req.ServerAddr, req.ServerPort)
	tx.Request(req.Method, req.URI, req.Protocol)
	for _, h := range req.Headers {
		tx.RequestHeader(h[0], h[1])
	}
	tx.ServerName(req.Header("Host"))
	if stop := tx.RequestHeaders(); stop != nil {
		return stop, 1
	}
	b, complete := string(req.Body), true
	if limit, ok := tx.WantsRequestBody(); !ok {
		b = ""
	} else if int64(len(b)) >= limit {
		b, complete = b[:limit], false
	}
	return tx.RequestBody(b, complete), 2
}

func response(tx *engine.Transaction, resp *waftest.Response) (*engine.Interruption, int) {
	for _, h := range resp.Headers {
		tx.ResponseHeader(h[0], h[1])
	}
	if stop := tx.ResponseHeaders(resp.Status, resp.Protocol); stop != nil {
		return stop, 3
	}
	b, complete := string(resp.Body), true
	if limit, ok := tx.WantsResponseBody(); !ok {
		b = ""
	} else if int64(len(b)) >= limit {
		b, complete = b[:limit], false
	}
	return tx.ResponseBody(b, complete), 4
}

// TestRegressionTestsOfTheCoreRuleSet runs all of them. The list of those that
// fail is Coraza's: what neither passes is about the server in front.
func TestRegressionTestsOfTheCoreRuleSet(t *testing.T) {
	for _, o := range []engine.Options{{Explain: true}, {Explain: true, NoFilter: true}} {
		t.Run(fmt.Sprintf("filter=%v", !o.NoFilter), func(t *testing.T) {
			waftest.RunSuite(t, newSubject(t, waftest.RegressionDirectives(), o), known(t))
		})
	}
}

func known(t testing.TB) map[string]string {
	t.Helper()
	f, err := os.Open("../waftest/testdata/coraza.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := waftest.ReadKnown(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
