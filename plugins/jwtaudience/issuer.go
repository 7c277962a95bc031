package jwtaudience

import (
	"strings"
	"time"

	"gatehouse/plugins/internal/jose"
)

// issuer is an Issuer ready for tokens.
type issuer struct {
	name string
	// before and after are around the tenant, if isPattern.
	before, after string
	isPattern     bool
	tenants       []string // nil for any
	audiences     []string
	inline        *jose.KeySet // nil for none
	source        int          // of the keys that are fetched, -1 for none
	algorithms    jose.Algorithms
	skew          time.Duration
	maxLifetime   time.Duration // 0 for any
	types         []TokenType
	rfc9068       bool
	others        bool // tokens that are no access tokens are accepted too
	requirements
}

// tenantPlaceholder stands for a tenant in an issuer.
const tenantPlaceholder = "{tenant}"

func newIssuer(c *Issuer) *issuer {
	i := &issuer{
		name:       c.Issuer,
		tenants:    c.Tenants,
		audiences:  c.Audiences,
		source:     -1,
		algorithms: algorithms(c.Algorithms),
		skew:       c.ClockSkew.Std(),
		types:      c.TokenTypes,
		rfc9068:    c.Profile == "rfc9068",
		others:     c.AcceptOtherTokens,

		requirements: newRequirements(&c.Requirements),
	}
	i.before, i.after, i.isPattern = strings.Cut(c.Issuer, tenantPlaceholder)
	if c.JWKS != nil {
		i.inline = c.JWKS.set
	}
	if c.MaxLifetime != nil {
		i.maxLifetime = c.MaxLifetime.Std()
	}
	return i
}

// isNamed tells whether "iss" names the issuer. The characters of a tenant are such
// that none can reach beyond its place in the issuer.
func (i *issuer) isNamed(iss string) bool {
	if !i.isPattern {
		return iss == i.name
	}
	tenant, ok := strings.CutPrefix(iss, i.before)
	if !ok {
		return false
	}
	if tenant, ok = strings.CutSuffix(tenant, i.after); !ok || tenant == "" {
		return false
	}
	if i.tenants != nil {
		for _, t := range i.tenants {
			if t == tenant {
				return true
			}
		}
		return false
	}
	for j := range len(tenant) {
		c := tenant[j]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
