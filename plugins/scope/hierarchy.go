package scope

import (
	"slices"
	"strings"

	"gatehouse/plugins/internal/config"
)

// Hierarchy says what scopes cover beside themselves, and through what they
// cover in turn. A key is the name of a scope as identities hold it. An entry is
// the name of a scope, or, with "*" at its end, all scopes that begin with what
// is before it: {"orders:*": ["orders:*"]} lets the holder of the scope "orders:*"
// do what needs any scope of orders. A "*" without an entry that says so is a
// character like any other.
//
//schema:is {"type":"object","maxProperties":1024,"propertyNames":{"minLength":1,"maxLength":256,"pattern":"^[!#-\\[\\]-~]+$"},"additionalProperties":{"type":"array","minItems":1,"maxItems":1024,"uniqueItems":true,"items":{"type":"string","minLength":1,"maxLength":256,"pattern":"^[!#-)+-\\[\\]-~]*([!#-)+-\\[\\]-~]|\\*)$"}}}
type Hierarchy map[string][]string

// UnmarshalConfig reads the scopes and refuses those that cover themselves.
func (h *Hierarchy) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Object {
		return v.Errorf(`want an object such as {"orders:write": ["orders:read"]}, got %s`, v.Kind())
	}
	if v.Len() > 1024 {
		return v.Errorf("want at most 1024 scopes")
	}
	*h = make(Hierarchy, v.Len())
	for i := range v.Len() {
		entries := v.Index(i)
		if !isScope(entries.Key()) {
			return entries.Errorf("want the name of a scope as the key: up to 256 visible ASCII characters without quotation marks and backslashes")
		}
		if entries.Kind() != config.Array || entries.Len() == 0 || entries.Len() > 1024 {
			return entries.Errorf("want a list of 1 to 1024 scopes")
		}
		var covered []string
		for j := range entries.Len() {
			entry := entries.Index(j)
			text := entry.Text()
			if entry.Kind() != config.String || !isScope(text) || strings.Contains(text[:len(text)-1], "*") {
				return entry.Errorf(`want the name of a scope, or what all scopes begin with and "*", as in "orders:*"`)
			}
			if slices.Contains(covered, text) {
				return entry.Errorf("the same as another entry, want each once")
			}
			covered = append(covered, text)
		}
		(*h)[entries.Key()] = covered
	}
	g := h.graph()
	for i := range v.Len() {
		entries := v.Index(i)
		for j := range entries.Len() {
			if g.cyclic(entries.Key(), entries.Index(j).Text()) {
				way := g.way(entries.Index(j).Text(), entries.Key())
				return entries.Index(j).Errorf("a scope covers itself: %s, want no cycle", strings.Join(append([]string{entries.Key()}, way...), " > "))
			}
		}
	}
	return nil
}

// wildcard returns what the scopes begin with that an entry stands for, and
// false if it names one scope.
func wildcard(entry string) (prefix string, ok bool) { return strings.CutSuffix(entry, "*") }
