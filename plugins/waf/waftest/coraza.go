package waftest

import (
	"fmt"
	"slices"

	"github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
)

// oracle is Coraza with its rules.
type oracle struct{ waf coraza.WAF }

// NewCoraza returns Coraza 3.8.1, run in this process, with the directives given.
// Included files may be those of the Core Rule Set's module, such as
// @owasp_crs/*.conf.
func NewCoraza(directives string) (Engine, error) {
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(directives))
	if err != nil {
		return nil, fmt.Errorf("coraza: %w", err)
	}
	return &oracle{waf}, nil
}

// Run calls Coraza as its HTTP middleware does, except that phase 4 also comes
// where the response body is of no type to be inspected.
func (o *oracle) Run(req *Request, resp *Response) Outcome {
	tx := o.waf.NewTransaction()
	defer tx.Close() // removes temporary files; what is known of the request is kept
	var out Outcome
	stop, phase := o.request(tx, req)
	if stop == nil && resp != nil {
		stop, phase = o.response(tx, resp)
	}
	tx.ProcessLogging()
	if stop != nil {
		out.Status, out.Phase, out.ByRule = status(stop), phase, stop.RuleID
	}
	for _, m := range tx.MatchedRules() {
		id := m.Rule().ID()
		if id == 0 {
			continue
		}
		out.AllIDs = append(out.AllIDs, id)
		// The interface lacks the method until Coraza 4.
		if l, ok := m.(interface{ Log() bool }); ok && l.Log() {
			out.IDs = append(out.IDs, id)
			out.Log = append(out.Log, LogLine(id, m.Message(), m.Data()))
		}
	}
	slices.Sort(out.IDs)
	slices.Sort(out.AllIDs)
	out.IDs, out.AllIDs = slices.Compact(out.IDs), slices.Compact(out.AllIDs)
	return out
}

func (o *oracle) request(tx types.Transaction, req *Request) (*types.Interruption, int) {
	tx.ProcessConnection(req.RemoteAddr, req.RemotePort, req.ServerAddr, req.ServerPort)
	tx.ProcessURI(req.URI, req.Method, req.Protocol)
	for _, h := range req.Headers {
		tx.AddRequestHeader(h[0], h[1])
	}
	if host := req.Header("Host"); host != "" {
		tx.SetServerName(host)
	}
	if stop := tx.ProcessRequestHeaders(); stop != nil {
		return stop, 1
	}
	if len(req.Body) > 0 {
		// Over the limit Coraza runs phase 2 or interrupts here.
		if stop, _, err := tx.WriteRequestBody(req.Body); stop != nil || err != nil {
			return stop, 2
		}
	}
	stop, err := tx.ProcessRequestBody()
	if err != nil {
		return nil, 0
	}
	return stop, 2
}

func (o *oracle) response(tx types.Transaction, resp *Response) (*types.Interruption, int) {
	for _, h := range resp.Headers {
		tx.AddResponseHeader(h[0], h[1])
	}
	if stop := tx.ProcessResponseHeaders(resp.Status, resp.Protocol); stop != nil {
		return stop, 3
	}
	if len(resp.Body) > 0 && tx.IsResponseBodyAccessible() && tx.IsResponseBodyProcessable() {
		if stop, _, err := tx.WriteResponseBody(resp.Body); stop != nil || err != nil {
			return stop, 4
		}
	}
	stop, err := tx.ProcessResponseBody()
	if err != nil {
		return nil, 0
	}
	return stop, 4
}

// status is what the client sees of an interruption.
func status(stop *types.Interruption) int {
	if stop.Status == 0 {
		return 403
	}
	return stop.Status
}
