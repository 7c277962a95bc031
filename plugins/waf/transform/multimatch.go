package transform

import "strings"

// MultiMatches tells whether a rule with multiMatch takes the result of the
// transformation for a new value: Coraza goes by a flag that its transformations
// return, which is not always that the result differs.
//
// If it is true, the operator sees the result, even if it equals the value, so
// that it may match it twice; if it is false, it does not, and the next
// transformation gets the value as it was before, even if the result differs.
func (id ID) MultiMatches(value, result string) bool {
	switch id {
	case Base64Decode, Base64DecodeExt, Base64Encode, HexEncode, Length:
		return true
	case HexDecode:
		return value == "" || value != result
	case URLDecode:
		return strings.ContainsAny(value, "%+")
	case HTMLEntityDecode:
		return len(value) != len(result)
	case RemoveWhitespace:
		for i, r := range value {
			if r < 0x80 && isSpace(value[i]) || isWideSpace(r) {
				return true
			}
		}
		return false
	}
	return value != result
}
