package claim

// Texts appends the texts of the strings, numbers and booleans that a path leads
// to: those of one value, or of the entries of an array. A string is its text after
// escapes are resolved, a number that of [PlainNumber]. What is null is left out.
// It returns false if there is anything else, or if claims is no object.
func (p *Path) Texts(claims string, texts []string) ([]string, bool) {
	good := true
	one := func(raw string) bool {
		switch s, ok := scalarOf(raw); {
		case !ok:
			good = raw == "null"
		case s.kind == numberKind:
			s.text, good = PlainNumber(raw)
			fallthrough
		default:
			texts = append(texts, s.text)
		}
		return good
	}
	ok := p.each(claims, func(raw string) bool {
		if kindOf(raw) == arrayKind {
			good = elements(raw, one) && good
			return good
		}
		return one(raw)
	})
	return texts, ok && good
}
