package config

import (
	"reflect"
	"strconv"
	"strings"
)

// field is a struct field that holds configuration.
type field struct {
	name  string
	value reflect.Value
	rules rules
}

// fieldsOf lists the fields of a struct in order, those of embedded structs in
// place, and returns the rules of its blank field.
func fieldsOf(v reflect.Value) (fields []field, blank rules) {
	t := v.Type()
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		if f.Name == "_" {
			blank = parseRules(f.Tag.Get("config"))
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			inner, innerBlank := fieldsOf(v.Field(i))
			fields = append(fields, inner...)
			if len(innerBlank) > 0 {
				blank = innerBlank
			}
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		if !f.IsExported() {
			panic("config: field " + f.Name + " of " + t.String() + " has a key but is not exported")
		}
		fields = append(fields, field{name: name, value: v.Field(i), rules: parseRules(f.Tag.Get("config"))})
	}
	return fields, blank
}

// rules are the constraints of a config tag.
type rules map[string]string

// known are the words a config tag may hold, and whether they apply to the
// entries of a list as well.
var known = map[string]bool{
	"required": false, "default": false, "exactlyone": false, "unique": false, "minitems": false, "maxitems": false,
	"enum": true, "minimum": true, "maximum": true, "minlen": true, "maxlen": true,
}

func parseRules(tag string) rules {
	if tag == "" {
		return nil
	}
	r := rules{}
	for _, part := range strings.Split(tag, ",") {
		name, value, _ := strings.Cut(part, "=")
		if _, ok := known[name]; !ok {
			panic("config: unknown word in a config tag: " + part)
		}
		r[name] = value
	}
	return r
}

func (r rules) has(name string) bool { _, ok := r[name]; return ok }

func (r rules) get(name string) (string, bool) { s, ok := r[name]; return s, ok }

func (r rules) number(name string) (int, bool) {
	s, ok := r[name]
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("config: number in a config tag: " + s)
	}
	return n, true
}

// each returns the rules for the entries of a list that r is about.
func (r rules) each() rules {
	e := rules{}
	for name, value := range r {
		if known[name] {
			e[name] = value
		}
	}
	return e
}
