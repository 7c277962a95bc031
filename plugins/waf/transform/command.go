package transform

// What cmdLine does with a byte; those that are not named are kept.
const (
	cmdDelete = iota + 1
	cmdSpace  // becomes a space, several become one
	cmdJoin   // a space before it goes
	cmdLower
)

var cmdActions = [256]uint8{
	'"': cmdDelete, '\'': cmdDelete, '\\': cmdDelete, '^': cmdDelete,
	' ': cmdSpace, ',': cmdSpace, ';': cmdSpace, '\t': cmdSpace, '\r': cmdSpace, '\n': cmdSpace,
	'/': cmdJoin, '(': cmdJoin,
	'A': cmdLower, 'B': cmdLower, 'C': cmdLower, 'D': cmdLower, 'E': cmdLower, 'F': cmdLower, 'G': cmdLower,
	'H': cmdLower, 'I': cmdLower, 'J': cmdLower, 'K': cmdLower, 'L': cmdLower, 'M': cmdLower, 'N': cmdLower,
	'O': cmdLower, 'P': cmdLower, 'Q': cmdLower, 'R': cmdLower, 'S': cmdLower, 'T': cmdLower, 'U': cmdLower,
	'V': cmdLower, 'W': cmdLower, 'X': cmdLower, 'Y': cmdLower, 'Z': cmdLower,
}

// cmdLine undoes what shells read over: it deletes \ " ' and ^, makes one space
// of white space, commas and semicolons, deletes it before / and (, and makes
// ASCII letters lower case.
func cmdLine(dst []byte, s string) ([]byte, bool) {
	i := cmdChange(s)
	if i == len(s) {
		return dst, false
	}
	space := i > 0 && s[i-1] == ' '
	dst = append(dst, s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		switch cmdActions[c] {
		case cmdDelete:
			continue
		case cmdSpace:
			if !space {
				dst = append(dst, ' ')
				space = true
			}
			continue
		case cmdJoin:
			if space {
				dst = dst[:len(dst)-1]
			}
		case cmdLower:
			c |= 0x20
		}
		dst = append(dst, c)
		space = false
	}
	return dst, true
}

// cmdChange returns the first byte of s that cmdLine does not keep, or, if it is
// a space before such a byte, that; else the length of s.
func cmdChange(s string) int {
	for i := range len(s) {
		switch cmdActions[s[i]] {
		case 0, cmdJoin:
		case cmdSpace:
			if s[i] != ' ' {
				return i
			}
			if i+1 < len(s) && (s[i+1] == ' ' || cmdActions[s[i+1]] == cmdJoin) {
				return i
			}
		default:
			return i
		}
	}
	return len(s)
}
