package detect

// window is how many bytes before a span words of context are looked for.
const window = 64

// told tells whether one of the words stands in the name of the field or in the
// text shortly before start. Words are in lower case. A space in one stands for a
// space, hyphen, underscore, dot or nothing. A word stands for itself, with no
// letter before or after it, unless an asterisk says that letters may go on there;
// in the name of a field words of six letters and more may be part of a longer
// one.
func (v *view) told(start int, words []string) bool {
	if v.context.Field != "" && mentions(v.context.Field, 0, words, 6) {
		return true
	}
	// The byte before the window only tells whether a word begins with it.
	var before [window + 1]byte
	from, first := start-len(before), 1
	if from <= 0 {
		from, first = 0, 0
	}
	n := copy(before[:], v.text[from:start])
	for i := range n {
		before[i] = lower(before[i])
	}
	return mentions(before[:n], first, words, 1<<30)
}

// mentions tells whether a text in lower case has one of the words from first on;
// those of at least glued letters may be part of longer ones.
func mentions[T []byte | string](text T, first int, words []string, glued int) bool {
	for i := first; i < len(text); i++ {
		inside := i > 0 && isLetter(text[i-1])
		for _, word := range words {
			open := len(word) >= glued
			left, right := open, open
			if word[0] == '*' {
				left, word = true, word[1:]
			}
			if text[i] != word[0] || inside && !left {
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
