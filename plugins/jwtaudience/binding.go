package jwtaudience

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"

	"gatehouse/plugins/internal/bearer"
	"gatehouse/plugins/internal/dpop"
	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/internal/slot"
)

// binding is what proves that a client is the one a token was issued to.
type binding uint8

const (
	noBinding binding = iota
	anyBinding
	mtlsBinding
	dpopBinding
)

func bindingOf(name string) binding {
	switch name {
	case "any":
		return anyBinding
	case "mtls":
		return mtlsBinding
	case "dpop":
		return dpopBinding
	}
	return noBinding
}

// confirmation is the claim "cnf" of a token (RFC 7800).
type confirmation struct {
	certificate string // x5t#S256, RFC 8705
	key         string // jkt, RFC 9449
	// malformed says that one of the two is there and not what it should be.
	malformed bool
}

func confirmationOf(claims jose.Object) (c confirmation) {
	var good bool
	if c.key, good = dpop.Confirmation(claims); !good {
		return confirmation{malformed: true}
	}
	cnf := claims.Get("cnf")
	if cnf.Kind() == jose.Absent {
		return c
	}
	members, err := jose.ParseObject(cnf.Raw())
	if err != nil {
		return confirmation{malformed: true}
	}
	if x5t := members.Get("x5t#S256"); x5t.Kind() != jose.Absent {
		text, ok := x5t.Text()
		if !ok || text == "" {
			return confirmation{malformed: true}
		}
		c.certificate = text
	}
	return c
}

// prove checks what a token is bound to, and that it is bound to what is asked for. A
// token that is bound is never accepted without its proof, whether it is asked for
// or not. A proof by DPoP is used up by it, so this comes last.
func (e *Engine) prove(v *verified, want binding, presented bearer.Presented, request *policy.Request) policy.Reason {
	c := &v.confirmation
	switch {
	case c.malformed:
		return ReasonClaimMalformed
	case want == mtlsBinding && c.certificate == "", want == dpopBinding && c.key == "",
		want == anyBinding && c.certificate == "" && c.key == "":
		return ReasonBindingMissing
	case c.certificate != "" && !isCertificate(c.certificate, request):
		return ReasonCertificateMismatch
	case c.key != "":
		return e.proveKey(c.key, presented, request)
	case presented.Scheme == bearer.DPoP:
		// RFC 9449, Section 7.1: the scheme is for tokens that are bound to a key.
		return ReasonBindingMissing
	}
	return ""
}

// isCertificate compares "x5t#S256" (RFC 8705, Section 3.1) with the certificate
// that the client proved to have on this connection.
func isCertificate(thumbprint string, request *policy.Request) bool {
	digest, ok := request.Attribute("connection", "sha256_peer_certificate_digest")
	if !ok || len(digest) != hex.EncodedLen(32) {
		return false
	}
	var sum [32]byte
	if _, err := hex.Decode(sum[:], digest); err != nil {
		return false
	}
	var want [43]byte
	base64.RawURLEncoding.Encode(want[:], sum[:])
	return subtle.ConstantTimeCompare(want[:], []byte(thumbprint)) == 1
}

// proofs is what judging proofs by DPoP needs.
type proofs struct {
	want dpop.Want // but for what is of a request
	// nonces are nil unless they are asked for.
	nonces *dpop.Nonces
	seen   *slot.Table
	failed bool // to make ready
}

func (e *Engine) proveKey(thumbprint string, presented bearer.Presented, request *policy.Request) policy.Reason {
	// RFC 9449, Section 7.1: as a bearer token it is not accepted.
	if presented.Scheme != bearer.DPoP {
		return ReasonDPoPScheme
	}
	proof, reason := dpop.Find(request.Headers)
	if reason != "" {
		return reason
	}
	if !e.readyForProofs() {
		return dpop.ReasonReplayUnknown
	}
	want := e.proofs.want
	want.Method, _ = request.Headers.First(":method")
	authority, _ := request.Headers.First(":authority")
	path, _ := request.Headers.First(":path")
	want.URI = request.Scheme() + "://" + authority + path
	want.AccessToken, want.Thumbprint, want.Now = presented.Token, thumbprint, request.Now
	want.VerifySignature, want.Nonces, want.Seen = e.signature, e.proofs.nonces, e.proofs.seen
	_, reason = dpop.Verify(proof, &want)
	return reason
}

const (
	proofEntries = 32
	// noncesKey is where the key of nonces is, for all worker threads.
	noncesKey = "gatehouse/jwt-audience/dpop-nonces"
)

// readyForProofs makes the table of proofs when the first one comes: most gateways
// never see one.
func (e *Engine) readyForProofs() bool {
	p := &e.proofs
	if p.seen != nil || p.failed {
		return !p.failed
	}
	p.failed = true
	if e.host == nil {
		return false
	}
	table, err := slot.New(e.host, slot.Config{Prefix: "gatehouse/jwt-audience/dpop", Slots: (e.remember + proofEntries - 1) / proofEntries, Entries: proofEntries})
	if err != nil {
		return false
	}
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], e.host.Random())
	binary.LittleEndian.PutUint64(seed[8:], e.host.Random())
	if table.Start(seed) != nil {
		return false
	}
	p.seen, p.failed = table, false
	return true
}

// nonce returns the nonce for a client's next proof, "" if none is asked for.
func (e *Engine) nonce(request *policy.Request) string {
	if e.proofs.nonces == nil {
		return ""
	}
	return e.proofs.nonces.Issue(request.Now)
}

// startNonces agrees with the other threads on a key.
func (e *Engine) startNonces() {
	key := make([]byte, 32)
	for i := 0; i < len(key); i += 8 {
		binary.LittleEndian.PutUint64(key[i:], e.host.Random())
	}
	e.host.Set(noncesKey, key, policy.Absent)
	shared, _, ok := e.host.Get(noncesKey)
	if !ok || len(shared) != len(key) {
		shared = key
	}
	e.proofs.nonces, _ = dpop.NewNonces([32]byte(shared), e.noncePeriod)
}
