package dpop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// Nonces issues the nonces of RFC 9449, Section 8, and knows them again without
// remembering any: the nonce of a period is an HMAC of its number. One is good in
// its period and in the next, so for one period at least and two at most, for
// every client. What it limits is how long ago, or how far ahead, a proof was
// made; that a proof is used once is the table's part.
//
// All threads and all gateways with one key and one period issue the same. It may
// not be used by two goroutines at a time.
type Nonces struct {
	key    [32]byte
	period int64
	// number is that of the period which current is for.
	number            int64
	current, previous string
}

// NewNonces returns the nonces of a key that nobody outside knows. The period is
// counted in seconds; less than one is an error.
func NewNonces(key [32]byte, period time.Duration) (*Nonces, error) {
	seconds := int64(period / time.Second)
	if seconds < 1 {
		return nil, fmt.Errorf("dpop: nonce period: %v, want at least 1s", period)
	}
	return &Nonces{key: key, period: seconds}, nil
}

// turn makes the nonces of the period that now is in.
func (n *Nonces) turn(now time.Time) {
	number := now.Unix() / n.period
	if number == n.number && n.current != "" {
		return
	}
	n.number, n.current, n.previous = number, n.make(number), n.make(number-1)
}

func (n *Nonces) make(number int64) string {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write([]byte("dpop nonce"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(n.period)))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(number)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// Issue returns the nonce to give a client.
func (n *Nonces) Issue(now time.Time) string {
	n.turn(now)
	return n.current
}

// accepts tells whether a nonce was issued in this period or the one before.
func (n *Nonces) accepts(now time.Time, nonce string) bool {
	n.turn(now)
	return same(nonce, n.current) || same(nonce, n.previous)
}
