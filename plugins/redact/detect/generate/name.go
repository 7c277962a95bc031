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

// nameCode is the Go source of the names, in the order of their bytes from the last
// to the first: what a text ends with is found by one search.
func nameCode(names []fieldName, owners []string) []byte {
	slices.SortFunc(names, func(a, b fieldName) int { return cmp.Compare(reversed(a.name), reversed(b.name)) })
	var b bytes.Buffer
	b.WriteString("// Code generated from generate/names.tsv by detect/generate; DO NOT EDIT.\n\npackage detect\n\n")
	b.WriteString("// fieldNames are names of fields in the order of their bytes from the last to the\n// first.\nvar fieldNames = [...]fieldName{\n")
	for i, n := range names {
		fmt.Fprintf(&b, "{%q, %q, %d, %s, %d},\n", n.name, strings.TrimPrefix(n.kind, "none"), n.confidence, []string{"anyEnd", "wordAtEnd", "wholeName"}[n.match], shorter(names, i))
	}
	b.WriteString("}\n\n// fieldStart is where in fieldNames those begin that end with a byte.\nvar fieldStart = [257]uint16{")
	for c, i := 0, 0; c <= 256; c++ {
		for i < len(names) && int(names[i].name[len(names[i].name)-1]) < c {
			i++
		}
		fmt.Fprintf(&b, "%d,", i)
	}
	b.WriteString("}\n")
	for _, kind := range []string{"password", "secret"} {
		var ends [16]uint64
		for _, n := range names {
			if n.kind == kind {
				h := endHash(n.name[len(n.name)-1], n.name[len(n.name)-2], n.name[len(n.name)-3])
				ends[h/64] |= 1 << (h % 64)
			}
		}
		fmt.Fprintf(&b, "\n// %sEnds has the bits of endHash of the last three bytes of its names.\nvar %sEnds = [16]uint64{", kind, kind)
		for _, bits := range ends {
			fmt.Fprintf(&b, "%#x,", bits)
		}
		b.WriteString("}\n")
	}
	slices.Sort(owners)
	b.WriteString("\n// fieldOwners are words that may stand before a name that is a whole word.\nvar fieldOwners = [...]string{\n")
	for _, o := range owners {
		fmt.Fprintf(&b, "%q,\n", o)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// endHash is endHash of package detect.
func endHash(last, second, third byte) int {
	return (int(last)*37 + int(second)*7 + int(third)*131) & 0x3ff
}

// shorter returns the longest other name that the name at i ends with, -1 if there
// is none.
func shorter(names []fieldName, i int) int {
	for j := i - 1; j >= 0; j-- {
		if strings.HasSuffix(names[i].name, names[j].name) {
			return j
		}
	}
	return -1
}

// reversed is a name from its last byte to its first.
func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
