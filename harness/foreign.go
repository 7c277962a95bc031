package harness

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // a hash function of verify_signature
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// foreignFunctionFunctions are those of foreign functions.
var foreignFunctionFunctions = map[string]abiFunction{
	"proxy_call_foreign_function": {"iiiiii", hostCallForeignFunction},
}

// foreignFunctions are Envoy's, but for expr_create, expr_evaluate and
// expr_delete, which evaluate CEL.
var foreignFunctions = map[string]func(*hostCall, []byte) ([]byte, status){
	"verify_signature":       foreignVerifySignature,
	"sign":                   foreignSign,
	"compress":               foreignCompress,
	"uncompress":             foreignUncompress,
	"set_envoy_filter_state": foreignSetEnvoyFilterState,
	"clear_route_cache":      func(*hostCall, []byte) ([]byte, status) { return nil, statusOK },
	"declare_property":       foreignDeclareProperty,
}

// hostCallForeignFunction calls a function by name with bytes, and answers
// bytes. NOT_FOUND: no such function.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_call_foreign_function
func hostCallForeignFunction(h *hostCall) status {
	name, ok1 := h.string(0)
	arguments, ok2 := h.bytes(2)
	if !ok1 || !ok2 {
		return statusInvalidMemoryAccess
	}
	f := foreignFunctions[name]
	if f == nil {
		if strings.HasPrefix(name, "expr_") {
			h.vm.proxy.log(LogEntry{Level: LogWarn, Plugin: h.c.pluginOf().label(), Worker: h.vm.worker, Host: true,
				Message: name + ": the harness evaluates no CEL and answers NOT_FOUND, Envoy would not"})
		}
		return statusNotFound
	}
	result, answer := f(h, arguments)
	var ptr uint32
	if result != nil && h.u32(4) != 0 {
		var ok bool
		if ptr, ok = h.vm.allocate(h.ctx, len(result)); ok {
			h.vm.memory.Write(ptr, result)
		}
	}
	if h.u32(4) != 0 && !h.vm.writeU32(h.u32(4), ptr) {
		return statusInvalidMemoryAccess
	}
	if h.u32(5) != 0 && !h.vm.writeU32(h.u32(5), uint32(len(result))) {
		return statusInvalidMemoryAccess
	}
	return answer
}

// protoFields reads the fields of a serialized message, the last of each
// number: bytes as they are, varints as numbers. False for a broken message.
func protoFields(b []byte) (texts map[protowire.Number][]byte, numbers map[protowire.Number]uint64, ok bool) {
	texts, numbers = map[protowire.Number][]byte{}, map[protowire.Number]uint64{}
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, nil, false
		}
		b = b[n:]
		switch kind {
		case protowire.BytesType:
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return nil, nil, false
			}
			texts[field] = v
			b = b[n:]
		case protowire.VarintType:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return nil, nil, false
			}
			numbers[field] = v
			b = b[n:]
		default:
			n := protowire.ConsumeFieldValue(field, kind, b)
			if n < 0 {
				return nil, nil, false
			}
			b = b[n:]
		}
	}
	return texts, numbers, true
}

// foreignVerifySignature verifies a signature as BoringSSL does for Envoy: RSA
// with PKCS #1 v1.5 and ECDSA with an ASN.1 signature. It binds neither hash to
// key nor key to a size. BAD_ARGUMENT: no message, or no public key (2 DER, 5
// PEM).
func foreignVerifySignature(_ *hostCall, arguments []byte) ([]byte, status) {
	fields, _, ok := protoFields(arguments)
	if !ok {
		return nil, statusBadArgument
	}
	der, hasDER, hasPEM := fields[2], len(fields[2]) > 0, len(fields[5]) > 0
	if hasDER == hasPEM {
		return nil, statusBadArgument
	}
	if hasPEM {
		block, _ := pem.Decode(fields[5])
		if block == nil {
			return nil, statusBadArgument
		}
		der = block.Bytes
	}
	// Bytes after the key do not matter, and a key that cannot be read is only
	// missed once the hash is known.
	var first asn1.RawValue
	if _, err := asn1.Unmarshal(der, &first); err == nil {
		der = first.FullBytes
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		key = nil
	}
	if reason := verify(string(fields[1]), key, fields[3], fields[4]); reason != "" {
		return protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), reason), statusOK
	}
	return []byte{0x08, 0x01}, statusOK
}

var hashes = map[string]crypto.Hash{"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256,
	"sha384": crypto.SHA384, "sha512": crypto.SHA512}

func digest(hash crypto.Hash, text []byte) []byte {
	h := hash.New()
	h.Write(text)
	return h.Sum(nil)
}

// verify returns Envoy's words for a signature that is not good, "" for one
// that is.
func verify(hashName string, key any, signature, text []byte) string {
	const bad = "Failed to verify digest. Error code: 0"
	hash, ok := hashes[strings.ToLower(hashName)]
	if !ok {
		return hashName + " is not supported."
	}
	sum := digest(hash, text)
	switch key := key.(type) {
	case *rsa.PublicKey:
		if rsa.VerifyPKCS1v15(key, hash, sum, signature) != nil {
			return bad
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, sum, signature) {
			return bad
		}
	default:
		return "Failed to initialize digest verify."
	}
	return ""
}

