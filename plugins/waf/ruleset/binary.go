package ruleset

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"gatehouse/plugins/waf/literal"
	"gatehouse/plugins/waf/regex"
	"gatehouse/plugins/waf/transform"
)

// signature begins every encoded set; the digit counts the versions of the form.
const signature = "gatehouse ruleset 1\n"

// ErrCorrupt says that bytes are no encoded set, or not of this version.
var ErrCorrupt = errors.New("ruleset: corrupt, or made by another version")

// AppendBinary appends the set in the form that Read takes. The phrases of pm
// operators that Literals finds are left out.
func (s *Set) AppendBinary(dst []byte) []byte {
	w := &writer{buf: append(dst, signature...), seen: make(map[string]int)}
	body := &writer{seen: w.seen}
	body.set(s)
	w.int(len(body.table))
	for _, text := range body.table {
		w.int(len(text))
		w.buf = append(w.buf, text...)
	}
	return append(w.buf, body.buf...)
}

// writer encodes. Strings are numbers of a table, since tags and names repeat.
type writer struct {
	buf   []byte
	seen  map[string]int
	table []string
}

func (w *writer) int(n int)     { w.buf = binary.AppendVarint(w.buf, int64(n)) }
func (w *writer) int64(n int64) { w.buf = binary.AppendVarint(w.buf, n) }

func (w *writer) bool(b bool) {
	if b {
		w.buf = append(w.buf, 1)
	} else {
		w.buf = append(w.buf, 0)
	}
}

func (w *writer) string(s string) {
	i, ok := w.seen[s]
	if !ok {
		i = len(w.table)
		w.seen[s] = i
		w.table = append(w.table, s)
	}
	w.int(i)
}

func (w *writer) strings(list []string) {
	w.int(len(list))
	for _, s := range list {
		w.string(s)
	}
}

func (w *writer) set(s *Set) {
	w.int(len(s.Pipelines))
	for _, p := range s.Pipelines {
		w.int(len(p))
		for _, id := range p {
			w.string(id.String())
		}
	}
	w.int(len(s.Operators))
	for i := range s.Operators {
		o := &s.Operators[i]
		w.string(o.Name)
		w.string(o.Argument)
		if s.Found(i) {
			w.string("")
		} else {
			w.string(o.Data)
		}
		w.program(o.Regex)
		for _, word := range o.Needs {
			w.int64(int64(word))
		}
		w.int(o.MinLen)
	}
	w.int(s.LiteralOperators)
	w.bool(s.Literals != nil)
	if s.Literals != nil {
		w.buf = s.Literals.AppendBinary(w.buf)
	}
	w.int(len(s.Selectors))
	for i := range s.Selectors {
		w.string(s.Selectors[i].Pattern)
		w.program(s.Selectors[i].Program)
	}
	w.settings(&s.Settings)
	w.int(len(s.Rules))
	for i := range s.Rules {
		w.rule(&s.Rules[i])
	}
}

func (w *writer) program(p *regex.Program) {
	w.bool(p != nil)
	if p != nil {
		w.buf = p.AppendBinary(w.buf)
	}
}

func (w *writer) settings(s *Settings) {
	w.int(int(s.Mode))
	w.bool(s.RequestBodyAccess)
	w.int64(s.RequestBodyLimit)
	w.int(int(s.RequestLimitAction))
	w.int(s.RequestJSONDepth)
	w.bool(s.ResponseBodyAccess)
	w.int64(s.ResponseBodyLimit)
	w.int(int(s.ResponseLimitAction))
	w.int(s.ResponseJSONDepth)
	w.strings(s.ResponseContentTypes)
	w.int(s.ArgumentsLimit)
}

