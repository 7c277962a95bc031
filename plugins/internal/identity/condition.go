package identity

import (
	"strconv"

	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/jose"
)

// Claims returns the claims of a document as one JSON object, for conditions of
// package claim: its members, and those of its member "claims" whose names it has
// not itself. It returns "" for a payload in metadata.
func (i *Identity) Claims() string {
	switch {
	case i.claims != "" || i.payload != nil:
	case len(i.more) == 0:
		i.claims = i.text
	default:
		b := make([]byte, 0, len(i.text))
		add := func(m *jose.Member) {
			b = append(b, ',')
			b = jose.AppendText(b, m.Name)
			b = append(b, ':')
			b = append(b, m.Value.Raw()...)
		}
		for n := range i.document {
			add(&i.document[n])
		}
		for n := range i.more {
			if i.document.Get(i.more[n].Name).Kind() == jose.Absent {
				add(&i.more[n])
			}
		}
		b[0] = '{' // there was a comma
		i.claims = string(append(b, '}'))
	}
	return i.claims
}

// Match tells whether the claims meet a condition. A payload in metadata is read
// at paths of members only, see [claim.Path.Members]: it meets no condition with
// another one.
func (i *Identity) Match(m *claim.Matcher) bool {
	if i.payload == nil {
		return m.Match(i.Claims())
	}
	names, ok := m.Claim.Members()
	return ok && m.Match(i.payload.claims(names))
}

// claims returns a JSON object that has the value at a path, in so far as a
// condition could meet it: what is neither text, number, boolean nor a list of
// these is an empty object, and what could be null is.
func (p *payload) claims(names []string) string {
	path := append(p.path[:len(p.path):len(p.path)], names...)
	v, ok := p.request.Attribute(path...)
	if !ok {
		return "{}"
	}
	var b []byte
	for _, name := range names {
		b = append(b, '{')
		b = jose.AppendText(b, name)
		b = append(b, ':')
	}
	b = p.value(b, path, v)
	for range names {
		b = append(b, '}')
	}
	return string(b)
}

// value appends the JSON of a value.
func (p *payload) value(dst []byte, path []string, v []byte) []byte {
	if b, ok := appendScalar(dst, v); ok {
		return b
	}
	const object = "{}"
	if _, isList := p.at(path, "0"); !isList && len(v) != 4 {
		return append(dst, object...)
	}
	list := append([]byte(nil), '[')
	if !pairs(v, func(entry, nothing []byte) bool {
		if len(list) > 1 {
			list = append(list, ',')
		}
		var ok bool
		if list, ok = appendScalar(list, entry); !ok {
			list = append(list, object...)
		}
		return len(nothing) == 0
	}) {
		return append(dst, object...)
	}
	return append(append(dst, list...), ']')
}

func appendScalar(dst, v []byte) ([]byte, bool) {
	if len(v) == 0 {
		return append(dst, "null"...), true
	}
	if isText(v) {
		return jose.AppendText(dst, string(v)), true
	}
	if len(v) == 1 && v[0] <= 1 {
		return strconv.AppendBool(dst, v[0] == 1), true
	}
	number, ok := plainDouble(v)
	return append(dst, number...), ok
}
