package regex

import "regexp/syntax"

// finder is a machine that runs threads with captures side by side, the one of
// highest priority first. Its memory is used again.
type finder struct {
	now, next threads
	slots     int
	stack     []jump
	work      []int // the slots of the thread that is being followed
}

// threads are the instructions that threads wait at, in order of priority.
type threads struct {
	pcs  []uint32
	caps []int // slots for each
	seen bitset
}

// jump is what is still to do when a thread has been followed: go on at pc, or
// if slot is not negative set it back to old.
type jump struct {
	pc   uint32
	slot int32
	old  int
}

// Find returns the positions of the leftmost match, and of the parts of it that
// groups 1 to 9 matched, as FindStringSubmatchIndex of package regexp does: a
// pair of indices for each group, -1 where it took no part, and nil if there is
// no match. The result is in the memory of caps if that is large enough.
func (d *DFA) Find(s string, caps []int) []int {
	c := d.cache
	if !d.built {
		return c.find.run(c.load(d.prog), s, 0, caps)
	}
	return c.find.run(d.loaded, s, d.leftmost(s), caps)
}

// run looks for the leftmost match that does not begin before position i. The
// byte before that, if it is not 0, is a rune.
func (f *finder) run(l *loaded, s string, i int, caps []int) []int {
	f.slots = 2 * l.prog.groups
	caps = caps[:0]
	found := false
	f.now.reset(len(l.code))
	if cap(f.work) < f.slots {
		f.work = make([]int, f.slots)
	}
	f.work = f.work[:f.slots]
	before := kindEdge
	if i > 0 {
		before = l.kinds[l.columns[s[i-1]]]
	}
	for {
		column, after := l.next(s, i)
		kind := l.kinds[column]
		// a match that begins further left goes before
		if !found && (i == 0 || !l.prog.has(flagAnchored)) {
			for n := range f.work {
				f.work[n] = -1
			}
			f.work[0] = i
			f.follow(l, &f.now, 0, i, assertions(before, kind))
		}
		if len(f.now.pcs) == 0 && (found || l.prog.has(flagAnchored)) {
			break
		}
		f.next.reset(len(l.code))
		next, _ := l.next(s, after)
		holds := assertions(kind, l.kinds[next])
		for n, pc := range f.now.pcs {
			in := l.code[pc]
			slots := f.now.caps[n*f.slots : (n+1)*f.slots]
			if in.op() == opMatch {
				found = true
				caps = append(caps[:0], slots...)
				caps[1] = i
				break // threads of lower priority
			}
			if i < len(s) && l.holds(in.argument(), column) {
				copy(f.work, slots)
				f.follow(l, &f.next, in.out, after, holds)
			}
		}
		f.now, f.next = f.next, f.now
		if i >= len(s) {
			break
		}
		before, i = kind, after
	}
	if !found {
		return nil
	}
	return caps
}

// follow adds the threads that a thread at pc with the slots in work becomes
// without a rune.
func (f *finder) follow(l *loaded, to *threads, pc uint32, i int, holds syntax.EmptyOp) {
	stack := append(f.stack[:0], jump{pc: pc, slot: -1})
	for len(stack) > 0 {
		j := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if j.slot >= 0 {
			f.work[j.slot] = j.old
			continue
		}
		pc := j.pc
	thread:
		for to.seen.add(pc) {
			in := l.code[pc]
			switch in.op() {
			case opFail:
				break thread
			case opMatch, opRune:
				to.pcs = append(to.pcs, pc)
				to.caps = append(to.caps, f.work...)
				break thread
			case opAlt:
				stack = append(stack, jump{pc: in.argument(), slot: -1})
			case opCap:
				slot := in.argument()
				stack = append(stack, jump{slot: int32(slot), old: f.work[slot]})
				f.work[slot] = i
			case opBegin, opEnd:
				if syntax.EmptyOp(in.argument())&holds == 0 {
					break thread
				}
			}
			pc = in.out
		}
	}
	f.stack = stack
}

func (t *threads) reset(insts int) {
	t.pcs, t.caps = t.pcs[:0], t.caps[:0]
	n := (insts + 63) / 64
	if len(t.seen) < n {
		t.seen = make(bitset, n)
	}
	clear(t.seen[:n])
}
