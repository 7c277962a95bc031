package ruleset

import (
	"gatehouse/plugins/waf/literal"
	"gatehouse/plugins/waf/regex"
	"gatehouse/plugins/waf/transform"
)

// Set is a compiled rule set. It is not changed once an engine uses it.
type Set struct {
	// Rules in the order of the text, markers included. A chain is one of them:
	// its further rules hang on the first.
	Rules []SecRule
	// Operators are the different operators of the rules with their arguments.
	Operators []Operator
	// Pipelines are the different lists of transformations. Pipelines[0] is empty.
	Pipelines [][]transform.ID
	// Selectors are the expressions in targets such as ARGS:/^id_/.
	Selectors []Selector
	// Literals finds what the first LiteralOperators operators need to match: group
	// i belongs to Operators[i] and is empty where that operator needs none. It is
	// nil in a set whose literals were not prepared.
	Literals         *literal.Set
	LiteralOperators int
	// Settings are the directives that are not rules.
	Settings Settings
}

// SecRule is a SecRule, SecAction or SecMarker.
type SecRule struct {
	// ID is 0 for markers and for the further rules of a chain.
	ID int
	// Line is where the rule stands in its file.
	Line int
	// Phase from 1 to 5; 0 for markers, which are in every phase.
	Phase uint8
	// Marker is the name of a SecMarker, else empty.
	Marker string

	// Targets are what the operator is tried on; none for a SecAction.
	Targets []Target
	// Operator is a place in Set.Operators, -1 for a SecAction, which matches.
	Operator int
	// Negated says that the rule matches where its operator does not.
	Negated bool
	// Pipeline is a place in Set.Pipelines: what a value goes through first.
	Pipeline int
	// MultiMatch tries the operator before and after each transformation that
	// changes the value.
	MultiMatch bool
	// Capture puts what the operator matched into TX:0 to TX:9.
	Capture bool

	// Effects happen for each value that matches.
	Effects []Effect
	// Skip is how many rules are skipped when the whole chain matches.
	Skip int
	// SkipAfter is the marker that the transaction goes on after.
	SkipAfter string
	// Disruptive is what the chain does to the transaction.
	Disruptive Disruptive
	// Status is the HTTP status of deny, drop and redirect; 0 for their default.
	Status int
	// Redirect is where redirect leads to.
	Redirect string

	// Log says whether a match is reported.
	Log bool
	// Audit says whether a match belongs in the audit log.
	Audit bool
	// Severity from 0, emergency, to 7, debug; -1 if the rule has none.
	Severity int
	// Message and LogData as written, their macros not expanded.
	Message, LogData string
	// Revision and Version as written.
	Revision, Version string
	// Tags as written.
	Tags []string

	// Chain is the next rule of the chain, nil at its end.
	Chain *SecRule
}

// Target is a variable, or a part of one, that a rule looks at.
type Target struct {
	Variable VariableID
	// Count shows the number of values in place of the values.
	Count bool
	// Selector is the name of the values meant, in lower case; empty for all.
	Selector string
	// Regex is a place in Set.Selectors, or -1: names in lower case that match are
	// meant.
	Regex int
	// Exclusions are taken out.
	Exclusions []Exclusion
}

// Selector is an expression that selects by name.
type Selector struct {
	Pattern string
	Program *regex.Program
}

// Exclusion is a name that a target leaves out.
type Exclusion struct {
	// Selector is a name in lower case; empty, with no Regex, for all.
	Selector string
	// Regex is a place in Set.Selectors, or -1.
	Regex int
}

// Operator is an operator with its argument.
type Operator struct {
	// Name without @, spelled as documented.
	Name string
	// Argument as written.
	Argument string
	// Data is the text of the file or data set that the argument names.
	Data string
	// Regex is the program of rx, else nil.
	Regex *regex.Program
	// Needs are bytes of which a value has at least one that has a phrase of a pm,
	// and MinLen is the length of its shortest phrase. They are set where Literals
	// decide the operator.
	Needs  transform.ByteSet
	MinLen int
}

