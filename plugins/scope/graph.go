package scope

import (
	"maps"
	"slices"
	"strings"
)

// graph is a hierarchy with the ways between its scopes.
type graph struct {
	hierarchy Hierarchy
	// keys are the scopes that cover others, in order.
	keys []string
	// edges lead from a key to the keys that its entries stand for, but itself.
	edges [][]int32
	// group numbers the keys that cover each other alike: whatever a key covers has
	// a lower number, or the same.
	group []int32
}

func (h Hierarchy) graph() *graph {
	g := &graph{hierarchy: h, keys: slices.Sorted(maps.Keys(h))}
	g.edges = make([][]int32, len(g.keys))
	for i, key := range g.keys {
		for _, entry := range h[key] {
			prefix, ok := wildcard(entry)
			if !ok {
				if j, isKey := slices.BinarySearch(g.keys, entry); isKey && j != i {
					g.edges[i] = append(g.edges[i], int32(j))
				}
				continue
			}
			first, _ := slices.BinarySearch(g.keys, prefix)
			for j := first; j < len(g.keys) && strings.HasPrefix(g.keys[j], prefix); j++ {
				if j != i {
					g.edges[i] = append(g.edges[i], int32(j))
				}
			}
		}
		slices.Sort(g.edges[i])
		g.edges[i] = slices.Compact(g.edges[i])
	}
	g.number()
	return g
}

// number finds the strongly connected components, by Tarjan's algorithm ("Depth-
// First Search and Linear Graph Algorithms", 1972).
func (g *graph) number() {
	g.group = make([]int32, len(g.keys))
	index, low := make([]int32, len(g.keys)), make([]int32, len(g.keys))
	onStack := make([]bool, len(g.keys))
	var stack []int32
	var next, groups int32
	var visit func(v int32)
	visit = func(v int32) {
		next++
		index[v], low[v] = next, next
		stack, onStack[v] = append(stack, v), true
		for _, w := range g.edges[v] {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if onStack[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] < index[v] {
			return
		}
		for {
			w := stack[len(stack)-1]
			stack, onStack[w] = stack[:len(stack)-1], false
			g.group[w] = groups
			if w == v {
				break
			}
		}
		groups++
	}
	for v := range g.keys {
		if index[v] == 0 {
			visit(int32(v))
		}
	}
}

// cyclic tells whether a scope comes back to itself over one of its entries. A
// wildcard stands for the scope that has it, too, and is no cycle for that: only
// an entry that names one scope begins one.
func (g *graph) cyclic(key, entry string) bool {
	if _, ok := wildcard(entry); ok {
		return false
	}
	if entry == key {
		return true
	}
	i, _ := slices.BinarySearch(g.keys, key)
	j, isKey := slices.BinarySearch(g.keys, entry)
	return isKey && g.group[i] == g.group[j]
}

// way returns the scopes from one to another, both included, by one of the
// shortest ways there are.
func (g *graph) way(from, to string) []string {
	start, _ := slices.BinarySearch(g.keys, from)
	end, _ := slices.BinarySearch(g.keys, to)
	before := map[int32]int32{int32(start): -1}
	for queue := []int32{int32(start)}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g.edges[queue[0]] {
			if _, seen := before[next]; !seen {
				before[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	var way []string
	for at := int32(end); at >= 0; at = before[at] {
		way = append(way, g.keys[at])
	}
	slices.Reverse(way)
	return way
}

// grants returns what each scope that means anything covers of those that are
// needed, as indexes in order: itself, and what the hierarchy says.
func (h Hierarchy) grants(needed []string) map[string][]int32 {
	grants := make(map[string][]int32, len(needed)+len(h))
	index := make(map[string]int32, len(needed))
	for i, name := range needed {
		index[name] = int32(i)
		grants[name] = []int32{int32(i)}
	}
	g := h.graph()
	groups := int32(0)
	for _, group := range g.group {
		groups = max(groups, group+1)
	}
	members := make([][]int32, groups)
	for i, group := range g.group {
		members[group] = append(members[group], int32(i))
	}
	covered := make([]set, groups)
	for group := range members {
		covered[group] = newSet(len(needed))
		for _, i := range members[group] {
			g.cover(covered[group], i, needed, index)
			for _, j := range g.edges[i] {
				covered[group].union(covered[g.group[j]])
			}
		}
		list := covered[group].list()
		for _, i := range members[group] {
			grants[g.keys[i]] = list
		}
	}
	return grants
}

// cover adds what a key covers without the help of others.
func (g *graph) cover(into set, key int32, needed []string, index map[string]int32) {
	name := g.keys[key]
	if i, ok := index[name]; ok {
		into.add(i)
	}
	for _, entry := range g.hierarchy[name] {
		prefix, ok := wildcard(entry)
		if !ok {
			if i, ok := index[entry]; ok {
				into.add(i)
			}
			continue
		}
		for i := range needed {
			if strings.HasPrefix(needed[i], prefix) {
				into.add(int32(i))
			}
		}
	}
}
