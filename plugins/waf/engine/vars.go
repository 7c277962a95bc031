package engine

import (
	"strconv"
	"strings"

	"gatehouse/plugins/waf/operator"
)

// names numbers the TX variables that the rules name, so that most reads and
// writes of them are an index.
type names struct {
	number map[string]int32
	list   []string
}

func (n *names) init() {
	n.number = make(map[string]int32)
	// Captures are the first ten, and TX:10 is there as in Coraza.
	for i := range 11 {
		n.slot(strconv.Itoa(i))
	}
}

// slot returns the number of a name in lower case.
func (n *names) slot(name string) int32 {
	at, ok := n.number[name]
	if !ok {
		at = int32(len(n.list))
		n.number[name] = at
		n.list = append(n.list, name)
	}
	return at
}

// txVar is the value of a TX variable. Scores are counted as numbers and become
// text only if a rule looks at them as such.
type txVar struct {
	set    bool
	number bool // n is the value, and s is nothing
	known  bool // n is what s comes to as a number
	n      int
	s      string
}

func (v *txVar) text() string {
	if v.number {
		return strconv.Itoa(v.n)
	}
	return v.s
}

func (v *txVar) setText(s string) { *v = txVar{set: true, s: s} }

// plus adds n as setvar does: an unset or empty variable counts as 0, and one
// that is no number stays as it is.
func (v *txVar) plus(n int) {
	if !v.number {
		old := 0
		if v.set && v.s != "" {
			var err error
			if old, err = strconv.Atoi(v.s); err != nil {
				return
			}
		}
		*v = txVar{set: true, number: true, n: old}
	}
	v.n += n
}

// integer is the value as numeric operators read it: 0 for text.
func (v *txVar) integer() int {
	if !v.number && !v.known {
		v.n, v.known = atoi(v.s), true
	}
	return v.n
}

// named is a TX variable whose name came from a macro.
type named struct {
	name string
	txVar
}

// variable returns the TX variable with a name in lower case, nil if it was
// never set. With make it comes to be, and the name must live as long as the
// transaction.
func (t *Transaction) variable(name string, make bool) *txVar {
	if at, ok := t.e.vars.number[name]; ok {
		return &t.tx[at]
	}
	return t.dynamicVariable(name, make)
}

// dynamicVariable is variable for a name that is not numbered.
func (t *Transaction) dynamicVariable(name string, make bool) *txVar {
	for i := range t.dynamic {
		if t.dynamic[i].name == name {
			return &t.dynamic[i].txVar
		}
	}
	if !make || len(t.dynamic) >= maxDynamic {
		return nil
	}
	t.dynamic = append(t.dynamic, named{name: name})
	return &t.dynamic[len(t.dynamic)-1].txVar
}

// maxDynamic bounds the TX variables that a request can name: CRS makes one for
// each argument and header.
const maxDynamic = 8192

// Number returns the TX variable with a name in lower case as a number, 0 if it
// is not set or is none.
func (t *Transaction) Number(name string) int {
	if v := t.variable(name, false); v != nil {
		return v.integer()
	}
	return 0
}

// atoi reads a number as SecLang's numeric operators do: what is none counts
// as 0, and one that is too large as the largest.
func atoi(s string) int { return int(operator.Number(s)) }

// lower is strings.ToLower without its work on text that is lower case already.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c-'A' < 26 {
			return strings.ToLower(s)
		}
	}
	return s
}
