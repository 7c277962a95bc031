package engine

import (
	"strings"

	"gatehouse/plugins/waf/ruleset"
)

// CRS has its rules in sections, and at the head of each a rule that skips the
// section unless a paranoia level is reached:
//
//	SecRule TX:DETECTION_PARANOIA_LEVEL "@lt 2" "…,skipAfter:END-REQUEST-942…"
//
// The level of a rule is the lowest value of that variable with which it can be
// reached, so that values are not scanned for rules of levels that are skipped.
// It saves work and decides nothing: a rule that runs although the level of the
// scan was lower has its values scanned again.

// maxLevel is the highest level that is told apart.
const maxLevel = 4

const levelName = "detection_paranoia_level"

// linkLevels returns the level of each rule.
func (e *Engine) linkLevels() []int {
	e.levelVar = e.vars.slot(levelName)
	levels := make([]int, len(e.set.Rules))
	var open [6]struct {
		level int
		until string
	}
	for i := range e.set.Rules {
		r := &e.set.Rules[i]
		if r.Marker != "" {
			for phase := range open {
				if open[phase].until == r.Marker {
					open[phase].level, open[phase].until = 0, ""
				}
			}
			continue
		}
		levels[i] = open[r.Phase].level
		if level, ok := e.gate(r); ok && (open[r.Phase].until == "" || open[r.Phase].until == r.SkipAfter) {
			open[r.Phase].level, open[r.Phase].until = min(level, maxLevel), r.SkipAfter
		}
	}
	return levels
}

// gate tells whether a rule skips what follows below a level.
func (e *Engine) gate(r *ruleset.SecRule) (level int, ok bool) {
	if len(r.Targets) != 1 || r.SkipAfter == "" || r.Chain != nil || r.Operator < 0 || r.Negated || r.Pipeline != 0 {
		return 0, false
	}
	t := &r.Targets[0]
	if t.Variable.String() != "TX" || t.Count || !strings.EqualFold(t.Selector, levelName) {
		return 0, false
	}
	o := &e.ops[r.Operator]
	return o.number, o.compare == below && o.kind == opNumber && o.macro == nil && o.number > 0
}
