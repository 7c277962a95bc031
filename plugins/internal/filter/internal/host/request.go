package host

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
)

// ReadRequest makes r the request that the current callback is for, and uses the
// room of its headers again. What it returns says why it could not, "" if it could:
// then r stays as it was, and the request has to be refused.
func (p *Plugin) ReadRequest(r *policy.Request) (fault string) {
	pairs, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return "request headers: " + err.Error()
	}
	now := sdkshim.Now()
	if now.IsZero() {
		// At the zero time no token has expired.
		return "no clock"
	}
	headers := Headers(r.Headers, pairs)
	*r = policy.Request{
		Now:        now,
		IncidentID: p.incidentID(headers),
		Headers:    headers,
		Attributes: Attributes{},
	}
	return ""
}
