package identity

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"gatehouse/plugins/internal/claim"
	"gatehouse/plugins/internal/policy"
)

// payload is the payload of a token that Envoy's filter jwt_authn verified, in
// dynamic metadata.
//
// Envoy hands out a value of it without its type: a string as it is, a number as
// the 8 bytes of a double, a boolean as one byte, null as none, and an object or
// a list as pairs (Proxy-Wasm's encoding of a header map), the entries of a list
// with empty values. So what a claim is must be found out by asking further: only
// a list has an entry at 0. A string with control characters, which no scope has,
// counts as no string, and a number whose eight bytes are such a text counts as
// that text.
type payload struct {
	request *policy.Request
	// path leads to the payload.
	path []string
}

// payloadPath is where jwt_authn leaves a payload under a key.
func payloadPath(key string) []string {
	// The capacity is for the steps of a claim.
	return append(make([]string, 0, 4+maxSteps), "metadata", "filter_metadata", "envoy.filters.http.jwt_authn", key)
}

func (p *payload) exists() bool {
	if _, ok := p.at(p.path, "iss"); ok {
		return true
	}
	_, ok := p.request.Attribute(p.path...)
	return ok
}

// at returns what is at a member, or at an entry, of the value at path.
func (p *payload) at(path []string, name string) ([]byte, bool) {
	return p.request.Attribute(append(path[:len(path):cap(path)], name)...)
}

// identity returns who the payload is for.
func (p *payload) identity() (*Identity, Problem) {
	i := &Identity{payload: p}
	for _, claim := range [...]struct {
		name string
		into *string
	}{{"iss", &i.Issuer}, {"sub", &i.Subject}, {"azp", &i.ClientID}, {"client_id", &i.ClientID}} {
		v, ok := p.at(p.path, claim.name)
		switch {
		case ok && !isText(v):
			return nil, Malformed
		case len(v) > 0:
			*claim.into = string(v)
		}
	}
	if i.Issuer == "" && i.Subject == "" && i.ClientID == "" {
		return nil, Malformed
	}
	return i, ""
}

// maxEntries bounds how many entries of a list "#" asks for, each a call to the
// host.
const maxEntries = 256

// read appends what is at the steps from path on.
func (p *payload) read(r *reading, path []string, steps []step) {
	if len(steps) == 0 {
		p.leaf(r, path)
		return
	}
	s := steps[0]
	path = path[:len(path):cap(path)]
	switch s.kind {
	case member:
		p.read(r, append(path, s.name), steps[1:])
	case every:
		for i := range maxEntries {
			index := strconv.Itoa(i)
			if _, ok := p.at(path, index); !ok {
				break
			}
			p.read(r, append(path, index), steps[1:])
		}
		r.Single = false
	case keys:
		v, ok := p.request.Attribute(path...)
		if !ok {
			return
		}
		if !pairs(v, func(name, _ []byte) bool { r.Texts = append(r.Texts, string(name)); return isText(name) }) {
			r.Malformed = true
		}
	}
}

// leaf appends what reading.leaf does.
func (p *payload) leaf(r *reading, path []string) {
	v, ok := p.request.Attribute(path...)
	if !ok {
		return
	}
	if text, ok := r.text(v); ok {
		r.Texts = append(r.Texts, text)
		r.Single = true
		return
	}
	empty := len(v) == 4
	if _, isList := p.at(path, "0"); !isList && !empty {
		r.Malformed = true
		return
	}
	if !pairs(v, func(entry, nothing []byte) bool {
		text, ok := r.text(entry)
		r.Texts = append(r.Texts, text)
		return ok && len(nothing) == 0
	}) {
		r.Malformed = true
	}
}

// text returns what a value says, and false if it is none that is asked for.
func (r *reading) text(v []byte) (string, bool) {
	switch {
	case isText(v):
		return string(v), true
	case !r.scalars:
		return "", false
	case len(v) == 1 && v[0] <= 1:
		return strconv.FormatBool(v[0] == 1), true
	}
	return plainDouble(v)
}

// plainDouble returns the text of a number, and false if v is none. NaN and the
// infinities, which JSON has not, are none to PlainNumber.
func plainDouble(v []byte) (string, bool) {
	if len(v) != 8 {
		return "", false
	}
	number := math.Float64frombits(binary.LittleEndian.Uint64(v))
	return claim.PlainNumber(strconv.FormatFloat(number, 'g', -1, 64))
}

// isText tells whether a value can be a string that names something.
func isText(v []byte) bool {
	for _, c := range v {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(v)
}

// pairs takes the encoding of a header map apart: a count, the sizes of each
// name and value, then both with a zero byte behind. It returns false if that is
// not what v is, or one of the pairs is not accepted.
func pairs(v []byte, accept func(name, value []byte) bool) bool {
	if len(v) < 4 {
		return false
	}
	// Sizes are compared with what is left before they are used: all of them fit
	// 64 bits.
	count := uint64(binary.LittleEndian.Uint32(v))
	if count > uint64(len(v)-4)/8 {
		return false
	}
	sizes, data := v[4:4+8*count], v[4+8*count:]
	next := func() ([]byte, bool) {
		size := uint64(binary.LittleEndian.Uint32(sizes))
		sizes = sizes[4:]
		if size >= uint64(len(data)) || data[size] != 0 {
			return nil, false
		}
		part := data[:size]
		data = data[size+1:]
		return part, true
	}
	for len(sizes) > 0 {
		name, ok := next()
		if !ok {
			return false
		}
		value, ok := next()
		if !ok || !accept(name, value) {
			return false
		}
	}
	return len(data) == 0
}
