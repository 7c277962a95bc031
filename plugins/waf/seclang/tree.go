package seclang

// Directive is one directive of a text, in the order of the text. Directives of
// an included file stand where its Include stood; the Include itself is not kept.
type Directive struct {
	// Pos is where the name of the directive begins.
	Pos Position
	// Name in its documented spelling, for example "SecRule".
	Name string
	// Ignored tells that the directive is known and well-formed and means nothing
	// in a gateway: files, audit logs, limits of other regular expression engines.
	Ignored bool
	// Args are the arguments as written: targets, operator and actions for a
	// SecRule, every type for SecResponseBodyMimeType, the name and the entries,
	// one a line, for a SecDataset, ids and the text that changes for SecRuleUpdateTargetById
	// and its kin, the whole rest of the line for all others.
	Args []Argument
	// Rule is what a SecRule or a SecAction says, nil for other directives.
	Rule *Rule
}

// Argument is one argument of a directive.
type Argument struct {
	// Pos is where Text begins, after an opening quote.
	Pos Position
	// Text without its quotes. In the operator of a SecRule \" has become ";
	// nothing else is an escape to SecLang.
	Text string
}

// Rule is the content of a SecRule or a SecAction.
type Rule struct {
	// Pos is that of the directive.
	Pos Position
	// Targets are nil for a SecAction.
	Targets []Target
	// Operator is nil for a SecAction.
	Operator *Operator
	// Actions as written, several disruptive ones too: of those the last one
	// counts.
	Actions []Action
	// Chained tells that the rule before has the action chain, so that this rule
	// is asked only when that one matched.
	Chained bool
}

// Target is one variable that a rule looks at, or looks away from.
type Target struct {
	// Pos is where the target begins, with its "!" or "&".
	Pos Position
	// Exclude ("!") takes what is selected away from the targets before it.
	Exclude bool
	// Count ("&") looks at how many values there are.
	Count bool
	// Variable in capitals; one that exists.
	Variable string
	// Selector is the part after the colon: a name in its own case, an XPath for
	// XML, or, if Regex is set, an expression without its slashes.
	Selector string
	// Selected tells that a selector was given.
	Selected bool
	// Regex tells that the selector was /…/ or '/…/'.
	Regex bool
}

// Operator is the test of a rule.
type Operator struct {
	// Pos is where the operator begins, with its "!" or "@"; where the expression
	// begins if there is none.
	Pos Position
	// Negated ("!") makes the rule match when the operator does not.
	Negated bool
	// Name in its documented spelling without "@", for example "pmFromFile"; "rx"
	// if there was none.
	Name string
	// Argument without spaces at its ends.
	Argument string
	// ArgumentPos is where Argument begins.
	ArgumentPos Position
}

// Action is one action of a rule.
type Action struct {
	// Pos is where the name of the action begins.
	Pos Position
	// Name in its documented spelling, for example "skipAfter".
	Name string
	// Value without spaces and single quotes at its ends. SecLang has no escapes
	// here: a backslash keeps the next byte from being read as syntax and stays.
	Value string
	// ValuePos is where Value begins, after an opening quote.
	ValuePos Position
	// Valued tells that there was a colon.
	Valued bool
}

// Source is a text with the name that positions in it carry.
type Source struct {
	// Name of the file.
	Name string
	// Text is what it holds.
	Text string
}
