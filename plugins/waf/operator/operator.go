package operator

import (
	"fmt"
	"iter"

	"gatehouse/plugins/waf/transform"
)

// Operator decides whether a value matches.
type Operator interface {
	// Match tells whether the transformed value matches. arg is the argument with
	// its macros expanded; operators that take no macros ignore it. Match must not
	// be called at the same time by two goroutines.
	Match(value, arg string) bool
}

// requirer is an operator that knows what a matching value has.
type requirer interface {
	requires() (set *transform.ByteSet, minLen int)
}

// capturer is an operator that sets TX:0 to TX:9.
type capturer interface {
	captures(value string, yield func(int, string) bool)
}

// New compiles the argument of an operator. Names are those of Coraza, in its
// case. data is the text of the file or dataset that the argument names, for the
// operators that end in FromFile and FromDataset; others ignore it.
//
// An error tells what is wrong with the argument. Entries of address lists that
// are no addresses are no error: Coraza skips them, and so does New.
func New(name, argument, data string) (Operator, error) {
	if TakesMacros(name) && argument == "" {
		return nil, fmt.Errorf("%s needs an argument", name)
	}
	switch name {
	case "beginsWith":
		return beginsWith{}, nil
	case "endsWith":
		return endsWith{}, nil
	case "contains", "strmatch":
		return contains{}, nil
	case "within":
		return within{}, nil
	case "streq":
		return streq{}, nil
	case "eq":
		return eq{}, nil
	case "ge":
		return ge{}, nil
	case "gt":
		return gt{}, nil
	case "le":
		return le{}, nil
	case "lt":
		return lt{}, nil
	case "pm":
		return newPhrases(spaced(argument)), nil
	case "pmFromFile", "pmf":
		list, err := fileLines(data)
		if err != nil {
			return nil, err
		}
		return newPhrases(lowered(list)), nil
	case "pmFromDataset":
		return newPhrases(datasetLines(data)), nil
	case "ipMatch":
		return newNetworks(argument), nil
	case "ipMatchFromFile", "ipMatchF":
		list, err := fileLines(data)
		if err != nil {
			return nil, err
		}
		return newNetworks(list...), nil
	case "ipMatchFromDataset":
		list := datasetLines(data)
		if len(list) == 0 {
			return nil, fmt.Errorf("dataset %q has no entries", argument)
		}
		return newNetworks(list...), nil
	case "validateByteRange":
		return newByteRange(argument)
	case "validateUrlEncoding":
		return urlEncoding{}, nil
	case "validateUtf8Encoding":
		return utf8Encoding{}, nil
	case "validateNid":
		return newNID(argument)
	case "restpath":
		return newPathTemplate(argument)
	case "detectSQLi":
		return sqli{}, nil
	case "detectXSS":
		return xss{}, nil
	case "unconditionalMatch", "geoLookup": // Coraza has no geography: it always matches
		return unconditional(true), nil
	case "noMatch":
		return unconditional(false), nil
	}
	return nil, fmt.Errorf("unknown operator %q", name)
}

// TakesMacros tells whether %{…} in the argument of the operator is expanded each
// time it is evaluated. The argument must not be empty then.
func TakesMacros(name string) bool {
	switch name {
	case "beginsWith", "contains", "endsWith", "eq", "ge", "gt", "le", "lt", "streq", "strmatch", "within":
		return true
	}
	return false
}

// Requires returns what every value that op matches has: at least one byte of
// set, if that is not nil, and at least minLen bytes. A value without that need
// not be evaluated.
func Requires(op Operator) (set *transform.ByteSet, minLen int) {
	if r, ok := op.(requirer); ok {
		return r.requires()
	}
	return nil, 0
}

// Captures yields what an operator has for TX:0 to TX:9 of a value that matches,
// by number: the phrases of pm, the fingerprint of detectSQLi, the identifiers of
// validateNid. Other operators capture nothing.
func Captures(op Operator, value string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if c, ok := op.(capturer); ok {
			c.captures(value, yield)
		}
	}
}

// unconditional matches always or never.
type unconditional bool

func (u unconditional) Match(_, _ string) bool { return bool(u) }
