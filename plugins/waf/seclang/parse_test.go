package seclang_test

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gatehouse/plugins/waf/seclang"
)

// chainedRule is a rule over many lines, with a comment and an empty line among
// them, that the position tests count bytes in.
const chainedRule = `# a comment
SecRule ARGS|!ARGS:token|\
    &REQUEST_HEADERS:'/^x-/' \
    "!@within %{tx.allowed} \"quoted\"" \
    "id:900100,\
    phase:2,\
# between the lines

    deny,  t:none,\
    msg:'a, b',\
	setvar:'tx.a=+%{tx.b}',\
    chain"
  SecRule REQUEST_URI "^/x" "t:lower` + "\\\n" + `case,setvar:tx.c=1"
`

// at finds what follows the nth occurrence of text.
func at(t *testing.T, in, text string, nth int) string {
	t.Helper()
	offset := -1
	for range nth {
		i := strings.Index(in[offset+1:], text)
		if i < 0 {
			t.Fatalf("no %q in the text", text)
		}
		offset += 1 + i
	}
	line := 1 + strings.Count(in[:offset], "\n")
	column := offset - strings.LastIndex(in[:offset], "\n")
	return "f:" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

func TestPositions(t *testing.T) {
	list, err := seclang.Parse("f", chainedRule, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 {
		t.Fatalf("%d directives, want 2", len(list))
	}
	first, second := list[0], list[1]
	for _, tt := range []struct {
		what string
		got  seclang.Position
		want string
	}{
		{"the first rule", first.Pos, at(t, chainedRule, "SecRule", 1)},
		{"a target on the first line", first.Rule.Targets[1].Pos, at(t, chainedRule, "!ARGS", 1)},
		{"a target on the second line", first.Rule.Targets[2].Pos, at(t, chainedRule, "&REQ", 1)},
		{"the operator", first.Rule.Operator.Pos, at(t, chainedRule, "!@within", 1)},
		{"the argument of the operator", first.Rule.Operator.ArgumentPos, at(t, chainedRule, "%{tx.allowed}", 1)},
		{"the first action", first.Rule.Actions[0].Pos, at(t, chainedRule, "id:", 1)},
		{"the value of the first action", first.Rule.Actions[0].ValuePos, at(t, chainedRule, "900100", 1)},
		{"an action after a comment", first.Rule.Actions[2].Pos, at(t, chainedRule, "deny", 1)},
		{"an action after spaces", first.Rule.Actions[3].Pos, at(t, chainedRule, "t:none", 1)},
		{"a quoted value", first.Rule.Actions[4].ValuePos, at(t, chainedRule, "a, b", 1)},
		{"an action after a tab", first.Rule.Actions[5].Pos, at(t, chainedRule, "setvar", 1)},
		{"the last action", first.Rule.Actions[6].Pos, at(t, chainedRule, "chain\"", 1)},
		{"the second rule", second.Pos, at(t, chainedRule, "SecRule", 2)},
		{"an operator that is not named", second.Rule.Operator.Pos, at(t, chainedRule, "^/x\"", 1)},
		{"an action after a value over two lines", second.Rule.Actions[1].Pos, at(t, chainedRule, "setvar", 2)},
		{"the third argument", first.Args[2].Pos, at(t, chainedRule, "id:", 1)},
	} {
		if tt.got.String() != tt.want {
			t.Errorf("%s: at %s, want %s", tt.what, tt.got, tt.want)
		}
	}
	if got := second.Rule.Actions[0].Value; got != "lowercase" {
		t.Errorf("value over two lines: %q, want lowercase", got)
	}
}

// TestFaultPositions puts a fault into a rule over many lines and looks for it.
func TestFaultPositions(t *testing.T) {
	for _, tt := range []struct {
		name, old, fault string
		// what is faulty begins at the nth occurrence of mark
		mark, problem string
		nth           int
	}{
		{"variable on the second line", "&REQUEST_HEADERS", "&REQUEST_HEADER", "REQUEST_HEADER:", "SecRule: unknown variable", 1},
		{"selector", "'/^x-/'", "'/^x-/", "/' \\", "", 0},
		{"operator", "@within", "@withn", "@withn", `SecRule: unknown operator "withn", did you mean within?`, 1},
		{"macro in the operator", "%{tx.allowed}", "%{ty.allowed}", "ty.", `SecRule: unknown variable "ty", did you mean TX?`, 1},
		{"first action", "id:900100", "id:many", "many", `SecRule: id: want a number from 1 to 2147483647, got "many"`, 1},
		{"action after a comment", "deny,", "denny,", "denny", `SecRule: unknown action "denny", did you mean deny?`, 1},
		{"sixth action", "setvar:'tx.a=", "setvar:'tx.=", ".=+", "SecRule: setvar: want a name after tx.", 1},
		{"macro in the sixth action", "%{tx.b}", "%{tx.b", "%{tx.b", "", 1},
		{"seventh action", "chain\"", "chains\"", "chains", `SecRule: unknown action "chains", did you mean chain?`, 1},
		{"value over two lines", "t:lower\\\n", "ctl:rule\\\n", "rule\\", "SecRule: ctl: want option=value", 1},
		{"second rule's last action", "setvar:tx.c=1", "pass", "pass", "SecRule: pass: only the first rule of a chain may have a disruptive action", 1},
		{"second directive", "  SecRule REQUEST_URI", "  SecRul REQUEST_URI", "SecRul ", `unknown directive "SecRul", did you mean SecRule?`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(chainedRule, tt.old, tt.fault, 1)
			if text == chainedRule {
				t.Fatal("nothing was replaced")
			}
			_, err := seclang.Parse("f", text, nil)
			var faults seclang.Errors
			if !errors.As(err, &faults) {
				t.Fatalf("error %v, want a fault", err)
			}
			if tt.nth > 0 && faults[0].Pos.String() != at(t, text, tt.mark, tt.nth) {
				t.Errorf("at %s, want %s", faults[0].Pos, at(t, text, tt.mark, tt.nth))
			}
			if !strings.HasPrefix(faults[0].Error(), faults[0].Pos.String()+": "+tt.problem) {
				t.Errorf("%q, want %q", faults[0].Error(), tt.problem)
			}
		})
	}
}

func TestTree(t *testing.T) {
	text := "secrule \"ARGS:'a|b'|xml:/*|!args:/c\\/d|e/|&TX\" \"!@PMF a.data \" \"ID:1, Msg:'it\\'s \\\"so\\\"' ,SKIPAFTER:END,log,tag:''x''\"\n" +
		"SecAction 'id:2,Pass'\n" +
		"SecDataset names `\n# none\n anna\nbert c \n`\n" +
		"SecMarker \"END\"\nSecResponseBodyMimeType a/b  c/d\nSecRuleUpdateTargetById 1 3-5 \"!ARGS:a b\"\nSecDataDir /tmp\n"
	list, err := seclang.Parse("f", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	args := func(texts ...string) (list []seclang.Argument) {
		for _, text := range texts {
			list = append(list, seclang.Argument{Text: text})
		}
		return list
	}
	want := []seclang.Directive{
		{Name: "SecRule", Rule: &seclang.Rule{
			Targets: []seclang.Target{
				{Variable: "ARGS", Selector: "a|b", Selected: true},
				{Variable: "XML", Selector: "/*", Selected: true},
				{Variable: "ARGS", Selector: `c\/d|e`, Selected: true, Regex: true, Exclude: true},
				{Variable: "TX", Count: true},
			},
			Operator: &seclang.Operator{Negated: true, Name: "pmFromFile", Argument: "a.data"},
			Actions: []seclang.Action{
				{Name: "id", Value: "1", Valued: true},
				{Name: "msg", Value: `it\'s \"so\"`, Valued: true},
				{Name: "skipAfter", Value: "END", Valued: true},
				{Name: "log"},
				{Name: "tag", Value: "'x'", Valued: true},
			},
		}},
		{Name: "SecAction", Rule: &seclang.Rule{Actions: []seclang.Action{{Name: "id", Value: "2", Valued: true}, {Name: "pass"}}}},
		{Name: "SecDataset", Args: args("names", "anna\nbert c")},
		{Name: "SecMarker", Args: args("END")},
		{Name: "SecResponseBodyMimeType", Args: args("a/b", "c/d")},
		{Name: "SecRuleUpdateTargetById", Args: args("1", "3-5", "!ARGS:a b")},
		{Name: "SecDataDir", Ignored: true, Args: args("/tmp")},
	}
	got := bare(list)
	if len(got) != len(want) {
		t.Fatalf("%d directives, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v %v\nwant %+v %v", got[i], got[i].Rule, want[i], want[i].Rule)
		}
	}
	sameAgain(t, list)
	if got := list[0].Args[1].Text; got != "!@PMF a.data " {
		t.Errorf("operator as an argument: %q", got)
	}
}

func TestProblems(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"misspelt directive", "SecRuleEngin On", `f:1:1: unknown directive "SecRuleEngin", did you mean SecRuleEngine?`},
		{"directive like no other", "Xyzzy", `f:1:1: unknown directive "Xyzzy"`},
		{"misspelt variable", rule("REQUEST_HEADRS"), `f:1:9: SecRule: unknown variable "REQUEST_HEADRS", did you mean REQUEST_HEADERS?`},
		{"misspelt ctl option", act("ctl:ruleRemoveByID2=1"), `f:1:32: SecRule: ctl: unknown option "ruleRemoveByID2", did you mean ruleRemoveById?`},
		{"mode", "SecRuleEngine Yes", `f:1:15: SecRuleEngine: want On, Off or DetectionOnly, got "Yes"`},
		{"mode without a value", "SecRuleEngine", `f:1:14: SecRuleEngine: needs an argument`},
		{"upload directory", "SecUploadDir /x", `f:1:1: SecUploadDir: is refused: the gateway has no file system`},
		{"kept uploads", "SecUploadKeepFiles On", `f:1:20: SecUploadKeepFiles: want "Off" (the gateway has no file system), got "On"`},
		{"program", act("exec:/bin/x"), `f:1:28: SecRule: action exec is refused: the gateway starts no programs`},
		{"place", op("@geoLookup"), `f:1:15: SecRule: operator geoLookup is refused: the gateway has no geographic database`},
		{"schema", op("@validateSchema a.json"), `f:1:15: SecRule: operator validateSchema is refused: the gateway has no file system`},
		{"store", act("setvar:ip.a=1"), `f:1:35: SecRule: setvar: IP is a persistent collection: the gateway has no persistent storage`},
		{"only in ModSecurity", op("@verifyCC a"), `f:1:15: SecRule: operator verifyCC of ModSecurity is not part of the language that Coraza 3.8 and the OWASP CRS share`},
		{"missing id", op("a") + "\n" + `SecAction "pass"`, `f:2:1: SecAction: the rule has no id`},
		{"chain into nothing", act("chain"), `f:1:28: SecRule: chain: no rule follows`},
		{"second id", act("id:2"), `f:1:28: SecRule: id is given twice`},
		{"ids", "SecRuleRemoveById 1 9-3", `f:1:21: SecRuleRemoveById: want an id or a range such as 1000-1999, got "9-3"`},
		{"Include", "Include a.conf", `f:1:9: Include: no files can be included here`},
		{"open block", "SecDataset a `\nb", "f:1:14: no line that begins with a backtick closes this block"},
		{"continued at the end", "\n SecRuleEngine \\", "f:2:16: the text ends where this line is continued"},
		{"default twice", "SecDefaultAction \"phase:1,pass\"\nSecDefaultAction \"phase:1,deny\"", "f:2:1: SecDefaultAction: phase 1 has default actions already, from f:1:1"},
		{"two faults of one rule", rule("ARGZ") + "\nSecMarker\n" + op("@rex"), "f:1:9: SecRule: unknown variable \"ARGZ\", did you mean ARGS?\nf:2:10: SecMarker: needs an argument\nf:3:15: SecRule: unknown operator \"rex\", did you mean rx?"},
	} {
		_, err := seclang.Parse("f", tt.text, nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.name, err, tt.want)
		}
	}
	_, err := seclang.Parse("f", strings.Repeat("SecNothing\n", 100), nil)
	var faults seclang.Errors
	if !errors.As(err, &faults) || len(faults) != 20 {
		t.Errorf("%d faults of a text with 100, want 20", len(faults))
	}
}

