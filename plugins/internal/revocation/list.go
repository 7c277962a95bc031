package revocation

import (
	"cmp"
	"slices"
	"time"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/jose"
)

// MaxEntries is how many ids, subjects, clients and times a list holds at most.
const MaxEntries = 1 << 16

// List is a list of what was revoked. As a document it is JSON (RFC 8259):
//
//	{
//	  "issued_before": 1767225600,
//	  "jti": ["9f6c…"],
//	  "client_id": ["old-app"],
//	  "issuers": {
//	    "https://issuer.example": {
//	      "issued_before": 1767225600,
//	      "jti": ["4be1…"],
//	      "sub": ["alice"],
//	      "client_id": ["other-app"],
//	      "sub_issued_before": {"bob": 1767312000}
//	    }
//	  }
//	}
//
// Each member may be left out. What stands beside "issuers" is about tokens of any
// issuer, what stands below one about its tokens only. Times are NumericDates (RFC
// 7519, Section 2): a token whose "iat" is before one is revoked, and so is a token
// without "iat". Unknown and duplicate members are errors, and so is an empty string.
//
//schema:is {"type":"object","properties":{"issued_before":{"type":"number"},"jti":{"type":"array","items":{"type":"string","minLength":1}},"client_id":{"type":"array","items":{"type":"string","minLength":1}},"issuers":{"type":"object","propertyNames":{"minLength":1},"additionalProperties":{"type":"object","properties":{"issued_before":{"type":"number"},"jti":{"type":"array","items":{"type":"string","minLength":1}},"sub":{"type":"array","items":{"type":"string","minLength":1}},"client_id":{"type":"array","items":{"type":"string","minLength":1}},"sub_issued_before":{"type":"object","propertyNames":{"minLength":1},"additionalProperties":{"type":"number"}}},"additionalProperties":false}}},"additionalProperties":false}
type List struct {
	any     scope
	issuers []scope // sorted by issuer
	entries int
}

// scope is what a list says of the tokens of one issuer, or of all.
type scope struct {
	issuer               string
	before               moment
	ids, subjects, users set
	clients              set
	// usersBefore are the moments of users.
	usersBefore []moment
}

// moment is a time in nanoseconds since 1970, without a pointer; 0 is none.
type moment int64

// maxMoment is the last moment: later ones count as this one.
const maxMoment = 1<<63 - 1

func momentOf(t time.Time) moment {
	switch seconds := t.Unix(); {
	case seconds > maxMoment/1_000_000_000-1:
		return maxMoment
	case seconds <= 0:
		return 0
	}
	return moment(t.UnixNano())
}

// after reports whether a token was issued before the moment, or may have been.
func (m moment) after(issuedAt time.Time) bool {
	return m != 0 && (issuedAt.IsZero() || momentOf(issuedAt) < m)
}

// ListError is what is wrong with a document.
type ListError struct {
	// Path leads to the member.
	Path []string
	// Problem says what is wrong and what is wanted, and quotes nothing.
	Problem string
}

// Error returns the problem. The path is not in it, which may hold what another
// party wrote.
func (e *ListError) Error() string { return "revocation list: " + e.Problem }

// ParseList reads a document.
func ParseList(text string) (*List, error) {
	o, err := jose.ParseObject(text)
	if err != nil {
		return nil, &ListError{Problem: "no JSON object, or one with duplicate members"}
	}
	l := &List{}
	if err := l.scope(&l.any, o, nil); err != nil {
		return nil, err
	}
	slices.SortFunc(l.issuers, func(a, b scope) int { return cmp.Compare(a.issuer, b.issuer) })
	return l, nil
}

