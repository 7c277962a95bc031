package seclang

import "strings"

// Setvar is what the value of a setvar action says.
type Setvar struct {
	// Remove ("!tx.key") takes the variable away.
	Remove bool
	// Key of the collection TX in its own case; may hold macros.
	Key string
	// Value may hold macros. With "+" or "-" before a number it is added to or
	// taken from what is there.
	Value string
	// Valued tells that there was an "=".
	Valued bool
}

// ParseSetvar reads the value of a setvar action, for example
// "tx.score=+%{tx.critical}". pos is where it stands. The error is of type
// [Errors].
func ParseSetvar(pos Position, value string) (Setvar, error) {
	var f faults
	set := parseSetvar(&f, passageAt(pos, value))
	return set, f.err()
}

func parseSetvar(f *faults, p passage) Setvar {
	var set Setvar
	fail := func(at passage, problem string) Setvar {
		f.add(at.pos(), "setvar: "+problem)
		return Setvar{}
	}
	if p.has('!') {
		set.Remove = true
		p = p.after(1)
	}
	left, value, valued := strings.Cut(p.s, "=")
	collection, key, dotted := strings.Cut(left, ".")
	if !sameName(collection, "TX") {
		switch strings.ToUpper(collection) {
		case "IP", "GLOBAL", "RESOURCE", "SESSION", "USER":
			return fail(p, strings.ToUpper(collection)+" is a persistent collection: "+noStore)
		}
		return fail(p, "want tx.name=value, got "+quote(p.s))
	}
	if !dotted || strings.TrimSpace(key) == "" {
		return fail(p.after(len(collection)), "want a name after tx.")
	}
	if !checkMacros(f, p.cut(len("tx."), len(left))) {
		return Setvar{}
	}
	if valued {
		right := p.after(len(left) + 1)
		switch {
		case set.Remove:
			return fail(right, "a variable that is removed takes no value")
		case value == "":
			return fail(right, `want a value after "="`)
		case !checkMacros(f, right):
			return Setvar{}
		}
	}
	set.Key, set.Value, set.Valued = key, value, valued
	return set
}
