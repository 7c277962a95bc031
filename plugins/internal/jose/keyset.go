package jose

import "strconv"

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
	if len(text) > MaxKeySetSize {
		return nil, &KeySetError{-1, "", strconv.Itoa(len(text)) + " bytes, want at most " + strconv.Itoa(MaxKeySetSize)}
	}
	document, err := ParseObject(text)
	switch err {
	case nil:
	case ErrDuplicateMember:
		return nil, &KeySetError{-1, "", "two members of one name, want each once"}
	default:
		return nil, &KeySetError{-1, "", "want a JSON object with an array \"keys\""}
	}
	// A single JWK where the set belongs is the likeliest mistake.
	if document.Get("keys").Kind() == Absent && document.Get("kty").Kind() != Absent {
		return nil, &KeySetError{-1, "", "a single key, want {\"keys\": [ ... ]}"}
	}
	objects, ok := document.Get("keys").objects()
	if !ok {
		return nil, &KeySetError{-1, "keys", "want an array of objects"}
	}
	if len(objects) > MaxKeys {
		return nil, &KeySetError{-1, "keys", strconv.Itoa(len(objects)) + " keys, want at most " + strconv.Itoa(MaxKeys)}
	}
	set := &KeySet{}
	places := map[string]int{}
	for i, o := range objects {
		key, problem := parseKey(o)
		if problem != nil {
			return nil, &KeySetError{i, problem.Member, problem.Problem}
		}
		if key == nil {
			continue
		}
		if key.id != "" {
			if earlier, ok := places[key.id]; ok {
				return nil, &KeySetError{i, "kid", "already used by keys[" + strconv.Itoa(earlier) + "]"}
			}
			places[key.id] = i
		}
		set.keys = append(set.keys, key)
	}
	if len(set.keys) == 0 {
		return nil, &KeySetError{-1, "keys", "want at least 1 key that verifies signatures"}
	}
	return set, nil
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
