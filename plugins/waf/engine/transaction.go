package engine

import (
	"strconv"
	"time"

	"gatehouse/plugins/waf/body"
	"gatehouse/plugins/waf/ruleset"
)

// entry is a value of a collection, with its name as it came and in lower case.
type entry struct {
	name, lower, value string
}

// Interruption is what a rule made of a transaction.
type Interruption struct {
	// Action is Deny, Drop or Redirect.
	Action ruleset.Disruptive
	// Status is the HTTP status that the rule names, or its action's own.
	Status int
	// Rule is the id of the rule, 0 for a body over its limit.
	Rule int
	// Location is where a redirect leads to.
	Location string
}

// Match is a rule that matched.
type Match struct {
	*ruleset.SecRule
	// Variable is where it matched first, NoVariable for a SecAction.
	Variable ruleset.VariableID
	// Message and Data are the rule's message and logdata, expanded, if the engine
	// explains.
	Message, Data string
}

// Transaction is one request and its response on their way through the phases.
// Strings given to it must not change until Close.
type Transaction struct {
	e *Engine

	keyed  [ruleset.Geo + 1][]entry
	single [ruleset.NumCollections]string
	tx     []txVar
	// dynamic are TX variables with names from macros, in the order in which they
	// came to be.
	dynamic []named
	scans   []scan
	arena   []byte
	strings []string
	nodes   []uint8
	words   []uint64
	scratch scratch
	// scanned says that all scans are up to date, at the level, and union what is a
	// candidate in any of them.
	scanned bool
	level   int
	union   []uint64
	caps    []int

	now          time.Time
	phase        int // the last that ran
	mode         ruleset.Mode
	allow        ruleset.Disruptive
	skip         int
	skipAfter    string
	current      *rule // the one that RULE is about
	said         Match // the first message of the chain that runs
	last         nameOfMatch
	matchedVars  []matchedVar
	removed      []uint64
	excluded     []uint64 // the rules of exclusions
	exclusions   []exclusion
	interruption *Interruption
	would        *Interruption // in DetectionOnly
	matches      []Match
	logged       int // how many of them are

	requestBody  bodyState
	responseBody bodyState
	query        body.Result
	form         body.Result
	answer       body.Result
}

// bodyState is what of a body is to be looked at.
type bodyState struct {
	access bool
	force  bool
	limit  int64
}

// exclusion is what ctl:ruleRemoveTarget… took away from a rule.
type exclusion struct {
	rule     int32
	variable ruleset.VariableID
	*ruleset.Exclusion
}

// Begin starts a transaction. id becomes UNIQUE_ID. Close gives it back.
func (e *Engine) Begin(now time.Time, id string) *Transaction {
	var t *Transaction
	if n := len(e.free); n > 0 {
		t, e.free = e.free[n-1], e.free[:n-1]
	} else {
		t = &Transaction{
			e:        e,
			tx:       make([]txVar, len(e.vars.list)),
			scans:    make([]scan, len(e.units)),
			removed:  make([]uint64, (len(e.rules)+63)/64),
			excluded: make([]uint64, (len(e.rules)+63)/64),
			union:    make([]uint64, e.bits),
		}
		union := make([]uint64, e.bits*len(e.units))
		for i := range t.scans {
			t.scans[i].union, union = union[:e.bits:e.bits], union[e.bits:]
		}
		t.scratch.init(e)
	}
	s := &e.set.Settings
	t.now = now
	t.mode = s.Mode
	t.requestBody = bodyState{access: s.RequestBodyAccess, limit: s.RequestBodyLimit}
	t.responseBody = bodyState{access: s.ResponseBodyAccess, limit: s.ResponseBodyLimit}
	for i := range 11 {
		t.tx[i].setText("")
	}
	for _, c := range zeros {
		t.single[c] = "0"
	}
	t.single[ruleset.HighestSeverity] = "255"
	t.single[ruleset.UniqueID] = id
	return t
}

// zeros are the variables that are "0" until something else is known.
var zeros = [...]ruleset.Collection{
	ruleset.FilesCombinedSize, ruleset.UrlencodedError, ruleset.URIParseError, ruleset.ArgumentsLimitReached,
	ruleset.FullRequestLength, ruleset.MultipartDataAfter, ruleset.MultipartDuplicatePartHeader, ruleset.MultipartInvalidQuoting,
	ruleset.OutboundDataError, ruleset.ReqbodyError, ruleset.ReqbodyProcessorError, ruleset.RequestBodyLength, ruleset.Duration,
}

