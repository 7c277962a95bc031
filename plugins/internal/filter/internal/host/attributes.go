package host

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

// Attributes reads Envoy's attributes of the current stream.
type Attributes struct{}

// Attribute implements policy.Attributes.
func (Attributes) Attribute(path ...string) ([]byte, bool) {
	value, err := proxywasm.GetProperty(path)
	return value, err == nil
}
