package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"gatehouse/plugins/internal/config"
)

// Module is the path of this repository's module.
const Module = "gatehouse"

// Generate returns the schema of a struct type: pkg is its package's import
// path, root the directory of go.mod. The text is indented and ends with a line
// feed, and is the same for the same source.
func Generate(root, pkg, typ string) ([]byte, error) {
	g := &generator{source: source{root: root, module: Module, loaded: map[string]map[string]*declared{}}, home: pkg, defs: map[string]*object{}}
	t, err := g.find(pkg, typ)
	if err != nil {
		return nil, err
	}
	st, ok := t.spec.Type.(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("schema: %s.%s: want a struct", pkg, typ)
	}
	body, err := g.structure(t, st)
	if err != nil {
		return nil, err
	}
	whole := &object{}
	whole.set("$schema", "https://json-schema.org/draft/2020-12/schema")
	whole.set("title", path.Base(pkg))
	whole.set("description", t.doc)
	if err := version(body); err != nil {
		return nil, err
	}
	whole.add(body)
	if len(g.order) > 0 {
		defs := &object{}
		for _, name := range g.order {
			defs.set(name, g.defs[name])
		}
		whole.set("$defs", defs)
	}
	compact, err := text(whole)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// version puts the version of the format, which package config reads itself, in
// front of the properties of a document.
func version(body *object) error {
	properties := body.values["properties"].(*object)
	if properties.values["version"] != nil {
		return errors.New("schema: Config.version: the key of the format's version")
	}
	v := &object{}
	v.set("description", "Version of the configuration's format, the same for all plugins. A plugin does not start with one that it does not read. Default 1. Optional.")
	v.set("type", "integer")
	v.set("minimum", config.OldestVersion)
	v.set("maximum", config.Version)
	v.set("default", 1)
	all := &object{}
	all.set("version", v)
	all.add(properties)
	body.set("properties", all)
	return nil
}

// Plugins returns the import paths of the plugins below root that have a type
// Config, by folder, in order.
func Plugins(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, "plugins"))
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	var found []string
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "internal" {
			continue
		}
		s := source{root: root, module: Module, loaded: map[string]map[string]*declared{}}
		pkg := Module + "/plugins/" + e.Name()
		types, err := s.load(pkg)
		if err != nil {
			return nil, err
		}
		if types["Config"] != nil {
			found = append(found, pkg)
		}
	}
	return found, nil
}

// File is where the schema of a plugin is published.
func File(root, pkg string) string {
	return filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(pkg, Module+"/")), "schema.json")
}

// generator turns types into schemas, each named one once.
type generator struct {
	source
	home  string
	defs  map[string]*object
	order []string
}

// structure is the schema of a struct's fields.
func (g *generator) structure(t *declared, st *ast.StructType) (*object, error) {
	properties, choice := &object{}, ""
	var required []string
	if err := g.fields(t, st, properties, &required, &choice); err != nil {
		return nil, err
	}
	s := &object{}
	s.set("type", "object")
	s.set("properties", properties)
	if len(required) > 0 {
		s.set("required", required)
	}
	if choice != "" {
		var one []*object
		for _, key := range strings.Split(choice, "|") {
			o := &object{}
			o.set("required", []string{key})
			one = append(one, o)
		}
		s.set("oneOf", one)
	}
	s.set("additionalProperties", false)
	return s, nil
}

