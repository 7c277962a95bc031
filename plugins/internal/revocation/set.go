package revocation

import (
	"slices"
	"sort"
	"strings"
)

// set is a set of strings. They lie sorted in one text, without a pointer for each
// that the garbage collector had to follow.
type set struct {
	text string
	// ends are where the strings end in text.
	ends []uint32
}

// newSet makes a set of strings, which it sorts.
func newSet(items []string) set {
	slices.Sort(items)
	items = slices.Compact(items)
	var b strings.Builder
	ends := make([]uint32, len(items))
	for i, item := range items {
		b.WriteString(item)
		ends[i] = uint32(b.Len())
	}
	return set{text: b.String(), ends: ends}
}

func (s *set) at(i int) string {
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.text[start:s.ends[i]]
}

// find returns the place of a string, -1 if it is not in the set.
func (s *set) find(item string) int {
	i := sort.Search(len(s.ends), func(i int) bool { return s.at(i) >= item })
	if i < len(s.ends) && s.at(i) == item {
		return i
	}
	return -1
}

// has reports whether the set holds a string. None has the empty one, which stands
// for a claim that is not there.
func (s *set) has(item string) bool { return item != "" && s.find(item) >= 0 }
