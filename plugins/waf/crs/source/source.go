// Package source compiles SecLang that includes files of the OWASP Core Rule
// Set, as the module github.com/corazawaf/coraza-coreruleset ships them. It is
// for the build and for tests: plugins hold the set that it compiled.
package source

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/seclang"
)

// Baked is what a plugin starts from: recommended settings with the engine on,
// the set-up of the Core Rule Set as its authors ship it, and its rules. Matches
// in the phases of the response are reported like those of the request. Three
// rules are ours: what is over a limit, and so was not looked at, is denied or
// reported.
const Baked = `Include @coraza.conf-recommended
SecRuleEngine On
SecRule ARGUMENTS_LIMIT_REACHED "!@eq 0" "id:200007,phase:2,t:none,log,deny,status:400,msg:'More arguments than are looked at'"
SecRule INBOUND_DATA_ERROR "@eq 1" "id:200008,phase:2,t:none,log,pass,msg:'Request body looked at in part'"
SecRule OUTBOUND_DATA_ERROR "@eq 1" "id:200009,phase:4,t:none,log,pass,msg:'Response body looked at in part'"
SecDefaultAction "phase:3,log,auditlog,pass"
SecDefaultAction "phase:4,log,auditlog,pass"
SecDefaultAction "phase:5,log,auditlog,pass"
Include @crs-setup.conf.example
Include @owasp_crs/*.conf
`

// Compile compiles a text.
func Compile(text string) (*ruleset.Set, error) {
	directives, err := seclang.Parse("directives", text, Include)
	if err != nil {
		return nil, err
	}
	set := &ruleset.Set{Settings: ruleset.DefaultSettings()}
	if err := ruleset.NewCompiler(set, 0, Data).Add(directives); err != nil {
		return nil, err
	}
	if err := set.PrepareLiterals(); err != nil {
		return nil, err
	}
	return set, nil
}

// Include finds the files that an Include directive names.
func Include(pattern string) ([]seclang.Source, error) {
	names, err := fs.Glob(coreruleset.FS, strings.TrimPrefix(pattern, "./"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no file %q in the Core Rule Set", pattern)
	}
	files := make([]seclang.Source, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			return nil, err
		}
		files[i] = seclang.Source{Name: name, Text: string(text)}
	}
	return files, nil
}

// Data returns the text of a data file, which rules name without its folder.
func Data(name string) (string, error) {
	text, err := fs.ReadFile(coreruleset.FS, path.Join("@owasp_crs", name))
	return string(text), err
}
