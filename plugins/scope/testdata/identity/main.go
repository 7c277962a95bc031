// Command identity stands for jwt-audience in this package's tests: it hands on
// the value of the request header x-identity as the identity, and takes the
// header away.
package main

import (
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/filter"
	"gatehouse/plugins/internal/policy"
)

func init() {
	filter.Register("identity", event.APIActivity, func([]byte) (identity, error) { return identity{}, nil })
}

func main() {}

type identity struct{}

func (identity) Reasons(policy.Outcome) []policy.Reason { return []policy.Reason{"handed_on"} }

func (identity) Events() *event.Config { return &event.Config{Write: "none", Identity: "omit"} }

func (identity) Decide(r *policy.Request) policy.Decision {
	d := policy.Decision{Outcome: policy.Allow, Reason: "handed_on", RemoveHeaders: []string{"x-identity"}}
	if document, ok := r.Headers.First("x-identity"); ok {
		d.Properties = []policy.Property{{Name: "gatehouse.identity", Value: []byte(document)}}
	}
	return d
}
