package seclang_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types/variables"

	"gatehouse/plugins/waf/seclang"
)

// A content is what a rule says, in one form for the reader's rules and for those
// inside of Coraza. Names of selectors are in lower case, as Coraza keeps most.
type content struct {
	marker              string
	id, phase           int64
	operator, argument  string
	targets             []target
	message, logdata    string
	revision, version   string
	tags                string
	severity            int64
	maturity, accuracy  int64
	chain, capture      bool
	multiMatch          bool
	transformations     int
	skip, skipAfter     string
	setvars, ctls, envs int
}

type target struct {
	variable, selector string
	count              bool
	exceptions         string
}

// oursAs turns directives into contents, with the targets that are changed later.
func oursAs(list []seclang.Directive) (all []content) {
	for _, d := range list {
		switch {
		case d.Name == "SecMarker":
			all = append(all, content{marker: d.Args[0].Text, severity: -1})
		case strings.HasPrefix(d.Name, "SecRuleUpdateTarget"):
			last := d.Args[len(d.Args)-1]
			targets, err := seclang.ParseTargets(last.Pos, last.Text)
			if err != nil {
				panic(err)
			}
			for i := range all {
				if all[i].meant(d) {
					all[i].look(targets)
				}
			}
		case d.Rule != nil:
			c := content{severity: -1, phase: 2}
			if o := d.Rule.Operator; o != nil {
				c.operator, c.argument = "@"+o.Name, o.Argument
				if o.Negated {
					c.operator = "!" + c.operator
				}
			}
			c.look(d.Rule.Targets)
			for _, a := range d.Rule.Actions {
				c.act(a)
			}
			if d.Rule.Chained {
				c.phase = 0
			}
			all = append(all, c)
		}
	}
	return all
}

// meant tells whether the directive names the rule.
func (c *content) meant(d seclang.Directive) bool {
	if d.Name == "SecRuleUpdateTargetByTag" {
		return strings.Contains("\n"+c.tags, "\n"+d.Args[0].Text+"\n")
	}
	for _, arg := range d.Args[:len(d.Args)-1] {
		ids, err := seclang.ParseIDs(arg.Pos, arg.Text)
		if err != nil {
			panic(err)
		}
		for _, r := range ids {
			if int64(r.First) <= c.id && c.id <= int64(r.Last) {
				return true
			}
		}
	}
	return false
}

// look adds targets and takes away what is excluded.
func (c *content) look(targets []seclang.Target) {
	for _, t := range targets {
		selector := t.Selector
		if t.Regex {
			selector = "/" + selector + "/"
		}
		selector = strings.ToLower(selector)
		if !t.Exclude {
			c.targets = append(c.targets, target{variable: t.Variable, selector: selector, count: t.Count})
			continue
		}
		for i := range c.targets {
			if c.targets[i].variable == t.Variable {
				c.targets[i].exceptions += " " + selector
			}
		}
	}
}

func (c *content) act(a seclang.Action) {
	n, _ := strconv.ParseInt(a.Value, 10, 64)
	switch a.Name {
	case "id":
		c.id = n
	case "phase":
		c.phase = map[string]int64{"request": 2, "response": 4, "logging": 5}[a.Value] + n
	case "msg":
		c.message = a.Value
	case "logdata":
		c.logdata = a.Value
	case "rev":
		c.revision = a.Value
	case "ver":
		c.version = a.Value
	case "tag":
		c.tags += a.Value + "\n"
	case "severity":
		c.severity = n
		for i, name := range []string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"} {
			if strings.EqualFold(a.Value, name) {
				c.severity = int64(i)
			}
		}
	case "maturity":
		c.maturity = n
	case "accuracy":
		c.accuracy = n
	case "chain":
		c.chain = true
	case "capture":
		c.capture = true
	case "multiMatch":
		c.multiMatch = true
	case "t":
		c.transformations++
		if a.Value == "none" {
			c.transformations = 0
		}
	case "skip":
		c.skip = a.Value
	case "skipAfter":
		c.skipAfter = a.Value
	case "setvar":
		c.setvars++
	case "ctl":
		c.ctls++
	case "setenv":
		c.envs++
	}
}

// theirsAs reads the rules out of a WAF of Coraza, whose fields are not exported.
func theirsAs(waf coraza.WAF) (all []content) {
	wrapper := reflect.ValueOf(waf)
	if wrapper.Kind() == reflect.Pointer {
		wrapper = wrapper.Elem()
	}
	rules := wrapper.FieldByName("waf").Elem().FieldByName("Rules").FieldByName("rules")
	for i := range rules.Len() {
		for r := rules.Index(i); ; r = r.FieldByName("Chain").Elem() {
			all = append(all, contentOf(r))
			if r.FieldByName("Chain").IsNil() {
				break
			}
		}
	}
	return all
}

