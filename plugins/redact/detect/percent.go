package detect

import (
	"bytes"
	"slices"
)

// FindPercent is [Set.Find] in a whole text that may have percent-encoded bytes
// (RFC 3986, Section 2.1) or, as forms do, plus signs for spaces. Spans are those of
// the text as it is written, in order, and do not overlap.
func (s *Set) FindPercent(spans []Span, text []byte, c Context) []Span {
	first := len(spans)
	decoded, at := percentDecoded(text)
	spans, _ = s.Find(spans, decoded, c, true)
	if bytes.IndexByte(decoded, '+') >= 0 {
		spans, _ = s.Find(spans, bytes.ReplaceAll(decoded, []byte{'+'}, []byte{' '}), c, true)
	}
	found := spans[first:]
	slices.SortStableFunc(found, func(a, b Span) int { return a.Start - b.Start })
	kept := found[:0]
	for _, span := range found {
		if n := len(kept); n > 0 && span.Start < kept[n-1].End {
			// One view reads more into the same bytes than the other.
			kept[n-1].End = max(kept[n-1].End, span.End)
			continue
		}
		kept = append(kept, span)
	}
	if at != nil {
		for i := range kept {
			kept[i].Start, kept[i].End = at[kept[i].Start], at[kept[i].End]
		}
	}
	return spans[:first+len(kept)]
}

// percentDecoded returns a text decoded, and where in the text each byte of it and its
// end stand; nil if nothing is encoded. What is no encoding stays as it is.
func percentDecoded(text []byte) (decoded []byte, at []int) {
	if bytes.IndexByte(text, '%') < 0 {
		return text, nil
	}
	decoded, at = make([]byte, 0, len(text)), make([]int, 0, len(text)+1)
	for i := 0; i < len(text); {
		at = append(at, i)
		if text[i] == '%' && i+2 < len(text) {
			if hi, lo := hexDigit(text[i+1]), hexDigit(text[i+2]); hi|lo < 16 {
				decoded = append(decoded, hi<<4|lo)
				i += 3
				continue
			}
		}
		decoded = append(decoded, text[i])
		i++
	}
	return decoded, append(at, len(text))
}

// hexDigit returns the value of a hexadecimal digit, 16 for another byte.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
