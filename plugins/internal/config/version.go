package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// The versions of the configuration's format that are read, one number for all
// plugins. A document names its version at its top level:
//
//	{"version": 1, "issuers": [...]}
//
// One that names none is of version 1, so that a configuration written before
// there was a second keeps its meaning. What raises the number, and how the next
// version reads this one, is in docs/compatibility.md.
const (
	OldestVersion = 1
	Version       = 1
)

// versionKey is the key of the version. It is read before the struct is, which
// has no field for it.
const versionKey = "version"

// takeVersion takes the version out of a document and refuses one that is not
// read.
func takeVersion(root *node, f *faults) error {
	i := slices.IndexFunc(root.children, func(c *node) bool { return root.kind == Object && c.key == versionKey })
	if i < 0 {
		return nil
	}
	n := root.children[i]
	if n.kind != Number {
		return f.at(n.path, n.start, "want a number, got "+n.kind.String())
	}
	// Any spelling of the number will do, as for other integers.
	v, err := strconv.ParseFloat(n.text, 64)
	if err != nil || v != math.Trunc(v) || v < OldestVersion || v > Version {
		return f.at(n.path, n.start, "another version of the format than this module reads, want "+versions(OldestVersion, Version))
	}
	root.children = slices.Delete(root.children, i, i+1)
	return nil
}

// versions names the versions that are read, for a message.
func versions(oldest, newest int) string {
	if oldest == newest {
		return strconv.Itoa(newest)
	}
	return fmt.Sprintf("%d to %d", oldest, newest)
}
