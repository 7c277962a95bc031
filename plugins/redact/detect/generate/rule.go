package main

import (
	"fmt"
	"strconv"
	"strings"
)

// rule is what is read of one rule of gitleaks.
type rule struct {
	id, regex string
	entropy   float64
}

// readRules reads the rules of a gitleaks.toml. Of TOML it knows what that file
// uses: tables in order, and keys with a value on the same line.
func readRules(text string) ([]rule, error) {
	var rules []rule
	section := ""
	for n, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			if section == "rules" {
				rules = append(rules, rule{})
			}
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		if !ok || section != "rules" {
			continue
		}
		r := &rules[len(rules)-1]
		switch key {
		case "id":
			id, err := strconv.Unquote(value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			r.id = id
		case "regex":
			inner, ok := strings.CutPrefix(value, "'''")
			inner, closed := strings.CutSuffix(inner, "'''")
			if !ok || !closed {
				return nil, fmt.Errorf("line %d: want ''' around the regular expression", n+1)
			}
			r.regex = inner
		case "entropy":
			e, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			r.entropy = e
		}
	}
	if len(rules) < 200 {
		return nil, fmt.Errorf("%d rules, want at least 200", len(rules))
	}
	return rules, nil
}

// Ends that gitleaks' rules put behind a token. Each says that the token is over.
var tokenEnds = []string{
	"(?:[\\x60'\"\\s;]|\\\\[nr]|$)",
	"(?:[\\x60'\"\\s;]|\\\\[nr]|$|\\b)",
	`(?:[^\w-]|\z)`,
	`(?:[^a-zA-Z0-9+/]|\z)`,
	"(?:$|[\\\\'\"\\x60\\s<),])",
}

// tokenStart is what one of the rules puts before a token.
const tokenStart = "(?:^|[\\\\'\"\\x60\\s>=:(,)])"

// ownDetector are rules that package detect follows in other files.
var ownDetector = map[string]string{
	"jwt":         "found by the detector jwt, which also decodes the header",
	"private-key": "found by the detector private_key, which also takes keys that are cut off",
}

// compile returns the shapes of a rule, or why it has none.
func compile(r rule) ([]shape, string) {
	if why, ok := ownDetector[r.id]; ok {
		return nil, why
	}
	if r.regex == "" {
		return nil, "it looks at the names of files"
	}
	if strings.Contains(r.regex, `[\w.-]{0,50}?`) {
		return nil, "it wants the name of the service before the secret, which has no prefix of its own"
	}
	regex, ended := r.regex, false
	for _, end := range tokenEnds {
		if rest, ok := strings.CutSuffix(regex, end); ok {
			regex, ended = rest, true
			break
		}
	}
	// A scheme that may be missing says nothing.
	regex, started := strings.CutPrefix(strings.TrimPrefix(regex, "(?:https?://)?"), tokenStart)
	shapes, err := expand(regex)
	if err != nil {
		return nil, err.Error()
	}
	var longer, kept []shape
	for _, s := range shapes {
		longer = append(longer, lengthen(s)...)
	}
	for _, s := range longer {
		s.id, s.entropy, s.whole, s.word = r.id, r.entropy, s.whole || ended, s.word || started
		if err := s.finish(); err != nil {
			// A rule that is found in part is worth having only if the part is
			// said: a shape that has no prefix is dropped beside others that do.
			if len(shapes) > 1 && partly[r.id] {
				continue
			}
			return nil, err.Error()
		}
		kept = append(kept, s)
	}
	if len(kept) == 0 {
		return nil, "none of its shapes has a prefix"
	}
	return kept, ""
}

// partly are rules of which some shapes have a place in the table and others,
// such as forty hexadecimal digits and nothing more, cannot have one.
var partly = map[string]bool{
	"sourcegraph-access-token": true,
	"vault-service-token":      true,
}
