// Package schema writes the JSON Schema (draft 2020-12) of a plugin's
// configuration from the Go types that package config decodes into: keys and
// constraints from the tags, descriptions from the doc comments. It decides what
// an editor and a reviewer are told about a configuration; the plugin itself
// never sees it.
//
// It reads source text, runs when the repository is built, and is no part of a
// plugin. A type with an UnmarshalConfig method of its own says what it accepts
// in a directive in its doc comment:
//
//	//schema:is {"type":"string","pattern":"^[A-Z]+$"}
//
// where "#struct" stands for the schema of the type's own fields.
//
// The doc comment of every field ends with "Required." or "Optional.", or with a
// sentence that begins with "Optional:"; a comment that disagrees with the tag is
// an error.
//
// Two constraints of package config have no keyword and are in descriptions
// only: the bounds of a duration, and what a Validator demands.
package schema

//go:generate go run ./generate