func (w *writer) rule(r *SecRule) {
	w.int(r.ID)
	w.int(r.Line)
	w.int(int(r.Phase))
	w.string(r.Marker)
	w.int(len(r.Targets))
	for i := range r.Targets {
		t := &r.Targets[i]
		w.string(t.Variable.String())
		w.bool(t.Count)
		w.exclusion(Exclusion{t.Selector, t.Regex})
		w.int(len(t.Exclusions))
		for _, e := range t.Exclusions {
			w.exclusion(e)
		}
	}
	w.int(r.Operator)
	w.int(r.Pipeline)
	for _, b := range [...]bool{r.Negated, r.MultiMatch, r.Capture, r.Log, r.Audit} {
		w.bool(b)
	}
	w.int(len(r.Effects))
	for i := range r.Effects {
		e := &r.Effects[i]
		w.int(int(e.Kind))
		w.bool(e.Remove)
		w.macro(e.Key)
		w.macro(e.Value)
		w.string(e.Text)
		w.int(e.First)
		w.int(e.Last)
		w.string(e.Variable.String())
		w.exclusion(e.Exclusion)
	}
	w.int(r.Skip)
	w.string(r.SkipAfter)
	w.int(int(r.Disruptive))
	w.int(r.Status)
	w.string(r.Redirect)
	w.int(r.Severity)
	w.string(r.Message)
	w.string(r.LogData)
	w.string(r.Revision)
	w.string(r.Version)
	w.strings(r.Tags)
	w.bool(r.Chain != nil)
	if r.Chain != nil {
		w.rule(r.Chain)
	}
}

func (w *writer) exclusion(e Exclusion) {
	w.string(e.Selector)
	w.int(e.Regex)
}

func (w *writer) macro(m Macro) {
	w.int(len(m))
	for _, t := range m {
		w.string(t.Text)
		w.string(t.Variable.String())
		w.string(t.Key)
	}
}

// Read reads what AppendBinary wrote. Strings of the set are parts of encoded,
// which is not copied.
func Read(encoded string) (*Set, error) {
	r := &reader{rest: encoded}
	if len(encoded) < len(signature) || encoded[:len(signature)] != signature {
		return nil, ErrCorrupt
	}
	r.rest = encoded[len(signature):]
	r.table = make([]string, r.length(1))
	for i := range r.table {
		n := r.length(1)
		r.table[i], r.rest = r.rest[:n], r.rest[n:]
	}
	s := r.set()
	if r.failed || r.rest != "" {
		return nil, ErrCorrupt
	}
	return s, nil
}

// reader decodes. After a fault every value it returns is zero.
type reader struct {
	rest   string
	table  []string
	failed bool
}

func (r *reader) fail() {
	r.failed = true
	r.rest = ""
}

func (r *reader) int64() int64 {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return int64(n>>1) ^ -int64(n&1)
		}
	}
	r.fail()
	return 0
}

func (r *reader) int() int { return int(r.int64()) }

// within reads a number from low to high-1.
func (r *reader) within(low, high int) int {
	n := r.int()
	if n < low || n >= high {
		r.fail()
		return low
	}
	return n
}

