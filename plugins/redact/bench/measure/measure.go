// Package measure times ways to read a body: the redact engine, and what it is
// compared with. It runs natively and in any Wasm runtime.
package measure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/tidwall/gjson"

	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/redact/bench/corpus"
)

// Subject is a way to read a body.
type Subject struct {
	Name string
	// JSON says that it reads documents of JSON only.
	JSON bool
	// prepare returns a function that reads the body once and returns the size of
	// what came of it, which is checked.
	prepare func(b corpus.Body) (read func() (int, error), want int, err error)
}

// Subjects are all there are. The first is what goals are set for.
func Subjects() []Subject {
	return []Subject{
		{Name: "redact", prepare: func(b corpus.Body) (func() (int, error), int, error) { return prepare(b, corpus.Configuration) }},
		{Name: "redact, fields only", prepare: func(b corpus.Body) (func() (int, error), int, error) { return prepare(b, corpus.FieldsOnly) }},
		{Name: "redact, all detectors", prepare: func(b corpus.Body) (func() (int, error), int, error) { return prepare(b, corpus.Every()) }},
		{Name: "gjson, walk", JSON: true, prepare: walk},
		{Name: "encoding/json, decode and encode", JSON: true, prepare: decode},
		{Name: "regexp, five patterns", prepare: match},
	}
}

