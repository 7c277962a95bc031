package seclang

import (
	"strings"
	"testing"

	"github.com/corazawaf/coraza/v3"
	corazavars "github.com/corazawaf/coraza/v3/types/variables"
)

// The names that Coraza 3.8.1 registers.
const corazaDirectives = `secaction secargumentseparator secargumentslimit secauditengine secauditlog secauditlogdirmode
secauditlogfilemode secauditlogformat secauditlogparts secauditlogrelevantstatus secauditlogstoragedir
secauditlogtype seccollectiontimeout seccomponentsignature secconnengine secconnreadstatelimit
secconnwritestatelimit seccookieformat secdatadir secdataset secdebuglog secdebugloglevel secdefaultaction
secgsblookupdb sechashengine sechashkey sechashmethodpm sechashmethodrx sechashparam sechttpblkey
secignorerulecompilationerrors secmarker secpcrematchlimit secpcrematchlimitrecursion secremoterules
secremoterulesfailaction secrequestbodyaccess secrequestbodyinmemorylimit secrequestbodyjsondepthlimit
secrequestbodylimit secrequestbodylimitaction secrequestbodynofileslimit secresponsebodyaccess
secresponsebodyjsondepthlimit secresponsebodylimit secresponsebodylimitaction secresponsebodymimetype
secresponsebodymimetypesclear secrule secruleengine secruleperftime secruleremovebyid secruleremovebymsg
secruleremovebytag secrulescript secruleupdateactionbyid secruleupdatetargetbyid secruleupdatetargetbymsg
secruleupdatetargetbytag secrxprefilter secsensorid secserversignature sectmpdir secunicodemap secuploaddir
secuploadfilelimit secuploadfilemode secuploadkeepfiles secwebappid`

const corazaOperators = `beginsWith contains detectSQLi detectXSS endsWith eq ge geoLookup gt inspectFile ipMatch ipMatchF
ipMatchFromDataset ipMatchFromFile le lt noMatch pm pmFromDataset pmFromFile pmf rbl restpath rx streq
strmatch unconditionalMatch validateByteRange validateNid validateSchema validateUrlEncoding
validateUtf8Encoding within`

const corazaActions = `accuracy allow auditlog block capture chain ctl deny drop exec expirevar id initcol log logdata maturity msg
multiMatch noauditlog nolog pass phase redirect rev setenv setvar severity skip skipAfter status t tag ver`

// isKnown tells whether a problem, if there is one, is more than a name that does
// not exist.
func isKnown(problem string) bool { return !strings.HasPrefix(problem, "unknown") }

// TestAllNamesOfCoraza: the reader has something to say to every name that Coraza
// knows.
func TestAllNamesOfCoraza(t *testing.T) {
	count := map[string]int{}
	for name := range strings.FieldsSeq(corazaDirectives) {
		count["directives"]++
		if directiveNamed(name) == nil {
			t.Errorf("directive %s: unknown", name)
		}
	}
	for name := range strings.FieldsSeq(corazaOperators) {
		count["operators"]++
		if _, _, problem := operatorNamed(name); !isKnown(problem) {
			t.Error(problem)
		}
	}
	for name := range strings.FieldsSeq(corazaActions) {
		count["actions"]++
		if _, problem := actionNamed(name); !isKnown(problem) {
			t.Error(problem)
		}
	}
	for v := corazavars.Unknown + 1; !strings.HasPrefix(v.Name(), "INVALID"); v++ {
		count["variables"]++
		name, selectable, problem := variable(v.Name())
		switch {
		case !isKnown(problem):
			t.Error(problem)
		case problem == "" && (name != v.Name() || selectable != v.CanBeSelected()):
			t.Errorf("%s: reads %s, takes a selector %v, want %v", v.Name(), name, selectable, v.CanBeSelected())
		}
	}
	for what, want := range map[string]int{"directives": 69, "operators": 33, "actions": 33, "variables": 109} {
		if count[what] != want {
			t.Errorf("%d %s, want %d", count[what], what, want)
		}
	}
}

// TestNoOtherNames: Coraza knows every name that the reader accepts.
func TestNoOtherNames(t *testing.T) {
	refusal := func(text string) string {
		_, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(text))
		if err == nil {
			return ""
		}
		return err.Error()
	}
	for name := range directiveNames {
		if k := directiveNamed(name); k.form == formRefused || k.form == formInclude {
			continue
		}
		if got := refusal(name + " x"); strings.Contains(got, "unknown directive") {
			t.Error(got)
		}
	}
	for name := range operatorNames {
		// Coraza panics if two kinds of operators share an argument
		if got := refusal(`SecRule ARGS "@` + name + ` a` + name + `"`); strings.Contains(got, "operator "+name+" not found") {
			t.Error(got)
		}
	}
	for name := range actionNames {
		if got := refusal(`SecAction "` + name + `:x"`); strings.Contains(got, "invalid action") {
			t.Error(got)
		}
	}
	for name := range variableNames {
		if _, err := corazavars.Parse(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"SecRul", "SecRule"},
		{"secruleengin", "SecRuleEngine"},
		{"SecRequestBodyLimits", "SecRequestBodyLimit"},
		{"Server", ""},
		{"", ""},
		{strings.Repeat("SecRule", 100), ""},
	} {
		_, got, _ := strings.Cut(unknown("directive", tt.name, directiveNames), ", did you mean ")
		if got = strings.TrimSuffix(got, "?"); got != tt.want {
			t.Errorf("%q: did you mean %q, want %q", tt.name, got, tt.want)
		}
	}
}
