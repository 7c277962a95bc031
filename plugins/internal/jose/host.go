package jose

import (
	"crypto"

	"gatehouse/plugins/internal/policy"
)

// HostVerify returns a [VerifyFunc] that accepts and refuses what
// [VerifySignature] does and has the host do the work where it can: RSA with
// PKCS #1 v1.5 and ECDSA cost it a tenth of what they cost in Wasm.
//
// A host is taken at its word for an algorithm only if it got three known
// answers right, once, when this is called: a good signature, the same over
// another text, and a changed one. All other algorithms, and calls that the host
// does not answer, are VerifySignature's. A nil host answers nothing.
func HostVerify(host policy.Host) VerifyFunc {
	if host == nil {
		return VerifySignature
	}
	able := probe(host)
	if able == 0 {
		return VerifySignature
	}
	return func(algorithm Algorithm, key *Key, input, signature []byte) bool {
		if able.Has(algorithm) {
			if valid, answered := ask(host, algorithm, key, input, signature); answered {
				return valid
			}
		}
		return VerifySignature(algorithm, key, input, signature)
	}
}

// ask has the host verify a signature, after everything was checked that its
// function does not: it binds neither algorithm nor size to the key.
func ask(host policy.Host, algorithm Algorithm, key *Key, input, signature []byte) (valid, answered bool) {
	if !key.algorithms.Has(algorithm) || len(signature) != key.signatureSize() {
		return false, true
	}
	d := &definitions[algorithm]
	switch d.family {
	case rsaPKCS1:
	case ecdsaFixed:
		signature = signatureDER(signature)
	default:
		return false, false
	}
	if key.spki == nil {
		return false, false
	}
	return host.VerifySignature(hashName(d.hash), key.spki, signature, input)
}

// hashName is what [policy.Host] calls a hash function.
func hashName(h crypto.Hash) string {
	switch h {
	case crypto.SHA256:
		return "sha256"
	case crypto.SHA384:
		return "sha384"
	}
	return "sha512"
}

// probe returns the algorithms for which a host gets the known answers right.
func probe(host policy.Host) Algorithms {
	var able Algorithms
	set, err := ParseKeySet(probeKeys)
	if err != nil {
		return able
	}
	for _, token := range probeTokens {
		signed, err := ParseCompact(token)
		if err != nil {
			continue
		}
		known := func(algorithm Algorithm, key *Key, input, signature []byte) bool {
			answers := func(want bool, input, signature []byte) bool {
				valid, answered := ask(host, algorithm, key, input, signature)
				return answered && valid == want
			}
			return answers(true, input, signature) &&
				answers(false, changed(input), signature) &&
				answers(false, input, changed(signature))
		}
		if signed.Verify(set, AllAlgorithms(), known) == nil {
			able = able.With(signed.Header.Algorithm)
		}
	}
	return able
}

// changed returns a copy whose last bit is another one.
func changed(b []byte) []byte {
	c := append([]byte(nil), b...)
	c[len(c)-1] ^= 1
	return c
}
