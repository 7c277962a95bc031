package engine

import (
	"slices"
	"testing"
	"time"

	"gatehouse/plugins/waf/ruleset"
	"gatehouse/plugins/waf/seclang"
)

// compiled links a text.
func compiled(t testing.TB, text string, o Options) *Engine {
	t.Helper()
	directives, err := seclang.Parse("test", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := &ruleset.Set{Settings: ruleset.DefaultSettings()}
	if err := ruleset.NewCompiler(set, 0, nil).Add(directives); err != nil {
		t.Fatal(err)
	}
	if err := set.PrepareLiterals(); err != nil {
		t.Fatal(err)
	}
	e, err := New(set, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// matched runs a request through all phases and returns the rules that matched.
func matched(e *Engine, uri string) (ids []int, stop *Interruption) {
	t := e.Begin(time.Unix(1700000000, 0), "id")
	defer t.Close()
	t.Request("GET", uri, "HTTP/1.1")
	t.RequestHeader("Host", "api.example.com")
	if stop = t.RequestHeaders(); stop == nil {
		stop = t.RequestBody("", true)
	}
	if stop == nil {
		if stop = t.ResponseHeaders(200, "HTTP/1.1"); stop == nil {
			stop = t.ResponseBody("", true)
		}
	}
	t.Logging()
	for _, m := range t.Matches() {
		ids = append(ids, m.ID)
	}
	return ids, stop
}

func TestFlow(t *testing.T) {
	tests := []struct {
		name, text string
		want       []int
		status     int
	}{
		{"rules run in their order, a phase at a time", `
SecAction "id:1,phase:2,pass"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:5,pass"
SecAction "id:4,phase:1,pass"`, []int{2, 4, 1, 3}, 0},
		{"skipAfter goes on after the marker", `
SecAction "id:1,phase:1,pass,skipAfter:END"
SecAction "id:2,phase:1,pass"
SecMarker END
SecAction "id:3,phase:1,pass"`, []int{1, 3}, 0},
		{"skipAfter to a marker at the end of the phase ends there", `
SecAction "id:1,phase:1,pass,skipAfter:END"
SecAction "id:2,phase:1,pass"
SecMarker END
SecAction "id:3,phase:2,pass"`, []int{1, 3}, 0},
		{"skipAfter to a marker that has passed skips all phases to the marker", `
SecMarker END
SecAction "id:1,phase:1,pass,skipAfter:END"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:2,pass"`, []int{1, 3}, 0},
		{"skip leaves out rules of the phase", `
SecAction "id:1,phase:1,pass,skip:2"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:1,pass"
SecAction "id:4,phase:1,pass"`, []int{1, 4}, 0},
		{"skip ends with its phase", `
SecAction "id:1,phase:1,pass,skip:2"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:2,pass"`, []int{1, 3}, 0},
		{"deny ends all phases but the last", `
SecAction "id:1,phase:1,deny,status:418"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:2,pass"
SecAction "id:4,phase:5,pass"`, []int{1, 4}, 418},
		{"allow ends all phases", `
SecAction "id:1,phase:1,allow"
SecAction "id:2,phase:1,deny"
SecAction "id:3,phase:2,deny"`, []int{1}, 0},
		{"allow:phase ends the phase", `
SecAction "id:1,phase:1,allow:phase"
SecAction "id:2,phase:1,deny"
SecAction "id:3,phase:2,pass"`, []int{1, 3}, 0},
		{"allow:request ends the phases of the request", `
SecAction "id:1,phase:1,allow:request"
SecAction "id:2,phase:1,deny"
SecAction "id:3,phase:2,deny"
SecAction "id:4,phase:3,pass"`, []int{1, 4}, 0},
		{"DetectionOnly interrupts nothing", `
SecRuleEngine DetectionOnly
SecAction "id:1,phase:1,deny"
SecAction "id:2,phase:1,pass"`, []int{1, 2}, 0},
		{"ctl takes a rule away", `
SecAction "id:1,phase:1,pass,ctl:ruleRemoveById=2-3"
SecAction "id:2,phase:1,pass"
SecAction "id:3,phase:1,pass"
SecAction "id:4,phase:1,pass"`, []int{1, 4}, 0},
		{"ctl takes a target away", `
SecAction "id:1,phase:1,pass,ctl:ruleRemoveTargetById=2;ARGS:a"
SecRule ARGS:a "@rx 1" "id:2,phase:1,pass"
SecRule ARGS "@rx 1" "id:3,phase:1,pass"`, []int{1, 3}, 0},
		{"a chain matches if all of it does", `
SecRule ARGS:a "@rx 1" "id:1,phase:1,pass,chain"
SecRule ARGS:b "@rx 2"
SecRule ARGS:a "@rx 1" "id:2,phase:1,pass,chain"
SecRule ARGS:b "@rx 3"`, []int{1}, 0},
		{"every value that matches counts", `
SecAction "id:1,phase:1,pass,setvar:tx.n=0"
SecRule ARGS "@rx ^[12]$" "id:2,phase:1,pass,setvar:tx.n=+5"
SecRule TX:n "@eq 10" "id:3,phase:1,pass"`, []int{1, 2, 3}, 0},
		{"captures are there for the chain", `
SecRule ARGS:c "@rx ^(x+)(y+)$" "id:1,phase:1,capture,pass,chain"
SecRule TX:1 "@streq xx" "chain"
SecRule TX:2 "@streq y"`, []int{1}, 0},
		{"a count counts", `
SecRule &ARGS "@eq 3" "id:1,phase:1,pass"
SecRule &ARGS:a "@eq 1" "id:2,phase:1,pass"
SecRule &ARGS:none "@eq 0" "id:3,phase:1,pass"`, []int{1, 2, 3}, 0},
		{"expressions select by name", `
SecRule ARGS:/^[ab]$/ "@rx ^2$" "id:1,phase:1,pass"
SecRule ARGS:/^[ac]$/ "@rx ^2$" "id:2,phase:1,pass"`, []int{1}, 0},
		{"names are excluded", `
SecRule ARGS|!ARGS:b "@rx ^2$" "id:1,phase:1,pass"
SecRule ARGS|!ARGS:a "@rx ^2$" "id:2,phase:1,pass"`, []int{2}, 0},
		{"a level that is reached later is scanned for", `
SecAction "id:1,phase:1,pass,setvar:tx.detection_paranoia_level=1"
SecRule ARGS "@rx ^1$" "id:2,phase:1,pass"
SecAction "id:3,phase:1,pass,setvar:tx.detection_paranoia_level=2"
SecRule TX:DETECTION_PARANOIA_LEVEL "@lt 2" "id:4,phase:1,pass,skipAfter:END"
SecRule ARGS "@rx ^2$" "id:5,phase:1,pass"
SecMarker END`, []int{1, 2, 3, 5}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, o := range []Options{{}, {NoFilter: true}} {
				e := compiled(t, tt.text, o)
				for range 2 { // the second transaction has the memory of the first
					ids, stop := matched(e, "/x?a=1&b=2&c=xxy")
					status := 0
					if stop != nil {
						status = stop.Status
					}
					if !slices.Equal(ids, tt.want) || status != tt.status {
						t.Errorf("matched %v with status %d, want %v with %d", ids, status, tt.want, tt.status)
					}
				}
			}
		})
	}
}
