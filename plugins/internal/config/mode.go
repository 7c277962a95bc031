package config

import "gatehouse/plugins/internal/policy"

// Mode says what becomes of a denial: "enforce" answers the request in place of
// the upstream, "shadow" records what would have happened and changes nothing.
//
//schema:is {"type":"string","enum":["enforce","shadow"]}
type Mode policy.Mode

// Policy returns the mode as decisions carry it.
func (m Mode) Policy() policy.Mode { return policy.Mode(m) }

// UnmarshalConfig reads the word.
func (m *Mode) UnmarshalConfig(v Value) error {
	word, err := Word(v, "enforce", "shadow")
	if word == "shadow" {
		*m = Mode(policy.Shadow)
	} else {
		*m = Mode(policy.Enforce)
	}
	return err
}

// Word returns the string of v, which must be one of the given words.
func Word(v Value, words ...string) (string, error) {
	if v.Kind() != String {
		return "", v.Errorf("want %s, got %s", oneOf(words), v.Kind())
	}
	for _, w := range words {
		if v.Text() == w {
			return w, nil
		}
	}
	return "", v.Errorf("%s", unknownWord(v.Text(), words))
}

// unknownWord says what is wanted in place of a word that is not in the list.
func unknownWord(got string, words []string) string {
	message := "want " + oneOf(words)
	if s := Suggest(got, words); s != "" && len(words) > 2 {
		message += ", did you mean " + quote(s) + "?"
	}
	return message
}

// oneOf lists words for a message: "a", "b" or "c".
func oneOf(words []string) string {
	s := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			s += " or "
		default:
			s += ", "
		}
		s += quote(w)
	}
	return s
}
