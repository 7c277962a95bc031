package image

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// The types of PEM blocks that keys come in.
const (
	pemSigstore  = "ENCRYPTED SIGSTORE PRIVATE KEY"
	pemCosign    = "ENCRYPTED COSIGN PRIVATE KEY" // what cosign wrote before version 2
	pemPKCS8     = "PRIVATE KEY"
	pemSEC1      = "EC PRIVATE KEY"
	pemEncrypted = "ENCRYPTED PRIVATE KEY"
	pemPublic    = "PUBLIC KEY"
)

// PrivateKey signs images. It is one of ECDSA on the curve P-256, with SHA-256: what
// cosign makes and what every verifier of its signatures takes.
type PrivateKey struct{ key *ecdsa.PrivateKey }

// PublicKey verifies what the PrivateKey that belongs to it has signed.
type PublicKey struct {
	key *ecdsa.PublicKey
	der []byte
}

// GenerateKey makes a new key.
func GenerateKey() (*PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{key}, nil
}

// ParsePrivateKey reads a key in PEM. One that is encrypted, as cosign and
// PrivateKey.Encrypt write it, is opened with the password, which is asked for only
// then. One that is not, PKCS #8 or SEC 1 as openssl writes it, is taken as it is.
func ParsePrivateKey(data []byte, password func() ([]byte, error)) (*PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not a key in PEM")
	}
	der := block.Bytes
	switch block.Type {
	case pemSigstore, pemCosign:
		secret, err := password()
		if err != nil {
			return nil, err
		}
		if der, err = encrypted.Decrypt(block.Bytes, secret); err != nil {
			return nil, errors.New("the password does not open the key")
		}
	case pemPKCS8:
	case pemSEC1:
		key, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return nil, errors.New("not a private key in SEC 1")
		}
		return onP256(key)
	case pemEncrypted:
		return nil, errors.New("a key that is encrypted as PKCS #8: want one of harness image keygen or cosign generate-key-pair, or one that is not encrypted")
	case pemPublic:
		return nil, errors.New("a public key, want the private one")
	default:
		return nil, fmt.Errorf("PEM block %q, want a private key", block.Type)
	}
	// What the parser says may have parts of the key in it, and so is not passed on.
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("not a private key in PKCS #8")
	}
	return onP256(key)
}

func onP256(key any) (*PrivateKey, error) {
	k, ok := key.(*ecdsa.PrivateKey)
	if !ok || k.Curve != elliptic.P256() {
		return nil, errors.New("a key of another kind, want ECDSA on the curve P-256")
	}
	return &PrivateKey{k}, nil
}

// Encrypt writes the key in PEM, encrypted with a password: scrypt and NaCl's secret
// box, as cosign does, which reads it.
func (k *PrivateKey) Encrypt(password []byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, err
	}
	secret, err := encrypted.Encrypt(der, password)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemSigstore, Bytes: secret}), nil
}

// Public is the key that verifies.
func (k *PrivateKey) Public() (*PublicKey, error) { return newPublicKey(&k.key.PublicKey) }

// sign signs a message: the signature is ASN.1 in DER.
func (k *PrivateKey) sign(message []byte) ([]byte, error) {
	sum := sha256.Sum256(message)
	return ecdsa.SignASN1(rand.Reader, k.key, sum[:])
}

// ParsePublicKey reads a key in PEM (SubjectPublicKeyInfo, RFC 5280 section 4.1).
func ParsePublicKey(data []byte) (*PublicKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not a key in PEM")
	}
	if block.Type != pemPublic {
		return nil, fmt.Errorf("PEM block %q, want %q", block.Type, pemPublic)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a public key: %w", err)
	}
	k, ok := key.(*ecdsa.PublicKey)
	if !ok || k.Curve != elliptic.P256() {
		return nil, errors.New("a key of another kind, want ECDSA on the curve P-256")
	}
	return newPublicKey(k)
}

func newPublicKey(k *ecdsa.PublicKey) (*PublicKey, error) {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return nil, err
	}
	return &PublicKey{k, der}, nil
}

// Marshal writes the key in PEM.
func (k *PublicKey) Marshal() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: k.der})
}

// Hint tells keys apart: the SHA-256 of the key in DER, in base64. Bundles have it.
func (k *PublicKey) Hint() string {
	sum := sha256.Sum256(k.der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (k *PublicKey) verify(message, signature []byte) bool {
	sum := sha256.Sum256(message)
	return ecdsa.VerifyASN1(k.key, sum[:], signature)
}
