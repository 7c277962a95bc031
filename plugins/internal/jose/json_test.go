package jose

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseObject(t *testing.T) {
	nested := func(depth int) string {
		return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	many := func(last string) string {
		var b strings.Builder
		b.WriteString("{")
		for i := range 40 {
			b.WriteString(`"m` + string(rune('Ā'+i)) + `":1,`)
		}
		return b.String() + `"` + last + `":1}`
	}
	tests := []struct {
		name string
		text string
		want error
	}{
		{"empty object", `{}`, nil},
		{"space everywhere", " \t\r\n{ \"a\" : [ 1 , { } , \"b\" ] , \"c\" : null } \n", nil},
		{"every kind", `{"a":"","b":-0.5e+10,"c":true,"d":false,"e":null,"f":[],"g":{}}`, nil},
		{"escapes", `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, nil},
		{"nesting at the bound", nested(MaxDepth), nil},
		{"many members", many("z"), nil},
		{"nothing", ``, ErrJSON},
		{"only space", ` `, ErrJSON},
		{"an array", `[]`, ErrJSON},
		{"a string", `"a"`, ErrJSON},
		{"bytes after the end", `{}x`, ErrJSON},
		{"a second object", `{}{}`, ErrJSON},
		{"NUL after the end", "{}\x00", ErrJSON},
		{"byte order mark", "\ufeff{}", ErrJSON},
		{"no end", `{`, ErrJSON},
		{"no end of a member", `{"a"`, ErrJSON},
		{"no value", `{"a":}`, ErrJSON},
		{"comma before the first member", `{,"a":1}`, ErrJSON},
		{"comma after the last member", `{"a":1,}`, ErrJSON},
		{"comma after the last element", `{"a":[1,]}`, ErrJSON},
		{"no comma", `{"a":1 "b":2}`, ErrJSON},
		{"name without quotation marks", `{a:1}`, ErrJSON},
		{"single quotation marks", `{'a':1}`, ErrJSON},
		{"comment", `{"a":1/**/}`, ErrJSON},
		{"leading zero", `{"a":01}`, ErrJSON},
		{"leading plus", `{"a":+1}`, ErrJSON},
		{"hexadecimal", `{"a":0x1}`, ErrJSON},
		{"no digit before the point", `{"a":.5}`, ErrJSON},
		{"no digit after the point", `{"a":1.}`, ErrJSON},
		{"no digit in the exponent", `{"a":1e}`, ErrJSON},
		{"not a number", `{"a":NaN}`, ErrJSON},
		{"infinity", `{"a":-Infinity}`, ErrJSON},
		{"word with an ending", `{"a":trueish}`, ErrJSON},
		{"word in capitals", `{"a":True}`, ErrJSON},
		{"line break in a string", "{\"a\":\"\n\"}", ErrJSON},
		{"NUL in a string", "{\"a\":\"\x00\"}", ErrJSON},
		{"unknown escape", `{"a":"\x41"}`, ErrJSON},
		{"short escape", `{"a":"\u00e"}`, ErrJSON},
		{"escape at the end", `{"a":"\`, ErrJSON},
		{"first half of a pair", `{"a":"\ud83d"}`, ErrJSON},
		{"first half and a letter", `{"a":"\ud83d\u0041"}`, ErrJSON},
		{"second half of a pair", `{"a":"\ude00"}`, ErrJSON},
		{"pair in the wrong order", `{"a":"\ude00\ud83d"}`, ErrJSON},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", ErrJSON},
		{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", ErrJSON},
		{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", ErrJSON},
		{"invalid UTF-8 in a name", "{\"\xff\":1}", ErrJSON},
		{"nesting over the bound", nested(MaxDepth + 1), ErrDepth},
		{"two members of one name", `{"a":1,"b":2,"a":3}`, ErrDuplicateMember},
		{"two members of one name, one with an escape", `{"aud":1,"\u0061ud":2}`, ErrDuplicateMember},
		{"two members of one name in an inner object", `{"a":[{"b":{"c":1,"c":2}}]}`, ErrDuplicateMember},
		{"two members of one name among many", many("mĂ"), ErrDuplicateMember},
		{"one name on two levels", `{"a":{"a":{"a":1}},"b":{"a":1}}`, nil},
		{"names that differ in case", `{"aud":1,"AUD":2}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ParseObject(test.text); err != test.want {
				t.Errorf("ParseObject(%q) = %v, want %v", test.text, err, test.want)
			}
		})
	}
}

func TestValueAccess(t *testing.T) {
	o, err := ParseObject(`{"t":"a\u0062\n\ud83d\ude00\/","none":[],"list":[ "a" , "\u0062" ],"mixed":["a",1],
		"nested":[["a"]],"number":7,"null":null,"objects":[{"x":1},{"x":2}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := o.Get("t").Text(); !ok || got != "ab\n😀/" {
		t.Errorf("t = %q, %v", got, ok)
	}
	if got, ok := o.Get("list").Texts(); !ok || !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("list = %q, %v", got, ok)
	}
	if got, ok := o.Get("none").Texts(); !ok || len(got) != 0 {
		t.Errorf("none = %q, %v", got, ok)
	}
	for _, name := range []string{"mixed", "nested", "number", "null", "t", "objects", "absent"} {
		if got, ok := o.Get(name).Texts(); ok {
			t.Errorf("Texts of %s = %q, want none", name, got)
		}
	}
	for _, name := range []string{"number", "null", "list", "absent"} {
		if got, ok := o.Get(name).Text(); ok {
			t.Errorf("Text of %s = %q, want none", name, got)
		}
	}
	if got := o.Get("absent").Kind(); got != Absent {
		t.Errorf("kind of absent = %v", got)
	}
	if got := o.Get("list").Raw(); got != `[ "a" , "\u0062" ]` {
		t.Errorf("raw of list = %s", got)
	}
	if objects, ok := o.Get("objects").objects(); !ok || len(objects) != 2 || objects[1].Get("x").Raw() != "2" {
		t.Errorf("objects = %v, %v", objects, ok)
	}
}

func TestDate(t *testing.T) {
	at := func(seconds, nanoseconds int64) time.Time { return time.Unix(seconds, nanoseconds) }
	tests := []struct {
		text string
		want time.Time
		ok   bool
	}{
		{"1300819380", at(1300819380, 0), true},
		{"1300819380.5", at(1300819380, 5e8), true},
		{"1.3e9", at(1300000000, 0), true},
		{"13E+8", at(1300000000, 0), true},
		{"130000000000e-2", at(1300000000, 0), true},
		{"0", at(0, 0), true},
		{"-1", at(-1, 0), true},
		{"-1.5", at(-1, -5e8), true},
		{"253402300799", at(maxDate, 0), true},
		{"253402300800", time.Time{}, false},
		{"1e400", time.Time{}, false},
		{"-1e400", time.Time{}, false},
		{"9223372036854775808", time.Time{}, false},
		{"1" + strings.Repeat("0", 5000), time.Time{}, false},
		{"0." + strings.Repeat("0", 5000) + "1", time.Time{}, false},
		{`"1300819380"`, time.Time{}, false},
		{"null", time.Time{}, false},
		{"true", time.Time{}, false},
		{"[1300819380]", time.Time{}, false},
	}
	for _, test := range tests {
		o, err := ParseObject(`{"exp":` + test.text + `}`)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := o.Get("exp").Date()
		if ok != test.ok || !got.Equal(test.want) {
			t.Errorf("Date of %.40s = %v, %v, want %v, %v", test.text, got, ok, test.want, test.ok)
		}
	}
}

// reference reads text with encoding/json and returns what ParseObject must:
// the object, or why it is none.
func reference(text []byte) (map[string]any, error) {
	// encoding/json replaces what is not UTF-8 and surrogates that are alone, and
	// keeps the last of two members.
	if !utf8.Valid(text) || !json.Valid(text) || bytes.IndexByte(bytes.TrimLeft(text, " \t\r\n"), '{') != 0 || loneSurrogate(text) {
		return nil, ErrJSON
	}
	if depth(text) > MaxDepth {
		return nil, ErrDepth
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if duplicate, err := duplicateMember(decoder); err != nil || duplicate {
		return nil, ErrDuplicateMember
	}
	decoder = json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var m map[string]any
	if err := decoder.Decode(&m); err != nil {
		return nil, ErrJSON
	}
	return m, nil
}

// loneSurrogate reports whether encoding/json would replace an escape: then
// writing U+FFFD for every escape that is already that leaves another count.
func loneSurrogate(text []byte) bool {
	plain := strings.NewReplacer(`\\`, "", `\ufffd`, "", `\uFFFD`, "", `\uFffd`, "", "\uFFFD", "").Replace(string(text))
	decoder := json.NewDecoder(strings.NewReader(plain))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.ContainsRune(s, utf8.RuneError) {
			return true
		}
	}
}

func depth(text []byte) int {
	decoder := json.NewDecoder(bytes.NewReader(text))
	deepest, now := 0, 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			now++
			deepest = max(deepest, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		}
	}
}

// duplicateMember reads one value from the decoder.
func duplicateMember(decoder *json.Decoder) (bool, error) {
	token, err := decoder.Token()
	if err != nil {
		return false, err
	}
	found := false
	seen := map[any]bool{}
	switch token {
	case json.Delim('{'):
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return false, err
			}
			inner, err := duplicateMember(decoder)
			if err != nil {
				return false, err
			}
			found = found || inner || seen[name]
			seen[name] = true
		}
	case json.Delim('['):
		for decoder.More() {
			inner, err := duplicateMember(decoder)
			if err != nil {
				return false, err
			}
			found = found || inner
		}
	default:
		return false, nil
	}
	_, err = decoder.Token()
	return found, err
}

// FuzzParseObject holds the scanner to encoding/json: it accepts nothing that
// encoding/json refuses, refuses beyond it only what its own rules name, and
// reads the same strings.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}`,
		`{"a":"\ud83d\ude00\n","b":[1,-2.5e+3,"x",[],{"c":null}]}`, `{"a":1,"\u0061":2}`, `{"a":"\ud83d"}`, "{\"a\":\"\xff\"}",
		`{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}`, `{"a":"\\ud83d","b":"\ufffd"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseObject(string(text))
		want, wantErr := reference(text)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("ParseObject(%q) = %v, want %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("ParseObject(%q): %d members, want %d", text, len(got), len(want))
		}
		for _, member := range got {
			value, ok := want[member.Name]
			if !ok {
				t.Fatalf("ParseObject(%q): unexpected member %q", text, member.Name)
			}
			s, isText := value.(string)
			if gotText, ok := member.Value.Text(); ok != isText || gotText != s {
				t.Fatalf("ParseObject(%q): member %q = %q, %v, want %q", text, member.Name, gotText, ok, s)
			}
			if number, ok := value.(json.Number); ok != (member.Value.Kind() == Number) || ok && member.Value.Raw() != number.String() {
				t.Fatalf("ParseObject(%q): member %q = %s, want %v", text, member.Name, member.Value.Raw(), value)
			}
			texts, ok := member.Value.Texts()
			if list, isList := value.([]any); ok {
				if !isList || len(list) != len(texts) {
					t.Fatalf("ParseObject(%q): member %q = %q, want %v", text, member.Name, texts, value)
				}
				for i := range list {
					if list[i] != any(texts[i]) {
						t.Fatalf("ParseObject(%q): member %q = %q, want %v", text, member.Name, texts, value)
					}
				}
			}
			member.Value.Date()
			member.Value.objects()
		}
	})
}

// FuzzAppendText checks that what is written is read back, and that it is JSON
// whatever went in.
func FuzzAppendText(f *testing.F) {
	f.Add("a\"\\\x00\x7f\n\u2028é😀")
	f.Add("\xff\xc0\xaf")
	f.Fuzz(func(t *testing.T, text string) {
		written := string(AppendText([]byte(`{"a":`), text)) + "}"
		o, err := ParseObject(written)
		if err != nil {
			t.Fatalf("AppendText(%q) = %s: %v", text, written, err)
		}
		if got, _ := o.Get("a").Text(); got != strings.ToValidUTF8(text, "\uFFFD") && utf8.ValidString(text) {
			t.Fatalf("AppendText(%q) read back = %q", text, got)
		}
	})
}
