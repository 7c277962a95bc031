package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// schemas finds what the schemas of a document say is sensitive. It takes the schemas
// for a graph: each is read once, and what is found in it is kept, however often it is
// referred to.
type schemas struct {
	marker
	// heirs are the schemas that say allOf of one: what has a discriminator may be any
	// of them.
	heirs map[*openapi3.Schema][]heir
	named openapi3.Schemas
	nodes map[*openapi3.Schema]*schema

	// The state of Tarjan's algorithm for strongly connected components.
	count int
	stack []*schema
}

type heir struct {
	ref   *openapi3.SchemaRef
	where string
}

// schema is one schema.
type schema struct {
	mark  *mark
	edges []edge
	// found are its sensitive places, in the order of their paths.
	found []place

	index, low int
	open       bool // on the stack
}

// edge leads from a schema to one that it is made of.
type edge struct {
	// step leads from a value of the one to that of the other; it is none if they are of
	// the same value.
	step step
	to   *schema
	// mark is what stands beside the reference, nil for nothing, and clear that it takes
	// back what the other schema says of itself.
	mark  *mark
	clear bool
}

// place is a place of a body and what is to become of it.
type place struct {
	path places
	// text is the path as a configuration spells it.
	text string
	mark *mark
}

func newPlace(path places, m *mark) place { return place{path, path.String(), m} }

// maxPlaces bounds the places of one schema. Where there are more, each is looked for at
// any depth, by its last name.
const maxPlaces = 512