// TestOneFaultOneError: a rule that cannot be read does not make others faulty.
func TestOneFaultOneError(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"chain lost with its rule", "SecRule ARGZ \"@rx a\" \"id:1,deny,chain\"\nSecRule ARGS \"@rx b\"\n" + `SecAction "id:2,pass"`},
		{"actions lost with a quote", "SecRule ARGS \"@rx a\" \"id:1,msg:'a,chain\"\nSecRule ARGS \"@rx b\"\n" + `SecAction "id:2,pass"`},
		{"rule lost altogether", "SecRule ARGS\nSecRule ARGS \"@rx b\"\n" + `SecAction "id:2,pass"`},
	} {
		_, err := seclang.Parse("f", tt.text, nil)
		var faults seclang.Errors
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Pos.Line != 1 {
			t.Errorf("%s: %v, want one fault on line 1", tt.name, err)
		}
	}
}

func TestInclude(t *testing.T) {
	files := map[string]string{
		"a":     "SecMarker a1\nInclude b\nSecMarker a2",
		"b":     "SecMarker b",
		"self":  "Include self",
		"ping":  "Include pong",
		"pong":  "Include ping",
		"bad":   "\n  SecNothing",
		"start": `SecAction "id:1,chain"`,
	}
	for i := range 20 {
		files["deep"+strconv.Itoa(i)] = "Include deep" + strconv.Itoa(i+1)
	}
	files["deep20"] = "SecMarker bottom"
	include := func(pattern string) ([]seclang.Source, error) {
		var sources []seclang.Source
		for _, name := range strings.Split(pattern, "+") {
			text, ok := files[name]
			if !ok {
				return nil, errors.New("no file " + name)
			}
			sources = append(sources, seclang.Source{Name: name, Text: text})
		}
		return sources, nil
	}
	for _, tt := range []struct{ name, text, want, problem string }{
		{name: "file inside a file", text: "SecMarker m\nInclude a\nSecMarker n", want: "f:1:1 a:1:1 b:1:1 a:3:1 f:3:1"},
		{name: "pattern for several files", text: "include \"b+a\"", want: "b:1:1 a:1:1 b:1:1 a:3:1"},
		{name: "chain over a file's end", text: "Include start\nSecAction nolog", want: "start:1:1 f:2:1"},
		{name: "fifteen inside each other", text: "Include deep5", want: "deep20:1:1"},
		{name: "eighteen inside each other", text: "Include deep3", problem: "deep18:1:9: Include: more than 16 Includes are inside each other"},
		{name: "itself", text: "Include self", problem: `self:1:9: Include: "self" includes itself`},
		{name: "each other", text: "Include ping", problem: `pong:1:9: Include: "ping" includes itself`},
		{name: "no such file", text: "Include c", problem: "f:1:9: Include: no file c"},
		{name: "fault in a file", text: "Include bad", problem: `bad:2:3: unknown directive "SecNothing"`},
		{name: "many", text: strings.Repeat("Include b\n", 101), problem: "f:101:9: Include: more than 100 Includes"},
	} {
		list, err := seclang.Parse("f", tt.text, include)
		if tt.problem != "" {
			if err == nil || !strings.HasPrefix(err.Error(), tt.problem) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.problem)
			}
			continue
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Pos.String())
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestParts(t *testing.T) {
	pos := seclang.Position{File: "x", Line: 3, Column: 5}
	set, err := seclang.ParseSetvar(pos, "TX.a_%{MATCHED_VAR}=+%{tx.B}")
	if want := (seclang.Setvar{Key: "a_%{MATCHED_VAR}", Value: "+%{tx.B}", Valued: true}); err != nil || set != want {
		t.Errorf("setvar: %+v, %v, want %+v", set, err, want)
	}
	set, err = seclang.ParseSetvar(pos, "!tx.a")
	if want := (seclang.Setvar{Key: "a", Remove: true}); err != nil || set != want {
		t.Errorf("setvar that removes: %+v, %v, want %+v", set, err, want)
	}
	ctl, err := seclang.ParseCtl(pos, "RULEREMOVETARGETBYID=10-20;ARGS:/^a/")
	if err != nil || ctl.Option != "ruleRemoveTargetById" || ctl.IDs != (seclang.IDRange{First: 10, Last: 20}) || ctl.Target == nil ||
		ctl.Target.String() != "ARGS:/^a/" || ctl.Target.Pos.String() != "x:3:32" {
		t.Errorf("ctl: %+v %v, %v", ctl, ctl.Target, err)
	}
	ids, err := seclang.ParseIDs(pos, " 1  5-9 ")
	if err != nil || !reflect.DeepEqual(ids, []seclang.IDRange{{First: 1, Last: 1}, {First: 5, Last: 9}}) {
		t.Errorf("ids: %v, %v", ids, err)
	}
	for _, tt := range []struct {
		what, want string
		err        error
	}{
		{"targets", `x:3:10: unknown variable "ARGZ", did you mean ARGS?`, second(seclang.ParseTargets(pos, "ARGS|ARGZ"))},
		{"actions", `x:3:10: unknown action "passs", did you mean pass?`, second(seclang.ParseActions(pos, "log, passs"))},
		{"setvar", `x:3:5: setvar: want tx.name=value, got "a=1"`, second(seclang.ParseSetvar(pos, "a=1"))},
		{"ctl", `x:3:16: ctl: ruleEngine: want On, Off or DetectionOnly, got "x"`, second(seclang.ParseCtl(pos, "ruleEngine=x"))},
		{"ids", "x:3:7: want an id or a range such as 1000-1999, got \"b\"", second(seclang.ParseIDs(pos, "1 b"))},
		{"no ids", "x:3:5: want an id or a range such as 1000-1999", second(seclang.ParseIDs(pos, ""))},
	} {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.what, tt.err, tt.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }
