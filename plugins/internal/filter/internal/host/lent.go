package host

import (
	"math/rand/v2"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/sdkshim"
)

// lent is what the proxy lends an engine: policy.Host.
type lent struct{}

// Get implements policy.Store.
func (lent) Get(key string) (value []byte, version uint32, ok bool) {
	value, version, err := proxywasm.GetSharedData(key)
	return value, version, err == nil
}

// Set implements policy.Store.
func (lent) Set(key string, value []byte, version uint32) bool {
	return proxywasm.SetSharedData(key, value, version) == nil
}

// VerifySignature implements policy.Host.
func (lent) VerifySignature(hash string, key, signature, text []byte) (valid, answered bool) {
	valid, err := sdkshim.VerifySignature(hash, key, signature, text)
	return valid, err == nil
}

// Random implements policy.Host.
func (lent) Random() uint64 { return rand.Uint64() }

// Now implements policy.Host.
func (lent) Now() time.Time { return sdkshim.Now() }
