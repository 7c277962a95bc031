package event

import (
	"strconv"
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Bounds of the findings of an event. Their texts are those of rules, so that the
// bounds keep an event readable rather than safe. Of what goes beyond maxFindings
// the ids are written, up to maxOmitted of them.
const (
	maxFindings   = 16
	maxOmitted    = 112
	maxRuleText   = 256
	maxTags       = 16
	maxTag        = 64
	maxCollection = 64
)

// findingInfo writes what was found in OCSF's words: the first rule is the
// analytic, the others are related to it.
func (w *Writer) findingInfo(l *line, e *Event) {
	title := or(e.Title, titleOf(e.Sightings))
	if title == "" && len(e.Findings) > 0 {
		title = e.Findings[0].Message
	}
	l.open("finding_info")
	l.text("title", or(title, string(e.Reason)), maxRuleText)
	l.text("uid", or(e.IncidentID, "unknown"), maxID)
	for i := range written(e) {
		switch i {
		case 0:
			l.open("analytic")
		case 1:
			l.list("related_analytics")
			fallthrough
		default:
			l.item()
		}
		l.text("name", e.Findings[i].Message, maxRuleText)
		l.text("uid", strconv.Itoa(e.Findings[i].ID), maxID)
		l.integer("type_id", 1) // rule
		l.close()
	}
	if written(e) > 1 {
		l.closeArray()
	}
	l.close()
	if e.Score != 0 {
		l.integer("risk_score", int64(e.Score))
	}
}

// findings writes what OCSF has no place for, in the order of findingInfo.
func (w *Writer) findings(l *line, e *Event) {
	if len(e.Findings) == 0 {
		return
	}
	l.list("findings")
	for i := range e.Findings[:written(e)] {
		f := &e.Findings[i]
		l.item()
		l.integer("id", int64(f.ID))
		l.text("severity", f.Severity, maxTag)
		l.text("target", f.Target, maxCollection)
		l.words("tags", f.Tags, maxTags, maxTag)
		l.close()
	}
	l.closeArray()
	if more := len(e.Findings) - written(e); more > 0 {
		l.integer("findings_omitted", int64(more))
		l.list("omitted_rules")
		for i := range e.Findings[written(e):][:min(more, maxOmitted)] {
			l.number(int64(e.Findings[written(e)+i].ID))
		}
		l.closeArray()
	}
}

// written is how many of an event's findings are written.
func written(e *Event) int { return min(len(e.Findings), maxFindings) }

// severityOf is the highest severity of findings, Unset if none has one.
func severityOf(findings []policy.Finding) Severity {
	highest := Unset
	for i := range findings {
		highest = max(highest, severityWord(findings[i].Severity))
	}
	return highest
}

// severityWord maps the words of RFC 5424, Section 6.2.1, to OCSF's levels.
func severityWord(word string) Severity {
	for _, w := range [...]struct {
		word     string
		severity Severity
	}{
		{"emergency", Critical}, {"alert", Critical}, {"critical", Critical}, {"error", High},
		{"warning", Medium}, {"notice", Low}, {"info", Informational}, {"debug", Informational},
	} {
		if strings.EqualFold(word, w.word) {
			return w.severity
		}
	}
	return Unset
}
