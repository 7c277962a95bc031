package scope

import (
	"math/bits"
	"slices"
	"strings"

	"gatehouse/plugins/internal/config"
)

// Requirement is a scope that is needed, or a list of requirements all or one of
// which have to be met: "orders:read", {"all_of": ["orders:read", {"any_of": ["eu",
// "us"]}]}.
//
//schema:is {"oneOf":[{"type":"string","minLength":1,"maxLength":256,"pattern":"^[!#-\\[\\]-~]*[!#-)+-\\[\\]-~]$"},{"type":"object","properties":{"all_of":{"type":"array","minItems":1,"maxItems":64,"items":{"$ref":"#/$defs/Requirement"}},"any_of":{"type":"array","minItems":1,"maxItems":64,"items":{"$ref":"#/$defs/Requirement"}}},"minProperties":1,"maxProperties":1,"additionalProperties":false}]}
type Requirement struct {
	scope string // empty for a list
	any   bool   // whether one of the list is enough
	list  []Requirement
}

// maxNesting is how deep lists may be nested in a route's own.
const maxNesting = 8

// UnmarshalConfig reads a scope or a list.
func (r *Requirement) UnmarshalConfig(v config.Value) error { return r.read(v, 0) }

func (r *Requirement) read(v config.Value, depth int) error {
	if v.Kind() == config.String {
		var name Scope
		if err := name.UnmarshalConfig(v); err != nil {
			return err
		}
		if strings.HasSuffix(string(name), "*") {
			return v.Errorf(`want the name of one scope: what a wildcard covers is said in hierarchy`)
		}
		r.scope = string(name)
		return nil
	}
	all, any := v.Field("all_of"), v.Field("any_of")
	if v.Kind() != config.Object || v.Len() != 1 || !all.Present() && !any.Present() {
		return v.Errorf(`want a scope, {"all_of": […]} or {"any_of": […]}`)
	}
	if depth == maxNesting {
		return v.Errorf("want lists nested at most %d deep", maxNesting)
	}
	list := all
	if any.Present() {
		list, r.any = any, true
	}
	if list.Kind() != config.Array || list.Len() == 0 || list.Len() > 64 {
		return list.Errorf("want a list of 1 to 64 scopes or lists")
	}
	r.list = make([]Requirement, list.Len())
	for i := range r.list {
		if err := r.list[i].read(list.Index(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// whole is what a route needs of scopes, the zero Requirement if nothing.
func (r *Route) whole() Requirement {
	all := slices.Clone(r.AllOf)
	if len(r.AnyOf) > 0 {
		all = append(all, Requirement{any: true, list: r.AnyOf})
	}
	if len(all) == 0 {
		return Requirement{}
	}
	return Requirement{list: all}
}

// need is a Requirement whose scopes are indexes.
type need struct {
	scope int32 // of a scope; the list is nil
	any   bool
	list  []need
}

// names gives scopes their indexes.
type names struct {
	list  []string
	index map[string]int32
}

func (n *names) of(scope string) int32 {
	i, ok := n.index[scope]
	if !ok {
		i = int32(len(n.list))
		n.index[scope] = i
		n.list = append(n.list, scope)
	}
	return i
}

func (n *names) compile(r *Requirement) need {
	if r.scope != "" {
		return need{scope: n.of(r.scope)}
	}
	c := need{any: r.any, list: make([]need, len(r.list))}
	for i := range r.list {
		c.list[i] = n.compile(&r.list[i])
	}
	return c
}

// set is a set of indexes.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i int32) bool { return s[i>>6]&(1<<(i&63)) != 0 }
func (s set) add(i int32)      { s[i>>6] |= 1 << (i & 63) }

func (s set) union(t set) {
	for i := range t {
		s[i] |= t[i]
	}
}

// list returns the indexes in order.
func (s set) list() []int32 {
	var list []int32
	for i := range s {
		for word := s[i]; word != 0; word &= word - 1 {
			list = append(list, int32(i<<6+bits.TrailingZeros64(word)))
		}
	}
	return list
}

// met tells whether what is held is enough. Nothing is met by an empty list of
// alternatives; an empty list of demands, which a configuration cannot write,
// demands nothing.
func (n *need) met(held set) bool {
	if n.list == nil {
		return held.has(n.scope)
	}
	for i := range n.list {
		if n.list[i].met(held) == n.any {
			return n.any
		}
	}
	return !n.any
}

// enough appends scopes that are enough: of alternatives the first.
func (n *need) enough(list []int32) []int32 {
	if n.list == nil {
		if !slices.Contains(list, n.scope) {
			list = append(list, n.scope)
		}
		return list
	}
	for i := range n.list {
		list = n.list[i].enough(list)
		if n.any {
			break
		}
	}
	return list
}
