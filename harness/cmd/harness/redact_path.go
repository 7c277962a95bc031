package main

import (
	"slices"
	"strings"
)

// step is one step of a path into a body.
type step struct {
	kind stepKind
	// name of a property, the same folded, and what it is in XML, "@" in front of an
	// attribute.
	name, fold, xml string
}

type stepKind uint8

const (
	stepSame stepKind = iota // no step: the same value
	stepName                 // a property
	stepAny                  // any property
	stepItem                 // any element of an array
	stepDeep                 // any number of steps
)

// places is a path that stands for places of bodies.
type places []step

// String is the path as a configuration spells it.
func (p places) String() string {
	var b strings.Builder
	for i, st := range p {
		text := "[*]"
		switch st.kind {
		case stepAny:
			text = "*"
		case stepDeep:
			text = "**"
		case stepName:
			text = spelled(st.name)
		}
		if i > 0 && text[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(text)
	}
	if len(p) == 0 {
		return "$"
	}
	return b.String()
}

// spelled is a name as a path has it: in brackets and quotes if something in it has a
// meaning there.
func spelled(name string) string {
	plain, digits := name != "", true
	for _, c := range name {
		digit := '0' <= c && c <= '9'
		digits = digits && digit
		plain = plain && (digit || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-' || c == '@')
	}
	if plain && !digits {
		return name
	}
	return `["` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"]`
}

// anywhere is a path to the same places, and maybe others: its last name at any depth.
func (p places) anywhere() places {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].kind == stepName {
			return places{{kind: stepDeep}, p[i]}
		}
	}
	return p
}

// covers tells whether whoever hides all that one path stands for, and all in it, hides
// all that another stands for.
func (p places) covers(other places) bool {
	if len(p) == 0 {
		return true
	}
	switch {
	case p[0].kind == stepDeep:
		return p[1:].covers(other) || len(other) > 0 && p.covers(other[1:])
	case len(other) == 0 || other[0].kind == stepDeep:
		return false
	case p[0].kind == stepAny, p[0].kind == stepItem:
		return p[1:].covers(other[1:])
	}
	return other[0].kind == stepName && p[0].fold == other[0].fold && p[1:].covers(other[1:])
}

// folded is a name without what redact does not compare: case, and the characters that
// join words.
func folded(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '_' || c == '-' || c == '.' || c == ' ':
			return -1
		case 'A' <= c && c <= 'Z':
			return c | 0x20
		}
		return c
	}, name)
}

// media is how a path into a value that a schema describes is one into a body.
type media uint8

const (
	mediaTree  media = iota // JSON, forms, multipart: as the schema has it
	mediaItems              // events and lines: elements stand on their own
	mediaCells              // CSV: columns, by the last name
	mediaXML                // below elements that the schema need not name
)

// in returns the paths to the same places in bodies of a media type.
func (p places) in(m media) []places {
	switch m {
	case mediaItems:
		if len(p) > 1 && p[0].kind == stepItem {
			return []places{p, p[1:]}
		}
	case mediaCells:
		if column := p.anywhere(); len(column) == 2 {
			return []places{column[1:]}
		}
	case mediaXML:
		if p = slices.Clone(p.anywhere()); len(p) > 0 && p[len(p)-1].kind == stepName {
			last := &p[len(p)-1]
			last.name, last.fold = last.xml, folded(last.xml)
		}
	}
	return []places{p}
}