func (g *generator) fields(t *declared, st *ast.StructType, properties *object, required *[]string, choice *string) error {
	for _, f := range st.Fields.List {
		tag := ""
		if f.Tag != nil {
			tag, _ = strconv.Unquote(f.Tag.Value)
		}
		key, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		rules := parse(reflect.StructTag(tag).Get("config"))
		if len(f.Names) == 1 && f.Names[0].Name == "_" {
			*choice = rules["exactlyone"]
			continue
		}
		if len(f.Names) == 0 && key == "" {
			inner, err := g.resolve(t, f.Type)
			if err != nil {
				return err
			}
			if is, ok := inner.spec.Type.(*ast.StructType); ok {
				if err := g.fields(inner, is, properties, required, choice); err != nil {
					return err
				}
			}
			continue
		}
		if key == "" || key == "-" {
			continue
		}
		where := t.name + "." + key
		doc := prose(f.Doc)
		_, isRequired := rules["required"]
		if err := requirement(doc, isRequired); err != nil {
			return fmt.Errorf("schema: %s: %w", where, err)
		}
		s, err := g.value(t, f.Type, rules)
		if err != nil {
			return fmt.Errorf("%w, for %s", err, where)
		}
		described := &object{}
		described.set("description", doc)
		described.add(s)
		if d, ok := rules["default"]; ok {
			value, err := g.standard(t, f.Type, d)
			if err != nil {
				return fmt.Errorf("%w, for %s", err, where)
			}
			described.set("default", value)
		}
		properties.set(key, described)
		if isRequired {
			*required = append(*required, key)
		}
	}
	return nil
}

// requirement holds a field's comment against its tag.
func requirement(doc string, required bool) error {
	last := doc
	if i := strings.LastIndex(strings.TrimSuffix(doc, "."), ". "); i >= 0 {
		last = doc[i+2:]
	}
	switch {
	case doc == "":
		return errors.New("no doc comment")
	case last == "Required.":
		if !required {
			return errors.New(`the comment says "Required.", the tag does not`)
		}
	case last == "Optional." || strings.HasPrefix(last, "Optional:"):
		if required {
			return errors.New(`the tag says required, the comment "Optional."`)
		}
	default:
		return fmt.Errorf(`comment ends with %q, want "Required." or "Optional."`, last)
	}
	return nil
}

// value is the schema of a value of type x, as a file of t's package has it.
func (g *generator) value(t *declared, x ast.Expr, r map[string]string) (*object, error) {
	switch x := x.(type) {
	case *ast.StarExpr:
		return g.value(t, x.X, r)
	case *ast.ArrayType:
		items, err := g.value(t, x.Elt, each(r))
		if err != nil {
			return nil, err
		}
		s := &object{}
		s.set("type", "array")
		s.set("items", items)
		s.number(r, "minitems", "minItems")
		s.number(r, "maxitems", "maxItems")
		if _, ok := r["unique"]; ok {
			s.set("uniqueItems", true)
		}
		return s, nil
	case *ast.MapType:
		items, err := g.value(t, x.Value, each(r))
		if err != nil {
			return nil, err
		}
		s := &object{}
		s.set("type", "object")
		s.set("additionalProperties", items)
		s.number(r, "minitems", "minProperties")
		s.number(r, "maxitems", "maxProperties")
		return s, nil
	case *ast.Ident:
		if s := basic(x.Name); s != nil {
			return constrain(s, r), nil
		}
	}
	named, err := g.resolve(t, x)
	if err != nil {
		return nil, err
	}
	return g.named(named, r)
}

// resolve finds the type that an expression names.
func (g *generator) resolve(t *declared, x ast.Expr) (*declared, error) {
	switch x := x.(type) {
	case *ast.Ident:
		return g.find(t.pkg, x.Name)
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			pkg, err := imported(t.file, id.Name)
			if err != nil {
				return nil, err
			}
			return g.find(pkg, x.Sel.Name)
		}
	}
	return nil, fmt.Errorf("schema: %T is no type of a configuration", x)
}

