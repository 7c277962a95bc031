package image

import (
	"context"
	"encoding/json"
)

// AttachStatement attaches any statement, signed.
func AttachStatement(ctx context.Context, reference, predicateType string, predicate json.RawMessage, key *PrivateKey, o Options) error {
	s, err := openSubject(ctx, reference, o)
	if err != nil {
		return err
	}
	_, err = s.attachSealed(newStatement(s.Digest, predicateType, predicate), key)
	return err
}

// SealStatement signs a statement, OpenBundle verifies it.
func SealStatement(s *Statement, key *PrivateKey) ([]byte, error) { return s.seal(key) }
func OpenBundle(data []byte, key *PublicKey) (*Statement, error)  { return open(data, key) }
