package event

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Bounds of the sightings of an event.
const (
	maxSightings = 64
	maxPlace     = 32
	maxPlacePath = 256
	maxClauses   = 16
	maxClause    = 128
)

// Where the data was when it was found, and what found it, in OCSF's numbers.
const (
	dataInTransit = 2
	dlpGateway    = 2
)

// categories are OCSF's categories of data, by the groups of detectors. What is in none
// of them, and several together, is categoryOther.
var categories = map[string]int{
	"contact": 1, "person": 1, "national id": 2, "financial": 3, "secret": 6, "network": 6,
}

const categoryOther = 99

// dataSecurity writes what was found in OCSF's words: the kinds and how many values of
// each, in the order in which they come.
func (w *Writer) dataSecurity(l *line, e *Event) {
	sightings := e.Sightings[:min(len(e.Sightings), maxSightings)]
	type kind struct {
		name  string
		count int
	}
	var kinds []kind
	total, category := 0, 0
	for i := range sightings {
		s := &sightings[i]
		total += s.Count
		switch c := w.category(s.Kind); category {
		case 0, c:
			category = c
		default:
			category = categoryOther
		}
		known := false
		for k := range kinds {
			if known = kinds[k].name == s.Kind; known {
				kinds[k].count += s.Count
				break
			}
		}
		if !known {
			kinds = append(kinds, kind{s.Kind, s.Count})
		}
	}
	l.open("data_security")
	l.integer("category_id", int64(category))
	l.integer("data_lifecycle_state_id", dataInTransit)
	l.integer("detection_system_id", dlpGateway)
	l.integer("total", int64(total))
	l.list("discovery_details")
	for _, k := range kinds {
		l.item()
		l.text("type", k.name, maxTag)
		l.integer("count", int64(k.count))
		l.close()
	}
	l.closeArray()
	l.close()
}

func (w *Writer) category(kind string) int {
	if c := categories[w.redactor.group(kind)]; c != 0 {
		return c
	}
	return categoryOther
}

// sightings writes where data was found and what became of it.
func (w *Writer) sightings(l *line, e *Event) {
	if len(e.Sightings) == 0 {
		return
	}
	l.list("sightings")
	for i := range e.Sightings[:min(len(e.Sightings), maxSightings)] {
		s := &e.Sightings[i]
		l.item()
		l.text("kind", s.Kind, maxTag)
		l.text("place", s.Place, maxPlace)
		l.text("path", w.redactor.hide(s.Path, inValue, maxPlacePath), maxPlacePath)
		l.text("action", s.Action, maxTag)
		l.words("clauses", s.Clauses, maxClauses, maxClause)
		l.integer("count", int64(s.Count))
		l.close()
	}
	l.closeArray()
	if more := len(e.Sightings) - maxSightings; more > 0 {
		l.integer("sightings_omitted", int64(more))
	}
}

// titleOf names what was found by the messages it was in.
func titleOf(sightings []policy.Sighting) string {
	request, response := false, false
	for i := range sightings {
		request = request || strings.HasPrefix(sightings[i].Place, "request.")
		response = response || strings.HasPrefix(sightings[i].Place, "response.")
	}
	switch {
	case request && response:
		return "Personal or secret data in a request and its response"
	case request:
		return "Personal or secret data in a request"
	case response:
		return "Personal or secret data in a response"
	}
	return ""
}
