package jose

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds of a key set: its JSON text in bytes, and its keys of any use.
const (
	MaxKeySetSize = 256 << 10
	MaxKeys       = 64
)

// maxTries is how many keys are tried for a token without "kid".
const maxTries = 4

// KeySet is the public keys of one issuer (RFC 7517, Section 5). It never
// changes.
type KeySet struct {
	keys []*Key
}

// KeySetError is why a key set, or one key in it, is refused. It never quotes
// key material.
type KeySetError struct {
	// Index is the key's place in "keys", -1 if it is the set as a whole.
	Index int
	// Member is the name of the key's member at fault, "" if it is the key as a
	// whole.
	Member string
	// Problem is what it is and what is wanted.
	Problem string
}

// Path returns where the problem is, as a JSON path below the key set: "",
// "keys", "keys[2]" or "keys[2].crv".
func (e *KeySetError) Path() string {
	if e.Index < 0 {
		return e.Member
	}
	path := "keys[" + strconv.Itoa(e.Index) + "]"
	if e.Member != "" {
		path += "." + e.Member
	}
	return path
}

// Error returns the path and the problem.
func (e *KeySetError) Error() string {
	if path := e.Path(); path != "" {
		return path + ": " + e.Problem
	}
	return e.Problem
}

// ParseKeySet reads a JWK Set. Keys that are in order but not for verifying
// signatures, such as the encryption keys an identity provider publishes in the
// same set, are left out. A key that is not in order is an error, and so are
// one "kid" for two keys and a set in which no key is left: an operator wrote
// the set down, and a key that is silently missing is found out only when its
// tokens are refused. Errors are of type *[KeySetError].
func ParseKeySet(text string) (*KeySet, error) {
	set, faults, err := readKeySet(text, func(_, _ *Key) bool { return true })
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return set, err
}

// ParseFetchedKeySet reads a JWK Set that its issuer publishes, where one key
// that this package cannot use must not cost the others: a key that is not in
// order is skipped, with a fault that says why. Two keys may share a "kid" if no
// algorithm fits both (RFC 7517, Section 4.5); else the later one is skipped. The
// error, of type *[KeySetError] as well, is that of a document that is no JWK
// Set, exceeds a bound, or has no good key; faults may come with it. The set
// keeps nothing of text.
func ParseFetchedKeySet(text string) (set *KeySet, faults []*KeySetError, err error) {
	set, faults, err = readKeySet(text, func(a, b *Key) bool { return a.algorithms&b.algorithms != 0 })
	if err != nil {
		return nil, faults, err
	}
	for _, key := range set.keys {
		key.id = strings.Clone(key.id)
	}
	return set, faults, nil
}

// readKeySet reads a set and the faults of its keys in their order. Clash tells
// whether two keys may not have one "kid".
func readKeySet(text string, clash func(earlier, later *Key) bool) (set *KeySet, faults []*KeySetError, err error) {
	if len(text) > MaxKeySetSize {
		return nil, nil, &KeySetError{-1, "", strconv.Itoa(len(text)) + " bytes, want at most " + strconv.Itoa(MaxKeySetSize)}
	}
	document, err := ParseObject(text)
	switch err {
	case nil:
	case ErrDuplicateMember:
		return nil, nil, &KeySetError{-1, "", "two members of one name, want each once"}
	default:
		return nil, nil, &KeySetError{-1, "", "want a JSON object with an array \"keys\""}
	}
	// A single JWK where the set belongs is the likeliest mistake.
	if document.Get("keys").Kind() == Absent && document.Get("kty").Kind() != Absent {
		return nil, nil, &KeySetError{-1, "", "a single key, want {\"keys\": [ ... ]}"}
	}
	objects, ok := document.Get("keys").objects()
	if !ok {
		return nil, nil, &KeySetError{-1, "keys", "want an array of objects"}
	}
	if len(objects) > MaxKeys {
		return nil, nil, &KeySetError{-1, "keys", strconv.Itoa(len(objects)) + " keys, want at most " + strconv.Itoa(MaxKeys)}
	}
	set = &KeySet{}
	var places []int
	for i, o := range objects {
		key, problem := parseKey(o)
		if problem != nil {
			faults = append(faults, &KeySetError{i, problem.Member, problem.Problem})
			continue
		}
		if key == nil {
			continue
		}
		earlier := slices.IndexFunc(set.keys, func(k *Key) bool { return k.id != "" && k.id == key.id && clash(k, key) })
		if earlier >= 0 {
			faults = append(faults, &KeySetError{i, "kid", "already used by keys[" + strconv.Itoa(places[earlier]) + "]"})
			continue
		}
		set.keys = append(set.keys, key)
		places = append(places, i)
	}
	if len(set.keys) == 0 {
		return nil, faults, &KeySetError{-1, "keys", "want at least 1 key that verifies signatures"}
	}
	return set, faults, nil
}

// Keys returns the keys of the set, in its order.
func (s *KeySet) Keys() []*Key { return s.keys }

// candidates calls try with each key that a token may have been signed with,
// until one returns true. A token that names a key is held to that name; for
// one that does not, the keys that fit its algorithm are tried, in the set's
// order and not more than maxTries, so that a request cannot make the set's
// size its own cost. It reports whether there was a key to try.
func (s *KeySet) candidates(t *JWS, try func(*Key) bool) bool {
	tries := 0
	for _, key := range s.keys {
		if !key.algorithms.Has(t.Header.Algorithm) {
			continue
		}
		if t.Header.HasKeyID && t.Header.KeyID != key.id {
			continue
		}
		if tries++; tries > maxTries || try(key) {
			break
		}
	}
	return tries > 0
}