// foreignSign signs a text (1 hash, 2 private key PKCS #8 or 4 PEM, 3 text):
// the answer is 1 whether it could, 2 the signature, 3 Envoy's words.
// BAD_ARGUMENT: no message, or no private key.
func foreignSign(_ *hostCall, arguments []byte) ([]byte, status) {
	fields, _, ok := protoFields(arguments)
	if !ok {
		return nil, statusBadArgument
	}
	der, hasDER, hasPEM := fields[2], len(fields[2]) > 0, len(fields[4]) > 0
	if hasDER == hasPEM {
		return nil, statusBadArgument
	}
	if hasPEM {
		block, _ := pem.Decode(fields[4])
		if block == nil {
			return nil, statusBadArgument
		}
		der = block.Bytes
	}
	signature, reason := sign(string(fields[1]), der, fields[3])
	if reason != "" {
		return protowire.AppendString(protowire.AppendTag(nil, 3, protowire.BytesType), reason), statusOK
	}
	return protowire.AppendBytes(protowire.AppendTag([]byte{0x08, 0x01}, 2, protowire.BytesType), signature), statusOK
}

// sign returns a signature, always the same for the same arguments, or Envoy's
// words.
func sign(hashName string, der, text []byte) ([]byte, string) {
	hash, ok := hashes[strings.ToLower(hashName)]
	if !ok {
		return nil, hashName + " is not supported."
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(der)
	}
	if err != nil {
		return nil, "Invalid key type: private key required for signing operation."
	}
	var signature []byte
	switch key := key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, key, hash, digest(hash, text))
	case *ecdsa.PrivateKey:
		signature, err = key.Sign(nil, digest(hash, text), hash)
	default:
		return nil, "Invalid private key: key data is corrupted or malformed."
	}
	if err != nil {
		return nil, "Invalid private key: key data is corrupted or malformed."
	}
	return signature, ""
}

// foreignCompress compresses with zlib.
func foreignCompress(_ *hostCall, arguments []byte) ([]byte, status) {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(arguments)
	w.Close()
	return b.Bytes(), statusOK
}

// maxUncompressed keeps a small argument from filling the machine's memory. In
// Envoy there is no bound but the VM's memory.
const maxUncompressed = 1 << 30

// foreignUncompress is the inverse. SERIALIZATION_FAILURE: not zlib.
func foreignUncompress(_ *hostCall, arguments []byte) ([]byte, status) {
	r, err := zlib.NewReader(bytes.NewReader(arguments))
	if err != nil {
		return nil, statusSerializationFailure
	}
	result, err := io.ReadAll(io.LimitReader(r, maxUncompressed))
	if err != nil {
		return nil, statusSerializationFailure
	}
	return append([]byte{}, result...), statusOK
}

// settableState are the names of filter state that Envoy 1.40 can make from
// bytes.
var settableState = []string{
	"envoy.hashable_string",
	"envoy.network.application_protocols",
	"envoy.network.network_namespace",
	"envoy.network.upstream_server_name",
	"envoy.network.upstream_subject_alt_names",
	"envoy.ratelimit.hits_addend",
	"envoy.string",
	"envoy.tcp_proxy.cluster",
	"envoy.tcp_proxy.per_connection_idle_timeout_ms",
	"envoy.upstream.dynamic_host",
	"envoy.upstream.dynamic_port",
}

// foreignSetEnvoyFilterState sets filter state of Envoy's own (1 name, 2 value).
// NOT_FOUND: Envoy does not know the name, or the context has no stream.
func foreignSetEnvoyFilterState(h *hostCall, arguments []byte) ([]byte, status) {
	fields, _, ok := protoFields(arguments)
	if !ok {
		return nil, statusBadArgument
	}
	name := string(fields[1])
	if !slices.Contains(settableState, name) || h.c.stream == nil {
		return nil, statusNotFound
	}
	h.c.stream.state[name] = &filterState{value: slices.Clone(fields[2])}
	return nil, statusOK
}

// foreignDeclareProperty declares a property (1 name, 2 read-only) before it is
// first set. It has an effect only where a root context declares it.
// BAD_ARGUMENT: already declared.
func foreignDeclareProperty(h *hostCall, arguments []byte) ([]byte, status) {
	fields, numbers, ok := protoFields(arguments)
	if !ok {
		return nil, statusBadArgument
	}
	c, name := h.vm.proxy.current, string(fields[1])
	if c.declared[name] != nil {
		return nil, statusBadArgument
	}
	if c.declared == nil {
		c.declared = map[string]*stateType{}
	}
	c.declared[name] = &stateType{readOnly: numbers[2] != 0}
	return nil, statusOK
}
