package format

import (
	"bytes"
	"strings"
	"testing"
)

// rule is what ruled does with the values that a path matches.
type rule struct {
	path    string
	verdict Verdict
	out     string
}

// ruled is a visitor with rules by path, which also replaces a word wherever a
// text has it.
type ruled struct {
	rules []rule
	word  string
	with  string
	names bool // the word is looked for in names, too
	asked []string
	log   bool
}

func (r *ruled) paths(t testing.TB) *Paths {
	var patterns []Pattern
	for _, rule := range r.rules {
		patterns = append(patterns, Pattern{Text: rule.path})
	}
	paths, err := Compile(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func (r *ruled) note(p *Path, question string, text []byte) {
	if r.log {
		r.asked = append(r.asked, strings.TrimSuffix(question+" "+string(text), " ")+" "+string(p.Append(nil)))
	}
}

func (r *ruled) find(text []byte, e *Edit) Verdict {
	if r.word == "" {
		return Keep
	}
	verdict := Keep
	at := 0
	for {
		n := bytes.Index(text[at:], []byte(r.word))
		if n < 0 {
			break
		}
		from := len(e.Out)
		e.Out = append(e.Out, r.with...)
		e.Cut(at+n, at+n+len(r.word), from)
		at += n + len(r.word)
		verdict = Splice
	}
	if e.More {
		e.Settled = max(at, len(text)-len(r.word)+1)
	}
	return verdict
}

func (r *ruled) Container(p *Path, k Kind, e *Edit) Verdict {
	r.note(p, []string{Object: "object", Array: "array", Encoded: "encoded"}[k], nil)
	if i := p.Matched(0); i >= 0 {
		e.Out = append(e.Out, r.rules[i].out...)
		return r.rules[i].verdict
	}
	return Keep
}

func (r *ruled) Name(p *Path, text []byte, e *Edit) Verdict {
	r.note(p, "name", text)
	if r.names {
		return r.find(text, e)
	}
	return Keep
}

func (r *ruled) Value(p *Path, k Kind, text []byte, e *Edit) Verdict {
	r.note(p, "value", text)
	if i := p.Matched(0); i >= 0 {
		e.Out = append(e.Out, r.rules[i].out...)
		return r.rules[i].verdict
	}
	return r.find(text, e)
}

// allWays passes a document through a rewriter whole, byte by byte and cut at
// every place.
func allWays(t *testing.T, doc string, start func() Rewriter) (string, error) {
	t.Helper()
	want, wantErr := rewritten(start(), []byte(doc))
	check := func(cuts ...int) {
		if got, err := rewritten(start(), []byte(doc), cuts...); got != want || err != wantErr {
			t.Errorf("%q cut at %v\n became %q, %v\n want   %q, %v", doc, cuts, got, err, want, wantErr)
		}
	}
	check(everyByte([]byte(doc))...)
	for i := 0; i <= len(doc); i++ {
		check(i)
	}
	return want, wantErr
}

var jsonTests = []struct {
	name  string
	doc   string
	rules []rule
	want  string
}{
	{"a member in the middle is dropped", `{"a":1, "b":2 , "c":3}`, []rule{{"b", Drop, ""}}, `{"a":1 , "c":3}`},
	{"the first member is dropped", `{ "a" : 1 , "b":2 }`, []rule{{"a", Drop, ""}}, `{ "b":2 }`},
	{"the last member is dropped", `{"a":1 , "b":2 }`, []rule{{"b", Drop, ""}}, `{"a":1 }`},
	{"the only member is dropped", `{ "a" : [1,2] }`, []rule{{"a", Drop, ""}}, `{  }`},
	{"all members are dropped", `{ "a":1, "b":2,"c":{} }`, []rule{{"*", Drop, ""}}, `{  }`},
	{"the first two elements are dropped", `[1, 2, 3]`, []rule{{"[0]", Drop, ""}, {"[1]", Drop, ""}}, `[3]`},
	{"every element but one is dropped", `[ 1, 2, 3 ]`, []rule{{"[0]", Drop, ""}, {"[2]", Drop, ""}}, `[ 2 ]`},
	{"elements keep their index", `[1,{"a":2},{"a":3}]`, []rule{{"[0]", Drop, ""}, {"[1].a", Replace, "x"}}, `[{"a":"x"},{"a":3}]`},
	{"an object is dropped whole", `{"a":{"b":[{}],"c":"}"},"d":1}`, []rule{{"a", Drop, ""}}, `{"d":1}`},
	{"an array is replaced", `{"a": ["x","]",[1]] ,"d":1}`, []rule{{"a", Replace, "gone"}}, `{"a": "gone" ,"d":1}`},
	{"an object becomes null", `[{"a":{"b":1}}]`, []rule{{"**.a", Nullify, ""}}, `[{"a":null}]`},
	{"an object is skipped", `{"a":{"b":1},"b":1}`, []rule{{"a", Skip, ""}, {"**.b", Nullify, ""}}, `{"a":{"b":1},"b":null}`},
	{"a number becomes a string", `{"card": 4111111111111111}`, []rule{{"card", Replace, "****1111"}}, `{"card": "****1111"}`},
	{"a literal becomes a string", `[true,false,null]`, []rule{{"*", Replace, "?"}}, `["?","?","?"]`},
	{"the root is dropped", ` {"a":1} `, []rule{{"$", Drop, ""}}, ` null `},
	{"a root number is replaced", ` 41 `, []rule{{"$", Replace, "x"}}, ` "x" `},
	{"a root number without anything behind it", `41`, []rule{{"$", Replace, "x"}}, `"x"`},
	{"replacements are escaped", `["a"]`, []rule{{"*", Replace, "\"\\\n\x00é"}}, `["\"\\\n\u0000é"]`},
	{"a word is cut out of text", `["one WORD and WORD"]`, nil, `["one ** and **"]`},
	{"a word in escapes", `["\u0057O\u0052D\u00e9\/"]`, nil, `["**\u00e9\/"]`},
	{"escapes beside a word stay", `["\/\ud83d\ude00\nWORD\"\\"]`, nil, `["\/\ud83d\ude00\n**\"\\"]`},
	{"a word in a number's place", `[12]`, []rule{{"*", Splice, ""}}, `[12]`},
	{"half a surrogate pair stays", `["\ud83d","\ude00WORD\ud83dx\ud83d\ud83d\ude00"]`, nil, `["\ud83d","\ude00**\ud83dx\ud83d\ud83d\ude00"]`},
	{"bytes that are not UTF-8 stay", "[\"\xff\xc3WORD\xe2\x82\"]", nil, "[\"\xff\xc3**\xe2\x82\"]"},
	{"a name", `{"a WORD":1,"\u0057ORD":"WORD"}`, nil, `{"a **":1,"**":"**"}`},
	{"a name goes with its value", `{"a":1,"WORD":{"x":1}}`, []rule{{"WORD", Drop, ""}}, `{"a":1}`},
	{"duplicate names", `{"a":1,"a":"WORD","a":3}`, []rule{{"b", Drop, ""}}, `{"a":1,"a":"**","a":3}`},
	{"big numbers stay", `[123456789012345678901234567890.5e-1000, -0]`, nil, `[123456789012345678901234567890.5e-1000, -0]`},
	{"white space of all kinds", "\r\n\t [ \"WORD\"\t,\r\n1 ] \n", nil, "\r\n\t [ \"**\"\t,\r\n1 ] \n"},
	{"a byte order mark", "\xef\xbb\xbf{\"a\":\"WORD\"}", nil, "\xef\xbb\xbf{\"a\":\"**\"}"},
	{"no document", "", nil, ""},
	{"only white space", " \n", nil, " \n"},
	{"an encoded document with white space as escapes", `{"p":"{\"card\": \"41\",\t\"x\":[\"\/\"]}"}`, []rule{{"p.card", Replace, "a\"b"}}, `{"p":"{\"card\": \"a\\\"b\",\t\"x\":[\"\/\"]}"}`},
	{"an encoded object", `{"p":"{\"card\": \"41\", \"x\":[\"\/\"]}"}`, []rule{{"p.card", Replace, "a\"b"}}, `{"p":"{\"card\": \"a\\\"b\", \"x\":[\"\/\"]}"}`},
	{"a member of an encoded object is dropped", `{"p":"{\"a\":1,\u0022card\": 41}"}`, []rule{{"**.card", Drop, ""}}, `{"p":"{\"a\":1}"}`},
	{"a word in an encoded array", `["[1,\"WORD\",\"\\u0057ORD\"]"]`, nil, `["[1,\"**\",\"**\"]"]`},
	{"an encoded document in an encoded document", `["{\"a\":\"{\\\"card\\\":41}\"}"]`, []rule{{"**.card", Nullify, ""}}, `["{\"a\":\"{\\\"card\\\":null}\"}"]`},
	{"an encoded string with a document", `["\"[\\\"WORD\\\"]\""]`, nil, `["\"[\\\"**\\\"]\""]`},
	{"an encoded document is dropped as a string", `{"p":"{\"a\":1}","q":1}`, []rule{{"p", Drop, ""}}, `{"q":1}`},
	{"an encoded root that is dropped", `["[1]"]`, []rule{{"a", Drop, ""}}, `["[1]"]`},
	{"brackets that are no document", `["{WORD}","[WORD"]`, nil, `["{**}","[**"]`},
}

func TestJSON(t *testing.T) {
	for _, tt := range jsonTests {
		t.Run(tt.name, func(t *testing.T) {
			start := func() Rewriter {
				v := &ruled{rules: tt.rules, word: "WORD", with: "**", names: true}
				return NewJSON(v, v.paths(t), Limits{})
			}
			got, err := allWays(t, tt.doc, start)
			if err != nil || got != tt.want {
				t.Errorf("%s\n became %s, %v\n want   %s", tt.doc, got, err, tt.want)
			}
			if again, err := rewritten(start(), []byte(got)); tt.rules == nil && (again != got || err != nil) {
				t.Errorf("%s\n became %s, %v the second time", got, again, err)
			}
		})
	}
}

func TestWhatIsNotJSON(t *testing.T) {
	tests := []struct {
		name, doc string
		err       error
		out       string // what left before
	}{
		{"two documents", `{} {}`, ErrSyntax, `{} `},
		{"a comma too many", `[1,]`, ErrSyntax, `[1`},
		{"a comma in front", `[,1]`, ErrSyntax, `[`},
		{"no comma", `["a" "b"]`, ErrSyntax, `["a"`},
		{"no colon", `{"a" 1}`, ErrSyntax, `{`},
		{"a name without quotes", `{a:1}`, ErrSyntax, `{`},
		{"single quotes", `['SECRET']`, ErrSyntax, `[`},
		{"a comment", `[1,/*SECRET*/2]`, ErrSyntax, `[1`},
		{"brackets that do not fit", `[{"a":1]`, ErrSyntax, `[{"a":1`},
		{"a bracket too many", `[]]`, ErrSyntax, `[]`},
		{"an escape that is none", `["a","SECRET\x41"]`, ErrSyntax, `["a"`},
		{"a short escape", `["\u12"]`, ErrSyntax, `[`},
		{"a control character", "[\"a\nb\"]", ErrSyntax, `[`},
		{"a leading zero", `[01]`, ErrSyntax, `[`},
		{"a point without digits", `[1.]`, ErrSyntax, `[`},
		{"a plus sign", `[+1]`, ErrSyntax, `[`},
		{"an exponent without digits", `[1e]`, ErrSyntax, `[`},
		{"a word", `[nul]`, ErrSyntax, `[`},
		{"a capital", `[True]`, ErrSyntax, `[`},
		{"NaN", `[NaN]`, ErrSyntax, `[`},
		{"bytes behind a literal", `[truex]`, ErrSyntax, `[true`},
		{"half a byte order mark", "\xef\xbb{}", ErrSyntax, ``},
		{"text", `SECRET`, ErrSyntax, ``},
		{"an end in a string", `["a","SECRET`, ErrTruncated, `["a"`},
		{"an end in a name", `{"a":1,"SECRET`, ErrTruncated, `{"a":1`},
		{"an end behind a name", `{"a":1,"SECRET":`, ErrTruncated, `{"a":1`},
		{"an end in a number", `{"a":1,"SECRET":4111`, ErrTruncated, `{"a":1`},
		{"an end behind a value", `[1`, ErrTruncated, `[`},
		{"an end in a literal", `[tru`, ErrTruncated, `[`},
		{"an end of an array", `[`, ErrTruncated, `[`},
		{"an end in an escape", `["\u00`, ErrTruncated, `[`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, tt.doc, func() Rewriter { return NewJSON(keeper{}, nil, Limits{}) })
			if err != tt.err || got != tt.out {
				t.Errorf("%q: %q, %v, want %q, %v", tt.doc, got, err, tt.out, tt.err)
			}
			j := NewJSON(keeper{}, nil, Limits{})
			j.Write(nil, []byte(tt.doc))
			j.Close(nil)
			if out, err := j.Write(nil, []byte(" SECRET")); len(out) > 0 || err == nil {
				t.Errorf("after the error: %q, %v", out, err)
			}
		})
	}
}

