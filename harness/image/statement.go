package image

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// The types of predicates that statements about images have.
const (
	// PredicateSignature says no more than that the image is signed, as cosign's does.
	PredicateSignature = "https://sigstore.dev/cosign/sign/v1"
	// PredicateSBOM is a CycloneDX document.
	PredicateSBOM = "https://cyclonedx.org/bom"
	// PredicateProvenance is SLSA provenance.
	PredicateProvenance = "https://slsa.dev/provenance/v1"
)

const (
	statementType = "https://in-toto.io/Statement/v1"
	// statementTypeV01 is what older tools write; nothing that is read here differs.
	statementTypeV01  = "https://in-toto.io/Statement/v0.1"
	statementMedia    = "application/vnd.in-toto+json"
	bundleMedia       = "application/vnd.dev.sigstore.bundle.v0.3+json"
	bundlePredicate   = "dev.sigstore.bundle.predicateType"
	bundleContent     = "dev.sigstore.bundle.content"
	bundleContentDSSE = "dsse-envelope"
)

// Statement is what somebody says about an image.
//
// See https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
type Statement struct {
	Type          string          `json:"_type"`
	Subject       []Subject       `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// Subject is what a statement is about.
type Subject struct {
	Name        string            `json:"name,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

// newStatement makes a statement about an image.
func newStatement(digest v1.Hash, predicateType string, predicate json.RawMessage) *Statement {
	return &Statement{
		Type: statementType, PredicateType: predicateType, Predicate: predicate,
		Subject: []Subject{{Digest: map[string]string{digest.Algorithm: digest.Hex}}},
	}
}

// about finds the image among the subjects of a statement.
func (s *Statement) about(digest v1.Hash) (*Subject, error) {
	for i := range s.Subject {
		if s.Subject[i].Digest[digest.Algorithm] == digest.Hex {
			return &s.Subject[i], nil
		}
	}
	if len(s.Subject) == 1 && s.Subject[0].Digest["sha256"] != "" {
		return nil, fmt.Errorf("it is about another image, sha256:%s", s.Subject[0].Digest["sha256"])
	}
	return nil, errors.New("it is about another image")
}

// bundle is a signed statement as sigstore keeps it; what keyless signing needs is
// left out, and stays unread.
//
// See https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
type bundle struct {
	MediaType string `json:"mediaType"`
	Material  struct {
		PublicKey *keyHint `json:"publicKey,omitempty"`
	} `json:"verificationMaterial"`
	Envelope *dsse.Envelope `json:"dsseEnvelope"`
}

type keyHint struct {
	Hint string `json:"hint"`
}

// seal signs a statement.
func (s *Statement) seal(key *PrivateKey) ([]byte, error) {
	public, err := key.Public()
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	signature, err := key.sign(dsse.PAE(statementMedia, payload))
	if err != nil {
		return nil, err
	}
	b := bundle{MediaType: bundleMedia}
	b.Material.PublicKey = &keyHint{public.Hint()}
	b.Envelope = &dsse.Envelope{
		PayloadType: statementMedia, Payload: base64.StdEncoding.EncodeToString(payload),
		Signatures: []dsse.Signature{{Sig: base64.StdEncoding.EncodeToString(signature)}},
	}
	return json.Marshal(b)
}

// errKey is a signature that a key does not verify.
var errKey = errors.New("the key does not verify it: it is of another key, or was tampered with")

// open verifies the signature of a bundle and reads its statement.
func open(data []byte, key *PublicKey) (*Statement, error) {
	var b bundle
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, fmt.Errorf("not a bundle: %w", err)
	}
	if b.Envelope == nil {
		return nil, errors.New("a bundle without a statement")
	}
	if b.Envelope.PayloadType != statementMedia {
		return nil, fmt.Errorf("payload of type %q, want %q", b.Envelope.PayloadType, statementMedia)
	}
	payload, err := b.Envelope.DecodeB64Payload()
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	message, verified := dsse.PAE(b.Envelope.PayloadType, payload), false
	for _, s := range b.Envelope.Signatures {
		if signature, err := base64.StdEncoding.DecodeString(s.Sig); err == nil && key.verify(message, signature) {
			verified = true
		}
	}
	if !verified {
		return nil, errKey
	}
	s := &Statement{}
	if err := json.Unmarshal(payload, s); err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	if s.Type != statementType && s.Type != statementTypeV01 {
		return nil, fmt.Errorf("statement of type %q, want %q", s.Type, statementType)
	}
	return s, nil
}