func newSchemas(document *openapi3.T, m marker) *schemas {
	s := &schemas{marker: m, heirs: map[*openapi3.Schema][]heir{}, nodes: map[*openapi3.Schema]*schema{}}
	if document.Components == nil {
		return s
	}
	s.named = document.Components.Schemas
	for _, name := range slices.Sorted(maps.Keys(s.named)) {
		ref := s.named[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		for _, base := range ref.Value.AllOf {
			if base != nil && base.Value != nil {
				s.heirs[base.Value] = append(s.heirs[base.Value], heir{ref, "components.schemas." + name})
			}
		}
	}
	return s
}

// places returns the sensitive places of a value that a schema describes. Where is the
// schema's place in the document.
func (s *schemas) places(ref *openapi3.SchemaRef, where string) []place {
	if ref == nil || ref.Value == nil {
		return nil
	}
	root := s.edge(step{}, ref, where)
	return tidy(root.appendTo(nil, nil))
}

// edge reads the schema that an edge leads to.
func (s *schemas) edge(st step, ref *openapi3.SchemaRef, where string) edge {
	e := edge{step: st}
	if ref.Ref != "" {
		var open bool
		e.mark, open = s.extensions(ref.Extensions, where)
		e.clear = open || e.mark != nil
		where = strings.ReplaceAll(strings.TrimPrefix(ref.Ref, "#/"), "/", ".")
	}
	e.to = s.read(ref.Value, where)
	return e
}

// read reads a schema and all that it is made of.
func (s *schemas) read(value *openapi3.Schema, where string) *schema {
	if known := s.nodes[value]; known != nil {
		return known
	}
	s.count++
	n := &schema{index: s.count, low: s.count, open: true, mark: s.of(value, where)}
	s.nodes[value] = n
	s.stack = append(s.stack, n)
	for _, part := range s.parts(value, where) {
		if part.ref == nil || part.ref.Value == nil {
			continue
		}
		e := s.edge(part.step, part.ref, part.where)
		n.edges = append(n.edges, e)
		if e.to.open {
			n.low = min(n.low, e.to.low)
		}
	}
	if n.low == n.index {
		at := slices.Index(s.stack, n)
		component := slices.Clone(s.stack[at:])
		s.stack = s.stack[:at]
		settle(component)
		for _, member := range component {
			member.open = false
		}
	}
	return n
}

// part is a schema that another is made of.
type part struct {
	step  step
	ref   *openapi3.SchemaRef
	where string
}

// parts returns what a schema is made of, in a fixed order.
func (s *schemas) parts(v *openapi3.Schema, where string) []part {
	var parts []part
	one := func(st step, ref *openapi3.SchemaRef, name string) {
		parts = append(parts, part{st, ref, where + "." + name})
	}
	list := func(st step, refs openapi3.SchemaRefs, name string) {
		for i, ref := range refs {
			one(st, ref, fmt.Sprintf("%s[%d]", name, i))
		}
	}
	table := func(refs openapi3.Schemas, name string, of func(name string, ref *openapi3.SchemaRef) step) {
		for _, key := range slices.Sorted(maps.Keys(refs)) {
			one(of(key, refs[key]), refs[key], name+"."+key)
		}
	}
	table(v.Properties, "properties", func(name string, ref *openapi3.SchemaRef) step {
		st := step{kind: stepName, name: name, fold: folded(name), xml: name}
		if ref != nil && ref.Value != nil && ref.Value.XML != nil {
			st.xml = cmp.Or(ref.Value.XML.Name, name)
			if ref.Value.XML.Attribute {
				st.xml = "@" + st.xml
			}
		}
		return st
	})
	anyName, same := step{kind: stepAny}, step{}
	table(v.PatternProperties, "patternProperties", func(string, *openapi3.SchemaRef) step { return anyName })
	table(v.DependentSchemas, "dependentSchemas", func(string, *openapi3.SchemaRef) step { return same })
	one(anyName, v.AdditionalProperties.Schema, "additionalProperties")
	one(anyName, v.UnevaluatedProperties.Schema, "unevaluatedProperties")
	item := step{kind: stepItem}
	one(item, v.Items, "items")
	list(item, v.PrefixItems, "prefixItems")
	one(item, v.Contains, "contains")
	one(item, v.UnevaluatedItems.Schema, "unevaluatedItems")
	list(same, v.AllOf, "allOf")
	list(same, v.OneOf, "oneOf")
	list(same, v.AnyOf, "anyOf")
	one(same, v.If, "if")
	one(same, v.Then, "then")
	one(same, v.Else, "else")
	one(same, v.ContentSchema, "contentSchema")
	if v.Discriminator != nil {
		for _, h := range s.heirs[v] {
			parts = append(parts, part{same, h.ref, h.where})
		}
		for _, key := range slices.Sorted(maps.Keys(v.Discriminator.Mapping)) {
			name := strings.TrimPrefix(v.Discriminator.Mapping[key].Ref, "#/components/schemas/")
			parts = append(parts, part{same, s.named[name], "components.schemas." + name})
		}
	}
	return parts
}

// settle finds the places of schemas that lead to one another, which is one schema if
// none leads back to itself. Where they do, what is in one of them may stand at any
// depth.
func settle(component []*schema) {
	inside := func(e *edge) bool { return e.to.open && slices.Contains(component, e.to) }
	deeper := false
	for _, n := range component {
		for i := range n.edges {
			deeper = deeper || n.edges[i].step.kind != stepSame && inside(&n.edges[i])
		}
	}
	var prefix places
	if deeper {
		prefix = places{{kind: stepDeep}}
	}
	// What is below any of them.
	var below []place
	for _, n := range component {
		for i := range n.edges {
			e := &n.edges[i]
			switch {
			case !inside(e):
				for _, p := range e.appendTo(nil, nil) {
					if len(p.path) > 0 {
						below = append(below, newPlace(slices.Concat(prefix, p.path), p.mark))
					}
				}
			case e.step.kind != stepSame:
				for _, m := range e.here(component) {
					below = append(below, newPlace(slices.Concat(prefix, places{e.step}), m))
				}
			}
		}
	}
	below = tidy(below)
	for _, n := range component {
		n.found = slices.Clone(below)
		for _, m := range n.here(component, nil) {
			n.found = append(n.found, newPlace(nil, m))
		}
		n.found = tidy(n.found)
	}
}

// here returns what is said of the value itself by a schema of a component, and by
// those that are of the same value.
func (n *schema) here(component []*schema, seen []*schema) []*mark {
	if slices.Contains(seen, n) {
		return nil
	}
	seen = append(seen, n)
	var marks []*mark
	if n.mark != nil {
		marks = append(marks, n.mark)
	}
	for i := range n.edges {
		e := &n.edges[i]
		if e.step.kind != stepSame {
			continue
		}
		if e.mark != nil {
			marks = append(marks, e.mark)
		}
		switch {
		case e.clear:
		case slices.Contains(component, e.to):
			marks = append(marks, e.to.here(component, seen)...)
		default:
			for _, p := range e.to.found {
				if len(p.path) == 0 {
					marks = append(marks, p.mark)
				}
			}
		}
	}
	return marks
}

// here returns what is said of the value at the end of an edge within a component.
func (e *edge) here(component []*schema) []*mark {
	var marks []*mark
	if e.mark != nil {
		marks = append(marks, e.mark)
	}
	if !e.clear {
		marks = append(marks, e.to.here(component, nil)...)
	}
	return marks
}

// appendTo appends the places that an edge leads to.
func (e *edge) appendTo(dst []place, prefix places) []place {
	if e.step.kind != stepSame {
		prefix = slices.Concat(prefix, places{e.step})
	}
	if e.mark != nil {
		dst = append(dst, newPlace(prefix, e.mark))
	}
	for _, p := range e.to.found {
		if len(p.path) == 0 && e.clear {
			continue
		}
		dst = append(dst, newPlace(slices.Concat(prefix, p.path), p.mark))
	}
	return dst
}

// tidy puts places in order, each mark of a path once, and bounds how many there are.
func tidy(list []place) []place {
	if len(list) > maxPlaces {
		for i := range list {
			list[i] = newPlace(list[i].path.anywhere(), list[i].mark)
		}
	}
	slices.SortStableFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.text, b.text), a.mark.compare(b.mark))
	})
	return slices.CompactFunc(list, func(a, b place) bool {
		return a.text == b.text && a.mark.compare(b.mark) == 0
	})
}
