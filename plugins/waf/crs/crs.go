// Package crs is the OWASP Core Rule Set 4.25.0, compiled when the repository is
// built: `make crs VERSION=…` moves to another release.
//
// The rules are the work of the OWASP Core Rule Set project and its
// contributors, under the Apache License 2.0; they come from the Go module
// github.com/corazawaf/coraza-coreruleset/v4.
package crs

import (
	_ "embed"

	"gatehouse/plugins/waf/ruleset"
)

//go:generate go run ./generate

//go:embed crs.bin
var encoded string

// FirstOfSetup is the id of the first rule of crs-setup.conf. Before it are the
// rules of the recommended configuration.
const FirstOfSetup = 900990

// Setup is the id of the first rule that initialises the Core Rule Set. What a
// user sets goes before it.
const Setup = 901001

// Set reads the rule set. Its strings and programs are parts of the plugin's own
// data: reading copies none of them.
func Set() (*ruleset.Set, error) { return ruleset.Read(encoded) }