// named refers to the definition of a named type, and writes it the first time.
// A type that only renames a basic one is written in place.
func (g *generator) named(t *declared, r map[string]string) (*object, error) {
	st, isStruct := t.spec.Type.(*ast.StructType)
	if !isStruct && t.directive == "" {
		if t.custom {
			return nil, fmt.Errorf("schema: %s.%s reads its own JSON, want a %sdirective", path.Base(t.pkg), t.name, strings.TrimPrefix(directivePrefix, "//"))
		}
		return g.value(t, t.spec.Type, r)
	}
	if isStruct && t.custom && t.directive == "" {
		return nil, fmt.Errorf("schema: %s.%s reads its own JSON, want a %sdirective", path.Base(t.pkg), t.name, strings.TrimPrefix(directivePrefix, "//"))
	}
	name := t.name
	if t.pkg != g.home {
		name = path.Base(t.pkg) + "." + t.name
	}
	ref := &object{}
	ref.set("$ref", "#/$defs/"+name)
	if g.defs[name] != nil {
		return ref, nil
	}
	def := &object{}
	g.defs[name] = def
	g.order = append(g.order, name)
	def.set("description", t.doc)
	if t.directive == "" {
		body, err := g.structure(t, st)
		if err != nil {
			return nil, err
		}
		def.add(body)
		return ref, nil
	}
	text := t.directive
	if isStruct && strings.Contains(text, `"#struct"`) {
		body, err := g.structure(t, st)
		if err != nil {
			return nil, err
		}
		inner, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = strings.Replace(text, `"#struct"`, string(inner), 1)
	}
	body, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("schema: directive of %s.%s: %w", path.Base(t.pkg), t.name, err)
	}
	def.add(body)
	return ref, nil
}

// basic is the schema of a predeclared type, nil for any other.
func basic(name string) *object {
	s := &object{}
	switch name {
	case "string":
		s.set("type", "string")
	case "bool":
		s.set("type", "boolean")
	case "float64":
		s.set("type", "number")
	case "int", "int64", "int8", "int16", "int32", "uint8", "uint16", "uint32", "uint":
		s.set("type", "integer")
		bits, _ := strconv.Atoi(strings.TrimLeft(name, "uint"))
		low, high := int64(-1<<53+1), int64(1<<53-1)
		if bits > 0 && bits < 64 {
			low, high = -1<<(bits-1), 1<<(bits-1)-1
		}
		if name[0] == 'u' {
			low = 0
			if bits > 0 && bits < 64 {
				high = 1<<bits - 1
			}
		}
		s.set("minimum", low)
		s.set("maximum", high)
	default:
		return nil
	}
	return s
}

// constrain adds what the tag says of a basic value.
func constrain(s *object, r map[string]string) *object {
	if words, ok := r["enum"]; ok {
		s.set("enum", strings.Split(words, "|"))
	}
	s.number(r, "minimum", "minimum")
	s.number(r, "maximum", "maximum")
	s.number(r, "minlen", "minLength")
	s.number(r, "maxlen", "maxLength")
	return s
}

// standard is the JSON of a default.
func (g *generator) standard(t *declared, x ast.Expr, text string) (any, error) {
	switch x := x.(type) {
	case *ast.StarExpr:
		return g.standard(t, x.X, text)
	case *ast.ArrayType:
		list := []any{}
		if text == "" {
			return list, nil
		}
		for _, entry := range strings.Split(text, "|") {
			value, err := g.standard(t, x.Elt, entry)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case *ast.Ident:
		switch x.Name {
		case "string":
			return text, nil
		case "bool":
			return strconv.ParseBool(text)
		}
		if basic(x.Name) != nil {
			return json.Number(text), nil
		}
	}
	named, err := g.resolve(t, x)
	if err != nil {
		return nil, err
	}
	if named.custom {
		return text, nil
	}
	return g.standard(named, named.spec.Type, text)
}

// parse reads a config tag.
func parse(tag string) map[string]string {
	r := map[string]string{}
	for _, part := range strings.Split(tag, ",") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			r[name] = value
		}
	}
	return r
}

// each keeps what a tag says of the entries of a list.
func each(r map[string]string) map[string]string {
	e := map[string]string{}
	for _, name := range []string{"enum", "minimum", "maximum", "minlen", "maxlen"} {
		if value, ok := r[name]; ok {
			e[name] = value
		}
	}
	return e
}
