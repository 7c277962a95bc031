package libinjection

// table finds words in capitals. It has no pointers but to its arrays, and all of
// it is laid out by the linker.
type table struct {
	text    string
	entries []entry  // sorted by slot, after one for no word
	slots   []uint16 // the first entry of each slot, and the end
	shift   uint8    // what a hash is shifted by to make a slot
}

// entry is a word of a table.
type entry struct {
	at      uint16 // where it begins in the text
	n       uint8  // its length
	value   uint8  // a kind of token, 0 for a part of a phrase, or what a name of HTML may do
	phrases uint8  // the first of phrases that begins with it, 0 for none
	roles   uint8
}

// phrase is a word or phrase, one that may follow it, and what both are.
type phrase struct{ head, tail, whole uint16 }

// slot hashes a word of two bytes or more, whatever the case of its letters.
func slot(s string, shift uint8) uint32 {
	n := len(s)
	h := uint32(s[0]&0xdf) | uint32(s[1]&0xdf)<<8 | uint32(s[n/2]&0xdf)<<16 | uint32(s[n-1]&0xdf)<<24
	return (h ^ uint32(n)*0x85ebca6b) * 0x9e3779b1 >> (shift & 31)
}

// find returns the index of a word, in any case, or 0.
func (t *table) find(s string) uint16 {
	if len(s) < 2 {
		return 0
	}
	h := slot(s, t.shift)
	for i, end := t.slots[h], t.slots[h+1]; i < end; i++ {
		e := &t.entries[i]
		if int(e.n) != len(s) {
			continue
		}
		text := t.text[e.at : int(e.at)+len(s)]
		k := 0
		for k < len(s) {
			c := s[k]
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			if c != text[k] {
				break
			}
			k++
		}
		if k == len(s) {
			return i
		}
	}
	return 0
}

// findFolded finds a word in which "ı" is an "I" and "ſ" is an "S", as they are in
// capitals.
func (t *table) findFolded(s string) uint16 {
	var folded [maxText]byte
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			switch {
			case i+1 == len(s):
				return 0
			case c == 0xc4 && s[i+1] == 0xb1:
				c = 'I'
			case c == 0xc5 && s[i+1] == 0xbf:
				c = 'S'
			default:
				return 0
			}
			i++
		}
		if n == len(folded) {
			return 0
		}
		folded[n] = c
		n++
	}
	return t.find(string(folded[:n]))
}
