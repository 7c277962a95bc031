// Package inspect adapts inspectors, the engines that see bodies and responses, to
// Proxy-Wasm. It is package filter for a whole stream: it gives an inspection what
// it wants to see, holds bodies back until they are decided, answers what is
// denied, and reports. A module that imports it exports the callbacks of bodies
// and responses; one that imports only package filter does not.
//
// A stream in order, with one file for each part:
//
//	request.go   headers, body and trailers of the request
//	response.go  the same of the response
//	trailers.go  the trailers behind either body
//	body.go      holding a body of either direction, or copying it in shadow mode
//	rewrite.go   a body that is rewritten as it passes
//	release.go   a body that was paused goes on, and trailers with it
//	wait.go      requests that wait for an answer or for a time
//	tunnel.go    what is no message: upgrades and CONNECT
//	stream.go    what a stream knows, and its end
//	decision.go  carrying out and recording what the inspection decides
//	pool.go      contexts and inspections are used again
//	attendant.go what an inspector does between streams, where it does anything
//
// What cannot be judged is refused with 500: an inspection that panics, a header
// map or a body that cannot be read, a missing clock. RATIONALE.md says what Envoy
// does on the way and why bodies are held as they are.
package inspect

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/policy"
	_ "gatehouse/sdkshim" // the host behind the SDK
	_ "gatehouse/sdkshim/callback/log"
	_ "gatehouse/sdkshim/callback/requestbody"
	_ "gatehouse/sdkshim/callback/requestheaders"
	_ "gatehouse/sdkshim/callback/requesttrailers"
	_ "gatehouse/sdkshim/callback/responsebody"
	_ "gatehouse/sdkshim/callback/responseheaders"
	_ "gatehouse/sdkshim/callback/responsetrailers"
)

// Inspector is an inspector that says which of its decisions become events.
type Inspector interface {
	policy.Inspector
	// Events is what the configuration says of events. It is read once.
	Events() *event.Config
}

// Register makes the inspector that newInspector returns the plugin of this
// module, as filter.Register does for an engine of headers. A module has one
// plugin, of either kind.
func Register[I Inspector](name string, class event.Class, newInspector func(configuration []byte) (I, error)) {
	RegisterAttended(name, class, newInspector, nil)
}

// RegisterAttended is Register for an inspector that has an attendant. It is there
// for package background, below this one.
func RegisterAttended[I Inspector](name string, class event.Class, newInspector func(configuration []byte) (I, error), attend Attend) {
	host.RegisterContexts(name, func(contextID uint32) types.PluginContext {
		return &pluginContext{
			Plugin:       host.NewPlugin(name, class),
			id:           contextID,
			new:          func(configuration []byte) (Inspector, error) { return newInspector(configuration) },
			newAttendant: attend,
		}
	})
}

// pluginContext holds the inspector made from one plugin configuration.
type pluginContext struct {
	types.DefaultPluginContext
	host.Plugin
	id           uint32
	new          func(configuration []byte) (Inspector, error)
	newAttendant Attend
	inspector    Inspector
	// attendant is nil where the inspector has none.
	attendant Attendant
	pool
	releases releases
	// piece and out are the piece of a body that is rewritten, and what it becomes:
	// memory for one callback.
	piece, out []byte
}

// OnPluginStart implements types.PluginContext.
func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	inspector, ok := host.Start(&p.Plugin, p.new)
	if !ok {
		return types.OnPluginStartStatusFailed
	}
	p.inspector = inspector
	if p.newAttendant == nil {
		return types.OnPluginStartStatusOK
	}
	p.attendant = p.newAttendant(p.id, &p.Plugin, inspector)
	if err := p.attendant.Start(); err != nil {
		p.Log("tick: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

// NewHttpContext implements types.PluginContext.
func (p *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	s := p.stream()
	s.plugin, s.id = p, contextID
	return s
}
