package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/harness/envoy/load"
	"gatehouse/plugins/internal/jose/josetest"
)

// The provider that both filters are configured with.
const (
	issuer   = "https://idp.example.com"
	audience = "orders-api"
)

// keys are the provider's.
var keys = map[string]*josetest.Key{"RS256": josetest.New("RS256", "rs"), "ES256": josetest.New("ES256", "es")}

// jwks is its key set.
func jwks() string { return josetest.Set(keys["RS256"], keys["ES256"]) }

// kind is a kind of traffic.
type kind struct {
	name      string
	algorithm string
	// fresh tells whether no token comes twice.
	fresh bool
}

var (
	repeated   = &kind{"a repeated token, RS256", "RS256", false}
	firstRS256 = &kind{"first-seen tokens, RS256", "RS256", true}
	firstES256 = &kind{"first-seen tokens, ES256", "ES256", true}
	kinds      = []*kind{repeated, firstRS256, firstES256}
)

// known is the token that is repeated.
var known = token("RS256")

// traffic makes n requests, which may be fewer if they repeat.
func (k *kind) traffic(n int) []load.Request {
	if !k.fresh {
		return []load.Request{request(known)}
	}
	requests := make([]load.Request, n)
	for i := range requests {
		requests[i] = request(token(k.algorithm))
	}
	return requests
}

// made counts tokens.
var made atomic.Int64

// token signs a token that no other one is like: an access token as RFC 9068 has
// it, of a common size.
func token(algorithm string) string {
	now := time.Now().Unix()
	n := made.Add(1)
	return keys[algorithm].Token(fmt.Sprintf(`{"iss":%q,"aud":[%q],"exp":%d,"iat":%d,"sub":"auth0|5b6c0f2e7d0f4a43%08d","client_id":"shop",`+
		`"scope":"orders:read orders:write profile","jti":"5b6c0f2e-7d0f-4a43-9a53-%012d"}`, issuer, audience, now+86400, now-1, n%1e8, n))
}

func request(token string) load.Request {
	return load.Request("GET /orders/17 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench\r\naccept: */*\r\nauthorization: Bearer " + token + "\r\n\r\n")
}

// tampered are tokens that look like good ones and are not: of a token that
// was seen and of one that was not, with another payload, another signature, the
// signature of another token, and another key's.
func tampered() []load.Request {
	var requests []load.Request
	other := josetest.New("ES256", "es, of somebody else")
	for _, good := range []string{known, token("RS256"), token("ES256")} {
		parts := strings.Split(good, ".")
		foreign := strings.Split(token("RS256"), ".")
		if len(parts[2]) < 100 {
			foreign = strings.Split(token("ES256"), ".")
		}
		requests = append(requests,
			request(parts[0]+"."+foreign[1]+"."+parts[2]),
			request(parts[0]+"."+parts[1]+"."+foreign[2]),
			request(parts[0]+"."+parts[1]+"."+turned(parts[2])))
	}
	return append(requests, request(other.Sign(`{"alg":"ES256","kid":"es"}`, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d}`, issuer, audience, time.Now().Unix()+3600))))
}

// turned changes one character in the middle.
func turned(text string) string {
	b := []byte(text)
	if i := len(b) / 2; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

// status is a check that answers have one status.
func status(want int) func(int) error {
	return func(got int) error {
		if got != want {
			return fmt.Errorf("status %d, want %d", got, want)
		}
		return nil
	}
}
