package config

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// plainJSON reads a document as encoding/json does, and tells whether it is one
// that Decode accepts too: no duplicate key, no replaced character.
func plainJSON(data []byte) (value any, strict bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return value, utf8.Valid(data) && !duplicates(data)
}

// duplicates tells whether an object has a key twice, by its tokens.
func duplicates(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	var objects []map[string]bool // nil for an array
	key := false                  // whether the next token may be a key
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'):
			objects, key = append(objects, map[string]bool{}), true
			continue
		case json.Delim('['):
			objects, key = append(objects, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
		default:
			if name, ok := token.(string); ok && key {
				seen := objects[len(objects)-1]
				if seen[name] {
					return true
				}
				seen[name] = true
				key = false
				continue
			}
		}
		key = len(objects) > 0 && objects[len(objects)-1] != nil
	}
}

// tree is a parsed node as encoding/json would have it.
func tree(n *node) any {
	switch n.kind {
	case Bool:
		return n.text == "true"
	case Number:
		return json.Number(n.text)
	case String:
		return n.text
	case Array:
		list := make([]any, len(n.children))
		for i, c := range n.children {
			list[i] = tree(c)
		}
		return list
	case Object:
		members := make(map[string]any, len(n.children))
		for _, c := range n.children {
			members[c.key] = tree(c)
		}
		return members
	}
	return nil
}

// checkParse holds the parser against encoding/json.
func checkParse(t *testing.T, data []byte) {
	t.Helper()
	root, faults := parse(data)
	value, strict := plainJSON(data)
	if faults.err() != nil {
		message := faults.err().Error()
		if strings.Contains(message, "\n\n") || !strings.HasPrefix(message, "config: ") || !utf8.ValidString(message) {
			t.Errorf("parse(%q): message %q", data, message)
		}
		// U+FFFD in what encoding/json read may stand for a lone surrogate.
		if text, _ := json.Marshal(value); strict && !strings.Contains(message, "nested deeper") && !bytes.Contains(text, []byte("\ufffd")) {
			t.Errorf("parse(%q) = %s, but it is strict JSON", data, message)
		}
		return
	}
	if !strict {
		t.Errorf("parse(%q) accepts what is not strict JSON", data)
		return
	}
	if got := tree(root); !reflect.DeepEqual(got, value) {
		t.Errorf("parse(%q) = %#v, want %#v", data, got, value)
	}
	if again, ok := plainJSON(data[root.start:root.end]); !ok || !reflect.DeepEqual(again, value) {
		t.Errorf("parse(%q): the bytes of the root are %q", data, data[root.start:root.end])
	}
}

var documents = []string{
	`{}`, `[]`, `null`, `true`, `"x"`, `-0.5e+3`, `{"a":[1,{"b":null}],"c":"\u00e9\ud83d\ude00\n"}`, ` { "a" : 1 } `, smallest,
	``, ` `, `{`, `[1,]`, `{"a":1,}`, `{"a"}`, `01`, `1.`, `.5`, `+1`, `1e`, `nul`, `truex`, `"\x"`, `"\ud800"`, `"\ud800\ud800"`, `"\udc00"`, `"a`, "\"\x01\"", "\"\xff\"",
	`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[{"x":{"y":1,"y":1}}]`, `{} {}`, "\ufeff{}", `{'a':1}`, `/**/{}`, `NaN`, `"\ufffd"`, `"\/"`, `1E400`, `-`, `--1`, `{"":1}`,
}

func TestParseAgreesWithEncodingJSON(t *testing.T) {
	for _, d := range documents {
		checkParse(t, []byte(d))
	}
	// every prefix and every replaced byte of a document with all syntax
	whole := []byte(` {"a":[1,-2.5e+3,true,false,null,{"b":"\u00e9\"x\\"}],"cé":{}} `)
	for i := range whole {
		checkParse(t, whole[:i])
		for _, c := range []byte("\x00 \"\\{}[]:,0-.e+u\xff") {
			changed := bytes.Clone(whole)
			changed[i] = c
			checkParse(t, changed)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkParse(t, data)
		if err := Decode(data, &gate{}); err == nil {
			if !json.Valid(data) {
				t.Errorf("Decode(%q) accepts what is not JSON", data)
			}
		} else if lines := strings.Count(err.Error(), "\n"); lines > maxErrors {
			t.Errorf("Decode(%q) reports %d lines", data, lines+1)
		}
	})
}
