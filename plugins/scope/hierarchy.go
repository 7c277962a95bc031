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
	for i := range v.Len() {
		entries := v.Index(i)
		for j := range entries.Len() {
			if cycle := h.cycle(entries.Key(), entries.Index(j).Text()); cycle != nil {
				return entries.Index(j).Errorf("a scope covers itself: %s, want no cycle", strings.Join(cycle, " > "))
			}
		}
	}
	return nil
}

// wildcard returns what the scopes begin with that an entry stands for, and
// false if it names one scope.
func wildcard(entry string) (prefix string, ok bool) { return strings.CutSuffix(entry, "*") }

// stands tells whether an entry stands for a scope.
func stands(entry, scope string) bool {
	if prefix, ok := wildcard(entry); ok {
		return strings.HasPrefix(scope, prefix)
	}
	return entry == scope
}

// cycle returns the scopes on the way from a scope over one of its entries back
// to it, nil if there is no way. A wildcard stands for the scope that has it, too,
// and is no cycle for that: only an entry that names one scope begins one.
func (h Hierarchy) cycle(from, entry string) []string {
	if _, ok := wildcard(entry); ok {
		return nil
	}
	if entry == from {
		return []string{from, from}
	}
	before := map[string]string{entry: from}
	for queue := []string{entry}; len(queue) > 0; queue = queue[1:] {
		for _, next := range h.next(queue[0]) {
			if _, seen := before[next]; seen {
				continue
			}
			before[next] = queue[0]
			if next == from {
				way := []string{from}
				for at := queue[0]; at != from; at = before[at] {
					way = append(way, at)
				}
				way = append(way, from)
				slices.Reverse(way)
				return way
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// next returns the keys that the entries of a scope stand for, but for itself,
// in the order of their names.
func (h Hierarchy) next(scope string) []string {
	var keys []string
	for _, entry := range h[scope] {
		if _, ok := wildcard(entry); !ok {
			if _, isKey := h[entry]; isKey {
				keys = append(keys, entry)
			}
			continue
		}
		for key := range h {
			if key != scope && stands(entry, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// covers returns which of the needed scopes a held one covers, itself included,
// as indexes into needed.
func (h Hierarchy) covers(held string, needed []string) []int32 {
	covered := make([]bool, len(needed))
	seen := map[string]bool{held: true}
	for queue := []string{held}; len(queue) > 0; queue = queue[1:] {
		for i := range needed {
			covered[i] = covered[i] || needed[i] == queue[0] || slices.ContainsFunc(h[queue[0]], func(entry string) bool { return stands(entry, needed[i]) })
		}
		for _, next := range h.next(queue[0]) {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	var indexes []int32
	for i, is := range covered {
		if is {
			indexes = append(indexes, int32(i))
		}
	}
	return indexes
}
