package redact

import (
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/format"
)

// maxSightings is how many different sightings are kept of a stream. What goes beyond
// is counted under the path "**".
const maxSightings = 64

// sightings collects what was changed in one stream, or would have been: each kind at
// each place once, with a count.
type sightings struct {
	list  []policy.Sighting
	index map[string]int
	key   []byte
}

// reset forgets all of them. The list has been handed out.
func (s *sightings) reset() {
	s.list = nil
	clear(s.index)
}

// note counts a value of a target. The path is what appendPath made of its place.
func (s *sightings) note(t *target, place string, path []byte) {
	s.key = append(append(append(append(s.key[:0], t.kind...), 0), place...), 0)
	head := len(s.key)
	s.key = append(s.key, path...)
	i, ok := s.index[string(s.key)]
	if !ok && len(s.list) >= maxSightings {
		s.key = append(s.key[:head], "**"...)
		i, ok = s.index[string(s.key)]
	}
	if !ok {
		if s.index == nil {
			s.index = map[string]int{}
		}
		i = len(s.list)
		s.index[string(s.key)] = i
		s.list = append(s.list, policy.Sighting{Kind: t.kind, Place: place, Path: string(s.key[head:]), Action: t.word, Clauses: t.clauses})
	}
	s.list[i].Count++
}

// appendPath appends where a value stands: names and [*] for indexes, "*" for a name
// that may be data, as keys of maps are.
func appendPath(dst []byte, p *format.Path) []byte {
	for i := range p.Depth() {
		name, _ := p.Element(i)
		if name == nil {
			dst = append(dst, "[*]"...)
			continue
		}
		if len(dst) > 0 {
			dst = append(dst, '.')
		}
		if !isName(name) {
			name = []byte{'*'}
		}
		dst = append(dst, name...)
		if len(dst) > maxPath {
			return append(dst[:maxPath], "…"...)
		}
	}
	return dst
}

// Bounds of a path in a sighting, in bytes: of all of it, and of a name.
const (
	maxPath = 256
	maxName = 40
)

// isName tells whether a name looks like one that a program gives: letters, "_", "-"
// and few digits. Names of people, addresses and numbers do not, but for a single
// word.
func isName(name []byte) bool {
	if len(name) == 0 || len(name) > maxName {
		return false
	}
	digits := 0
	for i, c := range name {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '-' && i > 0 || (c == '$' || c == '@') && i == 0:
		case '0' <= c && c <= '9':
			if digits++; digits > 3 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// sights are the sightings that have been told of: rule, route, kind, place and path.
type sights struct {
	known map[string]struct{}
	key   []byte
}

// maxSights is how many of them a worker thread remembers. When they are that many, no
// more is told of: whoever makes up paths must not fill memory or logs.
const maxSights = 4096

// first tells whether one of the sightings is the first of its kind, and remembers
// them. What another worker thread has told of is not told of again; host may be nil.
func (s *sights) first(host policy.Host, rule, route string, list []policy.Sighting) bool {
	fresh := false
	for i := range list {
		v := &list[i]
		s.key = s.key[:0]
		for _, part := range [...]string{rule, route, v.Kind, v.Place, v.Path} {
			s.key = append(append(s.key, part...), 0)
		}
		if _, ok := s.known[string(s.key)]; ok || len(s.known) >= maxSights {
			continue
		}
		if s.known == nil {
			s.known = map[string]struct{}{}
		}
		s.known[string(s.key)] = struct{}{}
		if host != nil {
			shared := "gatehouse.redact.seen." + string(s.key)
			if _, _, ok := host.Get(shared); ok {
				continue
			}
			host.Set(shared, []byte{1}, 0)
		}
		fresh = true
	}
	return fresh
}
