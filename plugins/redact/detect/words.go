package detect

import (
	"cmp"
	"slices"
)

// window is how many bytes before a span words of context are looked for.
const window = 64

// vocabulary are the words of context of a detector, in lower case. A space in one
// stands for a space, hyphen, underscore, dot or nothing. A word stands for itself,
// with no letter before or after it, unless an asterisk says that letters may go on
// there; in the name of a field words of six letters and more may be part of a
// longer one.
type vocabulary struct {
	// bit is its bit in notes, none if there are more vocabularies than bits.
	bit uint64
	// words are in the order of their first bytes.
	words []string
	// first says of each byte which words begin with it, and from where they are.
	first [256]struct{ flags, from uint8 }
}

const (
	anyWord  = 1 << iota
	openWord // one that may have letters before it
	longWord // one that may have them in the name of a field
)

// glued is how many letters a word has at least that may be part of a longer one in
// the name of a field.
const glued = 6

func newVocabulary(lists ...[]string) *vocabulary {
	var w vocabulary
	for _, list := range lists {
		w.words = append(w.words, list...)
	}
	slices.SortFunc(w.words, func(a, b string) int { return cmp.Compare(initial(a), initial(b)) })
	for i, word := range w.words {
		flags := uint8(anyWord)
		if len(word) >= glued {
			flags |= longWord
		}
		if word[0] == '*' {
			flags |= openWord | longWord
		}
		first := &w.first[initial(word)]
		if first.flags == 0 {
			first.from = uint8(i)
		}
		first.flags |= flags
	}
	return &w
}

// initial is the byte that a word begins with.
func initial(word string) byte {
	if word[0] == '*' {
		return word[1]
	}
	return word[0]
}

// told tells whether one of the detector's words stands in the name of the field or
// in the text shortly before start.
func (v *view) told(start int) bool {
	if v.named() {
		return true
	}
	if start == 0 {
		return false
	}
	if !v.windowed || v.windowEnd != start {
		v.readWindow(start)
	}
	return mentioned(v.words, v.before[:v.beforeLength], v.windowFirst, openWord)
}

// named tells whether one of the detector's words stands in the name of the field.
func (v *view) named() bool {
	field := v.context.Field
	if field == "" {
		return false
	}
	if v.note == nil {
		v.note = v.notes.of(field)
	}
	n, w := v.note, v.words
	if n.known&w.bit == 0 {
		n.known |= w.bit
		n.named &^= w.bit
		if mentioned(w, field, 0, longWord) {
			n.named |= w.bit
			return true
		}
		return false
	}
	return n.named&w.bit != 0
}

// notes remember of names of fields which vocabularies have a word in them.
type notes [64]note

type note struct {
	field        string
	known, named uint64
	// silent says whether no detector of numbers has a word in the name.
	silent silence
}

type silence uint8

const (
	unknown silence = iota
	silent
	spoken
)

// silent tells whether no detector of numbers has a word in the name of a field.
func (s *Set) silent(field string) bool {
	if field == "" {
		return true
	}
	n := s.notes.of(field)
	if n.silent == unknown {
		n.silent = silent
		for _, w := range s.words {
			if mentioned(w, field, 0, longWord) {
				n.silent = spoken
			}
		}
	}
	return n.silent == silent
}

// of returns the note of a name.
func (n *notes) of(field string) *note {
	last := len(field) - 1
	e := &n[(uint(field[0])*7^uint(field[last])*5^uint(field[last/2])*3^uint(last))%uint(len(n))]
	if e.field != field {
		*e = note{field: field}
	}
	return e
}

// readWindow copies the bytes before start, in lower case. The byte before the
// window only tells whether a word begins with it.
func (v *view) readWindow(start int) {
	from, first := start-len(v.before), 1
	if from <= 0 {
		from, first = 0, 0
	}
	n := copy(v.before[:], v.text[from:start])
	for i, c := range v.before[:n] {
		v.before[i] = lower(c)
	}
	v.windowed, v.windowEnd, v.windowFirst, v.beforeLength = true, start, first, n
}

// mentioned tells whether a text in lower case has one of the words from first on;
// those that have the flag open may be part of longer ones.
func mentioned[T []byte | string](w *vocabulary, text T, first int, open uint8) bool {
	for i := first; i < len(text); i++ {
		entry := w.first[text[i]]
		if entry.flags == 0 {
			continue
		}
		inside := i > 0 && isLetter(text[i-1])
		if inside && entry.flags&open == 0 {
			continue
		}
		for _, word := range w.words[entry.from:] {
			if initial(word) != text[i] {
				break
			}
			left := open == longWord && len(word) >= glued
			right := left
			if word[0] == '*' {
				left, word = true, word[1:]
			}
			if inside && !left {
				continue
			}
			if word[len(word)-1] == '*' {
				right, word = true, word[:len(word)-1]
			}
			if end := spelled(text, i, word); end > 0 && (right || end == len(text) || !isLetter(text[end])) {
				return true
			}
		}
	}
	return false
}

// spelled returns where a word that stands at i ends, 0 if another one does.
func spelled[T []byte | string](text T, i int, word string) int {
	for n := 0; n < len(word); n++ {
		switch {
		case i < len(text) && text[i] == word[n]:
			i++
		case word[n] != ' ':
			return 0
		case i < len(text) && (text[i] == '_' || text[i] == '-' || text[i] == '.'):
			i++
		}
	}
	return i
}
