package ruleset

import (
	"errors"
	"fmt"
	"strings"
)

// Macro is a text with variables in it, such as "+%{tx.critical_anomaly_score}".
type Macro []Token

// Token is a part of a macro: text, or a variable. If the variable has no value,
// Text stands in its place, which is how Coraza spells it: without %{}.
type Token struct {
	Text     string
	Variable VariableID // NoVariable for text
	Key      string     // in lower case
}

// ParseMacro reads a text with macros. An empty text is an empty macro.
func ParseMacro(text string) (Macro, error) {
	var m Macro
	for text != "" {
		start := strings.Index(text, "%{")
		if start < 0 {
			return append(m, Token{Text: text}), nil
		}
		if start > 0 {
			m = append(m, Token{Text: text[:start]})
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			return nil, errors.New("macro without closing brace")
		}
		inside := text[start+2 : start+end]
		text = text[start+end+1:]
		name, key, dotted := strings.Cut(inside, ".")
		if dotted && (key == "" || strings.HasSuffix(key, ".")) || !macroName(inside) {
			return nil, fmt.Errorf("malformed macro %%{%s}", inside)
		}
		id, ok := LookupVariable(strings.ToUpper(name))
		if !ok {
			return nil, fmt.Errorf("unknown variable %q in a macro", name)
		}
		m = append(m, Token{Text: inside, Variable: id, Key: strings.ToLower(key)})
	}
	return m, nil
}

func macroName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("[]._-", c) < 0 {
			return false
		}
	}
	return s != ""
}

// Static returns the text of a macro without variables.
func (m Macro) Static() (string, bool) {
	switch {
	case len(m) == 0:
		return "", true
	case len(m) == 1 && m[0].Variable == NoVariable:
		return m[0].Text, true
	}
	return "", false
}