// maxFree is how many ended transactions are kept for the next ones, and
// maxArena how many bytes of one's memory.
const (
	maxFree  = 64
	maxArena = 256 << 10
)

// Close ends the transaction and forgets its request and response.
func (t *Transaction) Close() {
	t.e.usual = max(min(t.tx[t.e.levelVar].integer(), maxLevel), 0)
	for i := range t.keyed {
		if cap(t.keyed[i]) > maxKept {
			t.keyed[i] = nil
		}
		clear(t.keyed[i])
		t.keyed[i] = t.keyed[i][:0]
	}
	clear(t.single[:])
	clear(t.tx)
	clear(t.dynamic)
	t.dynamic = t.dynamic[:0]
	for i := range t.scans {
		t.scans[i].reset()
	}
	clear(t.union)
	t.scanned, t.level = false, 0
	clear(t.strings)
	t.strings, t.nodes, t.words = t.strings[:0], t.nodes[:0], t.words[:0]
	if cap(t.arena) > maxArena {
		t.arena = nil
	}
	t.arena = t.arena[:0]
	clear(t.matchedVars[:cap(t.matchedVars)])
	t.matchedVars, t.last = t.matchedVars[:0], nameOfMatch{}
	t.phase, t.allow, t.skip, t.skipAfter, t.current = 0, 0, 0, "", nil
	clear(t.removed)
	clear(t.excluded)
	clear(t.exclusions)
	t.exclusions = t.exclusions[:0]
	t.interruption, t.would = nil, nil
	clear(t.matches)
	t.matches, t.logged = t.matches[:0], 0
	t.query.Reset()
	t.form.Reset()
	t.answer.Reset()
	if len(t.e.free) < maxFree {
		t.e.free = append(t.e.free, t)
	}
}

// maxKept is how many entries' memory a collection keeps.
const maxKept = 1024

// Matches are the rules that have matched so far, in order, with those that are
// not logged.
func (t *Transaction) Matches() []Match { return t.matches }

// Logged is how many of Matches are logged.
func (t *Transaction) Logged() int { return t.logged }

// Would is the first interruption that DetectionOnly kept from happening, nil if
// there was none.
func (t *Transaction) Would() *Interruption { return t.would }

func (t *Transaction) add(c ruleset.Collection, name, value string) {
	t.keyed[c] = append(t.keyed[c], entry{name, lower(name), value})
	t.scanned = false
}

// set changes a variable with one value.
func (t *Transaction) set(c ruleset.Collection, value string) {
	t.single[c] = value
	for _, u := range t.e.unitOf[c] {
		if u >= 0 {
			t.scans[u].reset()
			t.scanned = false
		}
	}
}

// value is a variable with one value. What depends on the time, or on sums, is
// made when it is asked for.
func (t *Transaction) value(c ruleset.Collection) string {
	switch c {
	case ruleset.ArgsCombinedSize:
		n := 0
		for _, c := range [...]ruleset.Collection{ruleset.ArgsGet, ruleset.ArgsPost} {
			for i := range t.keyed[c] {
				n += len(t.keyed[c][i].name) + len(t.keyed[c][i].value)
			}
		}
		return strconv.Itoa(n)
	case ruleset.MatchedVarName:
		return t.full(t.last)
	case ruleset.TimeEpoch:
		return strconv.FormatInt(t.now.Unix(), 10)
	case ruleset.Time:
		return t.now.Format(time.TimeOnly)
	case ruleset.TimeHour:
		return t.now.Format("15")
	case ruleset.TimeMin:
		return t.now.Format("04")
	case ruleset.TimeSec:
		return t.now.Format("05")
	case ruleset.TimeDay:
		return strconv.Itoa(t.now.Day())
	case ruleset.TimeMon:
		return strconv.Itoa(int(t.now.Month()))
	case ruleset.TimeYear:
		return strconv.Itoa(t.now.Year())
	case ruleset.TimeWday:
		return strconv.Itoa(int(t.now.Weekday()))
	}
	return t.single[c]
}

// DetectionOnly keeps this transaction from interrupting, whatever the rule set
// says. It is called right after Begin.
func (t *Transaction) DetectionOnly() {
	if t.mode == ruleset.On {
		t.mode = ruleset.DetectionOnly
	}
}
