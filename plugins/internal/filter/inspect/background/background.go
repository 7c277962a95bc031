// Package background adapts inspectors that work between streams to Proxy-Wasm. It
// is package inspect with three more callbacks: the tick, and the answers to HTTP
// and gRPC calls. Its inspectors may let requests wait.
package background

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/inspect"
	"gatehouse/plugins/internal/filter/internal/host"
	"gatehouse/plugins/internal/filter/internal/work"
	"gatehouse/plugins/internal/policy"
	_ "gatehouse/sdkshim/callback/grpccall"
	_ "gatehouse/sdkshim/callback/httpcall"
	_ "gatehouse/sdkshim/callback/tick"
)

// Inspector is an inspector that works between streams and says which of its
// decisions become events.
type Inspector interface {
	inspect.Inspector
	policy.Background
}

// Register makes the inspector that newInspector returns the plugin of this module,
// as inspect.Register does. A module has one plugin.
func Register[I Inspector](name string, class event.Class, newInspector func(configuration []byte) (I, error)) {
	inspect.RegisterAttended(name, class, newInspector, func(contextID uint32, p *host.Plugin, i inspect.Inspector) inspect.Attendant {
		return work.New(contextID, p, i.(policy.Background))
	})
}
