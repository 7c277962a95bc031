package config

import "fmt"

// Unmarshaler is implemented by a pointer to a type that reads its own part of
// the document. The error it returns should come from [Value.Errorf]; any other
// is placed at v. Its message must not hold a value that may be a secret.
type Unmarshaler interface {
	UnmarshalConfig(v Value) error
}

// Validator is implemented by a pointer to a type that can be wrong although
// each of its fields is right. It is called once the value and all it holds
// were decoded without an error, inner values first.
type Validator interface {
	ValidateConfig(v Value) error
}

// Value is one value of the document with its place, handed to the hooks. The
// zero Value is an absent one.
type Value struct {
	n *node
	f *faults
	// path and offset place errors of an absent value.
	path   string
	offset int
}

// Kind returns the JSON type, and Null for an absent value.
func (v Value) Kind() Kind {
	if v.n == nil {
		return Null
	}
	return v.n.kind
}

// Present tells whether the document holds the value.
func (v Value) Present() bool { return v.n != nil }

// Path leads to the value, as errors show it.
func (v Value) Path() string {
	if v.n == nil {
		return v.path
	}
	return v.n.path
}

// Raw returns the bytes of the value as written, which the caller must not
// change; nil for an absent value. They are valid JSON, without duplicate keys
// at any level.
func (v Value) Raw() []byte {
	if v.n == nil || v.f == nil || v.n.end == 0 {
		return nil
	}
	return v.f.data[v.n.start:v.n.end]
}

// Text returns the decoded string of a String, a Number as written, "true" or
// "false" of a Bool, and "" of anything else.
func (v Value) Text() string {
	if v.n == nil {
		return ""
	}
	return v.n.text
}

// Len returns the number of entries or members.
func (v Value) Len() int {
	if v.n == nil {
		return 0
	}
	return len(v.n.children)
}

// Index returns entry i of an array or member i of an object, in the order of
// the document; absent where there is none.
func (v Value) Index(i int) Value {
	if v.n != nil && i >= 0 && i < len(v.n.children) {
		return Value{n: v.n.children[i], f: v.f}
	}
	return Value{f: v.f, path: fmt.Sprintf("%s[%d]", v.Path(), i), offset: v.start()}
}

// Key returns the key of a value that is a member of an object.
func (v Value) Key() string {
	if v.n == nil {
		return ""
	}
	return v.n.key
}

// Field returns the member of an object with this key; absent where there is
// none.
func (v Value) Field(key string) Value {
	if v.n != nil && v.n.kind == Object {
		for _, c := range v.n.children {
			if c.key == key {
				return Value{n: c, f: v.f}
			}
		}
	}
	return Value{f: v.f, path: join(v.Path(), key), offset: v.start()}
}

func (v Value) start() int {
	if v.n == nil {
		return v.offset
	}
	return v.n.start
}

// Errorf returns an error at the value: what is wrong and what is wanted, lower
// case, no period, and nothing that may be a secret.
func (v Value) Errorf(format string, args ...any) *Error {
	if v.f == nil {
		return Errorf(v.path, format, args...)
	}
	return v.f.at(v.Path(), v.start(), fmt.Sprintf(format, args...))
}

// Decode decodes the value into a pointer, as [Decode] does a document.
func (v Value) Decode(into any) error {
	if v.n == nil {
		return v.Errorf("required")
	}
	d := decoder{faults: &faults{data: v.f.data}}
	if err := d.into(v.n, into); err != nil {
		return err
	}
	return d.err()
}

// Raw is a value kept as written, for what is decoded later or elsewhere.
//
//schema:is {}
type Raw []byte

// UnmarshalConfig keeps a copy of the value's bytes.
func (r *Raw) UnmarshalConfig(v Value) error {
	*r = append((*r)[:0], v.Raw()...)
	return nil
}
