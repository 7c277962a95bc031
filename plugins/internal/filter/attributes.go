package filter

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

// attributes reads Envoy's attributes of the current stream.
type attributes struct{}

// Attribute implements policy.Attributes.
func (attributes) Attribute(path ...string) ([]byte, bool) {
	value, err := proxywasm.GetProperty(path)
	return value, err == nil
}
