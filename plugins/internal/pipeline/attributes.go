package pipeline

import (
	"slices"

	"gatehouse/plugins/internal/policy"
)

// attributes are those of the proxy, and before them what stages handed on: a stage finds
// a property where it would if the proxy had it.
type attributes struct {
	proxy      policy.Attributes
	properties []policy.Property
	// asked is what the proxy answered, so that it is asked once by all stages.
	asked []answer
}

type answer struct {
	path  []string
	value []byte
	ok    bool
}

// maxAsked is how many answers are remembered.
const maxAsked = 16

// handOn adds a property, or replaces it.
func (a *attributes) handOn(p policy.Property) {
	for i := range a.properties {
		if a.properties[i].Name == p.Name {
			a.properties[i] = p
			return
		}
	}
	a.properties = append(a.properties, p)
}

// Attribute implements policy.Attributes.
func (a *attributes) Attribute(path ...string) ([]byte, bool) {
	name := ""
	switch {
	case len(path) == 1:
		name = path[0]
	case len(path) == 2 && path[0] == "filter_state":
		if n := len("wasm."); len(path[1]) > n && path[1][:n] == "wasm." {
			name = path[1][n:]
		}
	}
	if name != "" {
		for i := range a.properties {
			if a.properties[i].Name == name {
				return a.properties[i].Value, true
			}
		}
	}
	for i := range a.asked {
		if slices.Equal(a.asked[i].path, path) {
			return a.asked[i].value, a.asked[i].ok
		}
	}
	if a.proxy == nil {
		return nil, false
	}
	value, ok := a.proxy.Attribute(path...)
	if len(a.asked) < maxAsked {
		a.asked = append(a.asked, answer{slices.Clone(path), value, ok})
	}
	return value, ok
}

// forget makes them those of no stream.
func (a *attributes) forget() {
	clear(a.properties)
	clear(a.asked)
	*a = attributes{properties: a.properties[:0], asked: a.asked[:0]}
}
