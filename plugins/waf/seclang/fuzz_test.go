package seclang_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"gatehouse/plugins/waf/seclang"
)

// bare is a tree without its positions.
func bare(list []seclang.Directive) []seclang.Directive {
	out := make([]seclang.Directive, len(list))
	for i, d := range list {
		d.Pos = seclang.Position{}
		args := d.Args
		d.Args = nil
		if d.Rule == nil {
			for _, arg := range args {
				d.Args = append(d.Args, seclang.Argument{Text: arg.Text})
			}
		} else {
			rule := seclang.Rule{Chained: d.Rule.Chained}
			for _, target := range d.Rule.Targets {
				target.Pos = seclang.Position{}
				rule.Targets = append(rule.Targets, target)
			}
			for _, action := range d.Rule.Actions {
				action.Pos, action.ValuePos = seclang.Position{}, seclang.Position{}
				rule.Actions = append(rule.Actions, action)
			}
			if d.Rule.Operator != nil {
				operator := *d.Rule.Operator
				operator.Pos, operator.ArgumentPos = seclang.Position{}, seclang.Position{}
				rule.Operator = &operator
			}
			d.Rule = &rule
		}
		out[i] = d
	}
	return out
}

// render writes a tree one directive after the other.
func render(list []seclang.Directive) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// positions are all positions of a tree.
func positions(list []seclang.Directive) (all []seclang.Position) {
	for _, d := range list {
		all = append(all, d.Pos)
		for _, arg := range d.Args {
			all = append(all, arg.Pos)
		}
		if d.Rule == nil {
			continue
		}
		for _, target := range d.Rule.Targets {
			all = append(all, target.Pos)
		}
		for _, action := range d.Rule.Actions {
			all = append(all, action.Pos, action.ValuePos)
		}
		if d.Rule.Operator != nil {
			all = append(all, d.Rule.Operator.Pos, d.Rule.Operator.ArgumentPos)
		}
	}
	return all
}

// sameAgain reads what a tree is rendered as and compares.
func sameAgain(t *testing.T, list []seclang.Directive) {
	t.Helper()
	text := render(list)
	again, err := seclang.Parse("again", text, nil)
	if err != nil {
		t.Fatalf("rendered as\n%s\n%v", text, err)
	}
	want, got := bare(list), bare(again)
	if len(want) != len(got) {
		t.Fatalf("rendered as\n%s\n%d directives, want %d", text, len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("rendered as\n%s\ngot  %+v\nwant %+v", list[i], got[i], want[i])
		}
	}
}

// FuzzParse: no text makes the reader panic, every position is in the text, and a
// tree that is rendered and read again is the same.
func FuzzParse(f *testing.F) {
	for _, tt := range snippets {
		f.Add(tt.text)
	}
	// once rendered as something else
	f.Add(after("SecRuleUpdateTargetByTag \"\" !ARGS:b"))
	f.Add(after("SecRuleUpdateTargetById 1-10 \"!ARGS:b`\""))
	f.Add(after("SecRuleUpdateTargetById 1-10 \"!ARGS:\r\""))
	f.Add("SecRule \"ARGS:'a|b'|XML:/*|!ARGS:/a\\/|b/\" \"!@rx \\\"\\\\\\\" \" \"id:1,msg:'it\\'s, \"so\"',\\\n # no\n\\\nchain\"\nSecAction 'nolog'\n")
	f.Fuzz(func(t *testing.T, text string) {
		include := func(pattern string) ([]seclang.Source, error) {
			return []seclang.Source{{Name: pattern, Text: text}}, nil
		}
		rows := strings.Split(text, "\n")
		inside := func(p seclang.Position) {
			if p.Line < 1 || p.Line > len(rows) || p.Column < 1 || p.Column > len(rows[p.Line-1])+1 {
				t.Errorf("position %v is outside of the text %q", p, text)
			}
		}
		list, err := seclang.Parse("f", text, include)
		if err != nil {
			var faults seclang.Errors
			if !errors.As(err, &faults) || len(faults) == 0 || len(faults) > 20 || list != nil {
				t.Fatalf("Parse(%q): %d directives, error %v", text, len(list), err)
			}
			for _, fault := range faults {
				inside(fault.Pos)
			}
			return
		}
		for _, p := range positions(list) {
			inside(p)
		}
		sameAgain(t, list)
	})
}
