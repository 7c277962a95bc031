package scope

import (
	"slices"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
)

// identityProperty is the property that jwt-audience hands an identity on as:
// one JSON object with "iss", "sub", "client_id", "scope" and others, and in the
// member "claims" what else of the token it was told to hand on.
const identityProperty = "gatehouse.identity"

// identityPaths are the names that the property has for later filters.
var identityPaths = [...][]string{{identityProperty}, {"filter_state", "wasm." + identityProperty}}

// identity is who a request was found to be from, by whoever verified it: either
// a document or the payload in the metadata of Envoy.
type identity struct {
	policy.Identity
	// document is what jwt-audience left, more its member "claims".
	document, more jose.Object
	// payload is what jwt_authn left.
	payload *payload
}

// identify finds the identity of a request, and returns why it has none to go
// by, "" if it has one. What it returns is good until it is called again.
func (e *Engine) identify(r *policy.Request) (*holder, policy.Reason) {
	var document []byte
	found := 0
	if e.jwtAudience {
		for _, path := range identityPaths {
			var ok bool
			if document, ok = r.Attribute(path...); ok {
				found++
				break
			}
		}
	}
	var inMetadata []string
	for _, path := range e.payloads {
		if p := (payload{r, path}); p.exists() {
			found++
			inMetadata = path
		}
	}
	switch {
	case found == 0:
		return nil, ReasonIdentityMissing
	case found > 1:
		return nil, ReasonIdentityAmbiguous
	case inMetadata == nil:
		return e.holderOf(document)
	}
	who, reason := (&payload{r, inMetadata}).identity()
	if reason != "" {
		return nil, reason
	}
	e.unkept.identity = who
	e.hold(&e.unkept)
	// The payload is read by now, but for the grant, and its request is this one.
	return &e.unkept, ""
}

// documented reads the document that jwt-audience left.
func documented(document string) (identity, policy.Reason) {
	o, err := jose.ParseObject(document)
	if err != nil {
		return identity{}, ReasonIdentityMalformed
	}
	i := identity{document: o}
	if more := o.Get("claims"); more.Kind() == jose.ObjectKind {
		if i.more, err = jose.ParseObject(more.Raw()); err != nil {
			return identity{}, ReasonIdentityMalformed
		}
	} else if more.Kind() != jose.Absent {
		return identity{}, ReasonIdentityMalformed
	}
	for _, claim := range [...]struct {
		name string
		into *string
	}{{"iss", &i.Issuer}, {"sub", &i.Subject}, {"azp", &i.ClientID}, {"client_id", &i.ClientID}} {
		v := o.Get(claim.name)
		text, ok := v.Text()
		switch {
		case ok && text != "":
			*claim.into = text
		case !ok && v.Kind() != jose.Absent:
			return identity{}, ReasonIdentityMalformed
		}
	}
	if i.Issuer == "" && i.Subject == "" && i.ClientID == "" {
		// Nobody verified this.
		return identity{}, ReasonIdentityMalformed
	}
	return i, ""
}

// claim appends what is at a path to texts, whose memory it uses.
func (i *identity) claim(p *ClaimPath, texts []string) reading {
	r := reading{texts: texts}
	if i.payload != nil {
		i.payload.read(&r, i.payload.path, p.steps)
		return r
	}
	v := i.document.Get(p.steps[0].name)
	if v.Kind() == jose.Absent {
		v = i.more.Get(p.steps[0].name)
	}
	if v.Kind() != jose.Absent {
		r.read(v.Raw(), p.steps[1:])
	}
	return r
}

// clientCredentials is what grant_types call RFC 6749, Section 4.4.
const clientCredentials = "client_credentials"

// grantedBy tells whether the token was granted in one of the given ways.
func (i *identity) grantedBy(ways []string, claim *ClaimPath) (bool, policy.Reason) {
	r := i.claim(claim, nil)
	switch {
	case r.bad || len(r.texts) > 1:
		return false, ReasonClaimMalformed
	case len(r.texts) == 1:
		return slices.Contains(ways, r.texts[0]), ""
	}
	// RFC 9068, Section 2.2: where no resource owner is involved, "sub" names the
	// client.
	return i.Subject != "" && i.Subject == i.ClientID && slices.Contains(ways, clientCredentials), ""
}
