package seclang

import (
	"strconv"
	"strings"
)

// IDRange is a range of rule ids, both ends included.
type IDRange struct {
	First, Last int
}

// ParseIDs reads ids and ranges such as "942100 942200-942299", which spaces
// part, as SecRuleRemoveById and SecRuleUpdateTargetById have them. pos is where
// the text stands. The error is of type [Errors].
func ParseIDs(pos Position, text string) ([]IDRange, error) {
	var f faults
	ids := parseIDs(&f, passageAt(pos, text))
	return ids, f.err()
}

func parseIDs(f *faults, p passage) []IDRange {
	var ids []IDRange
	for p = p.trimBlanks(); p.s != ""; {
		word, rest := p.word()
		one, ok := parseIDRange(word.s)
		if !ok {
			f.add(word.pos(), "want an id or a range such as 1000-1999, got "+quote(word.s))
			return nil
		}
		ids = append(ids, one)
		p = rest
	}
	if ids == nil {
		f.add(p.pos(), "want an id or a range such as 1000-1999")
	}
	return ids
}

func parseIDRange(s string) (IDRange, bool) {
	from, to, ranged := strings.Cut(s, "-")
	first, err := strconv.ParseInt(from, 10, 32)
	last := first
	if err == nil && ranged {
		last, err = strconv.ParseInt(to, 10, 32)
	}
	return IDRange{int(first), int(last)}, err == nil && 0 <= first && first <= last
}