func TestVisitorIsAskedInOrder(t *testing.T) {
	doc := `{"a":{"b c":[1,"x"],"e":"[\"y\"]"},"d":null}`
	want := []string{
		"object $", "name a a", "object a", `name b c a["b c"]`, `array a["b c"]`, `value 1 a["b c"][0]`, `value x a["b c"][1]`,
		"name e a.e", "encoded a.e", "array a.e", "value y a.e[0]", "name d d", "value null d",
	}
	v := &ruled{log: true}
	if _, err := rewritten(NewJSON(v, nil, Limits{}), []byte(doc)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(v.asked, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// fixed answers the same to one question.
type fixed struct {
	container, name, value Verdict
}

func (f fixed) Container(_ *Path, k Kind, _ *Edit) Verdict {
	if k == Object {
		return Keep
	}
	return f.container
}
func (f fixed) Name(*Path, []byte, *Edit) Verdict        { return f.name }
func (f fixed) Value(*Path, Kind, []byte, *Edit) Verdict { return f.value }

func TestVerdictsEverywhere(t *testing.T) {
	doc := `{"a":[1],"b":"x","c":2}`
	tests := []struct {
		name string
		v    fixed
		want string
		err  error
	}{
		{"Block of a container", fixed{container: Block}, `{`, ErrBlocked},
		{"Block of a name", fixed{name: Block}, `{`, ErrBlocked},
		{"Block of a value", fixed{value: Block}, `{"a":[`, ErrBlocked},
		{"Splice of a container drops", fixed{container: Splice}, `{"b":"x","c":2}`, nil},
		{"a verdict that there is not drops", fixed{value: 99}, `{"a":[]}`, nil},
		{"a verdict about names that there is not drops", fixed{name: 99}, `{}`, nil},
		{"Nullify of a name drops", fixed{name: Nullify}, `{}`, nil},
		{"Skip of a name skips the value", fixed{name: Skip, value: Drop}, doc, nil},
		{"Nullify of values", fixed{value: Nullify}, `{"a":[null],"b":null,"c":null}`, nil},
		{"Replace of names by nothing", fixed{name: Replace}, `{"":[1],"":"x","":2}`, nil},
		{"Replace of names with values dropped", fixed{name: Replace, value: Drop}, `{"":[]}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, doc, func() Rewriter { return NewJSON(tt.v, nil, Limits{}) })
			if got != tt.want || err != tt.err {
				t.Errorf("%s, %v, want %s, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestAnswersAboutEncodedDocuments(t *testing.T) {
	doc := `{"a":"[1]","b":2}`
	for verdict, want := range map[Verdict]string{
		Keep: doc, Skip: doc, Splice: `{"b":2}`, Replace: `{"a":"","b":2}`, Nullify: `{"a":null,"b":2}`, Drop: `{"b":2}`, Block: `{`,
	} {
		got, err := allWays(t, doc, func() Rewriter { return NewJSON(encodedFixed{verdict: verdict}, nil, Limits{}) })
		if got != want || (err == ErrBlocked) != (verdict == Block) {
			t.Errorf("%d: %s, %v, want %s", verdict, got, err, want)
		}
	}
}

// encodedFixed answers about encoded documents only.
type encodedFixed struct {
	keeper
	verdict Verdict
}

func (f encodedFixed) Container(_ *Path, k Kind, _ *Edit) Verdict {
	if k == Encoded {
		return f.verdict
	}
	return Keep
}

func TestNumbersAreCut(t *testing.T) {
	v := &ruled{word: "1111", with: "\""}
	got, err := allWays(t, `[4111111112, 5,"1111"]`, func() Rewriter { return NewJSON(v, nil, Limits{}) })
	if want := `["4\"\"2", 5,"\""]`; got != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestSequences(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"lines", "{\"a\":1}\n{\"a\":2,\"b\":3}\n\n[4]\n", "{}\n{\"b\":3}\n\n[4]\n"},
		{"lines with CR LF", "{\"a\":1}\r\n{\"a\":2}", "{}\r\n{}"},
		{"a text sequence", "\x1e{\"a\":1}\n\x1e2\n\x1e", "\x1e{}\n\x1e2\n\x1e"},
		{"documents without anything between", `{"a":1}{"b":2}[]"x"1 2`, `{}{"b":2}[]"x"1 2`},
		{"nothing", "\n", "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, tt.doc, func() Rewriter {
				v := &ruled{rules: []rule{{"a", Drop, ""}}}
				return NewJSONSequence(v, v.paths(t), Limits{})
			})
			if got != tt.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for _, doc := range []string{"{}\n{\"a\":1", "{}\n}", "[\x1e]", "{} x"} {
		if _, err := allWays(t, doc, func() Rewriter { return NewJSONSequence(keeper{}, nil, Limits{}) }); err == nil {
			t.Errorf("%q is read", doc)
		}
	}
}

func TestWhatIsDecidedLeavesAtOnce(t *testing.T) {
	j := NewJSON(keeper{}, nil, Limits{})
	for _, step := range []struct{ piece, want string }{
		{` `, ` `}, {`{`, `{`}, {`"a":`, ``}, {`"x`, ``}, {`"`, `"a":"x"`}, {`,`, ``}, {`"b":[`, `,"b":[`}, {`12`, ``}, {`,`, `12`}, {`true`, `,true`}, {`]}`, `]}`}, {"\n", "\n"},
	} {
		out, err := j.Write(nil, []byte(step.piece))
		if string(out) != step.want || err != nil {
			t.Errorf("%q let %q leave, %v, want %q", step.piece, out, err, step.want)
		}
	}
}

func TestReset(t *testing.T) {
	j := NewJSON(keeper{}, nil, Limits{})
	for _, doc := range []string{`{"a":[{"b":`, `[`, `["x`, `{"a":[tr`, `]`, `{"a":"{\"b\":1}"`} {
		j.Write(nil, []byte(doc))
		j.Reset(keeper{})
		if got, err := rewritten(j, []byte(`{"a":[1]}`)); got != `{"a":[1]}` || err != nil {
			t.Errorf("after %q: %q, %v", doc, got, err)
		}
		j.Reset(keeper{})
	}
}
