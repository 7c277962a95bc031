package engine

import (
	"gatehouse/plugins/waf/operator"
	"gatehouse/plugins/waf/regex"
	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/transform"
)

// op is an operator.
type op struct {
	kind    opKind
	dfa     *regex.DFA
	program *regex.Program
	other   operator.Operator
	static  string // the argument, if it has no macros
	macro   macro
	number  int // the argument as a number, for the numeric operators
	compare comparison
	group   int  // in the literals of the set, -1 for none
	found   bool // the literals alone decide
	whole   bool // it matches every value, all of it
}

type opKind uint8

const (
	opOther opKind = iota
	opRegex
	opNumber
)

// comparison is a numeric operator.
type comparison uint8

const (
	equal comparison = iota
	atLeast
	above
	atMost
	below
)

var comparisons = map[string]comparison{"eq": equal, "ge": atLeast, "gt": above, "le": atMost, "lt": below}

// holds tells whether n compares so with the number wanted.
func (c comparison) holds(n, want int) bool {
	switch c {
	case equal:
		return n == want
	case atLeast:
		return n >= want
	case above:
		return n > want
	case atMost:
		return n <= want
	}
	return n < want
}

// node is a transformation after those of its parent. Node 0 is the value as it
// is.
type node struct {
	parent    int32
	transform transform.ID
	// triggers are the bytes without which it changes nothing; always says that it
	// can change even the empty value.
	triggers transform.ByteSet
	always   bool
}

// check is an operator on the values that a node gives: what rules share.
type check struct {
	op, node int32
	group    int32 // in the literals of the set, -1 for none
	level    int   // the lowest of its rules
}

// unit is a view of a collection whose values are scanned.
type unit struct {
	collection ruleset.Collection
	view       ruleset.View
	// groups[0] is for all values, the others for those of one name.
	groups []group
}

// group lists the checks for the values that it is for.
type group struct {
	name   string
	checks []int32
	// nodes are those of the checks and all before them in the tree, parents first;
	// nodeEnds[l] is how many of them are needed up to level l.
	nodes    []int32
	nodeEnds [maxLevel + 1]int32
	// probes are the checks in the order of their level; ends[l] is how many of them
	// there are up to level l.
	probes []probe
	ends   [maxLevel + 1]int32
}

// rule is a rule in the form in which it runs.
type rule struct {
	*ruleset.SecRule
	index   int32 // of the rule that begins the chain
	kind    ruleKind
	level   int
	capture bool // TX:0 to TX:9 are read by some rule
	targets []target
	// checks of a rule whose values are scanned: one, or with multiMatch one for
	// each step.
	checks  []int32
	pipe    []int32 // the nodes of the pipeline, node 0 first
	effects []effect
	chain   *rule
}

type ruleKind uint8

const (
	// always matches: SecAction.
	always ruleKind = iota
	// scanned: candidates are known from the scan.
	scanned
	// plain: every value is tried.
	plain
	// marker does nothing.
	marker
)

// target is a target with its names compiled.
type target struct {
	*ruleset.Target
	shows []ruleset.Collection
	units []int32
	regex *regex.DFA
	slot  int32 // of a TX variable with a fixed name, else -1
	// slots are those of the numbered TX variables that can be meant, where all are
	// or an expression is; prefix is what names have to begin with, and prefixOnly
	// says that nothing else is asked of them.
	slots      []int32
	prefix     string
	prefixOnly bool
}

// effect is an effect with its names compiled.
type effect struct {
	*ruleset.Effect
	slot  int32 // of the TX variable, -1 if its name has macros
	key   macro
	value macro
	// dynamic says that no name that key gives is numbered.
	dynamic bool
	add     int // what a fixed "+5" adds
	adds    bool
	// fixed is what a value without macros sets, if it does not add.
	fixed   string
	isFixed bool
	rules   []int32 // of a ctl that means rules
}

// step is a rule in a phase, with the step that skipAfter leads to and with what
// most often tells whether the rule matches: a phase then runs through a few
// kilobytes and leaves most of the rules themselves alone.
type step struct {
	rule int32
	jump int32
	// on is the check that onCheck looks up, the TX variable of onValue and onCount,
	// and number what they compare it with.
	on     int32
	number int32
	// brief is a place in Engine.briefs, -1 for none.
	brief   int32
	test    test
	compare comparison
	negated bool
	level   uint8
}

// brief is a rule of which a test is all that it asks, and setting TX variables
// all that it does.
type brief struct {
	effects []effect
	// match is what there is to say of it once it matched.
	match Match
}

// test is a way to know at once whether a rule matches.
type test uint8

const (
	// never: only the rule itself can tell.
	never test = iota
	// onCheck: it has one check, which no value may have passed.
	onCheck
	// onValue compares a TX variable with a number.
	onValue
	// onCount compares how many TX variables there are of a name, 0 or 1.
	onCount
	// onNothing: it matches.
	onNothing
	// isMarker: there is nothing to match.
	isMarker
)

// nextPhase is the jump to a marker that does not come any more in the phase.
const nextPhase = -1
