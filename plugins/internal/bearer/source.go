package bearer

import (
	"strings"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
)

// Source is a place of a request where a token may be.
type Source struct {
	_ struct{} `config:"exactlyone=header|cookie|query"`
	// Name of a header that holds the token, in any case. Optional: one of header,
	// cookie and query is required.
	Header match.HeaderName `json:"header"`
	// Authentication schemes before the token in the header, one of which must be
	// there: "Bearer" (RFC 6750), "DPoP" (RFC 9449) or any other. Default: "Bearer"
	// in the header authorization, none in other headers, whose value is the token.
	// Optional.
	Schemes []Scheme `json:"schemes" config:"minitems=1,maxitems=8"`
	// Name of a cookie whose value is the token (RFC 6265). Optional: one of header,
	// cookie and query is required.
	Cookie CookieName `json:"cookie"`
	// Name of a parameter of the query whose value is the token (RFC 6750, Section
	// 2.3 calls it "access_token"). URLs end up in logs: RFC 9700, Section 4.3.2
	// advises against it. Optional: one of header, cookie and query is required.
	Query string `json:"query" config:"minlen=1,maxlen=256"`
}

// Scheme is an authentication scheme (RFC 9110, Section 11.1).
//
//schema:is {"type":"string","minLength":1,"maxLength":64,"pattern":"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}
type Scheme string

// The schemes of tokens, as they are written in a challenge.
const (
	Bearer Scheme = "Bearer" // RFC 6750
	DPoP   Scheme = "DPoP"   // RFC 9449, Section 7.1
)

// UnmarshalConfig reads the scheme, and spells those it knows as the constants.
func (s *Scheme) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if v.Kind() != config.String || !policy.IsToken(text) || len(text) > 64 {
		return v.Errorf(`want an authentication scheme such as "Bearer"`)
	}
	*s = Scheme(text)
	for _, known := range [...]Scheme{Bearer, DPoP} {
		if strings.EqualFold(text, string(known)) {
			*s = known
		}
	}
	return nil
}

// CookieName is the name of a cookie (RFC 6265, Section 4.1.1), whose case
// matters.
//
//schema:is {"type":"string","minLength":1,"maxLength":256,"pattern":"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}
type CookieName string

// UnmarshalConfig reads the name.
func (c *CookieName) UnmarshalConfig(v config.Value) error {
	text := v.Text()
	if v.Kind() != config.String || !policy.IsToken(text) || len(text) > 256 {
		return v.Errorf("want the name of a cookie")
	}
	*c = CookieName(text)
	return nil
}

// ValidateConfig refuses schemes where there is none, and gives the header
// authorization the one it has if nothing else is said.
func (s *Source) ValidateConfig(v config.Value) error {
	switch {
	case s.Header == "" && s.Schemes != nil:
		return v.Field("schemes").Errorf("only a header has schemes")
	case s.Header == "cookie":
		return v.Field("header").Errorf(`want the source "cookie" for a cookie`)
	case s.Header == "authorization" && s.Schemes == nil:
		s.Schemes = []Scheme{Bearer}
	}
	for i := range s.Schemes {
		for j := range i {
			if strings.EqualFold(string(s.Schemes[i]), string(s.Schemes[j])) {
				return v.Field("schemes").Index(i).Errorf("the same as entry %d, want each once", j)
			}
		}
	}
	return nil
}

// Sources are the places where a token may be, in the order in which they are
// tried.
type Sources []Source

// ValidateConfig refuses a place that is named twice: it would always hold more
// than one token.
func (s *Sources) ValidateConfig(v config.Value) error {
	for i, a := range *s {
		for j, b := range (*s)[:i] {
			if a.Header == b.Header && a.Cookie == b.Cookie && a.Query == b.Query {
				return v.Index(i).Errorf("the same place as entry %d, want each once", j)
			}
		}
	}
	return nil
}

// defaults is where RFC 6750, Section 2.1 has the token.
var defaults = Sources{{Header: "authorization", Schemes: []Scheme{Bearer}}}

// Presented is what a request presents by way of a token.
type Presented struct {
	// Finding says whether there is a token. The other fields are set only if it
	// is [Single], but for Source, which Malformed has too.
	Finding Finding
	// Token shares memory with the headers, unless it had to be decoded.
	Token string
	// Scheme is the one before the token as the source spells it, and "" where
	// there is none.
	Scheme Scheme
	// Source is the index of the source, -1 if no single one is meant.
	Source int
}

// FindIn looks for a token in the sources; none stand for the header
// authorization with the scheme Bearer. A request that presents something in two
// of them is [Repeated], whatever it is: RFC 6750, Section 2 forbids more than one
// method, and which one an upstream reads is anyone's guess.
func FindIn(headers policy.Headers, sources Sources) Presented {
	if len(sources) == 0 {
		sources = defaults
	}
	found := Presented{Source: -1}
	for i := range sources {
		p := sources[i].find(headers)
		if p.Finding == None {
			continue
		}
		if p.Finding == Repeated || found.Finding != None {
			return Presented{Finding: Repeated, Source: -1}
		}
		p.Source = i
		found = p
	}
	return found
}

func (s *Source) find(headers policy.Headers) Presented {
	switch {
	case s.Cookie != "":
		token, finding := findCookie(headers, string(s.Cookie))
		return Presented{Finding: finding, Token: token}
	case s.Query != "":
		token, finding := findParameter(headers, s.Query)
		return Presented{Finding: finding, Token: token}
	}
	return findHeader(headers, string(s.Header), s.Schemes)
}

// Strip says how the headers of a request have to change so that it goes on
// without its token, good or not: which to remove, and which to set to another
// value, as in policy.Decision. Whatever else a request has at a source stays as it is,
// byte for byte, such as credentials of another scheme, other cookies and other
// parameters of the query; but several fields with cookies become one (RFC 9113,
// Section 8.2.3) if one of them held a token.
func Strip(headers policy.Headers, sources Sources) (remove []string, set policy.Headers) {
	if len(sources) == 0 {
		sources = defaults
	}
	cookies, cookiesChanged := "", false
	path, pathChanged := "", false
	for i := range sources {
		s := &sources[i]
		switch {
		case s.Cookie != "":
			if !cookiesChanged {
				cookies = joinCookies(headers)
			}
			var changed bool
			cookies, changed = stripCookie(cookies, string(s.Cookie))
			cookiesChanged = cookiesChanged || changed
		case s.Query != "":
			if !pathChanged {
				path, _ = headers.First(":path")
			}
			var changed bool
			path, changed = stripParameter(path, s.Query)
			pathChanged = pathChanged || changed
		case findHeader(headers, string(s.Header), s.Schemes).Finding != None:
			remove = append(remove, string(s.Header))
		}
	}
	if cookiesChanged {
		if cookies == "" {
			remove = append(remove, "cookie")
		} else {
			set = append(set, policy.Header{Name: "cookie", Value: cookies})
		}
	}
	if pathChanged {
		set = append(set, policy.Header{Name: ":path", Value: path})
	}
	return remove, set
}