// Run reads a body over and over, for so long and at least three times, and returns
// the least time that it took. Memory is collected between: in Wasm a collection that
// has begun goes on, and makes everything slower, until nothing else is to be done.
func Run(s Subject, b corpus.Body, atLeast time.Duration) (time.Duration, error) {
	read, want, err := s.prepare(b)
	if err != nil {
		return 0, fmt.Errorf("%s: %s: %w", s.Name, b.Name, err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	least := time.Duration(1 << 62)
	for n, end := 0, time.Now().Add(atLeast); n < 3 || time.Now().Before(end); n++ {
		if n%8 == 0 {
			runtime.GC()
		}
		began := time.Now()
		got, err := read()
		least = min(least, time.Since(began))
		if err != nil || got != want {
			return 0, fmt.Errorf("%s: %s: %d, %v, want %d", s.Name, b.Name, got, err, want)
		}
	}
	return least, nil
}

// Result is what a subject took for a body.
type Result struct {
	Subject, Body string
	Bytes         int
	Nanoseconds   int64
}

// Rate returns the result in MB (of a million bytes) a second.
func (r *Result) Rate() float64 { return float64(r.Bytes) * 1e3 / float64(r.Nanoseconds) }

// All has each subject read the bodies that it can, of so many bytes each and for so
// long each, and reports what came of it. Only the subject and the body of these
// names, if they are not empty.
func All(size int, each time.Duration, subject, body string, report func(Result)) error {
	for _, s := range Subjects() {
		for _, b := range corpus.All(size) {
			if s.JSON && b.ContentType != "application/json" || subject != "" && s.Name != subject || body != "" && b.Name != body {
				continue
			}
			took, err := Run(s, b, each)
			if err != nil {
				return err
			}
			report(Result{s.Name, b.Name, len(b.Text), took.Nanoseconds()})
		}
	}
	return nil
}

// Piece is how much of a body comes at a time: what Envoy reads at once.
const Piece = 16 << 10

// Engine is the redact engine with a configuration.
type Engine struct {
	inspection policy.Rewriter
	out        []byte
}

// NewEngine compiles a configuration.
func NewEngine(configuration string) (*Engine, error) {
	inspector, err := redact.New([]byte(configuration))
	if err != nil {
		return nil, err
	}
	if err := inspector.UseEnvironment(func(string) (string, bool) { return "", false }); err != nil {
		return nil, err
	}
	inspection, ok := inspector.Inspect().(policy.Rewriter)
	if !ok {
		return nil, errors.New("the inspection rewrites nothing")
	}
	return &Engine{inspection: inspection}, nil
}

// begin has a stream come as far as the body of its response.
func (e *Engine) begin(b corpus.Body) error {
	request := &policy.Request{Now: time.Unix(1_800_000_000, 0), IncidentID: "incident-1", Attributes: nothing{}, Headers: policy.Headers{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/customers"}, {Name: ":authority", Value: "api.example.com"},
	}}
	d := e.inspection.RequestHeaders(request, true)
	if d.Outcome != policy.Allow || d.NoResponse {
		return fmt.Errorf("the request: %s", d.Reason)
	}
	head := &policy.ResponseHead{Now: request.Now, Status: 200, Attributes: nothing{}, Headers: policy.Headers{{Name: "content-type", Value: b.ContentType}}}
	if d = e.inspection.ResponseHeaders(head, false); d.Body != policy.BodyStream {
		return fmt.Errorf("the response: %s", d.Reason)
	}
	return nil
}

// Rewrite rewrites a body that comes in pieces of a size, and gives what leaves with
// each to a function.
func (e *Engine) Rewrite(b corpus.Body, piece int, leaves func(read int, out []byte)) error {
	if err := e.begin(b); err != nil {
		return err
	}
	defer e.inspection.Done()
	for at := 0; at < len(b.Text); at += piece {
		end := min(at+piece, len(b.Text))
		out, refusal := e.inspection.RewriteResponse(e.out[:0], b.Text[at:end], end == len(b.Text))
		if refusal != nil {
			return fmt.Errorf("the body: %s", refusal.Reason)
		}
		leaves(end, out)
		e.out = out
	}
	return nil
}

// Reference is the body rewritten whole, and checked: nothing in it that must not
// leave.
func (e *Engine) Reference(b corpus.Body) ([]byte, error) {
	var reference []byte
	if err := e.Rewrite(b, len(b.Text), func(_ int, out []byte) { reference = append(reference, out...) }); err != nil {
		return nil, err
	}
	return reference, nil
}

// Check tells whether what is left of a body is free of what must not leave, and is a
// document still.
func Check(b corpus.Body, rewritten []byte) error {
	for _, canary := range b.Canaries {
		if bytes.Contains(rewritten, []byte(canary)) {
			return errors.New("a value left that must not leave")
		}
	}
	if len(b.Canaries) == 0 {
		return errors.New("nothing in it must not leave")
	}
	if b.ContentType == "application/json" && !json.Valid(rewritten) {
		return errors.New("what left is no JSON")
	}
	return nil
}

func prepare(b corpus.Body, configuration string) (func() (int, error), int, error) {
	e, err := NewEngine(configuration)
	if err != nil {
		return nil, 0, err
	}
	reference, err := e.Reference(b)
	if err != nil {
		return nil, 0, err
	}
	if configuration != corpus.FieldsOnly {
		if err := Check(b, reference); err != nil {
			return nil, 0, err
		}
	}
	var whole []byte
	if err := e.Rewrite(b, Piece, func(_ int, out []byte) { whole = append(whole, out...) }); err != nil {
		return nil, 0, err
	}
	if !bytes.Equal(whole, reference) {
		return nil, 0, errors.New("what leaves depends on the pieces")
	}
	return func() (int, error) {
		size := 0
		err := e.Rewrite(b, Piece, func(_ int, out []byte) { size += len(out) })
		return size, err
	}, len(reference), nil
}

// nothing are the attributes of a stream of which nothing is known.
type nothing struct{}

func (nothing) Attribute(...string) ([]byte, bool) { return nil, false }

// walk visits all values and does nothing with them.
func walk(b corpus.Body) (func() (int, error), int, error) {
	text := string(b.Text)
	values := 0
	var visit func(key, value gjson.Result) bool
	visit = func(_, value gjson.Result) bool {
		if value.IsObject() || value.IsArray() {
			value.ForEach(visit)
		} else {
			values++
		}
		return true
	}
	var document any
	if err := json.Unmarshal(b.Text, &document); err != nil {
		return nil, 0, err
	}
	return func() (int, error) {
		values = 0
		visit(gjson.Result{}, gjson.Parse(text))
		return values, nil
	}, count(document), nil
}

// count returns how many values are in a document.
func count(document any) int {
	n := 0
	switch v := document.(type) {
	case map[string]any:
		for _, member := range v {
			n += count(member)
		}
	case []any:
		for _, element := range v {
			n += count(element)
		}
	default:
		return 1
	}
	return n
}

// decode decodes a document and encodes it again.
func decode(b corpus.Body) (func() (int, error), int, error) {
	read := func() (int, error) {
		var document any
		if err := json.Unmarshal(b.Text, &document); err != nil {
			return 0, err
		}
		out, err := json.Marshal(document)
		return len(out), err
	}
	want, err := read()
	return read, want, err
}

// patterns are the five detectors as people write them.
var patterns = []string{
	`\b\d(?:[ -]?\d){12,18}\b`,
	`\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b`,
	`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}`,
	`\b\d{3}-\d{2}-\d{4}\b`,
}

// match finds what the patterns match.
func match(b corpus.Body) (func() (int, error), int, error) {
	var compiled []*regexp.Regexp
	for _, p := range patterns {
		compiled = append(compiled, regexp.MustCompile(p))
	}
	read := func() (int, error) {
		found := 0
		for _, r := range compiled {
			found += len(r.FindAllIndex(b.Text, -1))
		}
		return found, nil
	}
	want, err := read()
	if err == nil && want < len(b.Canaries)/4 {
		err = fmt.Errorf("found %d, want a quarter of %d at least", want, len(b.Canaries))
	}
	return read, want, err
}
