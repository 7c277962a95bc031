package engine

import (
	"slices"

	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/transform"
)

// probe is what a value must have for a check to match: at least minLen bytes,
// one of the bytes of set, and one of each of the sets that follow.
type probe struct {
	set      transform.ByteSet
	check    int32
	node     int32
	minLen   int32
	from, to int32 // of further sets in Engine.sets
	free     bool  // any value will do
}

// linkProbes works out the probes of all checks and orders them.
func (e *Engine) linkProbes() {
	e.bits = (len(e.checks) + 63) / 64
	probes := make([]probe, len(e.checks))
	for i := range e.checks {
		c := &e.checks[i]
		sets, minLen := e.requires(int(c.op))
		p := probe{check: int32(i), node: c.node, minLen: int32(minLen), free: len(sets) == 0, from: int32(len(e.sets))}
		if len(sets) > 0 {
			p.set = sets[0]
			e.sets = append(e.sets, sets[1:]...)
		}
		p.to = int32(len(e.sets))
		probes[i] = p
	}
	for u := range e.units {
		for g := range e.units[u].groups {
			e.linkGroup(&e.units[u].groups[g], probes)
		}
	}
}

func (e *Engine) linkGroup(g *group, probes []probe) {
	// By node within a level, so that the strings of candidates come in runs.
	slices.SortStableFunc(g.checks, func(a, b int32) int {
		x, y := &e.checks[a], &e.checks[b]
		if x.level != y.level {
			return x.level - y.level
		}
		return int(x.node - y.node)
	})
	for i, id := range g.checks {
		g.probes = append(g.probes, probes[id])
		// Nodes are entered by the lowest level that needs them, parents first.
		for _, n := range e.path(e.checks[id].node) {
			if !slices.Contains(g.nodes, n) {
				g.nodes = append(g.nodes, n)
			}
		}
		for level := e.checks[id].level; level <= maxLevel; level++ {
			g.ends[level], g.nodeEnds[level] = int32(i+1), int32(len(g.nodes))
		}
	}
}

// requires are the sets of bytes that a value must have one of to match, the most
// telling first, and its least length.
func (e *Engine) requires(i int) (sets []transform.ByteSet, minLen int) {
	o := &e.ops[i]
	switch {
	case o.found:
		if source := &e.set.Operators[i]; source.MinLen > 0 {
			return []transform.ByteSet{source.Needs}, source.MinLen
		}
	case o.whole:
	case o.kind == opRegex:
		facts := o.program.Facts()
		for j := range facts.Sets {
			var set transform.ByteSet
			for b := range 256 {
				if facts.Sets[j].Has(byte(b)) {
					set[b>>6] |= 1 << (b & 63)
				}
			}
			sets = append(sets, set)
		}
		return sets, facts.MinLen
	case o.other != nil:
		set, minLen := operator.Requires(o.other)
		if set != nil {
			sets = append(sets, *set)
		}
		return sets, minLen
	}
	return nil, 0
}

// sift writes the checks to out that a value may match and returns how many. It
// calls nothing, because calls are dear in Wasm.
func sift(probes []probe, sets []transform.ByteSet, at []uint8, present []transform.ByteSet, lengths []int32, out []int32) int {
	n := 0
next:
	for i := range probes {
		q := &probes[i]
		f := at[q.node]
		if lengths[f] < q.minLen {
			continue
		}
		if !q.free {
			p := &present[f]
			if q.set[0]&p[0]|q.set[1]&p[1]|q.set[2]&p[2]|q.set[3]&p[3] == 0 {
				continue
			}
			for j := q.from; j < q.to; j++ {
				s := &sets[j]
				if s[0]&p[0]|s[1]&p[1]|s[2]&p[2]|s[3]&p[3] == 0 {
					continue next
				}
			}
		}
		out[n] = q.check
		n++
	}
	return n
}
