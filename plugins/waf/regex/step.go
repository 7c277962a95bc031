package regex

import "regexp/syntax"

// A state is the set of instructions at which threads wait: those for a rune,
// and assertions on what is after. Assertions on what is before are decided when
// the state is made. With it goes what pending assertions need to know of what
// is before.

// stepper computes the state that follows another. Its memory is used again.
type stepper struct {
	prog  *loaded
	seen  bitset
	later bitset // what was reached beyond pending assertions
	stack []uint32
	// beyond are instructions for a rune that were reached so.
	beyond []uint32

	survived bool // whether a thread that was under way before is in the state

	kernel []uint32 // the state, in order
	before uint8    // what is before it
	from   []uint32 // the state that was left
}

func (s *stepper) use(l *loaded) {
	s.prog = l
	if n := (len(l.code) + 63) / 64; len(s.seen) < n {
		s.seen, s.later = make(bitset, n), make(bitset, n)
	}
}

// follow adds what can be reached from pc without a rune to seen, deciding
// assertions by those that are known and hold, and tells whether that is a match.
// Assertions on what is after are left pending unless all are known.
func (s *stepper) follow(seen bitset, pc uint32, holds syntax.EmptyOp, all bool) (matched bool) {
	code := s.prog.code
	stack := append(s.stack[:0], pc)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
	thread:
		for seen.add(pc) {
			i := code[pc]
			switch i.op() {
			case opFail:
				break thread
			case opMatch:
				s.stack = stack
				return true
			case opRune:
				if all {
					s.beyond = append(s.beyond, pc)
				}
				break thread
			case opAlt:
				stack = append(stack, i.argument())
			case opBegin:
				if syntax.EmptyOp(i.argument())&holds == 0 {
					break thread
				}
			case opEnd:
				if !all || syntax.EmptyOp(i.argument())&holds == 0 {
					break thread
				}
			}
			pc = i.out
		}
	}
	s.stack = stack
	return false
}

// begin makes the state at the start of the value, or reports a match.
func (s *stepper) begin() (matched bool) {
	return s.restart(kindEdge)
}

// restart makes the state of threads that start after a rune of some kind.
func (s *stepper) restart(before uint8) (matched bool) {
	n := (len(s.prog.code) + 63) / 64
	clear(s.seen[:n])
	if s.follow(s.seen, 0, assertions(before, 0), false) {
		return true
	}
	s.collect(before)
	return false
}

// advance makes the state after a rune of a column, or after the end of the
// value, or reports a match.
func (s *stepper) advance(column int) (matched bool) {
	l := s.prog
	n := (len(l.code) + 63) / 64
	kind := l.kinds[column]
	end := column == l.prog.endColumn()
	s.beyond = s.beyond[:0]
	if l.prog.has(flagEnds) {
		holds := assertions(s.before, kind)
		clear(s.later[:n])
		for _, pc := range s.kernel {
			if i := l.code[pc]; i.op() == opEnd && syntax.EmptyOp(i.argument())&holds != 0 {
				if s.follow(s.later, i.out, holds, true) {
					return true
				}
			}
		}
	}
	clear(s.seen[:n])
	s.kernel, s.from = s.from[:0], s.kernel
	if end {
		s.before = 0
		return false
	}
	after := assertions(kind, 0)
	s.survived = false
	for _, pcs := range [2][]uint32{s.from, s.beyond} {
		for _, pc := range pcs {
			if i := l.code[pc]; i.op() == opRune && l.holds(i.argument(), column) {
				s.survived = true
				if s.follow(s.seen, i.out, after, false) {
					return true
				}
			}
		}
	}
	switch {
	case l.prog.has(flagAnchored):
	case kind&kindNewline == 0:
		for w, word := range l.fresh {
			s.seen[w] |= word
		}
	case s.follow(s.seen, 0, after, false):
		return true
	}
	s.collect(kind)
	return false
}

// collect reads the state off what was seen.
func (s *stepper) collect(before uint8) {
	l := s.prog
	s.kernel = s.kernel[:0]
	pending := false
	s.seen[:(len(l.code)+63)/64].each(func(pc uint32) {
		switch l.code[pc].op() {
		case opEnd:
			pending = true
			s.kernel = append(s.kernel, pc)
		case opRune:
			s.kernel = append(s.kernel, pc)
		}
	})
	s.before = 0
	if pending {
		if l.prog.has(flagWords) {
			s.before = before & kindWord
		}
		if l.prog.has(flagBackLater) {
			s.before = before
		}
	}
}

// run simulates the automaton over s from position i on, the state being made.
func (s *stepper) run(value string, i int) (matched bool) {
	for {
		column, after := s.prog.next(value, i)
		if s.advance(column) {
			return true
		}
		if i >= len(value) || len(s.kernel) == 0 && s.prog.prog.has(flagAnchored) {
			return false
		}
		i = after
	}
}