func contentOf(r reflect.Value) content {
	text := func(name string) string { return r.FieldByName(name).String() }
	number := func(name string) int64 { return r.FieldByName(name).Int() }
	macro := func(name string) string {
		if r.FieldByName(name).IsNil() {
			return ""
		}
		return r.FieldByName(name).Elem().Elem().FieldByName("original").String()
	}
	c := content{
		marker: text("SecMark_"), id: number("ID_"), phase: number("Phase_"), message: macro("Msg"), logdata: macro("LogData"), revision: text("Rev_"),
		version: text("Version_"), severity: number("Severity_"), maturity: number("Maturity_"), accuracy: number("Accuracy_"),
		chain: r.FieldByName("HasChain").Bool(), capture: r.FieldByName("Capture").Bool(), multiMatch: r.FieldByName("MultiMatch").Bool(),
		transformations: r.FieldByName("transformations").Len(),
	}
	for i := range r.FieldByName("Tags_").Len() {
		c.tags += r.FieldByName("Tags_").Index(i).String() + "\n"
	}
	if o := r.FieldByName("operator"); !o.IsNil() {
		c.operator = o.Elem().FieldByName("Function").String()
		c.argument = o.Elem().FieldByName("Data").String()
	}
	vars := r.FieldByName("variables")
	for i := range vars.Len() {
		v := vars.Index(i)
		t := target{
			variable: variables.RuleVariable(v.FieldByName("Variable").Uint()).Name(),
			selector: strings.ToLower(v.FieldByName("KeyStr").String()), count: v.FieldByName("Count").Bool(),
		}
		for j := range v.FieldByName("Exceptions").Len() {
			t.exceptions += " " + strings.ToLower(v.FieldByName("Exceptions").Index(j).FieldByName("KeyStr").String())
		}
		c.targets = append(c.targets, t)
	}
	for i := range r.FieldByName("actions").Len() {
		a := r.FieldByName("actions").Index(i)
		switch a.FieldByName("Name").String() {
		case "setvar":
			c.setvars++
		case "ctl":
			c.ctls++
		case "setenv":
			c.envs++
		case "skip":
			c.skip = strconv.FormatInt(a.FieldByName("Function").Elem().Elem().FieldByName("data").Int(), 10)
		case "skipafter", "skipAfter":
			c.skipAfter = a.FieldByName("Function").Elem().Elem().FieldByName("data").String()
		}
	}
	return c
}

// difference tells what the two read differently, empty if nothing.
func difference(ours, theirs []content) string {
	if len(ours) != len(theirs) {
		return fmt.Sprintf("%d rules and markers, Coraza has %d", len(ours), len(theirs))
	}
	for i := range ours {
		if !reflect.DeepEqual(ours[i], theirs[i]) {
			return fmt.Sprintf("rule %d\nwe     %+v\nCoraza %+v", i, ours[i], theirs[i])
		}
	}
	return ""
}

func corazaWAF(t *testing.T, text string) coraza.WAF {
	t.Helper()
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(text))
	if err != nil {
		t.Fatal(err)
	}
	return waf
}

// TestCorazaReadsTheSame compares what every rule of the OWASP CRS says to the
// reader with what it says to Coraza.
func TestCorazaReadsTheSame(t *testing.T) {
	text := "Include @coraza.conf-recommended\nInclude @crs-setup.conf.example\nInclude @owasp_crs/*.conf\n"
	list, err := seclang.Parse("main", text, fromModule)
	if err != nil {
		t.Fatal(err)
	}
	ours := oursAs(list)
	if len(ours) != 695+8+30 {
		t.Errorf("%d rules and markers, want 733", len(ours))
	}
	if diff := difference(ours, theirsAs(corazaWAF(t, text))); diff != "" {
		t.Error(diff)
	}
}

// TestCorazaReadsSnippetsTheSame does so for the snippets that both accept.
func TestCorazaReadsSnippetsTheSame(t *testing.T) {
	reasons := map[string]string{
		"slash inside a name":              "Coraza makes it a regular expression of what stands before the slash",
		"quoted selector":                  "Coraza keeps the last quote in the name, which then selects nothing",
		"list from a file of the rule set": "names of operators are put in their documented spelling",
		"targets changed of several rules": "Coraza leaves out all but the first",
	}
	same, differ := 0, 0
	for _, tt := range snippets {
		if tt.refused || tt.differs != "" {
			continue
		}
		list, err := seclang.Parse("snippet", tt.text, fromModule)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		ours := oursAs(list)
		diff := difference(ours, theirsAs(corazaWAF(t, tt.text)))
		switch why := reasons[tt.name]; {
		case (diff != "") != (why != ""):
			t.Errorf("%s (%q): %s", tt.name, why, diff)
		case diff == "":
			same++
		default:
			differ++
		}
	}
	if same != 122 || differ != len(reasons) {
		t.Errorf("%d the same and %d different, want 122 and %d", same, differ, len(reasons))
	}
}
