package claim

import (
	"slices"
	"strconv"
	"strings"
)

// flow is how a walk goes on.
type flow uint8

const (
	goOn flow = iota
	stop
	malformed
)

// each calls visit with the values that the path leads to, as they were written,
// until it returns false. It returns false if the text is no object, or cannot be
// read on the way.
func (p *Path) each(claims string, visit func(raw string) bool) bool {
	raw := strings.Trim(claims, " \t\r\n")
	if len(raw) < 2 || raw[0] != '{' || raw[len(raw)-1] != '}' {
		return false
	}
	return walk(raw, p.steps, visit) != malformed
}

// walk follows steps from a value.
func walk(raw string, steps []step, visit func(raw string) bool) flow {
	if len(steps) == 0 {
		if visit(raw) {
			return goOn
		}
		return stop
	}
	s, rest := &steps[0], steps[1:]
	result := goOn
	switch kind := kindOf(raw); {
	case s.kind == memberStep && kind == objectKind:
		found := ""
		ok := members(raw, func(name, value string) bool {
			if isText(name, s.name) {
				found = value
			}
			return found == ""
		})
		if !ok {
			return malformed
		}
		if found != "" {
			return walk(found, rest, visit)
		}
	case kind != arrayKind || s.kind == memberStep && s.index < 0:
		return goOn
	case s.kind == memberStep:
		i, found := 0, ""
		ok := elements(raw, func(value string) bool {
			if i == s.index {
				found = value
			}
			i++
			return found == ""
		})
		if !ok {
			return malformed
		}
		if found != "" {
			return walk(found, rest, visit)
		}
	case s.kind == countStep:
		n := 0
		if !elements(raw, func(string) bool { n++; return true }) {
			return malformed
		}
		return walk(strconv.Itoa(n), rest, visit)
	default:
		ok := elements(raw, func(value string) bool {
			if s.kind != eachStep {
				answers, readable := s.answers(value)
				if !readable {
					result = malformed
					return false
				}
				if !answers {
					return true
				}
			}
			result = walk(value, rest, visit)
			return result == goOn && s.kind != firstStep
		})
		if !ok {
			return malformed
		}
	}
	return result
}

// answers tells whether an entry answers the query of a step.
func (s *step) answers(raw string) (answers, readable bool) {
	f := walk(raw, s.query, func(value string) bool {
		answers = s.want.is(value)
		return !answers
	})
	return answers, f != malformed
}

// isText tells whether a JSON string holds a text.
func isText(raw, text string) bool {
	if len(raw) >= 2 && raw[1:len(raw)-1] == text && strings.IndexByte(text, '\\') < 0 {
		return true
	}
	if strings.IndexByte(raw, '\\') < 0 {
		return false
	}
	got, ok := unquote(raw)
	return ok && got == text
}

// scalarOf reads a string, a number or a boolean.
func scalarOf(raw string) (Scalar, bool) {
	switch kindOf(raw) {
	case stringKind:
		text, ok := unquote(raw)
		return Scalar{stringKind, text}, ok
	case boolKind:
		return Scalar{boolKind, raw}, raw == "true" || raw == "false"
	case numberKind:
		return Scalar{numberKind, raw}, isNumber(raw)
	}
	return Scalar{}, false
}

// isNumber tells whether a text is a number as RFC 8259, Section 6 has it.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// is tells whether a value in a claim has the type and the value of s.
func (s *Scalar) is(raw string) bool {
	if kindOf(raw) != s.kind {
		return false
	}
	switch s.kind {
	case stringKind:
		return isText(raw, s.text)
	case numberKind:
		return isNumber(raw) && compareNumbers(raw, s.text) == 0
	case boolKind:
		return raw == s.text
	}
	return false
}

// Match tells whether the claims meet the condition.
func (m *Matcher) Match(claims string) bool {
	switch {
	case m.Contains != nil:
		return m.contains(claims, m.Contains)
	case m.ContainsAny != nil:
		return slices.ContainsFunc(m.ContainsAny, func(want Scalar) bool { return m.contains(claims, &want) })
	case m.ContainsAll != nil:
		return !slices.ContainsFunc(m.ContainsAll, func(want Scalar) bool { return !m.contains(claims, &want) })
	case m.Present != nil:
		found, value := false, false
		ok := m.Claim.each(claims, func(raw string) bool {
			found = true
			value = value || kindOf(raw) != nullKind && kindOf(raw) != noKind
			return !value
		})
		return ok && found == *m.Present && value == *m.Present
	}
	if m.Claim.many {
		return false
	}
	met := false
	ok := m.Claim.each(claims, func(raw string) bool {
		met = m.test(raw)
		return false
	})
	return ok && met
}

// test holds one value against a condition on a single value.
func (m *Matcher) test(raw string) bool {
	switch {
	case m.Equals != nil:
		return m.Equals.is(raw)
	case m.OneOf != nil:
		return slices.ContainsFunc(m.OneOf, func(want Scalar) bool { return want.is(raw) })
	case m.Prefix != nil:
		text, ok := unquote(raw)
		return ok && strings.HasPrefix(text, *m.Prefix)
	case m.Suffix != nil:
		text, ok := unquote(raw)
		return ok && strings.HasSuffix(text, *m.Suffix)
	case m.Range != nil:
		return isNumber(raw) &&
			(m.Range.Minimum == nil || compareNumbers(raw, string(*m.Range.Minimum)) >= 0) &&
			(m.Range.Maximum == nil || compareNumbers(raw, string(*m.Range.Maximum)) <= 0)
	}
	return false
}

// contains tells whether a value is among the entries or words of the claim.
func (m *Matcher) contains(claims string, want *Scalar) bool {
	found := false
	entry := func(raw string) bool {
		found = want.is(raw)
		return !found
	}
	if m.Claim.many {
		return m.Claim.each(claims, entry) && found
	}
	ok := m.Claim.each(claims, func(raw string) bool {
		switch kindOf(raw) {
		case arrayKind:
			if !elements(raw, entry) {
				found = false
			}
		case stringKind:
			text, ok := unquote(raw)
			found = ok && want.kind == stringKind && hasWord(text, want.text)
		}
		return false
	})
	return ok && found
}

// hasWord tells whether a word is in a string delimited by spaces.
func hasWord(text, word string) bool {
	for rest := text; word != "" && rest != ""; {
		var next string
		next, rest, _ = strings.Cut(rest, " ")
		if next == word {
			return true
		}
	}
	return false
}
