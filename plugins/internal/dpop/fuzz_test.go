package dpop

import (
	"encoding/json"
	"testing"

	"gatehouse/plugins/internal/jose/josetest"
)

// FuzzClaims signs whatever payload there is. What is accepted must be what
// encoding/json reads as a proof for the request.
func FuzzClaims(f *testing.F) {
	f.Add(payload("1", now))
	f.Add(`{"jti":"1","htm":"GET","htu":"https://api.example.com:443/orders","iat":1562262618.5,"ath":"` + Hash(token) + `","nonce":"x"}`)
	f.Add(`{"jti":"","htm":null,"htu":[],"iat":"1"}`)
	f.Fuzz(func(t *testing.T, payload string) {
		_, reason := Verify(client.Sign(header(client), payload), want())
		if reason != "" {
			return
		}
		var c struct {
			ID     string  `json:"jti"`
			Method string  `json:"htm"`
			URI    string  `json:"htu"`
			Issued float64 `json:"iat"`
			Hash   string  `json:"ath"`
		}
		if err := json.Unmarshal([]byte(payload), &c); err != nil {
			t.Fatalf("accepted %q: %v", payload, err)
		}
		if c.ID == "" || c.Method != "GET" || c.Hash != Hash(token) || c.Issued < 1_562_262_558 || c.Issued > 1_562_262_623 || !SameURI(c.URI, want().URI) {
			t.Fatalf("accepted %q", payload)
		}
	})
}

// FuzzVerify reads whatever is presented as a proof. Nothing but a signature of
// the client's is good.
func FuzzVerify(f *testing.F) {
	f.Add(proof(another, "1"))
	f.Add(josetest.Encode(header(client)) + ".e30.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, proof string) {
		if got, reason := Verify(proof, want()); reason == "" || got != "" {
			t.Fatalf("Verify(%q) = %q", proof, got)
		}
	})
}
