//go:build !wasip1

package plugins_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/replay/replaytest"
)

// TestNoCanaryOfAnIssuerIsWritten has everything that is fetched for tokens hold canaries:
// key sets, metadata, answers to introspection, lists of what was revoked; good ones,
// broken ones and errors.
func TestNoCanaryOfAnIssuerIsWritten(t *testing.T) {
	s := newSearch()
	module := replaytest.Build(t, "./jwtaudience/wasm")
	const configuration = `{"mode":"MODE","events":"all","issuers":[
		{"issuer":"https://idp.example.com","audiences":["api"],"jwks_uri":{"uri":"https://idp.example.com/keys","cluster":"idp"},
			"introspection":{"endpoint":"https://idp.example.com/introspect","cluster":"idp","client_id":"gw","client_secret":"s3ss10n-canary-77ab41"}},
		{"issuer":"https://other.example.com","audiences":["api"],"discovery":{"cluster":"idp"}}],
		"revocation":{"fetch":[{"uri":"https://idp.example.com/revoked","cluster":"idp"}]}}`
	// What the issuer says to /keys, /introspect, the metadata and /revoked.
	answers := []string{
		`{"keys":[{"kty":QUOTED,"kid":QUOTED,"n":QUOTED},{"kty":"RSA","kid":QUOTED,"n":QUOTED,"e":QUOTED},{"kty":"oct","k":QUOTED},{"kty":"EC","crv":QUOTED,"d":QUOTED}]}`,
		`{"keys":QUOTED`, `QUOTED`, `TEXT`, `{QUOTED:QUOTED,QUOTED:1}`,
		`{"issuer":QUOTED,"jwks_uri":QUOTED}`, `{"issuer":"https://other.example.com","jwks_uri":"http://TEXT/keys"}`,
		`{"issuer":"https://other.example.com","jwks_uri":"https://idp.example.com/TEXT"}`,
		`{"active":true,"sub":QUOTED,"client_id":QUOTED,"scope":QUOTED,"aud":"api","exp":4102444800,"iss":"https://idp.example.com"}`,
		`{"active":QUOTED}`, `{"active":true,"exp":QUOTED,"aud":[1,QUOTED]}`,
		`{"jti":[QUOTED],"client_id":QUOTED}`, `{"issuers":{QUOTED:{"sub":[QUOTED,""],"sub_issued_before":{QUOTED:QUOTED}}}}`,
	}
	requests, lines, faults := 0, 0, 0
	for _, c := range []canary{canaries[0], canaries[2], canaries[3], canaries[6], canaries[9]} {
		for _, answer := range answers {
			for _, status := range []int{200, 500} {
				body := strings.NewReplacer("QUOTED", quoted(c.text), "TEXT", c.text).Replace(answer)
				if c.shapeless && strings.Contains(answer, `"sub":QUOTED,`) {
					continue // a subject, which is written
				}
				mode := "enforce"
				if status == 500 {
					mode = "shadow"
				}
				plugin := harness.Plugin{Name: "jwt-audience", Wasm: module, Configuration: configured(configuration, mode)}
				proxy, err := harness.Start(t.Context(), []harness.Plugin{plugin}, harness.Options{
					Now:          time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
					HTTPCallouts: []harness.HTTPCallout{{Cluster: "idp", Response: message(status, "application/json", body, "etag", quoted(c.text), "location", c.text)}},
				})
				if err != nil {
					t.Fatal(err)
				}
				ofAnother := canaryKey.Sign(`{"alg":"EdDSA","kid":`+quoted(c.text)+`}`, `{"iss":"https://other.example.com","aud":"api","exp":4102444800,"jti":`+quoted(c.text)+`}`)
				for _, token := range []string{"opaque-" + c.text, canaryToken(`,"sub":"alice"`), ofAnother} {
					request := asked("GET", "/x", harness.Header{Name: "authorization", Value: "Bearer " + token})
					result, err := proxy.Exchange(t.Context(), 0, harness.Exchange{Request: request, Response: message(200, "text/plain", "ok")})
					if err != nil {
						t.Fatal(err)
					}
					requests++
					if ours(result.Details) {
						s.hold(t, "an answer", textOf(&result.Response))
					}
				}
				if err := proxy.Advance(t.Context(), time.Minute); err != nil {
					t.Fatal(err)
				}
				for name := range proxy.Metrics() {
					s.hold(t, "a metric", name)
				}
				proxy.Close(t.Context())
				for _, entry := range proxy.Logs() {
					lines++
					for _, of := range []string{"keys: ", "metadata: ", "introspection: ", "revocation"} {
						if strings.Contains(entry.Message, of) {
							faults++
							break
						}
					}
					s.hold(t, c.name+" in "+answer, entry.Message)
				}
			}
		}
	}
	t.Logf("%d requests, %d lines, %d of them of what is wrong with an answer", requests, lines, faults)
	if requests < 300 || lines < 1000 || faults < 400 {
		t.Errorf("%d requests, %d lines, %d faults; want at least 300, 1000, 400", requests, lines, faults)
	}
}
