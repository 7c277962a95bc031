package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads a document into the struct that into points to. It returns nil,
// an *Error, or Errors with every fault of shape; after an error the struct is
// of no use. Of a document in a version that is not read (see [Version]) nothing
// else is said: its other keys have a meaning that is not known here.
//
// Decode panics where the struct itself is wrong: a field of a type that no
// document can hold, a tag it does not know.
func Decode(data []byte, into any) error {
	root, faults := parse(data)
	if root == nil {
		return faults.err()
	}
	if err := takeVersion(root, faults); err != nil {
		return err
	}
	d := decoder{faults: faults}
	if err := d.into(root, into); err != nil {
		return err
	}
	return d.err()
}

// decoder walks nodes and Go values side by side.
type decoder struct {
	*faults
}

func (d *decoder) into(n *node, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("config: decoding into %T, want a pointer", into))
	}
	d.value(n, v.Elem(), rules{})
	return nil
}

func (d *decoder) errorf(n *node, format string, args ...any) {
	d.list = append(d.list, d.at(n.path, n.start, fmt.Sprintf(format, args...)))
}

func (d *decoder) want(n *node, kind Kind) bool {
	if n.kind == kind {
		return true
	}
	d.errorf(n, "want %s, got %s", article(kind), n.kind)
	return false
}

func article(k Kind) string {
	switch k {
	case Array:
		return "a list"
	case Object:
		return "an object"
	}
	return "a " + k.String()
}

// value decodes n into v and holds it against r.
func (d *decoder) value(n *node, v reflect.Value, r rules) {
	before := len(d.list)
	if u, ok := v.Addr().Interface().(Unmarshaler); ok {
		d.add(n.path, n.start, u.UnmarshalConfig(Value{n: n, f: d.faults}))
		if len(d.list) == before && v.Kind() == reflect.Int64 {
			d.span(n, v, r)
		}
	} else {
		d.kind(n, v, r)
	}
	if len(d.list) > before {
		return
	}
	if c, ok := v.Addr().Interface().(Validator); ok {
		d.add(n.path, n.start, c.ValidateConfig(Value{n: n, f: d.faults}))
	}
}

func (d *decoder) kind(n *node, v reflect.Value, r rules) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), r)
	case reflect.Struct:
		d.object(n, v)
	case reflect.Slice:
		d.sequence(n, v, r)
	case reflect.Map:
		d.dict(n, v, r)
	case reflect.String:
		if d.want(n, String) {
			v.SetString(n.text)
			d.text(n, r)
		}
	case reflect.Bool:
		if d.want(n, Bool) {
			v.SetBool(n.text == "true")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		d.integer(n, v, r)
	case reflect.Float64:
		if d.want(n, Number) {
			f, err := strconv.ParseFloat(n.text, 64)
			if err != nil {
				d.errorf(n, "want a number that fits 64 bits")
				return
			}
			v.SetFloat(f)
			d.bounds(n, f, r)
		}
	default:
		panic("config: field of type " + v.Type().String() + " at " + n.path)
	}
}

// maxInteger is the largest integer that JSON readers agree on, RFC 8259,
// Section 6.
const maxInteger = 1<<53 - 1

func (d *decoder) integer(n *node, v reflect.Value, r rules) {
	if !d.want(n, Number) {
		return
	}
	// Envoy's Struct holds every number as a double, so 1e+06 is an integer too.
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxInteger {
		d.errorf(n, "want a whole number of at most %d", int64(maxInteger))
		return
	}
	before := len(d.list)
	d.bounds(n, f, r)
	if len(d.list) > before {
		return
	}
	if v.CanUint() {
		if f < 0 || v.OverflowUint(uint64(f)) {
			d.errorf(n, "want a whole number from 0 to %d", ^uint64(0)>>(64-v.Type().Bits()))
			return
		}
		v.SetUint(uint64(f))
		return
	}
	if v.OverflowInt(int64(f)) {
		d.errorf(n, "want a whole number that fits %d bits", v.Type().Bits())
		return
	}
	v.SetInt(int64(f))
}

func (d *decoder) bounds(n *node, f float64, r rules) {
	if s, ok := r.get("minimum"); ok {
		if low, _ := strconv.ParseFloat(s, 64); f < low {
			d.errorf(n, "want at least %s", s)
		}
	}
	if s, ok := r.get("maximum"); ok {
		if high, _ := strconv.ParseFloat(s, 64); f > high {
			d.errorf(n, "want at most %s", s)
		}
	}
}

// span holds a Duration against its bounds.
func (d *decoder) span(n *node, v reflect.Value, r rules) {
	if s, ok := r.get("minimum"); ok {
		if low, _ := parseDuration(s); v.Int() < int64(low) {
			d.errorf(n, "want at least %s", s)
		}
	}
	if s, ok := r.get("maximum"); ok {
		if high, _ := parseDuration(s); v.Int() > int64(high) {
			d.errorf(n, "want at most %s", s)
		}
	}
}

