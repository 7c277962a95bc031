package regex

import (
	"encoding/binary"
	"regexp/syntax"
	"unicode"
)

// maxGroups is how many groups are captured: 0 to 9, as TX.0 to TX.9.
const maxGroups = 10

// The operations of an automaton, in the low bits of inst.arg.
const (
	opFail  = iota // no way on
	opMatch        // the pattern has matched
	opRune         // one rune of set arg, then out
	opAlt          // out, or with lower priority arg
	opCap          // note the position in slot arg, then out
	opBegin        // an assertion on what is before, then out
	opEnd          // an assertion on what is after, or on both sides, then out
	opBits  = 3
	opMask  = 1<<opBits - 1
)

// inst is an instruction: an operation with its argument, and the next one.
type inst struct {
	out uint32
	arg uint32
}

func (i inst) op() uint32       { return i.arg & opMask }
func (i inst) argument() uint32 { return i.arg >> opBits }

// automaton is a program that is being compiled. Instruction 0 fails.
type automaton struct {
	code   []inst
	start  uint32
	groups int
	bytes  bool
	sets   []runeSet
	setID  map[string]int
	same   map[inst]uint32 // instructions that may stand for their equals
	open   []bool          // whether a loop may be reached without a rune
	empty  syntax.EmptyOp  // all assertions of the pattern
}

func newAutomaton(tree *syntax.Regexp, groups int, bytes bool) *automaton {
	a := &automaton{
		code:   make([]inst, 1),
		groups: min(groups, maxGroups),
		bytes:  bytes,
		setID:  map[string]int{},
		same:   map[inst]uint32{},
		open:   make([]bool, 1),
	}
	// Slots 0 and 1 are not instructions: the whole match begins where a thread
	// was started and ends where it matches.
	a.start = a.compile(tree, a.add(opMatch, 0, 0))
	a.layout()
	return a
}

// add returns an instruction, an equal one if there is one. Equal instructions
// do the same from here on, so that a thread at one of them makes a second
// thread at the other pointless. That is not so inside a loop that can be gone
// around without a rune: there a thread may come to the second instruction by
// way of the first and with other captures, so these stay apart.
func (a *automaton) add(op, arg, out uint32) uint32 {
	i := inst{out: out, arg: arg<<opBits | op}
	open := false
	switch op {
	case opRune, opMatch:
	case opAlt:
		open = a.open[out] || a.open[arg]
	default:
		open = a.open[out]
	}
	if !open {
		if id, ok := a.same[i]; ok {
			return id
		}
	}
	id := uint32(len(a.code))
	a.code = append(a.code, i)
	a.open = append(a.open, open)
	if !open {
		a.same[i] = id
	}
	return id
}

// loop returns an alternative that is filled in when its body is there.
func (a *automaton) loop() uint32 {
	a.code = append(a.code, inst{arg: opAlt})
	a.open = append(a.open, true)
	return uint32(len(a.code) - 1)
}

func (a *automaton) alt(first, second uint32) uint32 {
	switch {
	case first == 0 || first == second:
		return second
	case second == 0:
		return first
	}
	return a.add(opAlt, second, first)
}

// compile returns the instruction at which the expression begins whose end goes
// on at next. The order of alternatives is that of package regexp/syntax, which
// makes captures equal.
func (a *automaton) compile(re *syntax.Regexp, next uint32) uint32 {
	if next == 0 {
		return 0
	}
	greedy := re.Flags&syntax.NonGreedy == 0
	either := func(body, next uint32) uint32 {
		if greedy {
			return a.alt(body, next)
		}
		return a.alt(next, body)
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next
	case syntax.OpLiteral:
		for i := len(re.Rune) - 1; i >= 0; i-- {
			next = a.rune(literalSet(re.Rune[i], re.Flags&syntax.FoldCase != 0), next)
		}
		return next
	case syntax.OpCharClass:
		return a.rune(re.Rune, next)
	case syntax.OpAnyChar:
		return a.rune(anyRune, next)
	case syntax.OpAnyCharNotNL:
		return a.rune(notNL, next)
	case syntax.OpBeginLine:
		return a.assert(opBegin, syntax.EmptyBeginLine, next)
	case syntax.OpBeginText:
		return a.assert(opBegin, syntax.EmptyBeginText, next)
	case syntax.OpEndLine:
		return a.assert(opEnd, syntax.EmptyEndLine, next)
	case syntax.OpEndText:
		return a.assert(opEnd, syntax.EmptyEndText, next)
	case syntax.OpWordBoundary:
		return a.assert(opEnd, syntax.EmptyWordBoundary, next)
	case syntax.OpNoWordBoundary:
		return a.assert(opEnd, syntax.EmptyNoWordBoundary, next)
	case syntax.OpCapture:
		if re.Cap >= maxGroups {
			return a.compile(re.Sub[0], next)
		}
		body := a.compile(re.Sub[0], a.add(opCap, uint32(2*re.Cap+1), next))
		if body == 0 {
			return 0
		}
		return a.add(opCap, uint32(2*re.Cap), body)
	case syntax.OpQuest:
		return either(a.compile(re.Sub[0], next), next)
	case syntax.OpStar, syntax.OpPlus:
		loop := a.loop()
		body := a.compile(re.Sub[0], loop)
		first, second := body, next
		if !greedy {
			first, second = next, body
		}
		a.code[loop] = inst{out: first, arg: second<<opBits | opAlt}
		switch {
		case re.Op == syntax.OpPlus:
			return body
		case !a.bytes && nullable(re.Sub[0]):
			// (x+)? has the order of priorities that x* is to have
			// (golang.org/issue/46123); rsc.io/binaryregexp does not know that.
			return either(body, next)
		}
		return loop
	case syntax.OpConcat:
		for i := len(re.Sub) - 1; i >= 0; i-- {
			next = a.compile(re.Sub[i], next)
		}
		return next
	case syntax.OpAlternate:
		first := uint32(0)
		for i := len(re.Sub) - 1; i >= 0; i-- {
			first = a.alt(a.compile(re.Sub[i], next), first)
		}
		return first
	}
	return 0 // OpNoMatch; Simplify leaves no others
}

