package ruleset

import (
	"gatehouse/plugins/waf/literal"
	"gatehouse/plugins/waf/operator"
)

// PrepareLiterals builds Literals for all operators the set has now.
func (s *Set) PrepareLiterals() error {
	groups := make([][]string, len(s.Operators))
	for i := range s.Operators {
		o := &s.Operators[i]
		if o.Regex != nil {
			groups[i] = o.Regex.Facts().Literals
			continue
		}
		compiled, err := operator.New(o.Name, o.Argument, o.Data)
		if err != nil {
			return err
		}
		groups[i], _ = operator.Phrases(compiled)
	}
	built, err := literal.Build(groups)
	if err != nil {
		return err
	}
	s.Literals, s.LiteralOperators = built, len(groups)
	return nil
}

// Found tells whether Literals decides Operators[i] alone: it is a pm whose
// phrases are there.
func (s *Set) Found(i int) bool {
	if s.Literals == nil || i >= s.LiteralOperators {
		return false
	}
	switch s.Operators[i].Name {
	case "pm", "pmFromFile", "pmFromDataset", "pmf":
		return true
	}
	return false
}
