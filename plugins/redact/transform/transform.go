// Package transform turns values into what may be seen of them: it hides them in
// part or whole, stands something constant, a pseudonym, a token or a ciphertext in
// for them, or tells less exactly what they say. It does not find values and does
// not know documents.
//
//	transform.go   what a transform is, and what can be wrong with a value
//	key.go         secrets, the keys derived from them (RFC 5869), rotation by id
//	sealed.go      the outer form of values that name their key: "tok:k1:…"
//	mask.go        the first and last characters, others hidden
//	replace.go     a constant
//	hash.go        HMAC-SHA-256 under a salt
//	pseudonym.go   HMAC-SHA-256 under a key: linkable, not reversible
//	token.go       AES-SIV (RFC 5297, in siv.go): linkable and reversible
//	encrypt.go     AES-256-GCM (SP 800-38D): reversible, each time another text
//	preserve.go    FF1 (SP 800-38G Rev. 1, in ff1.go): a value of the same form
//	date.go        how dates are read and written
//	period.go      a date to its month, quarter or year
//	dateshift.go   a date moved by the days of its subject
//	number.go      an age or another number to a range
//	location.go    a postcode, an IP address or a coordinate, less exactly
//
// # Twice
//
// A value may pass two gateways, or one gateway twice. The results of [NewMask],
// [NewReplace], [NewPseudonym], [NewToken], [NewEncrypt] and of all that generalise
// stay as they are when the same transform is applied to them again. A pseudonym, a
// token and a ciphertext are known for what they are by their prefix and by a check
// that only the holder of the key can have made, so a client cannot bring a value
// past a transform by writing the prefix in front. [NewHash], [NewFF1] and
// [NewDateShift] have results that look like any other value, and transform them
// again.
package transform

import (
	"fmt"
	"io"
)

// Transform turns a value into another.
type Transform interface {
	// Apply appends to dst what value becomes. Value is the decoded text in whole
	// and does not overlap the capacity of dst. Subject is whose value it is, for
	// transforms that treat the values of one subject alike, "" where it is not
	// known; the others do not look at it.
	//
	// For one value, subject and key the result is the same each time, but for
	// [NewEncrypt]. An error is a [Fault]; dst is then returned as it was, and the
	// value must not be passed on in its place.
	//
	// A Transform has buffers of its own and serves one call at a time.
	Apply(dst, value []byte, subject string) ([]byte, error)
}

// Reversible is a transform that can be undone by who holds its key.
type Reversible interface {
	Transform
	// Reveal appends to dst the value that Apply made this one of. Errors are as
	// with Apply. Where the result has a check (tokens and ciphertexts), a value
	// that was not made by this transform under one of its keys is a Fault;
	// otherwise the result is meaningless for such a value.
	Reveal(dst, value []byte, subject string) ([]byte, error)
}

// Fault is what is wrong with a value. It never quotes the value or a key.
type Fault string

// Error returns the fault with the package's name in front.
func (f Fault) Error() string { return "transform: " + string(f) }

const (
	// FaultSealed: the value does not have the form that Apply writes.
	FaultSealed Fault = "not a value that this transform made"
	// FaultKey: the value names a key that is not in the keyring.
	FaultKey Fault = "made under a key that is not known"
	// FaultForged: the check of the value fails: it was changed, or made under
	// another key or for another namespace.
	FaultForged Fault = "changed, or made under another key or namespace"
	// FaultRandom: the source of randomness gives none.
	FaultRandom Fault = "no randomness"
	// FaultAlphabet: the value has a character that is neither in the alphabet nor
	// a separator to keep.
	FaultAlphabet Fault = "character outside the alphabet"
	// FaultDomain: there are fewer than 1,000,000 values of this length (SP
	// 800-38G Rev. 1, Section 5.1), so that trying them all would be easy.
	FaultDomain Fault = "fewer than 1000000 values of this length"
	// FaultLength: the value is longer than the transform takes.
	FaultLength Fault = "too long"
	// FaultLuhn: the check digit of the value is not that of ISO/IEC 7812-1.
	FaultLuhn Fault = "check digit is not valid"
	// FaultDate: the value is not a date in one of the forms that are read.
	FaultDate Fault = "not a date"
	// FaultSubject: it is not known whose value it is.
	FaultSubject Fault = "subject is not known"
	// FaultNumber: the value is not a number, or not one that can be placed.
	FaultNumber Fault = "not a number"
	// FaultAddress: the value is not an IP address.
	FaultAddress Fault = "not an IP address"
)

// opaque is the name of a transform, and of its key if it has one. It stands for all
// that the transform holds in what is printed of it, whatever the verb.
type opaque string

// Format writes the name.
func (o opaque) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(o)) }
