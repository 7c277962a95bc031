package sdkshim

import (
	"encoding/binary"
	"errors"
)

// CallForeign calls a function that this proxy offers beyond the ABI, with an
// argument of that function's own format. Errors: StatusNotFound if the proxy has
// no function of the name, else what the function answers.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_call_foreign_function
func CallForeign(name string, argument []byte) ([]byte, error) {
	return hostCallForeign(name, argument)
}

// VerifySignature asks Envoy's BoringSSL whether signature is one of text by the
// public key, which is a SubjectPublicKeyInfo in DER. The hash is "sha1",
// "sha224", "sha256", "sha384" or "sha512". An RSA key verifies PKCS #1 v1.5, an
// EC key an ASN.1 signature.
//
// The function binds neither hash nor key size to anything: which key may verify
// what is the caller's to decide. An error means that nothing was verified, such
// as StatusNotFound from a proxy without the function. Why a signature does not
// verify is not told: a key or hash that Envoy cannot use reads like a wrong
// signature, so a known answer has to be tried first.
func VerifySignature(hash string, publicKey, signature, text []byte) (bool, error) {
	b := make([]byte, 0, len(hash)+len(publicKey)+len(signature)+len(text)+24)
	b = appendField(b, 1, hash)
	b = appendField(b, 2, publicKey)
	b = appendField(b, 3, signature)
	b = appendField(b, 4, text)
	answer, err := hostCallForeign("verify_signature", b)
	if err != nil {
		return false, err
	}
	return verified(answer)
}

// verified reads Envoy's VerifySignatureResult: field 1 is the result, field 2 an
// error text. What does not parse to the end is an error, and a field that is
// there twice counts by its last value, as protobuf has it.
func verified(answer []byte) (bool, error) {
	result := false
	for len(answer) > 0 {
		key, n := binary.Uvarint(answer)
		if n <= 0 {
			return false, errAnswer
		}
		value, m := binary.Uvarint(answer[n:])
		if m <= 0 {
			return false, errAnswer
		}
		answer = answer[n+m:]
		switch {
		case key == 1<<3:
			result = value == 1
		case key&7 == 0:
		case key&7 == 2 && value <= uint64(len(answer)):
			answer = answer[value:]
		default:
			return false, errAnswer
		}
	}
	return result, nil
}

var errAnswer = errors.New("verify_signature: answer: malformed, want a VerifySignatureResult")

// LifeSpan says how long a filter state object lives.
type LifeSpan int

// The life spans of Envoy's SetEnvoyFilterStateArguments.
const (
	FilterChain          LifeSpan = 0
	DownstreamRequest    LifeSpan = 1
	DownstreamConnection LifeSpan = 2
)

// SetEnvoyFilterState sets the filter state object of a key that Envoy itself
// knows, such as "envoy.tcp_proxy.cluster", from what the key's factory reads.
// For keys of one's own there is proxywasm.SetProperty. Errors: StatusNotFound
// for a key without a factory or a proxy without the function, StatusBadArgument
// for a value that the factory refuses.
func SetEnvoyFilterState(key, value string, span LifeSpan) error {
	b := appendField(nil, 1, key)
	b = appendField(b, 2, value)
	b = binary.AppendUvarint(b, 3<<3)
	b = binary.AppendUvarint(b, uint64(span))
	_, err := hostCallForeign("set_envoy_filter_state", b)
	return err
}

// onForeign is what OnForeignFunction registered.
var onForeign func(contextID, functionID uint32, size int)

// OnForeignFunction has f called when the proxy calls a foreign function of the
// module; size is that of the argument, which the host holds in a buffer. The
// plugin imports gatehouse/sdkshim/callback/foreign as well. Envoy itself never
// calls it.
func OnForeignFunction(f func(contextID, functionID uint32, size int)) { onForeign = f }

// ForeignFunctionCalled is what callback/foreign calls.
func ForeignFunctionCalled(contextID, functionID uint32, size int) {
	if onForeign != nil {
		onForeign(contextID, functionID, size)
	}
}
