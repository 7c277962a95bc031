package engine

import (
	"gatehouse/plugins/waf/operator"
)

// linkNeeds numbers the sets of bytes that operators need and enters them at the
// checks. A need is a set; a value satisfies it with any of its bytes.
func (e *Engine) linkNeeds() {
	e.bits = (len(e.checks) + 63) / 64
	number := make(map[[4]uint64]int)
	var sets [][4]uint64
	needs := make([][]int, len(e.checks))
	for i := range e.checks {
		c := &e.checks[i]
		list, minLen := e.requires(int(c.op))
		c.minLen = minLen
		for _, set := range list {
			n, ok := number[set]
			if !ok {
				n = len(sets)
				number[set] = n
				sets = append(sets, set)
			}
			needs[i] = append(needs[i], n)
		}
	}
	e.words = (len(sets) + 63) / 64
	flat := make([]uint64, e.words*(len(e.checks)+256))
	for i := range e.checks {
		e.checks[i].needs, flat = flat[:e.words:e.words], flat[e.words:]
		for _, n := range needs[i] {
			e.checks[i].needs[n/64] |= 1 << (n % 64)
		}
	}
	for b := range e.rows {
		e.rows[b], flat = flat[:e.words:e.words], flat[e.words:]
		for n := range sets {
			if sets[n][b>>6]>>(b&63)&1 != 0 {
				e.rows[b][n/64] |= 1 << (n % 64)
			}
		}
	}
}

// requires are the sets of bytes that a value must have one of to match, and its
// least length.
func (e *Engine) requires(i int) (sets [][4]uint64, minLen int) {
	o := &e.ops[i]
	switch {
	case o.kind == opRegex:
		facts := o.program.Facts()
		for j := range facts.Sets {
			var set [4]uint64
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
			sets = append(sets, [4]uint64(*set))
		}
		return sets, minLen
	}
	return nil, 0
}
