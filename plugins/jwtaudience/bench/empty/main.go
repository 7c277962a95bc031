// Command empty is jwt-audience without its engine: the same callbacks, headers
// and metric, an identity of the same size handed on, and no look at the token.
// What it costs is the way into Wasm and back; what jwt-audience costs beyond it
// is the engine.
package main

import (
	"time"

	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter/background"
	"gatehouse/plugins/internal/policy"
)

func init() { background.Register("empty", event.Authentication, newEngine) }

func main() {}

// engine lets everything through.
type engine struct{ events event.Config }

func newEngine([]byte) (*engine, error) { return &engine{event.Config{Write: "none"}}, nil }

// identity is about what jwt-audience hands on for the tokens of the bench.
var identity = []policy.Property{{Name: "gatehouse.identity", Value: []byte(`{"iss":"https://idp.example.com","sub":"auth0|5b6c0f2e7d0f4a4300000001",` +
	`"client_id":"shop","aud":["orders-api"],"exp":2740176000,"iat":1793491200,"jti":"5b6c0f2e-7d0f-4a43-9a53-000000000001",` +
	`"scope":"orders:read orders:write profile"}`)}}

func (*engine) Reasons(policy.Outcome) []policy.Reason { return []policy.Reason{"accepted"} }

func (*engine) Decide(*policy.Request) policy.Decision {
	return policy.Decision{Outcome: policy.Allow, Reason: "accepted", Properties: identity}
}

func (e *engine) Events() *event.Config { return &e.events }

func (*engine) Tick(time.Time) policy.Work { return policy.Work{} }

func (*engine) Answer(time.Time, *policy.Answer) policy.Work { return policy.Work{} }
