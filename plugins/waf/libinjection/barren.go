package libinjection

import "math/bits"

// state is a state of the automaton of fingerprints.
type state struct {
	kinds uint32 // which kinds may follow, by their bits in kindBits
	next  uint16 // the first of nextStates that they lead to
	ends  bool   // whether this is the end of a fingerprint
}

// nextState follows the automaton, and tells whether there is a way.
func nextState(from uint16, kind uint8) (uint16, bool) {
	s := &states[from]
	bit := kindBits[kind]
	if s.kinds&bit == 0 {
		return 0, false
	}
	return nextStates[int(s.next)+bits.OnesCount32(s.kinds&(bit-1))], true
}

// barren tells that no fingerprint begins as a value does, read as it is, and what
// there is in the value that still has to be looked at: quotes, or what may be part
// of evil tokens. When it does not tell that, nothing is known.
//
// It is what lexer.settle does, after folding the operators and operands that
// follow the first token, for the most common values and in one function without
// a call: on Wasm a call costs more than to read a word.
func barren(s string) (none bool, rest uint8) {
	var (
		from     = &states[0]
		tokens   = 0        // that led there
		last     = uint8(0) // the kind of the last one
		head     = false    // whether it is the beginning of phrases
		dead     = false    // whether no fingerprint goes on with it
		operator = uint8(0) // the kind of what an operand is missing behind, 0 for nothing
		marks    = uint8(0) // of the bytes of words, and in the end of all
		i        = 0
	)
	for tokens < maxTokens {
		for i < len(s) && classes[s[i]] == classSpace {
			i++
		}
		if i == len(s) {
			// no fingerprint has two tokens of which the second is an operator
			return operator != 0 || !from.ends && !head, 0
		}
		c, next := s[i], byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		class := classes[c]
		if tokens == 1 && !head && (last == kindBareword || last == kindNumber) {
			kind := uint8(0)
			switch {
			case c == ',':
				kind = c
			case class == classOperator, c == '=', c == '-' && next != '-', c == '/' && next != '*':
				kind = kindOperator
			}
			if kind != 0 {
				if operator != 0 {
					// base64 ends like that, and a fingerprint never begins so
					return c == '=' && operator == kindOperator && i+1 == len(s), 0
				}
				operator = kind
				i++
				continue
			}
		}

		start, kind, begins := i, uint8(0), false
		switch {
		case class == classNumber:
			for i < len(s) && s[i]-'0' <= 9 {
				i++
			}
			if i < len(s) && s[i] == '.' {
				for i++; i < len(s) && s[i]-'0' <= 9; i++ {
				}
				if i == start+1 {
					return false, 0 // a "." alone
				}
			}
			if i < len(s) {
				if c := s[i] | 0x20; 'b' <= c && c <= 'f' || c == 'x' {
					return false, 0 // it may have another base, an exponent or a suffix
				}
			}
			kind = kindNumber

		case class == classWord || class >= classB || class == classVariable:
			ends := endsWord
			kind = kindBareword
			if class == classVariable {
				if next == '@' || next == '`' || inWord[next]&isQuote != 0 {
					return false, 0
				}
				ends = endsVariable
				kind = kindVariable
				i++
				start = i
			}
			for { // up to each "." and to the end
				for i < len(s) {
					b := inWord[s[i]]
					if b&(ends|partsWord) != 0 {
						break
					}
					marks |= b
					i++
				}
				n := i - start
				parts := i < len(s) && inWord[s[i]]&partsWord != 0
				if n >= 2 && n <= maxText {
					word := s[start:i]
					h := slot(word, sqlWords.shift)
					for w, end := sqlWords.slots[h], sqlWords.slots[h+1]; w < end; w++ {
						e := &sqlWords.entries[w]
						if int(e.n) != n {
							continue
						}
						text := sqlWords.text[e.at:]
						k := 0
						for k < n && k < len(text) {
							c := word[k]
							if 'a' <= c && c <= 'z' {
								c -= 'a' - 'A'
							}
							if c != text[k] {
								break
							}
							k++
						}
						if k < n {
							continue
						}
						if e.roles&^(roleHead|roleIn) != 0 || head || parts || operator != 0 && e.roles != 0 {
							return false, 0
						}
						begins = e.roles&roleHead != 0
						if e.value != 0 && e.roles&roleIn == 0 {
							kind = e.value
						}
						if class == classVariable {
							begins, kind = false, kindVariable
						}
						break
					}
				}
				if !parts {
					break
				}
				if s[i] == '`' {
					return false, 0
				}
				i++
			}
			if marks&foldsWord != 0 || i-start <= 2 && i < len(s) && (s[i] == '\'' || s[i] == '&') {
				return false, 0 // it may be another word, or a string
			}

		case class == classUnknown:
			kind = kindUnknown
			i++

		case c == ':' && next != 0 && next != ':' && next != '=', c == '(' && tokens > 0 && last != '(' && !head:
			kind = c
			i++

		default:
			return false, 0
		}

		if operator != 0 {
			if kind != kindNumber && kind != kindBareword {
				return false, 0
			}
			operator = 0
			continue
		}
		bit := kindBits[kind]
		dead = dead || from.kinds&bit == 0
		if head = begins; !dead {
			from = &states[nextStates[int(from.next)+bits.OnesCount32(from.kinds&(bit-1))]]
		} else if !head {
			for ; i < len(s); i++ {
				marks |= inWord[s[i]]
			}
			return true, marks & (isQuote | isStrange)
		}
		last = kind
		tokens++
	}
	return false, 0
}
