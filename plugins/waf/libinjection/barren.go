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

// barren tells that a value, read as it is, has no fingerprint of an injection
// because of the words and whole numbers it begins with, if there are no evil
// tokens in it. When it does not tell that, nothing is known.
//
// It is what lexer.settle does, for the most common values, in one function
// without a call: on Wasm a call costs more than to read a word.
func barren(s string) bool {
	from := &states[0]
	i := 0
	head, dead := false, false // whether the last word begins phrases, and no fingerprint goes on with it
	for range maxTokens {
		for i < len(s) && classes[s[i]] == classSpace {
			i++
		}
		if i == len(s) {
			return !from.ends && !head
		}
		kind, begins := uint8(kindBareword), false
		start := i
		switch class := classes[s[i]]; {
		case class == classNumber:
			kind = kindNumber
			for i < len(s) && s[i]-'0' <= 9 {
				i++
			}
			if i < len(s) && inWord[s[i]]&endsWord == 0 {
				return false
			}
		case class == classWord || class >= classB:
			var marks uint8
			for i < len(s) {
				b := inWord[s[i]]
				if b&endsWord != 0 {
					break
				}
				marks |= b
				i++
			}
			n := i - start
			if marks&(partsWord|foldsWord) != 0 || n <= 2 && i < len(s) && (s[i] == '\'' || s[i] == '&') {
				return false // it may be two words, another word, or a string
			}
			if n < 2 || n > maxText {
				break
			}
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
				if e.roles&^(roleHead|roleIn) != 0 || head {
					return false
				}
				if begins = e.roles&roleHead != 0; e.value != 0 && e.roles&roleIn == 0 {
					kind = e.value
				}
				break
			}
		default:
			return false
		}
		bit := kindBits[kind]
		dead = dead || from.kinds&bit == 0
		if head = begins; dead {
			if head {
				continue
			}
			return true
		}
		from = &states[nextStates[int(from.next)+bits.OnesCount32(from.kinds&(bit-1))]]
	}
	return false
}