func (d *decoder) text(n *node, r rules) {
	if s, ok := r.get("enum"); ok {
		words := strings.Split(s, "|")
		for _, w := range words {
			if w == n.text {
				return
			}
		}
		d.errorf(n, "%s", unknownWord(n.text, words))
		return
	}
	length := utf8.RuneCountInString(n.text)
	if low, ok := r.number("minlen"); ok && length < low {
		if low == 1 {
			d.errorf(n, "empty, want at least 1 character")
		} else {
			d.errorf(n, "%d characters, want at least %d", length, low)
		}
	}
	if high, ok := r.number("maxlen"); ok && length > high {
		d.errorf(n, "%d characters, want at most %d", length, high)
	}
}

// entries holds the number of entries of a list or map against r.
func (d *decoder) entries(n *node, r rules) {
	what := func(count int) string {
		if count == 1 {
			return "1 entry"
		}
		return strconv.Itoa(count) + " entries"
	}
	if low, ok := r.number("minitems"); ok && len(n.children) < low {
		d.errorf(n, "want at least %s", what(low))
	}
	if high, ok := r.number("maxitems"); ok && len(n.children) > high {
		d.errorf(n, "%s, want at most %d", what(len(n.children)), high)
	}
}

func (d *decoder) sequence(n *node, v reflect.Value, r rules) {
	if !d.want(n, Array) {
		return
	}
	d.entries(n, r)
	v.Set(reflect.MakeSlice(v.Type(), len(n.children), len(n.children)))
	seen := map[string]int{}
	for i, c := range n.children {
		d.value(c, v.Index(i), r.each())
		if r.has("unique") && c.kind == String {
			if first, ok := seen[c.text]; ok {
				d.errorf(c, "the same as entry %d, want each once", first)
			} else {
				seen[c.text] = i
			}
		}
	}
}

func (d *decoder) dict(n *node, v reflect.Value, r rules) {
	if !d.want(n, Object) {
		return
	}
	d.entries(n, r)
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.children)))
	for _, c := range n.children {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(c, e, r.each())
		v.SetMapIndex(reflect.ValueOf(c.key).Convert(v.Type().Key()), e)
	}
}

func (d *decoder) object(n *node, v reflect.Value) {
	if !d.want(n, Object) {
		return
	}
	fields, blank := fieldsOf(v)
	names := make([]string, len(fields))
	for i := range fields {
		if names[i] = fields[i].name; n.path == "" && names[i] == versionKey {
			panic("config: a field of " + v.Type().String() + " has the key of the format's version")
		}
	}
	if n.path == "" {
		names = append(names, versionKey)
	}
	members := make(map[string]*node, len(n.children))
	before := len(d.list)
	for _, c := range n.children {
		known := false
		for i := range fields {
			known = known || fields[i].name == c.key
		}
		if !known {
			d.list = append(d.list, d.at(n.path, c.keyStart, unknownField(c.key, names)))
			continue
		}
		members[c.key] = c
	}
	for i := range fields {
		f := &fields[i]
		c := members[f.name]
		if c != nil {
			d.value(c, f.value, f.rules)
			continue
		}
		if f.rules.has("required") {
			d.list = append(d.list, d.at(join(n.path, f.name), n.start, "required"))
			continue
		}
		d.absent(n, f)
	}
	// A misspelt key explains a choice that was not made.
	if s, ok := blank.get("exactlyone"); ok && len(d.list) == before {
		choice, found := strings.Split(s, "|"), 0
		for _, name := range choice {
			if members[name] != nil {
				found++
			}
		}
		if found != 1 {
			d.errorf(n, "want exactly one of %s", oneOf(choice))
		}
	}
}

func unknownField(key string, names []string) string {
	message := "unknown field " + quote(key)
	if s := Suggest(key, names); s != "" {
		return message + ", did you mean " + quote(s) + "?"
	}
	if len(names) > 0 && len(names) <= 16 {
		message += ", want " + oneOf(names)
	}
	return message
}

// absent fills a field whose key the document does not have.
func (d *decoder) absent(parent *node, f *field) {
	path := join(parent.path, f.name)
	s, ok := f.rules.get("default")
	if !ok {
		if f.value.Kind() == reflect.Struct {
			d.value(&node{kind: Object, start: parent.start, path: path}, f.value, f.rules)
		}
		return
	}
	n := defaultNode(f.value.Type(), s)
	n.path, n.start = path, parent.start
	before := len(d.list)
	d.value(n, f.value, f.rules)
	if len(d.list) > before {
		panic("config: default of " + path + ": " + d.list[before].Message)
	}
}

// defaultNode is the value that a default tag stands for.
func defaultNode(t reflect.Type, s string) *node {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, ok := reflect.New(t).Interface().(Unmarshaler); ok {
		return &node{kind: String, text: s}
	}
	switch t.Kind() {
	case reflect.Slice:
		n := &node{kind: Array}
		if s != "" {
			for _, entry := range strings.Split(s, "|") {
				n.children = append(n.children, defaultNode(t.Elem(), entry))
			}
		}
		return n
	case reflect.Bool:
		return &node{kind: Bool, text: s}
	case reflect.String:
		return &node{kind: String, text: s}
	}
	return &node{kind: Number, text: s}
}
