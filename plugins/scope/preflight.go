package scope

import (
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// asksAbout returns the route of the request that a preflight asks about, as far
// as it says what that is like; nil if it has none.
func (e *Engine) asksAbout(r *policy.Request) *route {
	method, _ := r.Headers.First("access-control-request-method")
	e.asked = append(e.asked[:0], r.Headers...)
	for i := range e.asked {
		if e.asked[i].Name == ":method" {
			e.asked[i].Value = method
		}
	}
	asked := *r
	asked.Headers = e.asked
	found := e.table.Find(&asked)
	// Headers may point into memory that is not the engine's.
	clear(e.asked)
	if found.Refused != "" || found.Route == match.None {
		return nil
	}
	return &e.routes[found.Route]
}
