package scope

import (
	"slices"

	"gatehouse/plugins/internal/identity"
	"gatehouse/plugins/internal/policy"
)

// holder is what an identity holds.
type holder struct {
	// held is what the scopes cover of those that routes need. It is of no use if
	// one of the claims that they are read from is malformed.
	held      set
	malformed bool
}

// identify finds the identity of a request, and returns why it has none to go
// by, "" if it has one.
func (e *Engine) identify(r *policy.Request) (*identity.Identity, policy.Reason) {
	who, problem := e.identities.Read(r)
	return who, reasonOf(problem)
}

func reasonOf(p identity.Problem) policy.Reason {
	switch p {
	case "":
		return ""
	case identity.Missing:
		return ReasonIdentityMissing
	case identity.Ambiguous:
		return ReasonIdentityAmbiguous
	}
	return ReasonIdentityMalformed
}

// holderOf returns what an identity holds, good until it is called again.
func (e *Engine) holderOf(who *identity.Identity) *holder {
	if h, ok := who.Attached.(*holder); ok {
		return h
	}
	h := &e.unkept
	if who.Kept() {
		h = &holder{held: newSet(len(e.needed))}
		who.Attached = h
	}
	e.hold(h, who)
	return h
}

// clientCredentials is what grant_types call RFC 6749, Section 4.4.
const clientCredentials = "client_credentials"

// grantedBy tells whether a token was granted in one of the given ways.
func grantedBy(who *identity.Identity, ways []string, claim *identity.Path) (bool, policy.Reason) {
	found := who.Strings(claim, nil)
	switch {
	case found.Malformed || len(found.Texts) > 1:
		return false, ReasonClaimMalformed
	case len(found.Texts) == 1:
		return slices.Contains(ways, found.Texts[0]), ""
	}
	// RFC 9068, Section 2.2: where no resource owner is involved, "sub" names the
	// client.
	return who.Subject != "" && who.Subject == who.ClientID && slices.Contains(ways, clientCredentials), ""
}
