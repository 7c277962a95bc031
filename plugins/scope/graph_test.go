package scope

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// stands tells whether an entry stands for a scope.
func stands(entry, scope string) bool {
	if prefix, ok := wildcard(entry); ok {
		return strings.HasPrefix(scope, prefix)
	}
	return entry == scope
}

// reach returns all that a scope covers among names, step by step.
func reach(h Hierarchy, from string, names []string) map[string]bool {
	reached := map[string]bool{}
	for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
		for _, entry := range h[todo[0]] {
			for _, name := range names {
				if stands(entry, name) && !reached[name] {
					reached[name] = true
					todo = append(todo, name)
				}
			}
		}
	}
	return reached
}

// TestGraphsAgreeWithReading holds grants and cycles to their definition, on
// hierarchies made by chance.
func TestGraphsAgreeWithReading(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "b", "ab", "a:", "ac", "b:x", "b:y", "c", "a:*", "b:*"}
	cycles := 0
	for range 3000 {
		h := Hierarchy{}
		for range random.IntN(6) {
			key := letters[random.IntN(len(letters))]
			for range 1 + random.IntN(2) {
				entry := letters[random.IntN(len(letters))]
				if random.IntN(3) == 0 && !strings.HasSuffix(entry, "*") {
					entry += "*"
				}
				if !slices.Contains(h[key], entry) {
					h[key] = append(h[key], entry)
				}
			}
		}
		g := h.graph()
		grants := h.grants(letters)
		for key, entries := range h {
			want := reach(h, key, letters)
			want[key] = true
			got := map[string]bool{}
			for _, i := range grants[key] {
				got[letters[i]] = true
			}
			if !maps.Equal(got, want) {
				t.Fatalf("%v: %s covers %v, want %v", h, key, got, want)
			}
			for _, entry := range entries {
				_, wild := wildcard(entry)
				want := !wild && (entry == key || reach(h, entry, letters)[key])
				if got := g.cyclic(key, entry); got != want {
					t.Fatalf("%v: %s by %s is a cycle: %t, want %t", h, key, entry, got, want)
				}
				if want && entry != key {
					cycles++
					way := g.way(entry, key)
					for i := 1; i < len(way); i++ {
						if !slices.ContainsFunc(h[way[i-1]], func(e string) bool { return stands(e, way[i]) }) {
							t.Fatalf("%v: %v is no way", h, way)
						}
					}
				}
			}
		}
	}
	if cycles < 100 {
		t.Errorf("%d cycles, want at least 100", cycles)
	}
}

// TestLargeHierarchiesStart holds the start to the time a proxy has for it.
func TestLargeHierarchiesStart(t *testing.T) {
	var hierarchy, routes []string
	for i := range 1000 {
		hierarchy = append(hierarchy, fmt.Sprintf(`"s%03d:x":["s%03d:x","s%d*"]`, i, i+1, i))
		routes = append(routes, fmt.Sprintf(`{"match":{"path":{"exact":"/%d"}},"all_of":["s%03d:x"]}`, i, i))
	}
	start := time.Now()
	newEngine(t, `{"hierarchy":{`+strings.Join(hierarchy, ",")+`},"routes":[`+strings.Join(routes, ",")+`]}`)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
