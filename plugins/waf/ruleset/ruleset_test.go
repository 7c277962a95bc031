//go:build !wasip1

package ruleset_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/plugins/waf/crs/source"
	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/seclang"
)

func compile(text string) (*ruleset.Set, error) {
	directives, err := seclang.Parse("test", text, nil)
	if err != nil {
		return nil, err
	}
	set := &ruleset.Set{Settings: ruleset.DefaultSettings()}
	return set, ruleset.NewCompiler(set, 0, nil).Add(directives)
}

// ids lists the rules of a set, markers as 0.
func ids(set *ruleset.Set) (list []int) {
	for i := range set.Rules {
		list = append(list, set.Rules[i].ID)
	}
	return list
}

func TestDirectivesThatChangeRules(t *testing.T) {
	const rules = `
SecRule ARGS|REQUEST_HEADERS "@rx a" "id:1,phase:1,pass,tag:'one',msg:'first'"
SecRule ARGS "@rx b" "id:2,phase:1,pass,tag:'two',msg:'second'"
SecRule ARGS "@rx c" "id:3,phase:2,deny,status:418,tag:'two',chain"
SecRule ARGS "@rx d"
`
	tests := []struct {
		name, text string
		ids        []int
		check      func(*ruleset.Set) bool
	}{
		{"by id", "SecRuleRemoveById 2", []int{1, 3}, nil},
		{"by a range of ids", "SecRuleRemoveById 1-2", []int{3}, nil},
		{"by tag", "SecRuleRemoveByTag two", []int{1}, nil},
		{"by message", "SecRuleRemoveByMsg first", []int{2, 3}, nil},
		{"by an id that no rule has", "SecRuleRemoveById 99", []int{1, 2, 3}, nil},
		{"a name is excluded", `SecRuleUpdateTargetById 1 "!ARGS:password"`, []int{1, 2, 3}, func(s *ruleset.Set) bool {
			return slices.Equal(s.Rules[0].Targets[0].Exclusions, []ruleset.Exclusion{{Selector: "password", Regex: -1}}) &&
				s.Rules[0].Targets[1].Exclusions == nil && s.Rules[1].Targets[0].Exclusions == nil
		}},
		{"a target is added", `SecRuleUpdateTargetByTag two "REQUEST_URI"`, []int{1, 2, 3}, func(s *ruleset.Set) bool {
			return len(s.Rules[0].Targets) == 2 && len(s.Rules[1].Targets) == 2 && s.Rules[2].Targets[1].Variable.String() == "REQUEST_URI"
		}},
		{"an action is replaced", `SecRuleUpdateActionById 2 "deny,status:429"`, []int{1, 2, 3}, func(s *ruleset.Set) bool {
			return s.Rules[1].Disruptive == ruleset.Deny && s.Rules[1].Status == 429 && s.Rules[0].Disruptive == ruleset.Pass
		}},
		{"a chain stays one rule", "SecRuleRemoveById 1", []int{2, 3}, func(s *ruleset.Set) bool {
			return s.Rules[1].Chain != nil && s.Rules[1].Chain.Chain == nil && s.Rules[1].Status == 418
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, err := compile(rules + tt.text + "\n")
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(set); !slices.Equal(got, tt.ids) {
				t.Errorf("rules %v, want %v", got, tt.ids)
			}
			if tt.check != nil && !tt.check(set) {
				t.Errorf("rules %+v", set.Rules)
			}
		})
	}
}

func TestRulesGoWhereTheyAreWanted(t *testing.T) {
	set, err := compile(`SecAction "id:1,phase:1,pass"
SecAction "id:2,phase:1,pass"`)
	if err != nil {
		t.Fatal(err)
	}
	directives, err := seclang.Parse("before", "SecAction \"id:3,phase:1,pass\"\nSecRuleRemoveById 1\nSecAction \"id:4,phase:1,pass\"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := ruleset.NewCompiler(set, set.Index(2), nil).Add(directives); err != nil {
		t.Fatal(err)
	}
	if got, want := ids(set), []int{3, 4, 2}; !slices.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
}

func TestDefaultActions(t *testing.T) {
	set, err := compile(`SecDefaultAction "phase:1,log,auditlog,deny,status:418"
SecRule ARGS "@rx a" "id:1,phase:1,block,nolog"
SecRule ARGS "@rx a" "id:2,phase:1,pass"
SecRule ARGS "@rx a" "id:3,phase:2,block"
SecRule ARGS "@rx a" "id:4,phase:1"`)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		disruptive ruleset.Disruptive
		log        bool
	}{{ruleset.Deny, false}, {ruleset.Pass, true}, {ruleset.Pass, true}, {ruleset.Deny, true}}
	for i, w := range want {
		if r := &set.Rules[i]; r.Disruptive != w.disruptive || r.Log != w.log {
			t.Errorf("rule %d: %v, log %v; want %v, log %v", r.ID, r.Disruptive, r.Log, w.disruptive, w.log)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an expression that is none", `SecRule ARGS "@rx a(" "id:1,phase:1,pass"`, "test:1:15: SecRule: @rx: error parsing regexp: missing closing ): `a(`"},
		{"a transformation that is unknown", `SecRule ARGS "@rx a" "id:1,phase:1,pass,t:lowercas"`, `unknown transformation "lowercas"`},
		{"an id that is used", "SecAction \"id:1,phase:1,pass\"\nSecAction \"id:1,phase:1,pass\"", "test:2:1: SecAction: id 1 is used twice"},
		{"a file", `SecRule ARGS "@pmFromFile words.data" "id:1,phase:1,pass"`, "@pmFromFile: there is no file system"},
		{"a data set that is unknown", `SecRule ARGS "@pmFromDataset words" "id:1,phase:1,pass"`, `@pmFromDataset: no SecDataset "words"`},
		{"a rule to update that is not there", `SecRuleUpdateTargetById 7 "!ARGS:a"`, "no rule has an id of these"},
		{"an id to update", "SecAction \"id:1,phase:1,pass\"\nSecRuleUpdateActionById 1 \"id:2\"", "the id of a rule cannot change"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := compile(tt.text + "\n"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestASetIsReadAsItWasWritten(t *testing.T) {
	set, err := source.Compile(source.Baked)
	if err != nil {
		t.Fatal(err)
	}
	encoded := string(set.AppendBinary(nil))
	read, err := ruleset.Read(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Rules, set.Rules) || !reflect.DeepEqual(read.Settings, set.Settings) {
		t.Error("rules or settings differ")
	}
	if again := string(read.AppendBinary(nil)); again != encoded {
		t.Errorf("written again it has %d bytes, want the same %d", len(again), len(encoded))
	}
}

// FuzzRead reads damaged sets: an error, or a set that can be written.
func FuzzRead(f *testing.F) {
	set, err := compile(`SecRule ARGS|!ARGS:/^a/ "@rx (a)b" "id:1,phase:1,deny,t:lowercase,capture,setvar:tx.a=+%{tx.b},msg:'m',tag:'t',chain"
SecRule &TX:1 "@eq 1" "ctl:ruleRemoveTargetById=1;ARGS:b"
SecRule ARGS "@pm word other" "id:2,phase:2,block"
SecMarker END
`)
	if err != nil {
		f.Fatal(err)
	}
	if err := set.PrepareLiterals(); err != nil {
		f.Fatal(err)
	}
	encoded := set.AppendBinary(nil)
	f.Add(encoded)
	for i := range encoded {
		damaged := slices.Clone(encoded)
		damaged[i] ^= 0x15
		f.Add(damaged)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := ruleset.Read(string(b))
		if err == nil {
			read.AppendBinary(nil)
		}
	})
}