// EffectKind is a kind of effect.
type EffectKind uint8

const (
	// SetVar sets, changes or removes a TX variable.
	SetVar EffectKind = iota
	// SetEnv sets an ENV variable.
	SetEnv
	// Ctl and after: what the action ctl can do.
	CtlForceRequestBodyVariable
	CtlForceResponseBodyVariable
	CtlRequestBodyAccess
	CtlRequestBodyLimit
	CtlRequestBodyProcessor
	CtlResponseBodyAccess
	CtlResponseBodyLimit
	CtlResponseBodyProcessor
	CtlRuleEngine
	CtlRuleRemoveByID
	CtlRuleRemoveByMsg
	CtlRuleRemoveByTag
	CtlRuleRemoveTargetByID
	CtlRuleRemoveTargetByMsg
	CtlRuleRemoveTargetByTag

	numEffectKinds
)

// Effect is a change that a match makes to the transaction.
type Effect struct {
	Kind EffectKind
	// Remove takes the variable away: setvar:!tx.name.
	Remove bool
	// Key and Value of setvar and setenv.
	Key, Value Macro
	// Text is the value of a ctl: a switch, a number, a processor, a tag or message.
	Text string
	// First and Last are the rule ids of a ctl that names them.
	First, Last int
	// Variable and Exclusion are what ctl:ruleRemoveTarget… takes away.
	Variable  VariableID
	Exclusion Exclusion
}

// Disruptive is what a rule does to the transaction.
type Disruptive uint8

const (
	// Pass goes on.
	Pass Disruptive = iota
	// Deny answers with a status.
	Deny
	// Drop closes the connection.
	Drop
	// Redirect answers with another place.
	Redirect
	// Allow ends all phases without a denial.
	Allow
	// AllowPhase ends the phase.
	AllowPhase
	// AllowRequest ends the phases of the request.
	AllowRequest

	numDisruptives
)

// String is the action's name.
func (d Disruptive) String() string {
	return [...]string{"pass", "deny", "drop", "redirect", "allow", "allow:phase", "allow:request"}[d]
}

// Mode is SecRuleEngine.
type Mode uint8

const (
	// Off evaluates nothing.
	Off Mode = iota
	// On evaluates and acts.
	On
	// DetectionOnly evaluates and does not act.
	DetectionOnly
)

// LimitAction is what a body over its limit leads to.
type LimitAction uint8

const (
	// Reject denies.
	Reject LimitAction = iota
	// ProcessPartial looks at what is within the limit and lets the rest pass.
	ProcessPartial
)

// Settings are the directives that are not rules. Sizes are in bytes.
type Settings struct {
	Mode                 Mode
	RequestBodyAccess    bool
	RequestBodyLimit     int64
	RequestLimitAction   LimitAction
	RequestJSONDepth     int
	ResponseBodyAccess   bool
	ResponseBodyLimit    int64
	ResponseLimitAction  LimitAction
	ResponseJSONDepth    int
	ResponseContentTypes []string
	ArgumentsLimit       int
}

// DefaultSettings are those of a text that sets nothing, as in Coraza 3.8.
func DefaultSettings() Settings {
	return Settings{
		Mode:                On,
		RequestBodyLimit:    134217728,
		RequestLimitAction:  Reject,
		RequestJSONDepth:    1024,
		ResponseBodyLimit:   524288,
		ResponseLimitAction: ProcessPartial,
		ResponseJSONDepth:   1024,
		ArgumentsLimit:      1000,
	}
}

// Index returns the place of the rule with an id, -1 if there is none.
func (s *Set) Index(id int) int {
	for i := range s.Rules {
		if s.Rules[i].ID == id && id != 0 {
			return i
		}
	}
	return -1
}