// scope reads the members of the document, or of an issuer in it.
func (l *List) scope(into *scope, o jose.Object, path []string) error {
	inside := path != nil
	for _, m := range o {
		at := append(slices.Clip(path), m.Name)
		var err error
		switch {
		case m.Name == "issued_before":
			into.before, err = l.moment(m.Value, at)
		case m.Name == "jti":
			into.ids, err = l.set(m.Value, at)
		case m.Name == "client_id":
			into.clients, err = l.set(m.Value, at)
		case m.Name == "sub" && inside:
			into.subjects, err = l.set(m.Value, at)
		case m.Name == "sub_issued_before" && inside:
			err = l.users(into, m.Value, at)
		case m.Name == "issuers" && !inside:
			err = l.members(m.Value, at, func(issuer string, v jose.Value) error {
				at := append(slices.Clip(at), issuer)
				below, err := jose.ParseObject(v.Raw())
				if err != nil {
					return &ListError{at, "want an object for an issuer"}
				}
				l.issuers = append(l.issuers, scope{issuer: issuer})
				return l.scope(&l.issuers[len(l.issuers)-1], below, at)
			})
		default:
			err = &ListError{at, "unknown member"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count counts entries.
func (l *List) count(n int, path []string) error {
	if l.entries += n; l.entries > MaxEntries {
		return &ListError{path, "more than 65536 entries"}
	}
	return nil
}

func (l *List) moment(v jose.Value, path []string) (moment, error) {
	t, ok := v.Date()
	if !ok {
		return 0, &ListError{path, "want a time as seconds since 1970"}
	}
	return momentOf(t), l.count(1, path)
}

func (l *List) set(v jose.Value, path []string) (set, error) {
	items, ok := v.Texts()
	if !ok || slices.Contains(items, "") {
		return set{}, &ListError{path, "want a list of strings that are not empty"}
	}
	if err := l.count(len(items), path); err != nil {
		return set{}, err
	}
	return newSet(items), nil
}

// users reads the times of subjects.
func (l *List) users(into *scope, v jose.Value, path []string) error {
	type user struct {
		name   string
		before moment
	}
	var users []user
	err := l.members(v, path, func(name string, v jose.Value) error {
		before, err := l.moment(v, path)
		users = append(users, user{name, before})
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(users, func(a, b user) int { return cmp.Compare(a.name, b.name) })
	names := make([]string, len(users))
	into.usersBefore = make([]moment, len(users))
	for i, u := range users {
		names[i], into.usersBefore[i] = u.name, u.before
	}
	into.users = newSet(names)
	return nil
}

// members calls a function for each member of an object.
func (l *List) members(v jose.Value, path []string, each func(name string, v jose.Value) error) error {
	if v.Kind() != jose.ObjectKind {
		return &ListError{path, "want an object"}
	}
	o, err := jose.ParseObject(v.Raw())
	if err != nil {
		return &ListError{path, "want an object"}
	}
	if len(o) > MaxEntries {
		return &ListError{path, "more than 65536 entries"}
	}
	for _, m := range o {
		if m.Name == "" {
			return &ListError{path, "a member without a name"}
		}
		if err := each(m.Name, m.Value); err != nil {
			return err
		}
	}
	return nil
}

// UnmarshalConfig reads a list that is part of a configuration.
func (l *List) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Object {
		return v.Errorf("want an object, got %s", v.Kind())
	}
	parsed, err := ParseList(string(v.Raw()))
	if fault, ok := err.(*ListError); ok {
		for _, name := range fault.Path {
			v = v.Field(name)
		}
		return v.Errorf("%s", fault.Problem)
	}
	*l = *parsed
	return nil
}

// Why says why a token is taken for revoked.
type Why uint8

const (
	// NotRevoked is the zero value.
	NotRevoked Why = iota
	// TokenID, Subject and Client are revoked by name.
	TokenID
	Subject
	Client
	// IssuedBefore is a token issued before a moment, or without "iat".
	IssuedBefore
	// Pending is a list that is being fetched for the first time. A request may
	// wait for it, and has to be denied if it cannot.
	Pending
	// Unavailable is a list that cannot be had, or is older than it may be.
	Unavailable
)

// String returns the word in snake case.
func (w Why) String() string {
	switch w {
	case TokenID:
		return "token_id"
	case Subject:
		return "subject"
	case Client:
		return "client"
	case IssuedBefore:
		return "issued_before"
	case Pending:
		return "pending"
	case Unavailable:
		return "unavailable"
	}
	return "not_revoked"
}

// token is what a list is asked about.
type token struct {
	issuer, subject, client, id string
	issuedAt                    time.Time
}

func (l *List) revoked(t *token) Why {
	if why := l.any.revoked(t); why != NotRevoked {
		return why
	}
	i, found := slices.BinarySearchFunc(l.issuers, t.issuer, func(s scope, issuer string) int { return cmp.Compare(s.issuer, issuer) })
	if found {
		return l.issuers[i].revoked(t)
	}
	return NotRevoked
}

func (s *scope) revoked(t *token) Why {
	switch {
	case s.ids.has(t.id):
		return TokenID
	case s.subjects.has(t.subject):
		return Subject
	case s.clients.has(t.client):
		return Client
	case s.before.after(t.issuedAt):
		return IssuedBefore
	}
	if t.subject != "" {
		if i := s.users.find(t.subject); i >= 0 && s.usersBefore[i].after(t.issuedAt) {
			return IssuedBefore
		}
	}
	return NotRevoked
}