func (a *automaton) assert(op uint32, empty syntax.EmptyOp, next uint32) uint32 {
	a.empty |= empty
	return a.add(op, uint32(empty), next)
}

// rune returns an instruction for one rune of a set.
func (a *automaton) rune(set runeSet, next uint32) uint32 {
	if a.bytes {
		set = set.within(0xff)
	}
	if len(set) == 0 {
		return 0
	}
	return a.add(opRune, uint32(a.set(set)), next)
}

func (a *automaton) set(set runeSet) int {
	var key []byte
	for _, r := range set {
		key = binary.AppendUvarint(key, uint64(r))
	}
	id, ok := a.setID[string(key)]
	if !ok {
		id = len(a.sets)
		a.sets = append(a.sets, set)
		a.setID[string(key)] = id
	}
	return id
}

func (a *automaton) last() rune {
	if a.bytes {
		return 0xff
	}
	return unicode.MaxRune
}

// nullable tells whether the compiler of regexp/syntax takes an expression for
// one that can match the empty string.
func nullable(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpNoMatch, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return nullable(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !nullable(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if nullable(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// layout numbers the instructions that can be reached from 0 on in the order in
// which they are tried, so that most are followed by their successor.
func (a *automaton) layout() {
	const unseen = ^uint32(0)
	id := make([]uint32, len(a.code))
	for i := range id {
		id[i] = unseen
	}
	var order []uint32
	stack := []uint32{a.start}
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for id[pc] == unseen {
			id[pc] = uint32(len(order))
			order = append(order, pc)
			i := a.code[pc]
			if i.op() == opFail || i.op() == opMatch {
				break
			}
			if i.op() == opAlt {
				stack = append(stack, i.argument())
			}
			pc = i.out
		}
	}
	code := make([]inst, len(order))
	for n, pc := range order {
		i := a.code[pc]
		switch i.op() {
		case opFail, opMatch:
		case opAlt:
			code[n] = inst{out: id[i.out], arg: id[i.argument()]<<opBits | opAlt}
			continue
		default:
			i.out = id[i.out]
		}
		code[n] = i
	}
	a.code, a.start = code, 0
}

// matchesOnlyAtStart tells whether a thread that is started after the first rune
// cannot get anywhere: every way from the start asserts that it is there.
func (a *automaton) matchesOnlyAtStart() bool {
	seen := make([]bool, len(a.code))
	stack := []uint32{0}
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch i := a.code[pc]; i.op() {
		case opFail:
		case opAlt:
			stack = append(stack, i.out, i.argument())
		case opCap:
			stack = append(stack, i.out)
		case opBegin:
			if syntax.EmptyOp(i.argument()) != syntax.EmptyBeginText {
				stack = append(stack, i.out)
			}
		case opEnd:
			stack = append(stack, i.out)
		default:
			return false
		}
	}
	return true
}

// asksBackLater tells whether an assertion on what is before can follow one on
// what is after without a rune between them.
func (a *automaton) asksBackLater() bool {
	seen := make([]bool, len(a.code))
	var stack []uint32
	for _, i := range a.code {
		if i.op() == opEnd {
			stack = append(stack, i.out)
		}
	}
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch i := a.code[pc]; i.op() {
		case opBegin:
			return true
		case opAlt:
			stack = append(stack, i.out, i.argument())
		case opCap, opEnd:
			stack = append(stack, i.out)
		}
	}
	return false
}
