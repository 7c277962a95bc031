package detect

import "errors"

// Custom is a detector of the configuration's own.
type Custom struct {
	// Kind names it. Required.
	Kind Kind
	// Literals are the texts that it finds, as they are. Required.
	Literals []string
	// Confidence of its finds. Default 100.
	Confidence uint8
}

func newCustom(c Custom) (*detector, error) {
	if c.Kind == "" {
		return nil, errors.New("kind: required")
	}
	if len(c.Literals) == 0 {
		return nil, errors.New("literals: want at least 1 entry")
	}
	if c.Confidence == 0 {
		c.Confidence = 100
	}
	d := &detector{Info: Info{Kind: c.Kind, Title: string(c.Kind), Group: "custom"}}
	for _, literal := range c.Literals {
		if literal == "" {
			return nil, errors.New("literals: want no empty text")
		}
		d.triggers = append(d.triggers, trigger{at: byteSpec(literal[0])})
		d.longest = max(d.longest, len(literal)+1)
	}
	d.find = func(v *view, at int) (start, end int, confidence uint8) {
		for _, literal := range c.Literals {
			n := 0
			for n < len(literal) && v.at(at+n) == literal[n] {
				n++
			}
			if n == len(literal) && at+n > end {
				end = at + n
			}
		}
		return at, end, c.Confidence
	}
	return d, nil
}

// byteSpec is the set of one byte.
func byteSpec(c byte) string { return string([]byte{c}) }