// length reads how many things follow, each at least size bytes long, so that
// corrupt bytes cannot ask for more memory than there is.
func (r *reader) length(size int) int {
	n := r.int()
	if n < 0 || n > len(r.rest)/size {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) bool() bool {
	if r.rest == "" {
		r.fail()
		return false
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b == 1
}

func (r *reader) string() string {
	n := r.int()
	if n < 0 || n >= len(r.table) {
		r.fail()
		return ""
	}
	return r.table[n]
}

func (r *reader) strings() []string {
	n := r.length(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.string()
	}
	return list
}

// bytes is what is left, for a reader of another package, which does not change it.
func (r *reader) bytes() []byte { return unsafe.Slice(unsafe.StringData(r.rest), len(r.rest)) }

// skipTo goes on where another package's reader stopped.
func (r *reader) skipTo(rest []byte, err error) {
	if err != nil {
		r.fail()
		return
	}
	r.rest = r.rest[len(r.rest)-len(rest):]
}

func (r *reader) set() *Set {
	s := &Set{}
	s.Pipelines = make([][]transform.ID, r.length(1))
	for i := range s.Pipelines {
		s.Pipelines[i] = make([]transform.ID, r.length(1))
		for j := range s.Pipelines[i] {
			id, ok := transform.Lookup(r.string())
			if !ok {
				r.fail()
			}
			s.Pipelines[i][j] = id
		}
	}
	s.Operators = make([]Operator, r.length(9))
	for i := range s.Operators {
		o := &s.Operators[i]
		*o = Operator{Name: r.string(), Argument: r.string(), Data: r.string(), Regex: r.program()}
		for j := range o.Needs {
			o.Needs[j] = uint64(r.int64())
		}
		o.MinLen = r.int()
	}
	s.LiteralOperators = r.within(0, len(s.Operators)+1)
	if r.bool() {
		set, rest, err := literal.Read(r.bytes())
		r.skipTo(rest, err)
		s.Literals = set
		if err == nil && set.Groups() != s.LiteralOperators {
			r.fail()
		}
	}
	s.Selectors = make([]Selector, r.length(2))
	for i := range s.Selectors {
		s.Selectors[i] = Selector{r.string(), r.program()}
		if s.Selectors[i].Program == nil {
			r.fail()
		}
	}
	r.settings(&s.Settings)
	s.Rules = make([]SecRule, r.length(20))
	for i := range s.Rules {
		r.rule(s, &s.Rules[i])
	}
	return s
}

func (r *reader) program() *regex.Program {
	if !r.bool() {
		return nil
	}
	p, rest, err := regex.Read(r.bytes())
	r.skipTo(rest, err)
	return p
}

func (r *reader) settings(s *Settings) {
	s.Mode = Mode(r.within(0, int(DetectionOnly)+1))
	s.RequestBodyAccess = r.bool()
	s.RequestBodyLimit = r.int64()
	s.RequestLimitAction = LimitAction(r.within(0, int(ProcessPartial)+1))
	s.RequestJSONDepth = r.int()
	s.ResponseBodyAccess = r.bool()
	s.ResponseBodyLimit = r.int64()
	s.ResponseLimitAction = LimitAction(r.within(0, int(ProcessPartial)+1))
	s.ResponseJSONDepth = r.int()
	s.ResponseContentTypes = r.strings()
	s.ArgumentsLimit = r.int()
}

func (r *reader) rule(s *Set, out *SecRule) {
	out.ID = r.int()
	out.Line = r.int()
	out.Phase = uint8(r.within(0, 6))
	out.Marker = r.string()
	if n := r.length(6); n > 0 {
		out.Targets = make([]Target, n)
	}
	for i := range out.Targets {
		t := &out.Targets[i]
		t.Variable = r.variable()
		t.Count = r.bool()
		e := r.exclusion(s)
		t.Selector, t.Regex = e.Selector, e.Regex
		if n := r.length(2); n > 0 {
			t.Exclusions = make([]Exclusion, n)
		}
		for j := range t.Exclusions {
			t.Exclusions[j] = r.exclusion(s)
		}
	}
	out.Operator = r.within(-1, len(s.Operators))
	out.Pipeline = r.within(0, len(s.Pipelines))
	for _, b := range [...]*bool{&out.Negated, &out.MultiMatch, &out.Capture, &out.Log, &out.Audit} {
		*b = r.bool()
	}
	if n := r.length(9); n > 0 {
		out.Effects = make([]Effect, n)
	}
	for i := range out.Effects {
		e := &out.Effects[i]
		e.Kind = EffectKind(r.within(0, int(numEffectKinds)))
		e.Remove = r.bool()
		e.Key = r.macro()
		e.Value = r.macro()
		e.Text = r.string()
		e.First = r.int()
		e.Last = r.int()
		e.Variable = r.variable()
		e.Exclusion = r.exclusion(s)
	}
	out.Skip = r.int()
	out.SkipAfter = r.string()
	out.Disruptive = Disruptive(r.within(0, int(numDisruptives)))
	out.Status = r.int()
	out.Redirect = r.string()
	out.Severity = r.within(-1, len(severities))
	out.Message = r.string()
	out.LogData = r.string()
	out.Revision = r.string()
	out.Version = r.string()
	out.Tags = r.strings()
	if r.bool() {
		out.Chain = new(SecRule)
		r.rule(s, out.Chain)
	}
}

func (r *reader) variable() VariableID {
	name := r.string()
	if name == "" {
		return NoVariable
	}
	id, ok := LookupVariable(name)
	if !ok {
		r.fail()
	}
	return id
}

func (r *reader) exclusion(s *Set) Exclusion {
	return Exclusion{Selector: r.string(), Regex: r.within(-1, len(s.Selectors))}
}

func (r *reader) macro() Macro {
	n := r.length(3)
	if n == 0 {
		return nil
	}
	m := make(Macro, n)
	for i := range m {
		m[i] = Token{Text: r.string(), Variable: r.variable(), Key: r.string()}
	}
	return m
}
