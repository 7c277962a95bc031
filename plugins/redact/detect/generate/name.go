package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// fieldName is a name of fields and what a field with it holds.
type fieldName struct {
	name, kind string
	confidence int
	match      int
}

// matches are the ways in which a name is found.
var matches = []string{"any", "word", "whole"}

// readNames reads a table of names by kind and language.
func readNames(file string) (names []fieldName, owners []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 5 {
			return nil, nil, fmt.Errorf("%s:%d: %d columns, want 5", file, n+1, len(columns))
		}
		list := strings.Split(columns[4], ", ")
		if columns[0] == "of" {
			owners = append(owners, list...)
			continue
		}
		match := slices.Index(matches, columns[2])
		if match < 0 {
			return nil, nil, fmt.Errorf("%s:%d: match %q, want one of %q", file, n+1, columns[2], matches)
		}
		confidence, err := strconv.Atoi(columns[1])
		if err != nil && columns[0] != "none" {
			return nil, nil, fmt.Errorf("%s:%d: %w", file, n+1, err)
		}
		for _, name := range list {
			if len(name) < 3 || strings.ContainsAny(name, " _-.") || strings.ToLower(name) != name {
				return nil, nil, fmt.Errorf("%s:%d: %q, want at least 3 bytes, folded", file, n+1, name)
			}
			f := fieldName{name, columns[0], confidence, match}
			if i := slices.IndexFunc(names, func(have fieldName) bool { return have.name == name }); i >= 0 {
				if names[i].kind != f.kind {
					return nil, nil, fmt.Errorf("%s:%d: %q is of kind %s already", file, n+1, name, names[i].kind)
				}
				continue
			}
			names = append(names, f)
		}
	}
	return names, owners, nil
}

// nameCode is the Go source of the names, in the order of their last three bytes.
func nameCode(names []fieldName, owners []string) []byte {
	slices.SortStableFunc(names, func(a, b fieldName) int {
		return cmp.Or(cmp.Compare(ending(a.name), ending(b.name)), cmp.Compare(len(b.name), len(a.name)), cmp.Compare(a.name, b.name))
	})
	var b bytes.Buffer
	b.WriteString("// Code generated from generate/names.tsv by detect/generate; DO NOT EDIT.\n\npackage detect\n\n")
	b.WriteString("// fieldNames are names of fields in the order of their last three bytes, of which\n// the last counts most; of those with the same end the longest come first.\nvar fieldNames = [...]fieldName{\n")
	for _, n := range names {
		fmt.Fprintf(&b, "{%q, %q, %d, %s},\n", n.name, strings.TrimPrefix(n.kind, "none"), n.confidence, []string{"anyEnd", "wordAtEnd", "wholeName"}[n.match])
	}
	slices.Sort(owners)
	b.WriteString("}\n\n// fieldOwners are words that may stand before a name that is a whole word.\nvar fieldOwners = [...]string{\n")
	for _, o := range owners {
		fmt.Fprintf(&b, "%q,\n", o)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// ending is the last three bytes of a name as a number.
func ending(s string) int {
	n := len(s)
	return int(s[n-1])<<16 | int(s[n-2])<<8 | int(s[n-3])
}
