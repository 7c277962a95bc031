package introspect

import (
	"fmt"
	"strings"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// MaxResponse is how many bytes an answer has at most.
const MaxResponse = 1 << 16

// Result is what the server says of an active token. It is not changed, and may be
// kept.
type Result struct {
	// Raw is the answer: a JSON object in which no member is there twice, at any
	// depth.
	Raw string
	// Claims are its members that are also claims of a JWT (RFC 7519), and in Object
	// all.
	Claims *jose.Claims
	// Scope is "scope", ClientID "client_id", Username "username" and TokenType
	// "token_type" (RFC 7662, Section 2.2); empty if they are not there.
	Scope, ClientID, Username, TokenType string
}

// Format implements fmt.Formatter: what is known of a token is not printed.
func (Result) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[introspection result]") }

// fault is what is wrong with an answer. It quotes nothing of it.
type fault string

// parse reads an answer (RFC 7662, Section 2.2). The result is nil if the token is
// not active: what else is said then does not count, but has to be JSON. A member of
// another type than it has to be makes it no answer.
func parse(a *policy.Answer) (*Result, fault) {
	if a.Failed {
		return nil, "no answer from its cluster"
	}
	switch status, _ := a.Headers.First(":status"); status {
	case "200":
	case "401", "403":
		return nil, "the endpoint does not accept the gateway's authentication"
	default:
		return nil, "an answer of another status than 200"
	}
	if a.Size > MaxResponse || a.Size != len(a.Body) {
		return nil, "an answer of more than 64 KiB"
	}
	kind, _ := a.Headers.First("content-type")
	kind, _, _ = strings.Cut(kind, ";")
	if !strings.EqualFold(strings.Trim(kind, " \t"), "application/json") {
		return nil, "an answer of another type than application/json"
	}
	raw := string(a.Body)
	o, err := jose.ParseObject(raw)
	if err != nil {
		return nil, "an answer that is no JSON object, or one with duplicate members"
	}
	active := o.Get("active")
	switch {
	case active.Kind() != jose.Bool:
		return nil, `an answer in which "active" is no boolean`
	case active.Raw() == "false":
		return nil, ""
	}
	claims, err := jose.ParseClaims(raw)
	if err != nil {
		claim, _ := err.(jose.ClaimError)
		return nil, fault(`an answer in which "` + string(claim) + `" has the wrong type`)
	}
	result := &Result{Raw: raw, Claims: claims}
	for _, text := range [...]struct {
		name string
		into *string
	}{{"scope", &result.Scope}, {"client_id", &result.ClientID}, {"username", &result.Username}, {"token_type", &result.TokenType}} {
		v := o.Get(text.name)
		var ok bool
		if *text.into, ok = v.Text(); !ok && v.Kind() != jose.Absent {
			return nil, fault(`an answer in which "` + text.name + `" has the wrong type`)
		}
	}
	return result, ""
}
